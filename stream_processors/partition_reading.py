"""Read partitions of a topic from where somebody stands to their ends as they were. Shell."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from schemas.codes import Code
from schemas.errors import NotReady

_CHUNK = 5000


class Limits(NamedTuple):
    """How long a reading may stand still, in seconds, and what it says where it does, or where the broker fails it."""

    seconds: float
    """Above the time-out of a transaction (10 s): what is behind a dead writer's shows itself then."""
    still: Code
    broken: Code


class Reading:
    """Committed messages of `topic`, from `starts` to `ends`, by partition. Ends are offsets *read uncommitted* (`find_end`):
    whatever was visible to anybody when they were asked for is read. An open transaction below an end is waited for.

    `consumer` is the caller's: read_committed, no group offsets, partition EOF enabled.
    """

    def __init__(
        self,
        consumer: Consumer,
        topic: str,
        starts: Mapping[int, int],
        ends: Mapping[int, int],
        limits: Limits,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._consumer, self._topic, self._ends, self._limits, self._clock = consumer, topic, ends, limits, clock
        self.reached = {number: max(start, 0) for number, start in starts.items()}
        """By partition, the offset behind what the last chunk has brought; markers of transactions count."""

    def chunks(self) -> Iterator[list[Message]]:
        """What comes, many at a time; some are empty. Raises NotReady."""
        if not self._waiting():
            return
        try:
            self._consumer.assign([self._place(number) for number in sorted(self._waiting())])
            deadline = self._clock() + self._limits.seconds
            while self._waiting():
                found = self._consumer.consume(_CHUNK, 0.2)
                if found:
                    deadline = self._clock() + self._limits.seconds
                elif self._clock() > deadline:
                    raise NotReady(self._limits.still)
                yield [message for message in found if self._note(message)]
            self._consumer.unassign()
        except KafkaException as error:
            raise NotReady(self._limits.broken, detail=error.args[0].name()) from None

    def messages(self) -> Iterator[Message]:
        """As `chunks`, one by one. `reached` is the chunk's."""
        for chunk in self.chunks():
            yield from chunk

    def _waiting(self) -> set[int]:
        return {number for number, reached in self.reached.items() if reached < self._ends[number]}

    def _place(self, number: int) -> TopicPartition:
        """From the start it is the first that is still there."""
        return TopicPartition(self._topic, number, self.reached[number] or OFFSET_BEGINNING)

    def _note(self, message: Message) -> bool:
        """Whether it is a message; moves `reached`. The end that a committed reader may see is one of markers, or an open
        transaction's."""
        error, number, offset = message.error(), message.partition() or 0, message.offset() or 0
        if error is None:
            self.reached[number] = offset + 1
        elif error.code() == KafkaError._PARTITION_EOF:
            self.reached[number] = max(self.reached[number], offset)
        else:
            raise NotReady(self._limits.broken, detail=error.name())
        return error is None
