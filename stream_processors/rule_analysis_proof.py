"""Proofs: a record that the engine shares with an agency, and that shows it the field asked for. Pure.

The search builds records from the clauses; the engine that decides the live stream says whether one is a proof.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from schemas.records import Record
from stream_processors.attributes import Attributes, PersonFacts, PlaceFacts, derive_attributes
from stream_processors.bindings import Bound
from stream_processors.clauses import Clause
from stream_processors.conditions import Groups
from stream_processors.decide import Decider
from stream_processors.field_paths import FieldPath
from stream_processors.predicates import Predicates
from stream_processors.reach_questions import Question, kinds_of_field
from stream_processors.rule_analysis_people import Cast, add_person, add_place
from stream_processors.rule_analysis_reach import Reach
from stream_processors.rule_analysis_solve import Wanted
from stream_processors.rule_analysis_witness import witnesses
from stream_processors.rule_set import RuleSet
from stream_processors.sample_records import sample_record

_TRIES = 200
"""Records tried for one answer."""


def find_proof(rules: RuleSet, decider: Decider, reach: Reach, question: Question, now_ms: int) -> Record | None:
    """A record with which this answer comes true for one of its agencies; None where the search finds none."""
    for bound in _likely(reach):
        for attributes in islice(_candidates(reach, question, bound), _TRIES):
            record = sample_record(attributes)
            if _shows(rules, decider, reach, question, bound, record, now_ms):
                return record
    return None


def share_found(rules: RuleSet, decider: Decider, bound: Bound, at: int, now_ms: int) -> bool:
    """Whether a record was found that this clause of `share_when` shares with the agency, prohibitions and all."""
    agreement = bound.agreement
    wanted = [Wanted(agreement.share_when[at], Groups(agreement.people, agreement.places))]
    for force in _forces(bound, tuple(sorted(rules.accepted[agreement.id]))):
        for attributes in islice(witnesses(wanted, frozenset(agreement.kinds), bound, force), _TRIES):
            derived = derive_attributes(sample_record(attributes))
            permits, against = decider.verdict(derived, frozenset(), False, now_ms, bound)
            if not against and f"share_when[{at}]" in permits:
                return True
    return False


def _likely(reach: Reach) -> list[Bound]:
    """Agencies to try: the first, and the first whose member forces have accepted."""
    members = [bound for bound in reach.agencies if bound.agency.forces & set(reach.forces)]
    return [*members[:1], *(each for each in reach.agencies[:1] if each not in members[:1])]


def _forces(bound: Bound, accepted: tuple[str, ...]) -> list[str]:
    own = [force for force in accepted if force in bound.agency.forces]
    return [*own, *accepted][:1]


def _candidates(reach: Reach, question: Question, bound: Bound) -> Iterator[Attributes]:
    agreement, groups = reach.agreement, Groups(reach.agreement.people, reach.agreement.places)
    kinds = frozenset(agreement.kinds) & kinds_of_field(reach.rule.path)
    conditions = agreement.fields[reach.line].when
    for clause in (agreement.share_when[at] for at in reach.clauses):
        for also in [[conditions[at]] for at in reach.whens] or [[]]:
            wanted = [Wanted(each, groups) for each in (clause, *also)] + question.wanted()
            for force in _forces(bound, reach.forces):
                for attributes in islice(witnesses(wanted, kinds, bound, force), _TRIES):
                    yield from _with_item(attributes, reach.rule.path, groups)


def _with_item(attributes: Attributes, path: FieldPath, groups: Groups) -> Iterator[Attributes]:
    """With an item that the path chooses: there already, in another role, or one more."""
    yield attributes
    if not path.list_name and path.names[0] == "grading":
        yield attributes._replace(grading=("1", "A", "P", None, None))
        yield attributes._replace(grading=("1", "A", "C", "A3", "S1"))
    if path.list_name == "objects":
        yield from (attributes._replace(objects=((code, None),)) for code in sorted(path.chosen or ("VEHICLE",)))
        return
    cast = Cast(attributes.persons, attributes.places)
    for changed in _persons(cast, path, groups) if path.list_name == "persons" else _places(cast, path, groups):
        yield attributes._replace(persons=changed.persons, places=changed.places)


def _persons(cast: Cast, path: FieldPath, groups: Groups) -> Iterator[Cast]:
    for role in sorted(path.chosen or ()) if path.chosen is not None else ("INVOLVED_PARTY",):
        yield cast._replace(persons=tuple(person._replace(roles=(role,)) for person in cast.persons))
        yield cast._replace(persons=tuple(person._replace(roles=(*person.roles, role)) for person in cast.persons))
        yield cast._replace(persons=(*cast.persons, PersonFacts((role,), ("WITNESS_OR_OTHER",), ("adult",), (), "GBR", ())))
    for group in sorted(path.groups):
        yield from (add_person(cast, clause, groups) for clause in groups.people[group])


def _places(cast: Cast, path: FieldPath, groups: Groups) -> Iterator[Cast]:
    for role in sorted(path.chosen or ()) if path.chosen is not None else ("INCIDENT",):
        yield cast._replace(places=(*cast.places, PlaceFacts(role, (), ())))
    for group in sorted(path.groups):
        yield from (add_place(cast, clause, groups) for clause in groups.places[group])


def _shows(
    rules: RuleSet, decider: Decider, reach: Reach, question: Question, bound: Bound, record: Record, now_ms: int
) -> bool:
    derived = derive_attributes(record)
    if question.where is not None and not is_known(question.where, derived):
        return False
    decision = decider.decide(derived, frozenset(), False, now_ms)
    if bound not in decision.shares:
        return False
    sanitising = decision.sanitising[reach.agreement.id]
    lost = [path for each in sorted(sanitising.drops) for path in rules.drops[each]]
    sanitiser = rules.projections[reach.agreement.id].narrowed(lost, sanitising.held)
    left = sanitiser.apply(record, decider.members(derived), lambda field, _: field)
    return reach.leaves_as in leaves_of(left, _where_it_leaves(reach.rule.path))


def is_known(clause: Clause, attributes: Attributes) -> bool:
    """Whether the clause, which names no group, is known to hold."""
    predicates = Predicates([])
    mask = predicates.mask_of(clause, "")
    return predicates.of(attributes).truth(mask) is True


def _where_it_leaves(path: FieldPath) -> Sequence[str]:
    return (path.list_name,) if path.list_name else path.names[:-1]


def leaves_of(left: Record, where: Sequence[str]) -> set[str]:
    """Names of the fields that a projection has at this place."""
    node: object = left
    for name in where:
        node = node.get(name) if isinstance(node, dict) else None
    items = node if isinstance(node, list) else [node]
    return {name for item in items if isinstance(item, dict) for name, value in item.items() if value is not None}
