"""Which hours are due for a report."""

from deploy.watch_reports import GRACE_MS, due_hours

HOUR_MS = 3_600_000


def test_each_hour_is_due_once_after_it_is_over() -> None:
    """An hour is due when it and the grace are over, and no more once it was reported."""
    assert list(due_hours(99, 101 * HOUR_MS)) == []
    assert list(due_hours(99, 101 * HOUR_MS + GRACE_MS)) == [100]
    assert list(due_hours(100, 101 * HOUR_MS + GRACE_MS)) == []


def test_hours_that_were_missed_are_made_up_for_a_day() -> None:
    """A watch that was away reports each hour that it missed, a day of them at most; a new one the last hour alone."""
    assert list(due_hours(97, 102 * HOUR_MS)) == [98, 99, 100]
    assert len(due_hours(0, 1000 * HOUR_MS)) == 24
    assert list(due_hours(None, 102 * HOUR_MS)) == [100]
