"""A rule set in force, and what a decision is made with. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.codes import Code
from schemas.errors import Misconfigured
from schemas.records import Record
from stream_processors.decide import Decider, Decision
from stream_processors.feed_writer import FeedWriter
from stream_processors.overlay import Overlay
from stream_processors.releases import Recall, Release
from stream_processors.rule_set import Parts, RuleSet, load_rule_set
from stream_processors.tokens import Tokens


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


def make_rulebook(number: int, parts: Parts, feed_schema_ids: Mapping[str, int]) -> Rulebook:
    """The rule set made ready. Raises Misconfigured where it does not load, or where a feed's schema has no id."""
    rules = load_rule_set(parts)
    try:
        writers = {
            a.id: FeedWriter(a, rules.projections[a.id], rules.schemas[a.id], feed_schema_ids[a.id]) for a in rules.agreements
        }
    except KeyError:
        raise Misconfigured(Code.SCHEMA_REFUSED) from None
    return Rulebook(number, rules, Decider(rules), writers)
