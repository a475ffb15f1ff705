"""What a submission lacks: each rule of the minimum and of times is fed what it must find, and what it must pass over."""

from typing import Any

import pytest

from deploy.nation.gaps import JUDGED, due_fields, find_gaps
from deploy.nation.gaps_times import find_time_gaps
from schemas.codes import Code
from schemas.kinds import KINDS
from schemas.records import Record

NAMED = {
    "ref": "p1", "roles": ["Vulnerable Adult"], "given_name": "Cerys", "surname": "Example", "date_of_birth": "1985-05-05",
    "sex": {"value": "F"}, "telephone": "+447700900123",
}  # fmt: skip


def _crime(**changes: Any) -> Record:
    crime = {
        "offence": {"value": "49"}, "crime_type": {"value": "other-theft"}, "status": "OPEN", "hate_flag": False,
        "modus_operandi": "Took it from a shelf.", "reported_at": "2026-03-27T20:00:00Z", "recording_officer": "1",
        "supervising_officer": "2", **changes,
    }  # fmt: skip
    return _whole("crime", crime)


def _log(sub_type: str, person: Record | None = None, **changes: Any) -> Record:
    risks = {"repeat_victim": False, "repeat_offender": False, "children_present": True, "questionnaire_completed": False}
    asb = {"asb_class": {"value": "NUISANCE"}, "opening_category": {"value": "A"}, "qualifiers": [{"value": "Q"}]}
    return _whole("incident", {"sub_type": sub_type, **risks, **asb, **changes}, person)


def _whole(detail: str, of_detail: Record, person: Record | None = None) -> Record:
    return {
        "envelope": {"recorded_at": "2026-03-27T21:00:00Z"},
        "marking": {"tier": "OFFICIAL"},
        "occurred": {"start": "2026-03-27T19:00:00Z"},
        detail: of_detail,
        "persons": [person or NAMED],
        "locations": [{"ref": "l1", "postcode": "AA1 1AA"}],
    }


def _gaps(kind: str, submission: Record) -> list[Code]:
    found = find_gaps(KINDS[kind], submission)
    assert set(found) <= JUDGED
    return found


def test_a_whole_record_lacks_nothing() -> None:
    """A crime with all that the minimum asks for."""
    assert _gaps("crime", _crime()) == []


@pytest.mark.parametrize("field", due_fields(KINDS["crime"], {}))
def test_each_field_that_is_due_is_missed(field: str) -> None:
    """Whichever field of the detail is left out, that is one flag."""
    assert _gaps("crime", _crime(**{"outcome": {"value": "x"}, field: None})) == [Code.MINIMUM_MISSING]


@pytest.mark.parametrize(
    ("changes", "gaps"),
    [
        ({"status": "FILED"}, 1),
        ({"status": "FILED", "outcome": {"value": "x"}}, 0),
        ({"hate_flag": True}, 1),
        ({"hate_flag": True, "hate_checked": False}, 0),
    ],
)
def test_what_is_due_of_a_crime_hangs_on_the_crime(changes: dict[str, Any], gaps: int) -> None:
    """An outcome once it is not open, a check of the hate flag where it is set."""
    assert _gaps("crime", _crime(**changes)) == [Code.MINIMUM_MISSING] * gaps


@pytest.mark.parametrize(
    ("changes", "gaps"),
    [
        ({"surname": None}, 1),
        ({"date_of_birth": None}, 1),
        ({"sex": None}, 1),
        ({"sex": None, "gender": {"value": "F"}}, 0),
        ({"telephone": None}, 1),
        ({"telephone": None, "email": "a@example.org"}, 0),
        ({"given_name": None, "surname": None, "date_of_birth": None, "telephone": None}, 0),
    ],
)
def test_whoever_has_a_name_has_the_rest(changes: dict[str, Any], gaps: int) -> None:
    """Both names, date of birth, gender and a contact; of whom nothing but the sex is known nothing more is due."""
    crime = {**_crime(), "persons": [{**NAMED, **changes}]}
    assert _gaps("crime", crime) == [Code.MINIMUM_MISSING] * gaps


def test_an_address_is_a_contact() -> None:
    """Whom a link leads to a place needs no telephone."""
    crime = {**_crime(), "persons": [{**NAMED, "telephone": None}], "links": [{"from_ref": "p1", "to_ref": "l1"}]}
    assert _gaps("crime", crime) == []


@pytest.mark.parametrize(
    ("sub_type", "role", "changes", "gaps"),
    [
        ("asb", "PERSON_REPORTING", {}, 0),
        ("asb", "person-reporting", {"qualifiers": []}, 0),
        ("asb", "VICTIM", {}, 1),
        ("asb", "PERSON_REPORTING", {"asb_class": None}, 1),
        ("safeguarding", "Vulnerable Adult", {}, 1),
        ("safeguarding", "Vulnerable Adult", {"children_present": None}, 2),
        ("safeguarding", "WITNESS", {}, 1),
        ("transport", "WITNESS", {}, 0),
        ("transport", "WITNESS", {"qualifiers": []}, 1),
        ("transport", "WITNESS", {"status": "CLOSED"}, 1),
        ("transport", "WITNESS", {"status": "CLOSED", "closing_category": {"value": "A"}}, 0),
    ],
)
def test_what_is_due_of_a_log_hangs_on_its_sub_type(sub_type: str, role: str, changes: dict[str, Any], gaps: int) -> None:
    """Who has to be part of it, and what has to be said; two roles that are missing are one gap."""
    log = _log(sub_type, {**NAMED, "roles": [role]}, **changes)
    assert _gaps("incident", log) == [Code.MINIMUM_MISSING] * gaps


def test_nobody_is_part_of_it() -> None:
    """Of a log somebody must be; of an arrest the suspect, with gender, nationality and both ethnicities."""
    assert _gaps("incident", {**_log("transport"), "persons": []}) == [Code.MINIMUM_MISSING]
    arrest = _whole("custody", {"asn": "1", "arrest_reason": "x", "arresting_officer": "1", "offence": {"value": "49"}})
    assert _gaps("custody", {**arrest, "persons": []}) == [Code.MINIMUM_MISSING] * 5


def test_a_gap_is_one_whoever_asks() -> None:
    """A date of birth that a search and a name both need is missing once; the age that it would tell is missing, too."""
    known = {"place_of_birth": "Leeds", **{f"ethnicity_{by}_defined": {"value": "1"} for by in ("self", "officer")}}
    search = _whole("stop-search", {}, {**NAMED, **known, "date_of_birth": None})
    search["stop_search"] = {"object_of_search": "x", "receipt_ref": "1", "officer": "1"}
    assert _gaps("stop-search", search) == [Code.MINIMUM_MISSING] * 2


@pytest.mark.parametrize(
    ("part", "value", "code"),
    [
        ("occurred", None, Code.TIME_MISSING),
        ("locations", [], Code.LOCATION_MISSING),
        ("locations", [{"ref": "l1", "lad_code": "E08000021"}], Code.LOCATION_MISSING),
        ("marking", None, Code.MARKING_DEFAULTED),
        ("persons", [{"ref": "p1", "roles": ["VICTIM"], "markers": ["child"]}], Code.PERSON_BARE),
        ("grading", {"source": "1", "assessment": "A", "handling": "P", "action": "A1"}, Code.GRADING_CONTRADICTORY),
    ],
)
def test_what_is_not_there_is_missed(part: str, value: Any, code: Code) -> None:
    """Time, place, marking, whoever has nothing but a role, a grade that contradicts itself."""
    assert _gaps("crime", {**_crime(), part: value}) == [code]


@pytest.mark.parametrize(
    ("start", "reported", "recorded", "found"),
    [
        ("2026-03-27T19:00:00Z", "2026-03-27T20:00:00Z", "2026-03-28T20:00:00Z", []),
        ("2026-03-27T19:00:00Z", "2026-03-27T20:00:00Z", "2026-03-28T20:00:01Z", [Code.LATE]),
        ("2026-03-27T20:05:00Z", "2026-03-27T20:00:00Z", "2026-03-27T20:00:00Z", []),
        ("2026-03-27T20:05:01Z", "2026-03-27T20:00:00Z", "2026-03-27T20:00:00Z", [Code.DATES_OUT_OF_ORDER]),
        ("20260327T1900", "20260327T2000", "20260329T2000", [Code.LATE]),
        ("2025-10-26 01:59", "2025-10-26 00:59", "2025-10-26 02:00", [Code.TIME_DOUBTFUL, Code.DATES_OUT_OF_ORDER]),
        ("2026-03-29T01:30:00", "2026-03-29T02:30:00", "2026-03-29T02:31:00", [Code.TIME_DOUBTFUL]),
        ("2026-03-29T01:30:00+01:00", "2026-03-29T02:30:00+01:00", "2026-03-29T02:31:00+01:00", []),
        ("tea time", "2026-03-27T20:00:00Z", "2026-03-27T20:00:00Z", []),
        ("2026-03-27T19:00:00Z", "2026-03-27T20:00:00Z", "27/03/2026 2.15pm", []),
        ("1985-05-05T12:00:00Z", "1985-05-05T12:00:00Z", "1985-05-05T12:00:00Z", [Code.DATES_OUT_OF_ORDER]),
    ],
)
def test_times_in_doubt_late_and_out_of_order(start: str, reported: str, recorded: str, found: list[Code]) -> None:
    """To the second, in every form; what can't be read is judged by nobody; nobody is born on the day of the event."""
    crime = {**_crime(reported_at=reported), "occurred": {"start": start}, "envelope": {"recorded_at": recorded}}
    assert find_time_gaps(KINDS["crime"], crime) == found
