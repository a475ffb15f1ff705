"""A naive evaluator of the rules: one agreement, one agency, one record at a time, straight from the words of the language.

No memo, no compiling, no index, and no code of the hub's decision core (`conditions`, `compiled_rules`, `weighing`, `areas`,
`decide`, `attribute_views`): only the models that say what is in a file, and the attributes. A truth is a number: 0 false, 1
true, 0.5 unknown; and is the least, or the greatest, not the distance from 1.
"""

from datetime import UTC, date, datetime
from typing import NamedTuple

from naive_facts import LONDON, Fact, Facts, facts_of

from schemas.reference_geography import csp_of_lad
from stream_processors.agreements import Agreement, Prohibition
from stream_processors.attributes import Attributes
from stream_processors.bindings import Bound
from stream_processors.clauses import Clause, People, PersonClause, PlaceClause, Places
from stream_processors.rule_set import RuleSet

TIERS = ["OFFICIAL", "OFFICIAL-SENSITIVE"]


class Case(NamedTuple):
    """One record at one time."""

    attributes: Attributes
    latched: frozenset[str]
    closed: bool
    now_ms: int
    facts: Facts
    day: str


class Answer(NamedTuple):
    """What the rules say of one record for one bound agreement."""

    permits: tuple[str, ...]
    against: frozenset[str]
    drops: frozenset[str]
    held: frozenset[str]

    @property
    def shares(self) -> bool:
        """Withhold unless permitted, and unless anything is against."""
        return not self.against


def case_of(attributes: Attributes, latched: frozenset[str], closed: bool, now_ms: int) -> Case:
    """The record as the evaluator sees it."""
    day = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(LONDON).date().isoformat()
    return Case(attributes, latched, closed, now_ms, facts_of(attributes, now_ms), day)


def answer(rules: RuleSet, bound: Bound, case: Case) -> Answer:
    """The answer for one bound agreement."""
    agreement = bound.agreement
    judged = [(name, clause, truth_for(clause, agreement, bound, case, rules)) for name, clause in _sharing(agreement)]
    permits = tuple(name for name, clause, truth in judged if truth == 1 or (truth == 0.5 and clause.unknown == "share"))
    against = set(_terms(rules, bound, case))
    against |= {
        f"WITHHOLD_WHEN[{at}]"
        for at, clause in enumerate(agreement.withhold_when)
        if truth_for(clause, agreement, bound, case, rules) > 0
    }
    drops = set()
    for prohibition in rules.prohibitions:
        if is_excepted(prohibition, agreement, case):
            continue
        if prohibition.effect == "withhold" and may_hold(prohibition, case, (bound, rules)):
            against.add(f"PROHIBITION:{prohibition.id}")
        if prohibition.effect == "drop" and may_hold(prohibition, case, None):
            drops.add(prohibition.id)
    if not permits:
        against.add(_wanting(agreement, bound, case, rules))
    held = {
        path
        for path, obligation in agreement.fields.items()
        if any(truth_of(clause, agreement.people, agreement.places, case.facts) == 1 for clause in obligation.when)
    }
    return Answer(permits, frozenset(against), frozenset(drops), frozenset(held))


def latches(rules: RuleSet, case: Case) -> frozenset[str]:
    """What now holds for the life of the record: what did already, and every latching prohibition that holds or may hold."""
    found = {p.id for p in rules.prohibitions if p.latch and may_hold(p, case, None)}
    return case.latched | found


def _sharing(agreement: Agreement) -> list[tuple[str, Clause]]:
    return [(f"share_when[{at}]", clause) for at, clause in enumerate(agreement.share_when)]


def _terms(rules: RuleSet, bound: Bound, case: Case) -> list[str]:
    """What the agreement itself is limited to."""
    agreement, record, found = bound.agreement, case.facts.record, []
    if case.closed:
        found.append("CLOSED_BY_ORIGINATOR")
    if not agreement.valid_from <= date.fromisoformat(case.day) <= agreement.valid_until:
        found.append("AGREEMENT_NOT_VALID")
    if case.attributes.force not in rules.accepted[agreement.id]:
        found.append("FORCE_HAS_NOT_ACCEPTED")
    if not _only(record["kind"], agreement.kinds, empty=False):
        found.append("KIND")
    if not _only(record["marking"], TIERS[: TIERS.index(agreement.max_marking) + 1], empty=False):
        found.append("MARKING")
    if not _only(record["grade_handling"], agreement.intelligence_handling, empty=True):
        found.append("INTELLIGENCE_HANDLING")
    return found


def _only(fact: Fact, allowed: object, *, empty: bool) -> bool:
    """Whether it is known to have none but these values."""
    assert isinstance(allowed, tuple | list)
    return fact.complete and all(value in allowed for value in fact.values) and (empty or bool(fact.values))


def may_hold(prohibition: Prohibition, case: Case, agency: tuple[Bound, RuleSet] | None) -> bool:
    """Unknown satisfies it, and a latch keeps it. Without an agency what hangs on the agency is taken to hold."""
    if prohibition.id in case.latched:
        return True
    for clause in prohibition.when:
        truth = truth_of(clause, prohibition.people, prohibition.places, case.facts)
        if agency is not None:
            truth = min(truth, agency_truth(clause, agency[0], case, agency[1]))
        elif prohibition.effect == "withhold" and clause.agency_lines():
            truth = 0  # such a clause never latches, and there is nobody to ask about
        if truth > 0:
            return True
    return False


def is_excepted(prohibition: Prohibition, agreement: Agreement, case: Case) -> bool:
    """An exception is a permission: with conditions it needs one that is known to hold."""
    for excepted in prohibition.excepted:
        if excepted.agreement == agreement.id:
            truths = [truth_of(each, prohibition.people, prohibition.places, case.facts) for each in excepted.when]
            return not truths or max(truths) == 1
    return False


def _wanting(agreement: Agreement, bound: Bound, case: Case, rules: RuleSet) -> str:
    """Why nothing permits: the clause that came nearest says what was wanting."""
    plain = [(c, truth_of(c, agreement.people, agreement.places, case.facts)) for c in agreement.share_when]
    nearest = max(truth for _, truth in plain)
    if nearest < 1:
        return "CONDITION" if nearest == 0 else "CONDITION_UNKNOWN"
    near = [clause for clause, truth in plain if truth == 1]
    lines = sorted({line.upper() for clause in near for line in clause.agency_lines()})
    unknown = any(agency_truth(clause, bound, case, rules) == 0.5 for clause in near)
    return "_".join([*lines, "UNKNOWN"] if unknown else lines)


# -- one clause -------------------------------------------------------------------------------------------------------


def truth_for(clause: Clause, agreement: Agreement, bound: Bound, case: Case, rules: RuleSet) -> float:
    """The whole clause for one agency."""
    own = truth_of(clause, agreement.people, agreement.places, case.facts)
    return min(own, agency_truth(clause, bound, case, rules))


def truth_of(clause: Clause, people: People, places: Places, facts: Facts) -> float:
    """All lines of the clause but those that hang on the agency."""
    found = [1.0]
    for name in Clause.model_fields:
        said = getattr(clause, name)
        if said is None or name in ("area", "consent", "originator_control", "unknown", "because"):
            continue
        if name == "quality_at_least":
            found.append(0.5 if facts.score is None else float(facts.score >= said))
        elif name in ("persons", "places"):
            size = len(facts.persons) if name == "persons" else len(facts.places)
            for quantifier in ("any", "every", "none", "subject"):
                group = getattr(said, quantifier)
                if group is not None:
                    members = [_of(group, at, name, people, places, facts) for at in range(size)]
                    found.append(quantified(quantifier, members, facts))
        else:
            found.append(_has(facts.record[name], said))
    return min(found)


def _has(fact: Fact, wanted: tuple[str, ...]) -> float:
    if any(value in fact.values for value in wanted):
        return 1.0
    return 0.0 if fact.complete else 0.5


def quantified(quantifier: str, members: list[float], facts: Facts) -> float:
    """any: at least one; none: nobody; every: there is one, and all are; subject: one whom the record is about."""
    if quantifier == "any":
        return max(members, default=0.0)
    if quantifier == "none":
        return 1 - max(members, default=0.0)
    if quantifier == "every":
        return min(members) if members else 0.0
    return max((min(truth, _is_concerned(at, facts)) for at, truth in enumerate(members)), default=0.0)


def _is_concerned(at: int, facts: Facts) -> float:
    person = facts.persons[at]
    by_role = _has(person["role"], ("SUSPECT", "OFFENDER", "SUBJECT"))
    return max(by_role, _has(person["subject_category"], ("SUSPECT", "CONVICTED")))


def _of(group: str, at: int, sort: str, people: People, places: Places, facts: Facts) -> float:
    return person_of(group, at, people, facts) if sort == "persons" else place_of(group, at, people, places, facts)


def person_of(group: str, at: int, people: People, facts: Facts) -> float:
    """Whether this person is of the group: he or she satisfies one of its clauses."""
    return max(_person(clause, at, people, facts) for clause in people[group])


def _person(clause: PersonClause, at: int, people: People, facts: Facts) -> float:
    person, found = facts.persons[at], [1.0]
    for name in ("role", "subject_category", "marker", "nationality"):
        if (wanted := getattr(clause, name)) is not None:
            found.append(_has(person[name], wanted))
        if (unwanted := getattr(clause, f"not_{name}", None)) is not None:
            found.append(1 - _has(person[name], unwanted))
    if clause.age is not None:
        fits = [band in clause.age for band in facts.ages[at]]
        found.append(1.0 if all(fits) else 0.5 if any(fits) else 0.0)
    if clause.within is not None:
        found.append(person_of(clause.within, at, people, facts))
    if clause.outside is not None:
        found.append(1 - person_of(clause.outside, at, people, facts))
    if clause.household_of is not None:
        found.append(max(person_of(clause.household_of, other, people, facts) for other in {at} | facts.households[at]))
    return min(found)


def place_of(group: str, at: int, people: People, places: Places, facts: Facts) -> float:
    """Whether this place is of the group."""
    return max(_place(clause, at, people, places, facts) for clause in places[group])


def _place(clause: PlaceClause, at: int, people: People, places: Places, facts: Facts) -> float:
    place, found = facts.places[at], [1.0]
    for name in ("role", "marker"):
        if (wanted := getattr(clause, name)) is not None:
            found.append(_has(place[name], wanted))
    if clause.home_of is not None:
        found.append(max((person_of(clause.home_of, who, people, facts) for who in facts.homes[at]), default=0.0))
    if clause.outside is not None:
        found.append(1 - place_of(clause.outside, at, people, places, facts))
    return min(found)


# -- what hangs on the agency -----------------------------------------------------------------------------------------


def agency_truth(clause: Clause, bound: Bound, case: Case, rules: RuleSet) -> float:
    """The lines of the clause that hang on the agency."""
    found = [1.0]
    if clause.area is not None:
        found.append(_is_own(clause.area, bound, case))
    if clause.consent is not None:
        found.append(_consents(clause.consent, bound, case))
    if clause.originator_control is not None:
        found.append(_barred(bound, case, rules))
    return min(found)


def _is_own(area: str, bound: Bound, case: Case) -> float:
    agency, attributes = bound.agency, case.attributes
    of_force = float(attributes.force in agency.forces)
    if area == "own-force" or (area == "own" and not agency.lads):
        return of_force
    if not agency.lads:
        return 0.0
    mine = set(agency.lads) if area == "own" else {csp_of_lad(lad) for lad in agency.lads} - {None}
    where = attributes.lads if area == "own" else attributes.csps
    return float(any(place in mine for place in where)) if where else 0.5


def _consents(wanted: str, bound: Bound, case: Case) -> float:
    control = case.attributes.control
    mine = [until for name, until in control.consents if name in (bound.agency.id, bound.agency.kind)] if control else []
    not_ended = min((runs(until, case.day) for until in mine), default=1.0)
    return not_ended if wanted == "not-ended" or mine else 0.0


def runs(until: str | None, day: str) -> float:
    """Whether a consent that ends with this day still runs; of what is no day nobody knows."""
    if until is None:
        return 1.0
    try:
        return float(date.fromisoformat(until) >= date.fromisoformat(day))
    except ValueError:
        return 0.5


def _barred(bound: Bound, case: Case, rules: RuleSet) -> float:
    control = case.attributes.control
    if control is None:
        return 0.0
    mine = {bound.agency.id, bound.agency.kind}
    if (control.only and not mine & set(control.only)) or mine & set(control.barred):
        return 1.0
    return 0.0 if set(control.barred) <= rules.names else 0.5
