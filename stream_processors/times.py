"""Times as forces write them to UTC milliseconds, with the precision that is known."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

_LONDON = ZoneInfo("Europe/London")
"""A time without an offset is read as local time of Great Britain and Northern Ireland."""

_FORMS = ((4, "%Y", "YEAR"), (7, "%Y-%m", "MONTH"), (10, "%Y-%m-%d", "DAY"))


class Time(NamedTuple):
    """UTC milliseconds since 1970 and the precision: MINUTE, DAY, MONTH or YEAR."""

    ms: int
    precision: str


@lru_cache(maxsize=4096)
def parse_time(text: str) -> Time | None:
    """Reads ISO 8601 date-times, dates, YYYY-MM and YYYY; None where it can't be read.

    In the hour that occurs twice when the clocks go back, a time without an offset is read as the earlier one.
    """
    for length, form, precision in _FORMS:
        if len(text) == length:
            try:
                return Time(_ms(datetime.strptime(text, form).replace(tzinfo=UTC)), precision)
            except ValueError:
                return None
    try:
        moment = datetime.fromisoformat(text)
        return Time(_ms(moment if moment.tzinfo else moment.replace(tzinfo=_LONDON)), "MINUTE")
    except (ValueError, OverflowError):
        return None


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
