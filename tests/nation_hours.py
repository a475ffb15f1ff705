"""Hours of the week and mixes of searches, for `make_nation_facts.py`: what was measured, and what is assumed."""

import csv
import gzip
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import nation_sources as sources

LONDON = ZoneInfo("Europe/London")
WEEK = 168
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

NO_TIME = 0.05
"""Forces with a larger part of their searches at exactly 00:00 write a day without a time of day: left out of the curve."""

PEAK = 3.0
"""Friday night against the mean hour, for violence and anti-social behaviour (assumption of the load model)."""

WORKING_DAY = (38, 30, 25, 22, 22, 30, 48, 78, 105, 115, 120, 122, 124, 124, 126, 132, 138, 138, 128, 112, 98, 86, 72, 54)
WEEKEND_DAY = (62, 52, 42, 34, 28, 28, 36, 52, 72, 90, 104, 112, 118, 118, 116, 116, 116, 116, 114, 108, 102, 96, 88, 76)
"""Calls for service over a day, Monday to Friday and Saturday and Sunday (assumption)."""

ROADS_WORKING = (18, 14, 12, 12, 20, 45, 90, 165, 190, 120, 100, 104, 112, 114, 122, 160, 200, 210, 150, 98, 72, 56, 44, 30)
ROADS_WEEKEND = (40, 34, 28, 24, 22, 26, 36, 52, 76, 104, 128, 140, 146, 142, 138, 134, 130, 124, 112, 92, 76, 66, 58, 50)
"""Collisions and road offences: two rush hours (assumption)."""

OFFICE_WORKING = (14, 10, 8, 8, 8, 12, 40, 110, 220, 290, 300, 280, 240, 270, 290, 270, 210, 120, 70, 55, 48, 45, 40, 25)
OFFICE_WEEKEND = (18, 14, 10, 8, 8, 10, 22, 45, 70, 85, 90, 88, 80, 80, 82, 80, 75, 65, 58, 52, 48, 45, 38, 28)
"""Intelligence reports: written and graded in office hours, some by the late shift (assumption)."""


def _scaled(values: Sequence[float]) -> list[float]:
    mean = sum(values) / len(values)
    return [value / mean for value in values]


def _week(working: tuple[int, ...], weekend: tuple[int, ...]) -> list[float]:
    return _scaled([*working * 5, *weekend * 2])


def _night(data: Path) -> list[float]:
    """Violence and disorder: the hours of a large city's aggravated assaults, with Friday and Saturday night raised until
    Friday night is PEAK times the mean.
    """
    seen: Counter[int] = Counter()
    with gzip.open(data / "incident-feeds" / "chicago_aggravated_assaults.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["date"])
            seen[at.weekday() * 24 + at.hour] += (at.hour, at.minute) != (0, 0)  # at exactly midnight: no time of day known
    plain = [float(seen[hour]) for hour in range(WEEK)]
    friday, saturday, reach = 4 * 24 + 23, 5 * 24 + 23, 5  # the hour before midnight, and how far around it
    plain = _scaled(plain)
    lift, found = 0.0, plain
    while found[friday] < PEAK:
        lift += 0.001
        near = [max(0, reach - abs(hour - friday)) + 0.8 * max(0, reach - abs(hour - saturday)) for hour in range(WEEK)]
        found = _scaled([value * (1 + lift * by / reach) for value, by in zip(plain, near, strict=True)])
    return found


def _searches(data: Path) -> list[float]:
    """Hours of real searches, London time, of forces that give a time of day."""
    seen: dict[str, Counter[int]] = {}
    midnight: Counter[str] = Counter()
    for _, force, row in sources.stops(data):
        at = datetime.fromisoformat(row["Date"]).astimezone(LONDON)
        seen.setdefault(force, Counter())[at.weekday() * 24 + at.hour] += 1
        midnight[force] += (at.hour, at.minute, at.second) == (0, 0, 0)
    whole: Counter[int] = Counter()
    for force, hours in seen.items():
        if midnight[force] <= NO_TIME * sum(hours.values()):
            whole.update(hours)
    return _scaled([float(whole[hour]) for hour in range(WEEK)])


def table(data: Path) -> tuple[Sequence[str], list[Sequence[object]]]:
    """Columns and lines of `hour_of_week.csv`: shapes of mean 1000, Monday 00:00 London time first."""
    day, night = _week(WORKING_DAY, WEEKEND_DAY), _night(data)
    shapes = {
        "day": day,
        "evening": _scaled([a + b for a, b in zip(day, night, strict=True)]),
        "night": night,
        "road": _week(ROADS_WORKING, ROADS_WEEKEND),
        "office": _week(OFFICE_WORKING, OFFICE_WEEKEND),
        "search": _searches(data),
    }
    lines: list[Sequence[object]] = [
        (hour, f"{DAYS[hour // 24]} {hour % 24:02}", *(round(1000 * shape[hour]) for shape in shapes.values()))
        for hour in range(WEEK)
    ]
    return ("hour", "local_time", *shapes), lines


TABLES = {
    "search": (("Legislation", ""), ("Object of search", "")),
    "outcome": (("Outcome", "stop_outcome"),),
    "age-range": (("Age range", ""),),
    "sex": (("Gender", "sex"),),
    "ethnicity-self-defined": (("Self-defined ethnicity", "ethnicity_self_defined"),),
    "ethnicity-officer-defined": (("Officer-defined ethnicity", "ethnicity_officer_defined"),),
}
"""Table of `search_mix.csv` to columns of the files, each with the code list that it is mapped by (none: as printed). A row
with one of them empty, or without a national code, is left out.
"""


def searches(data: Path, rare: int) -> Iterator[tuple[str, str, int]]:
    """Lines of `search_mix.csv`: (table, value, parts joined by a bar, rows), most frequent first."""
    seen: dict[str, Counter[str]] = {table: Counter() for table in TABLES}
    for _, _, row in sources.stops(data):
        for name, columns in TABLES.items():
            cells = [(row[column].strip(), codes) for column, codes in columns]
            parts = [sources.national(codes).get(cell, "") if codes else cell for cell, codes in cells]
            seen[name]["|".join(parts)] += all(parts)
    for name, counts in seen.items():
        yield from (
            (name, value, count) for value, count in sorted(counts.items(), key=lambda x: (-x[1], x[0])) if count >= rare
        )
