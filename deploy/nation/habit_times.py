"""How force systems write a time: from UTC milliseconds to text, in under half a microsecond. Pure.

The offset of British time changes only at a full UTC hour, so everything but minutes and seconds is made once for each hour
and kept for a bounded number of them. Times are UTC milliseconds since 1970; what is below a second is cut off.
"""

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache

HOUR_MS = 3_600_000
_HOURS_KEPT = 1024
"""Six weeks: lives write the hours around their own."""

_EPOCH = date(1970, 1, 1).toordinal()

_SECONDS = tuple(f"{second // 60:02}:{second % 60:02}" for second in range(3600))
_MINUTES = tuple(f"{second // 60:02}" for second in range(3600))


@lru_cache(maxsize=16)
def _summer_hours(year: int) -> range:
    """UTC hours since 1970 of British Summer Time: from the last Sunday of March to that of October, 01:00 UTC both."""
    start, end = (date(year, month, 31).toordinal() for month in (3, 10))
    return range(*((day - day % 7 - _EPOCH) * 24 + 1 for day in (start, end)))


def is_summer_hour(hour: int) -> bool:
    """Whether British Summer Time is in force in this UTC hour since 1970."""
    return hour in _summer_hours(date.fromordinal(_EPOCH + hour // 24).year)


@lru_cache(maxsize=_HOURS_KEPT)
def _local_hour(hour: int) -> tuple[str, str, str]:
    """Date and hour of the clock on the wall, and the offset, of a UTC hour since 1970."""
    is_summer = is_summer_hour(hour)
    day, clock = divmod(hour + is_summer, 24)
    return date.fromordinal(_EPOCH + day).isoformat(), f"{clock:02}", "+01:00" if is_summer else "+00:00"


@lru_cache(maxsize=_HOURS_KEPT)
def _utc(hour: int) -> str:
    day, clock = divmod(hour, 24)
    return f"{date.fromordinal(_EPOCH + day).isoformat()}T{clock:02}:"


@lru_cache(maxsize=_HOURS_KEPT)
def _local(hour: int) -> str:
    day, clock, _ = _local_hour(hour)
    return f"{day}T{clock}:"


@lru_cache(maxsize=_HOURS_KEPT)
def _spaced(hour: int) -> str:
    day, clock, _ = _local_hour(hour)
    return f"{day} {clock}:"


@lru_cache(maxsize=_HOURS_KEPT)
def _compact(hour: int) -> str:
    day, clock, _ = _local_hour(hour)
    return f"{day.replace('-', '')}T{clock}"


def _write_utc(ms: int) -> str:
    """2026-03-27T01:30:00Z."""
    hour, rest = divmod(ms, HOUR_MS)
    return f"{_utc(hour)}{_SECONDS[rest // 1000]}Z"


def _write_offset(ms: int) -> str:
    """2026-06-27T01:30:00+01:00."""
    hour, rest = divmod(ms, HOUR_MS)
    return f"{_local(hour)}{_SECONDS[rest // 1000]}{_local_hour(hour)[2]}"


def _write_local(ms: int) -> str:
    """2026-06-27T01:30:00 of the clock on the wall: an hour of autumn occurs twice, and nobody can tell which it was."""
    hour, rest = divmod(ms, HOUR_MS)
    return _local(hour) + _SECONDS[rest // 1000]


def _write_spaced(ms: int) -> str:
    """2026-06-27 01:30 of the clock on the wall."""
    hour, rest = divmod(ms, HOUR_MS)
    return _spaced(hour) + _MINUTES[rest // 1000]


def _write_compact(ms: int) -> str:
    """20260627T0130 of the clock on the wall."""
    hour, rest = divmod(ms, HOUR_MS)
    return _compact(hour) + _MINUTES[rest // 1000]


TIME_FORMS: Mapping[str, Callable[[int], str]] = {
    "utc": _write_utc,
    "offset": _write_offset,
    "local": _write_local,
    "spaced": _write_spaced,
    "compact": _write_compact,
}
"""Every form. `spaced` and `compact` tell the minute, the others the second; the last three are without an offset."""

TIME_GRAIN_MS: Mapping[str, int] = {"utc": 1000, "offset": 1000, "local": 1000, "spaced": 60_000, "compact": 60_000}
"""What a form cuts off: milliseconds."""
