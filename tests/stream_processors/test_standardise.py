"""Standardise: what is refused, in which order, and what is kept, flagged and scored. Pure."""

import random
from datetime import timedelta
from typing import Any

import pytest
from avro_values import fill, strings, values
from core_hub import FORCE, NOW, NOW_MS, SCHEMA_IDS, event, framed, message, run_standardise, submission
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codes import Code
from schemas.dialect import shipped_dialects
from schemas.errors import NotReady, Refused
from schemas.kinds import KINDS
from schemas.records import decode, encode
from schemas.wire import frame
from stream_processors.attributes import derive_attributes
from stream_processors.national import load_national
from stream_processors.standardise import Standard, standardise

SENTINEL = "Zebedee-Quartermain"


def code_of(value: bytes | None) -> tuple[Code, str]:
    """The refusal's code and field."""
    found = run_standardise(value)
    assert isinstance(found, Refused), "accepted"
    return found.code, found.field


def refusal(kind: str = "crime", **parts: Any) -> tuple[Code, str]:
    return code_of(framed(kind, submission(kind, **parts)))


def flags(standard: dict[str, Any]) -> set[tuple[str, str]]:
    return {(flag["code"], flag["field"]) for flag in standard["quality"]["flags"]}


GOOD = framed("crime", submission())


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, Code.EMPTY_MESSAGE),
        (b"", Code.EMPTY_MESSAGE),
        (b"{}", Code.NOT_FRAMED),
        (b"\x01\x00\x00\x00\x01abc", Code.NOT_FRAMED),
        (frame(999_999, b"abc"), Code.UNKNOWN_SCHEMA),
        (frame(50, b"abc"), Code.NOT_A_KIND),
        (frame(51, b"abc"), Code.NOT_A_KIND),
        (frame(1, b""), Code.TRUNCATED),
        (GOOD[:-1], Code.TRUNCATED),
        (GOOD + b"\x00", Code.TRAILING_BYTES),
    ],
)
def test_an_unreadable_message_is_refused_with_its_own_code(value: bytes | None, code: Code) -> None:
    """Each way in which bytes can be no submission has a code of its own, and no field."""
    assert code_of(value) == (code, "")


@pytest.mark.parametrize("tier", ["SECRET", "secret", "TOP SECRET", "TOP_SECRET", "OFFICIAL-SECRET", "PROTECT", "", "?"])
def test_a_marking_above_official_sensitive_is_refused(tier: str) -> None:
    """Also a tier that nobody knows: what can't be read is treated as too high."""
    assert refusal(marking={"tier": tier}) == (Code.MARKING_TOO_HIGH, "marking.tier")


@pytest.mark.parametrize(
    ("tier", "sensitive"),
    [("OFFICIAL", False), ("official", False), ("OFFICIAL-SENSITIVE", True), ("Official Sensitive", True)],
)
def test_markings_that_the_hub_carries(tier: str, sensitive: bool) -> None:
    """Both spellings of OFFICIAL-SENSITIVE are OFFICIAL with the caveat."""
    marking = event(marking={"tier": tier})["marking"]
    assert (marking["tier"], marking["sensitive"]) == ("OFFICIAL", sensitive)


def test_a_missing_marking_is_refused_unless_the_dialect_has_a_default() -> None:
    """No default, no entry; a default is used and flagged; for intelligence never."""
    assert refusal(marking=None) == (Code.MARKING_MISSING, "marking")
    public = {"source_system": "police-uk"}
    assert (str(Code.MARKING_DEFAULTED), "marking") in flags(event(marking=None, envelope=public))
    assert refusal("intelligence", marking=None, envelope=public) == (Code.MARKING_MISSING, "marking")


@pytest.mark.parametrize(
    ("envelope", "code", "field"),
    [
        ({"force": ""}, Code.IDENTITY_MISSING, "envelope.force"),
        ({"force": "  "}, Code.IDENTITY_MISSING, "envelope.force"),
        ({"source_system": ""}, Code.IDENTITY_MISSING, "envelope.source_system"),
        ({"source_ref": " \t"}, Code.IDENTITY_MISSING, "envelope.source_ref"),
        ({"version": 0}, Code.IDENTITY_MISSING, "envelope.version"),
        ({"version": -5}, Code.IDENTITY_MISSING, "envelope.version"),
        ({"force": "kent"}, Code.WRONG_FORCE, "envelope.force"),
        ({"force": FORCE.upper()}, Code.WRONG_FORCE, "envelope.force"),
        ({"source_system": "unheard-of"}, Code.UNKNOWN_SYSTEM, "envelope.source_system"),
    ],
)
def test_a_missing_identity_is_refused(envelope: dict[str, Any], code: Code, field: str) -> None:
    """Force, system, reference and version are there and right, or the field is named."""
    assert refusal(envelope=envelope) == (code, field)


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"occurred": {"start": "{}"}}, "occurred.start"),
        ({"occurred": {"start": None, "end": "{}"}}, "occurred.end"),
        ({"envelope": {"recorded_at": "{}"}}, "envelope.recorded_at"),
        ({"envelope": {"published_at": "{}"}}, "envelope.published_at"),
        ({"crime": {"outcome_date": "{}"}}, "crime.outcome_date"),
    ],
)
def test_five_minutes_ahead_is_the_edge(parts: dict[str, Any], field: str) -> None:
    """Five minutes ahead is a clock that differs, a second more is refused: for each time that a submission has."""

    def at(seconds: int) -> dict[str, Any]:
        moment = (NOW + timedelta(seconds=seconds)).isoformat()
        return {name: {key: text and text.format(moment) for key, text in part.items()} for name, part in parts.items()}

    event(**at(300))
    assert refusal(**at(301)) == (Code.TIME_IN_FUTURE, field)


@pytest.mark.parametrize("field", ["arrested_at", "detained_at", "released_at"])
def test_the_times_of_custody_have_the_same_edge(field: str) -> None:
    """Arrest, detention and release too: five minutes ahead is a clock that differs, a second more is refused."""

    def at(seconds: int) -> dict[str, Any]:
        return {"custody": {field: (NOW + timedelta(seconds=seconds)).isoformat()}}

    assert event("custody", **at(300))["custody"][field] == NOW + timedelta(seconds=300)
    assert refusal("custody", **at(301)) == (Code.TIME_IN_FUTURE, f"custody.{field}")


@pytest.mark.parametrize(
    ("offence", "code", "group", "sexual"),
    [
        ("8N", "8N", "Violence against the person", "N"),
        ("19C", "19C", "Sexual offences", "Y"),
        ("local 77", "UNMAPPED", "UNMAPPED", "UNKNOWN"),
        (None, None, "UNMAPPED", "UNKNOWN"),
    ],
)
def test_the_offence_of_an_arrest_is_read_like_a_crime_s(
    offence: str | None, code: str | None, group: str, sexual: str
) -> None:
    """Group and whether it is sexual follow from the code; what nobody knows may be sexual; none at all is flagged."""
    sent = {"offence": offence and {"value": offence}, "disposal": {"value": "charged"}, "appropriate_adult": False}
    found = event("custody", custody=sent)
    custody = found["custody"]
    assert (custody["offence"] and custody["offence"]["code"], custody["offence_group"], custody["sexual_offence"]) == (
        code,
        group,
        sexual,
    )
    assert (custody["disposal"]["code"], custody["appropriate_adult"]) == ("charged", False)
    assert ((str(Code.OFFENCE_MISSING), "custody.offence") in flags(found)) == (offence is None)
    assert ((str(Code.CODE_UNMAPPED), "custody.offence") in flags(found)) == (code == "UNMAPPED")


def test_a_release_before_the_arrest_is_flagged() -> None:
    """The times are kept as sent, and the contradiction is said; the same moment is none."""
    times = {"arrested_at": "2026-06-01T10:00:00Z", "released_at": "2026-06-01T09:59:00Z"}
    wanted = (str(Code.DATES_OUT_OF_ORDER), "custody.released_at")
    assert wanted in flags(event("custody", custody=times))
    assert wanted not in flags(event("custody", custody=times | {"released_at": times["arrested_at"]}))


def test_a_day_that_has_begun_here_is_not_in_the_future() -> None:
    """In summer a local day begins an hour before UTC's: its date is no time in the future then, and the next one is."""
    half_past_midnight = int((NOW.replace(hour=23, minute=30)).timestamp() * 1000)  # 00:30 on the 16th in London
    assert event(now_ms=half_past_midnight, occurred={"start": "2026-06-16"})["occurred"]["precision"] == "DAY"
    found = run_standardise(framed("crime", submission(occurred={"start": "2026-06-17"})), half_past_midnight)
    assert isinstance(found, Refused)
    assert found.code is Code.TIME_IN_FUTURE


def test_the_marking_is_looked_at_first() -> None:
    """With every fault at once they come out in the order of the gates: marking, identity, force, system, times."""
    future = (NOW + timedelta(hours=1)).isoformat()
    parts: dict[str, Any] = {
        "marking": {"tier": "SECRET"},
        "envelope": {"force": "kent", "source_system": "unheard-of", "source_ref": "", "version": 0},
        "occurred": {"start": future},
    }
    mended: list[tuple[str, Any, Code]] = [
        ("marking", {"tier": "OFFICIAL"}, Code.MARKING_TOO_HIGH),
        ("source_ref", "R/1", Code.IDENTITY_MISSING),
        ("version", 1, Code.IDENTITY_MISSING),
        ("force", FORCE, Code.WRONG_FORCE),
        ("source_system", "native", Code.UNKNOWN_SYSTEM),
        ("occurred", {"start": "2026-06-01"}, Code.TIME_IN_FUTURE),
    ]
    for name, cure, code in mended:
        assert refusal(**parts)[0] is code, name
        (parts if name in parts else parts["envelope"])[name] = cure
    event(**parts)


def test_a_registry_that_can_not_be_asked_is_no_fault_of_the_force() -> None:
    """NotReady goes through: the input waits."""

    def away(_: int) -> str | None:
        raise NotReady(Code.REGISTRY_AWAY)

    with pytest.raises(NotReady):
        run_standardise(GOOD, schema_name=away)


def _judge(value: bytes) -> bool:
    """A refusal with a dead letter's code, or a record that the next stage can read. True where accepted."""
    found = run_standardise(value)
    if isinstance(found, Refused):
        assert str(found.code).startswith("PD-2"), found.code
        return False
    body = encode(found.kind.standard, found.record)
    derive_attributes(decode(found.kind.standard, body))
    return True


@settings(max_examples=500)
@given(seed=st.integers(0, 2**32))
def test_no_bytes_make_it_raise(seed: int) -> None:
    """Random bodies under every kind's schema (20 for each seed: 10,000) are refused or readable, never an exception."""
    chance = random.Random(seed)
    for _ in range(20):
        _judge(frame(chance.choice(list(SCHEMA_IDS.values())), chance.randbytes(chance.randrange(120))))


NASTY = [
    "", " ", "\0", "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00", "9999-12-31", "2026", "2026-13", "1", "-1", "UNMAPPED",
    "2026-06-15T12:00:00.9999999+00:00", "\N{ARABIC-INDIC DIGIT TWO}" * 4, "OFFICIAL", "native", FORCE,
    "e\N{COMBINING ACUTE ACCENT}",
]  # fmt: skip
"""Strings that have broken such code before: ends of time, other digits, empty and invisible ones."""


def _pool() -> list[bytes]:
    right = {"envelope.force": FORCE, "envelope.source_system": "native", "marking.tier": "OFFICIAL"}
    right |= {"envelope.action": "CORRECTION", "envelope.action_reason": "INACCURATE"}
    full = [
        framed(name, fill(kind.submission, lambda path: right.get(path, "2026-01-01" if "date" in path else path)))
        for name, kind in KINDS.items()
    ]
    return [*full, *(framed(name, submission(name)) for name in KINDS)]


POOL = _pool()


@settings(max_examples=600)
@given(seed=st.integers(0, 2**32))
def test_no_mutation_makes_it_raise(seed: int) -> None:
    """Good submissions with bytes changed, cut out, or put in (20 for each seed: 12,000): the same."""
    chance = random.Random(seed)
    for _ in range(20):
        value = bytearray(chance.choice(POOL))
        for _ in range(chance.randrange(1, 4)):
            place = chance.randrange(5, len(value))
            put = chance.choice([bytes([chance.randrange(256)]), chance.choice(NASTY).encode(), b""])
            value[place : place + chance.choice([0, 1, len(put)])] = put
        _judge(bytes(value))


def _out_of_range(value: bytes, number: int) -> bytes:
    """The number 77 of a body, as a varint, replaced by another one."""
    wanted, zigzag, written = bytes([0x9A, 0x01]), (number << 1) ^ (number >> 63), bytearray()
    while zigzag > 0x7F:
        written.append(zigzag & 0x7F | 0x80)
        zigzag >>= 7
    written.append(zigzag)
    assert value.count(wanted) == 1
    return value.replace(wanted, bytes(written))


@pytest.mark.parametrize("number", [2**31, 2**40, -(2**31) - 1])
def test_a_number_that_no_int_holds_is_refused(number: int) -> None:
    """Bytes can say more than the schema's int: the field is named, and nothing fails behind it."""
    person = framed("crime", submission(persons=[{"ref": "p1", "roles": ["VICTIM"], "age": 77}]))
    assert code_of(_out_of_range(person, number)) == (Code.NOT_THIS_SCHEMA, "persons[0].age")
    if number > 0:
        version = framed("crime", submission(version=77))
        assert code_of(_out_of_range(version, number)) == (Code.NOT_THIS_SCHEMA, "envelope.version")


@pytest.mark.parametrize(("age", "is_flagged"), [(0, False), (125, False), (-1, True), (126, True)])
def test_an_age_that_nobody_has_is_flagged(age: int, is_flagged: bool) -> None:
    """Kept as sent: a force may mean something by it, and is told."""
    found = event(persons=[{"ref": "p1", "roles": ["VICTIM"], "age": age}])
    assert found["persons"][0]["age"] == age
    assert ((str(Code.FORMAT_INVALID), "persons[0].age") in flags(found)) == is_flagged


def test_the_mutations_start_from_what_is_accepted() -> None:
    """All of the pool are accepted as they are: the mutations above are not refused at the first gate."""
    assert all(_judge(value) for value in POOL)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60)
@given(data=st.data())
def test_no_content_makes_it_raise(kind: str, data: st.DataObject) -> None:
    """Any value of the submission schema, strings from a nasty list among them, with a good envelope and marking."""
    value = data.draw(values(KINDS[kind].submission, st.one_of(st.sampled_from(NASTY), st.text(max_size=4))))
    good = submission(kind)
    _judge(framed(kind, value | {"marking": good["marking"], "envelope": value["envelope"] | good["envelope"]}))


@pytest.mark.parametrize("value", POOL, ids=range(len(POOL)))
def test_the_same_input_gives_the_same_output(value: bytes) -> None:
    """Same bytes, same time: the same record to the byte. At another time only the hub's own time differs."""
    one, other = run_standardise(value), run_standardise(value)
    later = run_standardise(value, NOW_MS + 1000)
    assert isinstance(one, Standard) and isinstance(other, Standard) and isinstance(later, Standard)
    assert encode(one.kind.standard, one.record) == encode(other.kind.standard, other.record)
    envelope = later.record["envelope"] | {"standardised_at": NOW_MS}
    assert later.record | {"envelope": envelope} == one.record


def test_what_has_no_national_code_is_kept_and_flagged() -> None:
    """UNMAPPED, with the value as sent beside it and a flag at its path; a code that is mapped has no flag."""
    sent = {"offence": {"value": "local 77", "scheme": "old"}, "crime_type": {"value": "burglary"}}
    found = event(crime=sent)
    assert found["crime"]["offence"] == {"code": "UNMAPPED", "source_value": "local 77", "scheme": "old"}
    assert found["crime"]["crime_type"]["code"] == "burglary"
    assert (str(Code.CODE_UNMAPPED), "crime.offence") in flags(found)
    assert (str(Code.CODE_UNMAPPED), "crime.crime_type") not in flags(found)
    assert found["crime"]["sexual_offence"] == "UNKNOWN", "an offence that nobody knows may be one"


@pytest.mark.parametrize("kind", KINDS)
def test_flags_name_paths_and_never_values(kind: str) -> None:
    """With a sentinel in every string no flag has it; every flag is a code of its list and a path of the record."""
    right = {"envelope.force": FORCE, "envelope.source_system": "native", "marking.tier": "OFFICIAL"}
    right |= {"envelope.action": "CORRECTION", "envelope.action_reason": "INACCURATE"}
    value = fill(KINDS[kind].submission, lambda path: right.get(path, f"{SENTINEL} {path}"))
    found = run_standardise(framed(kind, value))
    assert isinstance(found, Standard)
    shown = found.record["quality"]["flags"]
    assert len(shown) > 5
    assert not [text for _, text in strings(shown) if SENTINEL in text]
    assert all(flag["code"].startswith("PD-3") for flag in shown)
    assert 0 <= found.record["quality"]["score"] < 60


@pytest.mark.parametrize(
    ("grading", "code"),
    [
        (None, Code.GRADING_MISSING),
        ({"source": "1", "assessment": "A"}, Code.GRADING_MISSING),
        ({"source": "1", "assessment": "Z", "handling": "P"}, Code.GRADING_MISSING),
        ({"source": "1", "assessment": "A", "handling": "P", "action": "A1"}, Code.GRADING_CONTRADICTORY),
        ({"source": "1", "assessment": "A", "handling": "C", "action": "A1"}, Code.GRADING_CONTRADICTORY),
        ({"source": "1", "assessment": "A", "handling": "C", "action": "A1", "sanitisation": "S1"}, None),
        ({"source": "1", "assessment": "A", "handling": "P"}, None),
    ],
)
def test_a_grading_is_kept_and_flagged(grading: dict[str, str] | None, code: Code | None) -> None:
    """Missing or contradictory gradings are not refused; they are kept as sent, and said."""
    found = event("intelligence", grading=grading)
    assert {flag for flag, field in flags(found) if field.startswith("grading")} == ({str(code)} if code else set())
    assert grading is None or found["grading"]["action"] == grading.get("action")


def test_places_are_told_from_codes_or_names_or_flagged() -> None:
    """A known authority's code stands, an unknown one is blank; an LSOA's name tells it; coordinates abroad are flagged."""
    places = [
        {"ref": "1", "lad_code": "E08000021"},
        {"ref": "2", "lad_code": "X99"},
        {"ref": "3", "lsoa_name": "Newcastle upon Tyne 024C"},
        {"ref": "4", "lad_code": "E08000021", "latitude": 48.8, "longitude": 2.3},
        {"ref": "5", "lad_code": "E08000021", "latitude": float("nan"), "longitude": 0.0},
    ]
    found = event(locations=places)
    assert [place["lad_code"] for place in found["locations"]] == ["E08000021", None, "E08000021", "E08000021", "E08000021"]
    assert flags(found) >= {
        (str(Code.AREA_UNKNOWN), "locations[1].lad_code"),
        (str(Code.LOCATION_OUTSIDE_UK), "locations[3].latitude"),
        (str(Code.LOCATION_OUTSIDE_UK), "locations[4].latitude"),
    }
    assert (str(Code.AREA_UNKNOWN), "locations[2].lad_code") not in flags(found)


def test_a_home_without_an_area_code_is_no_fault() -> None:
    """Where somebody lives is seldom told by an area's code: flagged only where one was sent that nobody knows."""
    homes = [{"ref": "1", "role": "HOME", "text": "1 Example Street"}, {"ref": "2", "role": "HOME", "lad_code": "X99"}]
    found = {path for code, path in flags(event(locations=homes)) if code == Code.AREA_UNKNOWN}
    assert found == {"locations[1].lad_code"}


@pytest.mark.parametrize("role", ["VICTIM", "victim", " Victim ", "\tVICTIM"])
def test_a_role_is_told_however_it_is_written(role: str) -> None:
    """Case and blanks don't make another role: a rule on victims must find them."""
    assert event(persons=[{"ref": "p", "roles": [role]}])["persons"][0]["roles"] == ["VICTIM"]


def test_a_future_schema_of_the_nation_is_no_crash() -> None:
    """With a broken set of national codes the core raises, so that the stage dead-letters it: nothing is swallowed here."""
    with pytest.raises(AttributeError):
        standardise(message(GOOD), FORCE, lambda _: KINDS["crime"].submission, shipped_dialects(), None, NOW_MS)  # type: ignore[arg-type]
    assert load_national().lists["offence"]
