"""One delivery on a feed: what an agency was sent, under which agreement and conditions."""

from dataclasses import dataclass, field
from enum import StrEnum

from schemas.errors import Refused
from schemas.records import Record


class Action(StrEnum):
    """What the agency has to do with a delivery."""

    SHARE = "SHARE"
    """Keep the record: it is new to this agency."""
    UPDATE = "UPDATE"
    """Replace wholly what is held under the token."""
    WITHDRAW = "WITHDRAW"
    """Delete what is held under the token."""
    VOID = "VOID"
    """Nothing: this sequence number is used and carries nothing."""
    TEST = "TEST"
    """Nothing: the hub tries the way."""
    HEARTBEAT = "HEARTBEAT"
    """Nothing: it repeats the lane's last sequence number, so that a lost tail is seen."""
    UNMAPPED = "UNMAPPED"
    """An action of a later version: `source_action` has its name."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """The agreement that a delivery is made under."""

    id: str
    version: int
    purpose: str


@dataclass(frozen=True, slots=True)
class Marking:
    """Government security marking of the delivery. Codes are strings: a later version may add some."""

    tier: str | None
    sensitive: bool | None
    handling: tuple[str, ...]
    descriptors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the agency has agreed to do and not to do with the delivery."""

    handling: str | None
    onward_sharing: str | None
    retention_days: int | None
    deadline: str | None
    """ISO 8601 time until which a withdrawal must be carried out."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Quality and reliability of what is delivered."""

    score: int | None
    """0 to 100."""
    flags: tuple[str, ...]
    reliability: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery. Its text form (`repr`) leaves out what it discloses, because text forms end in logs."""

    delivery_id: str
    lane: int
    sequence: int
    """Counts the deliveries of this feed and lane without a gap."""
    revision: int
    """Counts what this agency was sent of this record."""
    action: Action
    source_action: str
    """The action's name as sent."""
    record: Record | None = field(repr=False)
    marking: Marking | None
    conditions: Conditions | None
    quality: Quality | None
    agreement: Agreement
    token: str = field(repr=False)
    """Stands for the record in this feed: what an UPDATE replaces and a WITHDRAW deletes."""
    feed: str
    """The feed's topic."""
    partition: int
    offset: int
    repeat: bool = False
    """Was given to a callback before, and whether that had finished can't be known: look `delivery_id` up."""
    late: bool = False
    """Its number was missing and has come after all: deliveries with higher numbers were handled before it."""


@dataclass(frozen=True, slots=True)
class Recall:
    """An instruction to delete what is held under a token, for an agency whose feed is suspended or has ended."""

    delivery_id: str
    token: str = field(repr=False)
    deadline: str
    """ISO 8601 time until which it must be carried out."""
    feed: str
    """The recall topic."""
    partition: int
    offset: int
    repeat: bool = False
    """As of a delivery."""

    @property
    def action(self) -> Action:
        """A recall withdraws."""
        return Action.WITHDRAW

    @property
    def lane(self) -> int:
        """Recalls are not numbered: their place in the topic tells them apart."""
        return self.partition

    @property
    def sequence(self) -> int:
        """As `lane`."""
        return self.offset

    @property
    def revision(self) -> int:
        """A recall counts no revision: it is about whatever is held."""
        return 0


Taken = Delivery | Recall
"""What an agency takes over."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message that is no delivery. `value` is its bytes, for whoever is to find out why."""

    feed: str
    partition: int
    offset: int
    error: Refused
    value: bytes | None = field(repr=False)
