"""Deliver what was decided: SHARE, UPDATE or nothing to who is permitted, WITHDRAW to exactly those who hold it and no longer
are. Pure, but for the overlay that it is given."""

from schemas.records import Record
from stream_processors.bindings import Bound
from stream_processors.cases import HELD, WITHDRAWN, Case, last_generation
from stream_processors.decide import Decision
from stream_processors.disclosing import release
from stream_processors.field_lines import gives_fewer
from stream_processors.rulebook import Desk
from stream_processors.suspended import split_suspended
from stream_processors.tails import Tail, Tails
from stream_processors.unreleased import shown_to
from stream_processors.withdrawing import settle_seen, take_back


def deliver(decision: Decision, case: Case, desk: Desk) -> Decision:
    """What the decision comes to for every feed in the case's scope; gives the decision without what is suspended."""
    suspensions = desk.book.suspensions
    decision, held_back = split_suspended(decision, case.event, suspensions)
    members = desk.book.decider.members(case.attributes) if case.attributes is not None and decision.shares else {}
    tails, permitted = Tails(case.event, decision, members, desk), set(held_back)
    for bound in (share for share in decision.shares if case.scope.covers(share.feed)):
        tail = tails.of(bound, case.outcome.entry)
        if tail is not None:
            permitted.add(bound.feed)
            _share(bound, tail, case, desk)
    take_back(permitted, case, desk)
    if case.seen:
        settle_seen(case, held_back, desk)
    return decision


def _share(bound: Bound, tail: Tail, case: Case, desk: Desk) -> None:
    """SHARE, UPDATE, or nothing where the agency holds just this and has received it. An update that may give fewer fields
    has a deadline."""
    before, writer = case.holdings.get(bound.feed), desk.book.writers[bound.agreement.id]
    fingerprint = desk.tokens.projection(bound.id, tail.content)
    is_held, was_shown = before is not None and before["state"] == HELD, _was_shown(bound, case)
    if before is not None and is_held and before["projection"] == fingerprint:
        if not was_shown and not _was_cut(before, case):
            case.unchanged(bound, tail.content, case, desk)
            return
        is_narrower = was_shown  # another update of it may have been read
    else:
        is_narrower = before is not None and is_held and _is_narrower(before, bound, tail, desk)
    case.holdings[bound.feed] = held = _held(bound, before, fingerprint, tail, case, desk)
    action, content, deadline = "UPDATE" if held["revision"] > 1 else case.says or "SHARE", tail.content, None
    if is_narrower:
        content, deadline = writer.with_deadline(content, desk.now_ms), writer.deadline(desk.now_ms)
    release(action, bound, content, case, desk, deadline)


def _was_shown(bound: Bound, case: Case) -> bool:
    return any(shown_to(case.seen, bound.feed, bound.agreement.id, case.grant))


def _is_narrower(before: Record, bound: Bound, tail: Tail, desk: Desk) -> bool:
    list_id, was = desk.book.rules.field_lists[bound.agreement.id], (before["field_list_id"], before["lost"])
    return gives_fewer(was, tail.lost, bound.agreement, list_id, desk.book.earlier_lines)


def _was_cut(holding: Record, case: Case) -> bool:
    return any(
        cut.feed == holding["feed"] and cut.lane == case.at.lane and cut.first <= holding["sequence"] <= cut.last
        for cut in case.cuts
    )


def _held(bound: Bound, before: Record | None, fingerprint: str, tail: Tail, case: Case, desk: Desk) -> Record:
    return {
        "feed": bound.feed,
        "agency": bound.agency.id,
        "agreement": bound.agreement.id,
        "grant": case.grant,
        "state": HELD,
        "generation": _generation(bound, before, case),
        "revision": before["revision"] + 1 if before is not None and before["state"] == HELD else 1,
        "projection": fingerprint,
        "field_list_id": desk.book.rules.field_lists[bound.agreement.id],
        "sequence": 0,
        "lost": tail.lost,
        "withdraw_hours": bound.agreement.withdraw_within_hours,
        "grain_seconds": desk.book.writers[bound.agreement.id].grain_seconds,
    }


def _generation(bound: Bound, before: Record | None, case: Case) -> int:
    """A record that was withdrawn comes back under a new token, whichever feed the agreement had then."""
    if before is not None and before["state"] != WITHDRAWN:
        return int(before["generation"])
    return last_generation(case, bound.agreement.id, bound.agency.id) + 1
