"""A rule set in force, and what a decision is made with. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.codes import Code
from schemas.errors import Misconfigured
from schemas.records import Record
from stream_processors.bindings import Bound
from stream_processors.decide import Decider, Decision
from stream_processors.feed_writer import FeedWriter
from stream_processors.field_lines import LinesOf
from stream_processors.overlay import Overlay
from stream_processors.releases import Recall, Release
from stream_processors.rule_set import Parts, RuleSet, load_rule_set
from stream_processors.tokens import Tokens
from stream_processors.unreleased import Unreleased

AHEAD_MS = 5 * 60_000
"""How far a grant's start may lie ahead of the hub's clock."""


@dataclass(frozen=True)
class Rulebook:
    """A rule set in force, with everything made ready that depends on it alone, and what is suspended."""

    number: int
    rules: RuleSet
    decider: Decider
    writers: Mapping[str, FeedWriter]
    """By agreement id."""
    suspensions: frozenset[str] = frozenset()
    """Subjects as on control."""
    grants: "tuple[GrantBook, ...]" = ()
    """Emergency grants that these rules allow, the ended ones too."""
    emergency_schema_id: int = 0
    """Registry id of the emergency feeds' schema; 0: the rule set has none."""
    earlier_lines: LinesOf = lambda _agreement, _list: None
    """Field lists of rule sets that were in force before."""

    def running(self, now_ms: int) -> frozenset[str]:
        """Ids of the grants that hold at this time (UTC milliseconds)."""
        return frozenset(grant.id for grant in self.grants if grant.is_running(now_ms))


@dataclass(frozen=True)
class GrantBook:
    """One emergency grant, made ready."""

    id: str
    target: str
    token: str
    bound: Bound
    book: Rulebook
    """Its own small rule set."""
    at_ms: int
    until_ms: int
    """When it is over, UTC milliseconds; 0: it is over, or the rules in force do not allow it."""

    def is_running(self, now_ms: int) -> bool:
        """Whether it holds at this time (UTC milliseconds). The signer's clock may be somewhat ahead of ours."""
        return self.at_ms - AHEAD_MS <= now_ms < self.until_ms


@dataclass
class Outcome:
    """What one event comes to."""

    entry: Record
    releases: list[Release] = field(default_factory=list)
    recalls: list[Recall] = field(default_factory=list)
    decision: Decision | None = None


@dataclass(frozen=True)
class Desk:
    """What a batch is decided with: pinned, so that all of its events meet the same rules at the same time."""

    overlay: Overlay
    book: Rulebook
    tokens: Tokens
    now_ms: int
    unreleased: Unreleased = field(default_factory=Unreleased)
    """What earlier tries may have shown, and nobody was sent."""


def make_rulebook(number: int, parts: Parts, feed_schema_ids: Mapping[str, int]) -> Rulebook:
    """The rule set made ready. Raises Misconfigured where it does not load, or where a feed's schema has no id."""
    rules = load_rule_set(parts)
    try:
        writers = {
            a.id: FeedWriter(a, rules.projections[a.id], rules.schemas[a.id], feed_schema_ids[a.id]) for a in rules.with_feeds
        }
    except KeyError:
        raise Misconfigured(Code.SCHEMA_REFUSED) from None
    return Rulebook(number, rules, Decider(rules), writers, emergency_schema_id=feed_schema_ids.get("emergency", 0))
