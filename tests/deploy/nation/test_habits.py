"""How forces write, and that the hub reads it as it was meant."""

import csv
import re
from datetime import UTC, date, datetime
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from core_hub import submission
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.nation.habit_forms import TELEPHONE_FORMS
from deploy.nation.habit_times import TIME_FORMS, TIME_GRAIN_MS, is_summer_hour
from deploy.nation.habits import CODE_LISTS, UNMAPPED_OFFENCE, Habit, forces_with_habits, habit_of
from producers.door import Door
from schemas import reference, reference_codes, reference_offences
from schemas.dialect import shipped_dialects
from schemas.kinds import KINDS
from schemas.records import Record, encode
from schemas.wire import frame
from stream_processors.field_paths import CHOICES
from stream_processors.messages import Input
from stream_processors.national import MARKERS, load_national
from stream_processors.standardise import Standard, standardise
from stream_processors.times import parse_time

FORCES = forces_with_habits()
DIALECTS = shipped_dialects()
NATIONAL = load_national()
NOW_MS = 1_800_000_000_000
LONDON = ZoneInfo("Europe/London")
SYSTEMS = ("holt", "brook", "fell", "marsh", "ridge")

each_force = pytest.mark.parametrize("force", FORCES)

NUMBERS = st.lists(st.integers(1, 9_999_999), unique=True, max_size=20)

TIMES_MS = st.integers(1_500_000_000_000, 1_900_000_000_000)
"""2017 to 2030."""


def _wanted(code_list: str) -> list[str]:
    """National codes of a list that the nation may use: every one but closed offences and officer-defined 'not known'."""
    if code_list == "offence":
        return [code for code, offence in reference_offences.offences().items() if offence.status != "closed"]
    if code_list == "crime_type":
        return [code for code in NATIONAL.lists[code_list] if code != "all-crime"]
    if code_list in ("sex", "gender"):
        return ["MALE", "FEMALE", "OTHER", "NOT_STATED"]  # what older systems have: the national list is longer
    categories = reference_codes.incident_categories()
    if code_list == "qualifier":
        return [code for code, category in categories.items() if category.theme == "QUALIFIER"]
    if code_list == "incident_category":
        return [code for code, category in categories.items() if category.theme != "QUALIFIER"]
    return sorted(NATIONAL.lists[code_list])


def _standardise(habit: Habit, kind: str, sent: Record, now_ms: int = NOW_MS) -> Standard:
    sent["envelope"] = {
        "force": habit.force,
        "source_system": habit.source_system,
        "source_ref": habit.reference(kind, 7, date(2026, 3, 27)),
        "version": 1,
    }
    name = KINDS[kind].submission
    value = frame(1, encode(name, sent))
    message = Input(f"submission.{habit.force}", 0, 0, key=b"key", value=value, headers=(), timestamp_ms=now_ms)
    found = standardise(message, habit.force, lambda _: name, DIALECTS, NATIONAL, now_ms)
    assert isinstance(found, Standard), found
    return found


def test_every_territorial_force_of_england_and_wales_has_a_habit() -> None:
    """The 43, shared out evenly over the five systems; five of them use a stock client, one on each system."""
    territorial = [force.id for force in reference.forces().values() if force.is_territorial_of_england_and_wales]
    assert sorted(FORCES) == sorted(territorial)
    habits = [habit_of(force) for force in FORCES]
    shared = [sum(habit.source_system == system for habit in habits) for system in SYSTEMS]
    assert sum(shared) == 43 and max(shared) - min(shared) == 1
    stock = [habit for habit in habits if habit.route == "stock"]
    assert sorted(habit.source_system for habit in stock) == sorted(SYSTEMS)
    assert {habit.route for habit in habits} == {"stock", "outbox"}
    assert not [habit.force for habit in stock if habit.patches], "a patch needs an outbox to be merged in"
    assert {habit.place_form for habit in habits} == {"lad", "lsoa", "both"}


@each_force
@pytest.mark.parametrize("code_list", CODE_LISTS)
def test_local_codes_are_read_as_the_national_ones(force: str, code_list: str) -> None:
    """National to local by the habit, local to national by the shipped dialect: the same code, for every one."""
    habit = habit_of(force)
    local = getattr(habit, code_list)
    dialect = DIALECTS[habit.source_system]
    for code in _wanted(code_list):
        assert dialect.national(code_list, local[code], NATIONAL.lists) == code


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_dialect_maps_to_national_codes_alone(system: str) -> None:
    """Nothing is mapped to a code that the national list does not have; the unmapped offence stays unmapped."""
    dialect = DIALECTS[system]
    assert set(dialect.codes) == set(CODE_LISTS)
    for code_list, mapped in dialect.codes.items():
        assert isinstance(mapped, str) or NATIONAL.lists[code_list].issuperset(mapped.values())
    assert dialect.national("offence", UNMAPPED_OFFENCE, NATIONAL.lists) is None


def test_the_systems_write_the_published_lists() -> None:
    """Brook's offences have the form of the Home Office index, Fell's are ONS codes and printed names."""
    assert all(re.fullmatch(r"\d{3}/\d{2}[A-Z]?", code) for code in habit_of("durham").offence.values())
    rows = csv.DictReader((files("schemas") / "reference" / "offence_codes.csv").read_text("utf-8").splitlines())
    ons = {row["code"]: row["ons_code"] for row in rows}
    assert habit_of("cleveland").offence == ons
    assert habit_of("cleveland").outcome == {code: outcome.name for code, outcome in reference_offences.outcomes().items()}
    assert habit_of("durham").response_grade["SCHEDULED"] == "3"
    assert DIALECTS["brook"].national("response_grade", "4", NATIONAL.lists) == "SCHEDULED"


@given(ms=TIMES_MS)
def test_summer_time_is_what_the_zone_says(ms: int) -> None:
    """The rule that is computed here is that of the zone's own file, in every hour of the years simulated."""
    moment = datetime.fromtimestamp(ms / 1000, LONDON)
    assert is_summer_hour(ms // 3_600_000) == bool(moment.dst())


@pytest.mark.parametrize("form", TIME_FORMS)
@given(ms=TIMES_MS)
@settings(max_examples=300)
def test_times_are_read_as_they_were_meant(form: str, ms: int) -> None:
    """To the grain of the form, outside the hour that occurs twice: parse_time gives the same moment."""
    grain = TIME_GRAIN_MS[form]
    twice = not is_summer_hour(ms // 3_600_000) and is_summer_hour(ms // 3_600_000 - 1)
    read = parse_time(TIME_FORMS[form](ms))
    assert read is not None and read.precision == "MINUTE"
    expected = ms - ms % grain
    assert read.ms == (expected - 3_600_000 if twice and form not in ("utc", "offset") else expected)


@pytest.mark.parametrize(
    ("form", "moment", "text"),
    [
        ("utc", datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC), "2026-03-29T00:59:59Z"),
        ("offset", datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC), "2026-03-29T00:59:59+00:00"),
        ("offset", datetime(2026, 3, 29, 1, 0, 0, tzinfo=UTC), "2026-03-29T02:00:00+01:00"),
        ("local", datetime(2026, 3, 29, 1, 0, 0, tzinfo=UTC), "2026-03-29T02:00:00"),
        ("local", datetime(2026, 10, 25, 0, 30, 0, tzinfo=UTC), "2026-10-25T01:30:00"),
        ("local", datetime(2026, 10, 25, 1, 30, 0, tzinfo=UTC), "2026-10-25T01:30:00"),
        ("offset", datetime(2026, 10, 25, 0, 30, 0, tzinfo=UTC), "2026-10-25T01:30:00+01:00"),
        ("offset", datetime(2026, 10, 25, 1, 30, 0, tzinfo=UTC), "2026-10-25T01:30:00+00:00"),
        ("spaced", datetime(2026, 6, 30, 23, 5, 59, tzinfo=UTC), "2026-07-01 00:05"),
        ("compact", datetime(2026, 12, 31, 23, 5, 59, tzinfo=UTC), "20261231T2305"),
    ],
)
def test_both_hours_of_the_clock_change(form: str, moment: datetime, text: str) -> None:
    """Spring skips an hour; in autumn two hours are written the same where no offset is, and that is the point."""
    assert TIME_FORMS[form](int(moment.timestamp() * 1000)) == text


@each_force
def test_markers_roles_and_markings_are_read_as_they_were_meant(force: str) -> None:
    """Through standardise itself: every marker, every role, both markings, without a flag on any of them."""
    habit, markers, roles = habit_of(force), sorted(MARKERS), sorted(CHOICES["persons"])
    sent = submission(
        marking=habit.marking(True, ("RECIPIENTS ONLY",), ("PERSONAL DATA",)),
        markers=[habit.marker(marker) for marker in markers],
        persons=[{"ref": "p", "roles": [habit.role(role) for role in roles]}],
        crime={"offence": {"value": habit.offence["8N"]}, "crime_type": {"value": habit.crime_type["violent-crime"]}},
        occurred={"start": habit.time(NOW_MS - 86_400_000)},
        locations=[{"ref": "l", "lad_code": "E08000021"}],
    )
    found = _standardise(habit, "crime", sent).record
    assert found["markers"] == markers
    assert found["persons"][0]["roles"] == roles
    assert found["marking"] == {
        "tier": "OFFICIAL",
        "sensitive": True,
        "handling": ["RECIPIENTS ONLY"],
        "descriptors": ["PERSONAL DATA"],
        "source_value": None if sent["marking"]["tier"] == "OFFICIAL" else sent["marking"]["tier"],
    }
    read = ("markers", "persons[0].roles", "marking", "crime.offence", "crime.crime_type", "occurred")
    assert [flag for flag in found["quality"]["flags"] if flag["field"].startswith(read)] == []
    assert found["quality"]["conformity"] == 100


@each_force
@pytest.mark.parametrize("kind", KINDS)
def test_a_plain_marking_passes_the_door_and_the_hub(force: str, kind: str) -> None:
    """OFFICIAL is carried, sent or not: where it is not sent the door knows that the dialect has a default."""
    habit = habit_of(force)
    sent = submission(kind, marking=habit.marking(False, kind=kind))
    record = _standardise(habit, kind, sent).record
    assert (record["marking"]["tier"], record["marking"]["sensitive"]) == ("OFFICIAL", False)
    assert (sent["marking"] is None) == (habit.source_system == "marsh" and kind != "intelligence")
    Door(force).admit(kind, sent, datetime.fromtimestamp(NOW_MS / 1000, UTC))


def test_the_door_knows_which_systems_have_a_default() -> None:
    """Its list is that of the shipped dialects: a system that the hub would refuse does not leave the force unmarked."""
    assert Door("kent").systems_with_default == {name for name, dialect in DIALECTS.items() if dialect.default_marking}


@each_force
@given(
    numbers=st.lists(st.integers(1, 9_999_999), unique=True, max_size=20), day=st.dates(date(2020, 1, 1), date(2039, 12, 31))
)
@settings(max_examples=10)
def test_references_are_distinct(force: str, numbers: list[int], day: date) -> None:
    """Kind and number make the reference; it can be part of a record id and its form never has a colon or a space."""
    habit = habit_of(force)
    found = [habit.reference(kind, number, day) for kind in KINDS for number in numbers]
    assert len(set(found)) == len(found)
    assert not [text for text in found if re.search(r"[:\s]", text)]


@pytest.mark.parametrize(
    ("e164", "spaced"),
    [
        ("+447700900123", "07700 900123"),
        ("+441632960123", "01632 960123"),
        ("+442079460123", "020 7946 0123"),
        ("+441914980123", "0191 498 0123"),
        ("+441134960123", "0113 496 0123"),
        ("+448081570123", "0808 157 0123"),
        ("+443069990123", "0306 999 0123"),
        ("+33155550123", "+33155550123"),
    ],
)
def test_telephones_are_written_as_people_write_them(e164: str, spaced: str) -> None:
    """The digits stay; only the country code and the spaces differ."""
    assert TELEPHONE_FORMS["spaced"](e164) == spaced
    assert TELEPHONE_FORMS["e164"](e164) == e164
    assert TELEPHONE_FORMS["national"](e164) == spaced.replace(" ", "")


def test_names_plates_and_postcodes_keep_their_letters() -> None:
    """Case and spaces differ and nothing else: apostrophes, hyphens and Welsh letters stay."""
    for force in FORCES:
        habit = habit_of(force)
        for name in ("O'Neill-Shaw", "Siân Llŷr", "Mared"):
            assert habit.name(name).casefold() == name.casefold()
        assert habit.plate("AB97 CDE").upper().replace(" ", "") == "AB97CDE"
        assert habit.postcode("ZZ1 2AB").upper().replace(" ", "") == "ZZ12AB"
    assert {habit_of(force).name("Siân") for force in FORCES} == {"Siân", "SIÂN"}


def test_no_other_force_has_a_habit() -> None:
    """A force that is not one of the 43 has none, rather than somebody else's."""
    with pytest.raises(KeyError):
        habit_of("btp")
