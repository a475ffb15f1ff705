"""The stage `disseminate`: standard events to ledger entries (A), then to feeds and holders (B)."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from schemas.codes import Code
from schemas.errors import NotReady, Refused
from schemas.kinds import KIND_OF_STANDARD
from schemas.records import Record, decode
from schemas.topics import Topics
from schemas.wire import unframe
from stream_processors.control import ControlReader
from stream_processors.counting import Counting
from stream_processors.disseminate import disseminate
from stream_processors.expiry_sweep import expiry_task
from stream_processors.in_force import InForce
from stream_processors.lane_restore import LaneRestore
from stream_processors.lane_store import LaneStore
from stream_processors.lane_tasks import tasks_of, tasks_of_grants
from stream_processors.lane_work import LaneWork
from stream_processors.ledger_entry import Position
from stream_processors.messages import Batch, Input, Partition, Step, Work
from stream_processors.metrics import DisseminateMetrics
from stream_processors.outputs import Outputs
from stream_processors.overlay import Overlay
from stream_processors.pump import BatchDropped
from stream_processors.rulebook import Desk, Outcome, Rulebook
from stream_processors.standard_reader import StandardReader
from stream_processors.tokens import Tokens

log = structlog.get_logger()

_LOOK_SECONDS = 0.2
"""How often control is looked at while nothing is released: what is new there takes effect within a second."""

LEDGER, RELEASE = "ledger", "release"
"""The two steps of a batch. The ledger comes first: whatever any reader can see has its durable entry."""


@dataclass(frozen=True)
class DisseminateSetup:
    """What the stage is given."""

    topics: Topics
    schema_name: Callable[[int], str | None]
    schema_ids: Mapping[str, int]
    """Full record name to registry id, of ledger and holders records."""
    control: Callable[[], ControlReader]
    restore: Callable[[], LaneRestore]
    again: Callable[[], StandardReader]
    """How to build the readers. They are built anew with the pump's clients: after a broker's crash an old client kept being
    refused (FENCED_LEADER_EPOCH), for ever."""
    store: LaneStore
    tokens: Tokens
    clock_ms: Callable[[], int]
    """UTC milliseconds."""


class DisseminateStage:
    """Owns lanes: one writer each. The rule set and the time are pinned per batch."""

    def __init__(self, setup: DisseminateSetup, metrics: DisseminateMetrics) -> None:
        self._setup, self._metrics = setup, metrics
        self._overlay, self._outputs = Overlay(setup.store), Outputs(setup.topics, setup.schema_ids)
        self._in_force, self._counting = InForce(metrics, setup.clock_ms), Counting(metrics)
        self._written_vectors: set[str] = set()
        self._outcomes: list[tuple[Input | None, Outcome]] = []
        self._work = LaneWork(setup.topics, setup.store, setup.again, self._read_event)
        self._read_at = 0.0
        self._behind: dict[int, int] = {}
        self._lanes: set[int] = set()
        self._control: ControlReader | None = None
        self._restore: LaneRestore | None = None

    def begin(self) -> None:
        """New readers of control and holders, and nothing left of an earlier life."""
        self._forget()
        for reader in (self._control, self._restore):
            if reader is not None:
                reader.close()
        self._control, self._restore = self._setup.control(), self._setup.restore()
        self._work.start()

    def ready(self) -> bool:
        """Whether there is a rule set. Without one nothing is released and the input waits."""
        if self._in_force.book is None:
            self._refresh()
        return self._in_force.book is not None

    def process(self, batch: Batch) -> Sequence[Step]:
        """The two transactions of the batch."""
        book = self._in_force.book
        if book is None:
            raise NotReady(Code.NO_RULES)
        now_ms = self._setup.clock_ms()
        self._outcomes = [(message, self._decide(message, book, now_ms)) for message in batch.messages]
        return self._steps(book)

    def has_work(self) -> bool:
        """Whether a command is not yet done in a lane of ours."""
        return self._work.is_waiting

    def work(self, stand: Callable[[Partition], int]) -> Work | None:
        """A piece of what commands ask for. Control is looked at here too: without live events nothing else would."""
        if time.monotonic() - self._read_at > _LOOK_SECONDS:
            self._refresh()
        if self._in_force.book is None or self._control is None:
            return None
        book, now_ms = self._in_force.book, self._setup.clock_ms()
        commands = self._control.state.commands.by_id.values()
        # What takes away goes first, then what is urgent, then the long sweeps.
        standing = (*tasks_of_grants(book.grants, now_ms), expiry_task(now_ms))
        self._work.set_tasks((*standing, *tasks_of(commands, book.suspensions)), self._lanes)
        piece = self._work.next_piece(self._desk(book, now_ms), stand)
        if piece is None:
            return None
        self._outcomes = list(piece.outcomes)
        return Work((self._setup.topics.standard, piece.lane), self._steps(book))

    def _steps(self, book: Rulebook) -> list[Step]:
        """The ledger first: whatever any reader can see has its durable entry."""
        made = self._outputs
        ledger = [made.ledger(outcome.entry) for _, outcome in self._outcomes]
        vectors = {o.entry["vector"]: o.decision for _, o in self._outcomes if o.decision is not None}
        ledger += [made.vector(v, d, book.rules.sha256) for v, d in vectors.items() if v not in self._written_vectors]
        releases = [made.feed(release) for _, outcome in self._outcomes for release in outcome.releases]
        releases += [made.recall(recall) for _, outcome in self._outcomes for recall in outcome.recalls]
        release = Step(RELEASE, True, releases + made.holders(self._overlay, self._stands))
        return [Step(LEDGER, False, ledger), release] if ledger else [release]

    def check(self, step: Step) -> None:
        """Just before the release: control is read to its end now, and the batch goes only if its rules still stand."""
        if step.name == RELEASE and self._refresh():
            raise BatchDropped(Code.CONTROL_STALE)

    def committed(self) -> None:
        """Only now the local stores may be written. A crash before this line leaves them behind, and they say so."""
        now = time.time()
        by_lane: dict[int, tuple[list[Record], dict[str, int]]] = {}
        for (lane, _), holders in self._overlay.changed_holders.items():
            by_lane.setdefault(lane, ([], {}))[0].append(holders)
        for (lane, feed), sequence in self._overlay.changed_sequences.items():
            by_lane.setdefault(lane, ([], {}))[1][feed] = sequence
        erased: dict[int, dict[str, Record]] = {}
        for (lane, record_id), marker in self._overlay.changed_erased.items():
            by_lane.setdefault(lane, ([], {}))
            erased.setdefault(lane, {})[record_id] = marker
        changed = list(self._overlay.changed_progress.values())
        for record in changed:
            by_lane.setdefault(record["lane"], ([], {}))
        for lane, (records, sequences) in by_lane.items():
            progress = [record for record in changed if record["lane"] == lane]
            self._setup.store.write(lane, records, sequences, self._behind.get(lane), now, progress, erased.get(lane))
        self._work.committed(changed)
        self._count()
        self._forget()

    def dropped(self) -> None:
        """The overlay goes: its transaction was aborted."""
        self._forget()

    def assigned(self, partitions: Sequence[Partition]) -> None:
        """Restore each lane before its first event."""
        if self._restore is None:
            raise NotReady(Code.LANE_NOT_RESTORED)
        for _, lane in partitions:
            started = time.monotonic()
            read = self._restore.restore(self._setup.store, lane)
            seconds = time.monotonic() - started
            self._lanes.add(lane)
            self._work.forget(lane)
            self._metrics.restore_seconds.observe(seconds)
            log.info("lane restored", lane=lane, records=read, seconds=round(seconds, 3))
        self._metrics.lanes.set(len(self._lanes))

    def revoked(self, partitions: Sequence[Partition]) -> None:
        """Close the lanes' stores; the files stay."""
        for _, lane in partitions:
            self._setup.store.close(lane)
            self._lanes.discard(lane)
            self._work.forget(lane)
        self._metrics.lanes.set(len(self._lanes))

    def _refresh(self) -> bool:
        """Read control to its end; True where anything that decides is not what it was."""
        if self._control is None:
            raise NotReady(Code.CONTROL_STALE)
        self._control.read_to_end()
        self._read_at = time.monotonic()
        number = self._in_force.book.number if self._in_force.book is not None else None
        is_new = self._in_force.update(self._control.state)
        if self._in_force.book is not None and self._in_force.book.number != number:
            self._written_vectors.clear()
        return is_new

    def _decide(self, message: Input, book: Rulebook, now_ms: int) -> Outcome:
        event = self._read_event(message)
        at = Position(message.topic, message.partition, message.offset)
        return disseminate(event, at, self._desk(book, now_ms))

    def _desk(self, book: Rulebook, now_ms: int) -> Desk:
        return Desk(self._overlay, book, self._setup.tokens, now_ms)

    def _read_event(self, message: Input) -> Record:
        """The standard event in a message. Raises NotReady: a lane with one that can't be read waits."""
        schema_id, body = unframe(message.value)
        kind = KIND_OF_STANDARD.get(self._setup.schema_name(schema_id) or "")
        if kind is None:
            raise NotReady(Code.UNREADABLE_STANDARD)
        try:
            return decode(kind.standard, body)
        except Refused:
            log.error("standard record unreadable", code=str(Code.UNREADABLE_STANDARD), alert=True)
            raise NotReady(Code.UNREADABLE_STANDARD) from None

    def _stands(self, lane: int, offset: int) -> None:
        self._behind[lane] = offset + 1

    def _count(self) -> None:
        self._counting.count(self._outcomes, self._setup.clock_ms())
        self._written_vectors.update(o.entry["vector"] for _, o in self._outcomes if o.decision is not None)

    def _forget(self) -> None:
        self._overlay.drop()
        self._outcomes, self._behind = [], {}
