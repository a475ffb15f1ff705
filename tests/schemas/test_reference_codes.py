"""Coded values by (list, scheme, code), incident categories, sub-types and event types."""

import csv
from collections import Counter
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.kinds import KINDS
from schemas.reference import partner_kinds
from schemas.reference_codes import (
    NATIONAL,
    coded_values,
    event_types,
    incident_categories,
    labels,
    national_codes,
    response_grades,
    sub_types,
)
from stream_processors.national import MARKERS


def _rows() -> list[dict[str, str]]:
    with (files("schemas") / "reference" / "coded_values.csv").open(encoding="utf-8") as source:
        return list(csv.DictReader(source))


def test_no_code_twice_in_a_scheme() -> None:
    """(list, scheme, code) is one row: two could disagree."""
    keys = Counter((row["list"], row["scheme"], row["code"]) for row in _rows())
    assert [key for key, count in keys.items() if count > 1] == []


def test_every_code_maps_to_a_national_code_of_its_list() -> None:
    """Nothing maps outside its list; a national code maps to itself; every row has a label and a verification."""
    for (name, scheme, code), national in coded_values().items():
        assert national in national_codes(name), (name, scheme, code)
        assert scheme == scheme.lower()
        if scheme == NATIONAL:
            assert national == code
    assert all(row["label"] and row["verification"] in ("VERIFIED", "RECALLED", "OURS") for row in _rows())


@pytest.mark.parametrize(
    ("name", "scheme", "code", "national"),
    [
        ("ethnicity_self_defined", "18+1", "W4", "W4"),
        ("ethnicity_self_defined", "ihub", "ESDD_W4", "W4"),
        ("ethnicity_self_defined", "hmpps", "W4", "W3"),  # Gypsy or Irish Traveller there
        ("ethnicity_self_defined", "hmpps", "W5", "W4"),  # Roma there
        ("ethnicity_self_defined", "16+1", "O1", "A4"),  # Chinese
        ("ethnicity_self_defined", "pole", "14", None),  # numbers are never converted by position
        ("ethnicity_self_defined", "pole", "1", None),
        ("ethnicity_officer_defined", "ihub", "IC7", "IC7"),
        ("ethnicity_officer_defined", "ic", "IC9", "IC7"),
        ("ethnicity_officer_defined", "pole", "0", "IC7"),  # not known
        ("ethnicity_officer_defined", "pole", "7", None),  # mixed, which has no national code, and not IC7
        ("ethnicity_officer_defined", "pole", "6", "IC6"),
        ("gender", "ihub", "GNDR_0001", "FEMALE"),
        ("gender", "pole", "Trans Male", "TRANS_MALE"),
        ("sex", "cjs", "1", "MALE"),
        ("sex", "cjs", "0", "NOT_KNOWN"),
        ("sex", "cjs", "9", "NOT_STATED"),
        ("sex", "pnc", "U", "NOT_KNOWN"),
        ("sex", "pnc", "F", "FEMALE"),
        ("grading_source", "5x5x5", "E", "2"),
        ("grading_source", "5x5x5", "B", "1"),
        ("grading_assessment", "5x5x5", "4", "D"),
        ("grading_handling", "5x5x5", "1", "P"),
        ("grading_handling", "5x5x5", "4", "C"),
        ("grading_sanitisation", "5x5x5", "1", None),  # under P there is none
        ("grading_sanitisation", "5x5x5", "5", "S2"),
        ("asb_class", "pole", "Personal", "PERSONAL"),
        ("hate_strand", "pole", "N/A", "NONE"),
        ("subject_category", "dpa-38", "WITNESS", "WITNESS_OR_OTHER"),
        ("response_grade", "suffolk-five", "1", "EMERGENCY"),
        ("response_grade", "met-letters", "S", "PRIORITY"),
    ],
)
def test_a_code_means_what_its_scheme_says(name: str, scheme: str, code: str, national: str | None) -> None:
    """The same code in two schemes may be two things, and a code without a national one has none."""
    assert coded_values().get((name, scheme, code)) == national


def test_no_number_of_pole_becomes_an_ethnicity() -> None:
    """POLE prints African before Caribbean: any conversion by position would call one the other."""
    assert not [key for key in coded_values() if key[:2] == ("ethnicity_self_defined", "pole")]


def test_the_self_defined_list_has_twenty_values() -> None:
    """18+1 with not stated, and Roma."""
    assert len(national_codes("ethnicity_self_defined")) == 20
    assert national_codes("ethnicity_officer_defined") == {f"IC{number}" for number in range(1, 8)}


def test_every_list_has_labels_and_an_unknown_one_is_empty() -> None:
    """Labels are of the national codes; a list nobody knows gives nothing, so nothing is valid in it."""
    assert all(label for codes in labels().values() for label in codes.values())
    assert national_codes("no such list") == frozenset()
    assert set(response_grades().values()) == national_codes("response_grade")


@given(st.text(), st.text(), st.text())
def test_any_text_has_a_national_code_or_none(name: str, scheme: str, code: str) -> None:
    """The look-up never raises and never invents a code."""
    found = coded_values().get((name, scheme, code))
    assert found is None or found in national_codes(name)


def test_every_event_type_of_every_partner_kind_maps() -> None:
    """What partners are said to receive is a kind of this hub, with what selects within it."""
    named = {event_type for kind in partner_kinds().values() for event_type in kind.event_types}
    assert named
    assert named <= event_types().keys()
    for event_type in event_types().values():
        assert event_type.kind in KINDS, event_type.id
        assert event_type.sub_type in {"", *sub_types()}, event_type.id
        assert set(event_type.markers) <= MARKERS, event_type.id
        assert set(event_type.qualifiers) <= incident_categories().keys(), event_type.id
        assert event_type.kind == "incident" or not (event_type.sub_type or event_type.qualifiers), event_type.id


def test_every_category_has_a_known_sub_type_or_none() -> None:
    """A category's sub-type is in the list, qualifiers have none, and ASB follows from the whole theme."""
    for category in incident_categories().values():
        assert category.sub_type in {"", *sub_types()}, category.id
        assert (category.theme == "ASB") == (category.sub_type == "asb"), category.id
        assert category.theme != "QUALIFIER" or not category.sub_type, category.id
    assert len(incident_categories()) == 68
