"""Rules compiled to masks, and what they make of one matter for every agreement at once, agencies left aside. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_
from typing import NamedTuple

from stream_processors.agreements import Agreement, Prohibition
from stream_processors.clauses import Clause
from stream_processors.conditions import Groups, Truth, either
from stream_processors.predicates import Bits, Predicates

_TIERS = ("OFFICIAL", "OFFICIAL-SENSITIVE")
"""In rising order: an agreement takes those up to its `max_marking`."""

_HANDLING = frozenset(("P", "C"))


class Part(NamedTuple):
    """One clause of a rule: where it stands, its mask, and what of it hangs on the agency."""

    name: str
    """Such as `share_when[0]`, or a prohibition's reason `PROHIBITION:name`."""
    mask: int
    agency: tuple[tuple[str, str], ...]
    unknown_shares: bool


class Open(NamedTuple):
    """One clause whose own part is settled, and what of it still hangs on the agency."""

    name: str
    truth: Truth
    agency: tuple[tuple[str, str], ...]
    unknown_shares: bool


class Judged(NamedTuple):
    """What the rules make of one matter for one agreement, whoever it is bound to."""

    serial: int
    """Differs between any two that the same judge has made."""
    against: tuple[str, ...]
    """Reasons against every agency."""
    sharing: tuple[Open, ...]
    """Every clause of `share_when`."""
    withholding: tuple[Open, ...]
    """Clauses of `withhold_when` and of prohibitions that hang on the agency and may hold."""
    drops: frozenset[str]
    """Prohibitions whose fields must be dropped."""
    held: frozenset[str]
    """Lines of the field list whose `when` is known to hold."""


Holding = tuple[Prohibition, Truth, tuple[Open, ...]]
"""A prohibition that holds or may hold: whoever the agency is, and by clauses that hang on the agency."""


class Verdicts(NamedTuple):
    """What the rules make of one matter."""

    serial: int
    """Differs between any two that the same judge has made."""
    agreements: tuple[Judged, ...]
    """In the order of the rule set."""
    latches: frozenset[str]


@dataclass(frozen=True)
class CompiledAgreement:
    """An agreement ready to judge."""

    agreement: Agreement
    terms: tuple[tuple[str, int], ...]
    """(reason, mask): against everybody where the mask is not known to hold."""
    too_sensitive: int
    """Mask of handling codes that it does not take: against everybody where it may hold."""
    sharing: tuple[Part, ...]
    withholding: tuple[Part, ...]
    whens: tuple[tuple[str, tuple[int, ...]], ...]
    """Line of the field list to the masks of its `when`."""
    exceptions: Mapping[str, tuple[int, ...]]
    """Prohibition to the masks of its exception for this agreement; empty: always excepted."""

    @cached_property
    def mask(self) -> int:
        """Every predicate that the agreement itself looks at."""
        masks = [mask for _, mask in self.terms] + [self.too_sensitive]
        masks += [part.mask for part in (*self.sharing, *self.withholding)]
        masks += [mask for _, some in self.whens for mask in some]
        masks += [mask for some in self.exceptions.values() for mask in some]
        return reduce(or_, masks)


@dataclass(frozen=True)
class CompiledProhibition:
    """A prohibition ready to judge."""

    prohibition: Prohibition
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class CompiledRules:
    """A rule set ready to judge."""

    predicates: Predicates
    agreements: tuple[CompiledAgreement, ...]
    prohibitions: tuple[CompiledProhibition, ...]


def compile_rules(agreements: Iterable[Agreement], prohibitions: Iterable[Prohibition]) -> CompiledRules:
    """The rules with their predicates."""
    listed, national = list(agreements), list(prohibitions)
    rules: list[Agreement | Prohibition] = [*listed, *national]
    predicates = Predicates([(rule.id, Groups(rule.people, rule.places)) for rule in rules])
    return CompiledRules(
        predicates,
        tuple(_agreement(each, national, predicates) for each in listed),
        tuple(CompiledProhibition(p, tuple(_part(reason_of(p), c, p.id, predicates) for c in p.when)) for p in national),
    )


def reason_of(prohibition: Prohibition) -> str:
    """The reason that it gives when it withholds."""
    return f"PROHIBITION:{prohibition.id}"


def _agreement(agreement: Agreement, national: list[Prohibition], predicates: Predicates) -> CompiledAgreement:
    name = agreement.id
    tiers = _TIERS[: _TIERS.index(agreement.max_marking) + 1]
    excepted = {p.id: [c for x in p.excepted if x.agreement == name for c in x.when] for p in national if _excepts(p, name)}
    return CompiledAgreement(
        agreement,
        (
            ("KIND", predicates.line("kind", frozenset(agreement.kinds))),
            ("MARKING", predicates.line("marking", frozenset(tiers))),
        ),
        predicates.line("grade_handling", _HANDLING - frozenset(agreement.intelligence_handling)),
        tuple(_part(f"share_when[{at}]", clause, name, predicates) for at, clause in enumerate(agreement.share_when)),
        tuple(_part(f"WITHHOLD_WHEN[{at}]", clause, name, predicates) for at, clause in enumerate(agreement.withhold_when)),
        tuple(
            (path, tuple(predicates.mask_of(clause, name) for clause in obligation.when))
            for path, obligation in agreement.fields.items()
            if obligation.when
        ),
        {rule: tuple(predicates.mask_of(clause, rule) for clause in clauses) for rule, clauses in excepted.items()},
    )


def _excepts(prohibition: Prohibition, agreement: str) -> bool:
    return any(excepted.agreement == agreement for excepted in prohibition.excepted)


def _part(name: str, clause: Clause, rule: str, predicates: Predicates) -> Part:
    return Part(name, predicates.mask_of(clause, rule), tuple(clause.agency_lines().items()), clause.unknown == "share")


def holds(compiled: CompiledProhibition, bits: Bits, latched: frozenset[str]) -> tuple[Truth, tuple[Open, ...]]:
    """Whether it holds whoever the agency is, and its clauses that hang on the agency and may hold."""
    if compiled.prohibition.id in latched:
        return True, ()
    truths = [(part, bits.truth(part.mask)) for part in compiled.parts]
    fixed = either(truth for part, truth in truths if not part.agency)
    opened = tuple(Open(p.name, truth, p.agency, False) for p, truth in truths if p.agency and truth is not False)
    return fixed, opened


def judge_agreement(compiled: CompiledAgreement, holding: Iterable[Holding], bits: Bits, serial: int) -> Judged:
    """What one agreement makes of a record with these predicates, under the prohibitions that may hold."""
    against = [reason for reason, mask in compiled.terms if bits.truth(mask) is not True]
    if bits.truth(compiled.too_sensitive) is not False:
        against.append("INTELLIGENCE_HANDLING")
    withholding, drops = [], set()
    for part in compiled.withholding:
        truth = bits.truth(part.mask)
        if truth is not False and not part.agency:
            against.append(part.name)
        elif truth is not False:
            withholding.append(Open(part.name, truth, part.agency, False))
    for rule, holds, opened in holding:
        if _is_excepted(compiled.exceptions.get(rule.id), bits):
            continue
        if rule.effect == "drop":
            # What hangs on the agency drops for all of them: narrower than asked, and one projection for all.
            drops.add(rule.id)
        elif holds is not False:
            against.append(reason_of(rule))
        else:
            withholding += opened
    sharing = tuple(Open(p.name, bits.truth(p.mask), p.agency, p.unknown_shares) for p in compiled.sharing)
    held = frozenset(path for path, masks in compiled.whens if any(bits.truth(mask) is True for mask in masks))
    return Judged(serial, tuple(against), sharing, tuple(withholding), frozenset(drops), held)


def _is_excepted(exception: tuple[int, ...] | None, bits: Bits) -> bool:
    """An exception is a permission: what is unknown doesn't open it."""
    return exception is not None and (not exception or any(bits.truth(mask) is True for mask in exception))
