"""Statements: what is said about somebody leaves only with him or her."""

from typing import Any

import pytest
from core_hub import Hub, agreement, event, prohibition, rule_set
from projected import full, person, place, projected

from stream_processors.projection import compile_projection

Record = dict[str, Any]


def said(about: str | None, text: str = "") -> Record:
    return {"text": text or f"of {about}", "assertion": "FACT", "about_ref": about}


def record(**more: Any) -> Record:
    """A victim, a suspect and a place, and something said of each, of the whole, and of somebody who is not there."""
    parts = {
        "persons": [person("VICTIM", ref="p1", surname="Victoria"), person("SUSPECT", ref="p2", surname="Other")],
        "locations": [place(ref="l1", postcode="NE1 4XF")],
        "objects": [],
        "statements": [said(ref) for ref in ("p1", "p2", "l1", None, "gone")],
    }
    return full(**(parts | more))


def texts(fields: Record, *lost: str, given: Record | None = None, **more: Any) -> list[str]:
    """What is still said."""
    return [each["text"] for each in projected(fields, given or record(), *lost, **more).get("statements", [])]


ALL = {"statements[*].text": "keep", "persons[*].surname": "keep", "locations[*].postcode": "keep"}


def test_a_statement_leaves_with_what_it_is_about() -> None:
    """With everybody's name and place kept, what is said of each leaves, and of the whole; not of one who is not there."""
    assert texts(ALL) == ["of p1", "of p2", "of l1", "of None"]
    left = projected(ALL | {"statements[*].assertion": "keep"}, record())["statements"]
    assert left[0] == {"text": "of p1", "assertion": "FACT"}


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ({"statements[*].text": "keep"}, ["of None"]),
        ({"statements[*].text": "keep", "persons[SUSPECT].surname": "keep"}, ["of p2", "of None"]),
        ({"statements[SUSPECT].text": "keep", "persons[*].surname": "keep"}, ["of p2"]),
        ({"statements[INCIDENT].text": "keep", "locations[*].postcode": "keep"}, ["of l1"]),
        ({**ALL, "statements[VICTIM].text": "drop"}, ["of p2", "of l1", "of None"]),
        ({"persons[*].surname": "keep"}, []),
    ],
)
def test_a_statement_about_one_of_whom_nothing_leaves_stays_here(fields: Record, left: list[str]) -> None:
    """A statement would tell that there is somebody; and a selector speaks of what the statement is about."""
    assert texts(fields) == left


def test_what_a_prohibition_takes_of_somebody_takes_what_is_said_of_them() -> None:
    """And what is said of nobody in particular: it may be of the same person. An explicit drop of the text does it as well."""
    assert texts(ALL, "persons[VICTIM].surname") == ["of p2", "of l1"]
    assert texts(ALL, "locations[*].latitude") == ["of p1", "of p2"]
    assert texts(ALL, "statements[*].text") == []
    assert texts(ALL, "statements[VICTIM].text") == ["of p2", "of l1"]
    suspects = record(persons=[person("SUSPECT", ref="p2", surname="Other")], statements=[said("p2"), said(None)])
    assert texts(ALL, "persons[VICTIM].surname", given=suspects) == ["of p2", "of None"]
    unclear = record(persons=[person(ref="p2", surname="Other")], statements=[said("p2"), said(None)])
    assert texts(ALL, "persons[VICTIM].surname", given=unclear) == []


def test_one_reference_for_two_stands_for_both() -> None:
    """Where two have the same reference the statement may be of either: it leaves only where both do."""
    twins = record(persons=[person("VICTIM", ref="p1", surname="A"), person("SUSPECT", ref="p1", surname="B")])
    assert "of p1" in texts(ALL, given=twins)
    assert "of p1" not in texts(ALL, "persons[VICTIM].surname", given=twins)
    assert "of p1" not in texts({"statements[*].text": "keep", "persons[SUSPECT].surname": "keep"}, given=twins)
    assert "of p1" not in texts(ALL | {"statements[SUSPECT].text": "keep"} | {}, "statements[VICTIM].text", given=twins)


@pytest.mark.parametrize(("truth", "left"), [(True, ["of p1"]), (False, []), (None, [])])
def test_a_group_chooses_statements_about_its_members(truth: bool | None, left: list[str]) -> None:
    """Who is not known to be of the group is not chosen; in a prohibition who may be of it is."""
    members = {("council", "persons", "harmed"): (truth, False)}
    fields = {"statements[harmed].text": "keep", "persons[*].surname": "keep"}
    groups = {"people": {"harmed": [{"role": ["VICTIM"]}]}}
    assert texts(fields, members=members, **groups) == left


def test_the_hub_withholds_what_is_said_of_a_victim() -> None:
    """Through decision and delivery: an agreement's group, and the prohibition that takes the victim's name."""
    rule = agreement(
        people={"harmed": [{"role": ["VICTIM"]}]},
        fields={"statements[*].text": "keep", "persons[harmed].surname": "keep", "persons[SUSPECT].surname": "keep"},
    )
    national = prohibition(when=[{"marker": ["soc"]}], effect="drop", drops=["persons[VICTIM].surname"])
    people = [
        {"ref": "p1", "roles": ["VICTIM"], "surname": "Victoria"},
        {"ref": "p2", "roles": ["SUSPECT"], "surname": "Sidney"},
    ]
    lines = [{"text": f"said of {ref}", "about_ref": ref} for ref in ("p1", "p2")]
    hub = Hub(rule_set([rule], [national]))
    for markers, told in ([], True), (["soc"], False):
        outcome = hub.decide(event(ref=f"R/{told}", persons=people, statements=lines, markers=markers))
        assert outcome.releases
        for release in outcome.releases:
            assert (b"said of p1" in release.value, b"said of p2" in release.value) == (told, True)


def test_a_list_of_statements_alone_makes_a_schema_of_its_own() -> None:
    """Nullable, default null, and no field that tells whom they are about."""
    [rule] = rule_set([agreement(fields={"statements[*].text": "keep"})]).agreements
    projection = compile_projection(rule)
    assert [each.treatment.name for each in projection.rules if each.treatment] == ["text"]
    assert "about_ref" not in str(rule_set([agreement(fields={"statements[*].text": "keep"})]).schemas)
