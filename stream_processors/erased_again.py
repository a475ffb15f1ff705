"""Say a WITHDRAW of an erased record again: who had missed it asks for its number. The record itself is known no more, so what
is said comes from the marker that the erasure has left. Pure."""

from schemas.records import Record
from stream_processors.bindings import Bound
from stream_processors.emergency_share import desk_of
from stream_processors.feed_writer import coarse_by, deadline_after
from stream_processors.ledger_entry import Position, disclosure, make_void_entry, past_disclosure
from stream_processors.releases import Recall, Release
from stream_processors.rulebook import Desk, Outcome


def withdraw_erased(at: Position, bound: Bound, marker: Record, desk: Desk, cause: str) -> Outcome | None:
    """The WITHDRAW that stands under this number of the feed (`at.offset`), once more, under the same token; by recall where
    the feed is under another agreement now. None where the marker knows of none. The entry's id is the caller's to make."""
    known = (each for each in marker["holdings"] if each["sequence"] == at.offset)
    holding = next((each for each in known if each["feed"] == bound.feed), None)
    if holding is None:
        return None
    bound, desk = _now(holding, bound, desk)
    rules = (desk.book.number, desk.book.rules.sha256)
    outcome = Outcome(make_void_entry(at, rules, desk.tokens, desk.now_ms, cause))
    outcome.entry |= {"record_token": marker["token"], "version": marker["version"], "outcome": "DECIDED"}
    say = _by_feed if bound.agreement.id == holding["agreement"] else _by_recall
    said = say(at, bound, holding, marker, outcome, desk)
    outcome.entry["disclosures"].append(said | {"grant": holding["grant"]})
    return outcome


def _now(holding: Record, bound: Bound, desk: Desk) -> tuple[Bound, Desk]:
    """By which agreement and rules the agency is told: a grant's own, where it was held under one that is still known."""
    grant = next((each for each in desk.book.grants if holding["grant"] and each.id == holding["grant"]), None)
    return (bound, desk) if grant is None else (grant.bound, desk_of(grant, desk))


def _by_feed(at: Position, bound: Bound, holding: Record, marker: Record, outcome: Outcome, desk: Desk) -> Record:
    writer, head = desk.book.writers[bound.agreement.id], _head(at, holding, marker, outcome, desk)
    value = writer.delivery(head, writer.withdrawal(desk.now_ms))
    made = (holding["token"], head["delivery_id"], value, writer.coarse(desk.now_ms))
    outcome.releases.append(Release(bound.agency.id, bound.agreement.feed, "WITHDRAW", *made))
    said = disclosure(bound, "WITHDRAW", holding["field_list_id"], holding["token"])
    return head | said | {"channel": "FEED", "deadline": writer.deadline(desk.now_ms)}


def _by_recall(at: Position, _bound: Bound, holding: Record, marker: Record, outcome: Outcome, desk: Desk) -> Record:
    hours, grain = holding["withdraw_hours"], holding["grain_seconds"]
    deadline, at_ms = deadline_after(hours, grain, desk.now_ms), coarse_by(grain, desk.now_ms)
    head = _head(at, holding, marker, outcome, desk) | {"sequence": 0}
    outcome.recalls.append(Recall(holding["agency"], holding["token"], head["delivery_id"], deadline, at_ms))
    return head | past_disclosure(holding, holding["token"]) | {"channel": "RECALL", "deadline": deadline}


def _head(at: Position, holding: Record, marker: Record, outcome: Outcome, desk: Desk) -> Record:
    name = f"{holding['agreement']}@{holding['agency']}"
    return {
        "delivery_id": desk.tokens.delivery(name, marker["token"], outcome.entry["cause"]),
        "lane": at.lane,
        "sequence": holding["sequence"],
        "revision": holding["revision"],
        "action": "WITHDRAW",
    }
