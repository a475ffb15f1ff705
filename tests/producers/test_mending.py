"""Mending by rule and by hand: exactly what was asked for changes, and nothing is shown that is not the force's own."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from producers_submissions import DOOR, NOW, checked, crime

from producers.door import encode_envelope
from producers.mending import Change, Draft, Rule, Setting, apply_rules, apply_settings, parse_rule, parse_setting
from producers.paths import find_values, parse_path, replace_value
from schemas.code_lists import code_lists
from schemas.dialect import shipped_dialects
from schemas.dialect_fields import code_list_of, coded_fields
from schemas.kinds import KINDS
from schemas.records import decode, load_schema

DIALECTS = shipped_dialects()
INCIDENT = {
    "envelope": {"source_system": "marsh", "source_ref": "I/1"},
    "incident": {"opening_category": {"value": "NOISE9", "scheme": None}, "qualifiers": [{"value": "Q-01"}, {"value": "X"}]},
    "persons": [
        {"ref": "p1", "gender": {"value": "7"}},
        {"ref": "p2", "gender": None},
        {"ref": "p3", "gender": {"value": "7"}},
    ],
}


def test_a_path_finds_every_element_or_one() -> None:
    """A name of a list means every element; a position means that one; what is not there gives nothing."""
    assert [at for at, _ in find_values(INCIDENT, parse_path("persons.gender.value"))] == [
        "persons[0].gender.value",
        "persons[2].gender.value",
    ]
    assert list(find_values(INCIDENT, parse_path("persons[1].ref"))) == [("persons[1].ref", "p2")]
    assert list(find_values(INCIDENT, parse_path("persons[*].ref")))[2] == ("persons[2].ref", "p3")
    for path in ("persons[9].ref", "nothing.here", "persons.ref.deeper"):
        assert list(find_values(INCIDENT, parse_path(path))) == []


@pytest.mark.parametrize("path", ["", ".", "a.", "a b", "a[x]", "a[-1]", "[0]", "a[0][1]"])
def test_what_is_no_path_is_refused(path: str) -> None:
    """By ValueError, whose text has nothing of the path."""
    with pytest.raises(ValueError, match="expected names"):
        parse_path(path)


def test_a_value_is_replaced_in_a_copy() -> None:
    """The original stays; records on the way are made; a list gets no gap."""
    made = replace_value(INCIDENT, "persons[1].gender", {"value": "1"})
    assert made["persons"][1]["gender"] == {"value": "1"}
    assert INCIDENT["persons"][1]["gender"] is None
    assert replace_value({}, "occurred.start", "2026")["occurred"] == {"start": "2026"}
    for path in ("persons[3].ref", "persons.ref", "envelope.source_ref.deeper"):
        with pytest.raises(ValueError, match=r"place|path"):
            replace_value(INCIDENT, path, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "marking.tier: CONFIDENTIAL means OFFICIAL-SENSITIVE",
            Rule("marking.tier", "CONFIDENTIAL", "OFFICIAL-SENSITIVE"),
        ),
        ("persons.gender:7 means M", Rule("persons.gender", "7", "M")),
        (" crime.offence : a: b means c  means d ", Rule("crime.offence", "a: b", "c  means d")),
    ],
)
def test_a_rule_is_read_as_it_is_said(text: str, expected: Rule) -> None:
    """Field, what was found, what it means; the first `means` divides."""
    assert parse_rule(text) == expected


@pytest.mark.parametrize(
    "text", ["", "marking.tier", "marking.tier: x", "marking.tier means y", ": x means y", "a b: x means y"]
)
def test_what_is_no_rule_is_refused(text: str) -> None:
    """With the form that was expected."""
    with pytest.raises(ValueError, match="expected"):
        parse_rule(text)


def test_a_setting_is_json() -> None:
    """A text stands in quotes; a record may be set whole."""
    assert parse_setting('marking={"tier": "OFFICIAL"}') == Setting("marking", {"tier": "OFFICIAL"})
    for text in ("marking", "marking=OFFICIAL", "=1"):
        with pytest.raises(ValueError, match="expected"):
            parse_setting(text)


def test_a_rule_changes_every_value_that_it_is_about_and_no_other() -> None:
    """Coded values keep their scheme; the changes tell exact places, before and after."""
    draft = apply_rules(Draft(INCIDENT), [Rule("persons.gender", "7", "9"), Rule("persons.gender", "9", "0")], {})
    assert [person["gender"] and person["gender"]["value"] for person in draft.record["persons"]] == ["9", None, "9"]
    assert draft.changes[0] == Change("persons[0].gender.value", "7", "9")
    assert len(draft.changes) == 2, "what a rule has changed, no later rule changes again"
    assert apply_rules(Draft(INCIDENT), [Rule("incident.opening_category", "OTHER", "ADM-01")], {}) == Draft(INCIDENT)


def test_a_national_code_is_told_in_the_systems_own() -> None:
    """The hub reads the submission by the dialect of its system; a local code stays as it is, an unknown one too."""
    for means, expected in (("ASB_NOISE", "ASB-11"), ("ASB-11", "ASB-11"), ("NOTHING", "NOTHING")):
        draft = apply_rules(Draft(INCIDENT), [Rule("incident.opening_category", "NOISE9", means)], DIALECTS)
        assert draft.record["incident"]["opening_category"] == {"value": expected, "scheme": None}
        assert DIALECTS["marsh"].codes["incident_category"]["ASB-11"] == "ASB_NOISE"


def test_setting_what_is_so_changes_nothing() -> None:
    """And a truth is no number."""
    draft = apply_settings(Draft(INCIDENT), [Setting("persons[0].ref", "p1")])
    assert draft == Draft(INCIDENT)
    assert apply_settings(Draft({"partial": True}), [Setting("partial", 1)]).changes == (Change("partial", True, 1),)


def test_every_coded_field_of_the_contract_has_its_list() -> None:
    """What the submission schemas say is coded, and nothing else but two words that dialects map too."""
    coded = set()
    for kind in KINDS.values():
        for part in load_schema(kind.submission)["fields"]:
            coded |= {f"{part['name']}.{name}" for name in _coded(part["type"])}
    assert set(coded_fields()) - coded == {"incident.sub_type", "objects.type"}
    assert coded - set(coded_fields()) == set()
    assert code_list_of("persons[3].gender") == "gender"
    assert code_list_of("marking.tier") is None
    assert set(coded_fields().values()) <= set(code_lists())


def _coded(schema: object) -> set[str]:
    """Names of the fields of this record, or of these records, that hold a Code."""
    if isinstance(schema, list):
        return {name for branch in schema for name in _coded(branch)}
    if isinstance(schema, dict) and schema["type"] == "array":
        return _coded(schema["items"])
    if isinstance(schema, dict) and schema["type"] == "record":
        return {field["name"] for field in schema["fields"] if "submission.Code" in str(field["type"])}
    return set()


@given(st.text(), st.floats(allow_nan=False, allow_infinity=False), st.booleans())
def test_a_submission_comes_through_the_file_of_the_mended_unchanged(text: str, number: float, truth: bool) -> None:
    """Decoded, as JSON and back, it has the same bytes at the door: what was not mended is sent as it was."""
    text = text.encode(errors="ignore").decode()
    places = [{"ref": "l1", "text": text, "latitude": number}]
    one = checked(crime(crime={"summary": text, "offence": {"value": text}}, locations=places, marking={"tier": "OFFICIAL"}))
    body = encode_envelope({**one.envelope, "version": 1}) + one.rest
    record = decode(KINDS["crime"].submission, body)
    again = DOOR.admit_merged("crime", orjson.loads(orjson.dumps(record)), NOW)
    assert encode_envelope({**again.envelope, "version": 1}) + again.rest == body
