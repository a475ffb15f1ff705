"""Quality: the formula, the POLE minimum, the cross-checks, near duplicates. Pure."""

from typing import Any

import pytest
from core_hub import DIALECTS, FORCE, NOW_MS, SCHEMA_NAMES, at, event, framed, message, run_standardise, submission
from hypothesis import given
from hypothesis import strategies as st

from schemas.codes import Code
from schemas.records import Record
from stream_processors.national import load_national
from stream_processors.occurrences import Occurrence, Occurrences, occurrence_of
from stream_processors.quality import WEIGHTS, find_score
from stream_processors.standardise import Standard, standardise

POINTS = st.none() | st.integers(0, 100)


def flags(record: Record, *codes: Code) -> set[tuple[str, str]]:
    """Flags of these codes; without codes: all."""
    wanted = {str(code) for code in codes}
    return {(flag["code"], flag["field"]) for flag in record["quality"]["flags"] if not codes or flag["code"] in wanted}


@given(st.fixed_dictionaries(dict.fromkeys(WEIGHTS, POINTS)))
def test_a_score_lies_between_its_dimensions(dimensions: dict[str, int | None]) -> None:
    """A mean: never below the lowest nor above the highest, and none where nothing was judged."""
    judged = [value for value in dimensions.values() if value is not None]
    score = find_score(dimensions)
    assert score is None if not judged else min(judged) <= (score or 0) <= max(judged)


def test_the_weights_are_what_the_documentation_says() -> None:
    """Completeness alone at 0 costs 30 of 100, uniqueness alone 5."""
    full = dict.fromkeys(WEIGHTS, 100)
    assert [find_score(full | {name: 0}) for name in WEIGHTS] == [70, 75, 80, 90, 90, 95]


PERSON = {
    "ref": "p1",
    "roles": ["VICTIM"],
    "subject_categories": ["VICTIM"],
    "assertion": "FACT",
    "given_name": "Ana",
    "surname": "Made-Up",
    "date_of_birth": "1990-02-03",
    "gender": {"value": "FEMALE"},
    "telephone": "+447700900123",
}
COMPLETE: dict[str, dict[str, Any]] = {
    "crime": {
        "crime": {
            "offence": {"value": "5D"},
            "crime_type": {"value": "violent-crime"},
            "status": "OPEN",
            "hate_flag": True,
            "hate_checked": True,
            "modus_operandi": "struck from behind with a bottle",
            "reported_at": "2026-06-01T11:00:00Z",
            "recording_officer": "1234",
            "supervising_officer": "99",
        },
        "persons": [PERSON],
    },
    "incident": {
        "incident": {"opening_category": {"value": "PSW_LOST_FOUND"}, "qualifiers": [{"value": "Q_ALCOHOL"}]},
        "persons": [PERSON],
    },
    "custody": {
        "custody": {
            "asn": "1101ZD0100000448754K",
            "offence": {"value": "5D"},
            "arrest_reason": "to allow a prompt investigation",
            "arresting_officer": "1234",
        },
        "persons": [
            PERSON
            | {
                "roles": ["SUSPECT"],
                "nationality": "GBR",
                "ethnicity_self_defined": {"value": "W1"},
                "ethnicity_officer_defined": {"value": "IC1"},
            }
        ],
    },
    "stop-search": {
        "stop_search": {"object_of_search": "offensive weapons", "receipt_ref": "R/77", "officer": "1234"},
        "persons": [
            PERSON
            | {
                "roles": ["SUBJECT"],
                "place_of_birth": "Leeds",
                "ethnicity_self_defined": {"value": "W1"},
                "ethnicity_officer_defined": {"value": "IC1"},
            }
        ],
    },
    "intelligence": {
        "intelligence": {"text": "a report"},
        "grading": {"source": "1", "assessment": "B", "handling": "P"},
    },
}
PLACE = [{"ref": "l1", "role": "INCIDENT", "lad_code": "E08000021", "text": "Example Street"}]


def complete(kind: str, **parts: Any) -> Record:
    """A record that says all of its minimum."""
    return event(kind, **(COMPLETE[kind] | {"locations": PLACE} | parts))


@pytest.mark.parametrize("kind", COMPLETE)
def test_a_record_that_says_all_is_complete_and_has_no_flag(kind: str) -> None:
    """The minimum can be met, and what meets it scores 100 in every dimension that was judged."""
    quality = complete(kind)["quality"]
    assert quality["flags"] == []
    assert quality["completeness"] == quality["score"] == 100


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (kind, name)
        for kind, detail in (("crime", "crime"), ("custody", "custody"), ("stop-search", "stop_search"), ("intelligence",) * 2)
        for name in COMPLETE[kind][detail]
    ],
)
def test_each_field_of_a_minimum_is_missed(kind: str, name: str) -> None:
    """Without it the record is flagged at that field, and less complete."""
    detail = "stop_search" if kind == "stop-search" else kind
    record = complete(kind, **{detail: {key: value for key, value in COMPLETE[kind][detail].items() if key != name}})
    wanted = Code.OFFENCE_MISSING if name == "offence" else Code.MINIMUM_MISSING
    assert (str(wanted), f"{detail}.{name}") in flags(record)
    assert record["quality"]["completeness"] < 100


def test_what_an_incident_is_about_decides_its_minimum() -> None:
    """ASB wants a class, safeguarding wants to know of children, any other log its qualifiers."""
    missing = {
        sub_type: {path for _, path in flags(event("incident", incident={"sub_type": sub_type}), Code.MINIMUM_MISSING)}
        for sub_type in ("asb", "safeguarding", "transport")
    }
    assert "incident.asb_class" in missing["asb"]
    assert "incident.children_present" in missing["safeguarding"]
    assert {"incident.qualifiers", "persons"} <= missing["transport"]
    assert "incident.closing_category" in {
        path for _, path in flags(event("incident", incident={"sub_type": "transport", "status": "CLOSED"}))
    }


def test_a_person_needs_something_that_tells_who_it_is() -> None:
    """No orphan: a role and nothing else is flagged; a named person lacks what is not there of the 4+1."""
    bare = {"ref": "p1", "roles": ["WITNESS"]}
    assert flags(complete("crime", persons=[bare]), Code.PERSON_BARE) == {(str(Code.PERSON_BARE), "persons[0]")}
    named = {"ref": "p1", "roles": ["WITNESS"], "surname": "Made-Up"}
    paths = {path for _, path in flags(complete("crime", persons=[named]), Code.MINIMUM_MISSING)}
    assert paths == {f"persons[0].{name}" for name in ("given_name", "date_of_birth", "gender", "telephone")}


def test_an_address_is_a_contact() -> None:
    """A link from the person to a location counts as the one contact of the 4+1."""
    person = {key: value for key, value in PERSON.items() if key != "telephone"}
    home = {"ref": "l2", "role": "HOME", "lad_code": "E08000021", "text": "1 Example Street"}
    link = {"from_ref": "p1", "to_ref": "l2", "reason": "homeAddress"}
    assert not flags(complete("crime", persons=[person], locations=[*PLACE, home], links=[link]))


def test_every_person_is_looked_up_at_its_own_address() -> None:
    """A link from one person is no contact of another."""
    persons = [PERSON | {"ref": ref, "telephone": None} for ref in ("p1", "p2")]
    links = [{"from_ref": "p2", "to_ref": "l1", "reason": "homeAddress"}, {"from_ref": "p1", "to_ref": "l9", "reason": "x"}]
    record = complete("crime", persons=persons, links=links)
    assert {path for _, path in flags(record, Code.MINIMUM_MISSING)} == {"persons[0].telephone"}


@pytest.mark.parametrize(
    ("parts", "code", "path"),
    [
        ({"occurred": {"start": "2026-06-01T10:00Z", "end": "2026-06-01T09:00Z"}}, Code.DATES_OUT_OF_ORDER, "occurred"),
        ({"envelope": {"recorded_at": "2026-05-31T10:00Z"}}, Code.DATES_OUT_OF_ORDER, "envelope.recorded_at"),
        (
            {"envelope": {"recorded_at": "2026-06-01T12:00Z", "published_at": "2026-06-01T11:30Z"}},
            Code.DATES_OUT_OF_ORDER,
            "envelope.published_at",
        ),
        ({"persons": [PERSON | {"date_of_birth": "2026-06-01"}]}, Code.DATES_OUT_OF_ORDER, "persons[0].date_of_birth"),
        (
            {"persons": [PERSON | {"date_of_birth": "2026-06-01"}], "occurred": {"start": "2026-06-01"}},
            Code.DATES_OUT_OF_ORDER,
            "persons[0].date_of_birth",
        ),
        ({"locations": at("E06000001")}, Code.OUTSIDE_FORCE_AREA, "locations[0]"),
        ({"locations": at(latitude=51.5, longitude=-0.1)}, Code.PLACES_DISAGREE, "locations[0].lad_code"),
        ({"locations": at(lsoa_code="E01008162")}, Code.PLACES_DISAGREE, "locations[0].lad_code"),
        ({"locations": at("E08099999", lsoa_code="E01008397")}, Code.CODE_UNMAPPED, "locations[0].lad_code"),
        (
            {"crime": COMPLETE["crime"]["crime"] | {"crime_type": {"value": "drugs"}}},
            Code.CATEGORY_CONTRADICTS,
            "crime.crime_type",
        ),
        (
            {"crime": COMPLETE["crime"]["crime"] | {"sexual_offence_alleged": False, "offence": {"value": "19C"}}},
            Code.CATEGORY_CONTRADICTS,
            "crime.sexual_offence_alleged",
        ),
        ({"envelope": {"recorded_at": "2026-06-03T10:00Z"}}, Code.LATE, "envelope.recorded_at"),
    ],
)
def test_each_contradiction_is_found(parts: dict[str, Any], code: Code, path: str) -> None:
    """Dates out of order, a place elsewhere, codes that can't stand together, a record that came late: flagged at the field."""
    assert (str(code), path) in flags(complete("crime", **parts))
    assert (str(code), path) not in flags(complete("crime"))


def test_an_outcome_is_not_late() -> None:
    """A record that was recorded anew, days later, for its outcome: when it was reported says nothing of that."""
    late = {"recorded_at": "2026-06-09T10:00Z"}
    assert flags(complete("crime", envelope=late), Code.LATE)
    closed = COMPLETE["crime"]["crime"] | {"outcome": {"value": "charged"}}
    assert not flags(complete("crime", envelope=late, crime=closed), Code.LATE)


@pytest.mark.parametrize(
    "parts",
    [
        {"occurred": {"start": "2026-06-01T10:00Z", "end": "2026-06-01"}},
        {"occurred": {"start": "2026-06-01T10:00Z", "end": "2026-06"}},
        {"crime": COMPLETE["crime"]["crime"] | {"reported_at": "2026-06-01"}},
        {"envelope": {"recorded_at": "2026-06-01", "published_at": "2026-06-01T11:00Z"}},
        {"envelope": {"recorded_at": "2026-06-01", "published_at": "2026-06-02T20:00Z"}},
        {"occurred": {"start": "2026"}, "persons": [PERSON | {"date_of_birth": "2026-02-01"}]},
        {"occurred": {"start": "2016-06-01", "end": "2026-05-01"}, "persons": [PERSON | {"date_of_birth": "2020-02-01"}]},
        {"occurred": {"start": "2026-06-02"}, "crime": COMPLETE["crime"]["crime"] | {"reported_at": "2026-06-01T23:30Z"}},
    ],
)
def test_a_day_is_not_its_first_moment(parts: dict[str, Any]) -> None:
    """A date beside a time of the same day contradicts nothing, and nobody is late for the hours that it does not tell."""
    assert not flags(complete("crime", **parts), Code.DATES_OUT_OF_ORDER, Code.LATE)


def test_a_date_that_is_no_moment_is_kept_as_sent() -> None:
    """What stands in the record is its first moment: the words that were sent stand beside it. A period says how well it is
    known, by the coarser of its ends.
    """
    record = complete(
        "crime", occurred={"start": "2026-06-01T10:00Z", "end": "2026-06-01"}, envelope={"recorded_at": "2026-06-01"}
    )
    assert record["occurred"]["precision"] == "DAY"
    assert {(one["field"], one["value"]) for one in record["sources"]} >= {
        ("occurred.end", "2026-06-01"), ("envelope.recorded_at", "2026-06-01"),
    }  # fmt: skip


def test_a_force_without_an_area_is_nowhere_outside() -> None:
    """The transport police and other nations' forces have no area here: nothing can be judged."""
    assert "btp" not in load_national().territorial
    assert FORCE in load_national().territorial


def told(ref: str, seen: Occurrences | None, text: str = "a man shouts at cars", **parts: Any) -> Record:
    """An incident that may be told twice."""
    what = {"opening_category": {"value": "ASB_ROWDY"}, "sub_type": "asb", "summary": text}
    place = [PLACE[0] | {"postcode": "NE1 4ST"}]
    sent = submission("incident", ref, incident=what, **({"locations": place} | parts))
    found = standardise(message(framed("incident", sent)), FORCE, SCHEMA_NAMES.get, DIALECTS, load_national(), NOW_MS, seen)
    assert isinstance(found, Standard)
    if seen is not None:
        occurrence = occurrence_of(found.record, found.kind)
        assert occurrence is not None
        seen.add(occurrence)
    return found.record


def test_two_records_of_one_occurrence_are_near_duplicates() -> None:
    """The second to come is flagged, in the same batch and in a later one; its uniqueness is 0."""
    seen = Occurrences()
    assert told("R/1", seen)["quality"]["uniqueness"] == 100
    assert told("R/2", seen, "a man shouts at the cars")["quality"]["uniqueness"] == 0
    seen.keep()
    again = told("R/3", seen, "man shouts at cars", occurred={"start": "2026-06-01T10:20:00Z"})
    assert flags(again, Code.NEAR_DUPLICATE) == {(str(Code.NEAR_DUPLICATE), "incident")}


@pytest.mark.parametrize(
    "parts",
    [
        {"occurred": {"start": "2026-06-01T10:31:00Z"}},
        {"text": "two youths on a roof"},
        {"locations": [PLACE[0] | {"postcode": "NE1 4SX"}]},
    ],
)
def test_another_time_place_or_text_is_another_occurrence(parts: dict[str, Any]) -> None:
    """Half an hour later, elsewhere, or told in other words: nothing is claimed."""
    seen = Occurrences()
    told("R/1", seen)
    assert told("R/2", seen, **parts)["quality"]["uniqueness"] == 100


def test_a_later_version_is_no_duplicate_of_its_earlier_one() -> None:
    """One record may be told as often as its force likes."""
    seen = Occurrences()
    told("R/1", seen)
    seen.keep()
    assert told("R/1", seen)["quality"]["uniqueness"] == 100


def test_a_flood_of_one_place_holds_nobody_up() -> None:
    """Of one place and category a batch remembers eight records, as memory does: each new one is compared with no more."""
    seen = Occurrences()
    told_here = [Occurrence(("place",), f"R/{number}", 0, chr(ord("a") + number) * 9) for number in range(9)]
    for occurrence in told_here:
        seen.add(occurrence)
    again = [occurrence._replace(record_id="R/again") for occurrence in told_here]
    assert [seen.is_told_already(occurrence) for occurrence in again] == [False, *[True] * 8]


def test_a_dropped_batch_leaves_nothing() -> None:
    """What is decided again is not held to be a duplicate of itself, nor of its neighbours in the dropped batch."""
    seen = Occurrences()
    told("R/1", seen)
    told("R/2", seen)
    seen.drop()
    assert told("R/1", seen)["quality"]["uniqueness"] == 100


def test_without_memory_uniqueness_is_not_judged() -> None:
    """None is not 100."""
    assert told("R/1", None)["quality"]["uniqueness"] is None


@pytest.mark.parametrize(
    ("source", "assessment", "said"),
    [("1", "A", "1A"), ("3", "E", "3E"), (None, "A", None), ("1", None, None), ("4", "A", None), ("1", "F", None)],
)
def test_who_receives_it_is_told_how_reliable_it_is(source: str | None, assessment: str | None, said: str | None) -> None:
    """Source evaluation and assessment together, where both are codes of 3x5x2; of what is not graded nothing."""
    grading = {"source": source, "assessment": assessment, "handling": "P"}
    found = run_standardise(framed("intelligence", submission("intelligence", grading=grading)))
    assert isinstance(found, Standard)
    assert found.record["quality"]["reliability"] == said
    ungraded = run_standardise(framed("crime", submission()))
    assert isinstance(ungraded, Standard)
    assert ungraded.record["quality"]["reliability"] is None
