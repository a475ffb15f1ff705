"""What is refused before it leaves the force."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from producers_submissions import DOOR, NOW, checked, crime, patch

from producers.door import LIMIT_BYTES, encode_envelope
from schemas.codes import Code
from schemas.errors import Refused
from schemas.records import decode
from schemas.wire import HEADER_BYTES

SECRET_TEXT = "Jane-Doe-1980"


def _refused(submission, kind="crime"):
    with pytest.raises(Refused) as caught:
        DOOR.admit(kind, submission, NOW)
    assert SECRET_TEXT not in str(caught.value)
    return caught.value.code, caught.value.field


def test_what_is_admitted_is_the_submission_itself():
    """Envelope and rest together are the Avro body of what was given, with the force filled in."""
    admitted = checked(crime())
    record = decode("uk.pointduty.submission.Crime", encode_envelope(admitted.envelope) + admitted.rest)
    assert record["envelope"]["force"] == "kent"
    assert record["crime"]["offence"]["value"] == "5"
    assert admitted.record_id == "kent:rms:C/1"


@pytest.mark.parametrize("tier", ["OFFICIAL", "official-sensitive", "OFFICIAL SENSITIVE", "OFFICIAL_SENSITIVE"])
def test_what_the_hub_may_carry_passes(tier):
    """OFFICIAL and OFFICIAL-SENSITIVE pass, however they are written."""
    assert checked(crime(marking={"tier": tier}))


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | st.sampled_from(["SECRET", "TOP SECRET", "S", "RESTRICTED"])
)
def test_any_other_tier_is_refused(tier):
    """A tier above OFFICIAL-SENSITIVE is refused, and so is one that nobody knows."""
    if tier.upper().replace("_", " ").strip() not in ("OFFICIAL", "OFFICIAL-SENSITIVE", "OFFICIAL SENSITIVE"):
        assert _refused(crime(marking={"tier": tier})) == (Code.DOOR_MARKING, "marking.tier")


def test_a_missing_marking_passes_only_where_the_dialect_declares_a_default():
    """police-uk has a default; another system has none, and intelligence has none anywhere."""
    public = {"source_system": "police-uk", "source_ref": "1"}
    assert checked(crime(marking=None, envelope=public))
    assert _refused(crime(marking=None)) == (Code.NO_MARKING, "marking")
    report = {"envelope": public, "intelligence": {"text": SECRET_TEXT}}
    assert _refused(report, "intelligence") == (Code.NO_MARKING, "marking")


@pytest.mark.parametrize("path", ["occurred.start", "occurred.end", "envelope.recorded_at", "crime.outcome_date"])
@given(ahead=st.integers(301, 10**8))
def test_a_time_in_the_future_is_refused(path, ahead):
    """More than five minutes ahead of our clock, in any field that says when something was."""
    submission = crime()
    part, field = path.split(".")
    submission[part] = submission[part] | {field: (NOW + timedelta(seconds=ahead)).isoformat()}
    assert _refused(submission) == (Code.DOOR_FUTURE, path)


@pytest.mark.parametrize("field", ["arrested_at", "detained_at", "released_at"])
@given(ahead=st.integers(301, 10**8))
def test_a_time_of_custody_in_the_future_is_refused(field, ahead):
    """Arrest, detention and release are times like any other."""
    envelope = {"source_system": "rms", "source_ref": "1"}
    moment = (NOW + timedelta(seconds=ahead)).isoformat()
    submission = {"envelope": envelope, "marking": {"tier": "OFFICIAL"}, "custody": {field: moment}}
    assert _refused(submission, "custody") == (Code.DOOR_FUTURE, f"custody.{field}")


@given(st.integers(-(10**8), 300))
def test_a_time_up_to_five_minutes_ahead_passes(ahead):
    """Clocks differ; the past is always possible."""
    assert checked(crime(occurred={"start": (NOW + timedelta(seconds=ahead)).isoformat()}))


@pytest.mark.parametrize("text", ["2026", "2026-01", "2026-01-15", "2026-01-15T12:59", "about noon", "", "9999999"])
def test_a_time_that_may_be_past_or_is_unreadable_passes(text):
    """A coarse time counts from its beginning, one without an offset may be summer time, and the hub flags the rest."""
    assert checked(crime(occurred={"start": text}))


@pytest.mark.parametrize("text", ["2027", "2026-02", "2026-01-16", "2026-01-15T14:00"])
def test_a_coarse_time_wholly_in_the_future_is_refused(text):
    """A year, month or day that has not begun can't have been."""
    assert _refused(crime(occurred={"start": text})) == (Code.DOOR_FUTURE, "occurred.start")


@given(st.integers(-40, 40))
def test_the_size_limit_is_on_the_whole_message(offset):
    """1 MiB with framing passes, a byte more does not."""
    empty = checked(crime(crime={"summary": ""}))
    used = HEADER_BYTES + len(encode_envelope(empty.envelope)) + len(empty.rest)
    length = LIMIT_BYTES - used - 2 + offset  # a length over 2^13 takes 3 bytes, that of an empty text 1
    submission = crime(crime={"summary": "x" * length})
    if offset <= 0:
        assert checked(submission)
    else:
        assert _refused(submission) == (Code.DOOR_TOO_LARGE, "")


@pytest.mark.parametrize(
    ("submission", "code", "field"),
    [
        (
            crime(envelope={"force": "essex", "source_system": "rms", "source_ref": "1"}),
            Code.WRONG_FORCE_IN_FILE,
            "envelope.force",
        ),
        (crime(envelope={"source_system": "rms", "source_ref": ""}), Code.NOT_A_SUBMISSION, "envelope.source_ref"),
        (crime(envelope={"source_system": "rms", "source_ref": " \t"}), Code.NOT_A_SUBMISSION, "envelope.source_ref"),
        (crime(envelope={"source_system": "r:m", "source_ref": "1"}), Code.NOT_A_SUBMISSION, "envelope.source_system"),
        (crime(envelope={"source_system": "rms"}), Code.NOT_A_SUBMISSION, "envelope.source_ref"),
        (crime(envelope=SECRET_TEXT), Code.NOT_A_SUBMISSION, "envelope"),
        (crime(persons=[{"ref": "p", "surname": [SECRET_TEXT]}]), Code.NOT_A_SUBMISSION, "persons[0].surname"),
        ([SECRET_TEXT], Code.NOT_A_SUBMISSION, ""),
    ],
)
def test_what_is_no_submission_is_refused_with_its_path(submission, code, field):
    """The code and the path say what is wrong, the value is never repeated."""
    assert _refused(submission) == (code, field)


def test_an_unknown_kind_is_refused():
    """The kind is not repeated either: it comes from the file."""
    assert _refused(crime(), SECRET_TEXT) == (Code.NOT_A_SUBMISSION, "kind")


def test_a_patch_may_lack_a_marking_until_it_is_merged():
    """At the door it passes; without a full version behind it, it is refused."""
    assert checked(patch()).patch is not None
    with pytest.raises(Refused) as caught:
        DOOR.admit_merged("crime", patch(), NOW)
    assert caught.value.code == Code.NO_MARKING
