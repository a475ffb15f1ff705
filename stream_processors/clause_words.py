"""Clauses in plain English: the words of one condition, the same wherever it is shown. Pure."""

from collections.abc import Iterable, Mapping

from stream_processors.clauses import Clause, People, PersonClause, PlaceClause, Places

_LINES: Mapping[str, str] = {
    "kind": "it is of kind {}",
    "sub_type": "it is an incident of sub-type {}",
    "force": "it comes from {}",
    "crime_type": "its crime type is {}",
    "offence": "its offence is {}",
    "offence_group": "its offence is of the group {}",
    "offence_flag": "its offence is {}",
    "outcome": "its outcome is {}",
    "status": "its status is {}",
    "incident_category": "its incident category is {}",
    "incident_theme": "its incident category is of the theme {}",
    "qualifier": "it has the incident qualifier {}",
    "response_grade": "its response grade is {}",
    "marking": "it is marked {}",
    "handling_instruction": "it has the handling instruction {}",
    "grade_handling": "its handling code is {}",
    "action_code": "its action code is {}",
    "sanitisation_code": "its sanitisation code is {}",
    "subject_category": "somebody in it is of the subject category {}",
    "person_role": "somebody in it has the role {}",
    "marker": "it, or a part of it, has the marker {}",
    "victim_anonymity": "victim anonymity is {}",
    "object_type": "there is an object of type {}",
    "object_status": "there is an object with the status {}",
    "cross_border": "cross-border is {}",
    "hour": "its local hour is {}",
}
_AGENCY = {
    ("area", "own"): "it happened in the agency's own authorities",
    ("area", "own-csp"): "it happened in the agency's community safety partnership",
    ("area", "own-force"): "it comes from one of the agency's member forces",
    ("consent", "given"): "the originator has consented for this agency",
    ("consent", "not-ended"): "no consent that names this agency has ended",
    ("originator_control", "barred"): "the originator has barred this agency",
}
_PERSON: Mapping[str, str] = {
    "role": "has the role {}",
    "not_role": "has none of the roles {}",
    "subject_category": "is of the subject category {}",
    "not_subject_category": "is not of the subject category {}",
    "age": "is {} at the event",
    "marker": "has the marker {}",
    "not_marker": "has none of the markers {}",
    "nationality": "is {}",
}
_QUANTIFIED = {
    "any": "there is a {what} who {}",
    "every": "there is a {what}, and every {what} {}",
    "none": "there is no {what} who {}",
    "subject": "somebody whom the record is about {}",
}


def clause_words(clause: Clause, people: People | None = None, places: Places | None = None) -> str:
    """The clause as one sentence part. Groups are spelled out where the rule's own are given, else named."""
    said = [_LINES[name].format(_or(sorted(values))) for name, values in clause.lines().items()]
    said += [_AGENCY[line] for line in clause.agency_lines().items()]
    if clause.quality_at_least is not None:
        said.append(f"its quality score is at least {clause.quality_at_least}")
    for part, groups, what in (("persons", people, "person"), ("places", places, "place")):
        condition = getattr(clause, part)
        for quantifier, group in condition.conditions() if condition else ():
            words = _group(group, groups or {})
            said.append(_QUANTIFIED[quantifier].format(words, what=what).replace("place who", "place that"))
    words = ", and ".join(said)
    return f"{words} (or this is not known: {clause.because})" if clause.unknown else words


def any_of(clauses: Iterable[Clause], people: People | None = None, places: Places | None = None) -> str:
    """Clauses of which one is enough."""
    return "; or ".join(clause_words(clause, people, places) for clause in clauses)


def _group(name: str, groups: Mapping[str, tuple[PersonClause, ...]] | Mapping[str, tuple[PlaceClause, ...]]) -> str:
    if name not in groups:
        return f"is of the group {name}"
    return f"is of the group {name} ({'; or '.join(item_words(clause) for clause in groups[name])})"


def item_words(clause: PersonClause | PlaceClause) -> str:
    """What is so of one person or place."""
    said = [_PERSON[name].format(_or(sorted(values))) for name, values in clause.lines().items()]
    if isinstance(clause, PersonClause):
        said += [f"lives with somebody of {clause.household_of}"] if clause.household_of else []
        said += [f"is of {clause.within}"] if clause.within else []
    else:
        said += [f"is the home of somebody of {clause.home_of}"] if clause.home_of else []
    said += [f"is not of {clause.outside}"] if clause.outside else []
    return " and ".join(said)


def _or(values: list[str]) -> str:
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} or {values[-1]}"
