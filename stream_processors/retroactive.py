"""Decide again what is held, by the attributes in holders: rule changes reach back past the retention of `standard`. Pure, but
for the overlay that it is given.

It only takes away. Whoever may no longer hold the record is told to delete it. Who may, but with fewer fields, gets them by the
standard event where that is still there (a task of its own); where it is not, only WITHDRAW is possible.
"""

from collections.abc import Iterable
from typing import NamedTuple

from schemas.codes import Code
from schemas.records import Record
from stream_processors.attribute_maps import from_map
from stream_processors.decide import Decision, withhold_all
from stream_processors.delivering import Case, take_back
from stream_processors.held_records import Held, event_of, place_of
from stream_processors.ledger_entry import entry_id, make_entry, vector_hash
from stream_processors.rulebook import Desk, Outcome
from stream_processors.suspended import split_suspended


class _Found(NamedTuple):
    decision: Decision
    is_fault: bool


def reconsider(held: Held, first: int, desk: Desk, cause: str, topic: str) -> Outcome | None:
    """What today's rules make of a record that is held. `first` is the first offset that `standard` still has in this lane.

    None where nobody holds it by an agreement, or where its attributes can't be read and the event itself can: that is decided
    by the event. Where that is gone too, what can't be decided is withdrawn. Emergency grants end by themselves.
    """
    holders = held.holders
    holdings = {each["feed"]: each for each in holders["holdings"] if not each["grant"]}
    is_there, found = holders["offset"] >= first, _decide(holders, desk)
    if (found.is_fault and is_there) or not any(each["state"] == "HELD" for each in holdings.values()):
        return None
    event, rules = event_of(holders), (desk.book.number, desk.book.rules.sha256)
    at = place_of(held, topic, desk.tokens)
    outcome = Outcome(make_entry(event, at, "DECIDED", rules, desk.tokens, desk.now_ms, cause))
    decision, held_back = split_suspended(found.decision, event, desk.book.suspensions)
    permitted = {bound.feed for bound in found.decision.shares}
    if not is_there:
        permitted -= set(_narrower(holdings.values(), found.decision, desk))
    case = Case(event, at, holders, outcome, holdings, holders["closed"], frozenset(holders["latches"]))
    case.cause = cause
    take_back(permitted, case, desk)
    still = (each["feed"] for each in case.holdings.values() if each["state"] == "HELD")
    outcome.entry["unchanged"] += sorted(set(still) - held_back)
    outcome.entry["faults"] += [str(Code.DECISION_FAULT)] if found.is_fault else []
    outcome.entry["withheld"] = [{"reason": reason, "count": count} for reason, count in sorted(decision.withheld.items())]
    outcome.entry["vector"], outcome.decision = vector_hash(decision, desk.book.rules.sha256), decision
    outcome.entry["entry_id"] = entry_id(outcome.entry)
    kept = [case.holdings[feed] for feed in sorted(case.holdings)] + [each for each in holders["holdings"] if each["grant"]]
    latches = sorted(decision.latches)
    changed = {"holdings": kept, "latches": latches, "faulted": holders["faulted"] or found.is_fault}
    desk.overlay.put_holders(held.lane, holders | changed)
    return outcome


def _decide(holders: Record, desk: Desk) -> _Found:
    """By the attributes. Where they can't be read, or a rule fails, nobody may hold it; what was latched stays so."""
    latched = frozenset(holders["latches"])
    try:
        attributes = from_map(holders["attributes"])
        return _Found(desk.book.decider.decide(attributes, latched, holders["closed"], desk.now_ms), False)
    except Exception:  # whatever it is: what can't be decided is withheld
        return _Found(withhold_all(desk.book.rules, latched, "FAULT"), True)


def _narrower(holdings: Iterable[Record], decision: Decision, desk: Desk) -> Iterable[str]:
    """Feeds in which less may be held than was sent, or in which nobody can say that it is not less."""
    by_feed, lists = desk.book.rules.by_feed, desk.book.rules.field_lists
    for holding in (each for each in holdings if each["state"] == "HELD" and each["feed"] in by_feed):
        agreement = by_feed[holding["feed"]].agreement.id
        sanitising = decision.sanitising.get(agreement)
        if sanitising is not None and (sanitising.drops or holding["field_list_id"] != lists[agreement]):
            yield holding["feed"]
