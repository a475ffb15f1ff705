"""The end of a record's time: past its review date (MoPI) it is shared with nobody, and who holds it is told.

A version that comes past its review date is withheld like any other. What is held already is found by a sweep that each lane's
owner makes once a day through its holders, as they know it however long ago it was shared. A later version with a later date
is shared anew. Pure, but for the overlay that it is given.
"""

from typing import NamedTuple

from schemas.records import Record
from stream_processors.cases import Case, is_out, split_holdings
from stream_processors.control_commands import ALL
from stream_processors.decide import withhold_all
from stream_processors.delivering import deliver
from stream_processors.emergency_share import withdraw_granted
from stream_processors.held_records import Held, event_of, place_of
from stream_processors.lane_tasks import Does, Task
from stream_processors.ledger_entry import entry_id, make_entry, say_decision
from stream_processors.past_withdrawals import held_now
from stream_processors.review_date import PAST_REVIEW, day_of, is_past_review
from stream_processors.rulebook import Desk, Outcome

LOOKED_AT = 500
"""Holders records looked at in one piece of the sweep: some 20 ms."""


def expiry_task(now_ms: int) -> Task:
    """The sweep of this day, London's. `now_ms`: UTC milliseconds."""
    day = day_of(now_ms)
    return Task(f"expiry/{day}", ALL, does=Does.EXPIRE, expires=day)


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
    return any(is_out(holding) for holding in holders["holdings"])


def _withdraw(held: Held, cause: str, desk: Desk, topic: str) -> Outcome:
    """The WITHDRAW to everybody who holds the record, from what holders know alone."""
    holders, rules = held.holders, desk.book.rules
    at, event = place_of(held, topic, desk.tokens), event_of(holders)
    known = (desk.book.number, rules.sha256)
    outcome = Outcome(make_entry(event, at, "DECIDED", known, desk.tokens, desk.now_ms, cause))
    holdings, past, granted = split_holdings(holders, rules)
    case = Case(event, at, holders, outcome, holdings, holders["closed"], cause=cause)
    case.past, case.granted = past, granted
    outcome.decision = deliver(withhold_all(rules, frozenset(holders["latches"]), PAST_REVIEW), case, desk)
    withdraw_granted(case, desk)
    desk.overlay.put_holders(held.lane, holders | held_now(case, desk.tokens))
    entry = outcome.entry
    say_decision(entry, outcome.decision, rules.sha256)
    entry["entry_id"] = entry_id(entry)
    return outcome
