"""Control: a set is in force once it is complete, approved and newer; whatever else arrives changes nothing."""

import hashlib
from typing import Any

import pytest
from approving import ANN, BOB, CAT, NOW_MS, PINNED, part, proposed, put, put_parts, signed
from core_hub import agreement, parts_of, prohibition
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.records import encode
from stream_processors.approvers import Approver, Approvers
from stream_processors.control import ControlState
from stream_processors.control_rule_sets import MANIFEST, PART, RENDERING, RuleSets

OLD, NEW = parts_of([agreement()]), parts_of([agreement()], [prohibition()])
THIRD = parts_of([agreement(retention_days=7)])


def make_state(approvers: Approvers = PINNED) -> ControlState:
    """A state with the old set in force."""
    made = ControlState(RuleSets(approvers))
    put(made, proposed(made.rule_sets, OLD))
    return made


def number(state: ControlState) -> int:
    return state.current.number if state.current else 0


def test_an_approved_complete_set_is_in_force() -> None:
    """Parts first, then their manifest; the sets before it stay known, with what was approved and by whom."""
    state = make_state()
    assert state.current and (state.current.number, state.current.parts) == (1, OLD)
    put_parts(state, following := proposed(state.rule_sets, NEW))
    assert state.current.parts == OLD
    put(state, following)
    assert state.current and (state.current.number, state.current.parts) == (2, NEW)
    assert {each: found.parts for each, found in state.rule_sets.history.items()} == {1: OLD, 2: NEW}
    assert [approval.approver for approval in state.current.approvals] == ["Ann", "Bob"]
    assert state.current.rendering == following.rendering


@pytest.mark.parametrize("missing", [*NEW, RENDERING])
def test_an_incomplete_set_is_not_in_force(missing: str) -> None:
    """Without one of its parts, or what its approvers have read, a manifest changes nothing."""
    state = ControlState(RuleSets(PINNED))
    put_parts(state, proposal := proposed(state.rule_sets, NEW), without=missing)
    state.take(MANIFEST, encode(MANIFEST, proposal.manifest(signed(proposal), {}, NOW_MS)))
    assert state.current is None
    put(state, proposal)
    assert number(state) == 1


@pytest.mark.parametrize("by", [(), (ANN,), (BOB,), (ANN, ANN)], ids=lambda by: "+".join(a.name for a in by) or "nobody")
def test_without_two_different_approvers_the_old_set_stays(by: tuple[Approver, ...]) -> None:
    """Unsigned, half signed, signed twice by one person: nothing changes, whatever the set says."""
    state = make_state()
    proposal = proposed(state.rule_sets, NEW)
    put(state, proposal, signed(proposal, *by) if by else [])
    assert state.current and state.current.parts == OLD
    put(state, proposal, signed(proposal, ANN, CAT))
    assert state.current.parts == NEW


def test_who_pins_nobody_takes_nothing() -> None:
    """A reader without pinned approvers has no rules, however well a set is signed."""
    assert make_state(Approvers(())).current is None


@pytest.mark.parametrize("change", [
    {"kind": "ROLLBACK"}, {"kind": "OTHER"}, {"number": 3}, {"number": 2**40}, {"replaces": ""}, {"replaces": "0" * 64},
    {"report_sha256": "0" * 64}, {"rule_set": "0" * 64}, {"parts": []}, {"parts": ["x"]}, {"rendering_sha256": "0" * 64},
], ids=str)  # fmt: skip
def test_a_manifest_that_was_not_approved_as_it_is_changes_nothing(change: dict[str, Any]) -> None:
    """Whatever of it is changed after its approval, the old set stays; the approved one is then taken."""
    state = make_state()
    proposal = proposed(state.rule_sets, NEW)
    put(state, proposal, **change)
    assert state.current and (number(state), state.current.parts) == (1, OLD)
    put(state, proposal)
    assert state.current.parts == NEW


def test_numbers_rise_and_each_set_follows_the_one_in_force() -> None:
    """A set approved against another set than the one in force now is not taken, also where its number is higher; an earlier
    manifest that is read again changes nothing."""
    state, ahead = make_state(), make_state()
    rival = proposed(state.rule_sets, THIRD)
    first = proposed(state.rule_sets, NEW)
    put(ahead, first)
    after = proposed(ahead.rule_sets, THIRD)
    put(state, after)  # approved as the third, where the second is missing
    assert number(state) == 1
    put(state, first)
    put(state, rival)
    assert state.current and (number(state), state.current.parts) == (2, NEW)
    put(state, after)
    assert state.current.parts == THIRD


def test_an_approval_for_one_hub_is_none_for_its_neighbour() -> None:
    """The same set, number and approvers on a control topic of another name: not taken."""
    mine, other = ControlState(RuleSets(PINNED)), ControlState(RuleSets(PINNED, "second.control"))
    proposal = proposed(mine.rule_sets, OLD)
    put(other, proposal)
    put(mine, proposal)
    assert (other.current, number(mine)) == (None, 1)


def test_a_part_with_another_hash_is_no_part() -> None:
    """Content under a foreign hash is not taken: the manifest that names that hash stays incomplete."""
    state = ControlState(RuleSets(PINNED))
    proposal = proposed(state.rule_sets, OLD)
    put_parts(state, proposal, without="acceptances.csv")
    state.take(PART, part("acceptances.csv", b"evil", hashlib.sha256(OLD["acceptances.csv"]).hexdigest()))
    state.take(MANIFEST, encode(MANIFEST, proposal.manifest(signed(proposal), {}, NOW_MS)))
    assert state.current is None


@given(st.sampled_from([PART, MANIFEST, None, "org.other.Thing"]), st.binary(max_size=60))
def test_no_bytes_change_anything(name: str | None, body: bytes) -> None:
    """Unreadable or foreign messages are passed over: the old set stays, and the reader goes on."""
    state = make_state()
    state.take(name, body)
    assert state.current and state.current.parts == OLD
    put(state, proposed(state.rule_sets, NEW))
    assert state.current.parts == NEW


@settings(max_examples=300)
@given(data=st.data())
def test_no_changed_byte_of_a_manifest_puts_another_set_in_force(data: st.DataObject) -> None:
    """Any byte of the encoded manifest changed: either the very set that was approved is in force, or the old one stays."""
    state = make_state()
    put_parts(state, proposal := proposed(state.rule_sets, NEW))
    body = bytearray(encode(MANIFEST, proposal.manifest(signed(proposal), {"council": 1}, NOW_MS)))
    at = data.draw(st.integers(0, len(body) - 1))
    body[at] ^= data.draw(st.integers(1, 255))
    state.take(MANIFEST, bytes(body))
    assert state.current is not None
    assert state.current.parts in (OLD, NEW)
    assert state.current.statement == (
        proposal.statement if state.current.parts == NEW else state.rule_sets.history[1].statement
    )
