"""Which replays are carried out: told when one is asked for, so that nobody waits for what would send nothing. Pure."""

from collections.abc import Collection

from schemas.codes import Code
from schemas.errors import Refused
from stream_processors.ages import local_day
from stream_processors.rule_set import RuleSet
from stream_processors.suspended import is_suspended

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS


def check_times(since_ms: int, until_ms: int, kept_days: int | None, now_ms: int) -> None:
    """Raises Refused (NOTHING_TO_REPLAY, REPLAY_TOO_OLD). `kept_days`: how long `standard` keeps what comes; None: for ever.

    A time of which the beginning is gone is refused whole: an agency would take what comes for all that there was.
    """
    if since_ms >= until_ms:
        raise Refused(Code.NOTHING_TO_REPLAY, "--to")
    if since_ms >= now_ms:
        raise Refused(Code.NOTHING_TO_REPLAY, "--from")
    if kept_days is not None and since_ms < now_ms - kept_days * _DAY_MS:
        raise Refused(Code.REPLAY_TOO_OLD, "--from", f"{kept_days} days are kept")


def check_feed(rules: RuleSet, suspensions: Collection[str], feed: str, now_ms: int) -> None:
    """Raises Refused: NO_SUCH_FEED, FEED_ENDED (its agreement shares nothing today), FEED_STOPPED (nobody may read it now)."""
    bound = rules.by_feed.get(feed)
    if bound is None:
        raise Refused(Code.NO_SUCH_FEED, "--feed")
    if not bound.agreement.valid_from <= local_day(now_ms // _HOUR_MS) <= bound.agreement.valid_until:
        raise Refused(Code.FEED_ENDED, "--feed")
    if is_suspended(bound, suspensions):
        raise Refused(Code.FEED_STOPPED, "--feed")
