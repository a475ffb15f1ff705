"""Read a topic from its start to its end as it is now: for balances and audits, never for a stage."""

from collections.abc import Iterator, Mapping, Sequence

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from schemas.codes import Code
from schemas.errors import NotReady

_CHUNK = 10_000
_PATIENCE = 150
"""Empty answers of 0.2 s before giving up: longer than a dead transaction may hide what is behind it."""


def read_topics(
    config: Mapping[str, str], topics: Sequence[str], committed: bool = True, since_ms: int | None = None
) -> Iterator[Message]:
    """Every message of these topics, in order within each partition, up to the ends at the time of the call.

    `committed` False shows aborted messages too. `since_ms`: from the first one whose Kafka time is not before this, UTC
    milliseconds. Raises NotReady where the broker is away or a topic is not there.
    """
    settings = {
        "group.id": f"reader-of-{topics[0] if topics else 'nothing'}",  # for users who may use any; nothing is committed
        **config,
        "enable.auto.commit": "false",
        "isolation.level": "read_committed" if committed else "read_uncommitted",
        "enable.partition.eof": "true",
        "fetch.wait.max.ms": "50",
        "queued.max.messages.kbytes": "262144",
    }
    consumer = Consumer(settings)
    try:
        waiting = _ends(consumer, topics)
        consumer.assign(_starts(consumer, waiting, since_ms))
        yield from _read(consumer, waiting)
    except KafkaException as error:
        raise NotReady(Code.BROKER_AWAY, detail=error.args[0].name()) from None
    finally:
        consumer.close()


def _ends(consumer: Consumer, topics: Sequence[str]) -> set[tuple[str, int]]:
    """Every partition of the topics. Their ends show themselves while reading."""
    known = consumer.list_topics(timeout=30).topics
    missing = [topic for topic in topics if topic not in known]
    if missing:
        raise NotReady(Code.NOT_PROVISIONED, field=missing[0])
    return {(topic, number) for topic in topics for number in known[topic].partitions}


def _starts(consumer: Consumer, waiting: set[tuple[str, int]], since_ms: int | None) -> list[TopicPartition]:
    if since_ms is None:
        return [TopicPartition(topic, number, OFFSET_BEGINNING) for topic, number in waiting]
    asked = [TopicPartition(topic, number, since_ms) for topic, number in waiting]
    return list(consumer.offsets_for_times(asked, timeout=30))


def _read(consumer: Consumer, waiting: set[tuple[str, int]]) -> Iterator[Message]:
    empty = 0
    while waiting:
        messages = consumer.consume(_CHUNK, 0.2)
        empty = 0 if messages else empty + 1
        if empty > _PATIENCE:
            raise NotReady(Code.BROKER_AWAY, detail="a topic could not be read to its end")
        for message in messages:
            error = message.error()
            if error is None:
                yield message
            elif error.code() == KafkaError._PARTITION_EOF:
                waiting.discard((message.topic() or "", message.partition() or 0))
            elif error.code() not in (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN):
                raise KafkaException(error)
