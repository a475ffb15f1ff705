"""Deliver once more what an agency holds just so: a replay under a new number, a re-send under the old one. Pure."""

from collections.abc import Callable

from stream_processors.bindings import Bound
from stream_processors.delivering import Case, note_unchanged, release_under
from stream_processors.lane_tasks import Does, Task
from stream_processors.rulebook import Desk

Unchanged = Callable[[Bound, bytes, Case, Desk], None]
"""What is done where an agency holds just what it may have."""


def when_unchanged(task: Task) -> Unchanged:
    """What this task does there."""
    return {Does.REPLAY: say_anew, Does.RESEND: say_again}.get(task.does, note_unchanged)


def say_anew(bound: Bound, tail: bytes, case: Case, desk: Desk) -> None:
    """The same revision under a new number: who has lost its store replaces nothing by it, and who has not the same."""
    number = desk.overlay.next_sequence(case.at.lane, bound.feed)
    release_under(number, "UPDATE", bound, tail, case, desk)


def say_again(bound: Bound, tail: bytes, case: Case, desk: Desk) -> None:
    """The same revision under the number that it had: it was asked for by this number."""
    holding = case.holdings[bound.feed]
    release_under(holding["sequence"], "UPDATE" if holding["revision"] > 1 else "SHARE", bound, tail, case, desk)
