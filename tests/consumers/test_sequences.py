from hypothesis import given
from hypothesis import strategies as st

from consumers.sequences import Filled, Gap, LaneState, Repeat, observe

ARRIVALS = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 30), st.booleans()), max_size=80)


def _replay(arrivals: list[tuple[int, int, bool]]) -> tuple[dict[int, LaneState], list[object]]:
    states: dict[int, LaneState] = {}
    found = []
    for lane, sequence, beat in arrivals:
        states[lane], finding = observe(lane, states.get(lane), sequence, heartbeat=beat)
        found.append(finding)
    return states, found


@given(ARRIVALS)
def test_every_finding_is_what_a_list_of_all_numbers_would_say(arrivals: list[tuple[int, int, bool]]) -> None:
    """For any arrivals in any order over any lanes, each finding equals that of a naive model that keeps every number."""
    seen: dict[int, set[int]] = {}
    start: dict[int, int] = {}
    top: dict[int, int] = {}
    for (lane, sequence, beat), finding in zip(arrivals, _replay(arrivals)[1], strict=True):
        numbers = seen.setdefault(lane, set())
        if lane not in top:
            start[lane], top[lane] = sequence + beat, sequence
            expected: object = None
        elif sequence > top[lane]:
            missing = range(top[lane] + 1, sequence + beat)
            expected = Gap(lane, missing[0], missing[-1]) if missing else None
            top[lane] = sequence
        elif beat:
            expected = None
        elif sequence in numbers:
            expected = Repeat(lane, sequence)
        else:
            expected = Filled(lane, sequence) if sequence >= start[lane] else None
        if not beat:
            numbers.add(sequence)
        assert finding == expected


@given(st.integers(1, 40), st.sets(st.integers(2, 40)), st.randoms())
def test_lost_numbers_are_reported_exactly_once_and_nothing_else(last: int, lost: set[int], random: object) -> None:
    """Whatever is taken out of a sequence between its first and last number is exactly what the gaps name."""
    kept = [number for number in range(1, last + 1) if number not in lost]
    gaps = [found for found in _replay([(5, number, False) for number in kept])[1] if found is not None]
    named = [number for gap in gaps for number in range(gap.first, gap.last + 1)]
    assert named == [number for number in range(1, kept[-1] + 1) if number in lost]


@given(st.integers(1, 1000), st.integers(0, 50))
def test_joining_late_reports_no_gap(first: int, more: int) -> None:
    """A subscriber whose first message is any number, followed by the next ones, finds nothing missing."""
    _, found = _replay([(0, number, False) for number in range(first, first + more + 1)])
    assert found == [None] * (more + 1)


@given(st.integers(0, 1000))
def test_a_heartbeat_shows_a_lost_tail(last: int) -> None:
    """A heartbeat above the last number reports the numbers in between, its own too; the same one again reports nothing."""
    state = LaneState(1, last)
    state, found = observe(3, state, last + 2, heartbeat=True)
    assert found == Gap(3, last + 1, last + 2)
    assert observe(3, state, last + 2, heartbeat=True) == (state, None)
    assert observe(3, state, last + 3)[1] is None


def test_a_heartbeat_of_a_lane_that_never_sent_makes_its_first_number_expected() -> None:
    """After a heartbeat with 0, a first delivery with number 2 shows that 1 is missing, and 1 then fills the gap."""
    state, _ = observe(0, None, 0, heartbeat=True)
    state, found = observe(0, state, 2)
    assert found == Gap(0, 1, 1)
    assert observe(0, state, 1) == (LaneState(1, 2), Filled(0, 1))


@given(ARRIVALS)
def test_ranges_stay_sorted_and_apart(arrivals: list[tuple[int, int, bool]]) -> None:
    """What is kept of a lane is a rising list of ranges that never touch the numbers seen: it can't grow by repeats."""
    for state in _replay(arrivals)[0].values():
        flat = [number for part in state.unseen for number in part]
        assert flat == sorted(flat)
        assert all(behind < ahead for (_, behind), (ahead, _) in zip(state.unseen, state.unseen[1:], strict=False))
        assert not flat or flat[-1] <= state.last
