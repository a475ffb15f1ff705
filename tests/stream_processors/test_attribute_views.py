"""What conditions ask of attributes: read in their most restrictive sense, unknown wherever they can't be told."""

from typing import Any

import pytest
from core_hub import event
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_facts import facts_of
from rule_maker import random_attributes

from schemas.kinds import KINDS
from schemas.records import Record
from stream_processors.attribute_maps import from_map, to_map
from stream_processors.attribute_views import NONE, view_of
from stream_processors.attributes import derive_attributes
from stream_processors.clauses import AGENCY_LINES, Clause
from stream_processors.national import UNMAPPED

CHANCE = st.randoms(use_true_random=False)


def asked(kind: str, **parts: Any) -> Any:
    """The attributes of a record, as conditions ask for them."""
    return view_of(derive_attributes(event(kind, **parts))).record


@pytest.mark.parametrize(
    ("grading", "handling", "action", "sanitisation"),
    [
        (None, None, None, None),
        ({"handling": "P"}, "P", NONE, NONE),
        ({"handling": "P", "action": "A3"}, "C", "A1", "S2"),
        ({"handling": "C"}, "C", "A1", "S2"),
        ({"handling": "C", "action": "A3", "sanitisation": "S1"}, "C", "A3", "S1"),
        ({"handling": "C", "action": "A1", "sanitisation": "S1"}, "C", "A1", "S1"),
        ({"handling": "C", "action": "A2", "sanitisation": "S2"}, "C", "A2", "S2"),
        ({"handling": "C", "action": "A9", "sanitisation": "S1"}, "C", "A1", "S2"),
        ({"handling": "C", "action": "A3"}, "C", "A1", "S2"),
        ({"handling": "C", "sanitisation": "S1"}, "C", "A1", "S2"),
        ({"source": "E", "handling": "P"}, "C", "A1", "S2"),
        ({"assessment": "4", "handling": "P"}, "C", "A1", "S2"),
        ({"source": None, "handling": "P"}, "C", "A1", "S2"),
        ({"assessment": "", "handling": "C", "action": "A3", "sanitisation": "S1"}, "C", "A1", "S2"),
        ({"source": "E", "assessment": "4", "handling": "C", "action": "A2", "sanitisation": "S1"}, "C", "A1", "S2"),
        ({"handling": "P", "sanitisation": "S1"}, "C", "A1", "S2"),
        ({"handling": "X", "action": "A3", "sanitisation": "S1"}, "C", "A1", "S2"),
        ({}, "C", "A1", "S2"),
    ],
)
def test_a_grading_is_read_in_its_most_restrictive_sense(
    grading: dict[str, str] | None, handling: Any, action: Any, sanitisation: Any
) -> None:
    """Contradictory or incomplete is C, A1, S2; an intelligence report without one is unknown."""
    sent = None if grading is None else {"source": "1", "assessment": "B", **grading}
    found = asked("intelligence", grading=sent)
    wanted = [value if value is None or value is NONE else frozenset((value,)) for value in (handling, action, sanitisation)]
    assert [found[name] for name in ("grade_handling", "action_code", "sanitisation_code")] == wanted


@pytest.mark.parametrize(
    ("offence", "known", "group", "anonymity"),
    [
        ("8N", frozenset(("8N",)), frozenset(("Violence against the person",)), frozenset("N")),
        ("19C", frozenset(("19C",)), frozenset(("Sexual offences",)), frozenset("Y")),
        ("local 77", frozenset((UNMAPPED,)), None, None),
        (None, frozenset((UNMAPPED,)), None, None),
    ],
)
def test_custody_has_the_attributes_of_its_offence(offence: str | None, known: Any, group: Any, anonymity: Any) -> None:
    """An arrest for a sexual offence has a complainant who stays anonymous; an unknown offence may be one."""
    sent = {"offence": offence and {"value": offence}, "disposal": {"value": "charged"}}
    found = asked("custody", custody=sent)
    assert (found["offence"], found["offence_group"], found["victim_anonymity"]) == (known, group, anonymity)
    assert (found["outcome"], found["crime_type"]) == (frozenset(("charged",)), NONE)


@pytest.mark.parametrize(
    ("incident", "anonymity"),
    [
        ({"sub_type": "asb"}, frozenset("N")),
        ({"opening_category": {"value": "ASB_ROWDY"}}, frozenset("N")),
        ({"sub_type": "asb", "closing_category": {"value": "ASB_NOISE"}}, frozenset("N")),
        ({"sub_type": "asb", "closing_category": {"value": "CRIME"}}, None),
        ({"sub_type": "asb", "closing_category": {"value": "local 77"}}, None),
        ({"sub_type": "safeguarding"}, None),
    ],
)
def test_a_log_that_was_closed_as_a_crime_may_be_of_any(incident: Record, anonymity: Any) -> None:
    """ASB has no complainant of a sexual offence, until its closing category says that it was something else."""
    assert asked("incident", incident=incident)["victim_anonymity"] == anonymity


def test_another_offence_of_an_arrest_is_not_its_group() -> None:
    """What the arrest was for is unknown where its own code is, whatever else was added; all of them tell of a complainant."""
    others = [{"value": "8N"}]
    found = asked("custody", custody={"offence": {"value": "local 77"}, "other_offences": others})
    assert (found["offence_group"], found["victim_anonymity"]) == (None, None)


def test_every_attribute_is_derived_for_every_kind() -> None:
    """The attributes are a closed set: whatever a clause can name has a value, an empty one, or is unknown."""
    lines = set(Clause.model_fields) - {*AGENCY_LINES, "quality_at_least", "persons", "places", "unknown", "because"}
    for kind in KINDS:
        assert set(asked(kind)) == lines


@pytest.mark.parametrize(
    ("person", "bands"),
    [
        ({"date_of_birth": "2016-06-02"}, {"under-10"}),
        ({"date_of_birth": "2016-06-01"}, {"10-17"}),
        ({"date_of_birth": "2008-06-02"}, {"10-17"}),
        ({"date_of_birth": "2008-06-01"}, {"adult"}),
        ({"age": 9}, {"under-10"}),
        ({"age": 18}, {"adult"}),
        ({"age_range": "10-17"}, {"10-17"}),
        ({"age_range": "15-20"}, {"10-17", "adult"}),
        ({}, {"under-10", "10-17", "adult"}),
        ({"markers": ["child"]}, {"under-10", "10-17"}),
        ({"markers": ["child"], "age": 30}, {"under-10", "10-17", "adult"}),
    ],
)
def test_an_age_is_that_at_the_event(person: Record, bands: set[str]) -> None:
    """By the birthday on the day of the event (2026-06-01); what is not known, or said twice over, may be any."""
    view = view_of(derive_attributes(event(persons=[{"ref": "p1", "roles": ["SUSPECT"]} | person])))
    assert view.persons[0]["age"] == frozenset(bands)


@settings(max_examples=300)
@given(CHANCE)
def test_the_view_is_that_of_a_naive_reading(chance: Any) -> None:
    """Each attribute of record, persons and places has the values that a reading by the words alone gives it, and is unknown
    beyond them where that says so."""
    attributes = random_attributes(chance)
    view, facts = view_of(attributes), facts_of(attributes, 0)
    pairs = [(view.record, facts.record), *zip(view.persons, facts.persons, strict=True)]
    for shown, wanted in [*pairs, *zip(view.places, facts.places, strict=True)]:
        for name, fact in wanted.items():
            values = shown[name]
            assert (values or frozenset()) - {UNMAPPED} == fact.values - {UNMAPPED}, name
            assert (values is not None and UNMAPPED not in values) == fact.complete, name
    assert [set(person["age"] or ()) for person in view.persons] == facts.ages
    assert view.score == facts.score


@settings(max_examples=100)
@given(CHANCE)
def test_attributes_are_kept_whole(chance: Any) -> None:
    """What holders keep of a record decides as the record did: the same attributes come back."""
    attributes = random_attributes(chance)
    assert from_map(to_map(attributes)) == attributes
