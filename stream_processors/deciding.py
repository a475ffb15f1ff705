"""Decide one standard event, whatever happens: live, rehearsed or explained, it is this. Pure."""

from typing import NamedTuple

from schemas.actions import CLOSING, Action
from schemas.records import Record
from stream_processors.attributes import Attributes, derive_attributes
from stream_processors.decide import Decider, Decision, withhold_all
from stream_processors.review_date import is_event_past_review, withhold_past_review
from stream_processors.rule_set import RuleSet


class Decided(NamedTuple):
    """What one event comes to."""

    attributes: Attributes | None
    """None after a fault."""
    decision: Decision
    is_fault: bool
    """A rule failed: it is withheld from everybody."""


def is_closed(action: str, was_closed: bool) -> bool:
    """Whether the record is closed by its originator: recalled, restricted or erased; only a reinstatement re-opens it. An
    action that nobody knows closes as well: what takes away is never read as something that gives."""
    return action not in _OPEN or (was_closed and action != Action.REINSTATEMENT)


_OPEN = frozenset(Action) - CLOSING


def decide_event(
    rules: RuleSet, decider: Decider, event: Record, latched: frozenset[str], closed: bool, now_ms: int
) -> Decided:
    """The decision on the event. Never raises: a rule that fails withholds from everybody."""
    try:
        attributes = derive_attributes(event)
        decision = decider.decide(attributes, latched, closed, now_ms)
        is_past = is_event_past_review(event, now_ms)
        return Decided(attributes, withhold_past_review(decision) if is_past else decision, False)
    except Exception:  # a rule that fails withholds from everybody, and holders are told to withdraw
        return fault_of(rules, latched)


def fault_of(rules: RuleSet, latched: frozenset[str]) -> Decided:
    """What a fault comes to. What can't be told holds, and for life: the next version must not re-open what this one would have
    closed."""
    latches = latched | {prohibition.id for prohibition in rules.prohibitions if prohibition.latch}
    return Decided(None, withhold_all(rules, latches, "FAULT"), True)
