"""Reads what stands at the ledger's end about lanes that are being taken over: a predecessor's tries that were cut off.

Where to read from stands in each lane's holders partition, written with every release: all entries of the lane that may be
unreleased stand there or behind it. The ledger's end is taken *read uncommitted*, and the ledger read *committed* up to there:
a try whose release had begun has its entries below.
"""

import time
from collections.abc import Callable, Iterator, Mapping

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka.admin import AdminClient

from schemas.codes import Code
from schemas.errors import NotReady
from schemas.records import Record, decode
from schemas.wire import unframe
from stream_processors.lane_restore import WAIT_SECONDS
from stream_processors.outputs import LEDGER_ENTRY
from stream_processors.topic_end import find_end

_CHUNK = 5000

_OTHERS = (b"vector/", b"consultation/", b"receipt/")
"""How the keys of entries start that are about no event of `standard`."""


class LedgerTail:
    """`consumer` is its own: read_committed, no group offsets, partition EOF enabled, `earliest` on an offset that is gone."""

    def __init__(
        self,
        consumer: Consumer,
        admin: AdminClient,
        topic: str,
        schema_name: Callable[[int], str | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._consumer, self._admin, self._topic = consumer, admin, topic
        self._schema_name, self._clock = schema_name, clock

    def close(self) -> None:
        """Give the consumer back."""
        self._consumer.close()

    def end(self) -> int:
        """Every entry that this process will write stands here or behind it. Raises NotReady."""
        return find_end(self._admin, self._topic, 0)

    def read(self, starts: Mapping[int, int], take: Callable[[Record, int], None]) -> int:
        """Give `take` each entry of these lanes from the lane's offset on, with where it stands; gives the end that was
        reached. Raises NotReady."""
        end = self.end()
        start = min(starts.values(), default=end)
        if start >= end:
            return end
        try:
            self._consumer.assign([TopicPartition(self._topic, 0, start if start > 0 else OFFSET_BEGINNING)])
            for message in self._messages(start, end):
                entry = self._entry(message)
                offset = message.offset() or 0
                if entry is not None and offset >= starts.get(entry["source_partition"], end):
                    take(entry, offset)
            self._consumer.unassign()
        except KafkaException as error:
            raise NotReady(Code.BROKER_AWAY, detail=error.args[0].name()) from None
        return end

    def _messages(self, reached: int, end: int) -> Iterator[Message]:
        deadline = self._clock() + WAIT_SECONDS
        while reached < end:
            messages = self._consumer.consume(_CHUNK, 0.2)
            if not messages and self._clock() > deadline:
                raise NotReady(Code.LANE_NOT_RESTORED)
            for message in messages:
                error = message.error()
                if error is None:
                    reached, deadline = (message.offset() or 0) + 1, self._clock() + WAIT_SECONDS
                    yield message
                elif error.code() == KafkaError._PARTITION_EOF:
                    # Behind the last entry there may be nothing but markers; an end below is an open transaction's.
                    reached = max(reached, message.offset() or 0)
                else:
                    raise NotReady(Code.BROKER_AWAY, detail=error.name())

    def _entry(self, message: Message) -> Record | None:
        if bytes(message.key() or b"").startswith(_OTHERS):
            return None
        schema_id, body = unframe(message.value())
        return decode(LEDGER_ENTRY, body) if self._schema_name(schema_id) == LEDGER_ENTRY else None
