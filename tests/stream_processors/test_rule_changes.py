"""Rule sets that follow one another: what a proposal binds, and what a rollback may do with how many approvals."""

import pytest
from approving import ANN, BOB, NOW_MS, PINNED, approver, proposed, put, rehearsal, signed
from core_hub import AGENCIES, agreement, parts_of, prohibition

from schemas.codes import Code
from schemas.errors import Misconfigured, Refused
from stream_processors.approvals import Kind
from stream_processors.approvers import make_approvers
from stream_processors.control import ControlState
from stream_processors.control_rule_sets import RuleSets
from stream_processors.proposals import Proposal, propose
from stream_processors.rehearsal_report import first_report, narrower_report, report_of
from stream_processors.rule_set import Parts, hash_parts

STRICT = parts_of([agreement(withhold_when=[{"marker": ["refuge"]}])])
LOOSE = parts_of([agreement()])
LONGER = parts_of([agreement(valid_until="2029-06-30")])
UNKNOWN = parts_of([agreement(kinds=["crime"])])


def after(*sets: Parts) -> ControlState:
    """A state in which these sets were in force, one after the other."""
    state = ControlState(RuleSets(PINNED))
    for parts in sets:
        put(state, proposed(state.rule_sets, parts))
    assert state.current
    assert (state.current.number, state.current.parts) == (len(sets), sets[-1])
    return state


def back(state: ControlState, parts: Parts) -> Proposal:
    """A rollback with the report that it needs."""
    assert state.current
    old, new = state.current.sha256, hash_parts(parts)
    is_narrower = state.rule_sets.needed_for("ROLLBACK", parts) == 1
    return propose(state.rule_sets, parts, report_of((narrower_report if is_narrower else rehearsal)(old, new)), "ROLLBACK")


def why_not(state: ControlState, proposal: Proposal, approvals: int) -> Code | None:
    """Why it would not be taken. It is put on control as well: what is refused must change nothing."""
    some = signed(proposal)[:approvals]
    try:
        state.rule_sets.check(proposal.published(some, {}, NOW_MS))
        found = None
    except Refused as refusal:
        found = refusal.code
    before = state.current
    put(state, proposal, some)
    assert (state.current is before) == (found is not None)
    return found


def test_a_rollback_that_only_takes_away_needs_one_approver() -> None:
    """The parts of an earlier number under a higher one; nobody is still not enough."""
    state = after(STRICT, LOOSE)
    proposal = back(state, STRICT)
    assert (proposal.needed, proposal.wider) == (1, ())
    assert why_not(state, proposal, 0) is Code.NOT_APPROVED
    assert why_not(state, proposal, 1) is None
    assert state.current
    assert (state.current.number, state.current.parts) == (3, STRICT)


def test_a_rollback_that_would_share_more_needs_two_like_any_change() -> None:
    """One approver is refused with the code that says why; two with a rehearsal report are taken."""
    state = after(LOOSE, STRICT)
    proposal = back(state, LOOSE)
    assert (proposal.needed, proposal.wider) == (2, ("council: withhold_when",))
    assert why_not(state, proposal, 1) is Code.SHARES_MORE
    assert why_not(state, proposal, 2) is None
    assert state.current
    assert (state.current.number, state.current.parts) == (3, LOOSE)


def test_a_set_that_is_published_needs_two_also_where_it_takes_away() -> None:
    """Only the way back to a set that two have approved before is open to one."""
    state = after(LOOSE)
    proposal = proposed(state.rule_sets, STRICT)
    assert (proposal.wider, proposal.needed) == ((), 2)
    assert why_not(state, proposal, 1) is Code.NOT_APPROVED


def test_there_is_no_way_back_to_what_never_was_in_force() -> None:
    """A rollback to other parts is none, however narrow they are and however many sign."""
    state = after(LOOSE)
    narrower = back(state, UNKNOWN)
    assert narrower.needed == 1
    for approvals in (1, 2):
        assert why_not(state, narrower, approvals) is Code.OTHER_SET_IN_FORCE


def test_an_expiry_survives_a_rollback() -> None:
    """A set that ends an agreement later than the one in force can't be rolled back to, with two approvals either; publishing
    it, which says the new end, can."""
    state = after(LONGER, LOOSE)
    assert why_not(state, back(state, LONGER), 2) is Code.EXPIRY_PUT_OFF
    assert why_not(state, proposed(state.rule_sets, LONGER), 2) is None


def test_a_rollback_can_be_rolled_back() -> None:
    """There and back again: numbers rise, and every number stays known."""
    state = after(STRICT, LOOSE)
    for parts in (STRICT, LOOSE, STRICT):
        assert why_not(state, back(state, parts), 2) is None
    assert [state.rule_sets.history[number].parts for number in range(1, 6)] == [STRICT, LOOSE, STRICT, LOOSE, STRICT]


def test_suspensions_survive_publishing_and_rollback() -> None:
    """They stand on control by themselves: no set that is put in force touches them."""
    state = after(STRICT, LOOSE)
    state.take(None, b"unreadable", b"suspension/agency/council-a")
    standing = state.suspensions.standing
    assert standing
    put(state, back(state, STRICT))
    put(state, proposed(state.rule_sets, UNKNOWN))
    assert state.current
    assert (state.current.number, state.suspensions.standing) == (4, standing)


@pytest.mark.parametrize("kind", ["PUBLISH", "ROLLBACK"])
def test_a_report_is_of_this_very_change(kind: Kind) -> None:
    """Another old set, another new one, a first report where a set is in force, a narrower one where that is not proved."""
    known = after(LOOSE, STRICT).rule_sets
    old, new, other = hash_parts(STRICT), hash_parts(LOOSE), "0" * 64
    for bad in (
        rehearsal(other, new),
        rehearsal(old, other),
        rehearsal(new, old),
        first_report(new),
        narrower_report(old, new),
    ):
        with pytest.raises(Refused) as caught:
            propose(known, LOOSE, report_of(bad), kind)
        assert caught.value.code is Code.REPORT_NOT_OF_SET
    assert propose(known, LOOSE, report_of(rehearsal(old, new)), kind).statement.number == 3


def test_a_first_set_has_a_first_report() -> None:
    """There is nothing to compare: a rehearsal of nothing is refused, and the number is above all that were seen."""
    known = RuleSets(PINNED, highest_seen=41)
    said = propose(known, LOOSE, report_of(first_report(hash_parts(LOOSE))), "PUBLISH").statement
    assert (said.number, said.replaces) == (42, "")
    with pytest.raises(Refused):
        propose(known, LOOSE, report_of(rehearsal("0" * 64, hash_parts(LOOSE))), "PUBLISH")


def test_what_is_in_force_or_does_not_load_is_not_proposed() -> None:
    """Nobody is asked to sign it."""
    state = after(LOOSE)
    assert state.current
    current = state.current.sha256
    with pytest.raises(Refused) as caught:
        propose(state.rule_sets, state.current.parts, report_of(rehearsal(current, current)), "PUBLISH")
    assert caught.value.code is Code.OTHER_SET_IN_FORCE
    with pytest.raises(Misconfigured):
        proposed(state.rule_sets, parts_of([agreement(gateways=[])]))


def test_nobody_approves_what_his_organisation_receives_or_would_lose() -> None:
    """An agency of the new set, or of the one in force only."""
    theirs = make_approvers([approver("Ann", 1, "squad"), BOB, approver("Cat", 3)])
    without = "\n".join(row for row in AGENCIES.splitlines() if "squad" not in row) + "\n"
    new = parts_of([agreement("bureau")], [prohibition()], without)
    state = after(LOOSE)
    state.rule_sets.approvers = theirs
    proposal = proposed(state.rule_sets, new)
    ann = theirs.all[0]
    with pytest.raises(Refused) as caught:
        state.rule_sets.check(proposal.published(signed(proposal, ann, BOB), {}, NOW_MS))
    assert caught.value.code is Code.APPROVER_IS_RECIPIENT
    put(state, proposal, signed(proposal, ann, BOB))
    assert state.current
    assert state.current.parts == LOOSE


def test_who_signs_names_the_rendering() -> None:
    """The hash that is signed is that of the text, and the text says the rule set."""
    proposal = proposed(RuleSets(PINNED), LOOSE)
    assert proposal.statement.rule_set in proposal.rendering.decode()
    assert [approval.approver for approval in signed(proposal)] == [ANN.name, BOB.name]
