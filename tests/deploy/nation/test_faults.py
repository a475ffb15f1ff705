"""Labelled faults, judged by the real door and the real standardise: each earns its code, and nothing else."""

import io
import random
from collections import Counter
from copy import deepcopy
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.nation.calendar import HOUR_MS
from deploy.nation.fault import DEAD, DOOR, FLAG, OUTBOX, STOCK, Fault
from deploy.nation.faults import (
    FAULTS,
    choose_fault,
    flags_of,
    list_faults,
    own_flags,
    spoil_body,
    spoil_line,
    spoil_submission,
)
from deploy.nation.faults_flagged import UNMAPPED_TEXTS
from deploy.nation.faults_refused import SYSTEMS_WITH_DEFAULT
from deploy.nation.faults_rota import FaultRota
from deploy.nation.habits import Habit, habit_of
from deploy.nation.identifiers import make_asn, make_cro_number, make_nhs_number, make_pnc_id, make_telephone
from deploy.nation.places import authorities, territorial_forces
from producers.adapters.native_jsonl import read_native
from producers.door import Door
from producers.publisher import check_row
from producers.row import Refusal
from producers.versions import next_event
from schemas.codes import Code
from schemas.dialect import shipped_dialects
from schemas.errors import Refused
from schemas.kinds import KINDS
from schemas.records import Record, encode
from schemas.wire import frame
from stream_processors.messages import Input
from stream_processors.national import load_national
from stream_processors.stage_standardise import SUBMISSION_BYTES
from stream_processors.standardise import Standard, standardise

NOW = datetime(2026, 6, 1, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
AT_MS = int(datetime(2026, 3, 27, 21, 15, tzinfo=UTC).timestamp() * 1000)
REPORTED_MS, OCCURRED_MS = AT_MS - 2 * HOUR_MS, AT_MS - 30 * HOUR_MS
RECORDS = [kind.submission for kind in KINDS.values()] + [kind.standard for kind in KINDS.values()]
IDS = {name: number for number, name in enumerate(RECORDS, 1)}
NAMES = {number: name for name, number in IDS.items()}
DIALECTS = shipped_dialects()
FORCES = ("bedfordshire", "cambridgeshire", "cheshire", "cleveland", "cumbria", "avon-and-somerset", "city-of-london")
"""Between them all five force systems, both routes, all forms of times and places."""
STOCK_FORCES = [force for force in territorial_forces() if habit_of(force).route == STOCK]
GAPS_LEFT = {
    "person-bare": (Code.MINIMUM_MISSING,), "person-unlinked": (Code.MINIMUM_MISSING,),
}  # fmt: skip
"""Faults that leave other gaps behind them: whoever had to be part of it, and what had to be told of him or her."""
LARGE = frozenset(("endless-line", "too-many-persons", "value-too-large"))
GRADINGS: tuple[Record | None, ...] = (
    None,
    {"source": "1", "assessment": "B", "handling": "P"},
    {"source": "2", "assessment": "A", "handling": "C", "action": "A3", "sanitisation": "S1"},
    {"source": "3", "assessment": "E", "handling": "P", "action": "A1", "sanitisation": None},
)


def _detail(kind: str, habit: Habit) -> Record:
    offence, outcome = {"value": habit.offence["49"]}, {"value": habit.outcome["charged"]}
    at = habit.time(AT_MS)
    details: dict[str, Record] = {
        "crime": {
            "offence": offence, "crime_type": {"value": habit.crime_type["other-theft"]}, "outcome": outcome,
            "status": "OPEN", "hate_flag": False, "reported_at": habit.time(REPORTED_MS), "recording_officer": "1234",
            "supervising_officer": "2345", "modus_operandi": "Took it from a shelf, and went.",
        },
        "incident": {
            "sub_type": "asb",
            "opening_category": {"value": habit.incident_category["ASB_ROWDY"]},
            "closing_category": {"value": habit.incident_category["ASB_ROWDY"]},
            "grade": {"value": habit.response_grade["PRIORITY"], "scheme": habit.grade_scheme},
            "asb_class": {"value": "NUISANCE", "scheme": "national"}, "questionnaire_completed": True, "repeat_victim": False,
        },
        "stop-search": {
            "type": "person", "outcome": {"value": habit.stop_outcome["ARREST"]}, "object_of_search": "drugs",
            "receipt_ref": "SR0000001", "officer": "1234",
        },
        "custody": {
            "offence": offence, "disposal": outcome, "arrested_at": at, "released_at": habit.time(AT_MS + 60_000),
            "asn": make_asn("01", 2026, 1), "arrest_reason": "PREVENT_HARM", "arresting_officer": "1234",
        },
        "intelligence": {"text": "said “he sells ŵ”", "sanitised_text": "sells", "source_ref": "S1"},
    }  # fmt: skip
    return details[kind]


def _submission(kind: str, force: str, grading: Record | None, is_sensitive: bool) -> Record:
    habit = habit_of(force)
    person = {
        "ref": "p1",
        "roles": [habit.role({"incident": "PERSON_REPORTING", "custody": "SUSPECT"}.get(kind, "VICTIM"))],
        "given_name": habit.name("Llŷr"),
        "surname": habit.name("Müller-Şahin"),
        "date_of_birth": "1985-05-05",
        "place_of_birth": "Leeds",
        "nationality": "GBR",
        "telephone": habit.telephone(make_telephone(1)),
        "email": "llyr@example.org",
        "pnc_id": make_pnc_id(2004, 1),
        "cro_number": make_cro_number(2004, 1),
        "nhs_number": make_nhs_number(1),
        "sex": {"value": habit.sex["FEMALE"]},
        "gender": {"value": habit.gender["FEMALE"]},
        "ethnicity_self_defined": {"value": habit.ethnicity_self_defined["W1"]},
        "ethnicity_officer_defined": {"value": habit.ethnicity_officer_defined["IC1"]},
    }
    authority = authorities()[force][0]
    area = {"lad": {"lad_code": authority.code}, "lsoa": {"lsoa_name": f"{authority.area_names[0]} 012C"}}
    place = {
        "ref": "l1",
        "latitude": authority.latitude,
        "longitude": authority.longitude,
        "postcode": habit.postcode("AA1 1AA"),
        **area["lsoa" if habit.place_form == "lsoa" else "lad"],
    }
    envelope = {"source_system": habit.source_system, "source_ref": "R/1", "recorded_at": habit.time(AT_MS)}
    if habit.route == STOCK:
        envelope |= {"force": force, "version": 3}
    return {
        "envelope": envelope,
        "marking": habit.marking(is_sensitive, (), (), kind),
        "markers": [habit.marker("domestic-abuse")],
        "grading": grading,
        "occurred": {"start": habit.time(OCCURRED_MS), "end": habit.time(OCCURRED_MS + 120_000)},
        KINDS[kind].detail: _detail(kind, habit),
        "persons": [person],
        "objects": [{"ref": "o1", "type": habit.object_type["VEHICLE"], "identifier": habit.plate("AB97 CDE")}],
        "locations": [place],
    }


SUBMISSIONS = st.builds(
    lambda kind, force, grading, is_sensitive: (kind, force, _submission(kind, force, grading, is_sensitive)),
    st.sampled_from(list(KINDS)),
    st.sampled_from(FORCES),
    st.sampled_from(GRADINGS),
    st.booleans(),
)


def _hub(force: str, value: bytes | None) -> Standard | Refused:
    if value is not None and len(value) > SUBMISSION_BYTES:  # the stage looks at the size before anything else
        return Refused(Code.TOO_LARGE)
    message = Input(f"submission.{force}", 0, 0, b"k", value, (), NOW_MS)
    return standardise(message, force, NAMES.get, DIALECTS, load_national(), NOW_MS)


def _by_file(force: str, row: bytes) -> Refusal | bytes:
    """A row of a file to what the outbox sends, or to what its door says."""
    (read,) = read_native(io.BytesIO(row + b"\n"), ())
    door = Door(force)
    checked = check_row(read, door, NOW)
    if isinstance(checked, Refusal):
        return checked
    event = next_event(checked, None, door, NOW)
    return frame(IDS[KINDS[event.kind].submission], event.body)


def _send(
    kind: str, force: str, submission: Record, fault: Fault | None, chance: random.Random
) -> Standard | Refused | Refusal:
    """The submission with the fault, by its force's own route."""
    whole = submission if fault is None or fault.content is None else spoil_submission(fault, kind, submission, chance)
    if habit_of(force).route == OUTBOX:
        row = orjson.dumps({"kind": kind, "submission": whole})
        found = _by_file(force, row if fault is None or fault.line is None else spoil_line(fault, row, chance))
        return found if isinstance(found, Refusal) else _hub(force, found)
    schema, body = KINDS[kind].submission, encode(KINDS[kind].submission, whole)
    name, sent = (schema, body) if fault is None or fault.body is None else spoil_body(fault, schema, body, chance)
    return _hub(force, sent if name is None or sent is None else frame(IDS[name], sent))


def _flags(found: Standard) -> list[str]:
    return sorted(flag["code"] for flag in found.record["quality"]["flags"])


def test_the_submissions_of_this_test_have_no_fault_but_their_own() -> None:
    """Unspoilt, all that they earn is what `own_flags` says: a default marking, a grading that contradicts itself."""
    seen: set[Code] = set()
    for kind in KINDS:
        for force in FORCES:
            for grading in GRADINGS:
                submission = _submission(kind, force, grading, is_sensitive=False)
                found = _send(kind, force, submission, None, random.Random(0))
                assert isinstance(found, Standard)
                assert _flags(found) == sorted(own_flags(kind, submission)) == sorted(flags_of(None, kind, submission))
                seen |= set(own_flags(kind, submission))
    assert seen == {Code.MARKING_DEFAULTED, Code.GRADING_CONTRADICTORY, Code.GRADING_MISSING}


def _judge(fault: Fault, kind: str, force: str, submission: Record, seed: int) -> None:
    found = _send(kind, force, submission, fault, random.Random(seed))
    if fault.stage == FLAG:
        assert isinstance(found, Standard), fault.name
        spoilt = spoil_submission(fault, kind, submission, random.Random(seed))
        assert _flags(found) == list(flags_of(fault, kind, spoilt)), fault.name
        more = Counter(flags_of(fault, kind, spoilt)) - Counter(own_flags(kind, submission))
        assert more[fault.code] == 1, fault.name
        assert set(more) <= {fault.code, *GAPS_LEFT.get(fault.name, ())}, fault.name
    else:
        assert isinstance(found, Refusal if fault.stage == DOOR else Refused), fault.name
        assert found.code == fault.code, fault.name
        assert flags_of(fault, kind, submission) == ()


@settings(deadline=None)
@given(SUBMISSIONS, st.integers(0, 2**32))
def test_each_fault_earns_its_code_and_no_other(made: tuple[str, str, Record], seed: int) -> None:
    """By door or by dead letter exactly its code; a flag exactly once, beside the submission's own; nothing is mutated."""
    kind, force, submission = made
    before = deepcopy(submission)
    for fault in list_faults(habit_of(force).route, kind, submission):
        if fault.name not in LARGE:
            _judge(fault, kind, force, submission, seed)
            assert submission == before, fault.name


def test_large_faults_earn_their_codes() -> None:
    """A row and a message of more than a megabyte, and a row that only becomes so when it is encoded."""
    for force in ("bedfordshire", "cleveland"):
        submission = _submission("crime", force, None, is_sensitive=True)
        found = [fault for fault in list_faults(habit_of(force).route, "crime", submission) if fault.name in LARGE]
        assert found
        for fault in found:
            _judge(fault, "crime", force, submission, seed=1)


def test_every_fault_befalls_something() -> None:
    """Each fault of the table applies to a submission of every kind and route that it names."""
    found: set[tuple[str, str, str]] = set()
    for kind in KINDS:
        for force in FORCES:
            for grading in GRADINGS:
                submission = _submission(kind, force, grading, is_sensitive=False)
                if grading is not None:  # marsh marks nothing that is plain: somebody there does, all the same
                    submission["marking"] = {"tier": "OFFICIAL", "sensitive": False}
                found |= {(f.name, r, kind) for r in (OUTBOX, STOCK) for f in list_faults(r, kind, submission)}
    expected = {(f.name, route, kind) for f in FAULTS.values() for route in f.routes for kind in (f.kinds or KINDS)}
    assert expected - found == {("marking-defaulted", route, "intelligence") for route in (OUTBOX, STOCK)}
    assert found <= expected


def test_every_code_that_a_row_or_message_can_earn_has_a_fault() -> None:
    """All of PD-1xx that concern a row, all of PD-2xx and PD-3xx, but those that no input can bring about."""
    codes = {fault.code for fault in FAULTS.values()}
    whole_files = {Code.EMPTY_FILE, Code.WRONG_HEADER, Code.NO_SUCH_FILE, Code.FILE_TOO_LARGE}
    boxes = {Code.OUTBOX_FULL, Code.OUTBOX_IN_USE, Code.LETTERS_IN_USE}
    bugs_of_ours = {Code.NOT_THIS_SCHEMA, Code.UNEXPECTED}
    mending = {Code.SUPERSEDED, Code.NO_SUCH_LETTER, Code.NOT_MENDED}
    by_memory = {Code.NEAR_DUPLICATE}  # earned by two records together, and only where the hub remembers the first
    acting = {Code.RECORD_ERASED, Code.RECORD_CLOSED, Code.RECORD_OPEN, Code.RECORD_UNKNOWN, Code.CONTENT_NEEDED}
    never = whole_files | boxes | bugs_of_ours | mending | by_memory | acting  # `acting`: answers to orders, which are no rows
    assert codes == {code for code in Code if code[3] in "123"} - never
    for fault in FAULTS.values():
        assert {"1": DOOR, "2": DEAD, "3": FLAG}[fault.code[3]] == fault.stage
        assert sum(change is not None for change in (fault.content, fault.line, fault.body)) == 1


@given(SUBMISSIONS, st.integers(0, 2**32), st.sampled_from([(DOOR,), (DEAD,), (FLAG,), (DOOR, DEAD, FLAG), ()]))
def test_only_what_applies_is_chosen(made: tuple[str, str, Record], seed: int, stages: tuple[str, ...]) -> None:
    """A chosen fault can befall the submission on its route, at one of the stages; the same chance chooses the same."""
    kind, force, submission = made
    route = habit_of(force).route
    fault = choose_fault(route, kind, submission, random.Random(seed), stages)
    assert fault is choose_fault(route, kind, submission, random.Random(seed), stages)
    if fault is None:
        assert [each.name for each in list_faults(route, kind, submission) if each.stage in stages] == []
    else:
        assert fault in list_faults(route, kind, submission)
        assert fault.stage in stages


def test_a_patch_is_only_refused_at_the_door() -> None:
    """What a patch earns behind the door hangs on the record that it is merged into, so it has no such fault."""
    patch: Record = {"envelope": {"source_system": "marsh", "source_ref": "R/1", "partial": True}, "crime": {}}
    found = list_faults(OUTBOX, "crime", patch)
    assert {fault.stage for fault in found} == {DOOR}
    for fault in found:
        answer = _send("crime", "avon-and-somerset", patch, fault, random.Random(1))
        assert isinstance(answer, Refusal), fault.name
        assert answer.code == fault.code, fault.name
    assert own_flags("crime", patch) == ()


@pytest.mark.parametrize("route", [OUTBOX, STOCK])
def test_a_rota_leaves_none_out(route: str) -> None:
    """A force's first faults are each another one, until all that can befall its submissions have had their turn."""
    force = {OUTBOX: "bedfordshire", STOCK: "cleveland"}[route]
    made = [_submission(kind, force, GRADINGS[1], is_sensitive=True) for kind in KINDS]
    possible = {fault.name for kind, each in zip(KINDS, made, strict=True) for fault in list_faults(route, kind, each)}
    rota, chance, seen = FaultRota(force), random.Random(1), list[str]()
    for _ in range(3 * len(FAULTS)):
        for kind, submission in zip(KINDS, made, strict=True):
            fault = rota.choose(kind, submission, chance)
            assert fault in list_faults(route, kind, submission)
            seen.append(fault.name)
    assert set(seen) == possible
    first_repeat = next(number for number, name in enumerate(seen) if name in seen[:number])
    assert first_repeat > len(possible) // 2


def test_forces_begin_at_different_faults() -> None:
    """Four faults of each of the five forces with a stock client are all that standardise refuses."""
    submission, found = _submission("crime", "cleveland", GRADINGS[1], is_sensitive=True), set[str]()
    for force in STOCK_FORCES:
        rota = FaultRota(force)
        found |= {fault.name for _ in range(4) if (fault := rota.choose("crime", submission, random.Random(1)))}
    assert found == {fault.name for fault in list_faults(STOCK, "crime", submission) if fault.stage == DEAD}


def test_large_faults_are_rare() -> None:
    """A row or message of a megabyte comes once in hundreds: a day of faults stays small."""
    chance, submission = random.Random(5), _submission("crime", "bedfordshire", None, is_sensitive=True)
    chosen = Counter(fault.name for _ in range(20_000) if (fault := choose_fault(OUTBOX, "crime", submission, chance)))
    assert sum(chosen.values()) == 20_000
    assert 0 < chosen["endless-line"] + chosen["too-many-persons"] < 100
    assert len(chosen) > 30


def test_texts_that_map_to_nothing_map_to_nothing() -> None:
    """In no dialect, in no code list, in no national list."""
    national = load_national()
    for dialect in DIALECTS.values():
        for code_list in dialect.codes:
            assert [text for text in UNMAPPED_TEXTS if dialect.national(code_list, text, national.lists)] == []
    systems = {habit_of(force).source_system for force in territorial_forces()}
    assert {name for name in systems if DIALECTS[name].default_marking} == SYSTEMS_WITH_DEFAULT


def test_a_fault_of_bytes_spoils_no_content_nor_the_other_way() -> None:
    """Asked for what it does not do, it says so."""
    chance = random.Random(1)
    with pytest.raises(ValueError, match="no-value"):
        spoil_submission(FAULTS["no-value"], "crime", {}, chance)
    with pytest.raises(ValueError, match="no-value"):
        spoil_line(FAULTS["no-value"], b"", chance)
    with pytest.raises(ValueError, match="row-cut"):
        spoil_body(FAULTS["row-cut"], "", b"", chance)
