"""Local time of Great Britain from UTC milliseconds, quickly: what is asked again and again is worked out once an hour."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
LONDON = ZoneInfo("Europe/London")
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


@lru_cache(maxsize=4096)
def offset_ms(hour: int) -> int:
    """What local time is ahead of UTC in this hour (UTC, counted from 1970): 0 or 3,600,000. Clocks change on the hour."""
    moment = datetime.fromtimestamp(hour * 3600, UTC).astimezone(LONDON)
    offset = moment.utcoffset()
    return int(offset.total_seconds() * 1000) if offset is not None else 0


def local_ms(ms: int) -> int:
    """The local clock's reading as if it were UTC."""
    return ms + offset_ms(ms // HOUR_MS)


_days: dict[int, date] = {}
_KNOWN_HOURS = 8192
"""Hours whose date is kept; emptied when full."""


def local_day(ms: int) -> date:
    """The local date. All of an hour of UTC lies in one local day."""
    hour = ms // HOUR_MS
    day = _days.get(hour)
    if day is None:
        if len(_days) >= _KNOWN_HOURS:
            _days.clear()
        day = _days[hour] = date.fromordinal(_EPOCH_ORDINAL + local_ms(hour * HOUR_MS) // DAY_MS)
    return day


@lru_cache(maxsize=256)
def doubtful_half_past(kind: str, day: date) -> int:
    """Half past one, local time, at the last clock change before `day`, UTC milliseconds: of `gap` a time that never was (last
    Sunday of March, read as the time before the change), of `fold` one that came twice (last Sunday of October, the first).
    """
    month, into_hour = (3, 3) if kind == "gap" else (10, 1)
    year = day.year
    sunday = _last_sunday(year, month)
    if sunday >= day:
        sunday = _last_sunday(year - 1, month)
    return (sunday.toordinal() - _EPOCH_ORDINAL) * DAY_MS + into_hour * HOUR_MS // 2


def _last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def hour_of_week(ms: int) -> int:
    """0: Monday from midnight to one, local time; 167: Sunday's last hour."""
    local = local_ms(ms)
    return (local // DAY_MS + 3) % 7 * 24 + local % DAY_MS // HOUR_MS  # 1970-01-01 was a Thursday
