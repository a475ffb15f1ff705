"""Sends receipts: what is to be said becomes receipts in the journal, and each is sent until the broker has it. Shell (Kafka).

A crash before the transaction of `compose` leaves what is to be said for the next start. One behind it leaves whole receipts,
which are sent again with the same id and bytes, though the broker may have them.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import sqlalchemy as sa
import structlog
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from consumers.journal import Journal
from consumers.journal_tables import receipt, unsaid
from consumers.marks import State
from consumers.receipts import Said, make_receipts
from schemas.codes import Code
from schemas.errors import PointDutyError
from schemas.wire import frame

log = structlog.get_logger()

_MOST = 20_000
"""Things to be said that one transaction makes receipts of."""
_WINDOW = 100
"""Receipts on their way at once."""
_POLL_SECONDS = 0.05


def producer_config(credential: Mapping[str, str]) -> dict[str, Any]:
    """librdkafka settings of receipts: idempotent, never giving up, because they wait in the journal."""
    own = {"enable.idempotence": True, "acks": "all", "partitioner": "murmur2_random", "linger.ms": 5}
    return {**credential, **own, "message.timeout.ms": 0, "log_level": 2}


class Saying:
    """One subscriber's receipts. `schema_id` gives the receipt's registry id (raises NotReady, Misconfigured)."""

    def __init__(
        self,
        journal: Journal,
        make_producer: Callable[[Mapping[str, Any]], Producer],
        topic: str,
        schema_id: Callable[[], int],
        subscriber: str,
        *,
        clock_ms: Callable[[], int],
        new_id: Callable[[], str],
    ) -> None:
        self._journal, self._topic, self._schema_id, self._subscriber = journal, topic, schema_id, subscriber
        self._make_producer, self._clock_ms, self._new_id = make_producer, clock_ms, new_id
        self._producer = make_producer({"error_cb": self._on_error})
        self._sent: set[str] = set()
        self._taken: list[str] = []
        self._failed = False
        self.trouble: Code | None = None
        """Why receipts do not get on, if they do not."""

    def compose(self) -> None:
        """Make receipts of what is to be said."""
        with self._journal.begin() as connection:
            rows = connection.execute(sa.select(unsaid).order_by(unsaid.c.id).limit(_MOST)).all()
            if not rows:
                return
            gone = connection.execute(unsaid.delete().where(unsaid.c.id <= rows[-1].id)).rowcount
            if gone != len(rows):  # another member of the group made receipts of them in this moment
                connection.rollback()
                return
            said = [_said(row) for row in rows]
            made = make_receipts(said, self._subscriber, self._clock_ms(), self._new_id)
            connection.execute(receipt.insert(), [one._asdict() for one in made])

    def send(self) -> int:
        """Hand waiting receipts to the client, and forget those that the broker has. How many still wait."""
        self._producer.poll(0)
        if self._failed and not len(self._producer):  # a client that has failed for good never heals
            self._producer, self._failed, self._sent = self._make_producer({"error_cb": self._on_error}), False, set()
        with self._journal.begin() as connection:
            connection.execute(receipt.delete().where(receipt.c.receipt_id.in_(self._taken)))
            waiting = connection.execute(sa.select(receipt).order_by(receipt.c.id).limit(_WINDOW)).all()
        self._sent.difference_update(self._taken)
        self._taken.clear()
        for row in waiting:
            if row.receipt_id not in self._sent and not self._produce(row):
                break
        return len(waiting)

    def drain(self, clock: Callable[[], float], until: float) -> None:
        """Send until nothing waits or the time has come. What still waits is sent at the next start."""
        while self.send() and clock() < until:
            self._producer.poll(_POLL_SECONDS)

    def _produce(self, row: Any) -> bool:
        try:
            value = frame(self._schema_id(), row.body)
            self._producer.produce(self._topic, value, row.feed.encode(), on_delivery=partial(self._answered, row.receipt_id))
        except (BufferError, KafkaException):
            return False
        except PointDutyError as away:
            self._note(away.code)
            return False
        self._sent.add(row.receipt_id)
        return True

    def _answered(self, receipt_id: str, error: KafkaError | None, _message: Message) -> None:
        if error is None:
            self._taken.append(receipt_id)
            self.trouble = None
        else:
            self._failed = True
            self._note(Code.RECEIPT_REFUSED)

    def _on_error(self, error: KafkaError) -> None:
        self._note(Code.BROKER_AWAY if error.code() in _AWAY else Code.RECEIPT_REFUSED)

    def _note(self, code: Code) -> None:
        if self.trouble is not code:
            log.warning("receipts wait", code=str(code))
        self.trouble = code


_AWAY = (KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT, KafkaError._RESOLVE, KafkaError._TIMED_OUT)


def _said(row: Any) -> Said:
    return Said(row.feed, row.lane, row.first, row.last, State(row.state), row.reason, row.delivery_id)
