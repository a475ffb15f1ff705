"""Disseminate one standard event: its ledger entry and its deliveries. Pure, but for the overlay that it is given.

For each new version: still permitted is UPDATE (nothing where the projection is unchanged), no longer is WITHDRAW to exactly
those who hold it, newly is SHARE. Resends, conflicts and stale versions are recognised here, because holders has the last
version and event id of every record. A suspended feed is sent nothing: its withdrawals go by recall.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from schemas.codes import Code
from schemas.records import Record
from stream_processors.attribute_maps import to_map
from stream_processors.attributes import Attributes
from stream_processors.bindings import Bound
from stream_processors.decide import Decision
from stream_processors.deciding import decide_event, is_closed
from stream_processors.group_bits import Members
from stream_processors.lane_tasks import Scope, Task
from stream_processors.ledger_entry import LIVE, Position, disclosure, entry_id, make_entry, vector_hash
from stream_processors.releases import Recall, Release
from stream_processors.rulebook import Desk, Outcome, Rulebook
from stream_processors.suspended import is_suspended, split_suspended

ALL_FEEDS = Scope()
"""What a live decision is about."""


@dataclass
class _Case:
    """One new version on the desk."""

    event: Record
    at: Position
    before: Record
    outcome: Outcome
    holdings: dict[str, Record]
    closed: bool
    latched: frozenset[str] = frozenset()
    """Prohibitions that held for the record before this decision."""
    cause: str = LIVE
    scope: Scope = ALL_FEEDS
    attributes: Attributes | None = None


def disseminate(event: Record, at: Position, desk: Desk) -> Outcome:
    """The ledger entry and the deliveries of one event; changes go to the desk's overlay."""
    envelope = event["envelope"]
    holders = desk.overlay.holders(at.lane, envelope["record_id"])
    seen = _seen(envelope, holders)
    outcome = Outcome(make_entry(event, at, seen, (desk.book.number, desk.book.rules.sha256), desk.tokens, desk.now_ms))
    if seen == "DECIDED":
        before = holders or _NOTHING
        _decide(_case(event, at, before, outcome, frozenset(before["latches"])), desk)
    outcome.entry["entry_id"] = entry_id(outcome.entry)
    return outcome


def disseminate_again(event: Record, at: Position, desk: Desk, task: Task) -> Outcome | None:
    """As `disseminate`, for an event that was decided before and is decided again because of a task.

    None where the task does not want it: above all where it is not the last version that holders know of its record.
    """
    holders = desk.overlay.holders(at.lane, event["envelope"]["record_id"])
    if holders is None or not task.wants(event, holders):
        return None
    rules = (desk.book.number, desk.book.rules.sha256)
    outcome = Outcome(make_entry(event, at, "DECIDED", rules, desk.tokens, desk.now_ms, task.id))
    # What nothing but a fault of this very version has latched is not held against it once the fault is cured.
    latched = frozenset(holders["latches"]) - frozenset(holders["fault_latches"])
    case = _case(event, at, holders, outcome, latched)
    case.cause, case.scope = task.id, task.scope
    _decide(case, desk)
    outcome.entry["entry_id"] = entry_id(outcome.entry)
    return outcome


_NOTHING: Record = {"latches": [], "closed": False, "holdings": [], "faulted": False}
"""Holders of a record that was never seen."""


def _case(event: Record, at: Position, before: Record, outcome: Outcome, latched: frozenset[str]) -> _Case:
    action = event["envelope"]["action"]
    holdings = {holding["feed"]: holding for holding in before["holdings"]}
    closed = is_closed(action, before["closed"])
    return _Case(event, at, before, outcome, holdings, closed, latched)


def _seen(envelope: Record, holders: Record | None) -> str:
    if holders is None or envelope["version"] > holders["version"]:
        return "DECIDED"
    if envelope["version"] < holders["version"]:
        return "STALE"
    return "RESEND" if envelope["event_id"] == holders["event_id"] else "CONFLICT"


def _decide(case: _Case, desk: Desk) -> None:
    entry = case.outcome.entry
    suspensions = desk.book.suspensions
    decision, held_back = split_suspended(_decision(case, desk), case.event, suspensions)
    case.outcome.decision = decision
    members = desk.book.decider.members(case.attributes) if case.attributes is not None and decision.shares else {}
    tails, permitted = _Tails(case.event, decision, members, desk), set(held_back)
    for bound in (share for share in decision.shares if case.scope.covers(share.feed)):
        tail = tails.of(bound, entry)
        if tail is not None:
            permitted.add(bound.feed)
            _share(bound, tail, case, desk)
    for bound in _losing(case.holdings, permitted, desk.book):
        if not case.scope.covers(bound.feed):
            continue
        holding = case.holdings[bound.feed]
        case.holdings[bound.feed] = holding | {"state": "WITHDRAWN", "revision": holding["revision"] + 1, "projection": ""}
        if is_suspended(bound, suspensions):
            _recall(bound, case, desk)
        else:
            _release("WITHDRAW", bound, desk.book.writers[bound.agreement.id].withdrawal(desk.now_ms), case, desk)
    entry["withheld"] = [{"reason": reason, "count": count} for reason, count in sorted(decision.withheld.items())]
    entry["vector"] = vector_hash(decision, desk.book.rules.sha256)
    desk.overlay.put_holders(case.at.lane, _holders(case, decision))


def _decision(case: _Case, desk: Desk) -> Decision:
    found = decide_event(desk.book.rules, desk.book.decider, case.event, case.latched, case.closed, desk.now_ms)
    case.attributes = found.attributes
    if found.is_fault:
        case.outcome.entry["faults"].append(str(Code.DECISION_FAULT))
    return found.decision


@dataclass
class _Tails:
    """Encodes what leaves, once for all instances of an agreement where nothing in it is pseudonymised."""

    event: Record
    decision: Decision
    members: Members
    desk: Desk
    made: dict[str, bytes] = field(default_factory=dict)

    def of(self, bound: Bound, entry: Record) -> bytes | None:
        """The tail, or None after a fault: that agency gets nothing."""
        name, book = bound.agreement.id, self.desk.book
        if name in self.made:
            return self.made[name]
        sanitising = self.decision.sanitising[name]
        dropped = [path for p in sorted(sanitising.drops) for path in book.rules.drops[p]]
        pseudonym = partial(self.desk.tokens.pseudonym, bound.id)
        try:
            tail = book.writers[name].tail(self.event, dropped, sanitising.held, self.members, pseudonym)
        except Exception:  # whatever it is: this agency gets nothing, and a person is told
            entry["faults"].append(str(Code.PROJECTION_FAILED))
            return None
        if not book.writers[name].has_pseudonyms:
            self.made[name] = tail
        return tail


def _share(bound: Bound, tail: bytes, case: _Case, desk: Desk) -> None:
    """SHARE, UPDATE, or nothing where the agency holds just this."""
    holding = case.holdings.get(bound.feed)
    fingerprint = desk.tokens.projection(bound.id, tail)
    if holding and holding["state"] == "HELD" and holding["projection"] == fingerprint:
        case.outcome.entry["unchanged"].append(bound.feed)
        return
    case.holdings[bound.feed] = held = _held(bound, holding, fingerprint, desk.book)
    _release("UPDATE" if held["revision"] > 1 else "SHARE", bound, tail, case, desk)


def _held(bound: Bound, before: Record | None, fingerprint: str, book: Rulebook) -> Record:
    again = before is not None and before["state"] == "WITHDRAWN"
    revision = before["revision"] + 1 if before is not None and not again else 1
    return {
        "feed": bound.feed,
        "agency": bound.agency.id,
        "agreement": bound.agreement.id,
        "state": "HELD",
        "generation": (before["generation"] if before else 0) + (1 if again else 0),
        "revision": revision,
        "projection": fingerprint,
        "field_list_id": book.rules.field_lists[bound.agreement.id],
        "sequence": 0,
    }


def _losing(holdings: Mapping[str, Record], permitted: Iterable[str], book: Rulebook) -> list[Bound]:
    """Those who hold the record and may no longer."""
    keep = set(permitted)
    losing = [feed for feed, holding in holdings.items() if holding["state"] == "HELD" and feed not in keep]
    return [book.rules.by_feed[feed] for feed in sorted(losing) if feed in book.rules.by_feed]


def _release(action: str, bound: Bound, tail: bytes, case: _Case, desk: Desk) -> None:
    """One delivery and its disclosure in the ledger entry."""
    writer = desk.book.writers[bound.agreement.id]
    sequence = desk.overlay.next_sequence(case.at.lane, bound.feed)
    token, head = _disclose(action, bound, "FEED", sequence, case, desk)
    released = (token, head["delivery_id"], writer.delivery(head, tail), writer.coarse(desk.now_ms))
    case.outcome.releases.append(Release(bound.agency.id, bound.agreement.feed, action, *released))


def _recall(bound: Bound, case: _Case, desk: Desk) -> None:
    """A WITHDRAW into a feed that nobody may read would be no withdrawal. The feed's sequence does not move."""
    writer = desk.book.writers[bound.agreement.id]
    token, head = _disclose("WITHDRAW", bound, "RECALL", 0, case, desk)
    at_ms = writer.coarse(desk.now_ms)
    case.outcome.recalls.append(Recall(bound.agency.id, token, head["delivery_id"], writer.deadline(desk.now_ms), at_ms))


def _disclose(action: str, bound: Bound, channel: str, sequence: int, case: _Case, desk: Desk) -> tuple[str, Record]:
    """The disclosure in the ledger entry; gives the token and the delivery's head."""
    envelope, holding = case.event["envelope"], case.holdings[bound.feed]
    case.holdings[bound.feed] = holding | {"sequence": sequence}
    token = desk.tokens.record_at(bound.id, envelope["record_id"], holding["generation"])
    head = {
        "delivery_id": desk.tokens.delivery(bound.id, envelope["event_id"], case.cause),
        "lane": case.at.lane,
        "sequence": sequence,
        "revision": holding["revision"],
        "action": action,
    }
    said = disclosure(bound, action, holding["field_list_id"], token)
    case.outcome.entry["disclosures"].append(head | said | {"channel": channel})
    return token, head


def _holders(case: _Case, decision: Decision) -> Record:
    envelope, retention = case.event["envelope"], case.event["retention"]
    faults = case.outcome.entry["faults"]
    by_fault = decision.latches - case.latched if str(Code.DECISION_FAULT) in faults else frozenset()
    return {
        "record_id": envelope["record_id"],
        "version": envelope["version"],
        "event_id": envelope["event_id"],
        "latches": sorted(decision.latches),
        "closed": case.closed,
        "faulted": bool(faults) or (bool(case.before["faulted"]) and not case.scope.is_whole),
        "fault_latches": sorted(by_fault),
        "review_date": retention["review_date"] if retention else None,
        "attributes": to_map(case.attributes) if case.attributes is not None else {},
        "holdings": [case.holdings[feed] for feed in sorted(case.holdings)],
    }
