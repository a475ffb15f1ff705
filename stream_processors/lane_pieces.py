"""One piece of one task in one lane: what is read for it, what is decided, how far it got."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from schemas.records import Record
from schemas.topics import Topics
from stream_processors.cases import HELD, POSSIBLE
from stream_processors.disseminate import disseminate_again
from stream_processors.emergency_share import withdraw_by_end
from stream_processors.expiry_sweep import LOOKED_AT, sweep
from stream_processors.forgetting import LOOKED_AT as FORGET_LOOKED_AT
from stream_processors.forgetting import forget
from stream_processors.held_records import Held
from stream_processors.lane_tasks import DONE, Does, Task
from stream_processors.ledger_entry import Position
from stream_processors.messages import Input
from stream_processors.number_answers import Asked, answer
from stream_processors.retroactive import reconsider
from stream_processors.rulebook import Desk, Outcome
from stream_processors.standard_reader import Again
from stream_processors.suspended import is_suspended
from stream_processors.voids import answer_with_void

PIECE_READ = 2000
"""Messages looked at for one piece."""


class LaneMemory(Protocol):
    """What is committed of the lanes."""

    def progress(self, lane: int, command: str) -> Record | None:
        """How far a command is; None where it was not begun."""

    def holders_that_say(self, lane: int, texts: Sequence[str], after: str, limit: int) -> list[Record]:
        """Holders records that hold any of `texts`, in the order of their ids, from behind `after` on."""

    def holders_behind(self, lane: int, after: str, limit: int) -> list[Record]:
        """Holders records in the order of their ids, from behind `after` on."""

    def progress_behind(self, lane: int, after: str, limit: int) -> list[Record]:
        """How far commands are, in the order of their ids, from behind `after` on."""

    def record_numbered(self, lane: int, feed: str, sequence: int) -> str | None:
        """The record whose last delivery, or past WITHDRAW, has this number in this feed and lane; of an erased one, the
        marker's token."""


class EventReader(Protocol):
    """Reads lanes of `standard` again."""

    def read(self, lane: int, start: int, until: int, limit: int) -> Again:
        """At most `limit` messages from `start` on, none at or behind `until`. Raises NotReady."""

    def put_back(self, lane: int, rest: Again) -> None:
        """These were read and not used."""

    def first(self, lane: int) -> int:
        """The first offset that is still there. Raises NotReady."""

    def close(self) -> None:
        """Give the consumer back."""


@dataclass
class Piece:
    """A piece of one task in one lane: what was decided. Its progress is in the desk's overlay."""

    lane: int
    task: Task
    room: int
    """Records, or numbers, at most."""
    behind: int
    """The lane's position: everything below it is committed."""
    outcomes: list[tuple[Input | None, Outcome]] = field(default_factory=list)
    forgets: bool = False
    """Whether it takes away how far other tasks were."""


@dataclass
class Pieces:
    """Carries them out."""

    topics: Topics
    store: LaneMemory
    reader: EventReader
    read_event: Callable[[Input], Record]

    def carry_out(self, piece: Piece, progress: Record, desk: Desk) -> None:
        """Decide the piece; `progress` is moved. Raises NotReady, LostPosition."""
        {
            Does.END: self._end,
            Does.EXPIRE: self._expire,
            Does.FORGET: self._forget,
            Does.VOID: self._void,
            Does.RESEND: self._resend,
            Does.RECONSIDER: self._reconsider,
        }.get(piece.task.does, self._decide)(piece, progress, desk)

    def _void(self, piece: Piece, progress: Record, desk: Desk) -> None:
        """Answer the next numbers with VOID."""
        task, lane, done = piece.task, piece.lane, progress["voided"]
        last = {cut.feed: desk.overlay.last_sequence(lane, cut.feed) for cut in task.cuts}
        numbers = task.voids(lane, last)[done : done + piece.room]
        if numbers:
            at = Position(self.topics.control, lane, done)
            piece.outcomes.append((None, answer_with_void(numbers, at, desk, task)))
            progress["voided"] = done + len(numbers)
        else:
            progress["state"] = DONE

    def _end(self, piece: Piece, progress: Record, desk: Desk) -> None:
        """Tell those who hold records under a grant that is over. The lane's holders know, however long ago it was shared."""
        task = piece.task
        grant = next((each for each in desk.book.grants if each.id == task.ends), None)
        if grant is None:
            progress["state"] = DONE
            return
        found = self._holders(piece, progress, (task.ends,))
        for holders in found:
            outcome = withdraw_by_end(Held(piece.lane, holders), grant, task.id, desk, self.topics.holders)
            piece.outcomes.append((None, outcome))
        if len(found) < piece.room:
            progress["state"] = DONE

    def _expire(self, piece: Piece, progress: Record, desk: Desk) -> None:
        """Withdraw what is held past its review date, from the next of the lane's holders."""
        page = self.store.holders_behind(piece.lane, progress["cursor"], LOOKED_AT)
        swept = sweep(piece.lane, page, piece.task.expires, piece.task.id, desk, self.topics.holders)
        piece.outcomes += [(None, outcome) for outcome in swept.outcomes]
        progress["cursor"] = swept.cursor
        progress["state"] = DONE if swept.is_done else progress["state"]

    def _forget(self, piece: Piece, progress: Record, desk: Desk) -> None:
        """Forget of the lane's tasks what is over, from the next one."""
        page = self.store.progress_behind(piece.lane, progress["cursor"], FORGET_LOOKED_AT)
        piece.forgets = forget(piece.lane, page, piece.task, progress, desk.overlay, desk.now_ms)

    def _reconsider(self, piece: Piece, progress: Record, desk: Desk) -> None:
        """Decide what is held by the attributes that the lane's holders keep of it."""
        first = self.reader.first(piece.lane)
        found = self._holders(piece, progress, (HELD, POSSIBLE))
        for holders in found:
            outcome = reconsider(Held(piece.lane, holders), first, desk, piece.task.id, self.topics.holders)
            if outcome is not None:
                piece.outcomes.append((None, outcome))
        if len(found) < piece.room:
            progress["state"] = DONE

    def _holders(self, piece: Piece, progress: Record, texts: Sequence[str]) -> list[Record]:
        """The next holders records that say any of it."""
        found = self.store.holders_that_say(piece.lane, texts, progress["cursor"], piece.room)
        progress["cursor"] = found[-1]["record_id"] if found else progress["cursor"]
        return found

    def _decide(self, piece: Piece, progress: Record, desk: Desk) -> None:
        """Decide what the task wants of the next messages."""
        task = piece.task
        again = self.reader.read(piece.lane, progress["next"], progress["until"], PIECE_READ)
        for number, message in enumerate(again.messages):
            if len(piece.outcomes) >= piece.room:
                progress["next"] = message.offset
                self.reader.put_back(piece.lane, Again(again.messages[number:], again.reached))
                return
            if not task.may_want(message, desk.tokens):
                continue
            at = Position(message.topic, message.partition, message.offset)
            outcome = disseminate_again(self.read_event(message), at, desk, task, progress["until"])
            if outcome is not None:
                piece.outcomes.append((message, outcome))
        progress["next"] = again.reached
        if again.reached >= progress["until"]:
            progress["state"] = DONE

    def _resend(self, piece: Piece, progress: Record, desk: Desk) -> None:
        """Answer the next numbers that an agency asks for. `cursor` is the last one that was answered."""
        task, lane, feed = piece.task, piece.lane, piece.task.subject.partition("/")[2]
        bound = desk.book.rules.by_feed.get(feed)
        if not progress["cursor"]:  # what is sent from here on was not missed when it was asked
            progress["until"] = desk.overlay.last_sequence(lane, feed)
        numbers = list(islice(task.numbers(lane, int(progress["cursor"] or 0), progress["until"]), piece.room))
        if bound is None or is_suspended(bound, desk.book.suspensions) or not numbers:
            progress["state"] = DONE  # what was cut by a suspension is answered when that ends
            return
        start, again = -1, Again([], -1)
        for number in numbers:
            name = self.store.record_numbered(lane, feed, number)
            holders = desk.overlay.holders(lane, name) if name is not None else None
            erased = desk.overlay.erased(lane, name, name) if name is not None and holders is None else None
            asked = Asked(Position(self.topics.request, lane, number), bound, holders, erased)
            message = None
            if asked.offset is not None:
                if start < 0:
                    start, again = asked.offset, self.reader.read(lane, asked.offset, piece.behind, PIECE_READ)
                if not start <= asked.offset < again.reached:
                    break  # not read yet, or it stands elsewhere: the next piece begins with it
                message = next((each for each in again.messages if each.offset == asked.offset), None)
            event = self.read_event(message) if message is not None else None
            piece.outcomes.append((message, answer(asked, event, desk, task)))
            progress["cursor"] = str(number)
            progress["voided"] += piece.outcomes[-1][1].releases[-1].action == "VOID"
        if again.messages:
            self.reader.put_back(lane, again)  # the next piece mostly begins among these
