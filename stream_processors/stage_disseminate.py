"""The stage `disseminate`: standard events to ledger entries (A), then to feeds and holders (B)."""

import time
from collections.abc import Callable, Collection, Sequence

import structlog

from schemas.codes import Code
from schemas.errors import NotReady
from schemas.records import Record
from stream_processors.control import ControlReader
from stream_processors.counting import Counting
from stream_processors.disseminate import disseminate
from stream_processors.disseminate_setup import DisseminateSetup
from stream_processors.heartbeats import HEARTBEAT, Heart
from stream_processors.in_force import InForce
from stream_processors.lane_agenda import tasks_in_order
from stream_processors.lane_commit import commit_lanes
from stream_processors.lane_restore import LaneRestore
from stream_processors.lane_tasks import DONE, Task
from stream_processors.lane_work import LaneWork
from stream_processors.ledger_entry import Position
from stream_processors.messages import Batch, Input, Partition, Step, Work
from stream_processors.metrics import DisseminateMetrics
from stream_processors.outputs import Outputs
from stream_processors.overlay import Overlay
from stream_processors.pump import BatchDropped
from stream_processors.request_reader import RequestReader
from stream_processors.requests import Requests
from stream_processors.rulebook import Desk, Outcome, Rulebook
from stream_processors.standard_message import read_standard
from stream_processors.tries import MARK, Tries

log = structlog.get_logger()

_LOOK_SECONDS = 0.2
"""How often control is looked at while nothing is released: what is new there takes effect within a second."""

LEDGER, RELEASE = "ledger", "release"
"""The two steps of a batch. The ledger comes first: whatever any reader can see has its durable entry."""


class DisseminateStage:
    """Owns lanes: one writer each. The rule set and the time are pinned per batch."""

    def __init__(self, setup: DisseminateSetup, metrics: DisseminateMetrics) -> None:
        self._setup, self._metrics = setup, metrics
        self._overlay, self._outputs = Overlay(setup.store), Outputs(setup.topics, setup.schema_ids)
        self._in_force, self._counting = InForce(metrics, setup.clock_ms), Counting(metrics)
        self._written_vectors: set[str] = set()
        self._outcomes: list[tuple[Input | None, Outcome]] = []
        self._work = LaneWork(setup.topics, setup.store, setup.again, self._read_event)
        self._tries = Tries(setup.tail, time.monotonic)
        self._heart = Heart(setup.heartbeat_ms)
        self._requests: RequestReader | None = None
        self._read_at = 0.0
        self._behind: dict[int, int] = {}
        self._lanes: set[int] = set()
        self._control: ControlReader | None = None
        self._restore: LaneRestore | None = None

    def begin(self) -> None:
        """New readers of control and holders, and nothing left of an earlier life."""
        self._forget()
        for reader in (self._control, self._restore, self._requests):
            if reader is not None:
                reader.close()
        self._control, self._restore = self._setup.control(), self._setup.restore()
        self._requests = self._setup.requests() if self._setup.requests is not None else None
        self._work.start()
        self._tries.start()

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
        for (_, lane), position in batch.first.items():
            self._prune(lane, position)
        self._outcomes = [(message, self._decide(message, book, now_ms)) for message in batch.messages]
        return self._steps(book, {lane for _, lane in batch.first})

    def has_work(self) -> bool:
        """Whether a command is not yet done in a lane of ours, and may go on now."""
        return self._work.is_due(self._setup.clock_ms())

    def work(self, stand: Callable[[Partition], int]) -> Work | None:
        """A piece of what is asked for, or heartbeats. Control is looked at too: without live events nothing else would."""
        if time.monotonic() - self._read_at > _LOOK_SECONDS:
            self._refresh()
            if self._requests is not None:
                self._requests.read()
        book = self._in_force.book
        if book is None or self._control is None:
            return None
        desk = self._desk(book, self._setup.clock_ms())
        beats = self._heart.next_beats(self._lanes, desk)
        if beats is not None:  # no ledger entry: nothing is disclosed
            outputs = [self._outputs.feed(release) for release in beats[1]]
            return Work((self._setup.topics.standard, beats[0]), [Step(RELEASE, True, outputs)])
        self._work.set_tasks(self._agenda(book, desk.now_ms, self._control), self._lanes)
        for own in self._lanes if self._work.is_waiting else ():
            self._prune(own, stand((self._setup.topics.standard, own)))
        piece = self._work.next_piece(desk, stand)
        lane = piece.lane if piece is not None else self._tries.old_mark()
        if lane is None:
            return None
        self._outcomes = list(piece.outcomes) if piece is not None else []
        return Work((self._setup.topics.standard, lane), self._steps(book, {lane}))

    def _agenda(self, book: Rulebook, now_ms: int, control: ControlReader) -> tuple[Task, ...]:
        requests = self._requests.requests if self._requests is not None else Requests()
        asked = requests.tasks(book, self._lanes, self._work.is_done, now_ms)
        return tasks_in_order(book, control.state.commands.by_id.values(), asked, now_ms)

    def _prune(self, lane: int, position: int) -> None:
        """Forget of earlier tries what was released meanwhile: the lane's position and the commands' progress are behind it."""

        def next_of(command: str) -> int | None:
            progress = self._setup.store.progress(lane, command)
            return int(progress["next"]) if progress is not None and progress["state"] != DONE else None

        self._tries.unreleased.prune(lane, position, next_of)

    def _steps(self, book: Rulebook, lanes: Collection[int]) -> list[Step]:
        """The ledger first: whatever any reader can see has its durable entry."""
        made, entries = self._outputs, [outcome.entry for _, outcome in self._outcomes]
        self._tries.begin(entries, lanes, self._overlay)
        ledger = made.entries(entries, self._tries.stood)
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
        if step.name == RELEASE:
            self._tries.may_be_seen()

    def committed(self) -> None:
        """Only now the local stores may be written. A crash before this line leaves them behind, and they say so."""
        lanes = commit_lanes(self._setup.store, self._overlay, self._behind, time.time())
        self._work.committed(self._overlay.changed_progress.values())
        self._tries.committed(lanes)
        for feed in self._heart.committed((outcome for _, outcome in self._outcomes), self._setup.clock_ms()):
            self._metrics.deliveries.labels(feed=feed, action=HEARTBEAT).inc()
        self._count()
        self._forget()

    def dropped(self) -> None:
        """The overlay goes: its transaction was aborted."""
        self._tries.dropped()
        self._heart.dropped(self._setup.clock_ms())
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
            self._heart.forget(lane)
            self._metrics.restore_seconds.observe(seconds)
            log.info("lane restored", lane=lane, records=read, seconds=round(seconds, 3))
        self._tries.assigned([lane for _, lane in partitions], lambda lane: self._setup.store.sequence(lane, MARK))
        if partitions and self._requests is not None:
            self._requests.restart()  # what was asked for these lanes was none of ours when it was read
        self._metrics.lanes.set(len(self._lanes))

    def revoked(self, partitions: Sequence[Partition]) -> None:
        """Close the lanes' stores; the files stay."""
        for _, lane in partitions:
            self._setup.store.close(lane)
            self._lanes.discard(lane)
            self._work.forget(lane)
            self._tries.revoked(lane)
            self._heart.forget(lane)
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
        return Desk(self._overlay, book, self._setup.tokens, now_ms, self._tries.unreleased)

    def _read_event(self, message: Input) -> Record:
        return read_standard(message, self._setup.schema_name)

    def _stands(self, lane: int, offset: int) -> None:
        self._behind[lane] = offset + 1

    def _count(self) -> None:
        self._counting.count(self._outcomes, self._setup.clock_ms())
        self._written_vectors.update(o.entry["vector"] for _, o in self._outcomes if o.decision is not None)

    def _forget(self) -> None:
        self._overlay.drop()
        self._outcomes, self._behind = [], {}
