"""What is wrong, doubtful or worth knowing in a rule set, told from the rules alone. Pure; `rule_coverage` asks real records.

An error is certain: a rule says something that it can't do. Whoever reads it believes that it does.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from schemas.codes import Code
from schemas.reference import forces
from stream_processors.agreements import Agreement, Prohibition
from stream_processors.clause_words import clause_words
from stream_processors.clauses import Clause
from stream_processors.conditions import Groups
from stream_processors.decide import Decider
from stream_processors.reach_questions import TOGETHER, field_of, kinds_of_field, known_fields
from stream_processors.rule_analysis_implied import holds_wherever
from stream_processors.rule_analysis_lines import EVERY_KIND
from stream_processors.rule_analysis_proof import share_found
from stream_processors.rule_analysis_reach import surely_drops
from stream_processors.rule_analysis_solve import Wanted, contradiction, empty_group
from stream_processors.rule_set import RuleSet

ERROR, WARNING, NOTE = "error", "warning", "note"

WARN_DAYS = (30, 7)
"""How long ahead an ending is told, and how long ahead loudly."""


class Finding(NamedTuple):
    """One thing that was found."""

    severity: str
    code: Code
    rule: str
    where: str
    what: str


def find_in_rules(rules: RuleSet, decider: Decider, today: date, now_ms: int) -> list[Finding]:
    """Everything that the rules alone tell."""
    found: list[Finding] = []
    for agreement in rules.agreements:
        found += _never_shares(rules, decider, agreement, now_ms)
        found += _never_withholds(agreement)
        found += _idle_lines(rules, agreement)
        found += _overlaps(agreement.id, "share_when", agreement.share_when)
        found += _overlaps(agreement.id, "withhold_when", agreement.withhold_when)
        found += _endings(agreement, today)
        found += _not_accepted(rules, agreement)
    for prohibition in rules.prohibitions:
        found += _idle_prohibition(prohibition)
        found += _overlaps(prohibition.id, "when", prohibition.when)
    return found + list(_fields_to_nobody(rules))


def _groups(rule: Agreement | Prohibition) -> Groups:
    return Groups(rule.people, rule.places)


def _terms(agreement: Agreement) -> Wanted:
    tiers = ("OFFICIAL",) if agreement.max_marking == "OFFICIAL" else ("OFFICIAL", "OFFICIAL-SENSITIVE")
    return Wanted(Clause(marking=tiers), Groups({}, {}))


def _never_shares(rules: RuleSet, decider: Decider, agreement: Agreement, now_ms: int) -> Iterator[Finding]:
    kinds, groups = frozenset(agreement.kinds), _groups(agreement)
    for at, clause in enumerate(agreement.share_when):
        where = f"share_when[{at}]"
        known = clause.unknown is None
        why = contradiction([Wanted(clause, groups, known=known), _terms(agreement)], kinds) or _withheld_always(
            rules, agreement, clause
        )
        if why is not None:
            yield Finding(ERROR, Code.NEVER_HOLDS, agreement.id, where, f"shares nothing: {why}")
        elif rules.accepted[agreement.id] and not share_found(rules, decider, rules.bound[agreement.id][0], at, now_ms):
            yield Finding(WARNING, Code.NEVER_HOLDS, agreement.id, where, "no record was found that it shares; none may exist")


def _withheld_always(rules: RuleSet, agreement: Agreement, clause: Clause) -> str | None:
    for at, against in enumerate(agreement.withhold_when):
        if holds_wherever(against, clause, same_groups=True):
            return f"withhold_when[{at}] holds wherever it does"
    handling = clause.grade_handling if clause.unknown is None else None
    if handling is not None and not set(handling) & set(agreement.intelligence_handling):
        return "intelligence_handling does not take these codes"
    for prohibition in rules.prohibitions:
        if prohibition.effect == "drop" or any(each.agreement == agreement.id for each in prohibition.excepted):
            continue
        if any(holds_wherever(each, clause, same_groups=False) for each in prohibition.when):
            return f"the prohibition {prohibition.id} holds wherever it does"
    return None


def _never_withholds(agreement: Agreement) -> Iterator[Finding]:
    kinds, groups = frozenset(agreement.kinds), _groups(agreement)
    for at, clause in enumerate(agreement.withhold_when):
        why = contradiction([Wanted(clause, groups, known=False), _terms(agreement)], kinds)
        if why is not None:
            yield Finding(ERROR, Code.NEVER_HOLDS, agreement.id, f"withhold_when[{at}]", f"withholds nothing: {why}")


def _idle_lines(rules: RuleSet, agreement: Agreement) -> Iterator[Finding]:
    """Lines that let nothing leave: their `when` can't hold, nobody is of their group, a national rule takes it always."""
    kinds, groups = frozenset(agreement.kinds), _groups(agreement)
    for (line, obligation), rule in zip(agreement.fields.items(), rules.projections[agreement.id].rules, strict=True):
        path = rule.path
        reasons = [contradiction([Wanted(clause, groups)], kinds) for clause in obligation.when]
        part = "persons" if path.list_name == "persons" else "places"
        empty = [empty_group(part, group, groups) for group in path.groups]
        if (reasons and all(reasons)) or (empty and all(empty) and not path.chosen):
            yield Finding(
                ERROR,
                Code.NEVER_HOLDS,
                agreement.id,
                f"fields.{line}",
                f"nothing leaves: {next(filter(None, [*reasons, *empty]))}",
            )
        every = Clause(kind=tuple(sorted(kinds & kinds_of_field(path)) or tuple(kinds)))
        always = [
            each.id
            for each in rules.prohibitions
            if any(surely_drops(lost, path) for lost in rules.drops[each.id])
            and any(holds_wherever(clause, every, same_groups=False) for clause in each.when)
            and not any(excepted.agreement == agreement.id for excepted in each.excepted)
        ]
        if rule.treatment is not None and always:
            yield Finding(
                ERROR, Code.NEVER_HOLDS, agreement.id, f"fields.{line}", f"nothing leaves: the prohibition {always[0]} takes it"
            )


def _idle_prohibition(prohibition: Prohibition) -> Iterator[Finding]:
    groups = _groups(prohibition)
    for at, clause in enumerate(prohibition.when):
        why = contradiction([Wanted(clause, groups, known=False)], EVERY_KIND)
        if why is not None:
            yield Finding(ERROR, Code.NEVER_HOLDS, prohibition.id, f"when[{at}]", f"forbids nothing: {why}")
    for excepted in prohibition.excepted:
        reasons = [contradiction([Wanted(clause, groups)], EVERY_KIND) for clause in excepted.when]
        if reasons and all(reasons):
            where = f"excepted.{excepted.agreement}"
            yield Finding(ERROR, Code.NEVER_HOLDS, prohibition.id, where, f"excepts nothing: {reasons[0]}")


def _overlaps(rule: str, name: str, clauses: Sequence[Clause]) -> Iterator[Finding]:
    """A clause that adds nothing, because another of the list holds wherever it does."""
    for at, narrow in enumerate(clauses):
        for other, wide in enumerate(clauses):
            if at == other or (narrow.unknown and not wide.unknown) or not holds_wherever(wide, narrow, same_groups=True):
                continue
            if other > at and holds_wherever(narrow, wide, same_groups=True):
                continue  # of two that are alike the second is told
            what = f"adds nothing to {name}[{other}], which holds wherever {clause_words(narrow)}"
            yield Finding(WARNING, Code.OVERLAPS, rule, f"{name}[{at}]", what)
            break


def _endings(agreement: Agreement, today: date) -> Iterator[Finding]:
    left = (agreement.valid_until - today).days
    if left < 0:
        yield Finding(ERROR, Code.EXPIRES, agreement.id, "valid_until", f"ended on {agreement.valid_until}: it shares nothing")
    elif left <= WARN_DAYS[0]:
        loud = "within a week: " if left <= WARN_DAYS[1] else ""
        yield Finding(
            WARNING, Code.EXPIRES, agreement.id, "valid_until", f"{loud}ends on {agreement.valid_until}, in {left} days"
        )
    if agreement.review_on <= today + timedelta(days=WARN_DAYS[0]):
        due = "is overdue since" if agreement.review_on < today else "is due on"
        yield Finding(WARNING, Code.EXPIRES, agreement.id, "review_on", f"review {due} {agreement.review_on}")
    if agreement.valid_from > today:
        yield Finding(
            NOTE, Code.EXPIRES, agreement.id, "valid_from", f"begins on {agreement.valid_from}: it shares nothing until then"
        )


def _not_accepted(rules: RuleSet, agreement: Agreement) -> Iterator[Finding]:
    missing = sorted(set(forces()) - rules.accepted[agreement.id])
    if missing:
        named = ", ".join(missing[:8]) + (", ..." if len(missing) > 8 else "")
        what = f"{len(missing)} of {len(forces())} forces have not accepted: {named}"
        yield Finding(NOTE, Code.NOT_ACCEPTED, agreement.id, "acceptances.csv", what)


def _fields_to_nobody(rules: RuleSet) -> Iterator[Finding]:
    """Fields that leave by no feed, by the part of the record that they are of."""
    leaving = {field_of(rule.path) for each in rules.projections.values() for rule in each.rules if rule.treatment is not None}
    staying: dict[str, list[str]] = {}
    for field in known_fields():
        if field in TOGETHER:
            continue
        if field not in leaving and not any(each.startswith(f"{field}.") or field.startswith(f"{each}.") for each in leaving):
            part, _, name = field.partition(".")
            staying.setdefault(part, []).append(name or part)
    for part, names in staying.items():
        yield Finding(NOTE, Code.FIELD_TO_NOBODY, "every agreement", part, ", ".join(names))
