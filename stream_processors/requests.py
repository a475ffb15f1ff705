"""Requests of agencies to send numbers of their feeds again: which are carried out. Pure, but for the log.

They come from `request`, where `acknowledge` has put what an agency said it misses. Nobody's word is taken for what the agency
may have: a request only names numbers. What is refused is logged by code; the agency may ask again.
"""

from collections.abc import Callable, Collection

import structlog

from schemas.codes import Code
from schemas.errors import Refused
from schemas.records import decode
from stream_processors.control_commands import LANE_COMMAND, RESEND, LaneCommand, command_of
from stream_processors.lane_tasks import Task, task_of_request
from stream_processors.rulebook import Rulebook
from stream_processors.suspended import is_suspended

log = structlog.get_logger()

NUMBERS = 10_000
"""Numbers that one request may name: as many are some seconds' work, and somebody who misses more needs a replay."""

IN_HAND = 20
"""Requests of one agency that one process has in hand. A flood of them costs nobody else anything."""

KEPT_MS = 24 * 3_600_000
"""A request older than this is over: its topic keeps no longer what it is about."""

IsDone = Callable[[int, Task], bool]
"""Whether nothing is left of a task in a lane."""


class Requests:
    """What agencies have asked for, and what is in hand of it."""

    def __init__(self) -> None:
        self._new: list[LaneCommand] = []
        self._in_hand: dict[str, Task] = {}
        self._agencies: dict[str, str] = {}
        self._tasks: tuple[Task, ...] = ()

    def take(self, name: str | None, body: bytes) -> None:
        """One message of the topic: its record's name and its body."""
        try:
            if name != LANE_COMMAND:
                raise Refused(Code.REQUEST_REFUSED, "record")
            request = command_of(decode(LANE_COMMAND, body))
            _check_form(request)
            self._new.append(request)
        except Refused as refusal:
            _tell(refusal)

    def forget(self) -> None:
        """Everything is read anew: lanes have come, and what was asked for them was none of ours."""
        self._new, self._in_hand, self._agencies, self._tasks = [], {}, {}, ()

    def tasks(self, book: Rulebook, lanes: Collection[int], is_done: IsDone, now_ms: int) -> tuple[Task, ...]:
        """What is to be done now. The same tuple as before where nothing has changed."""
        over = [name for name, task in self._in_hand.items() if _is_over(task, lanes, is_done)]
        for name in over:
            del self._in_hand[name], self._agencies[name]
        new, self._new = self._new, []
        added = [request for request in new if self._accept(request, book, lanes, is_done, now_ms)]
        if over or added:
            self._tasks = tuple(self._in_hand.values())
        return self._tasks

    def _accept(self, request: LaneCommand, book: Rulebook, lanes: Collection[int], is_done: IsDone, now_ms: int) -> bool:
        feed = request.subject.partition("/")[2]
        task = task_of_request(request, feed.partition(".")[0])
        # What concerns none of our lanes counts as over too.
        if task.id in self._in_hand or request.at_ms < now_ms - KEPT_MS or _is_over(task, lanes, is_done):
            return False
        try:
            _check_feed(feed, book)
            if sum(each == feed.partition(".")[0] for each in self._agencies.values()) >= IN_HAND:
                raise Refused(Code.TOO_MANY_REQUESTS, "in hand")
        except Refused as refusal:
            _tell(refusal)
            return False
        self._in_hand[task.id], self._agencies[task.id] = task, feed.partition(".")[0]
        return True


def _is_over(task: Task, lanes: Collection[int], is_done: IsDone) -> bool:
    return all(is_done(lane, task) for lane in lanes)


def _check_form(request: LaneCommand) -> None:
    """Raises Refused (REQUEST_REFUSED) with the field at fault."""
    kind, _, feed = request.subject.partition("/")
    if request.verb != RESEND:
        raise Refused(Code.REQUEST_REFUSED, "verb")
    if kind != "feed" or any(cut.feed != feed for cut in request.cuts):
        raise Refused(Code.REQUEST_REFUSED, "subject")
    if not request.cuts or any(cut.first < 1 or cut.last < cut.first or cut.lane < 0 for cut in request.cuts):
        raise Refused(Code.REQUEST_REFUSED, "cuts")
    if sum(cut.last - cut.first + 1 for cut in request.cuts) > NUMBERS:
        raise Refused(Code.TOO_MANY_REQUESTS, "cuts")


def _check_feed(feed: str, book: Rulebook) -> None:
    """Raises Refused (REQUEST_REFUSED): nothing is sent into a feed that is not there, or that nobody may read now."""
    bound = book.rules.by_feed.get(feed)
    if bound is None or is_suspended(bound, book.suspensions):
        raise Refused(Code.REQUEST_REFUSED, "feed")


def _tell(refusal: Refused) -> None:
    log.warning("a request to send again was refused", code=str(refusal.code), field=refusal.field)
