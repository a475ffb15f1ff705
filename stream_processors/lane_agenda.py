"""In which order a lane's owner does what it has to do beside the live input. Pure."""

from collections.abc import Iterable

from stream_processors.control_commands import LaneCommand
from stream_processors.expiry_sweep import expiry_task
from stream_processors.lane_tasks import Does, Task, tasks_of, tasks_of_grants
from stream_processors.rulebook import Rulebook

_FIRST = (Does.VOID, Does.RECONSIDER)
"""These share nothing, and go before everything that does."""


def tasks_in_order(book: Rulebook, commands: Iterable[LaneCommand], asked: tuple[Task, ...], now_ms: int) -> tuple[Task, ...]:
    """What takes away goes first, then what is urgent, then what agencies have asked for again, then the long sweeps."""
    given = tasks_of(commands, book.suspensions)
    first = tuple(task for task in given if task.does in _FIRST)
    sweeps = tuple(task for task in given if task.does not in _FIRST)
    return (*first, *tasks_of_grants(book.grants, now_ms), expiry_task(now_ms), *asked, *sweeps)
