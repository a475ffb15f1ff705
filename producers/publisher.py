"""What a force's system uses: accept events, have them delivered. Shell.

    with Outbox(path, Door("kent"), now) as outbox:
        publisher = Publisher(outbox, Sender(outbox, make_producer, Topics(), schema_id), now)
        receipt = publisher.accept("crime", {"envelope": {"source_system": "rms", "source_ref": "C/1"}, ...})
        publisher.drain(timeout_seconds=60)

An event is safe when `accept` returns. Nothing here waits for the hub but `drain` and a full outbox. Every `accept` also
sends what it can; a system that has been quiet for a while calls `drain(0)`, which learns what was delivered.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from producers.acting import Order
from producers.door import Checked, Door
from producers.outbox import CHUNK_EVENTS, Outbox, Receipt
from producers.resubmission import Mended
from producers.row import Refusal, Row
from producers.sending import Sender
from schemas.actions import Action
from schemas.codes import Code
from schemas.errors import Refused
from schemas.records import Record

PATIENCE_SECONDS = 30.0
"""How long a full outbox waits for one delivery before rows are refused (OUTBOX_FULL)."""


class Outcome(NamedTuple):
    """What became of one row. Exactly one of `receipt` and `refusal` is there."""

    line: int
    receipt: Receipt | None
    refusal: Refusal | None


class Publisher:
    """Publishes the events of the force that owns `outbox`. `clock` gives the time in UTC."""

    def __init__(self, outbox: Outbox, sender: Sender, clock: Callable[[], datetime]) -> None:
        self._outbox, self._sender, self._clock = outbox, sender, clock

    def accept(self, kind: str, submission: Record) -> Receipt:
        """Check and queue one event; when this returns it is on disk. `kind` is a name of `schemas.kinds.KINDS`.

        `submission` has the fields of the submission schema; `envelope` needs `source_system` and `source_ref` only.
        With `envelope.partial` true it is a patch: the fields given are merged into the last full version. Raises
        Refused (PD-1xx with the field's path). Does not wait for the hub.
        """
        return self._accept(self._outbox.door.admit(kind, submission, self._clock()))

    def accept_patch(self, kind: str, source_system: str, source_ref: str, fields: Record) -> Receipt:
        """Change some fields of a record: a new version of the last full one, or a partial record if none is known."""
        envelope = {"source_system": source_system, "source_ref": source_ref, "partial": True}
        return self.accept(kind, {**fields, "envelope": envelope})

    def act(
        self,
        record_id: str,
        action: Action,
        reason: str,
        kind: str = "",
        submission: Record | None = None,
        version: int | None = None,
    ) -> Receipt:
        """Correct, recall, restrict, erase or reinstate a record; `reason` is a code of `schemas.actions.REASONS[action]`.

        `submission` is its new content, a full version or a patch: a correction needs it, and a reinstatement of what the
        outbox has no content of. Where the outbox does not know the record, `kind` and the `version` that this is are needed.
        What was done already is sent once more (`resend`). Raises Refused (`producers.acting.order_event` says when).
        """
        checked = None if submission is None else self._outbox.door.admit(kind, submission, self._clock())
        return self._accept(Order(action, record_id, reason, checked, kind, version))

    def act_many(self, orders: Iterable[Order | Refusal]) -> Iterator[Receipt | Refusal]:
        """As `act`, for many, sending as it goes; one answer each, in order. Refusals among them pass through."""
        return self._accept_many(orders)

    def accept_rows(self, rows: Iterable[Row], is_strict: bool = False) -> Iterator[Outcome]:
        """Check and queue an adapter's rows, sending as it goes; one outcome a row, in order.

        `is_strict`: reading stops at the first bad row; what stood before it is accepted. A full outbox waits for
        deliveries, and refuses rows (OUTBOX_FULL) after `PATIENCE_SECONDS` without one.
        """
        lines: deque[int] = deque()

        def checked() -> Iterator[Checked | Refusal]:
            for row in rows:
                item = check_row(row, self._outbox.door, self._clock())
                lines.append(row.line)
                yield item
                if is_strict and isinstance(item, Refusal):
                    return

        for number, answer in enumerate(self._outbox.accept_many(checked(), self._make_room)):
            if number % CHUNK_EVENTS == 0:
                self._sender.send()
            line = lines.popleft()
            yield Outcome(line, None, answer) if isinstance(answer, Refusal) else Outcome(line, answer, None)

    def resubmit(self, mended: Iterable[Mended]) -> Iterator[Receipt | Refusal]:
        """Queue mended dead letters, sending as it goes; one answer each, in order.

        A receipt with `resend`: the record's last version has this content already. Refused (SUPERSEDED): a later version
        was accepted meanwhile, so that this one is never sent.
        """
        return self._accept_many(mended)

    def drain(self, timeout_seconds: float, progress: Callable[[int], None] | None = None) -> int:
        """Send until nothing waits, or the time is up. Answers how many events still wait."""
        return self._sender.drain(timeout_seconds, progress)

    def _accept(self, item: Checked | Order) -> Receipt:
        answer = next(self._outbox.accept_many([item]))
        if isinstance(answer, Refusal):
            raise Refused(answer.code, answer.field)
        self._sender.send()
        return answer

    def _accept_many(self, items: Iterable[Mended | Order | Refusal]) -> Iterator[Receipt | Refusal]:
        for number, answer in enumerate(self._outbox.accept_many(items, self._make_room)):
            if number % CHUNK_EVENTS == 0:
                self._sender.send()
            yield answer

    def _make_room(self) -> bool:
        return self._sender.await_delivery(PATIENCE_SECONDS)


def check_row(row: Row, door: Door, now: datetime) -> Checked | Refusal:
    """An adapter's row through the force's door."""
    if row.submission is None:
        return row.refusal or Refusal(Code.ROW_MALFORMED)
    try:
        return door.admit(row.kind, row.submission, now)
    except Refused as refused:
        return Refusal.of(refused)
