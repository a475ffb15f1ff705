"""What became of a version: from where it was delivered, how far the hub is, and its dead letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.fates import Hub, Known, State, Told, tell_fates

LETTER = Told("0-7", "PD-209", 1, (0, 5))


@pytest.mark.parametrize(
    ("known", "letters", "hub", "expected"),
    [
        (Known(1, (0, 5)), [], Hub({0: 6}), State.ACCEPTED),
        (Known(1, (0, 5)), [], Hub({0: 5}), State.WAITING),
        (Known(1, (0, 5)), [], Hub({}), State.WAITING),
        (Known(1, (0, 5)), [], Hub({1: 99}), State.WAITING),
        (Known(1, (0, 5)), [LETTER], Hub({0: 6}), State.DEAD_LETTERED),
        (Known(1, is_waiting=True), [], Hub({0: 6}), State.WAITING),
        (Known(1, is_held=True), [], Hub({0: 6}), State.HELD),
        (Known(1), [], Hub({0: 6}), State.DELIVERED),
        (Known(1), [LETTER], Hub({0: 6}), State.DEAD_LETTERED),
        # a resend of what was accepted, or refused, that waits
        (Known(1, (0, 5), is_waiting=True), [], Hub({0: 6}), State.ACCEPTED),
        (Known(1, (0, 5), is_waiting=True), [LETTER], Hub({0: 6}), State.WAITING),
        # the letters of that time have run out, or may have
        (Known(1, (0, 5)), [], Hub({0: 6}, {0: 6}), State.DECIDED),
        (Known(1, (0, 5)), [], Hub({0: 6}, {}), State.DECIDED),
        (Known(1, (0, 5)), [], Hub({0: 6}, {0: 5}), State.ACCEPTED),
        # refused once, sent again, and accepted since: the hub has learnt to read it
        (Known(1, (0, 9)), [LETTER], Hub({0: 10}), State.ACCEPTED),
    ],
)
def test_each_version_has_its_fate(known: Known, letters: list[Told], hub: Hub, expected: State) -> None:
    """One case a row. A letter's id and code are told with it, and only where it was refused."""
    [fate] = tell_fates([known], letters, hub)
    assert fate.state == expected
    assert (fate.letter_id, fate.code) == (("0-7", "PD-209") if expected == State.DEAD_LETTERED else ("", ""))


def test_what_was_refused_before_a_later_version_is_superseded() -> None:
    """Also where the later version is known by its own letter alone."""
    later = Told("0-8", "PD-208", 2, (0, 6))
    assert [fate.state for fate in tell_fates([Known(1, (0, 5)), Known(2, (0, 9))], [LETTER], Hub({0: 10}))] == [
        State.SUPERSEDED,
        State.ACCEPTED,
    ]
    fates = tell_fates([], [LETTER, later], Hub({0: 10}))
    assert [(fate.version, fate.state, fate.code) for fate in fates] == [
        (1, State.SUPERSEDED, "PD-209"),
        (2, State.DEAD_LETTERED, "PD-208"),
    ]


@given(
    st.lists(
        st.builds(Known, st.integers(1, 4), st.none() | st.tuples(st.integers(0, 1), st.integers(0, 9)), st.booleans()),
        unique_by=lambda known: known.version,
    ),
    st.lists(
        st.builds(Told, st.just("0-1"), st.just("PD-209"), st.integers(1, 5), st.tuples(st.integers(0, 1), st.integers(0, 9)))
    ),
    st.dictionaries(st.integers(0, 1), st.integers(0, 10)),
)
def test_no_version_is_accepted_that_the_hub_has_refused_or_not_reached(
    known: list[Known], letters: list[Told], decided: dict[int, int]
) -> None:
    """One fate a version, rising; `accepted` only below the committed offset and without a letter there."""
    fates = tell_fates(known, letters, Hub(decided))
    versions = {each.version for each in known} | {letter.version for letter in letters}
    assert [fate.version for fate in fates] == sorted(versions)
    places = {each.version: each.place for each in known}
    refused = {letter.place for letter in letters}
    for fate in fates:
        place = places.get(fate.version)
        if fate.state == State.ACCEPTED:
            assert place is not None and place not in refused and place[1] < decided.get(place[0], 0)
