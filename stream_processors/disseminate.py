"""Disseminate one standard event: its ledger entry and its deliveries. Pure, but for the overlay that it is given.

For each new version: still permitted is UPDATE (nothing where the projection is unchanged), no longer is WITHDRAW to exactly
those who hold it, newly is SHARE. Resends, conflicts and stale versions are recognised here, because holders has the last
version and event id of every record.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from schemas.codes import Code
from schemas.records import Record
from stream_processors.attribute_maps import to_map
from stream_processors.attributes import Attributes, derive_attributes
from stream_processors.bindings import Bound
from stream_processors.decide import Decider, Decision, withhold_all
from stream_processors.feed_writer import FeedWriter
from stream_processors.group_bits import Members
from stream_processors.ledger_entry import Position, disclosure, entry_id, make_entry, vector_hash
from stream_processors.overlay import Overlay
from stream_processors.rule_set import RuleSet
from stream_processors.tokens import Tokens

_OPEN = frozenset(("VERSION", "CORRECTION", "REINSTATEMENT"))


class Release(NamedTuple):
    """One delivery, ready to produce."""

    agency: str
    feed: str
    action: str
    token: str
    delivery_id: str
    value: bytes
    timestamp_ms: int


@dataclass(frozen=True)
class Rulebook:
    """A rule set in force, with everything made ready that depends on it alone."""

    number: int
    rules: RuleSet
    decider: Decider
    writers: Mapping[str, FeedWriter]
    """By agreement id."""


@dataclass
class Outcome:
    """What one event comes to."""

    entry: Record
    releases: list[Release] = field(default_factory=list)
    decision: Decision | None = None


@dataclass(frozen=True)
class Desk:
    """What a batch is decided with: pinned, so that all of its events meet the same rules at the same time."""

    overlay: Overlay
    book: Rulebook
    tokens: Tokens
    now_ms: int


@dataclass
class _Case:
    """One new version on the desk."""

    event: Record
    at: Position
    before: Record
    outcome: Outcome
    holdings: dict[str, Record]
    closed: bool
    attributes: Attributes | None = None


def disseminate(event: Record, at: Position, desk: Desk) -> Outcome:
    """The ledger entry and the deliveries of one event; changes go to the desk's overlay."""
    envelope = event["envelope"]
    holders = desk.overlay.holders(at.lane, envelope["record_id"])
    seen = _seen(envelope, holders)
    outcome = Outcome(make_entry(event, at, seen, (desk.book.number, desk.book.rules.sha256), desk.tokens, desk.now_ms))
    if seen == "DECIDED":
        before = holders or {"latches": [], "closed": False, "holdings": []}
        holdings = {holding["feed"]: holding for holding in before["holdings"]}
        closed = envelope["action"] not in _OPEN or (before["closed"] and envelope["action"] != "REINSTATEMENT")
        _decide(_Case(event, at, before, outcome, holdings, closed), desk)
    outcome.entry["entry_id"] = entry_id(outcome.entry)
    return outcome


def _seen(envelope: Record, holders: Record | None) -> str:
    if holders is None or envelope["version"] > holders["version"]:
        return "DECIDED"
    if envelope["version"] < holders["version"]:
        return "STALE"
    return "RESEND" if envelope["event_id"] == holders["event_id"] else "CONFLICT"


def _decide(case: _Case, desk: Desk) -> None:
    entry = case.outcome.entry
    decision = case.outcome.decision = _decision(case, desk)
    members = desk.book.decider.members(case.attributes) if case.attributes is not None and decision.shares else {}
    tails, permitted = _Tails(case.event, decision, members, desk), set()
    for bound in decision.shares:
        tail = tails.of(bound, entry)
        if tail is not None:
            permitted.add(bound.feed)
            _share(bound, tail, case, desk)
    for bound in _losing(case.holdings, permitted, desk.book):
        holding = case.holdings[bound.feed]
        case.holdings[bound.feed] = holding | {"state": "WITHDRAWN", "revision": holding["revision"] + 1, "projection": ""}
        _release("WITHDRAW", bound, desk.book.writers[bound.agreement.id].withdrawal(desk.now_ms), case, desk)
    entry["withheld"] = [{"reason": reason, "count": count} for reason, count in sorted(decision.withheld.items())]
    entry["vector"] = vector_hash(decision, desk.book.rules.sha256)
    desk.overlay.put_holders(case.at.lane, _holders(case, decision))


def _decision(case: _Case, desk: Desk) -> Decision:
    latched = frozenset(case.before["latches"])
    try:
        case.attributes = derive_attributes(case.event)
        return desk.book.decider.decide(case.attributes, latched, case.closed, desk.now_ms)
    except Exception:  # a rule that fails withholds from everybody, and holders are told to withdraw
        case.outcome.entry["faults"].append(str(Code.DECISION_FAULT))
        # What can't be told holds, and for life: the next version must not re-open what this one would have closed.
        latches = latched | {prohibition.id for prohibition in desk.book.rules.prohibitions if prohibition.latch}
        return withhold_all(desk.book.rules, latches, "FAULT")


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
    }


def _losing(holdings: Mapping[str, Record], permitted: Iterable[str], book: Rulebook) -> list[Bound]:
    """Those who hold the record and may no longer."""
    keep = set(permitted)
    losing = [feed for feed, holding in holdings.items() if holding["state"] == "HELD" and feed not in keep]
    return [book.rules.by_feed[feed] for feed in sorted(losing) if feed in book.rules.by_feed]


def _release(action: str, bound: Bound, tail: bytes, case: _Case, desk: Desk) -> None:
    """One delivery and its disclosure in the ledger entry."""
    envelope, agreement, holding = case.event["envelope"], bound.agreement, case.holdings[bound.feed]
    writer = desk.book.writers[agreement.id]
    token = desk.tokens.record_at(bound.id, envelope["record_id"], holding["generation"])
    head = {
        "delivery_id": desk.tokens.delivery(bound.id, envelope["event_id"], "live"),
        "lane": case.at.lane,
        "sequence": desk.overlay.next_sequence(case.at.lane, bound.feed),
        "revision": holding["revision"],
        "action": action,
    }
    released = (token, head["delivery_id"], writer.delivery(head, tail), writer.coarse(desk.now_ms))
    case.outcome.releases.append(Release(bound.agency.id, agreement.feed, action, *released))
    said = disclosure(bound, action, holding["field_list_id"], token)
    case.outcome.entry["disclosures"].append(head | said)


def _holders(case: _Case, decision: Decision) -> Record:
    envelope, retention = case.event["envelope"], case.event["retention"]
    return {
        "record_id": envelope["record_id"],
        "version": envelope["version"],
        "event_id": envelope["event_id"],
        "latches": sorted(decision.latches),
        "closed": case.closed,
        "review_date": retention["review_date"] if retention else None,
        "attributes": to_map(case.attributes) if case.attributes is not None else {},
        "holdings": [case.holdings[feed] for feed in sorted(case.holdings)],
    }
