"""Carries out commands in the lanes that this process owns, between live batches, a bounded piece at a time.

A piece is decided like a live batch, under the rules of now, and committed in the same two transactions, under the lane's
unchanged position. How far the command is goes into the second of them, so after a crash at any line the piece is decided
again or was released, never both. Only the lane's owner may do this: a second writer would break lane, order and fencing.
"""

from collections.abc import Callable, Iterable

from schemas.records import Record
from schemas.topics import Topics
from stream_processors.lane_pieces import EventReader, LaneMemory, Piece, Pieces
from stream_processors.lane_tasks import DONE, OF_LANE, Does, Task, begin
from stream_processors.messages import Input, Partition
from stream_processors.pacing import Paces
from stream_processors.rulebook import Desk

PIECE_RECORDS = 200
"""Records decided, or numbers answered with VOID, in one piece: about a tenth of a live batch at most."""

PACED_RECORDS = 50
"""As much of a task that has a rate: the live input waits for one piece at a time, and no longer than for this."""


class LaneWork:
    """What is to be done in the lanes of this process."""

    def __init__(
        self,
        topics: Topics,
        store: LaneMemory,
        reader: Callable[[], EventReader],
        read_event: Callable[[Input], Record],
        piece_records: int = PIECE_RECORDS,
    ) -> None:
        self._topics, self._store, self._make_reader, self._read_event = topics, store, reader, read_event
        self._piece_records, self._paced_records = piece_records, min(piece_records, PACED_RECORDS)
        self._reader = reader()
        self._tasks: tuple[Task, ...] = ()
        self._waiting: dict[int, list[Task]] = {}
        self._paces = Paces()
        self._looked: dict[tuple[int, str], Record] = {}
        """Progress that nothing was decided in: not worth a transaction, and lost with this process."""

    def start(self) -> None:
        """A new reader, and nothing left of an earlier life."""
        self._reader.close()
        self._reader = self._make_reader()
        self._tasks, self._waiting, self._looked = (), {}, {}

    def set_tasks(self, tasks: tuple[Task, ...], lanes: Iterable[int]) -> None:
        """What is to be done, and the lanes that are ours."""
        if tasks == self._tasks and self._waiting.keys() == set(lanes):
            return
        self._tasks = tasks
        self._waiting = {lane: [task for task in tasks if not self.is_done(lane, task)] for lane in lanes}

    def forget(self, lane: int) -> None:
        """The lane has gone, or has come anew: another owner may have done something in it."""
        self._waiting.pop(lane, None)
        self._looked = {key: value for key, value in self._looked.items() if key[0] != lane}

    @property
    def is_waiting(self) -> bool:
        """Whether there is anything left to do."""
        return any(self._waiting.values())

    def is_due(self, now_ms: int) -> bool:
        """Whether something may be done at once: what has a rate waits for its time."""
        return any(self._room(task, now_ms) for tasks in self._waiting.values() for task in tasks)

    def is_done(self, lane: int, task: Task) -> bool:
        """Whether nothing is left of the task in this lane."""
        progress = self._store.progress(lane, task.id) if task.concerns(lane) else None
        return not task.concerns(lane) or (progress is not None and progress["state"] == DONE)

    def next_piece(self, desk: Desk, stand: Callable[[Partition], int]) -> Piece | None:
        """The next piece, or None where nothing was found that needs a transaction. Raises NotReady, LostPosition."""
        for lane, tasks in self._waiting.items():
            for task in tasks:
                if room := self._room(task, desk.now_ms):
                    return self._piece(Piece(lane, task, room, stand((self._topics.standard, lane))), desk)
        return None

    def committed(self, progress: Iterable[Record]) -> None:
        """These stand now. The lane goes to the back of the row, so that one long sweep does not keep the others waiting; a
        replay does keep them: it has a rate for all lanes together, and the reader has to go to one place only."""
        for record in progress:
            lane, command = record["lane"], record["command"]
            self._looked.pop((lane, command), None)
            tasks = self._waiting.get(lane, [])
            left = [task for task in tasks if task.id != command or record["state"] != DONE]
            if len(left) == len(tasks) and any(task.id == command and task.does is Does.REPLAY for task in tasks):
                continue
            self._waiting.pop(lane, None)
            self._waiting[lane] = left

    def _room(self, task: Task, now_ms: int) -> int:
        if not task.rate:
            return self._piece_records
        return self._paces.room(task.pace, task.rate, self._paced_records, now_ms)

    def _piece(self, piece: Piece, desk: Desk) -> Piece | None:
        lane, task = piece.lane, piece.task
        found = self._looked.get((lane, task.id)) or self._store.progress(lane, task.id)
        if found is None and task.does not in OF_LANE:  # what is held is told again as the same, and needs no end of its own
            # Where it ends must stand before anything is decided: a try that was cut off must be known by the next one.
            desk.overlay.put_progress(begin(task, lane, piece.behind, desk.now_ms))
            return piece
        progress = dict(found) if found is not None else begin(task, lane, piece.behind, desk.now_ms)
        Pieces(self._topics, self._store, self._reader, self._read_event).carry_out(piece, progress, desk)
        if task.rate:
            self._paces.take(task.pace, task.rate, self._paced_records, len(piece.outcomes), desk.now_ms)
        progress["at"] = desk.now_ms
        if progress["state"] == DONE:
            progress["cursor"] = ""  # mostly the id of a record: it would outlive the record's erasure
        if not piece.outcomes and not piece.forgets and progress["state"] != DONE:
            self._looked[(lane, task.id)] = progress
            return None
        progress["decided"] += sum(outcome.entry["outcome"] == "DECIDED" for _, outcome in piece.outcomes)
        progress["released"] += sum(len(outcome.releases) for _, outcome in piece.outcomes)
        desk.overlay.put_progress(progress)
        return piece
