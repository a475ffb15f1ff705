"""Disseminate one standard event: its ledger entry and its deliveries. Pure, but for the overlay that it is given.

For each new version: still permitted is UPDATE (nothing where the projection is unchanged), no longer is WITHDRAW to exactly
those who hold it, newly is SHARE. Resends, conflicts and stale versions are recognised here, because holders has the last
version and event id of every record. A suspended feed is sent nothing: its withdrawals go by recall.

Of an erased record nothing stays with the holders but a marker, which keeps it closed until it is reinstated.
"""

from schemas.actions import CLOSING, Action
from schemas.codes import Code
from schemas.records import Record
from stream_processors.attribute_maps import to_map
from stream_processors.cases import NEVER_SEEN, Case, held_by, split_holdings
from stream_processors.decide import Decision
from stream_processors.deciding import decide_event, fault_of, is_closed
from stream_processors.delivering import deliver
from stream_processors.emergency_share import settle_seen_by_grants, share_by_grants
from stream_processors.erasure import erase, holders_after_erasure
from stream_processors.lane_tasks import Task, is_last_version
from stream_processors.ledger_entry import LIVE, Position, entry_id, make_entry, say_decision
from stream_processors.past_withdrawals import held_now
from stream_processors.rulebook import Desk, Outcome
from stream_processors.saying_again import when_unchanged
from stream_processors.trial import disseminate_test
from stream_processors.withdrawing import settle_seen


def disseminate(event: Record, at: Position, desk: Desk) -> Outcome:
    """The ledger entry and the deliveries of one event; changes go to the desk's overlay."""
    envelope = event["envelope"]
    if envelope["action"] == Action.TEST:
        return disseminate_test(event, at, desk)
    holders = _known(envelope, at, desk)
    seen = _seen(envelope, holders)
    outcome = Outcome(make_entry(event, at, seen, (desk.book.number, desk.book.rules.sha256), desk.tokens, desk.now_ms))
    if seen == "DECIDED":
        before = holders or NEVER_SEEN
        _decide(_case(event, at, before, outcome, desk), desk)
    outcome.entry["entry_id"] = entry_id(outcome.entry)
    return outcome


def disseminate_again(event: Record, at: Position, desk: Desk, task: Task, until: int) -> Outcome | None:
    """As `disseminate`, for an event that was decided before and is decided again because of a task.

    None where the task does not want it: above all where it is not the last version that holders know of its record. Where a
    newer one has come at or behind `until`, since the task began, an entry says STALE: an earlier try may have written one
    that says otherwise, and this one supersedes it.
    """
    holders = _known(event["envelope"], at, desk)
    was_tried = desk.unreleased.is_tried((at.topic, at.lane, at.offset, task.id))
    is_erased = holders is not None and holders.get("erased", False)
    if holders is None or (is_erased and not was_tried):
        return None
    is_last, is_wanted = not is_erased and is_last_version(event, holders), task.is_about(event, holders, desk.tokens)
    if not was_tried and (not is_wanted or (not is_last and holders["offset"] < until)):
        return None
    rules, seen = (desk.book.number, desk.book.rules.sha256), "DECIDED" if is_last and is_wanted else "STALE"
    outcome = Outcome(make_entry(event, at, seen, rules, desk.tokens, desk.now_ms, task.id))
    case = _case(event, at, holders, outcome, desk, task.id)
    if seen == "STALE":
        _settle(case, desk)
        outcome.entry["entry_id"] = entry_id(outcome.entry)
        return outcome
    # What nothing but a fault of this very version has latched is not held against it once the fault is cured.
    latched = frozenset(holders["latches"]) - frozenset(holders["fault_latches"])
    case.latched, case.scope, case.cuts = latched, task.scope_of(held_by(case)), task.deleted
    case.unchanged = when_unchanged(task)
    _decide(case, desk)
    outcome.entry["entry_id"] = entry_id(outcome.entry)
    return outcome


def _settle(case: Case, desk: Desk) -> None:
    """Nothing is decided; what an earlier try may have shown is withdrawn where its agency does not have it by now."""
    if case.seen:
        settle_seen(case, (), desk)
        settle_seen_by_grants(case, desk)
        after = case.before | held_now(case, desk.tokens)
        if not case.before.get("erased", False):
            desk.overlay.put_holders(case.at.lane, after)
            return
        last = case.event | {"envelope": case.event["envelope"] | {"version": case.before["version"]}}
        erase(case.at.lane, case.outcome.entry["record_token"], last, after, desk)


def _known(envelope: Record, at: Position, desk: Desk) -> Record | None:
    """What is known of the event's record: its holders, or that it was erased, or nothing."""
    holders = desk.overlay.holders(at.lane, envelope["record_id"])
    if holders is not None:
        return holders
    token = desk.tokens.ledger_record(envelope["record_id"])
    erased = desk.overlay.erased(at.lane, envelope["record_id"], token)
    return None if erased is None else holders_after_erasure(erased, envelope, desk.book.rules)


def _case(event: Record, at: Position, before: Record, outcome: Outcome, desk: Desk, cause: str = LIVE) -> Case:
    holdings, past, granted = split_holdings(before, desk.book.rules)
    case = Case(event, at, before, outcome, holdings, is_closed(event["envelope"]["action"], before["closed"]))
    case.latched, case.cause, case.past, case.granted = frozenset(before["latches"]), cause, past, granted
    case.first_generation = before["generation"]
    case.seen = desk.unreleased.seen((at.topic, at.lane, at.offset, cause))
    return case


def _seen(envelope: Record, holders: Record | None) -> str:
    if holders is None or envelope["version"] > holders["version"]:
        return "DECIDED"
    if envelope["version"] < holders["version"]:
        return "STALE"
    return "RESEND" if envelope["event_id"] == holders["event_id"] else "CONFLICT"


def _decide(case: Case, desk: Desk) -> None:
    decision = case.outcome.decision = deliver(_decision(case, desk), case, desk)
    share_by_grants(case, desk)
    say_decision(case.outcome.entry, decision, desk.book.rules.sha256)
    _remember(case, decision, desk)


def _remember(case: Case, decision: Decision, desk: Desk) -> None:
    """The record's holders as they are now. Of one that is erased, by this version or an earlier one, only the marker."""
    stays_erased = case.closed and case.before.get("erased", False)
    if case.event["envelope"]["action"] == Action.ERASURE or stays_erased:
        used = case.before | held_now(case, desk.tokens)
        erase(case.at.lane, case.outcome.entry["record_token"], case.event, used, desk)
    else:
        desk.overlay.put_holders(case.at.lane, _holders(case, decision) | held_now(case, desk.tokens))


def _decision(case: Case, desk: Desk) -> Decision:
    found = decide_event(desk.book.rules, desk.book.decider, case.event, case.latched, case.closed, desk.now_ms)
    if found.attributes is not None:
        try:
            case.kept = to_map(found.attributes)
        except Exception:  # what can't be kept can't be decided again: a fault as well
            found = fault_of(desk.book.rules, case.latched)
    if found.is_fault:
        case.outcome.entry["faults"].append(str(Code.DECISION_FAULT))
    case.attributes = found.attributes
    return found.decision


def _holders(case: Case, decision: Decision) -> Record:
    envelope, retention = case.event["envelope"], case.event["retention"]
    faults = case.outcome.entry["faults"]
    by_fault = decision.latches - case.latched if str(Code.DECISION_FAULT) in faults else frozenset()
    return {
        "record_id": envelope["record_id"],
        "version": envelope["version"],
        "event_id": envelope["event_id"],
        "offset": case.at.offset if case.cause == LIVE else case.before["offset"],
        "generation": case.first_generation,
        "latches": sorted(case.latched if _is_bare(case) else decision.latches),
        "closed": case.closed,
        "faulted": bool(faults) or (bool(case.before["faulted"]) and not case.scope.is_whole),
        "fault_latches": sorted(by_fault),
        "review_date": retention["review_date"] if retention else None,
        "attributes": dict(case.kept),
    }


def _is_bare(case: Case) -> bool:
    """Whether the version takes the record back without saying what it is. It may not latch what nobody knows of it: it shares
    nothing, and the version that re-opens the record is judged by itself."""
    return bool(case.event["envelope"]["partial"]) and case.event["envelope"]["action"] in CLOSING
