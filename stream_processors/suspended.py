"""What suspensions hold back of a decision. Pure: applied after the rules, so that the rules never know of them.

A suspended feed is sent nothing, and what its agency holds stays held; a withdrawal for it goes by recall. A suspended force
has nothing of its own shared with anybody, while its withdrawals go out as ever: a stop must not keep an erasure back.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from schemas.records import Record
from stream_processors.bindings import Bound
from stream_processors.decide import Decision, Verdict

FEED_REASON, FORCE_REASON = "SUSPENDED", "FORCE_SUSPENDED"
"""Reason codes of the decision vector."""


def is_stopped(agency: str, feed: str, suspensions: Collection[str]) -> bool:
    """Whether this feed of this agency may not be read now. Names as in the topic's name."""
    return f"agency/{agency}" in suspensions or f"feed/{agency}.{feed}" in suspensions


def is_suspended(bound: Bound, suspensions: Collection[str]) -> bool:
    """Whether the feed of this bound agreement may not be read now."""
    return is_stopped(bound.agency.id, bound.agreement.feed, suspensions)


def split_suspended(decision: Decision, event: Record, suspensions: Collection[str]) -> tuple[Decision, frozenset[str]]:
    """The decision without what is held back, and the feeds for which it is: these keep what they hold.

    The reasons stand in the vector and in the counts, where each bound agreement counts once; a force's own stop is named
    before a feed's, because it is the originator's word.
    """
    if not suspensions:
        return decision, frozenset()
    force_stops = f"force/{event['envelope']['force']}" in suspensions
    reasons = {
        bound.id: FORCE_REASON if force_stops else FEED_REASON
        for bound in decision.shares
        if force_stops or is_suspended(bound, suspensions)
    }
    kept = tuple(bound for bound in decision.shares if bound.id not in reasons)
    held_back = frozenset(bound.feed for bound in decision.shares if bound.id in reasons)
    verdicts = tuple(part for verdict in decision.verdicts for part in _split(verdict, reasons))
    return replace(decision, shares=kept, verdicts=verdicts), held_back


def _split(verdict: Verdict, reasons: Mapping[str, str]) -> Iterator[Verdict]:
    """What permits stays said; each bound agreement that is held back has a verdict of its own, under its own id, because it
    is not the agreement that is against it."""
    if verdict.against or not any(bound.id in reasons for bound in verdict.bounds):
        yield verdict
        return
    going = tuple(bound for bound in verdict.bounds if bound.id not in reasons)
    if going:
        yield verdict._replace(bounds=going)
    for bound in verdict.bounds:
        if bound.id in reasons:
            yield Verdict(bound.id, (bound,), verdict.permits, (reasons[bound.id],))
