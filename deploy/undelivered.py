"""What stands in a feed and its agency has not acknowledged: which sequence numbers, which withdrawals. Changes nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import fastavro
import orjson
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, Message, TopicPartition

from deploy.control_desk import ControlDesk
from deploy.kafka_faults import ANSWER_SECONDS, kafka_errors
from schemas.codes import Code
from schemas.errors import Refused
from schemas.records import Record, decode_with
from schemas.wire import unframe
from stream_processors.control_suspensions import join_cuts
from stream_processors.partition_reading import Limits, Reading
from stream_processors.releases import Recall
from stream_processors.topic_end import find_end

_LIMITS = Limits(20.0, Code.BROKER_AWAY, Code.BROKER_AWAY)


@dataclass(frozen=True)
class Undelivered:
    """What one feed holds beyond its agency's acknowledgement."""

    cuts: list[Record]
    """Their sequence numbers, as ranges (hub.Cut)."""
    recalls: list[Recall]
    """The withdrawals among them."""
    behind: list[TopicPartition]
    """The end of each partition: up to there they can be deleted."""
    count: int
    """How many deliveries."""
    voids: list[tuple[int, int]]
    """Lane and number of each VOID among them."""


def read_undelivered(desk: ControlDesk, agency: str, feed: str) -> Undelivered:
    """Read from the least offset that a group of the agency has acknowledged, or from the start where none has, to the end.

    An open transaction is waited for: what it commits later would otherwise be deleted unseen. Raises NotReady (PD-414, 415).
    """
    topic = desk.topics.feed(agency, feed)
    with kafka_errors():
        partitions = list(desk.admin.list_topics(topic, timeout=ANSWER_SECONDS).topics[topic].partitions)
        starts = _acknowledged(desk, agency, topic, partitions)
    ends = {number: find_end(desk.admin, topic, number) for number in partitions}
    numbers: list[tuple[int, int]] = []
    voids: list[tuple[int, int]] = []
    recalls: list[Recall] = []
    schemas = _Schemas(desk)
    for message in _read(desk, topic, starts, ends):
        said = schemas.decode(message)
        if said is None or said["action"] == "HEARTBEAT":  # it repeats a number, and has none of its own
            continue
        numbers.append((said["lane"], said["sequence"]))
        if said["action"] == "VOID":
            voids.append(numbers[-1])
        if said["action"] == "WITHDRAW":
            recalls.append(_recall(agency, message, said))
    cuts = ({"feed": f"{agency}.{feed}", "lane": lane, "first": at, "last": at} for lane, at in numbers)
    behind = [TopicPartition(topic, number, end) for number, end in ends.items()]
    return Undelivered(join_cuts(cuts), recalls, behind, len(numbers), voids)


def _acknowledged(desk: ControlDesk, agency: str, topic: str, partitions: Iterable[int]) -> dict[int, int]:
    head = desk.topics.group(f"agency.{agency}.")
    listed = desk.admin.list_consumer_groups(request_timeout=ANSWER_SECONDS).result()
    starts: dict[int, int] = {}
    for group in sorted(each.group_id for each in listed.valid if each.group_id.startswith(head)):
        asked = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, number) for number in partitions])
        [answer] = desk.admin.list_consumer_group_offsets([asked], request_timeout=ANSWER_SECONDS).values()
        for part in answer.result().topic_partitions:
            if part.offset >= 0:
                starts[part.partition] = min(part.offset, starts.get(part.partition, part.offset))
    return {number: starts.get(number, 0) for number in partitions}


def _read(desk: ControlDesk, topic: str, starts: dict[int, int], ends: dict[int, int]) -> Iterator[Message]:
    settings = {
        **desk.config,
        "group.id": desk.topics.group("control.desk"),
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        "auto.offset.reset": "earliest",  # what was acknowledged may have been trimmed
        "enable.partition.eof": True,
        "fetch.wait.max.ms": 50,
    }
    consumer = Consumer(settings)
    try:
        yield from Reading(consumer, topic, starts, ends, _LIMITS).messages()
    finally:
        consumer.close()


class _Schemas:
    """Reads deliveries of any schema; each schema is parsed once."""

    def __init__(self, desk: ControlDesk) -> None:
        self._desk = desk
        self._parsed: dict[int, Any] = {}

    def decode(self, message: Message) -> Record | None:
        """None for what is no delivery: it has no number that could be missing. Raises NotReady (PD-414)."""
        value: Any = message.value()
        try:
            schema_id, body = unframe(value)
            if schema_id not in self._parsed:
                text = self._desk.schema_of(schema_id)
                self._parsed[schema_id] = None if text is None else fastavro.parse_schema(orjson.loads(text))
            schema = self._parsed[schema_id]
            return None if schema is None else decode_with(schema, body)
        except Refused:
            return None


def _recall(agency: str, message: Message, said: Record) -> Recall:
    token: Any = message.key() or b""
    return Recall(agency, token.decode(), said["delivery_id"], said["conditions"]["deadline"], message.timestamp()[1])
