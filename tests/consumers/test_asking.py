from consumers.asking import FIRST_SECONDS, MOST_SECONDS, Asking
from consumers.sequences import LaneState

FEED = "feed.a.x"
GAPS = {FEED: {0: LaneState(5, 20, ((1, 4), (8, 9), (12, 12))), 1: LaneState(1, 3)}}
WHOLE = {FEED: {0: LaneState(5, 20, ((1, 4),))}}


def _numbers(asking: Asking, now: float) -> list[tuple[int, int]]:
    return [(one.first, one.last) for one in asking.due(GAPS, now)]


def test_what_is_missing_is_asked_for_until_it_has_come() -> None:
    """After a first pause all missing ranges are asked for, then again with doubling pauses up to the longest; never
    numbers before the start; and once nothing is missing, nothing."""
    asking = Asking()
    asking.missed(FEED, 0.0)
    assert _numbers(asking, FIRST_SECONDS / 2) == []
    now, pause = FIRST_SECONDS, FIRST_SECONDS
    for _ in range(15):
        assert _numbers(asking, now) == [(8, 9), (12, 12)]
        pause = min(2 * pause, MOST_SECONDS)
        assert _numbers(asking, now + pause - 0.01) == []
        now += pause
    assert asking.due(WHOLE, now + MOST_SECONDS) == []


def test_a_restart_forgets_no_gap() -> None:
    """What is missing since an earlier run is asked for after the first pause."""
    asking = Asking()
    assert _numbers(asking, 100.0) == []
    assert _numbers(asking, 100.0 + FIRST_SECONDS) == [(8, 9), (12, 12)]


def test_a_new_gap_is_asked_for_soon() -> None:
    """A gap found while an older one has long pauses begins with the first pause."""
    asking = Asking()
    asking.missed(FEED, 0.0)
    assert _numbers(asking, 500.0)
    asking.missed(FEED, 501.0)
    assert _numbers(asking, 501.0 + FIRST_SECONDS)
