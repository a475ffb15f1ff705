"""Whether a force's quality collapses: the last hours against the force's own level before. Pure.

**The rule.** Three measures, each a share from 0 to 1 of the submissions: `refused` (dead letters), `flagged` (quality flags
per submission, 1 at most), `score` (what its scores lack of 100). The window is the newest hours that have `FEWEST_ROWS`
submissions together, `WINDOW_HOURS` at most; what was kept of before is the level. A measure has collapsed where the window
lies above the level by 0.15, and by so many standard errors that chance does not explain it. The error is that of a share,
the widest that a measure between 0 and 1 can have.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stream_processors.watch_tables import HOUR_MS, ForceRow, Hour

WINDOW_HOURS = 6
FEWEST_ROWS = 30
"""Submissions in a window, and in what it is held against: fewer say nothing."""
LEAST_RISE = 0.15
STANDARD_ERRORS = 5.0
"""Forty-three forces are judged every few seconds on three measures, and rows of one incident fail together: five, not two."""
_LEAST_LEVEL = 0.01
"""A level of nought would make any fault at all significant."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of one force, a share from 0 to 1; None where there is too little to tell."""

    name: str
    now: float | None
    before: float | None
    is_collapsing: bool


@dataclass(frozen=True, slots=True)
class _Sum:
    rows: int
    bad: float


def judge_quality(row: ForceRow, now_ms: int) -> list[Measure]:
    """Each measure of a force at `now_ms`, UTC milliseconds."""
    return [_judge(name, [(hour.hour, take(hour)) for hour in row.hours], now_ms // HOUR_MS) for name, take in _MEASURES]


def collapsing(measures: Sequence[Measure]) -> list[str]:
    """Names of the measures that have collapsed."""
    return [measure.name for measure in measures if measure.is_collapsing]


def _judge(name: str, hours: Sequence[tuple[int, _Sum]], newest: int) -> Measure:
    window: list[_Sum] = []
    first = newest + 1
    for number, found in reversed(hours):
        if newest - number >= WINDOW_HOURS or sum(each.rows for each in window) >= FEWEST_ROWS:
            break
        window.append(found)
        first = number
    before = [found for number, found in hours if number < first]
    rows, level_rows = (sum(each.rows for each in some) for some in (window, before))
    if rows < FEWEST_ROWS or level_rows < FEWEST_ROWS:
        return Measure(name, _mean(window), _mean(before), is_collapsing=False)
    now, level = sum(each.bad for each in window) / rows, sum(each.bad for each in before) / level_rows
    bounded = min(max(level, _LEAST_LEVEL), 1 - _LEAST_LEVEL)
    error = math.sqrt(bounded * (1 - bounded) * (1 / rows + 1 / level_rows))
    return Measure(name, now, level, now - level >= max(LEAST_RISE, STANDARD_ERRORS * error))


def _mean(some: Sequence[_Sum]) -> float | None:
    rows = sum(each.rows for each in some)
    return sum(each.bad for each in some) / rows if rows else None


_MEASURES: tuple[tuple[str, Callable[[Hour], _Sum]], ...] = (
    ("refused", lambda hour: _Sum(hour.rows, hour.refused)),
    ("flagged", lambda hour: _Sum(hour.rows, min(hour.flags, hour.rows))),
    ("score", lambda hour: _Sum(hour.judged, (100 * hour.judged - hour.score_sum) / 100)),
)
