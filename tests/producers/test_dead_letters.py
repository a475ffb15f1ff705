"""Dead letters read and understood: copies, what can't be read, and what a field may have meant."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from producers_submissions import checked, crime

from producers.dead_letters import DEAD_LETTER, Letter, gather_copies, read_letter, value_as_sent
from producers.door import encode_envelope
from producers.mending_suggestions import suggest_mending
from schemas.codes import Code
from schemas.dialect import shipped_dialects
from schemas.errors import NotReady, Refused
from schemas.kinds import KINDS
from schemas.records import encode
from schemas.wire import frame

CRIME = KINDS["crime"].submission
NAMES = {1: CRIME, 2: "uk.pointduty.standard.Crime", 3: "org.other.Thing"}
RECEIVED = datetime(2026, 7, 15, 12, 0, tzinfo=UTC)
SYSTEMS = shipped_dialects().keys()


def _original(version: int = 1, **parts: Any) -> bytes:
    one = checked(crime(**parts))
    return frame(1, encode_envelope({**one.envelope, "version": version}) + one.rest)


def _letter(original: bytes | None, offset: int = 0, code: str = Code.MARKING_MISSING, field: str = "", **told: Any) -> Letter:
    record = {
        "code": code,
        "field": field,
        "found": "x",
        "expected": "x",
        "mend": "x",
        "topic": "submission.kent",
        "partition": 0,
        "offset": offset,
        "received_at": RECEIVED,
        "refused_at": RECEIVED,
        "key": None,
        "headers": [],
        "original": original,
        "original_bytes": len(original or b""),
        "original_sha256": "00",
    } | told
    return read_letter(0, offset, frame(9, encode(DEAD_LETTER, record)), NAMES.get)


def test_a_letter_tells_which_version_it_is() -> None:
    """Kind, record, version; the key is the event id of what was sent, so that it is the same for every copy."""
    letter = _letter(_original(version=3), offset=7)
    assert letter.submission is not None
    assert (letter.id, letter.place) == ("0-7", (0, 7))
    assert (letter.submission.kind.name, letter.submission.record_id, letter.submission.version) == ("crime", "kent:rms:C/1", 3)
    assert letter.key == _letter(_original(version=3), offset=8).key
    assert letter.key != _letter(_original(version=4)).key
    assert letter.key != _letter(_original(version=3, markers=["child"])).key


def test_copies_are_one_letter_known_by_its_last_copy() -> None:
    """In the order in which they came first; every copy is counted."""
    letters = [_letter(_original(1), 0), _letter(_original(2), 1), _letter(_original(1), 2), _letter(b"x", 3)]
    assert [(letter.id, letter.copies) for letter in gather_copies(letters)] == [("0-2", 2), ("0-1", 1), ("0-3", 1)]


@given(st.none() | st.binary(max_size=60) | st.binary(max_size=60).map(lambda body: frame(1, body)))
def test_what_is_no_submission_has_only_bytes(original: bytes | None) -> None:
    """Too large to be kept, empty, not framed, another schema, broken: nothing is raised, and nothing is suggested."""
    for value in (original, frame(2, b""), frame(3, b""), frame(4, b"")):
        letter = _letter(value, field="marking.tier", code=Code.MARKING_TOO_HIGH)
        assert letter.submission is None
        assert value_as_sent(letter) is None
        assert suggest_mending(letter, SYSTEMS, "kent") is None


def test_a_registry_that_is_away_is_no_unreadable_letter() -> None:
    """It can't be said what the letter is, so it is asked again."""

    def away(_: int) -> str | None:
        raise NotReady(Code.REGISTRY_AWAY)

    letter = _letter(_original())
    with pytest.raises(NotReady):
        read_letter(0, 0, frame(9, encode(DEAD_LETTER, letter.told)), away)
    with pytest.raises(Refused):
        read_letter(0, 0, b"no letter", NAMES.get)


def _suggested(code: Code, field: str, key: str = "", **parts: Any) -> object:
    """What is suggested for a field of a submission that has these parts, as a plain client could have sent it."""
    whole = {
        "envelope": {"force": "kent", "source_system": "rms", "source_ref": "C/1", "version": 1} | parts.pop("envelope", {}),
        "crime": {},
    } | parts
    letter = _letter(frame(1, encode(CRIME, whole)), code=code, field=field, key=key.encode() or None)
    change = suggest_mending(letter, SYSTEMS, "kent")
    return None if change is None else change.after


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        ("official", "OFFICIAL"),
        ("Offical", "OFFICIAL"),
        ("OFFICIAL - SENSITIVE", "OFFICIAL-SENSITIVE"),
        ("OFFICIAL-SENSITVE", "OFFICIAL-SENSITIVE"),
        ("O-S", "OFFICIAL-SENSITIVE"),
        ("OFFICIAL-S", "OFFICIAL-SENSITIVE"),
        *(
            (tier, None)
            for tier in ("SECRET", "TOP SECRET", "CONFIDENTIAL", "RESTRICTED", "OFFICIAL-SECRET", "UNOFFICIAL?", "")
        ),
    ],
)
def test_a_tier_is_recognised_by_its_spelling_and_never_lowered(tier: str, expected: str | None) -> None:
    """What the hub refuses for being too high gets no suggestion."""
    assert _suggested(Code.MARKING_TOO_HIGH, "marking.tier", marking={"tier": tier}) == expected


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("2026-11-07T10:00:00+00:00", "2026-07-11T10:00:00+00:00"),  # month and day
        ("2026-11-07", "2026-07-11"),
        ("2026-07-15T12:30:00+00:00", "2026-07-15T12:30:00+01:00"),  # a clock in summer, told as UTC
        ("2026-07-15T14:30:00+00:00", None),  # still ahead
        ("2027-01-20", None),
        ("2026-12-12", None),
        ("tomorrow", None),
    ],
)
def test_a_time_ahead_is_another_time_that_had_passed_when_it_came(sent: str, expected: str | None) -> None:
    """Day and month the other way round, or the offset of the United Kingdom."""
    assert _suggested(Code.TIME_IN_FUTURE, "occurred.start", occurred={"start": sent}) == expected


@pytest.mark.parametrize(
    ("code", "field", "envelope", "key", "expected"),
    [
        (Code.WRONG_FORCE, "envelope.force", {"force": "essex"}, "", "kent"),
        (Code.UNKNOWN_SYSTEM, "envelope.source_system", {"source_system": "Marsch"}, "", "marsh"),
        (Code.UNKNOWN_SYSTEM, "envelope.source_system", {"source_system": "zzzzzz"}, "", None),
        (Code.IDENTITY_MISSING, "envelope.source_ref", {"source_ref": " "}, "kent:rms:C:7", "C:7"),
        (Code.IDENTITY_MISSING, "envelope.source_ref", {"source_ref": " "}, "", None),
        (Code.IDENTITY_MISSING, "envelope.source_ref", {"source_ref": " "}, "kent:rms:", None),
        (Code.IDENTITY_MISSING, "envelope.source_system", {"source_system": ""}, "kent:rms:C/1", "rms"),
        (Code.IDENTITY_MISSING, "envelope.force", {"force": ""}, "", "kent"),
        (Code.IDENTITY_MISSING, "envelope.version", {"version": 0}, "", 1),
        (Code.MARKING_MISSING, "marking", {}, "", None),
    ],
)
def test_identity_is_suggested_from_what_is_known(
    code: Code, field: str, envelope: dict[str, Any], key: str, expected: object
) -> None:
    """The force's own id, the nearest dialect, the message's key. A marking is never made up."""
    assert _suggested(code, field, key, envelope=envelope) == expected
