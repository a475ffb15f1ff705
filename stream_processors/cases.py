"""One record on the desk: who holds it under the rules in force, under agreements that are past, and under grants. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from schemas.records import Record
from stream_processors.attributes import Attributes
from stream_processors.bindings import Bound
from stream_processors.control_commands import Cut
from stream_processors.lane_tasks import Scope
from stream_processors.ledger_entry import LIVE, Position
from stream_processors.rule_set import RuleSet
from stream_processors.rulebook import Desk, Outcome
from stream_processors.tokens import Tokens
from stream_processors.unreleased import Seen

ALL_FEEDS = Scope()
"""What a live decision is about."""

HELD, WITHDRAWN, POSSIBLE = "HELD", "WITHDRAWN", "POSSIBLE"
"""States of a holding. POSSIBLE: nothing was delivered, but an aborted copy of it may have been read."""

NEVER_SEEN: Record = {"latches": [], "closed": False, "holdings": [], "withdrawals": [], "faulted": False, "generation": 0}
"""Holders of a record that was never seen."""

Unchanged = Callable[[Bound, bytes, "Case", Desk], None]
"""What is done where an agency holds just what it may have; the bytes are what would be delivered."""


def note_unchanged(bound: Bound, tail: bytes, case: "Case", desk: Desk) -> None:  # noqa: ARG001  # as whoever says it again
    """What an agency holds is not sent again; the entry says so."""
    case.outcome.entry["unchanged"].append(bound.feed)


@dataclass
class Case:
    """One new version on the desk."""

    event: Record
    at: Position
    before: Record
    outcome: Outcome
    holdings: dict[str, Record]
    """By feed, under the agreements in force."""
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
    past: list[Record] = field(default_factory=list)
    """Holdings under agreements that are no longer in force for their feeds."""
    seen: Seen = field(default_factory=dict)
    """What earlier tries of this very decision may have shown to somebody, though it was never released."""
    told: list[Record] = field(default_factory=list)
    """Holdings that were withdrawn and take no place among the others."""
    unchanged: Unchanged = note_unchanged
    says: str = ""
    """What its deliveries say in place of SHARE: TEST. Empty: SHARE."""
    first_generation: int = 0
    """Generation of a first sharing: above all that were used before the record was erased."""


def bound_name(said: Record) -> str:
    """Under which name tokens are made of a holding, or of whatever else says agreement and agency: a bound agreement's id."""
    return f"{said['agreement']}@{said['agency']}"


def token_of(holding: Record, record_id: str, tokens: Tokens) -> str:
    """The token by which its agency knows the record."""
    return tokens.record_at(bound_name(holding), record_id, holding["generation"])


def is_past(holding: Record, rules: RuleSet) -> bool:
    """Whether the rules in force have no such agreement for this feed any more."""
    bound = rules.by_feed.get(holding["feed"])
    return bound is None or bound.agreement.id != holding["agreement"]


def is_out(holding: Record | None) -> bool:
    """Whether the agency has the record, or may have it."""
    return holding is not None and holding["state"] in (HELD, POSSIBLE)


def split_holdings(before: Record, rules: RuleSet) -> tuple[dict[str, Record], list[Record], dict[str, Record]]:
    """Holdings by feed, the past ones, and those by grant."""
    own = [each for each in before["holdings"] if not each["grant"]]
    past = [each for each in own if is_past(each, rules)]
    granted = {each["grant"]: each for each in before["holdings"] if each["grant"]}
    return {each["feed"]: each for each in own if not is_past(each, rules)}, past, granted


def joined_holdings(case: Case) -> list[Record]:
    """All of them again, always in the same order."""
    past = sorted(case.past, key=lambda each: (each["feed"], each["agreement"]))
    return [
        *(case.holdings[feed] for feed in sorted(case.holdings)),
        *past,
        *(case.granted[grant] for grant in sorted(case.granted)),
    ]


def held_by(case: Case) -> frozenset[str]:
    """Feeds and grants by which the record is held now. A past holding is in none: its feed may be another agreement's, that
    shares nothing of it."""
    feeds = (feed for feed, holding in case.holdings.items() if holding["state"] == HELD)
    grants = (grant for grant, holding in case.granted.items() if holding["state"] == HELD)
    return frozenset((*feeds, *grants))


def last_generation(case: Case, agreement: str, agency: str) -> int:
    """The highest generation of tokens that was used for this record, agreement and agency, in any feed, or that may have been
    before the record was erased; -1: none."""
    known = (*case.holdings.values(), *case.past, *case.told, *case.before["withdrawals"])
    used = (int(each["generation"]) for each in known if (each["agreement"], each["agency"]) == (agreement, agency))
    return max(case.first_generation - 1, *used, -1)
