"""Commands on the control topic: what each lane's owner is to carry out once, between live batches.

A command is one record under the key `command/<id>` and is never changed. How far it is in a lane stands in that lane's own
holders partition, because only the lane's owner knows, and because it must commit together with what was released.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, get_args

from confluent_kafka import Producer

from schemas.codes import Code
from schemas.errors import Misconfigured
from schemas.records import Record, decode, encode
from schemas.wire import frame

LANE_COMMAND = "uk.pointduty.hub.LaneCommand"
"""Full name of a command's record."""

Verb = Literal["REDECIDE", "RESUME", "RETROACT", "REPLAY"]
"""REDECIDE decides again under today's rules; RESUME does so too, after it has answered the cut sequences with VOID. RETROACT
takes back what is held and no longer permitted, and narrows what is; it shares nothing. REPLAY delivers what was standardised
in a time once more."""

VERBS: frozenset[str] = frozenset(get_args(Verb))
"""The verbs that are carried out from control. A command with another one stays where it is: a later version may know it."""

RESEND = "RESEND"
"""The verb of an agency's request: numbers of its feed are to be sent again. Never carried out from control."""

ALL, FAULTS = "all", "faults"
"""Subjects beside `record/<ledger token>`, `feed/<agency>.<feed>`, `agency/<id>`, `force/<id>`."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Sequences of one feed and lane, both ends included, that were deleted before they were delivered."""

    feed: str
    """Agency and feed, as in the topic name."""
    lane: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class LaneCommand:
    """One command. Its id is the cause in ledger entries and in the delivery ids of what it releases."""

    id: str
    verb: str
    subject: str
    by: str
    reason: str
    at_ms: int
    """UTC milliseconds."""
    since_ms: int | None = None
    """Only standard events whose Kafka time is not before this; UTC milliseconds."""
    cuts: tuple[Cut, ...] = ()
    until_ms: int | None = None
    """Of a replay: only standard events whose Kafka time is before this; UTC milliseconds."""
    rate: int | None = None
    """Of a replay: records a second by each process; None: as many as are harmless."""

    @property
    def is_known(self) -> bool:
        """Whether this version carries it out."""
        return self.verb in VERBS


@dataclass
class CommandsRead:
    """The commands that stand on control, in the order in which they came. Pure."""

    by_id: dict[str, LaneCommand] = field(default_factory=dict)

    def take(self, body: bytes) -> None:
        """One record. The first under an id stays: a command is never changed. Raises Refused."""
        command = command_of(decode(LANE_COMMAND, body))
        self.by_id.setdefault(command.id, command)


def command_of(record: Record) -> LaneCommand:
    """The command in a record."""
    since, until = record["since"], record["until"]
    return LaneCommand(
        id=record["id"],
        verb=record["verb"],
        subject=record["subject"],
        by=record["by"],
        reason=record["reason"],
        at_ms=_milliseconds(record["at"]),
        since_ms=None if since is None else _milliseconds(since),
        cuts=tuple(Cut(**cut) for cut in record["cuts"]),
        until_ms=None if until is None else _milliseconds(until),
        rate=record["rate"],
    )


def record_of(command: LaneCommand) -> Record:
    """The record of a command."""
    return {
        "id": command.id,
        "verb": command.verb,
        "subject": command.subject,
        "since": command.since_ms,
        "until": command.until_ms,
        "rate": command.rate,
        "cuts": [{"feed": c.feed, "lane": c.lane, "first": c.first, "last": c.last} for c in command.cuts],
        "by": command.by,
        "reason": command.reason,
        "at": command.at_ms,
    }


def publish_command(producer: Producer, topic: str, schema_ids: Mapping[str, int], command: LaneCommand) -> None:
    """Write the command on control and wait until it stands. Raises Misconfigured(BROKER_AWAY).

    `schema_ids` has the registry id of LANE_COMMAND. A crash before it stands leaves no command; written twice it is one.
    """
    value = frame(schema_ids[LANE_COMMAND], encode(LANE_COMMAND, record_of(command)))
    producer.produce(topic, value, f"command/{command.id}", partition=0)
    if producer.flush(30):
        raise Misconfigured(Code.BROKER_AWAY)


def _milliseconds(at: datetime) -> int:
    return round(at.astimezone(UTC).timestamp() * 1000)
