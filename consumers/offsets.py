"""What has been handled and is not committed yet. Only what a callback returned from is ever committed."""

from collections.abc import Callable, Iterable, Sequence

import structlog
from confluent_kafka import Consumer, KafkaError, TopicPartition

from schemas.codes import Code
from schemas.errors import Misconfigured, NotReady

log = structlog.get_logger()

COMMIT_SECONDS = 1.0
"""At most so long does handled work wait for its commit: what a `kill -9` makes come again."""

_REFUSED = (KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED)


class Offsets:
    """The next offset of each partition, committed from time to time and before a partition is given up.

    Commits don't wait for their answer: with the broker away a waiting one would hold up a stop, and it gives nothing, as
    the client sends a commit before it gives the partition up.
    """

    def __init__(self, consumer: Consumer, save: Callable[[], None], clock: Callable[[], float]) -> None:
        """`save` makes durable what was handled; it raises NotReady where that can't be done just now."""
        self._consumer, self._save, self._clock = consumer, save, clock
        self._next: dict[tuple[str, int], int] = {}
        self._due = 0.0
        self.in_flight = 0
        """Commits that were sent and not answered."""

    def passed(self, feed: str, partition: int, offset: int) -> None:
        """The message at `offset` is done with."""
        if not self._next:
            self._due = self._clock() + COMMIT_SECONDS
        self._next[feed, partition] = offset + 1

    def commit_due(self) -> None:
        """Commit if the oldest handled message has waited long enough."""
        if self._next and not self.in_flight and self._clock() >= self._due:
            self.commit(list(self._next))

    def commit(self, partitions: Iterable[tuple[str, int]]) -> None:
        """Commit what was handled of `partitions`. A failure is logged and tried again: at worst, repeats."""
        behind = [TopicPartition(*part, self._next[part]) for part in partitions if part in self._next]
        if not behind:
            return
        self._due = self._clock() + COMMIT_SECONDS
        # First what was handled, then the offsets: the other way round a crash between the two would lose what was not yet
        # stored, and one of the machine would make the next delivery look like the end of a gap.
        try:
            self._save()
        except NotReady as away:
            log.warning("offsets not committed; what was handled may come again", code=str(away.code))
            return
        self._consumer.commit(offsets=behind, asynchronous=True)
        self.in_flight += 1

    def answered(self, error: KafkaError | None, parts: Sequence[TopicPartition]) -> None:
        """The client's answer to a commit. Raises Misconfigured (PD-421) where the group is refused."""
        self.in_flight -= 1
        failed = [found for found in (error, *(part.error for part in parts)) if found is not None]
        for failure in failed[:1]:
            if failure.code() in _REFUSED:
                raise Misconfigured(Code.NOT_AUTHORISED, "consumer group", failure.name())
            log.warning("offsets not committed; what was handled may come again", cause=failure.name())
        if not failed:
            for part in parts:
                self._forget_committed(part)

    def drop(self, partitions: Iterable[tuple[str, int]]) -> None:
        """The partitions are another's now: their offsets may not be committed any more."""
        for part in partitions:
            self._next.pop(part, None)

    def _forget_committed(self, part: TopicPartition) -> None:
        if self._next.get((part.topic, part.partition)) == part.offset:
            del self._next[part.topic, part.partition]
