"""Trim feeds: delete (Kafka's DeleteRecords) what an agency acknowledged a stated time ago. What it never acknowledged stays
for as long as its topic keeps it.

Only what stands below the first delivery that is not acknowledged goes, of whatever lane: a partition is cut at one offset.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from deploy.acl_changes import wait_for_answers
from deploy.balance import read_head
from deploy.hub_records import HubRecords
from deploy.kafka_faults import ANSWER_SECONDS, kafka_errors
from deploy.provision_wanted import subject_of
from deploy.registry import resolve_ids
from deploy.topic_reader import read_topics
from schemas.codes import Code
from schemas.errors import NotReady
from schemas.records import Record, decode, encode, schema_text
from schemas.wire import frame, unframe
from stream_processors.acknowledgements import TRIM_HEAD, Acknowledgements, to_ms
from stream_processors.trim_marks import TRIM_MARKS, Mark, may_go, move_marks

_PATIENCE = 100
"""Empty answers of 0.2 s before giving up."""


@dataclass(frozen=True)
class Trimmed:
    """One feed partition."""

    feed: str
    partition: int
    acknowledged_below: int
    """The first offset that is not acknowledged."""
    trimmed_below: int
    """Everything below this offset is deleted, or due to be; 0: nothing."""


def trim_feeds(hub: HubRecords, after_ms: int, now_ms: int, *, delete: bool = True) -> list[Trimmed]:
    """Look at every feed; `after_ms`: how long what was acknowledged stays. Without `delete` nothing is changed.

    The marks are written before anything is deleted: a crash between leaves what is due, and the next run deletes it. Raises
    NotReady (PD-414, PD-415, PD-490).
    """
    admin, head = AdminClient({**hub.config}), f"{hub.topics.prefix}feed."
    with kafka_errors():
        topics = {
            name: found for name, found in admin.list_topics(timeout=ANSWER_SECONDS).topics.items() if name.startswith(head)
        }
    known, marks = hub.acknowledged(), _read_marks(hub)
    spoken_of = {key.rpartition("/")[0] for key in known.records}
    found: list[Trimmed] = []
    moved: dict[tuple[str, int], list[Mark]] = {}
    with closing(_reader(hub)) as reader:
        for topic, feed, number in _partitions(topics, head):
            if feed not in spoken_of:
                continue
            before = marks.get((feed, number), [])
            reached = _acknowledged_below(reader, TopicPartition(topic, number), feed, known, before)
            after, due = move_marks(before, reached, now_ms, after_ms)
            if after != before:
                moved[feed, number] = after
            found.append(Trimmed(feed, number, reached, due))
    if delete:
        _write_marks(hub, moved)
        behind = [TopicPartition(head + each.feed, each.partition, each.trimmed_below) for each in found if each.trimmed_below]
        with kafka_errors():
            wait_for_answers(admin.delete_records(behind, request_timeout=ANSWER_SECONDS) if behind else {})
    return found


def _partitions(topics: Mapping[str, object], head: str) -> Iterator[tuple[str, str, int]]:
    for topic, found in sorted(topics.items()):
        for number in sorted(found.partitions):  # type: ignore[attr-defined]  # the client's metadata is not typed
            yield topic, topic.removeprefix(head), number


def _acknowledged_below(reader: Consumer, part: TopicPartition, feed: str, known: Acknowledgements, marks: list[Mark]) -> int:
    """The offset of the first delivery that is not acknowledged, or of the end. Below the last mark nothing is read again."""
    start = marks[-1].offset if marks else OFFSET_BEGINNING
    reached = max(start, 0)
    for message in _read(reader, TopicPartition(part.topic, part.partition, start)):
        if isinstance(message, int):
            return max(reached, message)
        value = message.value()
        if not isinstance(value, bytes) or not _may_go(value, feed, known):
            return message.offset() or 0
        reached = (message.offset() or 0) + 1
    return reached


def _may_go(value: bytes, feed: str, known: Acknowledgements) -> bool:
    """What can't be read stays."""
    try:
        head = read_head(value)
    except Exception:  # whatever bytes they are
        return False
    return may_go(head, known.spans(feed, head["lane"]))


def _reader(hub: HubRecords) -> Consumer:
    return Consumer(
        {
            "group.id": hub.topics.group("acknowledge.trim"),
            **hub.config,
            "enable.auto.commit": "false",
            "isolation.level": "read_committed",
            "auto.offset.reset": "earliest",
            "enable.partition.eof": "true",
            "fetch.wait.max.ms": "20",
            "log_level": "2",
        }
    )


def _read(reader: Consumer, start: TopicPartition) -> Iterator[Message | int]:
    """The partition's messages, and its end as a number."""
    with kafka_errors():
        reader.assign([start])
        empty = 0
        while empty < _PATIENCE:
            messages = reader.consume(500, 0.2)
            empty = 0 if messages else empty + 1
            for message in messages:
                error = message.error()
                if error is None:
                    yield message
                elif error.code() == KafkaError._PARTITION_EOF:
                    yield message.offset() or 0
                    return
                else:
                    raise NotReady(Code.BROKER_AWAY, detail=error.name())
    raise NotReady(Code.BROKER_AWAY, detail="a feed could not be read to its end")


def _read_marks(hub: HubRecords) -> dict[tuple[str, int], list[Mark]]:
    marks: dict[tuple[str, int], list[Mark]] = {}
    for message in read_topics(hub.config, [hub.topics.acknowledged]):
        key, value = message.key(), message.value()
        if isinstance(key, bytes) and key.startswith(TRIM_HEAD.encode()) and isinstance(value, bytes):
            record = decode(TRIM_MARKS, unframe(value)[1])
            marks[record["feed"], record["partition"]] = [Mark(each["offset"], to_ms(each["at"])) for each in record["marks"]]
    return marks


def _write_marks(hub: HubRecords, moved: Mapping[tuple[str, int], list[Mark]]) -> None:
    topic = hub.topics.acknowledged
    subject = subject_of(topic, TRIM_MARKS)
    schema_id = resolve_ids(hub.registry, {subject: schema_text(TRIM_MARKS)}).id_of(subject)
    producer = Producer({**hub.config, "acks": "all", "log_level": "2"})
    outcomes: list[object] = []
    for (feed, number), marks in moved.items():
        record: Record = {"feed": feed, "partition": number}
        record["marks"] = [{"offset": mark.offset, "at": mark.at_ms} for mark in marks]
        value = frame(schema_id, encode(TRIM_MARKS, record))
        producer.produce(topic, value, f"{TRIM_HEAD}{feed}/{number}", partition=0, on_delivery=lambda e, _: outcomes.append(e))
    producer.flush(ANSWER_SECONDS)
    if outcomes != [None] * len(moved):
        raise NotReady(Code.BROKER_AWAY)
