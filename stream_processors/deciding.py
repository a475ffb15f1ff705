"""Decide one standard event, whatever happens: live, rehearsed or explained, it is this. Pure."""

from typing import NamedTuple

from schemas.records import Record
from stream_processors.attributes import Attributes, derive_attributes
from stream_processors.decide import Decider, Decision, withhold_all
from stream_processors.rule_set import RuleSet

_OPEN = frozenset(("VERSION", "CORRECTION", "REINSTATEMENT"))


class Decided(NamedTuple):
    """What one event comes to."""

    attributes: Attributes | None
    """None after a fault."""
    decision: Decision
    is_fault: bool
    """A rule failed: it is withheld from everybody."""


def is_closed(action: str, was_closed: bool) -> bool:
    """Whether the record is closed by its originator: recalled, restricted or erased; only a reinstatement re-opens it."""
    return action not in _OPEN or (was_closed and action != "REINSTATEMENT")


def decide_event(
    rules: RuleSet, decider: Decider, event: Record, latched: frozenset[str], closed: bool, now_ms: int
) -> Decided:
    """The decision on the event. Never raises: a rule that fails withholds from everybody."""
    try:
        attributes = derive_attributes(event)
        return Decided(attributes, decider.decide(attributes, latched, closed, now_ms), False)
    except Exception:  # a rule that fails withholds from everybody, and holders are told to withdraw
        return fault_of(rules, latched)


def fault_of(rules: RuleSet, latched: frozenset[str]) -> Decided:
    """What a fault comes to. What can't be told holds, and for life: the next version must not re-open what this one would have
    closed."""
    latches = latched | {prohibition.id for prohibition in rules.prohibitions if prohibition.latch}
    return Decided(None, withhold_all(rules, latches, "FAULT"), True)
