"""A rate holds over any time, however unevenly it is asked for."""

from hypothesis import given
from hypothesis import strategies as st

from stream_processors.pacing import Paces


@given(st.integers(1, 500), st.lists(st.integers(0, 3000), min_size=1, max_size=80))
def test_no_more_goes_than_the_rate_and_one_chunk(rate: int, steps: list[int]) -> None:
    """Over the whole time: never more than the rate allows and the chunk that there is at first."""
    paces, now, gone = Paces(), 0, 0
    for after in steps:
        now += after
        room = paces.room("a", rate, 50, now)
        assert room in (0, min(50, rate))
        if room:
            paces.take("a", rate, 50, room, now)
            gone += room
    assert gone <= rate * now / 1000 + 50


@given(st.integers(1, 500), st.integers(50, 400))
def test_asked_often_enough_the_rate_is_reached(rate: int, turn_ms: int) -> None:
    """Nearly all of what the rate allows goes, where there is a turn more often than chunks come."""
    paces, gone = Paces(), 0
    for now in range(0, 20_000, turn_ms):
        room = paces.room("a", rate, 50, now)
        if room:
            paces.take("a", rate, 50, room, now)
            gone += room
    chunks_a_second = rate / min(50, rate)
    wanted = rate * 20 if chunks_a_second * turn_ms < 500 else 0
    assert gone >= wanted * 0.45


def test_names_do_not_share() -> None:
    """One name's bucket is not another's, and a clock that goes back gives nothing."""
    paces = Paces()
    paces.take("a", 10, 10, paces.room("a", 10, 10, 5000), 5000)
    assert (paces.room("a", 10, 10, 5000), paces.room("b", 10, 10, 5000)) == (0, 10)
    assert paces.room("a", 10, 10, 1000) == 0
