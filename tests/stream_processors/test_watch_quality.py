"""A force's quality collapses against its own level: what is usual for it is no alarm."""

import pytest

from stream_processors.watch_counts import Counts, Tally
from stream_processors.watch_quality import collapsing, judge_quality
from stream_processors.watch_tables import HOUR_MS, ForceRow

AT_MS = 1_767_571_200_000
NOW_MS = AT_MS + 24 * HOUR_MS


def row_of(*, rows: int, refused: int = 0, flags: int = 0, score: int = 90, last: Counts | None = None) -> ForceRow:
    """A force with a day of the same hour, and `last` in the hour that runs."""
    row, usual = (
        ForceRow("kent"),
        Counts(rows - refused, {"PD-204": refused}, {"PD-301": flags}, {"score": [rows, rows * score]}),
    )
    for hour in range(24):
        row.apply(Tally("kent", "crime", AT_MS + hour * HOUR_MS, usual), hour)
    if last is not None:
        row.apply(Tally("kent", "crime", NOW_MS, last), 24)
    return row


def found(row: ForceRow) -> list[str]:
    return collapsing(judge_quality(row, NOW_MS))


@pytest.mark.parametrize(
    ("last", "names"),
    [
        (Counts(50, {"PD-204": 50}, {}, {"score": [50, 4500]}), ["refused"]),
        (Counts(100, {}, {"PD-301": 60}, {"score": [100, 9000]}), ["flagged"]),
        (Counts(100, {}, {}, {"score": [100, 6000]}), ["score"]),
        (Counts(100, {}, {}, {"score": [100, 9000]}), []),
        (Counts(96, {"PD-204": 4}, {"PD-301": 5}, {"score": [100, 8800]}), []),
    ],
)
def test_each_measure_is_held_against_its_own_level(last: Counts, names: list[str]) -> None:
    """Half refused, more than half flagged, thirty points lost: each is seen by its own measure, and no other."""
    assert found(row_of(rows=100, last=last)) == names


def test_what_is_usual_for_a_force_is_no_collapse() -> None:
    """A force that always has half of its rows flagged and a score of 60 is bad, and does not collapse."""
    bad = row_of(rows=100, flags=50, score=60, last=Counts(100, {}, {"PD-301": 55}, {"score": [100, 5800]}))
    assert found(bad) == []


def test_a_handful_of_rows_says_nothing() -> None:
    """Few rows, now or before, are no ground to judge on: the measure says what it can, and raises no alarm."""
    assert found(row_of(rows=1, last=Counts(0, {"PD-204": 4}))) == []
    assert found(row_of(rows=0, last=Counts(0, {"PD-204": 400}))) == []
    empty = judge_quality(ForceRow("kent"), NOW_MS)
    assert [measure.now for measure in empty] == [None] * 3


def test_a_small_force_is_judged_by_its_last_hours_together() -> None:
    """Sixteen rows an hour, half of them refused for five hours: seen, though no hour alone has enough."""
    row = row_of(rows=16)
    for hour in range(5):
        row.apply(Tally("kent", "crime", NOW_MS + hour * HOUR_MS, Counts(8, {"PD-204": 8})), 24 + hour)
    assert "refused" in collapsing(judge_quality(row, NOW_MS + 4 * HOUR_MS))


def test_a_code_that_is_usual_hides_no_other() -> None:
    """A force whose every record earns a code twice collapses all the same, by the codes that it never had."""
    row = row_of(rows=100, flags=200, last=Counts(100, {}, {"PD-301": 200, "PD-302": 30, "PD-308": 30}, {"score": [100, 9000]}))
    assert found(row) == ["flagged"]
    assert found(row_of(rows=100, flags=200, last=Counts(100, {}, {"PD-301": 200}, {"score": [100, 9000]}))) == []
