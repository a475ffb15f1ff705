"""Whether a record is past its review date (police records code, MoPI): then it is shared with nobody. Pure."""

from dataclasses import replace
from datetime import date

from schemas.records import Record
from stream_processors.ages import local_day
from stream_processors.decide import Decision

PAST_REVIEW = "PAST_REVIEW_DATE"
"""The reason in a decision."""

_HOUR_MS = 3_600_000


def day_of(now_ms: int) -> str:
    """The day in London, as YYYY-MM-DD. `now_ms`: UTC milliseconds."""
    return local_day(now_ms // _HOUR_MS).isoformat()


def is_past_review(review_date: str | None, day: str) -> bool:
    """Whether `day` is behind the review date. The date itself is the last day on which the record is shared. A date that can't
    be read counts as past: what can't be told gives nothing. None: there is no date, and the record does not end by itself."""
    if review_date is None:
        return False
    try:
        return date.fromisoformat(review_date).isoformat() < day
    except ValueError:
        return True


def is_event_past_review(event: Record, now_ms: int) -> bool:
    """As `is_past_review`, of a standard event at this time."""
    retention = event["retention"]
    return retention is not None and is_past_review(retention["review_date"], day_of(now_ms))


def withhold_past_review(decision: Decision) -> Decision:
    """The decision with this one reason more against everybody, before all others."""
    verdicts = tuple(each._replace(permits=(), against=(PAST_REVIEW, *each.against)) for each in decision.verdicts)
    return replace(decision, shares=(), sanitising={}, verdicts=verdicts)
