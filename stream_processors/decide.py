"""Decide: who may receive a record, and why everybody else may not. Pure, three-valued, default deny.

Withhold unless permitted; unknown never permits and always satisfies a prohibition; a fault withholds. Nothing stops early:
the reasons are evidence.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from stream_processors.agreements import Agreement
from stream_processors.attributes import Attributes, attribute_key
from stream_processors.conditions import Truth, both, either, meets
from stream_processors.rule_set import Bound, RuleSet

MEMO_ENTRIES = 50_000
"""Decisions kept by their predicate outcomes; past that the memo starts anew. About 1 KiB each."""

_RANK = {"OFFICIAL": 0, "OFFICIAL-SENSITIVE": 1}


@dataclass(frozen=True)
class Decision:
    """The decisions of all bound agreements on one record."""

    shares: tuple[Bound, ...]
    withheld: Mapping[str, int]
    """Reason code to the number of bound agreements that it withheld; each counts once, under its first reason."""
    drops: Mapping[str, frozenset[str]]
    """Agreement id to the prohibitions whose fields must be dropped."""
    latches: frozenset[str]
    """Prohibitions that now hold for the life of the record."""
    vector: tuple[tuple[str, str], ...]
    """(bound agreement or agreement, reason or SHARE): the whole vector, for its hash."""


class Decider:
    """Decides under one rule set. Remembers decisions by attributes, day and latches: they depend on nothing else."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self._memo: dict[object, Decision] = {}

    def decide(self, attributes: Attributes, latched: frozenset[str], closed: bool, today: date) -> Decision:
        """The decision. `latched` prohibitions hold whatever the attributes say; `closed` withholds from everybody."""
        key = (attribute_key(attributes), latched, closed, today)
        found = self._memo.get(key)
        if found is None:
            if len(self._memo) >= MEMO_ENTRIES:
                self._memo.clear()
            found = self._memo[key] = _decide(self._rules, attributes, latched, closed, today)
        return found


def _decide(rules: RuleSet, attributes: Attributes, latched: frozenset[str], closed: bool, today: date) -> Decision:
    holding = _holding(rules, attributes, latched)
    latches = latched | {p.id for p in rules.prohibitions if p.latch and p.id in holding}
    shares: list[Bound] = []
    withheld: Counter[str] = Counter()
    drops: dict[str, frozenset[str]] = {}
    vector: list[tuple[str, str]] = []
    for agreement in rules.agreements:
        reasons = _agreement_reasons(rules, agreement, attributes, closed, today)
        reasons += [f"PROHIBITION:{name}" for name in _withholding(rules, agreement, holding)]
        permitted, others = _split(rules.bound[agreement.id], agreement, attributes)
        if reasons:
            withheld[reasons[0]] += len(rules.bound[agreement.id])
            vector += [(agreement.id, reason) for reason in reasons]
            continue
        withheld.update(others.values())
        vector += [(bound.id, "SHARE") for bound in permitted] + [(agreement.id, r) for r in sorted(set(others.values()))]
        if permitted:
            shares += permitted
            drops[agreement.id] = _dropping(rules, agreement, holding)
    return Decision(tuple(shares), dict(withheld), drops, frozenset(latches), tuple(vector))


def _holding(rules: RuleSet, attributes: Attributes, latched: frozenset[str]) -> frozenset[str]:
    """Prohibitions that hold: True or unknown."""
    met = {p.id for p in rules.prohibitions if either(meets(clause, attributes) for clause in p.when) is not False}
    return frozenset(met | latched)


def _binding(rules: RuleSet, agreement: Agreement, holding: Collection[str], effect: str) -> Iterable[str]:
    for prohibition in rules.prohibitions:
        excepted = any(x.agreement == agreement.id for x in prohibition.excepted)
        if prohibition.id in holding and prohibition.effect == effect and not excepted:
            yield prohibition.id


def _withholding(rules: RuleSet, agreement: Agreement, holding: Collection[str]) -> list[str]:
    return list(_binding(rules, agreement, holding, "withhold"))


def _dropping(rules: RuleSet, agreement: Agreement, holding: Collection[str]) -> frozenset[str]:
    return frozenset(_binding(rules, agreement, holding, "drop"))


def _agreement_reasons(rules: RuleSet, agreement: Agreement, attributes: Attributes, closed: bool, today: date) -> list[str]:
    """Every reason against all instances of the agreement."""
    reasons = []
    if closed:
        reasons.append("CLOSED_BY_ORIGINATOR")
    if not agreement.valid_from <= today <= agreement.valid_until:
        reasons.append("AGREEMENT_NOT_VALID")
    if not _within(attributes["kind"], agreement.kinds):
        reasons.append("KIND")
    if not _within(attributes["force"], rules.accepted[agreement.id]):
        reasons.append("FORCE_HAS_NOT_ACCEPTED")
    marking = attributes["marking"]
    if marking is None or any(_RANK.get(tier, 9) > _RANK[agreement.max_marking] for tier in marking):
        reasons.append("MARKING")
    if either(meets(clause, attributes) for clause in agreement.withhold_when) is not False:
        reasons.append("WITHHOLD_WHEN")
    return reasons


def _within(attribute: frozenset[str] | None, allowed: Collection[str]) -> bool:
    return bool(attribute) and attribute <= frozenset(allowed)  # type: ignore[operator]  # bool() has excluded None


def _split(bounds: Iterable[Bound], agreement: Agreement, attributes: Attributes) -> tuple[list[Bound], dict[str, str]]:
    """The instances that are permitted, and the reason against each other one."""
    clauses = [(meets(clause, attributes), clause.area == "own") for clause in agreement.share_when]
    permitted: list[Bound] = []
    others: dict[str, str] = {}
    for bound in bounds:
        own = _own_area(bound, attributes)
        truth = either(both((truth, own)) if with_area else truth for truth, with_area in clauses)
        control = _control(bound, attributes)
        if truth is True and control is None:
            permitted.append(bound)
        elif control is not None:
            others[bound.id] = control
        else:
            others[bound.id] = _reason(truth, own, clauses)
    return permitted, others


def _own_area(bound: Bound, attributes: Attributes) -> Truth:
    if bound.agency.lads:
        lads = attributes["lad"]
        return None if lads is None else not lads.isdisjoint(bound.agency.lads)
    forces = attributes["force"]
    return None if forces is None else not forces.isdisjoint(bound.agency.forces)


def _control(bound: Bound, attributes: Attributes) -> str | None:
    """Originator control: only and except name agencies or kinds of agency. Unknown binds."""
    names = {bound.agency.id, bound.agency.kind}
    only, barred = attributes["originator_only"], attributes["originator_except"]
    if only is None or barred is None or (only and only.isdisjoint(names)) or not barred.isdisjoint(names):
        return "ORIGINATOR_CONTROL"
    return None


def _reason(truth: Truth, own: Truth, clauses: list[tuple[Truth, bool]]) -> str:
    without_area = either(clause for clause, _ in clauses)
    if without_area is False:
        return "CONDITION"
    if without_area is None:
        return "CONDITION_UNKNOWN"
    return "AREA_UNKNOWN" if own is None and truth is None else "AREA"
