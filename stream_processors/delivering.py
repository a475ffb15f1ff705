"""Deliver what was decided: SHARE, UPDATE or nothing to who is permitted, WITHDRAW to exactly those who hold it and no longer
are. Pure, but for the overlay that it is given."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from schemas.codes import Code
from schemas.records import Record
from stream_processors.attributes import Attributes
from stream_processors.bindings import Bound
from stream_processors.control_commands import Cut
from stream_processors.decide import Decision
from stream_processors.group_bits import Members
from stream_processors.lane_tasks import Scope
from stream_processors.ledger_entry import LIVE, Position, disclosure
from stream_processors.releases import Recall, Release
from stream_processors.rulebook import Desk, Outcome, Rulebook
from stream_processors.suspended import is_suspended, split_suspended

ALL_FEEDS = Scope()
"""What a live decision is about."""


@dataclass
class Case:
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
    cuts: tuple[Cut, ...] = ()
    """Numbers whose deliveries were deleted before they were received."""
    attributes: Attributes | None = None
    kept: Mapping[str, list[str]] = field(default_factory=dict)
    """The attributes as holders keep them. After a fault there are neither."""
    granted: dict[str, Record] = field(default_factory=dict)
    """Holdings by emergency grant: each grant has its own, beside what agreements share."""
    grant: str = ""
    """The grant that this case is about; empty: the agreements."""
    says: str = ""
    """What its deliveries say in place of SHARE: TEST. Empty: SHARE."""
    first_generation: int = 0
    """Generation of a first sharing: above all that were used before the record was erased."""


def deliver(decision: Decision, case: Case, desk: Desk) -> Decision:
    """What the decision comes to for every feed in the case's scope; gives the decision without what is suspended."""
    suspensions = desk.book.suspensions
    decision, held_back = split_suspended(decision, case.event, suspensions)
    members = desk.book.decider.members(case.attributes) if case.attributes is not None and decision.shares else {}
    tails, permitted = _Tails(case.event, decision, members, desk), set(held_back)
    for bound in (share for share in decision.shares if case.scope.covers(share.feed)):
        tail = tails.of(bound, case.outcome.entry)
        if tail is not None:
            permitted.add(bound.feed)
            _share(bound, tail, case, desk)
    for bound in _losing(case.holdings, permitted, desk.book):
        if case.scope.covers(bound.feed):
            withdraw(bound, case, desk)
    return decision


def withdraw(bound: Bound, case: Case, desk: Desk) -> None:
    """Tell who holds the record to delete it: by its feed, or by recall where that is suspended."""
    holding = case.holdings[bound.feed]
    case.holdings[bound.feed] = holding | {"state": "WITHDRAWN", "revision": holding["revision"] + 1, "projection": ""}
    if is_suspended(bound, desk.book.suspensions):
        _recall(bound, case, desk)
    else:
        _release("WITHDRAW", bound, desk.book.writers[bound.agreement.id].withdrawal(desk.now_ms), case, desk)


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


def _share(bound: Bound, tail: bytes, case: Case, desk: Desk) -> None:
    """SHARE, UPDATE, or nothing where the agency holds just this and has received it."""
    holding = case.holdings.get(bound.feed)
    fingerprint = desk.tokens.projection(bound.id, tail)
    if holding and holding["state"] == "HELD" and holding["projection"] == fingerprint and not _was_cut(holding, case):
        case.outcome.entry["unchanged"].append(bound.feed)
        return
    case.holdings[bound.feed] = held = _held(bound, holding, fingerprint, case, desk.book)
    _release("UPDATE" if held["revision"] > 1 else case.says or "SHARE", bound, tail, case, desk)


def _was_cut(holding: Record, case: Case) -> bool:
    return any(
        cut.feed == holding["feed"] and cut.lane == case.at.lane and cut.first <= holding["sequence"] <= cut.last
        for cut in case.cuts
    )


def _held(bound: Bound, before: Record | None, fingerprint: str, case: Case, book: Rulebook) -> Record:
    again = before is not None and before["state"] == "WITHDRAWN"
    revision = before["revision"] + 1 if before is not None and not again else 1
    return {
        "feed": bound.feed,
        "agency": bound.agency.id,
        "agreement": bound.agreement.id,
        "grant": case.grant,
        "state": "HELD",
        "generation": (before["generation"] if before else case.first_generation) + (1 if again else 0),
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


def _release(action: str, bound: Bound, tail: bytes, case: Case, desk: Desk) -> None:
    """One delivery and its disclosure in the ledger entry."""
    writer = desk.book.writers[bound.agreement.id]
    sequence = desk.overlay.next_sequence(case.at.lane, bound.feed)
    token, head = _disclose(action, bound, "FEED", sequence, case, desk)
    released = (token, head["delivery_id"], writer.delivery(head, tail), writer.coarse(desk.now_ms))
    case.outcome.releases.append(Release(bound.agency.id, bound.agreement.feed, action, *released))


def _recall(bound: Bound, case: Case, desk: Desk) -> None:
    """A WITHDRAW into a feed that nobody may read would be no withdrawal. The feed's sequence does not move."""
    writer = desk.book.writers[bound.agreement.id]
    token, head = _disclose("WITHDRAW", bound, "RECALL", 0, case, desk)
    at_ms = writer.coarse(desk.now_ms)
    case.outcome.recalls.append(Recall(bound.agency.id, token, head["delivery_id"], writer.deadline(desk.now_ms), at_ms))


def _disclose(action: str, bound: Bound, channel: str, sequence: int, case: Case, desk: Desk) -> tuple[str, Record]:
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
    case.outcome.entry["disclosures"].append(head | said | {"channel": channel, "grant": case.grant})
    return token, head
