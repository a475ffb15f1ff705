"""Times as forces write them to UTC milliseconds, with the precision that is known."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

_LONDON = ZoneInfo("Europe/London")
"""A time without an offset is read as local time of Great Britain and Northern Ireland."""

_FORMS = ((4, "%Y", "YEAR"), (7, "%Y-%m", "MONTH"), (10, "%Y-%m-%d", "DAY"))

_CLOCK = re.compile(r"\d[Tt ]\d{2}:?\d{2}")
"""A date-time says hour and minute; `fromisoformat` would make midnight of anything less."""

_SUMMER_MS = 3_600_000
"""A local day begins an hour before the UTC day of the same name while British Summer Time lasts."""


class Time(NamedTuple):
    """UTC milliseconds since 1970 and the precision: MINUTE, DAY, MONTH or YEAR."""

    ms: int
    precision: str

    @property
    def earliest_ms(self) -> int:
        """The earliest moment that can be meant: a date stands for a local day, which may have begun in UTC's last."""
        return self.ms if self.precision == "MINUTE" else self.ms - _SUMMER_MS


@lru_cache(maxsize=4096)
def parse_time(text: str) -> Time | None:
    """Reads ISO 8601 date-times to the minute or finer, dates, YYYY-MM and YYYY; None where it can't be read.

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
        local = moment if moment.tzinfo else moment.replace(tzinfo=_LONDON)
        # Whatever UTC can't write (the first hours of year 1 east of Greenwich) would not be readable behind us either.
        return Time(_ms(local.astimezone(UTC)), "MINUTE") if _CLOCK.search(text) else None
    except (ValueError, OverflowError):
        return None


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
