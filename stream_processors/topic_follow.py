"""Follow a topic: read each partition from where it was left to its end as it is now."""

import time
from collections.abc import Callable, Iterable, Iterator

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka.admin import AdminClient

from schemas.codes import Code
from schemas.errors import NotReady
from stream_processors.topic_end import find_end

_WAIT_SECONDS = 30.0
"""How long a reading may stand still: above the transaction time-out of 10 s."""

_CHUNK = 5000


class Follower:
    """Reads committed messages. `consumer` is its own: read_committed, no group offsets, partition EOF enabled."""

    def __init__(self, consumer: Consumer, admin: AdminClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._consumer, self._admin, self._clock = consumer, admin, clock
        self._reached: dict[tuple[str, int], int] = {}

    def close(self) -> None:
        """Give the consumer back."""
        self._consumer.close()

    def count_partitions(self, topic: str) -> int:
        """How many partitions there are; 0 for a topic that is not there, or that may not be seen. Raises NotReady."""
        try:
            found = self._consumer.list_topics(topic, timeout=_WAIT_SECONDS).topics[topic]
        except KafkaException as error:
            raise NotReady(Code.ACKNOWLEDGED_UNREADABLE, detail=error.args[0].name()) from None
        return len(found.partitions)

    def read_on(self, topic: str, partitions: Iterable[int]) -> Iterator[Message]:
        """Every committed message that came since the last reading. Raises NotReady.

        The ends are asked for *read uncommitted*: what was visible to anybody before the call is read, also where its
        transaction's marker is just being written here. Nothing is remembered of a reading that was not finished.
        """
        ends = {number: find_end(self._admin, topic, number) for number in partitions}
        starts = {number: self._reached.get((topic, number), OFFSET_BEGINNING) for number in ends}
        waiting = {number for number, end in ends.items() if end > max(starts[number], 0)}
        if not waiting:
            return
        reached = dict.fromkeys(waiting, 0)
        self._consumer.assign([TopicPartition(topic, number, starts[number]) for number in waiting])
        yield from self._read(waiting, ends, reached)
        self._consumer.unassign()
        self._reached.update({(topic, number): offset for number, offset in reached.items()})

    def _read(self, waiting: set[int], ends: dict[int, int], reached: dict[int, int]) -> Iterator[Message]:
        deadline = self._clock() + _WAIT_SECONDS
        while waiting:
            messages = self._consumer.consume(_CHUNK, 0.1)
            if messages:
                deadline = self._clock() + _WAIT_SECONDS
            elif self._clock() > deadline:
                raise NotReady(Code.ACKNOWLEDGED_UNREADABLE)
            for message in messages:
                error, number, offset = message.error(), message.partition() or 0, message.offset() or 0
                if error is None:
                    reached[number] = offset + 1
                    yield message
                elif error.code() == KafkaError._PARTITION_EOF:  # the end that a committed reader may see, markers counted
                    reached[number] = max(reached[number], offset)
                else:
                    raise NotReady(Code.ACKNOWLEDGED_UNREADABLE, detail=error.name())
                if reached[number] >= ends[number]:
                    waiting.discard(number)
