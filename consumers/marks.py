"""What became of a delivery, and what it does to what is held. Core: values in, values out."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from consumers.deliveries import Action, Delivery, Taken

Key = tuple[str, int, int]
"""Feed (topic), lane and sequence: what tells a delivery apart. Of a recall: topic, partition and offset."""


class State(StrEnum):
    """What an agency says of a delivery in a receipt."""

    RECEIVED = "RECEIVED"
    """It came; nothing was done."""
    REJECTED = "REJECTED"
    """It is parked: a callback raised, or the database refuses it."""
    HANDLED = "HANDLED"
    """It was carried out, or a later one has made it void."""
    WITHDRAWN = "WITHDRAWN"
    """A withdrawal was carried out."""
    MISSING = "MISSING"
    """It never came: please send it again."""


DONE = frozenset({State.HANDLED, State.WITHDRAWN})
"""States after which a delivery has no further effect."""


class Mark(NamedTuple):
    """What became of one delivery."""

    feed: str
    lane: int
    sequence: int
    delivery_id: str
    action: str
    """As sent."""
    state: State
    reason: str | None = None
    """Why it is REJECTED: the name of an exception's type, never its text."""

    @property
    def key(self) -> Key:
        """Feed, lane and sequence."""
        return self.feed, self.lane, self.sequence


class Held(NamedTuple):
    """What the agency last did under a token."""

    feed: str
    revision: int
    withdrawn: bool
    """For good: a record that is shared again after a withdrawal comes under a new token."""


class Effect(StrEnum):
    """What a delivery does to what is held under its token."""

    KEEP = "KEEP"
    DELETE = "DELETE"
    NOTHING = "NOTHING"


@dataclass
class Plan:
    """What a batch does, taken together. Tokens in `keep` and `delete` are never the same."""

    keep: dict[str, Delivery] = field(default_factory=dict)
    delete: set[str] = field(default_factory=set)
    held: dict[str, Held] = field(default_factory=dict)
    """What is to be remembered of each token that the batch touches."""
    marks: list[Mark] = field(default_factory=list)


def key_of(item: Taken) -> Key:
    """What tells `item` apart."""
    return item.feed, item.lane, item.sequence


def mark(item: Taken, state: State | None = None, reason: str | None = None) -> Mark:
    """The mark of `item`; without a state: that it is done with."""
    name = item.source_action if isinstance(item, Delivery) else str(item.action)
    return Mark(*key_of(item), item.delivery_id, name, state or done_state(item.action), reason)


def done_state(action: Action) -> State:
    """The state of a delivery that is done with. An action that this version does not know was only received."""
    return {Action.WITHDRAW: State.WITHDRAWN, Action.UNMAPPED: State.RECEIVED}.get(action, State.HANDLED)


def effect_of(item: Taken, held: Held | None) -> Effect:
    """What `item` does. A number that comes late never brings back what a later one has replaced or withdrawn."""
    if item.action is Action.WITHDRAW:
        return Effect.DELETE
    if item.action not in (Action.SHARE, Action.UPDATE):
        return Effect.NOTHING
    stale = held is not None and (held.withdrawn or held.revision > item.revision)
    return Effect.NOTHING if stale else Effect.KEEP


def held_after(item: Taken, held: Held | None) -> Held | None:
    """What is to be remembered of the token after `item`; None where it changes nothing."""
    effect = effect_of(item, held)
    if effect is Effect.NOTHING:
        return None
    withdrawn = effect is Effect.DELETE
    return Held(item.feed, max(item.revision, held.revision) if held and withdrawn else item.revision, withdrawn)


def plan_batch(items: Iterable[Taken], known: AbstractSet[Key], held: Mapping[str, Held]) -> Plan:
    """What `items` do in their order. `known`: those that are done with already; they do nothing a second time."""
    plan, seen = Plan(), set(known)
    for item in items:
        if item.action is Action.HEARTBEAT or key_of(item) in seen:
            continue
        seen.add(key_of(item))
        before = plan.held.get(item.token) or held.get(item.token)
        after = held_after(item, before)
        if after is not None:
            plan.held[item.token] = after
            plan.keep.pop(item.token, None)
            if isinstance(item, Delivery) and not after.withdrawn:
                plan.keep[item.token] = item
            else:
                plan.delete.add(item.token)
        plan.marks.append(mark(item))
    return plan
