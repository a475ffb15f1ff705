"""How near a simulated nation is to what is published: counted from the truth file, set beside the source. Pure.

A root is a record, counted once, where it was first seen; figures a year are roots divided by scale and window.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import sqrt
from typing import Any, NamedTuple

from deploy.nation import rates
from deploy.nation.calendar import hour_of_week
from schemas import reference_offences

NEAR = 0.05
"""A difference that needs no reason, if chance alone does not explain more."""


class Line(NamedTuple):
    """One figure: of the simulated nation, and of the source, in the same unit."""

    name: str
    simulated: float
    source: float | None
    """None: nothing is published."""
    seen: int
    """How many roots the simulated figure rests on."""
    expected: float = 0.0
    """How many they would be by the source."""
    basis: str = ""
    """Where the source's figure comes from."""
    reason: str = ""
    """Why it differs, where it does."""

    @property
    def difference(self) -> float | None:
        """Simulated against source: 0.1 is a tenth more."""
        return self.simulated / self.source - 1 if self.source else None

    @property
    def by_chance(self) -> float:
        """Three standard errors of the expected count, as a part of it: smaller differences say nothing."""
        return 3 / sqrt(self.expected) if self.expected else 0.0

    @property
    def is_near(self) -> bool:
        """Within NEAR, or within what chance makes of so few."""
        return self.difference is None or abs(self.difference) <= max(NEAR, self.by_chance)


@dataclass
class Tally:
    """What was counted in one truth file."""

    hours: int
    scale: float
    roots: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By kind and force."""
    sub_types: Counter[str] = field(default_factory=Counter)
    incident_categories: Counter[str] = field(default_factory=Counter)
    offences: Counter[str] = field(default_factory=Counter)
    search_outcomes: Counter[str] = field(default_factory=Counter)
    hours_of_week: dict[str, Counter[int]] = field(default_factory=dict)
    """By kind: hour of the week in local time to roots."""
    versions: dict[str, Counter[int]] = field(default_factory=dict)
    """By kind: number of versions that the hub takes to roots."""

    @property
    def to_a_year(self) -> float:
        """What a count of this window is multiplied by."""
        return rates.HOURS_A_YEAR / self.hours / self.scale

    def of_kind(self, kind: str) -> int:
        """Roots of a kind, of all forces."""
        return sum(count for (one, _), count in self.roots.items() if one == kind)


def tally_rows(rows: Iterable[Mapping[str, Any]]) -> Tally:
    """Count the rows of a truth file, as they stand in it; the first is the nation's own."""
    stream = iter(rows)
    nation = next(stream)
    tally = Tally(int(nation["hours"]), float(nation["scale"]))
    taken: dict[str, tuple[str, int]] = {}
    for row in stream:
        record = row.get("record")
        if row["row"] != "version" or not record:
            continue
        if record not in taken:
            taken[record] = (row["kind"], 0)
            _count_root(tally, row)
        kind, versions = taken[record]
        taken[record] = (kind, versions + (row["outcome"] == "NEW"))
    for kind, versions in taken.values():
        tally.versions.setdefault(kind, Counter())[versions] += 1
    return tally


def _count_root(tally: Tally, row: Mapping[str, Any]) -> None:
    kind = row["kind"]
    tally.roots[kind, row["force"]] += 1
    ms = int(datetime.fromisoformat(row["at"]).timestamp() * 1000)
    tally.hours_of_week.setdefault(kind, Counter())[hour_of_week(ms)] += 1
    if kind == "incident":
        tally.sub_types[row.get("sub_type") or ""] += 1
        tally.incident_categories[row.get("category") or ""] += 1
    if kind == "crime":
        tally.offences[row.get("offence") or ""] += 1
    if kind == "stop-search":
        tally.search_outcomes[row.get("result") or ""] += 1


def compare_kinds(tally: Tally, reasons: Mapping[str, str]) -> list[Line]:
    """Roots of each kind a year against the published (or assumed) volumes."""
    figures = rates.volumes()
    return [
        line_a_year(tally, kind, tally.of_kind(kind), figures[metric], metric, reasons.get(kind, ""))
        for kind, metric in rates.METRIC_OF.items()
    ]


def line_a_year(tally: Tally, name: str, seen: int, source: float | None, basis: str, reason: str) -> Line:
    """A line of roots a year."""
    return Line(name, seen * tally.to_a_year, source, seen, (source or 0) / tally.to_a_year, basis, reason)


def compare_themes(tally: Tally, reasons: Mapping[str, str]) -> list[Line]:
    """Sorts of incidents and crimes of which a figure is published, a year."""
    figures, offences = rates.volumes(), reference_offences.offences()

    def crimes(group: str) -> int:
        return sum(n for code, n in tally.offences.items() if code in offences and group in _groups(offences[code]))

    logs, no_crime = figures["all_incident_logs"], "domestic abuse, less its crimes"
    domestic = figures["domestic_abuse_incidents_and_crimes"] - figures["domestic_abuse_crimes"]
    violence = crimes("Violence against the person")
    counted: list[tuple[str, int, float, str]] = [
        ("anti-social behaviour", tally.sub_types["asb"], figures["asb_incidents"], "asb_incidents"),
        ("missing people", tally.sub_types["missing"], figures["missing_incidents"], "missing_incidents"),
        ("domestic incidents, no crime", tally.incident_categories["PSW_DOMESTIC"], domestic, no_crime),
        ("logs that bring a crime", tally.sub_types["crime-related"], rates.CRIME_RELATED * logs, "22 % of all_incident_logs"),
        ("shoplifting", tally.offences["46"], figures["shoplifting"], "shoplifting"),
        ("theft from the person", tally.offences["39"], figures["theft_from_person"], "theft_from_person"),
        ("violence against the person", violence, figures["violence_against_person"], "violence_against_person"),
        ("homicide", crimes("Homicide"), figures["homicide"], "homicide"),
    ]
    return [line_a_year(tally, name, seen, source, basis, reasons.get(name, "")) for name, seen, source, basis in counted]


def _groups(offence: reference_offences.Offence) -> tuple[str, str]:
    return offence.group, offence.subgroup


def compare_shares(seen: Mapping[str, int], source: Mapping[str, float], basis: str, reasons: Mapping[str, str]) -> list[Line]:
    """Shares in percent of the names that the source has, of their own sum on either side, in the order of the source."""
    whole_seen, whole = sum(seen.get(name, 0) for name in source) or 1, sum(source.values())
    lines = []
    for name, part in source.items():
        count, share = seen.get(name, 0), part / whole
        lines.append(Line(name, 100 * count / whole_seen, 100 * share, count, share * whole_seen, basis, reasons.get(name, "")))
    return lines


def crime_categories(tally: Tally) -> Counter[str]:
    """Crimes by category of data.police.uk."""
    found: Counter[str] = Counter()
    for code, count in tally.offences.items():
        found[reference_offences.offences()[code].police_uk_category if code in reference_offences.offences() else ""] += count
    return found


VERSIONS_ASSUMED = 8
"""Updates of a record in the load model (an assumption)."""


def compare_versions(tally: Tally, reason: str) -> list[Line]:
    """Versions per root of each kind, for which nothing is published, and of all against the load model's assumption."""
    lines, versions, roots = [], 0, 0
    for kind, counts in sorted(tally.versions.items()):
        taken, number = sum(count * times for count, times in counts.items()), sum(counts.values())
        lines.append(Line(kind, taken / number, None, number))
        versions, roots = versions + taken, roots + number
    mean = versions / roots if roots else 0.0
    return [*lines, Line("all kinds", mean, VERSIONS_ASSUMED, roots, 0.0, "load model, an assumption", reason)]


def write_table(first: str, unit: str, lines: Sequence[Line]) -> list[str]:
    """A Markdown table; what is not near is bold and has its reason, or says that it has none."""
    found = [f"| {first} | simulated ({unit}) | source ({unit}) | difference | by chance | source | why |"]
    found.append("|---|---:|---:|---:|---:|---|---|")
    for line in lines:
        difference = "" if line.difference is None else f"{100 * line.difference:+.1f} %"
        why = line.reason if not line.is_near else ""
        if not line.is_near:
            difference, why = f"**{difference}**", why or "**not explained**"
        chance = f"± {100 * line.by_chance:.1f} %" if line.expected else ""
        cells = (line.name, _number(line.simulated), _number(line.source), difference, chance)
        found.append(f"| {' | '.join(cells)} | {line.basis} | {why} |")
    return [*found, ""]


def _number(value: float | None) -> str:
    if value is None:
        return "none"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
