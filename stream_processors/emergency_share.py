"""Share under emergency grants, and take back what was shared under those that are over. Pure, but for the overlay.

Every grant decides by the same engine as the agreements, holds for itself, and has tokens of its own, so that its end withdraws
just what was shared under it. What it shares is beside what agreements share; both stand in one ledger entry.
"""

from dataclasses import replace

from schemas.codes import Code
from stream_processors.cases import ALL_FEEDS, Case, is_out
from stream_processors.decide import Decision, withhold_all
from stream_processors.delivering import deliver
from stream_processors.disclosing import recall
from stream_processors.emergency_rules import barred_for_ever
from stream_processors.emergency_targets import tokens_of
from stream_processors.held_records import Held, event_of, place_of
from stream_processors.ledger_entry import entry_id, make_entry
from stream_processors.review_date import PAST_REVIEW, is_event_past_review
from stream_processors.rulebook import Desk, GrantBook, Outcome
from stream_processors.withdrawing import settle_seen, withdraw


def share_by_grants(case: Case, desk: Desk) -> None:
    """What each grant makes of the case; its holdings change in `case.granted`."""
    grants = [grant for grant in desk.book.grants if case.scope.covers_grant(grant.id, grant.bound.feed)]
    found = frozenset(tokens_of(case.event, desk.tokens)) if any(grant.is_running(desk.now_ms) for grant in grants) else ()
    for grant in grants:
        is_meant = grant.is_running(desk.now_ms) and (grant.target, grant.token) in found
        if is_meant or is_out(case.granted.get(grant.id)) or _was_shown(case, grant):
            _share(grant, case, desk, is_meant=is_meant)
    known = {grant.id for grant in desk.book.grants}
    for name, holding in case.granted.items():  # of a grant whose agency may not have any by the rules in force
        if name not in known and is_out(holding) and case.scope.covers_grant(name, holding["feed"]):
            case.granted[name] = recall(holding, None, case, desk)


def settle_seen_by_grants(case: Case, desk: Desk) -> None:
    """What earlier tries may have shown under grants, where nothing is decided now."""
    for grant in desk.book.grants:
        if _was_shown(case, grant):
            own = _own(grant, case)
            settle_seen(own, (), desk_of(grant, desk))
            _take_back(grant, own, case)


def _was_shown(case: Case, grant: GrantBook) -> bool:
    return any(said["grant"] == grant.id for said in case.seen.values())


def _own(grant: GrantBook, case: Case) -> Case:
    """The case as this grant sees it."""
    before = case.granted.get(grant.id)
    holdings = {grant.bound.feed: before} if before else {}
    return replace(case, holdings=holdings, past=[], scope=ALL_FEEDS, grant=grant.id)


def _take_back(grant: GrantBook, own: Case, case: Case) -> None:
    if own.holdings:
        case.granted[grant.id] = own.holdings[grant.bound.feed]


def _share(grant: GrantBook, case: Case, desk: Desk, *, is_meant: bool) -> None:
    own = _own(grant, case)
    deliver(_decision(grant, case, desk, is_meant), own, desk_of(grant, desk))
    _take_back(grant, own, case)


def desk_of(grant: GrantBook, desk: Desk) -> Desk:
    """The desk on which the grant's own rules lie."""
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


def withdraw_by_end(held: Held, grant: GrantBook, cause: str, desk: Desk, topic: str) -> Outcome:
    """The WITHDRAW to who holds the record under a grant that is over, from what holders know alone: the standard event may be
    past its retention. Where it was withdrawn meanwhile the entry says so: an earlier try may have said otherwise."""
    holders, tokens = held.holders, desk.tokens
    at, event = place_of(held, topic, tokens), event_of(holders)
    rules = (desk.book.number, desk.book.rules.sha256)
    granted = {each["grant"]: each for each in holders["holdings"] if each["grant"]}
    is_held = is_out(granted.get(grant.id))
    outcome = Outcome(make_entry(event, at, "DECIDED" if is_held else "STALE", rules, tokens, desk.now_ms, cause))
    if is_held:
        case = Case(event, at, holders, outcome, {grant.bound.feed: granted[grant.id]}, holders["closed"])
        case.cause, case.grant = cause, grant.id
        withdraw(grant.bound, case, desk_of(grant, desk))
        kept = [each for each in holders["holdings"] if each["grant"] != grant.id]
        desk.overlay.put_holders(held.lane, holders | {"holdings": [*kept, case.holdings[grant.bound.feed]]})
    outcome.entry["entry_id"] = entry_id(outcome.entry)
    return outcome


def withdraw_granted(case: Case, desk: Desk) -> None:
    """The WITHDRAW of all that is held under grants, for another reason than their ends."""
    books = {grant.id: grant for grant in desk.book.grants}
    for name, holding in case.granted.items():
        grant = books.get(name)
        if not is_out(holding):
            continue
        if grant is None:  # its agency may not have any by the rules in force
            case.granted[name] = recall(holding, None, case, desk)
            continue
        own = _own(grant, case)
        withdraw(grant.bound, own, desk_of(grant, desk))
        _take_back(grant, own, case)
