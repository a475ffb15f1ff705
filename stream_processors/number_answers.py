"""Answer a request to send a number again: by the same delivery where it is still permitted, else by VOID under it. Pure, but
for the overlay that it is given.

Each number has a ledger entry of its own, at a position made of request, lane and number: whatever a try that was cut off has
said of a number is superseded by what is said at last.
"""

from dataclasses import dataclass, replace

from schemas.records import Record
from stream_processors.bindings import Bound
from stream_processors.cases import HELD, WITHDRAWN, Case
from stream_processors.disclosing import recall, release_under
from stream_processors.disseminate import disseminate_again
from stream_processors.emergency_share import desk_of
from stream_processors.erased_again import withdraw_erased
from stream_processors.held_records import event_of
from stream_processors.lane_tasks import Task
from stream_processors.ledger_entry import Position, entry_id, make_entry, make_void_entry
from stream_processors.rulebook import Desk, Outcome
from stream_processors.voids import GONE, add_void


@dataclass(frozen=True)
class Asked:
    """A number that was asked for, and what the lane knows of it."""

    at: Position
    """The request topic, the lane, the number."""
    bound: Bound
    holders: Record | None
    """Of the record whose last delivery in this feed has this number; None: a later one has replaced it, or none had it."""
    erased: Record | None = None
    """The marker of the record that was withdrawn under this number, where it has been erased."""

    @property
    def holding(self) -> Record | None:
        """What the agency holds by this delivery, or has been told to delete by it."""
        if self.holders is None:
            return None
        found = (each for each in self.holders["holdings"] if each["sequence"] == self.at.offset)
        return next((each for each in found if each["feed"] == self.bound.feed), None)

    @property
    def offset(self) -> int | None:
        """Where in `standard` the version is that was delivered; None where it need not be read, or is not known."""
        holding = self.holding
        if self.holders is None or holding is None or holding["state"] != HELD or self.holders["offset"] < 0:
            return None
        return int(self.holders["offset"])


def answer(asked: Asked, event: Record | None, desk: Desk, task: Task) -> Outcome:
    """What stands under this number now. `event` is the standard event at `asked.offset`; None: it is gone.

    Decided again under today's rules. The same decision and content: the same delivery. Another decision: what follows from it
    is sent under numbers of its own, and this number is void.
    """
    lane, number = asked.at.lane, asked.at.offset
    outcome, holding = None, asked.holding
    if holding is not None and asked.holders is not None:
        if holding["state"] == WITHDRAWN:
            outcome = _withdraw_again(asked, asked.holders, holding, desk, task)
        elif event is not None:
            outcome = disseminate_again(event, asked.at, desk, task, asked.holders["offset"] + 1)
    if asked.erased is not None:
        outcome = withdraw_erased(asked.at, asked.bound, asked.erased, desk, task.id)
    if outcome is None:
        rules = (desk.book.number, desk.book.rules.sha256)
        outcome = Outcome(make_void_entry(asked.at, rules, desk.tokens, desk.now_ms, task.id))
    if not any(said["sequence"] == number and said["channel"] == "FEED" for said in outcome.entry["disclosures"]):
        add_void(outcome, asked.bound, (lane, number), desk, task.id, GONE)
    outcome.entry["entry_id"] = entry_id(outcome.entry)
    return outcome


def _withdraw_again(asked: Asked, holders: Record, holding: Record, desk: Desk, task: Task) -> Outcome | None:
    """The WITHDRAW that stands under this number, once more: by recall where the feed is under another agreement now. None
    where nobody can say any more how it was sent."""
    bound, own = asked.bound, desk
    if holding["grant"]:
        grant = next((each for each in desk.book.grants if each.id == holding["grant"]), None)
        if grant is None:
            return None
        bound, own = grant.bound, desk_of(grant, desk)
    event, rules = event_of(holders), (desk.book.number, desk.book.rules.sha256)
    outcome = Outcome(make_entry(event, asked.at, "DECIDED", rules, desk.tokens, desk.now_ms, task.id))
    case = Case(event, asked.at, holders, outcome, {bound.feed: holding}, holders["closed"])
    case = replace(case, cause=task.id, grant=holding["grant"])
    if holding["agreement"] != bound.agreement.id:
        recall(holding, None, case, own)
        return outcome
    writer = own.book.writers[bound.agreement.id]
    tail, deadline = writer.withdrawal(desk.now_ms), writer.deadline(desk.now_ms)
    release_under(holding["sequence"], "WITHDRAW", bound, tail, case, own, deadline)
    return outcome
