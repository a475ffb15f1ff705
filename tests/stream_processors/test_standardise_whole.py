"""Standardise as a whole: it loses nothing, repeats itself, and leaves alone what is standard already. Pure."""

from typing import Any

import pytest
from avro_values import strings, values
from core_hub import FORCE, framed, run_standardise, submission
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from standard_again import submission_of, values_of

from schemas.actions import ACTIONS, REASONS, Action
from schemas.codes import Code
from schemas.errors import Refused
from schemas.kinds import KINDS
from schemas.records import Record
from stream_processors.standardise import Standard
from stream_processors.times import parse_time

LIVELY = st.sampled_from(
    [
        *"5D 19C 999/98 125/11 burglary charged PSW_MISSING ASB_NOISE asb Missing MALE female 1 W1 IC3 FACT assessment".split(),
        *"VICTIM suspect incident HOME VEHICLE telephone AB12CDE 07700900123 +447700900123 bob@example.org 9434765919".split(),
        *"1979/0163001B 79/163001B AB123456C NE14ST 100012345678 TQ3080 2026-06-01 01/02/1990 2026-05 2026 OFFICIAL P".split(),
        *"A1 S2 child E08000021 E01008291 CORRECTION version 1201ZD0100000445754G 2026-06-01T10:00:00+01:00".split(),
        *("ab12 cde", "ne1 4st", "Domestic Abuse", "2026-03-29 01:30", "2025-10-26 01:30", " 5D ", "Mr Bob", "UNKNOWN"),
    ]
)
"""Values that standardise reads, in spellings of their own."""

KIND = pytest.mark.parametrize("kind", KINDS)
ACTION = st.sampled_from([*sorted(ACTIONS - {Action.ERASURE}), "correction", "Version"])
"""Every action but the one that keeps no content; codes in other spellings are read as well."""
TEXT = st.one_of(LIVELY, LIVELY, st.text(max_size=5))


def accepted(kind: str, data: st.DataObject) -> tuple[Record, Record]:
    """A submission of random content that is accepted, and the standard record."""
    drawn = data.draw(values(KINDS[kind].submission, TEXT))
    good = submission(kind)
    said = {**good["envelope"], "source_ref": drawn["envelope"]["source_ref"] or "R", "version": 7}
    said["action"] = data.draw(ACTION)
    said["action_reason"] = data.draw(st.sampled_from([None, *REASONS[Action(said["action"].upper())]]))
    envelope = drawn["envelope"] | said
    envelope["source_ref"] = envelope["source_ref"].strip() or "R"
    sent = drawn | {"envelope": envelope, "marking": (drawn["marking"] or {}) | {"tier": "Official"}}
    found = run_standardise(framed(kind, sent))
    # Four random digits may be a year to come: the one refusal that random content can earn here.
    assume(not (isinstance(found, Refused) and found.code is Code.TIME_IN_FUTURE))
    assert isinstance(found, Standard), found
    return sent, found.record


@KIND
@settings(max_examples=60)
@given(data=st.data())
def test_no_value_is_lost(kind: str, data: st.DataObject) -> None:
    """Every string that was sent is in the standard record: in its place, as a code's source, among the values as sent, or as
    the very moment that it names.
    """
    sent, record = accepted(kind, data)
    kept = {text for _, text in strings(record)}
    moments = set(_numbers(record))
    for path, text in strings(sent):
        if path.endswith((".start", ".end", "_at", "_date")) and text not in kept:
            read = parse_time(text)
            assert read is not None and read.ms in moments, path
        else:
            assert text in kept, path


def _numbers(value: Any) -> list[int]:
    if isinstance(value, dict):
        return [number for part in value.values() for number in _numbers(part)]
    if isinstance(value, list):
        return [number for part in value for number in _numbers(part)]
    return [value] if isinstance(value, int) else []


@KIND
@settings(max_examples=60)
@given(data=st.data())
def test_what_is_standard_already_is_not_changed(kind: str, data: st.DataObject) -> None:
    """A standard record's own values, sent again by a system that speaks national codes, come out the same."""
    _, record = accepted(kind, data)
    again = run_standardise(framed(kind, submission_of(KINDS[kind], record)))
    assert isinstance(again, Standard), again
    assert values_of(KINDS[kind], again.record) == values_of(KINDS[kind], record)


def test_the_hub_s_own_force_is_what_these_tests_send() -> None:
    """The submissions above are of a force with an area: cross-checks on places are made."""
    assert FORCE == "northumbria"
