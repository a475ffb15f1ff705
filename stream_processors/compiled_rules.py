"""Rules compiled to tests, and what they make of one matter for every agreement at once, agencies left aside. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from stream_processors.agreements import Agreement, Prohibition
from stream_processors.clauses import Clause
from stream_processors.conditions import Groups, Matter, Test, Truth, compile_clause, either

_RANK = {"OFFICIAL": 0, "OFFICIAL-SENSITIVE": 1}
_TOO_HIGH = 9

Members = Mapping[tuple[str, str, str], tuple[Truth, ...]]
"""(rule, list, group) to the truth per item of that list of the record: who and which places are of the group."""


class Part(NamedTuple):
    """One clause of a rule: where it stands, its test, and what of it hangs on the agency."""

    name: str
    """Such as `share_when[0]`, or a prohibition's reason `PROHIBITION:name`."""
    test: Test
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


class Verdicts(NamedTuple):
    """What the rules make of one matter."""

    serial: int
    """Differs between any two that the same decider has made."""
    agreements: tuple[Judged, ...]
    """In the order of the rule set."""
    latches: frozenset[str]
    members: Members


@dataclass(frozen=True)
class CompiledAgreement:
    """An agreement ready to judge."""

    agreement: Agreement
    groups: Groups
    sharing: tuple[Part, ...]
    withholding: tuple[Part, ...]
    whens: tuple[tuple[str, tuple[Test, ...]], ...]
    """Line of the field list to the clauses of its `when`."""
    kinds: frozenset[str]
    prohibitions: tuple[tuple["CompiledProhibition", tuple[Test, ...] | None], ...]
    """Each prohibition with the tests of its exception; None: no exception; empty: always excepted."""


@dataclass(frozen=True)
class CompiledProhibition:
    """A prohibition ready to judge."""

    prohibition: Prohibition
    groups: Groups
    parts: tuple[Part, ...]


def compile_rules(agreements: Iterable[Agreement], prohibitions: Iterable[Prohibition]) -> tuple[CompiledAgreement, ...]:
    """Every agreement with the prohibitions that bind it."""
    national = [_prohibition(each) for each in prohibitions]
    return tuple(_agreement(each, national) for each in agreements)


def _prohibition(prohibition: Prohibition) -> CompiledProhibition:
    groups = Groups(prohibition.people, prohibition.places)
    name = f"PROHIBITION:{prohibition.id}"
    return CompiledProhibition(prohibition, groups, tuple(_part(name, clause, groups) for clause in prohibition.when))


def _agreement(agreement: Agreement, national: list[CompiledProhibition]) -> CompiledAgreement:
    groups = Groups(agreement.people, agreement.places)
    return CompiledAgreement(
        agreement,
        groups,
        tuple(_part(f"share_when[{at}]", clause, groups) for at, clause in enumerate(agreement.share_when)),
        tuple(_part(f"WITHHOLD_WHEN[{at}]", clause, groups) for at, clause in enumerate(agreement.withhold_when)),
        tuple(
            (path, tuple(compile_clause(clause, groups) for clause in obligation.when))
            for path, obligation in agreement.fields.items()
            if obligation.when
        ),
        frozenset(agreement.kinds),
        tuple((each, _exception(each, agreement.id)) for each in national),
    )


def _part(name: str, clause: Clause, groups: Groups) -> Part:
    return Part(name, compile_clause(clause, groups), tuple(clause.agency_lines().items()), clause.unknown == "share")


def _exception(compiled: CompiledProhibition, agreement: str) -> tuple[Test, ...] | None:
    for excepted in compiled.prohibition.excepted:
        if excepted.agreement == agreement:
            return tuple(compile_clause(clause, compiled.groups) for clause in excepted.when)
    return None


def judge(rules: tuple[CompiledAgreement, ...], matter: Matter, latched: frozenset[str], serial: int) -> Verdicts:
    """What the rules make of the matter. Prohibitions in `latched` hold whatever the matter says."""
    found: dict[str, tuple[Truth, tuple[Open, ...]]] = {}
    for compiled, _ in rules[0].prohibitions if rules else ():
        found[compiled.prohibition.id] = _holds(compiled, matter, latched)
    latches = {name for name, (truth, _) in found.items() if truth is not False and _latches(rules, name)}
    judged = tuple(_judge(compiled, matter, found) for compiled in rules)
    return Verdicts(serial, judged, latched | latches, _members(rules, matter))


def _latches(rules: tuple[CompiledAgreement, ...], name: str) -> bool:
    return any(compiled.prohibition.latch for compiled, _ in rules[0].prohibitions if compiled.prohibition.id == name)


def _holds(compiled: CompiledProhibition, matter: Matter, latched: frozenset[str]) -> tuple[Truth, tuple[Open, ...]]:
    """Whether it holds whoever the agency is, and its clauses that hang on the agency and may hold."""
    if compiled.prohibition.id in latched:
        return True, ()
    truths = [(part, part.test(matter)) for part in compiled.parts]
    fixed = either(truth for part, truth in truths if not part.agency)
    opened = tuple(Open(p.name, truth, p.agency, False) for p, truth in truths if p.agency and truth is not False)
    return fixed, opened


def _judge(compiled: CompiledAgreement, matter: Matter, found: Mapping[str, tuple[Truth, tuple[Open, ...]]]) -> Judged:
    against, withholding, drops = _terms(compiled, matter), [], set()
    for part in compiled.withholding:
        truth = part.test(matter)
        if truth is not False and not part.agency:
            against.append(part.name)
        elif truth is not False:
            withholding.append(Open(part.name, truth, part.agency, False))
    for prohibition, exception in compiled.prohibitions:
        rule = prohibition.prohibition
        holds, opened = found[rule.id]
        if (holds is False and not opened) or _is_excepted(exception, matter):
            continue
        if rule.effect == "drop":
            # What hangs on the agency drops for all of them: narrower than asked, and one projection for all.
            drops.add(rule.id)
        elif holds is not False:
            against.append(f"PROHIBITION:{rule.id}")
        else:
            withholding += opened
    sharing = tuple(Open(p.name, p.test(matter), p.agency, p.unknown_shares) for p in compiled.sharing)
    held = frozenset(path for path, tests in compiled.whens if any(test(matter) is True for test in tests))
    return Judged(tuple(against), sharing, tuple(withholding), frozenset(drops), held)


def _terms(compiled: CompiledAgreement, matter: Matter) -> list[str]:
    """Reasons of the agreement's own terms: kinds, marking, handling codes of intelligence."""
    agreement, record, against = compiled.agreement, matter.view.record, []
    if not _within(record["kind"], compiled.kinds):
        against.append("KIND")
    marking = record["marking"] or frozenset(("",))
    if any(_RANK.get(tier, _TOO_HIGH) > _RANK[agreement.max_marking] for tier in marking):
        against.append("MARKING")
    handling = record["grade_handling"]
    if handling is None or not handling <= frozenset(agreement.intelligence_handling):
        against.append("INTELLIGENCE_HANDLING")
    return against


def _is_excepted(exception: tuple[Test, ...] | None, matter: Matter) -> bool:
    """An exception is a permission: what is unknown doesn't open it."""
    return exception is not None and (not exception or any(test(matter) is True for test in exception))


def _within(attribute: frozenset[str] | None, allowed: frozenset[str]) -> bool:
    return bool(attribute) and attribute <= allowed  # type: ignore[operator]  # bool() has excluded None


def _members(rules: tuple[CompiledAgreement, ...], matter: Matter) -> Members:
    found: dict[tuple[str, str, str], tuple[Truth, ...]] = {}
    named = [(each.agreement.id, each.groups) for each in rules]
    named += [(each.prohibition.id, each.groups) for each, _ in (rules[0].prohibitions if rules else ())]
    for rule, groups in named:
        for name in groups.people:
            found[rule, "persons", name] = matter.people(groups, name)
        for name in groups.places:
            found[rule, "locations", name] = matter.places(groups, name)
    return found
