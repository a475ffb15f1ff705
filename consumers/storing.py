"""Puts deliveries into a database: each has its effect there exactly once, whatever is killed when. Shell (SQL).

Record, mark and receipt of a batch are one transaction. A crash before its commit leaves nothing of the batch, and the batch
comes again, because offsets are committed behind it; a crash behind it leaves all, and what comes again is known.
"""

from collections.abc import Callable, Iterable

import sqlalchemy as sa
import structlog

from consumers.database import empty_log
from consumers.deliveries import Action, Taken
from consumers.delivery_reader import Message
from consumers.journal import Journal
from consumers.marks import Plan, key_of
from consumers.parking import Parking
from consumers.record_table import keep_records
from consumers.taking import Read
from consumers.tally import Tally
from schemas.codes import Code
from schemas.errors import NotReady, Refused

log = structlog.get_logger()

BATCH = 500
"""Most deliveries in one transaction: a commit costs a flush to disk, so under load there is one for many."""


class Storing:
    """Takes deliveries into the tables of `journal`. What the database refuses is parked with the name of its error."""

    def __init__(
        self,
        journal: Journal,
        tally: Tally,
        clock_ms: Callable[[], int],
        changed: Callable[[], None],
        withdrew: Callable[[Taken], None] = lambda _: None,
    ) -> None:
        """After its transaction, `changed` is told that what is held has changed, and `withdrew` each withdrawal."""
        self._journal, self._parking, self._tally = journal, Parking(journal), tally
        self._clock_ms, self._changed, self._withdrew = clock_ms, changed, withdrew
        self._batch: list[tuple[Taken, Message]] = []

    def take(self, item: Taken, message: Message) -> None:
        """As `Taking` says."""
        if len(self._batch) >= BATCH:
            self.save()
        if item.action is Action.HEARTBEAT:
            self._tally.handled[item.action] += 1
        else:
            self._batch.append((item, message))

    def again(self, item: Taken, message: Message) -> None:
        """As `Taking` says. Only the database knows whether the item was stored, so it is asked as for any other."""
        self.take(item, message)

    def rest(self) -> None:
        """As `Taking` says: under load a transaction takes many, and with little to do each is stored at once."""
        self.save()

    def save(self) -> None:
        """As `Taking` says. What the database refuses in a batch is found by storing one by one."""
        if not self._batch:
            return
        try:
            self._store(self._batch)
        except Refused:
            for one in self._batch:
                self._store_or_park(*one)
        self._batch = []

    def retry(self, read: Read) -> None:
        """As `Taking` says."""
        while (waiting := self._parking.claim()) is not None:
            try:
                self._store_or_park(read(waiting.message), waiting.message, waiting.tries + 1)
            except Refused as unreadable:
                self._parking.put_back(waiting, str(unreadable.code), self._clock_ms())
            except NotReady:
                self._parking.call_due([(waiting.feed, waiting.lane, waiting.sequence)])
                raise

    def drop(self, partitions: Iterable[tuple[str, int]]) -> None:
        """As `Taking` says."""
        gone = set(partitions)
        self._batch = [one for one in self._batch if (one[1].feed, one[1].partition) not in gone]

    def parked_count(self) -> int:
        """As `Taking` says."""
        return self._parking.count()

    def _store_or_park(self, item: Taken, message: Message, tries: int = 1) -> None:
        try:
            self._store([(item, message)])
        except Refused as refused:
            log.error("delivery parked", code=str(Code.DELIVERY_PARKED), feed=item.feed, lane=item.lane, kind=refused.detail)
            self._parking.park(item, message, refused.detail, self._clock_ms(), tries)
            self._tally.parked += 1

    def _store(self, batch: list[tuple[Taken, Message]]) -> None:
        keys = [key_of(item) for item, _ in batch]

        def settle(connection: sa.Connection, plan: Plan) -> None:
            self._parking.settle(connection, plan.held, keys)

        plan = self._journal.store([item for item, _ in batch], keep_records, settle)
        new = {one.key for one in plan.marks}
        for item, _ in batch:
            if key_of(item) not in new:
                self._tally.repeats += 1
                continue
            new.discard(key_of(item))
            self._tally.handled[item.action] += 1
            if item.action is Action.WITHDRAW:
                self._withdrew(item)
        if plan.held:
            self._changed()
        if plan.delete:
            empty_log(self._journal.engine)
