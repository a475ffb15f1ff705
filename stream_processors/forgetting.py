"""What lanes may forget of tasks that are over: how far they were would else stand in holders for ever. Pure.

A task is over for good where nothing can bring it up again: a request once its topic has lost it, the housework of a day once
the day is past, a replay long after it was given. Commands that must be carried out however late keep what they have.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from schemas.records import Record
from stream_processors.control_commands import ALL, LaneCommand
from stream_processors.lane_tasks import DONE, Does, Task
from stream_processors.overlay import Overlay
from stream_processors.review_date import day_of

LOOKED_AT = 500
"""How many tasks' progress is looked at in one piece."""

REPLAY_DAYS = 30
"""A replay that was given longer ago is over, done or not: who still wants it gives it again."""

_OF_ITSELF = ("resend/", "expiry/", "forget/")
"""Tasks that nobody has put on control. A request stands for a day, and the housework is of a day."""

_SAFE_MS = timedelta(days=3) // timedelta(milliseconds=1)
"""So long behind its last step nothing brings such a task up again, whatever the clocks of two machines say."""

_REPLAY_MS = timedelta(days=REPLAY_DAYS) // timedelta(milliseconds=1)


def is_over(command: LaneCommand, now_ms: int) -> bool:
    """Whether this command is not carried out any more."""
    return command.verb == "REPLAY" and command.at_ms < now_ms - _REPLAY_MS


def forget_task(commands: Iterable[LaneCommand], now_ms: int) -> Task:
    """The day's forgetting. `now_ms`: UTC milliseconds; the day is London's."""
    over = frozenset(command.id for command in commands if is_over(command, now_ms))
    return Task(f"forget/{day_of(now_ms)}", ALL, does=Does.FORGET, over=over)


def forget(lane: int, page: Sequence[Record], task: Task, progress: Record, overlay: Overlay, now_ms: int) -> bool:
    """Take away what is over of these (progress records, by command); moves `progress`; gives whether anything was. A page
    below LOOKED_AT is the lane's last."""
    gone = [each["command"] for each in page if _may_go(each, task, now_ms)]
    for command in gone:
        overlay.drop_progress(lane, command)
    progress["cursor"] = page[-1]["command"] if page else progress["cursor"]
    progress["state"] = progress["state"] if len(page) == LOOKED_AT else DONE
    return bool(gone)


def _may_go(progress: Record, task: Task, now_ms: int) -> bool:
    if progress["command"] in task.over:
        return True
    at_ms: int = round(progress["at"].timestamp() * 1000)
    return str(progress["command"]).startswith(_OF_ITSELF) and at_ms < now_ms - _SAFE_MS
