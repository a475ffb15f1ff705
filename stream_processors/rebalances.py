"""What the group gives to one consumer and takes from it, and the stage's state that goes with it."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Protocol

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition

from schemas.codes import Code
from schemas.errors import LostPosition
from stream_processors.batches import Collector
from stream_processors.messages import Partition

_ASK_SECONDS = 30.0
"""How long to wait for committed offsets: above the transaction time-out, after which a pending one is decided."""


class Owner(Protocol):
    """Who has state for each partition."""

    def assigned(self, partitions: Sequence[Partition]) -> None:
        """Partitions were given: restore their state before their first message."""

    def revoked(self, partitions: Sequence[Partition]) -> None:
        """Partitions were taken away."""


Callback = Callable[["Rebalances", Consumer, list[TopicPartition]], None]


def _answer(callback: Callback) -> Callback:
    """An error of the client must be caught inside of a callback: let through, it comes out of the client's own call as a
    bare KafkaError, which is no exception, so that no `except` takes it and the thread ends (seen with 2.15)."""

    @wraps(callback)
    def answer(self: "Rebalances", consumer: Consumer, parts: list[TopicPartition]) -> None:
        try:
            callback(self, consumer, parts)
        except KafkaException as error:
            raise LostPosition(Code.BROKER_AWAY, detail=error.args[0].name()) from None

    return answer


class Rebalances:
    """One life of a consumer in its group."""

    def __init__(self, owner: Owner, consumer: Consumer, collector: Collector) -> None:
        self._owner, self._consumer, self._collector = owner, consumer, collector
        self._is_over = False

    def join(self, topics: Sequence[str]) -> None:
        """Join the group."""
        callbacks: dict[str, Any] = {"on_assign": self._give, "on_revoke": self._take, "on_lost": self._take}
        self._consumer.subscribe(list(topics), **callbacks)

    def leave(self) -> None:
        """Leave the group and close the consumer."""
        self._is_over = True
        self._collector.close()
        self._consumer.close()

    @_answer
    def _give(self, consumer: Consumer, given: list[TopicPartition]) -> None:
        if self._is_over:  # given while we leave: asking for offsets now would only wait; the next owner restores them
            consumer.incremental_assign([])
            return
        # Committed offsets first, stable ones (a read_committed consumer waits for pending ones), then the stage's state:
        # the other way round, what a predecessor committed in between would be missing from the state.
        placed = _placed(consumer, given)
        self._owner.assigned([(part.topic, part.partition) for part in given])
        self._collector.give(placed)
        consumer.incremental_assign(placed)

    @_answer
    def _take(self, consumer: Consumer, taken: list[TopicPartition]) -> None:
        partitions = [(part.topic, part.partition) for part in taken]
        self._collector.take(partitions)
        self._owner.revoked(partitions)
        consumer.incremental_unassign(taken)


def _placed(consumer: Consumer, given: Sequence[TopicPartition]) -> list[TopicPartition]:
    """The partitions with the offsets at which to start: committed, or the very beginning."""
    if not given:
        return []
    found = consumer.committed([TopicPartition(part.topic, part.partition) for part in given], timeout=_ASK_SECONDS)
    for part in found:
        if part.error is not None:
            raise LostPosition(Code.BROKER_AWAY, detail=part.error.name())
        if part.offset < 0:
            part.offset = OFFSET_BEGINNING
    return list(found)
