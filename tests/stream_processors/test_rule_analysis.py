"""What is told of clauses is true: contradictions, implications, witnesses. Against the predicates that decide the stream."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_attributes import attributes

from schemas.kinds import KINDS
from stream_processors.attributes import Attributes, derive_attributes
from stream_processors.clauses import Clause, PersonClause, Quantified
from stream_processors.conditions import Groups, Truth
from stream_processors.predicates import Predicates
from stream_processors.rule_analysis_implied import holds_wherever
from stream_processors.rule_analysis_lines import EVERY_KIND, values_of_line
from stream_processors.rule_analysis_solve import Wanted, contradiction, empty_group
from stream_processors.rule_analysis_witness import witnesses
from stream_processors.sample_records import sample_record

GROUPS = Groups(
    {
        "children": (PersonClause(age=("10-17", "under-10")),),
        "suspects": (PersonClause(role=("SUSPECT", "OFFENDER")),),
        "others": (PersonClause(not_role=("SUSPECT", "OFFENDER", "SUBJECT")),),
        "nobody": (PersonClause(role=("VICTIM",), not_role=("VICTIM", "WITNESS")),),
    },
    {},
)
LINES = (
    "kind marking handling_instruction marker incident_theme response_grade grade_handling action_code sanitisation_code "
    "subject_category person_role victim_anonymity offence_flag object_type cross_border hour"
).split()
OPEN = {"sub_type": ("asb", "missing"), "crime_type": ("burglary", "robbery"), "qualifier": ("CHILD",), "status": ("OPEN",)}


@st.composite
def clauses(draw: st.DrawFn) -> Clause:
    """Any clause of one to three lines, with or without a group."""
    said: dict[str, object] = {}
    for name in draw(st.lists(st.sampled_from([*LINES, *OPEN]), min_size=1, max_size=3, unique=True)):
        values = OPEN.get(name) or values_of_line(name)
        said[name] = tuple(draw(st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)))
    if draw(st.booleans()):
        quantifier = draw(st.sampled_from(["any", "every", "none", "subject"]))
        said["persons"] = Quantified.model_validate({quantifier: draw(st.sampled_from(sorted(GROUPS.people)))})
    return Clause.model_validate(said)


def truth(clause: Clause, record: Attributes) -> Truth:
    """What the hub's own predicates make of it."""
    predicates = Predicates([("r", GROUPS)])
    mask = predicates.mask_of(clause, "r")
    return predicates.of(record).truth(mask)


def records(seed: int, count: int) -> list[Attributes]:
    chance = random.Random(seed)
    return [attributes(chance) for _ in range(count)]


@settings(max_examples=60, deadline=None)
@given(one=clauses(), other=clauses(), seed=st.integers(0, 10**6), known=st.booleans())
def test_a_contradiction_is_met_by_no_record(one: Clause, other: Clause, seed: int, known: bool) -> None:
    """Where two clauses are told to contradict, no record is known to meet both (or, asked so, may meet both)."""
    if contradiction([Wanted(one, GROUPS, known), Wanted(other, GROUPS, known)]) is None:
        return
    for record in records(seed, 60):
        both = (truth(one, record), truth(other, record))
        assert both != (True, True) if known else False in both


@settings(max_examples=80, deadline=None)
@given(narrow=clauses(), wide=clauses(), seed=st.integers(0, 10**6), cut=st.booleans())
def test_an_implied_clause_holds_wherever_it_is_told_to(narrow: Clause, wide: Clause, seed: int, cut: bool) -> None:
    """Known wherever the narrow one is known, and never ruled out where the narrow one is not."""
    if cut:  # most clauses have nothing to do with each other: one with a line less surely follows
        said = narrow.model_dump(exclude_none=True)
        wide = Clause.model_validate(dict(list(said.items())[:1]))
        assert holds_wherever(wide, narrow, same_groups=True)
    if not holds_wherever(wide, narrow, same_groups=True):
        return
    for record in records(seed, 40):
        below, above = truth(narrow, record), truth(wide, record)
        assert below is False or above is not False
        assert below is not True or above is True


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ({"kind": ["crime"], "sub_type": ["asb"]}, "sub_type"),
        ({"kind": ["intelligence"], "victim_anonymity": ["Y"]}, "victim_anonymity"),
        ({"grade_handling": ["P"], "action_code": ["A1"]}, "no action code"),
        ({"persons": {"any": "nobody"}}, "nobody"),
        ({"persons": {"any": "children", "none": "children"}}, "none of children"),
        ({"kind": ["stop-search"], "crime_type": ["robbery"], "marker": ["child"]}, "crime_type"),
    ],
)
def test_lines_that_contradict_are_found(lines: dict[str, object], found: str) -> None:
    """Each sort of contradiction is told with the lines that make it."""
    clause = Clause.model_validate(lines)
    why = contradiction([Wanted(clause, GROUPS)])
    assert why is not None and found in why


def test_two_single_values_contradict_and_two_markers_do_not() -> None:
    """A record has one crime type and any number of markers; what is only possible contradicts less."""
    robbery, burglary = Clause(crime_type=("robbery",)), Clause(crime_type=("burglary",))
    assert contradiction([Wanted(robbery, GROUPS), Wanted(burglary, GROUPS)])
    assert contradiction([Wanted(robbery, GROUPS, False), Wanted(burglary, GROUPS, False)]) is None
    assert contradiction([Wanted(Clause(marker=("soc",)), GROUPS), Wanted(Clause(marker=("child",)), GROUPS)]) is None
    assert empty_group("persons", "others", GROUPS, concerned=True) is None  # by category, still


def test_an_agency_line_follows_from_itself_alone() -> None:
    """Own authorities are not always in the own force; a group of another rule is another group."""
    own, partnership = Clause(area="own"), Clause(area="own-csp")
    assert holds_wherever(own, own, same_groups=True) and not holds_wherever(partnership, own, same_groups=True)
    some = Clause(persons=Quantified(any="children"))
    assert holds_wherever(some, some, same_groups=True) and not holds_wherever(some, some, same_groups=False)
    assert holds_wherever(Clause(kind=("incident",)), Clause(sub_type=("asb",)), same_groups=True)
    assert not holds_wherever(Clause(quality_at_least=80), Clause(quality_at_least=70), same_groups=True)


@settings(max_examples=60, deadline=None)
@given(clause=clauses())
def test_a_witness_is_a_record_that_meets_the_clause(clause: Clause) -> None:
    """Whatever the search looks at can be written down as a standard record of the same kind."""
    wanted = [Wanted(clause, GROUPS)]
    for candidate in list(witnesses(wanted, EVERY_KIND, None, "kent"))[:20]:
        record = sample_record(candidate)
        assert record["envelope"]["kind"] in KINDS
        assert derive_attributes(record).kind == candidate.kind
