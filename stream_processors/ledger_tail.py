"""Reads what stands at the ledger's end about lanes that are being taken over: a predecessor's tries that were cut off.

Where to read from stands in each lane's holders partition, written with every release: all entries of the lane that may be
unreleased stand there or behind it. The ledger's end is taken *read uncommitted*, and the ledger read *committed* up to there:
a try whose release had begun has its entries below.
"""

import time
from collections.abc import Callable, Mapping

from confluent_kafka import Consumer, Message
from confluent_kafka.admin import AdminClient

from schemas.records import Record, decode
from schemas.wire import unframe
from stream_processors.lane_restore import RESTORE_LIMITS
from stream_processors.outputs import LEDGER_ENTRY
from stream_processors.partition_reading import Reading
from stream_processors.topic_end import find_end

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
        for message in Reading(self._consumer, self._topic, {0: start}, {0: end}, RESTORE_LIMITS, self._clock).messages():
            entry = self._entry(message)
            offset = message.offset() or 0
            if entry is not None and offset >= starts.get(entry["source_partition"], end):
                take(entry, offset)
        return end

    def _entry(self, message: Message) -> Record | None:
        if bytes(message.key() or b"").startswith(_OTHERS):
            return None
        schema_id, body = unframe(message.value())
        return decode(LEDGER_ENTRY, body) if self._schema_name(schema_id) == LEDGER_ENTRY else None
