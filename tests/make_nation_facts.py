"""Make the derived tables of the synthetic nation anew from public files (see `deploy/nation/SOURCES.md`, section Rates).

    PYTHONPATH=tests:. python tests/make_nation_facts.py DATA

DATA is a folder with `police-uk`, `lookups` and `incident-feeds` as described there. Run by hand: another version of these
files gives other tables, and then another nation. The same files give the same tables.
"""

import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import nation_hours
import nation_sources as sources

from schemas import reference_geography

NATION = Path(__file__).parents[1] / "deploy" / "nation"

FEW_ROWS = 30
"""An authority with fewer located rows has a centre that is somewhere in it, rather than its middle."""

RARE = 20
"""A combination seen in fewer rows is left out: a slip of the pen, not a practice."""

SEXUAL_OFFENCES_A_YEAR = 209_000
"""Year ending March 2025, England and Wales: from memory (RECALLED). data.police.uk counts them with violence."""


def write(name: str, columns: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
    """A CSV file of the nation, with line feeds only."""
    with (NATION / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(lines)


def volumes() -> dict[str, int]:
    """Published figures a year by metric, as copied into the nation."""
    with (NATION / "volumes.csv").open(encoding="utf-8") as file:
        return {row["metric"]: int(row["value"]) for row in csv.DictReader(file)}


def write_authorities(points: Mapping[str, list[tuple[float, float]]], own: Counter[tuple[str, str]], data: Path) -> None:
    """`lad_centres.csv`: the mean of an authority's located rows; where this lies outside the force's area (a ring, a bay), the
    row nearest to it. `weight`: what share of its force's records lies there: rows of the force, or its small areas.
    """
    outlines, areas = sources.outlines(data), sources.small_areas(data)
    with_files = {force for force, _ in own}
    lines = []
    for lad, force in sources.authorities().items():
        found = points[lad]
        latitude, longitude = (sum(part) / len(found) for part in zip(*found, strict=True))
        kind = "rows" if len(found) >= FEW_ROWS else "few-rows"
        if not sources.is_inside(longitude, latitude, outlines[force]):
            kind, middle = "nearest-row", (latitude, longitude)
            latitude, longitude = min(found, key=lambda p: (p[0] - middle[0]) ** 2 + (0.6 * (p[1] - middle[1])) ** 2)
        weight = (own[force, lad], "rows") if force in with_files else (areas[lad], "small-areas")
        lines.append((lad, force, f"{latitude:.4f}", f"{longitude:.4f}", kind, len(found), *weight))
    columns = ("lad_code", "force", "latitude", "longitude", "from", "rows", "weight", "weight_from")
    write("lad_centres.csv", columns, lines)


def share_out(total: int, measured: Mapping[str, float], size: Mapping[str, float]) -> dict[str, tuple[float, str]]:
    """`total` divided by what was measured; who has no measure gets the mean rate of the others for each unit of `size`."""
    rate = sum(measured.values()) / sum(size[force] for force in measured)
    raw = {force: (measured[force], "rows") if force in measured else (rate * size[force], "size") for force in size}
    scale = total / sum(amount for amount, _ in raw.values())
    return {force: (amount * scale, how) for force, (amount, how) in raw.items()}


PUBLISHED = {
    "metropolitan": "recorded_crime_met",
    "greater-manchester": "recorded_crime_gmp",
    "west-midlands": "recorded_crime_wmp",
    "cumbria": "recorded_crime_cumbria",
    "dyfed-powys": "recorded_crime_dyfed_powys",
    "city-of-london": "recorded_crime_city",
}
"""Forces whose recorded crime is published in our figures."""


def write_forces(crimes: Counter[tuple[str, str]], stops: Counter[tuple[str, str]], data: Path) -> dict[str, float]:
    """`force_shares.csv`: crimes and searches of each force a year. Returns the crimes."""
    figures, areas = volumes(), sources.small_areas(data)
    known = {force: float(figures[metric]) for force, metric in PUBLISHED.items()}
    size: Counter[str] = Counter()
    for lad, force in sources.authorities().items():
        size[force] += areas[lad]
    rest = {force: float(count) for force, count in sorted(size.items()) if force not in known}
    rows: Counter[str] = Counter()
    for (force, _), count in crimes.items():
        rows[force] += count
    measured = {force: float(rows[force]) for force in rest if rows[force]}
    crime = share_out(figures["recorded_crime"] - int(sum(known.values())), measured, rest)
    crime.update({force: (amount, "published") for force, amount in known.items()})
    months: dict[str, list[int]] = defaultdict(list)
    for (force, _), count in sorted(stops.items()):
        months[force].append(count)
    a_month = {force: sum(counts) / len(counts) for force, counts in months.items() if force in crime}
    search = share_out(figures["stop_and_search_s1"], a_month, {force: crime[force][0] for force in sorted(crime)})
    lines = [(f, round(crime[f][0]), crime[f][1], round(search[f][0]), search[f][1]) for f in sorted(crime)]
    write("force_shares.csv", ("force", "crimes_a_year", "crimes_from", "searches_a_year", "searches_from"), lines)
    return {force: amount for force, (amount, _) in crime.items()}


def write_crime_mix(rows: Counter[tuple[str, str]], crimes: Mapping[str, float]) -> None:
    """`crime_mix.csv`: categories of each force in parts of a million: its own rows (or everybody's), each category times one
    national factor, so that the nation's shoplifting, theft from the person and violence are as published.
    """
    figures, slug = volumes(), sources.national("crime_type")
    targets = {
        "shoplifting": figures["shoplifting"],
        "theft-from-the-person": figures["theft_from_person"],
        "violent-crime": figures["violence_against_person"] + SEXUAL_OFFENCES_A_YEAR,
    }
    everywhere: Counter[str] = Counter()
    own: dict[str, Counter[str]] = defaultdict(Counter)
    for (force, name), count in sorted(rows.items()):
        everywhere[slug[name]] += count
        own[force][slug[name]] += count
    factor = dict.fromkeys(sorted(everywhere), 1.0)
    for _ in range(200):
        total: Counter[str] = Counter()
        for force, amount in crimes.items():
            weights = {name: own.get(force, everywhere)[name] * factor[name] for name in factor}
            for name, weight in weights.items():
                total[name] += amount * weight / sum(weights.values())  # type: ignore[assignment]
        for name, target in targets.items():
            factor[name] *= target / total[name]
    lines = []
    for force in sorted(crimes):
        weights = {name: own.get(force, everywhere)[name] * factor[name] for name in factor}
        whole, how = sum(weights.values()), "rows" if force in own else "all-forces"
        lines += [(force, name, round(1e6 * weight / whole), how) for name, weight in weights.items()]
    write("crime_mix.csv", ("force", "category", "per_million", "from"), lines)


OPEN_STILL = ("under-investigation", "awaiting-court-result")
"""Public outcomes that end nothing."""


def write_outcomes(outcomes: Counter[tuple[str, str]]) -> None:
    """`outcome_mix.csv`: last public outcome by category; without those that end nothing."""
    slug, public = sources.national("crime_type"), sources.national("outcome")
    lines = [
        (slug[category], public[name], count)
        for (category, name), count in sorted(outcomes.items())
        if name and public[name] not in OPEN_STILL and category != sources.ASB and count >= RARE
    ]
    write("outcome_mix.csv", ("category", "outcome", "rows"), lines)


def main() -> None:
    """Read everything once and write every table."""
    data = Path(sys.argv[1])
    mine, lads = set(sources.forces()), sources.authorities()
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    crimes: Counter[tuple[str, str]] = Counter()
    local: Counter[tuple[str, str]] = Counter()
    outcomes: Counter[tuple[str, str]] = Counter()
    for _, force, row in sources.street(data):
        lad = reference_geography.lad_of_lsoa_name(row["LSOA name"]) if row["LSOA name"] else None
        if lad and row["Longitude"]:
            points[lad].append((float(row["Latitude"]), float(row["Longitude"])))
        if force in mine:
            outcomes[row["Crime type"], row["Last outcome category"]] += 1
            crimes[force, row["Crime type"]] += row["Crime type"] != sources.ASB
            local[force, lad or ""] += lads.get(lad or "") == force
    crimes, local = +crimes, +local
    write_authorities(points, local, data)
    of_force = write_forces(crimes, Counter((force, month) for month, force, _ in sources.stops(data)), data)
    write_crime_mix(crimes, of_force)
    write_outcomes(outcomes)
    write("hour_of_week.csv", *nation_hours.table(data))
    write("search_mix.csv", ("table", "value", "rows"), nation_hours.searches(data, RARE))


if __name__ == "__main__":
    main()
