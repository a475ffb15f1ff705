"""The end of a record's time: past its review date (MoPI) it is shared with nobody, and who holds it is told.

A version that comes past its review date is withheld like any other. What is held already is found by a sweep that each lane's
owner makes once a day through its holders, as they know it however long ago it was shared. A later version with a later date
is shared anew. Pure, but for the overlay that it is given.
"""

from typing import NamedTuple

from schemas.records import Record
from stream_processors.decide import withhold_all
from stream_processors.delivering import Case, deliver
from stream_processors.emergency_share import Held, event_of, position_of, withdraw_granted
from stream_processors.lane_tasks import Task
from stream_processors.ledger_entry import entry_id, make_entry, vector_hash
from stream_processors.review_date import PAST_REVIEW, day_of, is_past_review
from stream_processors.rulebook import Desk, Outcome

LOOKED_AT = 500
"""Holders records looked at in one piece of the sweep: some 20 ms."""


def expiry_task(now_ms: int) -> Task:
    """The sweep of this day, London's. `now_ms`: UTC milliseconds."""
    day = day_of(now_ms)
    return Task(f"expiry/{day}", "all", expires=day)


class Swept(NamedTuple):
    """What one piece of the sweep has found."""

    outcomes: list[Outcome]
    cursor: str
    """Record id to go on behind."""
    is_done: bool


def sweep(lane: int, page: list[Record], day: str, cause: str, desk: Desk, topic: str) -> Swept:
    """Withdraw what is held past its review date. `page`: holders records by id; fewer than LOOKED_AT are the lane's last."""
    due = [holders for holders in page if is_past_review(holders["review_date"], day) and _is_held(holders)]
    outcomes = [_withdraw(Held(lane, holders), cause, desk, topic) for holders in due]
    return Swept(outcomes, page[-1]["record_id"] if page else "", len(page) < LOOKED_AT)


def _is_held(holders: Record) -> bool:
    return any(holding["state"] == "HELD" for holding in holders["holdings"])


def _withdraw(held: Held, cause: str, desk: Desk, topic: str) -> Outcome:
    """The WITHDRAW to everybody who holds the record, from what holders know alone."""
    holders, rules = held.holders, desk.book.rules
    at, event = position_of(held, desk.tokens, topic), event_of(holders)
    known = (desk.book.number, rules.sha256)
    outcome = Outcome(make_entry(event, at, "DECIDED", known, desk.tokens, desk.now_ms, cause))
    holdings = {each["feed"]: each for each in holders["holdings"] if not each["grant"]}
    case = Case(event, at, holders, outcome, holdings, holders["closed"], cause=cause)
    case.granted = {each["grant"]: each for each in holders["holdings"] if each["grant"]}
    decision = withhold_all(rules, frozenset(holders["latches"]), PAST_REVIEW)
    outcome.decision = deliver(decision, case, desk)
    for grant in desk.book.grants:
        if case.granted.get(grant.id, {}).get("state") == "HELD":
            case.granted[grant.id] = withdraw_granted(grant, case, desk)
    kept = [*(case.holdings[feed] for feed in sorted(case.holdings)), *(case.granted[each] for each in sorted(case.granted))]
    desk.overlay.put_holders(held.lane, holders | {"holdings": kept})
    entry = outcome.entry
    entry["withheld"] = [{"reason": reason, "count": count} for reason, count in sorted(decision.withheld.items())]
    entry["vector"] = vector_hash(outcome.decision, rules.sha256)
    entry["entry_id"] = entry_id(entry)
    return outcome
