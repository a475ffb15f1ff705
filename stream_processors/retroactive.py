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
from stream_processors.cases import HELD, Case, is_out, split_holdings
from stream_processors.decide import Decision, withhold_all
from stream_processors.field_lines import gives_fewer
from stream_processors.held_records import Held, event_of, place_of
from stream_processors.ledger_entry import entry_id, make_entry, say_decision
from stream_processors.past_withdrawals import held_now
from stream_processors.rulebook import Desk, Outcome
from stream_processors.suspended import split_suspended
from stream_processors.withdrawing import take_back


class _Found(NamedTuple):
    decision: Decision
    is_fault: bool


def reconsider(held: Held, first: int, desk: Desk, cause: str, topic: str) -> Outcome | None:
    """What today's rules make of a record that is held. `first` is the first offset that `standard` still has in this lane.

    None where nobody has it, or may have it, by an agreement. Where its attributes can't be read and the event itself can, it
    is decided by the event, but for past agreements: nobody may hold by one. Where the event is gone too, what can't be decided
    is withdrawn. Emergency grants end by themselves.
    """
    holders, found = held.holders, _decide(held.holders, desk)
    holdings, past, granted = split_holdings(holders, desk.book.rules)
    is_there = holders["offset"] >= first
    is_by_event = found.is_fault and is_there
    if not any(is_out(each) for each in (*past, *(() if is_by_event else holdings.values()))):
        return None
    event, rules = event_of(holders), (desk.book.number, desk.book.rules.sha256)
    at = place_of(held, topic, desk.tokens)
    outcome = Outcome(make_entry(event, at, "DECIDED", rules, desk.tokens, desk.now_ms, cause))
    decision, held_back = split_suspended(found.decision, event, desk.book.suspensions)
    permitted = set(holdings) if is_by_event else {bound.feed for bound in found.decision.shares}
    if not is_there:
        permitted -= set(_narrower(holdings.values(), found.decision, desk))
    case = Case(event, at, holders, outcome, holdings, holders["closed"], frozenset(holders["latches"]))
    case.cause, case.past, case.granted = cause, past, granted
    take_back(permitted, case, desk)
    still = (each["feed"] for each in case.holdings.values() if each["state"] == HELD)
    outcome.entry["unchanged"] += sorted(set(still) - held_back)
    outcome.entry["faults"] += [str(Code.DECISION_FAULT)] if found.is_fault else []
    outcome.decision = decision
    say_decision(outcome.entry, decision, desk.book.rules.sha256)
    outcome.entry["entry_id"] = entry_id(outcome.entry)
    changed = held_now(case, desk.tokens) | {"latches": sorted(decision.latches)}
    desk.overlay.put_holders(held.lane, holders | changed | {"faulted": holders["faulted"] or found.is_fault})
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
    book = desk.book
    for holding in (each for each in holdings if each["state"] == HELD):
        agreement = book.rules.by_feed[holding["feed"]].agreement
        sanitising = decision.sanitising.get(agreement.id)
        if sanitising is None:
            continue
        dropped = [path for p in sorted(sanitising.drops) for path in book.rules.drops[p]]
        lost, was = book.writers[agreement.id].lost(dropped, sanitising.held), (holding["field_list_id"], holding["lost"])
        # What is dropped of some of its persons alone was dropped of others by an earlier rule: that is not kept.
        is_of_some = any(path.groups for path in dropped)
        if is_of_some or gives_fewer(was, lost, agreement, book.rules.field_lists[agreement.id], book.earlier_lines):
            yield holding["feed"]
