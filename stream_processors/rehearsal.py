"""Rehearse: the rules in force and a candidate, over the same records, by the engine that decides the live stream. Pure.

Every version of a record is decided in order under both sets, so that latches hold and a closed record stays closed. What
counts is any version of the window that an agency would get and does not, and what it has at the end and would no longer have.
Suspensions are left aside: they hold under any rules.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.records import Record
from stream_processors.attribute_maps import from_map
from stream_processors.attributes import Attributes
from stream_processors.bindings import Bound
from stream_processors.decide import Decider, Decision
from stream_processors.deciding import Decided, decide_event, is_closed
from stream_processors.group_bits import Members
from stream_processors.rehearsal_differences import Differences
from stream_processors.rehearsal_samples import Samples
from stream_processors.rule_set import RuleSet

NEWLY, NO_LONGER, CHANGED, WITHDRAWN = "newly_shared", "no_longer_shared", "changed", "withdrawn"
EFFECTS = (NEWLY, NO_LONGER, CHANGED, WITHDRAWN)
"""Would be shared and is not; is shared and would not be; would be shared with other fields; is held and would be withdrawn."""

Feeds = frozenset[str]
_NOBODY: Feeds = frozenset()
_MEMO_ENTRIES = 50_000


class Side(NamedTuple):
    """One rule set, and when it decides."""

    rules: RuleSet
    decider: Decider
    now_ms: int


class About(NamedTuple):
    """What a report counts a record by. No name, no identifier."""

    force: str
    kind: str
    category: str
    marking: str
    subject_categories: tuple[str, ...]


class Effect(NamedTuple):
    """One record and one feed for which something would change."""

    effect: str
    record_id: str
    feed: str
    about: About
    fields: frozenset[str]
    """`+path` gained, `-path` lost; with CHANGED alone."""


@dataclass(slots=True)
class _Seen:
    """One record, as far as it has been read."""

    version: int
    event_id: str
    closed: bool
    latches: tuple[frozenset[str], frozenset[str]]
    about: About
    is_in_window: bool = False
    last: tuple[Feeds, Feeds] = (_NOBODY, _NOBODY)
    newly: Feeds = _NOBODY
    """Who would get a version of the window that the old set does not give them."""
    changed: dict[str, frozenset[str]] = field(default_factory=dict)


class _Held(NamedTuple):
    """What holders say of a record of which the first versions may be gone."""

    version: int
    latches: frozenset[str]
    closed: bool


class Rehearsal:
    """One rehearsal. First what is held, then the events, each record's versions in order; then the effects."""

    def __init__(self, old: Side, new: Side, since_ms: int, samples: Samples) -> None:
        self._sides, self._since_ms, self._samples = (old, new), since_ms, samples
        self._differences = Differences(old.rules, new.rules)
        self._seen: dict[str, _Seen] = {}
        self._held: dict[str, _Held] = {}
        self._withdrawn: list[Effect] = []
        self._feeds: tuple[dict[int, tuple[Decision, Feeds]], ...] = ({}, {})
        self.events = self.faults = 0
        """Events of the window that were decided, and decisions of them that a fault made."""

    def hold(self, holders: Record) -> None:
        """One record of the holders topic: what is held now, and would be withdrawn."""
        latches, closed = frozenset(holders["latches"]), bool(holders["closed"])
        if latches or closed:
            self._held[holders["record_id"]] = _Held(holders["version"], latches, closed)
        standing = [each for each in holders["holdings"] if each["state"] == "HELD" and not each.get("grant")]
        held = [holding["feed"] for holding in standing]
        if not held or not holders["attributes"]:
            return
        try:
            attributes = from_map(holders["attributes"])
        except (KeyError, ValueError, TypeError, IndexError):  # live, such a record is withdrawn under any rules
            self.faults += 1
            return
        shares = [self._decide_held(at, attributes, latches, closed) for at in (0, 1)]
        gone = [feed for feed in held if feed in shares[0] and feed not in shares[1]]
        about = about_of(attributes)
        self._withdrawn += [Effect(WITHDRAWN, holders["record_id"], feed, about, frozenset()) for feed in gone]

    def take(self, event: Record, at_ms: int) -> None:
        """One event of `standard`, recorded at this moment (UTC milliseconds)."""
        envelope = event["envelope"]
        seen = self._seen.get(envelope["record_id"])
        if seen is not None and envelope["version"] <= seen.version:
            return  # a resend, a conflict or a stale version: the lane's owner doesn't decide it either
        before = self._latches(envelope, seen)
        closed = is_closed(envelope["action"], seen.closed if seen else False)
        found = [
            decide_event(side.rules, side.decider, event, before[at], closed, side.now_ms)
            for at, side in enumerate(self._sides)
        ]
        now = self._record(event, found, closed, seen)
        self._seen[envelope["record_id"]] = now
        if at_ms < self._since_ms:
            return
        self.events += 1
        self.faults += sum(each.is_fault for each in found)
        now.is_in_window = True
        more = now.last[1] - now.last[0]
        now.newly = more | now.newly if now.newly else more
        now.changed = self._changed(event, found, now.last) if now.last[0] and now.last[1] else {}
        self._sample(event, now, found[1])

    def effects(self) -> Iterator[Effect]:
        """Everything that would change, of records with an event in the window; and what would be withdrawn."""
        for record_id, seen in self._seen.items():
            if not seen.is_in_window:
                continue
            old, new = (_NOBODY, _NOBODY) if self._is_closed_since(record_id, seen) else seen.last
            for feed in sorted(seen.newly):
                yield Effect(NEWLY, record_id, feed, seen.about, frozenset())
            for feed in sorted(old - new):
                yield Effect(NO_LONGER, record_id, feed, seen.about, frozenset())
            for feed, fields in sorted(seen.changed.items()):
                if feed in old and feed in new:
                    yield Effect(CHANGED, record_id, feed, seen.about, fields)
        yield from self._withdrawn

    @property
    def records(self) -> int:
        """Records with an event in the window."""
        return sum(seen.is_in_window for seen in self._seen.values())

    def _latches(self, envelope: Record, seen: _Seen | None) -> tuple[frozenset[str], frozenset[str]]:
        """What had latched before; of a record whose first versions are gone, what holders say has ever latched."""
        if seen is not None:
            return seen.latches
        held = self._held.get(envelope["record_id"]) if envelope["version"] > 1 else None
        return (held.latches, held.latches) if held else (_NOBODY, _NOBODY)

    def _record(self, event: Record, found: list[Decided], closed: bool, seen: _Seen | None) -> _Seen:
        envelope, attributes = event["envelope"], found[0].attributes
        about = about_of(attributes) if attributes else About(envelope["force"], envelope["kind"], "", "", ())
        latches = (found[0].decision.latches, found[1].decision.latches)
        made = _Seen(envelope["version"], envelope["event_id"], closed, latches, about)
        if seen is not None:
            made.is_in_window, made.newly = seen.is_in_window, seen.newly
        made.last = (self._feeds_of(0, found[0].decision), self._feeds_of(1, found[1].decision))
        return made

    def _feeds_of(self, at: int, decision: Decision) -> Feeds:
        """The feeds that it shares with; decisions are remembered by the decider, and so are these."""
        known = self._feeds[at].get(id(decision))
        if known is not None and known[0] is decision:
            return known[1]
        if len(self._feeds[at]) >= _MEMO_ENTRIES:
            self._feeds[at].clear()
        feeds = frozenset(bound.feed for bound in decision.shares)
        self._feeds[at][id(decision)] = (decision, feeds)
        return feeds

    def _changed(self, event: Record, found: list[Decided], last: tuple[Feeds, Feeds]) -> dict[str, frozenset[str]]:
        decisions, told = (found[0].decision, found[1].decision), dict[tuple[str, str], frozenset[str]]()
        changed = {}
        for feed in last[0] & last[1]:
            pair = self._differences.pair(feed)
            if pair not in told:  # alike for all agencies of one agreement
                told[pair] = self._differences.of(event, feed, decisions, lambda at: self._members(at, found[at]))
            if told[pair]:
                changed[feed] = told[pair]
        return changed

    def _sample(self, event: Record, now: _Seen, found: Decided) -> None:
        for feed in now.last[1] - now.last[0]:
            self._samples.offer(NEWLY, event, self._bound(feed), found.decision, lambda: self._members(1, found))
        for feed in now.changed:
            self._samples.offer(CHANGED, event, self._bound(feed), found.decision, lambda: self._members(1, found))

    def _members(self, at: int, found: Decided) -> Members:
        return self._sides[at].decider.members(found.attributes) if found.attributes is not None else {}

    def _bound(self, feed: str) -> Bound:
        return self._sides[1].rules.by_feed[feed]

    def _decide_held(self, at: int, attributes: Attributes, latches: frozenset[str], closed: bool) -> Feeds:
        side = self._sides[at]
        return self._feeds_of(at, side.decider.decide(attributes, latches, closed, side.now_ms))

    def _is_closed_since(self, record_id: str, seen: _Seen) -> bool:
        """Closed by a version that is no longer in the topic."""
        held = self._held.get(record_id)
        return held is not None and held.closed and not seen.closed and held.version >= seen.version


def about_of(attributes: Attributes) -> About:
    """What the record is counted by."""
    tier, sensitive = attributes.marking
    detail = attributes.detail
    categories = [code for code in (*detail.categories[1:], *detail.categories[:1]) if code]
    subjects = sorted({category for person in attributes.persons for category in person.categories})
    category = detail.crime_type or next(iter(categories), "")
    return About(attributes.force, attributes.kind, category, f"{tier}{'-SENSITIVE' if sensitive else ''}", tuple(subjects))
