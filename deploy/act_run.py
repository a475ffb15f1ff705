"""One run of `publish --action`: orders about a force's records into its outbox, and to the hub. Clients are made here."""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from deploy.force_clients import connect_force, default_outbox, mended_file
from deploy.settings import Settings
from producers.acting import Order, mark_rows, orders_of
from producers.adapters.catalogue import Adapter, find_files, read_file
from producers.door import Checked, Door
from producers.mended_file import MendedFile
from producers.outbox import Outbox, Receipt
from producers.publisher import Publisher, check_row
from producers.row import Refusal
from producers.sending import Sender
from schemas.actions import Action
from schemas.dialect import Dialect, systems_with_default
from schemas.reference import forces

SHOWN_REFUSALS = 20
"""Refusals told one by one."""


@dataclass(frozen=True)
class ActOptions:
    """What was asked for. `kind` and `version` are for records that the outbox does not know."""

    force: str
    action: Action
    reason: str
    records: tuple[str, ...]
    paths: tuple[Path, ...]
    adapter: Adapter
    dialects: Mapping[str, Dialect]
    kind: str
    version: int | None
    outbox: Path | None
    wait_seconds: float


@dataclass
class _Counts:
    orders: int = 0
    submitted: int = 0
    resends: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    shown: list[dict[str, object]] = field(default_factory=list)
    accepted: set[str] = field(default_factory=set)

    def add(self, answer: Receipt | Refusal) -> None:
        self.orders += 1
        if isinstance(answer, Receipt):
            self.submitted += 1
            self.resends += answer.resend
            self.accepted.add(answer.record_id)
            return
        self.refused[str(answer.code)] += 1
        if len(self.shown) < SHOWN_REFUSALS:
            self.shown.append({"order": self.orders, "code": answer.code, "field": answer.field})


def act(settings: Settings, options: ActOptions) -> dict[str, Any]:
    """Order what was asked for, and answer with the counts. Raises PointDutyError where nothing can be begun.

    A crash behind an erasure's acceptance may leave what was mended of the record; the same order again takes it away.
    """
    counts, schema_ids = _Counts(), dict[str, int]()
    door = Door(options.force, systems_with_default(options.dialects))
    with ExitStack() as stack:
        path = options.outbox or default_outbox(settings, options.force)
        outbox = stack.enter_context(Outbox(path, door, _now))
        letters = stack.enter_context(_letters(settings, options))
        make_producer, schema_id = connect_force(settings, options.force, stack, schema_ids)
        sender = Sender(outbox, make_producer, settings.topics, schema_id)
        stack.callback(sender.close)
        publisher = Publisher(outbox, sender, _now)
        with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
            task = progress.add_task(f"{options.action.lower()}", total=len(options.records) or None)
            for answer in publisher.act_many(_orders(options, door)):
                counts.add(answer)
                progress.advance(task)
        if letters is not None:
            letters.forget(counts.accepted)
        waiting = _deliver(publisher, outbox, options.wait_seconds)
        return _summary(counts, waiting, outbox.held_events, sender.trouble)


def _deliver(publisher: Publisher, outbox: Outbox, wait_seconds: float) -> int:
    """Send what waits; the number that still does at the end."""
    total = outbox.queued_events
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("delivered", total=total)
        return publisher.drain(wait_seconds, lambda waiting: progress.update(task, completed=total - waiting))


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def _letters(settings: Settings, options: ActOptions) -> Iterator[MendedFile | None]:
    """Where content of what is erased may be kept beside the outbox; None where nothing is erased, or nothing was ever mended.
    Raises NotReady (LETTERS_IN_USE): nothing has been ordered then."""
    path = mended_file(settings, options.force)
    if options.action != Action.ERASURE or not path.exists():
        yield None
        return
    with MendedFile(path, options.force) as opened:
        yield opened


def _orders(options: ActOptions, door: Door) -> Iterator[Order | Refusal]:
    if not options.paths:
        for record in options.records:
            yield Order(options.action, record, options.reason, None, options.kind, options.version)
        return
    checked = (item for path in options.paths for item in _read(options, path, door))
    yield from orders_of(checked, options.action, options.reason, frozenset(options.records), options.version)


def _read(options: ActOptions, path: Path, door: Door) -> Iterator[Checked | Refusal]:
    for file in find_files(options.adapter, path):
        with file.open("rb") as opened:
            rows = read_file(options.adapter, opened, (forces()[options.force].name,))
            for row in mark_rows(rows, options.action, options.reason):
                yield check_row(row, door, _now())


def _summary(counts: _Counts, waiting: int, held: int, trouble: object) -> dict[str, Any]:
    return {
        "orders": counts.orders,
        "submitted": counts.submitted,
        "resends": counts.resends,
        "refused": sum(counts.refused.values()),
        "refused_by_code": dict(counts.refused),
        "waiting": waiting,
        "held": held,
        "trouble": trouble,
        "first_refusals": counts.shown,
    }
