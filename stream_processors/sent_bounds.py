"""What was sent to each agency, so that no receipt speaks of more: last numbers by feed and lane, and the ids of its recalls.

The counters stand in `holders`, the recalls in the agency's own topic. This view lags, so it is read on to the ends before it
refuses anybody; each topic is read from where it was left, the first time whole.
"""

from collections.abc import Callable, Iterable

import structlog

from schemas.codes import Code
from schemas.errors import NotReady, Refused
from schemas.records import decode
from schemas.topics import Topics
from schemas.wire import unframe
from stream_processors.batches import plain_input
from stream_processors.lane_store import LANE_COUNTER
from stream_processors.receipts import Receipt
from stream_processors.topic_follow import Follower

log = structlog.get_logger()

_COUNTER = b"lane/"
_DELIVERY_ID = "ce_id"


class SentBounds:
    """Asked by one thread. Kept for one life of the clients."""

    def __init__(self, follower: Follower, topics: Topics) -> None:
        self._follower, self._topics = follower, topics
        self._last: dict[tuple[str, int], int] = {}
        self._recalled: dict[str, set[str]] = {}
        self._lanes = follower.count_partitions(topics.holders)

    def close(self) -> None:
        """Give the clients back."""
        self._follower.close()

    def read_for(self, receipts: Iterable[Receipt]) -> None:
        """Read on where these receipts speak of more than is known, all at once. Raises NotReady."""
        lanes, agencies = set[int](), set[str]()
        for receipt in receipts:
            lanes |= {lane for lane, last in receipt.last_of().items() if last > self._last.get((receipt.feed, lane), 0)}
            known = self._recalled.get(receipt.agency, set())
            if any(each["delivery_id"] not in known for each in receipt.record["recalls"]):
                agencies.add(receipt.agency)
        for message in self._follower.read_on(self._topics.holders, sorted(lane for lane in lanes if lane < self._lanes)):
            key, value = message.key(), message.value()
            if isinstance(key, bytes) and key.startswith(_COUNTER) and isinstance(value, bytes):
                self._count(value)
        for agency in sorted(agencies):
            self._read_recalls(agency)

    def check(self, receipt: Receipt) -> None:
        """Raises Refused(RECEIPT_NEVER_SENT) where the receipt speaks of what was not sent to this agency."""
        for lane, last in receipt.last_of().items():
            if last > self._last.get((receipt.feed, lane), 0):
                raise Refused(Code.RECEIPT_NEVER_SENT, "ranges")
        known = self._recalled.get(receipt.agency, set())
        if any(each["delivery_id"] not in known for each in receipt.record["recalls"]):
            raise Refused(Code.RECEIPT_NEVER_SENT, "recalls")

    def _count(self, value: bytes) -> None:
        try:
            counter = decode(LANE_COUNTER, unframe(value)[1])
        except Refused:
            log.error("a lane's counter is unreadable", code=str(Code.ACKNOWLEDGED_UNREADABLE), alert=True)
            raise NotReady(Code.ACKNOWLEDGED_UNREADABLE) from None
        self._last[counter["feed"], counter["lane"]] = counter["sequence"]

    def _read_recalls(self, agency: str) -> None:
        topic = self._topics.recall(agency)
        known = self._recalled.setdefault(agency, set())
        partitions = range(self._follower.count_partitions(topic))
        for message in self._follower.read_on(topic, partitions):
            headers = plain_input(message).headers
            known.update(value.decode() for name, value in headers if name == _DELIVERY_ID and value is not None)


Bounds = Callable[[], SentBounds]
"""How to build them anew, with the clients."""
