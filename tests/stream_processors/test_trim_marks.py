"""How far a feed may be trimmed: never above what was acknowledged, never sooner than stated, and never much later."""

from hypothesis import given
from hypothesis import strategies as st

from stream_processors.receipt_spans import Span
from stream_processors.trim_marks import MARKS, Mark, may_go, move_marks

AFTER = 24 * 3_600_000
RUNS = st.lists(st.tuples(st.integers(1, AFTER // 4), st.integers(0, 20)), min_size=1, max_size=60)


@given(RUNS)
def test_what_is_due_was_acknowledged_a_stated_time_ago_and_soon_goes(runs: list[tuple[int, int]]) -> None:
    """With a run now and then while the agency acknowledges on: what is trimmed stood acknowledged `after` ago, the cut never
    goes back, few marks stand, and what was acknowledged long ago (an eighth over it, and the longest pause twice) is gone."""
    history, marks, now, reached, cut = list[Mark](), list[Mark](), 0, 0, 0
    for pause, more in runs:
        now, reached = now + pause, reached + more
        history.append(Mark(reached, now))
        marks, due = move_marks(marks, reached, now, AFTER)
        assert due == 0 or due >= cut
        cut = max(cut, due)
        assert cut <= max((mark.offset for mark in history if mark.at_ms <= now - AFTER), default=0)
        late = AFTER + AFTER // MARKS + 2 * (AFTER // 4)
        assert cut >= max((mark.offset for mark in history if mark.at_ms <= now - late), default=0)
        assert len(marks) <= MARKS + 2


def test_without_a_wait_it_goes_at_once() -> None:
    """`after` 0: what is acknowledged now is due now; nothing acknowledged, nothing due."""
    assert move_marks([], 0, 5, 0) == ([], 0)
    assert move_marks([], 7, 5, 0) == ([Mark(7, 5)], 7)
    assert move_marks([Mark(7, 5)], 9, 5, 0) == ([Mark(9, 5)], 9)


def test_only_what_was_handled_or_carries_nothing_may_go() -> None:
    """A delivery that is parked, only received or never spoken of stays; a VOID and a HEARTBEAT need no receipt."""
    spans = (Span(1, 2, "DONE"), Span(3, 3, "REJECTED"), Span(4, 4, "RECEIVED"))
    found = [may_go({"action": "SHARE", "sequence": number}, spans) for number in range(1, 6)]
    assert found == [True, True, False, False, False]
    assert all(may_go({"action": action, "sequence": 5}, spans) for action in ("VOID", "HEARTBEAT"))
