"""When agreements end: each shares until its last day is over in London, and warns before. Core, but for a log."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

import structlog

from schemas.codes import Code
from stream_processors.ages import local_day
from stream_processors.agreements import Agreement
from stream_processors.metrics import DisseminateMetrics
from stream_processors.rulebook import Rulebook

log = structlog.get_logger()

WARN_DAYS = 30
"""From so many days before its end an agreement is named once a day: a review takes weeks."""

ALERT_DAYS = 7
"""From so many days before its end a person must act now, or let it end."""

_HOUR_MS = 3_600_000


class Expiry(NamedTuple):
    """When one agreement ends."""

    agreement: str
    valid_until: date
    """The last day on which it shares."""
    days_left: int
    """Days after today on which it still shares: 0 on its last day, below 0 once it has ended."""
    owner: str


def list_expiries(agreements: Iterable[Agreement], now_ms: int) -> list[Expiry]:
    """Every agreement, the next to end first. `now_ms`: UTC milliseconds; the day is London's."""
    today = local_day(now_ms // _HOUR_MS)
    found = [Expiry(each.id, each.valid_until, (each.valid_until - today).days, each.owner) for each in agreements]
    return sorted(found, key=lambda expiry: (expiry.valid_until, expiry.agreement))


class ExpiryWatch:
    """Keeps the days left in the metrics, and says once a day what ends soon."""

    def __init__(self, metrics: DisseminateMetrics) -> None:
        self._metrics = metrics
        self._told: tuple[int, date] | None = None

    def look(self, book: Rulebook, now_ms: int) -> None:
        """At the rules in force, as often as one likes: a day and a rule set are told of once."""
        day = (book.number, local_day(now_ms // _HOUR_MS))
        if day == self._told:
            return
        self._told = day
        self._metrics.days_left.clear()  # an agreement that is not in force any more has no days
        for expiry in list_expiries(book.rules.agreements, now_ms):
            self._metrics.days_left.labels(agreement=expiry.agreement).set(expiry.days_left)
            if expiry.days_left <= WARN_DAYS:
                _say(expiry)


def _say(expiry: Expiry) -> None:
    until, is_alert = expiry.valid_until.isoformat(), expiry.days_left <= ALERT_DAYS
    words = {"code": str(Code.AGREEMENT_ENDING), "agreement": expiry.agreement, "valid_until": until, "alert": is_alert}
    log.warning("an agreement ends soon" if expiry.days_left >= 0 else "an agreement has ended", **words)
