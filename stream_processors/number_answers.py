"""Answer a request to send a number again: by the same delivery where it is still permitted, else by VOID under it. Pure, but
for the overlay that it is given.

Each number has a ledger entry of its own, at a position made of request, lane and number: whatever a try that was cut off has
said of a number is superseded by what is said at last.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.records import Record
from stream_processors.bindings import Bound
from stream_processors.cases import HELD
from stream_processors.disseminate import disseminate_again
from stream_processors.held_records import event_of
from stream_processors.lane_tasks import Task
from stream_processors.ledger_entry import Position, entry_id, make_void_entry
from stream_processors.past_withdrawals import standing
from stream_processors.rulebook import Desk, Outcome
from stream_processors.voids import GONE, add_void
from stream_processors.withdrawing_again import withdraw_again


@dataclass(frozen=True)
class Asked:
    """A number that was asked for, and what the lane knows of it."""

    at: Position
    """The request topic, the lane, the number."""
    bound: Bound
    holders: Record | None
    """Of the record whose last delivery in this feed has this number, or a WITHDRAW of before it came back; None: a later
    delivery has replaced it, or none had it."""
    erased: Record | None = None
    """The marker of the record that was withdrawn under this number, where it has been erased."""

    @property
    def holding(self) -> Record | None:
        """What the agency holds by this delivery, or has been told last to delete by it."""
        return None if self.holders is None else _numbered(self, self.holders["holdings"])

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
    outcome, withdrawal = None, _withdrawal(asked, desk)
    if withdrawal is not None:
        outcome = withdraw_again(asked.at, asked.bound, withdrawal, _about(asked, desk), desk, task.id)
    elif event is not None and asked.holders is not None:
        outcome = disseminate_again(event, asked.at, desk, task, asked.holders["offset"] + 1)
    if outcome is None:
        rules = (desk.book.number, desk.book.rules.sha256)
        outcome = Outcome(make_void_entry(asked.at, rules, desk.tokens, desk.now_ms, task.id))
    if not any(said["sequence"] == number and said["channel"] == "FEED" for said in outcome.entry["disclosures"]):
        add_void(outcome, asked.bound, (lane, number), desk, task.id, GONE)
    outcome.entry["entry_id"] = entry_id(outcome.entry)
    return outcome


def _numbered(asked: Asked, known: Iterable[Record]) -> Record | None:
    """The one of these that has the number in the feed."""
    return next((each for each in known if (each["feed"], each["sequence"]) == (asked.bound.feed, asked.at.offset)), None)


def _withdrawal(asked: Asked, desk: Desk) -> Record | None:
    """The WITHDRAW that stands under the number, whatever became of the record since."""
    if asked.holders is None:
        return None if asked.erased is None else _numbered(asked, asked.erased["withdrawals"])
    last = standing(asked.holders["holdings"], asked.holders["record_id"], desk.tokens)
    return _numbered(asked, (*asked.holders["withdrawals"], *last))


def _about(asked: Asked, desk: Desk) -> Record:
    """What the entry of a WITHDRAW says of the record; of an erased one nobody knows more than the marker."""
    if asked.holders is None:
        return {} if asked.erased is None else {"record_token": asked.erased["token"], "version": asked.erased["version"]}
    envelope = event_of(asked.holders)["envelope"]
    said = {name: envelope[name] for name in ("event_id", "version", "kind", "force")}
    return said | {"record_token": desk.tokens.ledger_record(envelope["record_id"])}
