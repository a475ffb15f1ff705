"""Share under emergency grants, and take back what was shared under those that are over. Pure, but for the overlay.

Every grant decides by the same engine as the agreements, holds for itself, and has tokens of its own, so that its end withdraws
just what was shared under it. What it shares is beside what agreements share; both stand in one ledger entry.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from schemas.codes import Code
from schemas.records import Record
from stream_processors.decide import Decision, withhold_all
from stream_processors.delivering import ALL_FEEDS, Case, deliver, withdraw
from stream_processors.emergency_rules import barred_for_ever
from stream_processors.emergency_targets import tokens_of
from stream_processors.ledger_entry import Position, entry_id, make_entry
from stream_processors.review_date import PAST_REVIEW, is_event_past_review
from stream_processors.rulebook import Desk, GrantBook, Outcome
from stream_processors.tokens import Tokens


def share_by_grants(case: Case, desk: Desk) -> None:
    """What each grant makes of the case; its holdings change in `case.granted`."""
    grants = [grant for grant in desk.book.grants if case.scope.covers_grant(grant.id, grant.bound.feed)]
    if not grants:
        return
    found = frozenset(tokens_of(case.event, desk.tokens)) if any(grant.is_running(desk.now_ms) for grant in grants) else ()
    for grant in grants:
        is_meant = grant.is_running(desk.now_ms) and (grant.target, grant.token) in found
        if is_meant or _holds(case.granted, grant.id):
            _share(grant, case, desk, is_meant=is_meant)


def _share(grant: GrantBook, case: Case, desk: Desk, *, is_meant: bool) -> None:
    before = case.granted.get(grant.id)
    own = replace(case, holdings={grant.bound.feed: before} if before else {}, scope=ALL_FEEDS, grant=grant.id)
    deliver(_decision(grant, case, desk, is_meant), own, _desk_of(grant, desk))
    if own.holdings:
        case.granted[grant.id] = own.holdings[grant.bound.feed]


def _desk_of(grant: GrantBook, desk: Desk) -> Desk:
    return replace(desk, book=replace(grant.book, suspensions=desk.book.suspensions))


def _decision(grant: GrantBook, case: Case, desk: Desk, is_meant: bool) -> Decision:
    """What the engine says; before it what no grant may do, whatever the rules say. A fault withholds."""
    rules = grant.book.rules
    if not is_meant or case.attributes is None or case.outcome.entry["faults"]:
        return withhold_all(rules, frozenset(), "NOT_MEANT" if not is_meant else "FAULT")
    try:
        is_past = is_event_past_review(case.event, desk.now_ms)
        barred = PAST_REVIEW if is_past else barred_for_ever(case.attributes, case.closed)
        if barred:
            return withhold_all(rules, frozenset(), barred)
        return grant.book.decider.decide(case.attributes, case.latched, case.closed, desk.now_ms)
    except Exception:  # a rule that fails withholds, and a person is told
        case.outcome.entry["faults"].append(str(Code.DECISION_FAULT))
        return withhold_all(rules, frozenset(), "FAULT")


def _holds(granted: Mapping[str, Record], grant: str) -> bool:
    return grant in granted and granted[grant]["state"] == "HELD"


class Held(NamedTuple):
    """A holders record in which a grant that is over is named."""

    lane: int
    holders: Record


def withdraw_by_end(held: Held, grant: GrantBook, cause: str, desk: Desk, topic: str) -> Outcome:
    """The WITHDRAW to who holds the record under a grant that is over, from what holders know alone: the standard event may be
    past its retention. Where it was withdrawn meanwhile the entry says so: an earlier try may have said otherwise."""
    holders, tokens = held.holders, desk.tokens
    at, event = position_of(held, tokens, topic), event_of(holders)
    rules = (desk.book.number, desk.book.rules.sha256)
    granted = {each["grant"]: each for each in holders["holdings"] if each["grant"]}
    is_held = _holds(granted, grant.id)
    outcome = Outcome(make_entry(event, at, "DECIDED" if is_held else "STALE", rules, tokens, desk.now_ms, cause))
    if is_held:
        case = Case(event, at, holders, outcome, {grant.bound.feed: granted[grant.id]}, holders["closed"])
        case.cause, case.grant = cause, grant.id
        withdraw(grant.bound, case, _desk_of(grant, desk))
        kept = [each for each in holders["holdings"] if each["grant"] != grant.id]
        desk.overlay.put_holders(held.lane, holders | {"holdings": [*kept, case.holdings[grant.bound.feed]]})
    outcome.entry["entry_id"] = entry_id(outcome.entry)
    return outcome


def withdraw_granted(grant: GrantBook, case: Case, desk: Desk) -> Record:
    """The WITHDRAW of what is held under the grant, for another reason than its end; gives the holding as it is then."""
    own = replace(case, holdings={grant.bound.feed: case.granted[grant.id]}, scope=ALL_FEEDS, grant=grant.id)
    withdraw(grant.bound, own, _desk_of(grant, desk))
    return own.holdings[grant.bound.feed]


def position_of(held: Held, tokens: Tokens, topic: str) -> Position:
    """Where a ledger entry says that the record stands, of which nothing but its holders is known: `topic` is theirs."""
    return Position(topic, held.lane, _number_of(held.holders["record_id"], tokens))


def event_of(holders: Record) -> Record:
    """As much of an event as a withdrawal needs."""
    force = holders["record_id"].partition(":")[0]
    kind = next(iter(holders["attributes"].get("kind", [])), "")
    names = ("record_id", "event_id", "version")
    return {"envelope": {name: holders[name] for name in names} | {"kind": kind, "force": force}}


def _number_of(record_id: str, tokens: Tokens) -> int:
    """A position for a record that has none any more: the same each time, and nobody else's."""
    return int(tokens.ledger_record(record_id)[:15], 16)
