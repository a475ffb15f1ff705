"""In which order a lane's owner does what it has to do beside the live input. Pure."""

from collections.abc import Iterable

from stream_processors.control_commands import LaneCommand
from stream_processors.expiry_sweep import expiry_task
from stream_processors.forgetting import forget_task, is_over
from stream_processors.lane_tasks import Does, Task, tasks_of, tasks_of_grants
from stream_processors.rulebook import Rulebook

_FIRST = (Does.VOID, Does.RECONSIDER)
"""These share nothing, and go before everything that does."""


def tasks_in_order(book: Rulebook, commands: Iterable[LaneCommand], asked: tuple[Task, ...], now_ms: int) -> tuple[Task, ...]:
    """What takes away goes first, then what is urgent, then what agencies have asked for again, then the long sweeps."""
    known = list(commands)
    given = tasks_of((each for each in known if not is_over(each, now_ms)), book.suspensions)
    first = tuple(task for task in given if task.does in _FIRST)
    sweeps = tuple(task for task in given if task.does not in _FIRST)
    daily = (expiry_task(now_ms), forget_task(known, now_ms))
    return (*first, *tasks_of_grants(book.grants, now_ms), *daily, *asked, *sweeps)
