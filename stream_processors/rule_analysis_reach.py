"""The reverse question: who could ever receive a field, in what form, under which conditions. By analysis of the rules. Pure.

An answer is left out only where that is certain (`rule_analysis_solve`, `rule_analysis_implied`), so whatever the engine ever
lets out is in it. `find_witness` proves an answer with a record that the engine itself shares.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stream_processors.agreements import Agreement, Prohibition
from stream_processors.bindings import Bound
from stream_processors.clauses import Clause
from stream_processors.conditions import Groups
from stream_processors.field_paths import FieldPath
from stream_processors.obligations import STRICTNESS
from stream_processors.projected_items import Rule
from stream_processors.reach_questions import Question, kinds_of_field
from stream_processors.rule_analysis_implied import holds_wherever
from stream_processors.rule_analysis_solve import Wanted, contradiction
from stream_processors.rule_set import RuleSet

NO_GROUPS = Groups({}, {})

_OF_CODE_C = (("grading", "action"), ("grading", "sanitisation"))
"""Fields that a record with handling code P does not have."""


@dataclass(frozen=True)
class Reach:
    """One line of one field list that may let the field leave."""

    agreement: Agreement
    agencies: tuple[Bound, ...]
    line: str
    """As the field list says it."""
    rule: Rule
    form: str
    """keep, mask, generalise or pseudonymise."""
    leaves_as: str
    """Name of the field in the feed."""
    clauses: tuple[int, ...]
    """Clauses of share_when under which it may leave."""
    whens: tuple[int, ...]
    """Clauses of the line's own `when`; empty: it has none."""
    forces: tuple[str, ...]
    """Forces whose records may be shared."""
    prohibitions: tuple[str, ...]
    """National rules that may still withhold the record or take the field away."""


def who_can_see(rules: RuleSet, question: Question) -> list[Reach]:
    """Every line that may let a field of the question leave, of records that meet its `where`."""
    return [found for agreement in rules.agreements for found in _reaches(rules, agreement, question)]


def _reaches(rules: RuleSet, agreement: Agreement, question: Question) -> Iterator[Reach]:
    listed = list(zip(agreement.fields, rules.projections[agreement.id].rules, strict=True))
    for line, rule in listed:
        if rule.path.names in _OF_CODE_C and "C" not in agreement.intelligence_handling:
            continue  # a record with one of these is read as C, and withheld
        if rule.treatment is None or not question.asks_for(rule.path) or _is_overruled(rule, [each for _, each in listed]):
            continue
        case = _Case(rules, agreement, question, rule)
        clauses = tuple(at for at, clause in enumerate(agreement.share_when) if case.may_share(clause))
        when = agreement.fields[line].when
        whens = tuple(at for at, clause in enumerate(when) if case.may_hold(clause))
        forces = case.forces(clauses)
        if clauses and forces and (whens or not when):
            yield Reach(
                agreement,
                rules.bound[agreement.id],
                line,
                rule,
                STRICTNESS[rule.treatment.strictness],
                rule.treatment.name,
                clauses,
                whens,
                forces,
                tuple(each.id for each in rules.prohibitions if case.may_take(each)),
            )


@dataclass(frozen=True)
class _Case:
    """One line of one agreement under one question."""

    rules: RuleSet
    agreement: Agreement
    question: Question
    rule: Rule

    @property
    def _kinds(self) -> frozenset[str]:
        return frozenset(self.agreement.kinds) & kinds_of_field(self.rule.path)

    @property
    def _groups(self) -> Groups:
        return Groups(self.agreement.people, self.agreement.places)

    def may_share(self, clause: Clause) -> bool:
        """Whether this clause may share a record that the question asks for, and the line not be lost with certainty."""
        if not self._kinds or not self.may_hold(clause) or not self._fits_terms(clause):
            return False
        if any(self._is_certain(against, clause, same=True) for against in self.agreement.withhold_when):
            return False
        return not any(self._surely_takes(each, clause) for each in self.rules.prohibitions)

    def may_hold(self, clause: Clause) -> bool:
        """Whether the clause and the question may hold of one record."""
        wanted = [Wanted(clause, self._groups, known=clause.unknown is None), *self.question.wanted()]
        return contradiction([*wanted, Wanted(self._marking(), NO_GROUPS)], self._kinds) is None

    def forces(self, clauses: Sequence[int]) -> tuple[str, ...]:
        """Forces that have accepted, as far as clauses and question name some."""
        found = self.rules.accepted[self.agreement.id]
        if self.question.where is not None and self.question.where.force:
            found &= frozenset(self.question.where.force)
        named = [self.agreement.share_when[at].force for at in clauses]
        return tuple(sorted(force for force in found if any(names is None or force in names for names in named)))

    def may_take(self, prohibition: Prohibition) -> bool:
        """Whether it may still withhold the record or drop the field."""
        if any(each.agreement == self.agreement.id and not each.when for each in prohibition.excepted):
            return False
        if prohibition.effect == "drop" and not any(
            _may_touch(path, self.rule.path) for path in self.rules.drops[prohibition.id]
        ):
            return False
        groups = Groups(prohibition.people, prohibition.places)
        return prohibition.latch or any(
            contradiction([Wanted(clause, groups, known=False), *self.question.wanted()], self._kinds) is None
            for clause in prohibition.when
        )

    def _marking(self) -> Clause:
        tiers = ("OFFICIAL",) if self.agreement.max_marking == "OFFICIAL" else ("OFFICIAL", "OFFICIAL-SENSITIVE")
        return Clause(marking=tiers)

    def _fits_terms(self, clause: Clause) -> bool:
        """A handling code that is asked for must be one that the agreement takes."""
        asked = [clause.grade_handling if clause.unknown is None else None]
        asked.append(self.question.where.grade_handling if self.question.where else None)
        return all(values is None or set(values) & set(self.agreement.intelligence_handling) for values in asked)

    def _surely_takes(self, prohibition: Prohibition, clause: Clause) -> bool:
        if any(each.agreement == self.agreement.id for each in prohibition.excepted):
            return False
        lost = any(surely_drops(path, self.rule.path) for path in self.rules.drops[prohibition.id])
        takes = prohibition.effect == "withhold" or lost
        return takes and any(self._is_certain(each, clause, same=False) for each in prohibition.when)

    def _is_certain(self, against: Clause, clause: Clause, *, same: bool) -> bool:
        """Whether it holds, or is unknown, of everything that this clause shares and the question asks for."""
        where = self.question.where
        by_question = where is not None and holds_wherever(against, where, same_groups=False)
        return by_question or holds_wherever(against, clause, same_groups=same)


def surely_drops(lost: FieldPath, path: FieldPath) -> bool:
    """Whether a dropped path takes whatever `path` lets leave."""
    if lost.list_name != path.list_name:
        return False
    if not path.list_name:
        return all(one == other for one, other in zip(lost.names, path.names, strict=False))
    return lost.names == path.names and _covers(lost, path)


def _may_touch(lost: FieldPath, path: FieldPath) -> bool:
    if lost.list_name != path.list_name:
        return False
    return lost.names == path.names if path.list_name else surely_drops(lost, path)


def _covers(wide: FieldPath, narrow: FieldPath) -> bool:
    """Whether every item that `narrow` chooses is chosen by `wide`, whatever else it is."""
    if wide.chosen is None:
        return True
    if narrow.chosen is None or not narrow.chosen <= wide.chosen:
        return False
    return not narrow.groups or (narrow.rule == wide.rule and narrow.groups <= wide.groups)


def _is_overruled(rule: Rule, others: Sequence[Rule]) -> bool:
    """Whether a stricter line always speaks of the same item: then this one lets nothing leave as it says."""
    strictness = rule.treatment.strictness if rule.treatment else 0
    return any(
        (other.treatment is None or other.treatment.strictness > strictness)
        and not other.condition
        and other.path.list_name == rule.path.list_name != ""
        and other.path.names == rule.path.names
        and _covers(other.path, rule.path)
        for other in others
    )
