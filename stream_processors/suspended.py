"""What suspensions hold back of a decision. Pure: applied after the rules, so that the rules never know of them.

A suspended feed is sent nothing, and what its agency holds stays held; a withdrawal for it goes by recall. A suspended force
has nothing of its own shared with anybody, while its withdrawals go out as ever: a stop must not keep an erasure back.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace

from schemas.records import Record
from stream_processors.decide import Decision
from stream_processors.rule_set import Bound

FEED_REASON, FORCE_REASON = "SUSPENDED", "FORCE_SUSPENDED"
"""Reason codes of the decision vector."""


def is_suspended(bound: Bound, suspensions: Collection[str]) -> bool:
    """Whether the feed of this bound agreement may not be read now."""
    return f"agency/{bound.agency.id}" in suspensions or f"feed/{bound.feed}" in suspensions


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
    vector = tuple((name, reasons.get(name, said) if said == "SHARE" else said) for name, said in decision.vector)
    withheld = dict(Counter(decision.withheld) + Counter(reasons.values()))
    return replace(decision, shares=kept, withheld=withheld, vector=vector), held_back
