"""Read what is acknowledged from its topic, whole: for the stage at its start, and for whoever asks how things stand."""

from collections.abc import Callable, Iterable, Iterator

from confluent_kafka import Message

from schemas.codes import Code
from schemas.errors import NotReady, Refused
from schemas.records import Record, decode
from schemas.wire import unframe
from stream_processors.acknowledgements import ACKNOWLEDGED, AWAITED, Acknowledgements
from stream_processors.topic_follow import Follower


def restore(follower: Follower, topic: str, schema_name: Callable[[int], str | None]) -> Acknowledgements:
    """The state as it stands now. Raises NotReady where a record can't be read: nothing is thought acknowledged then."""
    found = Acknowledgements()
    found.load(decoded(follower.read_on(topic, range(follower.count_partitions(topic))), schema_name))
    return found


def decoded(messages: Iterable[Message], schema_name: Callable[[int], str | None]) -> Iterator[tuple[str, Record | None]]:
    """Keys with their records, None for what was taken away; what concerns trimming is left out. Raises NotReady."""
    for message in messages:
        key, value = message.key(), message.value()
        if not isinstance(key, bytes) or not isinstance(value, bytes):
            if isinstance(key, bytes) and value is None:
                yield key.decode(), None
            continue
        try:
            schema_id, body = unframe(value)
            name = schema_name(schema_id)
            if name in (ACKNOWLEDGED, AWAITED):
                yield key.decode(), decode(name, body)
        except Refused:
            raise NotReady(Code.ACKNOWLEDGED_UNREADABLE) from None
