"""Carries out commands in the lanes that this process owns, between live batches, a bounded piece at a time.

A piece is decided like a live batch, under the rules of now, and committed in the same two transactions, under the lane's
unchanged position. How far the command is goes into the second of them, so after a crash at any line the piece is decided
again or was released, never both. Only the lane's owner may do this: a second writer would break lane, order and fencing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from schemas.records import Record
from schemas.topics import Topics
from stream_processors.disseminate import disseminate_again
from stream_processors.emergency_share import Held, withdraw_by_end
from stream_processors.expiry_sweep import LOOKED_AT, sweep
from stream_processors.lane_tasks import DONE, Task, begin
from stream_processors.ledger_entry import Position
from stream_processors.messages import Input, Partition
from stream_processors.rulebook import Desk, Outcome
from stream_processors.standard_reader import Again
from stream_processors.voids import answer_with_void

PIECE_RECORDS = 200
"""Records decided, or numbers answered with VOID, in one piece: about a tenth of a live batch at most."""

PIECE_READ = 2000
"""Messages looked at for one piece."""


class LaneMemory(Protocol):
    """What is committed of the lanes."""

    def progress(self, lane: int, command: str) -> Record | None:
        """How far a command is; None where it was not begun."""

    def holders_that_say(self, lane: int, text: str, after: str, limit: int) -> list[Record]:
        """Holders records that hold `text`, in the order of their ids, from behind `after` on."""

    def holders_behind(self, lane: int, after: str, limit: int) -> list[Record]:
        """Holders records in the order of their ids, from behind `after` on."""


class EventReader(Protocol):
    """Reads lanes of `standard` again."""

    def read(self, lane: int, start: int, until: int, limit: int) -> Again:
        """At most `limit` messages from `start` on, none at or behind `until`. Raises NotReady."""

    def put_back(self, lane: int, rest: Again) -> None:
        """These were read and not used."""

    def close(self) -> None:
        """Give the consumer back."""


@dataclass
class Piece:
    """A piece of one task in one lane: what was decided. Its progress is in the desk's overlay."""

    lane: int
    outcomes: list[tuple[Input | None, Outcome]] = field(default_factory=list)


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
        self._piece_records = piece_records
        self._reader = reader()
        self._tasks: tuple[Task, ...] = ()
        self._waiting: dict[int, list[Task]] = {}
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
        self._waiting = {lane: [task for task in tasks if not self._is_done(lane, task)] for lane in lanes}

    def forget(self, lane: int) -> None:
        """The lane has gone, or has come anew: another owner may have done something in it."""
        self._waiting.pop(lane, None)
        self._looked = {key: value for key, value in self._looked.items() if key[0] != lane}

    @property
    def is_waiting(self) -> bool:
        """Whether there is anything left to do."""
        return any(self._waiting.values())

    def next_piece(self, desk: Desk, stand: Callable[[Partition], int]) -> Piece | None:
        """The next piece, or None where nothing was found that needs a transaction. Raises NotReady, LostPosition."""
        for lane, tasks in self._waiting.items():
            if tasks:
                return self._piece(lane, tasks[0], desk, stand)
        return None

    def committed(self, progress: Iterable[Record]) -> None:
        """These stand now. The lane goes to the back of the row, so that one long sweep does not keep the others waiting."""
        for record in progress:
            lane, command = record["lane"], record["command"]
            self._looked.pop((lane, command), None)
            left = [task for task in self._waiting.pop(lane, []) if task.id != command or record["state"] != DONE]
            self._waiting[lane] = left

    def _is_done(self, lane: int, task: Task) -> bool:
        progress = self._store.progress(lane, task.id)
        return progress is not None and progress["state"] == DONE

    def _piece(self, lane: int, task: Task, desk: Desk, stand: Callable[[Partition], int]) -> Piece | None:
        partition = (self._topics.standard, lane)
        found = self._looked.get((lane, task.id)) or self._store.progress(lane, task.id)
        piece = Piece(lane)
        if found is None and not (
            task.ends or task.expires
        ):  # what is held is told again as the same, so it needs no end of its own
            # Where it ends must stand before anything is decided: a try that was cut off must be known by the next one.
            desk.overlay.put_progress(begin(task, lane, stand(partition), desk.now_ms))
            return piece
        progress = dict(found) if found is not None else begin(task, lane, stand(partition), desk.now_ms)
        if task.ends:
            self._withdraw(task, progress, piece, desk)
        elif task.expires:
            self._expire(task, progress, piece, desk)
        elif task.only_voids:
            self._void(task, progress, piece, desk)
        else:
            self._decide(task, progress, piece, desk)
        progress["at"] = desk.now_ms
        if not piece.outcomes and progress["state"] != DONE:
            self._looked[(lane, task.id)] = progress
            return None
        progress["decided"] += sum(outcome.entry["outcome"] == "DECIDED" for _, outcome in piece.outcomes)
        progress["released"] += sum(len(outcome.releases) for _, outcome in piece.outcomes)
        desk.overlay.put_progress(progress)
        return piece

    def _void(self, task: Task, progress: Record, piece: Piece, desk: Desk) -> None:
        """Answer the next numbers with VOID."""
        lane, done = piece.lane, progress["voided"]
        last = {cut.feed: desk.overlay.last_sequence(lane, cut.feed) for cut in task.cuts}
        numbers = task.voids(lane, last)[done : done + self._piece_records]
        if numbers:
            at = Position(self._topics.control, lane, done)
            piece.outcomes.append((None, answer_with_void(numbers, at, desk, task)))
            progress["voided"] = done + len(numbers)
        else:
            progress["state"] = DONE

    def _withdraw(self, task: Task, progress: Record, piece: Piece, desk: Desk) -> None:
        """Tell those who hold records under a grant that is over. The lane's holders know, however long ago it was shared."""
        grant = next((each for each in desk.book.grants if each.id == task.ends), None)
        found: list[Record] = []
        if grant is not None:
            found = self._store.holders_that_say(piece.lane, task.ends, progress["cursor"], self._piece_records)
            for holders in found:
                outcome = withdraw_by_end(Held(piece.lane, holders), grant, task.id, desk, self._topics.holders)
                piece.outcomes.append((None, outcome))
            progress["cursor"] = found[-1]["record_id"] if found else progress["cursor"]
        if len(found) < self._piece_records:
            progress["state"] = DONE

    def _expire(self, task: Task, progress: Record, piece: Piece, desk: Desk) -> None:
        """Withdraw what is held past its review date, from the next of the lane's holders."""
        page = self._store.holders_behind(piece.lane, progress["cursor"], LOOKED_AT)
        swept = sweep(piece.lane, page, task.expires, task.id, desk, self._topics.holders)
        piece.outcomes += [(None, outcome) for outcome in swept.outcomes]
        progress["cursor"] = swept.cursor
        progress["state"] = DONE if swept.is_done else progress["state"]

    def _decide(self, task: Task, progress: Record, piece: Piece, desk: Desk) -> None:
        """Decide what the task wants of the next messages."""
        again = self._reader.read(piece.lane, progress["next"], progress["until"], PIECE_READ)
        for number, message in enumerate(again.messages):
            if len(piece.outcomes) >= self._piece_records:
                progress["next"] = message.offset
                self._reader.put_back(piece.lane, Again(again.messages[number:], again.reached))
                return
            if not task.may_want(message, desk.tokens):
                continue
            at = Position(message.topic, message.partition, message.offset)
            outcome = disseminate_again(self._read_event(message), at, desk, task, progress["until"])
            if outcome is not None:
                piece.outcomes.append((message, outcome))
        progress["next"] = again.reached
        if again.reached >= progress["until"]:
            progress["state"] = DONE
