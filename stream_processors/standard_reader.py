"""Reads one lane of `standard` again, from where a command stands, for the lane's owner."""

from typing import NamedTuple

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from schemas.codes import Code
from schemas.errors import NotReady
from stream_processors.batches import plain_input
from stream_processors.messages import Input

_WAIT_SECONDS = 0.1
"""How long a piece of work waits for its first message: the live input waits as long."""

_ASK_SECONDS = 5.0

_EMPTY_TURNS = 300
"""Empty answers in a row before the reader is built anew."""


class Again(NamedTuple):
    """Messages of a lane, read again."""

    messages: list[Input]
    reached: int
    """Offset to read on from; `until` where there is nothing more."""


class StandardReader:
    """`consumer` is its own: read_committed, no group offsets, partition EOF enabled, `earliest` on an offset that is gone."""

    def __init__(self, consumer: Consumer, topic: str) -> None:
        self._consumer, self._topic = consumer, topic
        self._at: tuple[int, int] | None = None
        self._rest: Again | None = None
        self._empty = 0

    def close(self) -> None:
        """Give the consumer back."""
        self._consumer.close()

    def read(self, lane: int, start: int, until: int, limit: int) -> Again:
        """At most `limit` messages from `start` on, none at or behind `until`. Raises NotReady."""
        if start >= until:
            return Again([], until)
        rest, self._rest = self._rest, None
        if rest is not None and self._at is not None and self._at[0] == lane and self._at[1] <= start < rest.reached:
            self._at = (lane, rest.reached)
            return Again([message for message in rest.messages if message.offset >= start], rest.reached)
        try:
            return self._read(lane, start, until, limit, stands=rest is None and self._at == (lane, start))
        except KafkaException as error:
            self._at = None
            raise NotReady(Code.BROKER_AWAY, detail=error.args[0].name()) from None

    def put_back(self, lane: int, rest: Again) -> None:
        """These were read and not used: they come first in the next read, where it starts with one of them."""
        self._rest, self._at = rest, (lane, rest.messages[0].offset)

    def first(self, lane: int) -> int:
        """The first offset that is still there. Raises NotReady."""
        try:
            low, _ = self._consumer.get_watermark_offsets(TopicPartition(self._topic, lane), timeout=_ASK_SECONDS)
        except KafkaException as error:
            raise NotReady(Code.BROKER_AWAY, detail=error.args[0].name()) from None
        return int(low)

    def _read(self, lane: int, start: int, until: int, limit: int, *, stands: bool) -> Again:
        if not stands:
            # Also where the last piece of work was dropped: what was read of it must come again.
            offset = start if start > 0 else OFFSET_BEGINNING
            self._consumer.assign([TopicPartition(self._topic, lane, offset)])
        messages: list[Input] = []
        reached, stands = start, True
        for message in self._consumer.consume(limit, _WAIT_SECONDS):
            error = message.error()
            if error is None and (message.offset() or 0) < until:
                messages.append(plain_input(message))
                reached = (message.offset() or 0) + 1
            elif error is None or (error.code() == KafkaError._PARTITION_EOF and (message.offset() or 0) >= until):
                # Behind the last message below `until` there may be nothing but transaction markers, which no reader sees.
                reached, stands = until, stands and error is not None  # a message from there was taken, and thrown away
            elif error.code() not in (KafkaError._PARTITION_EOF, KafkaError._TRANSPORT):
                raise NotReady(Code.BROKER_AWAY, detail=error.name())
        self._empty = self._empty + 1 if reached == start else 0
        if self._empty > _EMPTY_TURNS:
            raise NotReady(Code.BROKER_AWAY)
        self._at = (lane, reached) if stands else None
        return Again(messages, reached)
