"""A test of the way from a force to its agencies: decided and delivered like any event, and held by nobody. Pure, but for the
overlay that it is given, from which it takes sequence numbers."""

from schemas.actions import Action
from schemas.codes import Code
from schemas.records import Record
from stream_processors.cases import NEVER_SEEN, Case
from stream_processors.deciding import decide_event
from stream_processors.delivering import deliver
from stream_processors.ledger_entry import Position, entry_id, make_entry, say_decision
from stream_processors.rulebook import Desk, Outcome


def disseminate_test(event: Record, at: Position, desk: Desk) -> Outcome:
    """The ledger entry and the deliveries of a test: each says TEST, under a number of its own.

    The record may have the identity of a real one: a test's token is another than that record's, and its holders stay as they
    are. No emergency grant is about a test.
    """
    book = desk.book
    outcome = Outcome(make_entry(event, at, "TEST", (book.number, book.rules.sha256), desk.tokens, desk.now_ms))
    found = decide_event(book.rules, book.decider, event, frozenset(), False, desk.now_ms)
    if found.is_fault:
        outcome.entry["faults"].append(str(Code.DECISION_FAULT))
    case = Case(_apart(event, at), at, NEVER_SEEN, outcome, {}, closed=False, attributes=found.attributes, says=Action.TEST)
    decision = outcome.decision = deliver(found.decision, case, desk)
    say_decision(outcome.entry, decision, book.rules.sha256)
    outcome.entry["entry_id"] = entry_id(outcome.entry)
    return outcome


def _apart(event: Record, at: Position) -> Record:
    """The event under an identity that no record has (a force's id has no slash), and that each test has for itself."""
    envelope = event["envelope"]
    own = {
        "record_id": f"test/{envelope['record_id']}/{at.lane}/{at.offset}",
        "event_id": f"{envelope['event_id']}/{at.lane}/{at.offset}",
    }
    return event | {"envelope": envelope | own}
