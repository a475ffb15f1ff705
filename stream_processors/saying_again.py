"""Deliver once more what an agency holds just so: a replay under a new number, a re-send under the old one. Pure."""

from stream_processors.bindings import Bound
from stream_processors.cases import Case, Unchanged, note_unchanged
from stream_processors.disclosing import release, release_under
from stream_processors.lane_tasks import Does, Task
from stream_processors.ledger_entry import HELD_ALREADY
from stream_processors.rulebook import Desk


def when_unchanged(task: Task) -> Unchanged:
    """What this task does there."""
    return {Does.REPLAY: say_anew, Does.RESEND: say_again}.get(task.does, note_unchanged)


def say_anew(bound: Bound, tail: bytes, case: Case, desk: Desk) -> None:
    """The same revision under a new number: who has lost its store replaces nothing by it, and who has not the same."""
    release("UPDATE", bound, tail, case, desk, None)
    _is_no_news(case)


def say_again(bound: Bound, tail: bytes, case: Case, desk: Desk) -> None:
    """The same revision under the number that it had: it was asked for by this number. Whether an update gave fewer fields than
    the one before, nobody can say any more: so it has a deadline, as one that did."""
    holding, writer = case.holdings[bound.feed], desk.book.writers[bound.agreement.id]
    if holding["revision"] == 1:
        release_under(holding["sequence"], "SHARE", bound, tail, case, desk, None)
        _is_no_news(case)
        return
    content, deadline = writer.with_deadline(tail, desk.now_ms), writer.deadline(desk.now_ms)
    release_under(holding["sequence"], "UPDATE", bound, content, case, desk, deadline)
    _is_no_news(case)


def _is_no_news(case: Case) -> None:
    case.outcome.entry["disclosures"][-1]["reason_code"] = HELD_ALREADY
