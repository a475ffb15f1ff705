"""Say a WITHDRAW again: who had missed it asks for its number. Nothing of the record is needed, only what holders or the marker
of an erasure keep of the WITHDRAW. Pure."""

from schemas.records import Record
from stream_processors.bindings import Bound
from stream_processors.cases import bound_name
from stream_processors.emergency_share import desk_of
from stream_processors.feed_writer import coarse_by, deadline_after
from stream_processors.ledger_entry import Position, disclosure, make_void_entry, past_disclosure
from stream_processors.releases import Recall, Release
from stream_processors.rulebook import Desk, Outcome


def withdraw_again(at: Position, bound: Bound, withdrawal: Record, about: Record, desk: Desk, cause: str) -> Outcome:
    """The WITHDRAW that stands under this number of the feed (`at.offset`), once more, under the same token; by recall where
    the feed is under another agreement now. `about`: what the entry says of the record. The entry's id is the caller's to
    make."""
    bound, desk = _now(withdrawal, bound, desk)
    rules = (desk.book.number, desk.book.rules.sha256)
    outcome = Outcome(make_void_entry(at, rules, desk.tokens, desk.now_ms, cause))
    outcome.entry |= about | {"outcome": "DECIDED"}
    say = _by_feed if bound.agreement.id == withdrawal["agreement"] else _by_recall
    outcome.entry["disclosures"].append(say(at, bound, withdrawal, outcome, desk) | {"grant": withdrawal["grant"]})
    return outcome


def _now(withdrawal: Record, bound: Bound, desk: Desk) -> tuple[Bound, Desk]:
    """By which agreement and rules the agency is told: a grant's own, where it was held under one that is still known."""
    grant = next((each for each in desk.book.grants if withdrawal["grant"] and each.id == withdrawal["grant"]), None)
    return (bound, desk) if grant is None else (grant.bound, desk_of(grant, desk))


def _by_feed(at: Position, bound: Bound, withdrawal: Record, outcome: Outcome, desk: Desk) -> Record:
    writer, head = desk.book.writers[bound.agreement.id], _head(at, withdrawal, outcome, desk)
    value = writer.delivery(head, writer.withdrawal(desk.now_ms))
    made = (withdrawal["token"], head["delivery_id"], value, writer.coarse(desk.now_ms))
    outcome.releases.append(Release(bound.agency.id, bound.agreement.feed, "WITHDRAW", *made))
    said = disclosure(bound, "WITHDRAW", withdrawal["field_list_id"], withdrawal["token"])
    return head | said | {"channel": "FEED", "deadline": writer.deadline(desk.now_ms)}


def _by_recall(at: Position, _bound: Bound, withdrawal: Record, outcome: Outcome, desk: Desk) -> Record:
    hours, grain = withdrawal["withdraw_hours"], withdrawal["grain_seconds"]
    deadline, at_ms = deadline_after(hours, grain, desk.now_ms), coarse_by(grain, desk.now_ms)
    head = _head(at, withdrawal, outcome, desk) | {"sequence": 0}
    outcome.recalls.append(Recall(withdrawal["agency"], withdrawal["token"], head["delivery_id"], deadline, at_ms))
    return head | past_disclosure(withdrawal, withdrawal["token"]) | {"channel": "RECALL", "deadline": deadline}


def _head(at: Position, withdrawal: Record, outcome: Outcome, desk: Desk) -> Record:
    return {
        "delivery_id": desk.tokens.delivery(
            bound_name(withdrawal), outcome.entry["record_token"], f"{outcome.entry['cause']}/{at.offset}"
        ),
        "lane": at.lane,
        "sequence": withdrawal["sequence"],
        "revision": withdrawal["revision"],
        "action": "WITHDRAW",
    }
