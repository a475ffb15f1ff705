"""Compare a simulated nation with what is published: `deploy/nation/COMPARISON.md` and `comparison.svg`.

    pointduty simulate --seed 4 --hours 168 --scale 0.2 --out FOLDER
    PYTHONPATH=tests:. python tests/make_nation_report.py FOLDER DATA

DATA as for `make_nation_facts.py`. Needs the dependency group `docs`. The same folder and data give the same bytes.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import nation_sources as sources
import orjson
from nation_hours import LONDON, NO_TIME
from nation_plots import plot
from nation_reasons import CATEGORIES, FORCES, HOURS, KINDS, THEMES, VERSIONS

from deploy.nation import comparison, rates
from deploy.nation.comparison import Line, Tally
from deploy.nation.mix import table

NATION = Path(__file__).parents[1] / "deploy" / "nation"


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a truth file."""
    with path.open("rb") as file:
        yield from map(orjson.loads, file)


def crimes_published(data: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Crimes of three months by force and by category, of the forces whose files are there."""
    forces: dict[str, float] = defaultdict(float)
    categories: dict[str, float] = defaultdict(float)
    slug, mine = sources.national("crime_type"), set(sources.forces())
    for _, force, row in sources.street(data):
        if force in mine and row["Crime type"] != sources.ASB:
            forces[force] += 1
            categories[slug[row["Crime type"]]] += 1
    return dict(sorted(forces.items())), dict(sorted(categories.items()))


def searches_published(data: Path) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Searches by hour of the day and by day of the week, of forces that give a time of day; and by outcome, of all."""
    seen: dict[str, Counter[tuple[int, int]]] = {}
    midnight: Counter[str] = Counter()
    outcomes: dict[str, float] = defaultdict(float)
    for _, force, row in sources.stops(data):
        if row["Outcome"]:
            outcomes[sources.national("stop_outcome")[row["Outcome"]]] += 1
        at = datetime.fromisoformat(row["Date"]).astimezone(LONDON)
        seen.setdefault(force, Counter())[at.weekday(), at.hour] += 1
        midnight[force] += (at.hour, at.minute, at.second) == (0, 0, 0)
    hours, days = dict.fromkeys((f"{hour:02}" for hour in range(24)), 0.0), dict.fromkeys(DAYS, 0.0)
    for force, counts in seen.items():
        if midnight[force] <= NO_TIME * sum(counts.values()):
            for (day, hour), count in counts.items():
                hours[f"{hour:02}"] += count
                days[DAYS[day]] += count
    return hours, days, dict(sorted(outcomes.items()))


DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def compare_forces(tally: Tally, published: dict[str, float]) -> list[Line]:
    """Crimes of each force a year: published figures, or the force's rows of three months, scaled to what they leave over."""
    given = {row["force"]: row["crimes_from"] for row in table("force_shares")}
    known = {force: rates.a_year("crime", force) for force in rates.forces() if given[force] == "published"}
    left = sum(rates.a_year("crime", force) for force in published if force not in known)
    rows = {force: count for force, count in published.items() if force not in known}
    scale = left / sum(rows.values())
    lines = []
    for force in rates.forces():
        source = known.get(force) or (rows[force] * scale if force in rows else None)
        basis = "published" if force in known else "police.uk rows" if force in rows else "no figure: by population"
        lines.append(comparison.line_a_year(tally, force, tally.roots["crime", force], source, basis, FORCES))
    return sorted(lines, key=lambda line: -line.simulated)


def skew(tally: Tally) -> str:
    """The largest and the smallest force."""
    largest, smallest = (tally.roots["crime", force] for force in ("metropolitan", "city-of-london"))
    ratio = largest / smallest if smallest else float("inf")
    source = rates.a_year("crime", "metropolitan") / rates.a_year("crime", "city-of-london")
    return f"Metropolitan to City of London: {ratio:.0f} to 1 simulated, {source:.0f} to 1 published."


def build(tally: Tally, data: Path) -> dict[str, list[Line]]:
    """Every table."""
    forces, categories = crimes_published(data)
    hours, days, outcomes = searches_published(data)
    seen = tally.hours_of_week.get("stop-search", Counter())
    by_hour, by_day = Counter[str](), Counter[str]()
    for hour, count in seen.items():
        by_hour[f"{hour % 24:02}"] += count
        by_day[DAYS[hour // 24]] += count
    return {
        "kinds": comparison.compare_kinds(tally, KINDS),
        "themes": comparison.compare_themes(tally, THEMES),
        "forces": compare_forces(tally, forces),
        "categories": comparison.compare_shares(
            comparison.crime_categories(tally), categories, "police.uk, 2018-11 to 2019-01", CATEGORIES
        ),
        "hours": comparison.compare_shares(by_hour, hours, SEARCHES, HOURS),
        "days": comparison.compare_shares(by_day, days, SEARCHES, HOURS),
        "outcomes": comparison.compare_shares(tally.search_outcomes, outcomes, SEARCHES, {}),
        "versions": comparison.compare_versions(tally, VERSIONS),
    }


SEARCHES = "police.uk, 2020-07 to 2021-06"

TITLES = {
    "kinds": ("Roots by kind", "kind", "a year"),
    "themes": ("What is published of them", "theme", "a year"),
    "forces": ("Crimes by force", "force", "a year"),
    "categories": ("Crimes by category", "category", "%"),
    "hours": ("Stops and searches by hour of the day, local time", "hour", "%"),
    "days": ("Stops and searches by day of the week", "day", "%"),
    "outcomes": ("Stops and searches by outcome", "outcome", "%"),
    "versions": ("Versions per root that the hub takes", "kind", "versions"),
}


def main() -> None:
    """Count, compare, write both files."""
    folder, data = Path(sys.argv[1]), Path(sys.argv[2])
    truth = folder / "truth.jsonl"
    nation = next(rows_of(truth))
    tally = comparison.tally_rows(rows_of(truth))
    tables = build(tally, data)
    judged = [line for lines in tables.values() for line in lines if line.source]
    near = sum(line.is_near for line in judged)
    text = [
        "# The synthetic nation beside what is published",
        "",
        "Written by `make nation-report`; what the figures rest on: [SOURCES.md](SOURCES.md), section Rates.",
        "",
        f"Window: {tally.hours} hours from {nation['start']}, seed {nation['seed']}, scale {tally.scale:g}:"
        f" {sum(tally.roots.values()):,} roots. **{near} of {len(judged)} figures are near**: within"
        f" {100 * comparison.NEAR:.0f} %, or within three standard errors of so few roots (column *by chance*).",
        "Where a figure is not near, the difference is bold and the last column says why.",
        "",
        "![Simulated beside source](comparison.svg)",
        "",
    ]
    for name, (title, first, unit) in TITLES.items():
        text += [f"## {title}", "", *comparison.write_table(first, unit, tables[name])]
        text += [skew(tally), ""] if name == "forces" else []
    (NATION / "COMPARISON.md").write_text("\n".join(text).rstrip() + "\n", encoding="utf-8")
    plot(NATION / "comparison.svg", tally, tables)


if __name__ == "__main__":
    main()
