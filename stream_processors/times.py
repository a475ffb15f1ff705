"""Times as forces write them to UTC milliseconds, with the precision that is known; dates of birth and review to ISO. Pure."""

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

_EPOCH_DAY = date(1970, 1, 1).toordinal()

_FIRST_MS = (date.min.toordinal() - _EPOCH_DAY) * 86_400_000
_LAST_MS = (date.max.toordinal() + 1 - _EPOCH_DAY) * 86_400_000 - 1
"""What UTC can write: years 1 to 9999."""

_LONGEST = 64
"""Characters of a time; what is longer is none, and is not kept in a cache either."""

_COARSE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_CLOCK = re.compile(r"\d[Tt ]\d{2}:?\d{2}", re.ASCII)
"""A date-time says hour and minute; `fromisoformat` would make midnight of anything less."""

_BRITISH_DATE = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4})", re.ASCII)
"""Day first: `dd/mm/yyyy` and `DD-MM-YYYY`, both in the POLE data standard."""

_MIDNIGHT = re.compile(r"[T ]00:00(?::00(?:\.0+)?)?", re.ASCII)
"""What a database adds to a date: it says nothing. With an offset it would, and the day might be another."""

_DIRECTIVE = re.compile(r"%([A-Za-z])")
_YEAR_DIRECTIVES, _MONTH_DIRECTIVES = frozenset("YyGcx"), frozenset("mbBjGcx")
_DAY_DIRECTIVES, _HOUR_DIRECTIVES, _MINUTE_DIRECTIVES = frozenset("djGcx"), frozenset("HIXc"), frozenset("MXc")
"""What a form of `datetime.strptime` must have to tell a year, a month, a day, an hour, a minute."""


PRECISIONS = ("MINUTE", "DAY", "MONTH", "YEAR")
"""How well a moment can be known, the best first."""


class Time(NamedTuple):
    """A moment and how well it is known."""

    ms: int
    """UTC milliseconds since 1970. A day, month or year begins at midnight UTC here, wherever it was written."""

    precision: str
    """One of PRECISIONS."""

    doubtful: bool
    """A local time without an offset that occurs twice or never, because the clocks changed. Of the repeated hour the earlier
    is taken; the hour that was left out is moved on by the change (01:30 in March is read as 02:30 summer time), as the
    standard library does with `fold=0`."""

    earliest_ms: int
    """The earliest moment that can be meant: a day begins at local midnight, which may have been in UTC's last one."""


def parse_time(text: str, zone: str = "Europe/London", formats: tuple[str, ...] = ()) -> Time | None:
    """Reads ISO 8601 date-times to the minute or finer, dates, YYYY-MM and YYYY, then each of `formats` (as `datetime.strptime`
    has them; one without hour and minute tells a day, month or year). Without an offset the clock of `zone` counts, a name of
    the IANA database. None where it can't be read, and where UTC can't write it (the first hours of year 1 east of Greenwich).
    Raises zoneinfo.ZoneInfoNotFoundError for another zone, never for a text.
    """
    return _parse_time(text.strip(), zone, formats) if len(text) <= _LONGEST else None


def parse_date(text: str, formats: tuple[str, ...] = ()) -> str | None:
    """A date of birth or of review as `YYYY-MM-DD`; reads that, `dd/mm/yyyy`, `DD-MM-YYYY`, a date-time at midnight without an
    offset, then each of `formats`. None where it can't be read; a year or a month alone is no date.
    """
    if len(text) > _LONGEST:
        return None
    text = text.strip()
    try:
        british = _BRITISH_DATE.fullmatch(text)
        if british:
            return date(int(british[4]), int(british[3]), int(british[1])).isoformat()
        coarse = _COARSE.match(text)
        if coarse and coarse[3] and (coarse.end() == len(text) or _MIDNIGHT.fullmatch(text, coarse.end())):
            return date(*map(int, coarse.groups())).isoformat()
    except ValueError:
        return None
    found = _try_formats(text, formats)
    return found[0].date().isoformat() if found and found[1] in {"DAY", "MINUTE"} else None


@lru_cache(maxsize=4096)
def _parse_time(text: str, zone: str, formats: tuple[str, ...]) -> Time | None:
    found = _read_iso(text) or _try_formats(text, formats)
    return _time(*found, ZoneInfo(zone)) if found else None


def _read_iso(text: str) -> tuple[datetime, str] | None:
    coarse = _COARSE.fullmatch(text)
    try:
        if coarse:
            year, month, day = coarse.groups()
            precision = "DAY" if day else "MONTH" if month else "YEAR"
            return datetime(int(year), int(month or 1), int(day or 1)), precision
        return (datetime.fromisoformat(text), "MINUTE") if _CLOCK.search(text) else None
    except ValueError:
        return None


def _try_formats(text: str, formats: tuple[str, ...]) -> tuple[datetime, str] | None:
    """What the first form that fits makes of it, and the precision that the form can tell."""
    for form in formats:
        precision = _form_precision(form)
        try:
            if precision:
                moment = datetime.strptime(text, form)
                return moment if precision == "MINUTE" else moment.replace(hour=0, minute=0, second=0, microsecond=0), precision
        except ValueError:
            continue
    return None


@lru_cache(maxsize=256)
def _form_precision(form: str) -> str | None:
    """MINUTE, DAY, MONTH or YEAR; None for a form without a year: `strptime` would put 1900 in its place."""
    said = frozenset(_DIRECTIVE.findall(form.replace("%%", "")))
    if said.isdisjoint(_YEAR_DIRECTIVES):
        return None
    if said.isdisjoint(_MONTH_DIRECTIVES):
        return "YEAR"
    if said.isdisjoint(_DAY_DIRECTIVES):
        return "MONTH"
    return "DAY" if said.isdisjoint(_MINUTE_DIRECTIVES) or said.isdisjoint(_HOUR_DIRECTIVES) else "MINUTE"


def _time(moment: datetime, precision: str, local: ZoneInfo) -> Time | None:
    """None where the moment lies outside the years that UTC can write."""
    seconds = (moment.toordinal() - _EPOCH_DAY) * 86_400 + moment.hour * 3600 + moment.minute * 60 + moment.second
    written_ms = seconds * 1000 + moment.microsecond // 1000
    if moment.tzinfo:
        before = after = _offset_ms(moment)
    else:
        before, after = _offset_ms(moment.replace(tzinfo=local)), _offset_ms(moment.replace(tzinfo=local, fold=1))
    earliest_ms = written_ms - max(before, after)
    if precision != "MINUTE":
        return Time(written_ms, precision, False, earliest_ms)
    ms = written_ms - before
    return Time(ms, precision, before != after, earliest_ms) if _FIRST_MS <= ms <= _LAST_MS else None


def _offset_ms(moment: datetime) -> int:
    """What its clock is ahead of UTC; of a doubtful time before (`fold` 0) or after the change (1)."""
    offset = moment.utcoffset() or timedelta()
    return (offset.days * 86_400 + offset.seconds) * 1000
