"""Follow a topic: read each partition from where it was left to its end as it is now."""

import time
from collections.abc import Callable, Iterable, Iterator

from confluent_kafka import Consumer, KafkaException, Message
from confluent_kafka.admin import AdminClient

from schemas.codes import Code
from schemas.errors import NotReady
from stream_processors.partition_reading import Limits, Reading
from stream_processors.topic_end import find_end

_WAIT_SECONDS = 30.0
_LIMITS = Limits(_WAIT_SECONDS, Code.ACKNOWLEDGED_UNREADABLE, Code.ACKNOWLEDGED_UNREADABLE)


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
        starts = {number: self._reached.get((topic, number), 0) for number in ends}
        reading = Reading(self._consumer, topic, starts, ends, _LIMITS, self._clock)
        yield from reading.messages()
        self._reached.update({(topic, number): offset for number, offset in reading.reached.items()})
