"""The force's durable outbox: what was accepted survives a crash, and a hub that is away. Shell (SQLite).

Three tables: `record` keeps the last version of every record, so that versions and patches need no hub; `outbox` keeps
what is not yet known to be delivered; `delivery` where each version was delivered last. One transaction for each chunk,
flushed to disk: a crash before its commit leaves no event of the chunk accepted, a crash behind it leaves all of them
queued. One process at a time, one force each.

Of an erased record stays its version, and that it was erased: its content goes with the acceptance of the erasure, what of it
still waits with its delivery.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple, Self

from producers import outbox_sql as sql
from producers.acting import Order, order_event
from producers.door import Checked, Door
from producers.fates import Known
from producers.outbox_file import open_outbox_file, transaction
from producers.resubmission import Mended, mended_event
from producers.row import Refusal
from producers.versions import Event, Last, next_event
from schemas.actions import Action
from schemas.codes import Code
from schemas.errors import Refused

CHUNK_EVENTS = 1000
"""Events in one transaction: one flush to disk for all of them. More gain nothing, fewer cost a flush each."""
LIMIT_EVENTS = 2_000_000
"""Events that may wait at once: a large force's day."""
LIMIT_BYTES = 4 << 30
"""Bytes of bodies that may wait at once."""


class Receipt(NamedTuple):
    """An event that was accepted: it is on disk and will be delivered. `resend`: its content is the last version's."""

    record_id: str
    version: int
    event_id: str
    resend: bool


class Queued(NamedTuple):
    """An event that waits. `accepted_at` is ISO 8601, UTC; `body` is Avro without framing."""

    seq: int
    record_id: str
    kind: str
    event_id: str
    accepted_at: str
    body: bytes


class Delivered(NamedTuple):
    """An event that the broker has: where it stands on the submission topic. `offset` None where the broker did not say."""

    seq: int
    partition: int
    offset: int | None


class Outbox:
    """One force's outbox. `clock` gives UTC. Raises NotReady (OUTBOX_IN_USE), Misconfigured (BAD_SETTING)."""

    def __init__(
        self,
        path: Path,
        door: Door,
        clock: Callable[[], datetime],
        *,
        limit_events: int = LIMIT_EVENTS,
        limit_bytes: int = LIMIT_BYTES,
    ) -> None:
        self.door, self._clock = door, clock
        self._limit_events, self._limit_bytes = limit_events, limit_bytes
        self._db = open_outbox_file(path, door.force)
        self.queued_events: int
        self._queued_bytes: int
        self.queued_events, self._queued_bytes = self._db.execute(sql.SIZES, (sql.QUEUED,)).fetchone()
        self.held_events: int = self._db.execute(sql.SIZES, (sql.HELD,)).fetchone()[0]
        self._has_forgotten = True  # a process that ended between its commit and `_wipe` has left it to us
        self._wipe()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def force(self) -> str:
        """Whose events these are."""
        return self.door.force

    def close(self) -> None:
        """Close the file. What waits stays."""
        self._db.close()

    def accept_many(
        self, items: Iterable[Checked | Mended | Order | Refusal], make_room: Callable[[], bool] | None = None
    ) -> Iterator[Receipt | Refusal]:
        """Accept a stream, chunk by chunk; a receipt comes only when its chunk is on disk. One answer an item.

        A mended dead letter is refused (SUPERSEDED) where a later version is known; that is found in the same transaction.

        Refusals among the items pass through. Where the outbox is full, `make_room` is called until it answers False
        (it has given up); without it, or then, the rest of the chunk is refused (OUTBOX_FULL). A chunk is read
        before its transaction begins: a failing source leaves nothing half done.
        """
        stream = iter(items)
        while chunk := list(islice(stream, min(CHUNK_EVENTS, self._limit_events))):
            sizes = [_size(item) for item in chunk if not isinstance(item, Refusal)]
            events, size = len(sizes), sum(sizes)
            while make_room is not None and not self._has_room(events, size) and make_room():
                pass
            yield from self._accept_chunk(chunk)

    def last(self, record_id: str) -> Last | None:
        """The last version accepted of a record."""
        row = self._db.execute(sql.LAST, (record_id,)).fetchone()
        return None if row is None else Last(*row)._replace(is_numbered=bool(row[4]))

    def find_records(self, source_ref: str) -> list[str]:
        """Ids of the records with this reference, of whatever source system: one look into the index for each system."""
        found, head = [], f"{self.force}:"
        after = head
        while row := self._db.execute("SELECT min(record_id) FROM record WHERE record_id > ?", (after,)).fetchone():
            if row[0] is None or not row[0].startswith(head):
                break
            system = f"{head}{row[0].removeprefix(head).split(':')[0]}"
            if self.last(f"{system}:{source_ref}") is not None:
                found.append(f"{system}:{source_ref}")
            after = f"{system};"  # the sign behind the colon: the next system's records begin there
        return found

    def known(self, record_id: str) -> list[Known]:
        """Every version of a record that is known here, rising: the last, those delivered, those that wait or are held."""
        last = self.last(record_id)
        versions = {last.version: Known(last.version)} if last is not None else {}
        for version, partition, position in self._db.execute(sql.PLACES, (record_id,)):
            versions[version] = Known(version, (partition, position))
        for version, state in self._db.execute(sql.STATES, (record_id,)):
            known = versions.get(version, Known(version))
            versions[version] = known._replace(is_waiting=state == sql.QUEUED, is_held=state == sql.HELD)
        return [versions[version] for version in sorted(versions)]

    def queued(self, after: int, limit: int) -> list[Queued]:
        """The next events to send, in the order of acceptance, behind sequence `after`."""
        rows = self._db.execute(sql.WAITING, (after, sql.QUEUED, limit))
        return [Queued(*row) for row in rows]

    def settle(self, delivered: Iterable[Delivered], held: Iterable[int] = ()) -> None:
        """Remove what was delivered, remembering where; hold back what the broker refuses for itself (kept, never sent again).

        A crash between the broker's acknowledgement and this commit sends the same event again after a restart: the
        same bytes and event id, which the hub counts as a resend.
        """
        with transaction(self._db):
            # A crash in front of the commit leaves all of them waiting; one behind it, in front of the scrubbing, leaves bytes
            # of erased records in the file until it is opened again.
            gone = [size for each in delivered for size in self._remove(each)]
            kept = [size for seq in held for (size,) in self._db.execute(sql.HOLD, (seq,)).fetchall()]
        self.queued_events -= len(gone) + len(kept)
        self._queued_bytes -= sum(gone) + sum(kept)
        self.held_events += len(kept)
        self._wipe()

    def _has_room(self, events: int, size: int) -> bool:
        has_place = self.queued_events + events <= self._limit_events
        return has_place and self._queued_bytes + size <= self._limit_bytes

    def _accept_chunk(self, chunk: list[Checked | Mended | Order | Refusal]) -> list[Receipt | Refusal]:
        before = self.queued_events, self._queued_bytes
        now = self._clock()
        try:
            with transaction(self._db):
                answers = [item if isinstance(item, Refusal) else self._accept(item, now) for item in chunk]
        except BaseException:
            self.queued_events, self._queued_bytes = before
            raise
        self._wipe()
        return answers

    def _accept(self, item: Checked | Mended | Order, now: datetime) -> Receipt | Refusal:
        if not self._has_room(1, _size(item)):
            return Refusal(Code.OUTBOX_FULL)
        try:
            if isinstance(item, Mended):
                event = mended_event(item, self.last(item.record_id), self.last(item.checked.record_id))
            elif isinstance(item, Order):
                event = order_event(item, self.last(item.record_id), self.door, now)
            else:
                event = next_event(item, self.last(item.record_id), self.door, now)
        except Refused as refused:  # a patch that can't be merged, a mended letter that comes too late
            return Refusal.of(refused)
        self._write(event, now)
        self.queued_events += 1
        self._queued_bytes += len(event.body)
        return Receipt(event.record_id, event.version, event.event_id, event.resend)

    def _write(self, event: Event, now: datetime) -> None:
        about = (event.record_id, event.version, event.kind)
        if event.is_kept and not event.resend:
            self._db.execute(sql.RECORD, (*about, event.content_sha256, event.body, event.is_numbered, event.closed))
        if event.closed == Action.ERASURE:
            # What the broker refuses is never sent, so nothing but this takes its content away.
            self.held_events -= self._db.execute(sql.FORGET_HELD, (event.record_id,)).rowcount
            self._has_forgotten = True
        accepted_at = now.isoformat(timespec="milliseconds")
        number = event.version if event.is_kept else 0  # a test is no version: nobody is to find it among them
        self._db.execute(sql.ACCEPT, (event.record_id, number, event.kind, event.event_id, accepted_at, event.body))

    def _remove(self, delivered: Delivered) -> list[int]:
        sizes = []
        for record_id, version, size in self._db.execute(sql.REMOVE, (delivered.seq,)).fetchall():
            sizes.append(size)
            self._has_forgotten |= self._db.execute(sql.IS_ERASED, (record_id,)).fetchone() is not None
            if delivered.offset is not None and version:
                self._db.execute(sql.REMEMBER, (record_id, version, delivered.partition, delivered.offset))
        return sizes

    def _wipe(self) -> None:
        """Bring the file up to date with its log, where content of an erased record was taken out: the log and the pages that
        it replaces still have the bytes. A crash before this line leaves them until the file is opened again."""
        if self._has_forgotten:
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self._has_forgotten = False


def _size(item: Checked | Mended | Order) -> int:
    checked = item if isinstance(item, Checked) else item.checked
    return 0 if checked is None else len(checked.rest)
