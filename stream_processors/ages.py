"""Ages at the event as bands: what may be so of a person, from a date of birth, an age, an age range or a marker. Pure.

A band that can't be excluded is possible: one left is known, all left is unknown. The age of criminal responsibility is ten
(Children and Young Persons Act 1933 s.50), of majority eighteen (Family Law Reform Act 1969 s.1).
"""

import re
from calendar import monthrange
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from schemas.records import Record

BANDS = ("under-10", "10-17", "adult")
"""Every band, by age."""

_LONDON = ZoneInfo("Europe/London")
_RESPONSIBLE, _ADULT, _OLDEST = 10, 18, 150
_CHILD = BANDS[:2]
_RANGE = re.compile(r"(?:(\d{1,3})-(\d{1,3})|(\d{1,3})\+|under (\d{1,3})|over (\d{1,3}))", re.ASCII | re.IGNORECASE)


class Days(NamedTuple):
    """First and last day on which the event may have been, local."""

    first: date
    last: date


def event_days(period: Record | None) -> Days | None:
    """The days of a standard record's `occurred`; None where they are not known, and where it ends before it begins."""
    if period is None or period["start"] is None:
        return None
    try:
        first, last = _days_of(period["start"], period["precision"])
        end = period["end"]
        if end is None:
            return Days(first, last)
        ended = end.astimezone(_LONDON).date()
        return Days(first, max(last, ended)) if ended >= first else None  # it ended before it began: nobody knows when it was
    except (KeyError, OverflowError, ValueError):  # no known precision; an hour before year 1 or after year 9999
        return None


def _days_of(start: datetime, precision: str) -> tuple[date, date]:
    if precision in ("MINUTE", "HOUR"):
        day = start.astimezone(_LONDON).date()
        return day, day
    day = start.date()  # midnight UTC stands for the day, wherever it was
    months = {"DAY": (day.month, day.month), "MONTH": (day.month, day.month), "YEAR": (1, 12)}[precision]
    if precision == "DAY":
        return day, day
    return date(day.year, months[0], 1), date(day.year, months[1], monthrange(day.year, months[1])[1])


def age_bands(person: Record, days: Days | None) -> tuple[str, ...]:
    """The bands that are possible of a standard person, in order; all of them: unknown."""
    born = person["date_of_birth"]
    if born:
        found = _from_birth(born, days) if days is not None else BANDS
    elif person["age"] is not None:
        found = _between(person["age"], person["age"])
    elif person["age_range"]:
        found = _from_range(person["age_range"])
    else:
        return _CHILD if "child" in person["markers"] else BANDS
    if "child" in person["markers"] and found == BANDS[2:]:
        return BANDS  # the force says two things: nobody knows
    return found


@lru_cache(maxsize=65_536)
def _from_birth(born: str, days: Days) -> tuple[str, ...]:
    try:
        birth = date.fromisoformat(born)
    except ValueError:
        return BANDS
    low, high = _age(birth, days.first), _age(birth, days.last)
    return BANDS if low < 0 else _between(low, high)


def _age(birth: date, day: date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


@lru_cache(maxsize=4096)
def _from_range(text: str) -> tuple[str, ...]:
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        return BANDS
    low, high, at_least, under, over = (int(each) if each else None for each in found.groups())
    if low is not None and high is not None:
        return _between(low, high)
    if at_least is not None:
        return _between(at_least, _OLDEST)
    return _between(0, under - 1) if under else _between((over or 0) + 1, _OLDEST)


def _between(low: int, high: int) -> tuple[str, ...]:
    """Bands that ages from `low` to `high` meet; of what is no age nothing is known."""
    if not 0 <= low <= high <= _OLDEST:
        return BANDS
    starts = (0, _RESPONSIBLE, _ADULT, _OLDEST + 1)
    return tuple(band for band, start, end in zip(BANDS, starts, starts[1:], strict=False) if low < end and high >= start)


@lru_cache(maxsize=64)
def local_day(now_hour: int) -> date:
    """The day in London of an hour since 1970 UTC: agreements and consents end with the local day."""
    return datetime.fromtimestamp(now_hour * 3600, UTC).astimezone(_LONDON).date()
