"""Decide: who may receive a record, and why everybody else may not. Pure, three-valued, default deny.

Withhold unless permitted; unknown never permits and always satisfies a prohibition; a fault withholds. Nothing stops early:
the reasons are evidence. Rules are judged once for each outcome of all predicates (memo 1), and decided once for each of these,
sort of place, originator control and day (memo 2); agencies are found through an index by area, so that the cost hardly grows
with their number.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from stream_processors.ages import local_day
from stream_processors.areas import Areas, PlaceClass
from stream_processors.attribute_views import without_ended_embargo
from stream_processors.attributes import Attributes, Control
from stream_processors.bindings import Bound
from stream_processors.compiled_rules import Judged, Verdicts, compile_rules
from stream_processors.group_bits import Members
from stream_processors.judging import Judge
from stream_processors.memos import remember
from stream_processors.rule_set import RuleSet
from stream_processors.weighing import agency_truths, fixed_reasons, sort_out, weigh

MEMO_ENTRIES = 50_000
"""Outcomes and decisions kept; past that the memo starts anew. A decision takes about 2 KiB."""

_HOUR_MS = 3_600_000
SHARE = "SHARE"
"""What the vector says of an agency that receives; behind a colon the clauses that permit."""


class Sanitising(NamedTuple):
    """How a record must be sanitised for all agencies of one agreement."""

    drops: frozenset[str]
    """Prohibitions whose fields must be dropped."""
    held: frozenset[str]
    """Lines of the field list with a `when` that holds."""


class Verdict(NamedTuple):
    """What one agreement comes to for agencies that are alike to it."""

    agreement: str
    bounds: tuple[Bound, ...]
    permits: tuple[str, ...]
    """Clauses that permit."""
    against: tuple[str, ...]
    """Every reason against, the first one first; shared where there is none."""

    @property
    def size(self) -> int:
        """How many agencies."""
        return len(self.bounds)


class _Weighed(NamedTuple):
    """What one agreement comes to in one sort of place."""

    said: tuple[Verdict, ...]
    shares: tuple[Bound, ...]
    sanitising: Sanitising


@dataclass(frozen=True)
class Decision:
    """The decisions of all bound agreements on one record."""

    shares: tuple[Bound, ...]
    sanitising: Mapping[str, Sanitising]
    """By agreement id, for those that share."""
    latches: frozenset[str]
    """Prohibitions that now hold for the life of the record."""
    verdicts: tuple[Verdict, ...]
    """One for each sort of agency of each agreement: alike to every clause."""

    @cached_property
    def withheld(self) -> Mapping[str, int]:
        """Reason to the number of bound agreements that it withheld; each counts once, under its first reason."""
        counted: Counter[str] = Counter()
        for verdict in self.verdicts:
            if verdict.against:
                counted[verdict.against[0]] += verdict.size
        return dict(counted)

    @cached_property
    def vector(self) -> tuple[tuple[str, str], ...]:
        """(bound agreement, SHARE and why) for each that shares, (agreement, reason) for each reason against others."""
        said = {(v.agreement, reason) for v in self.verdicts for reason in v.against}
        said |= {(bound.id, f"{SHARE}:{','.join(v.permits)}") for v in self.verdicts if not v.against for bound in v.bounds}
        return tuple(sorted(said))


def withhold_all(rules: RuleSet, latches: frozenset[str], reason: str) -> Decision:
    """What a fault comes to: nobody, for this reason."""
    verdicts = tuple(Verdict(a.id, rules.bound[a.id], (), (reason,)) for a in rules.agreements)
    return Decision((), {}, latches, verdicts)


class Decider:
    """Decides under one rule set. Remembers what depends on nothing else."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules, self._compiled = rules, compile_rules(rules.agreements, rules.prohibitions)
        self._areas = Areas(
            tuple(rules.bound[agreement.id] for agreement in rules.agreements),
            tuple(rules.accepted[agreement.id] for agreement in rules.agreements),
        )
        self._matters: dict[object, Verdicts] = {}
        self._decisions: dict[object, Decision] = {}
        self._weighed: dict[object, _Weighed] = {}
        self._judge = Judge(self._compiled)
        self.misses = [0, 0]
        """Outcomes judged, decisions made: what the memos did not have."""

    def decide(self, attributes: Attributes, latched: frozenset[str], closed: bool, now_ms: int) -> Decision:
        """The decision at this time (UTC milliseconds). `latched` prohibitions hold whatever the attributes say; `closed`
        withholds from everybody."""
        if attributes.handling:
            attributes = without_ended_embargo(attributes, now_ms)
        verdicts = self._judged(attributes, latched)
        place = self._areas.of(attributes.force, attributes.lads, attributes.csps)
        day = local_day(now_ms // _HOUR_MS)
        key = (verdicts.serial, place.serial, attributes.control, closed, day)
        found = self._decisions.get(key)
        if found is None:
            self.misses[1] += 1
            decision = self._decide(verdicts, place, attributes.control, closed, day.isoformat())
            found = remember(self._decisions, key, decision, MEMO_ENTRIES)
        return found

    def verdict(
        self, attributes: Attributes, latched: frozenset[str], closed: bool, now_ms: int, bound: Bound
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Clauses that permit and reasons against, for one bound agreement: by the same code as `decide`."""
        attributes = without_ended_embargo(attributes, now_ms)
        verdicts = self._judged(attributes, latched)
        place = self._areas.of(attributes.force, attributes.lads, attributes.csps)
        day = local_day(now_ms // _HOUR_MS).isoformat()
        at = next(at for at, each in enumerate(self._compiled.agreements) if each.agreement.id == bound.agreement.id)
        fixed = fixed_reasons(self._compiled.agreements[at], place.accepted[at], closed, day)
        own = next(own for own, some in place.bounds[at] if bound in some)
        return weigh(verdicts.agreements[at], fixed, own, agency_truths(bound, attributes.control, day, self._rules.names))

    def members(self, attributes: Attributes) -> Members:
        """Who and which places of a record are of which group of which rule: obligations act by it."""
        return self._compiled.predicates.members(attributes)

    def _judged(self, attributes: Attributes, latched: frozenset[str]) -> Verdicts:
        bits = self._compiled.predicates.of(attributes)
        key = (bits, latched)
        found = self._matters.get(key)
        if found is None:
            self.misses[0] += 1
            found = remember(self._matters, key, self._judge.judge(bits, latched), MEMO_ENTRIES)
        return found

    def _decide(self, verdicts: Verdicts, place: PlaceClass, control: Control | None, closed: bool, day: str) -> Decision:
        shares: list[Bound] = []
        sanitising: dict[str, Sanitising] = {}
        said: list[Verdict] = []
        for at, judged in enumerate(verdicts.agreements):
            key = (judged.serial, place.sorts[at], control, closed, day)  # the same for every place that is alike in this
            found = self._weighed.get(key)
            if found is None:
                weighed = self._weigh(at, judged, place, control, closed, day)
                found = remember(self._weighed, key, weighed, MEMO_ENTRIES)
            said += found.said
            if found.shares:
                shares += found.shares
                sanitising[self._compiled.agreements[at].agreement.id] = found.sanitising
        return Decision(tuple(shares), sanitising, verdicts.latches, tuple(said))

    def _weigh(self, at: int, judged: Judged, place: PlaceClass, control: Control | None, closed: bool, day: str) -> _Weighed:
        compiled = self._compiled.agreements[at]
        fixed = fixed_reasons(compiled, place.accepted[at], closed, day)
        said: list[Verdict] = []
        shares: list[Bound] = []
        for own, truths, some in sort_out(place.bounds[at], control, day, self._rules.names):
            permits, against = weigh(judged, fixed, own, truths)
            said.append(Verdict(compiled.agreement.id, some, permits, against))
            shares += () if against else some
        return _Weighed(tuple(said), tuple(shares), Sanitising(judged.drops, judged.held))
