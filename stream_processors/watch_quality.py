"""Whether a force's quality collapses: the last hours against the force's own level before. Pure.

**The rule.** Three measures, each a share from 0 to 1 of the submissions: `refused` (dead letters), `flagged` (quality flags
per submission, 1 at most, of those codes that were given to fewer than a fifth of the submissions before: a code that most of
a force's records earn every day says nothing about today), `score` (what its scores lack of 100). The window is the newest
hours that have `FEWEST_ROWS` submissions together, `WINDOW_HOURS` at most; what was kept of before is the level. A measure has
collapsed where the window lies above the level by a fifth, and by so many standard errors that chance does not explain it. The
error is that of a share, the widest that a measure between 0 and 1 can have, of rows that fail in clusters.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stream_processors.watch_tables import HOUR_MS, ForceRow, Hour

WINDOW_HOURS = 6
FEWEST_ROWS = 60
"""Submissions in a window, and in what it is held against: fewer say nothing."""
LEAST_RISE = 0.2
STANDARD_ERRORS = 4.0
"""Forty-three forces are judged every few seconds on three measures: four, not two."""
CLUSTER_ROWS = 3
"""Rows that fail together: the versions of one incident, the records of one occurrence. So many count as one."""
USUAL_SHARE = 0.2
"""A code that is given to so many of the submissions is usual for the force."""
_LEAST_LEVEL = 0.01
"""A level of nought would make any fault at all significant."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of one force, a share from 0 to 1; None where there is too little to tell."""

    name: str
    now: float | None
    before: float | None
    is_collapsing: bool


def judge_quality(row: ForceRow, now_ms: int) -> list[Measure]:
    """Each measure of a force at `now_ms`, UTC milliseconds."""
    window, before = _split(row.hours, now_ms // HOUR_MS)
    rows, judged = _count(window, before, lambda hour: hour.rows), _count(window, before, lambda hour: hour.judged)
    rare = _rare_codes(before, rows[1])
    refused = _count(window, before, lambda hour: hour.refused)
    flagged = _count(window, before, lambda hour: min(hour.rows, sum(hour.flags.get(code, 0) for code in rare(hour))))
    lacking = _count(window, before, lambda hour: (100 * hour.judged - hour.score_sum) / 100)
    return [_judge("refused", refused, rows), _judge("flagged", flagged, rows), _judge("score", lacking, judged)]


def collapsing(measures: Sequence[Measure]) -> list[str]:
    """Names of the measures that have collapsed."""
    return [measure.name for measure in measures if measure.is_collapsing]


def _split(hours: Sequence[Hour], newest: int) -> tuple[list[Hour], list[Hour]]:
    """The window, and what was kept of before."""
    first, rows = len(hours), 0
    while first and rows < FEWEST_ROWS and newest - hours[first - 1].hour < WINDOW_HOURS:
        first -= 1
        rows += hours[first].rows
    return list(hours[first:]), list(hours[:first])


def _rare_codes(before: Sequence[Hour], rows: float) -> Callable[[Hour], list[str]]:
    given: dict[str, int] = {}
    for hour in before:
        for code, count in hour.flags.items():
            given[code] = given.get(code, 0) + count
    usual = {code for code, count in given.items() if count >= USUAL_SHARE * rows}
    return lambda hour: [code for code in hour.flags if code not in usual]


def _count(window: Sequence[Hour], before: Sequence[Hour], take: Callable[[Hour], float]) -> tuple[float, float]:
    return sum(map(take, window)), sum(map(take, before))


def _judge(name: str, bad: tuple[float, float], rows: tuple[float, float]) -> Measure:
    now, level = (found / of if of else None for found, of in zip(bad, rows, strict=True))
    if now is None or level is None or min(rows) < FEWEST_ROWS:
        return Measure(name, now, level, is_collapsing=False)
    bounded = min(max(level, _LEAST_LEVEL), 1 - _LEAST_LEVEL)
    error = math.sqrt(CLUSTER_ROWS * bounded * (1 - bounded) * (1 / rows[0] + 1 / rows[1]))
    return Measure(name, now, level, now - level >= max(LEAST_RISE, STANDARD_ERRORS * error))
