"""The control topic: what is in force. Compacted; parts of rule sets stay for ever, so that old decisions can be explained.

Each sort of record has its own module; here they are told apart, and read to the topic's end.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from schemas.codes import Code
from schemas.errors import Misconfigured, NotReady, Refused
from schemas.records import Record, encode
from schemas.wire import frame, unframe
from stream_processors.approvers import Approvers
from stream_processors.control_commands import LANE_COMMAND, CommandsRead
from stream_processors.control_emergency import EmergenciesRead, is_emergency
from stream_processors.control_rule_sets import MANIFEST, PART, RENDERING, Published, RuleSets
from stream_processors.control_suspensions import Suspensions, is_suspension
from stream_processors.rule_set import Parts
from stream_processors.topic_end import find_end

log = structlog.get_logger()

_ASK_SECONDS = 5.0


@dataclass
class ControlState:
    """What has been read so far. Pure: messages in, what is in force out."""

    rule_sets: RuleSets = field(default_factory=RuleSets)
    commands: CommandsRead = field(default_factory=CommandsRead)
    suspensions: Suspensions = field(default_factory=Suspensions)
    emergencies: EmergenciesRead = field(default_factory=EmergenciesRead)

    @property
    def current(self) -> Published | None:
        """The rule set in force."""
        return self.rule_sets.current

    def take(self, name: str | None, body: bytes, key: bytes | None = None) -> None:
        """One message. Whatever is not as it should be changes nothing, but a suspension, which holds unread: the old set
        stays in force."""
        try:
            if key is not None and is_suspension(key):
                self.suspensions.take(key, name, body)
                return
            if key is not None and is_emergency(key):
                self.emergencies.take(key, name, body)
                return
            self._take(name, body)
        except Refused as refusal:
            log.error("a message on control was refused", code=str(refusal.code), field=refusal.field, alert=True)

    def _take(self, name: str | None, body: bytes) -> None:
        if name == PART:
            self.rule_sets.take_part(body)
        elif name == MANIFEST:
            self.rule_sets.take_manifest(body)
        elif name == LANE_COMMAND:
            self.commands.take(body)


class Floor(Protocol):
    """The highest number of a rule set that was in force here, kept where control can't reach it."""

    @property
    def number(self) -> int:
        """0: none was."""

    def rise(self, number: int) -> None:
        """Never falls."""


class ControlReader:
    """Reads control to its end, when asked. `consumer` is its own: read_committed, no group.

    `approvers` are this process's own: they never come from control; nor does `floor`.
    """

    def __init__(
        self,
        consumer: Consumer,
        admin: AdminClient,
        topic: str,
        schema_name: Callable[[int], str | None],
        approvers: Approvers,
        floor: Floor | None = None,
    ) -> None:
        self._floor = floor
        self._consumer, self._admin, self._topic, self._schema_name = consumer, admin, topic, schema_name
        self._reached = 0
        self.state = ControlState(RuleSets(approvers, topic), emergencies=EmergenciesRead(approvers, topic))
        """What has been read, as far as the last `read_to_end` came."""
        self._consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])

    def close(self) -> None:
        """Give the consumer back."""
        self._consumer.close()

    def read_to_end(self) -> Published | None:
        """The set in force now: the broker's end is asked for, and reached. Raises NotReady: nothing may be released."""
        end = find_end(self._admin, self._topic, 0)
        try:
            self._read_to(end)
        except NotReady:
            # What was fetched and not taken must come again: a reader with a hole would stand at the end under old rules.
            self._consumer.assign([TopicPartition(self._topic, 0, self._reached)])
            raise
        return self._not_below_floor(self.state.current)

    def _not_below_floor(self, current: Published | None) -> Published | None:
        """A set that was in force once comes back by a rollback under a new number, or not at all. Else whoever may delete on
        control could put it in force again without any approval, as soon as this process reads from the beginning."""
        if self._floor is None or current is None:
            return current
        if current.number < self._floor.number:
            log.error("control has lost a rule set", code=str(Code.OTHER_SET_IN_FORCE), number=current.number, alert=True)
            raise NotReady(Code.OTHER_SET_IN_FORCE, "number")
        self._floor.rise(current.number)
        return current

    def _read_to(self, end: int) -> None:
        empty = 0
        while self._reached < end:
            # One with patience, then what lies there: asked for many, the client waits its whole patience out for the rest.
            messages = self._consumer.consume(1, 0.5)
            messages += self._consumer.consume(500, 0) if messages else []
            empty = 0 if messages else empty + 1
            if empty * 0.5 > _ASK_SECONDS:
                raise NotReady(Code.CONTROL_STALE)
            for message in messages:
                if (failed := message.error()) is not None:
                    raise NotReady(Code.CONTROL_STALE, detail=failed.name())
                self._take(message.key(), message.value())
                self._reached = (message.offset() or 0) + 1

    def _take(self, key: str | bytes | None, value: str | bytes | None) -> None:
        key = key if isinstance(key, bytes) else None
        try:
            schema_id, body = unframe(value if isinstance(value, bytes) else None)
        except Refused:
            if value is not None and (is_suspension(key) or is_emergency(key)):
                self.state.take(None, b"", key)
            return  # a tombstone, or nothing of ours
        self.state.take(self._schema_name(schema_id), body, key)


def publish_rule_set(
    producer: Producer,
    topic: str,
    ids: Mapping[str, int],
    parts: Parts,
    rendering: bytes,
    manifest: Record,
) -> None:
    """Write the parts, wait until they stand, then the manifest: a crash before it leaves the old set in force.

    Whether anybody takes it is for each reader to decide.
    """
    for name, content in [*sorted(parts.items()), (RENDERING, rendering)]:
        sha256 = hashlib.sha256(content).hexdigest()
        body = encode(PART, {"sha256": sha256, "name": name, "content": content})
        producer.produce(topic, frame(ids[PART], body), f"part/{sha256}/{name}", partition=0)
    _stand(producer)
    key = f"manifest/{manifest['number']}"  # one for each number: old sets stay, for rollback and for explaining
    producer.produce(topic, frame(ids[MANIFEST], encode(MANIFEST, manifest)), key, partition=0)
    _stand(producer)


def _stand(producer: Producer) -> None:
    if producer.flush(30):
        raise Misconfigured(Code.BROKER_AWAY)
