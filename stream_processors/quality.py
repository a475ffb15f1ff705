"""The quality of one record: six dimensions, and the score. The one place where the formula is written.

Each dimension is 0 to 100, or None where nothing could be judged:

- completeness  share of the POLE minimum of its kind that is there (`minimum.py`)
- validity      share of times, identifiers and formats that pass their checks
- conformity    share of coded values that have a national code
- timeliness    by the longest of two delays, reported to recorded (until there is an outcome) and recorded to published: up to
                an hour 100, a day 75, a week 50, 31 days 25, more 0
- consistency   share of cross-checks without a contradiction (`consistency.py`)
- uniqueness    100, or 0 where another record tells the same occurrence (`occurrences.py`)

score = sum of weight x dimension / sum of weights, over the dimensions that were judged, rounded. Weights: completeness 30,
validity 25, conformity 20, consistency 10, timeliness 10, uniqueness 5. None where nothing was judged.

The dimensions are those of the POLE data standards dictionary v1.1 (2023), where accuracy is split into what a computer can see
of it: validity and consistency. The weights are the project's own.
"""

from collections.abc import Mapping

from schemas.codes import Code
from schemas.records import Record
from stream_processors.standardising import Standardising

WEIGHTS: Mapping[str, int] = {
    "completeness": 30,
    "validity": 25,
    "conformity": 20,
    "timeliness": 10,
    "consistency": 10,
    "uniqueness": 5,
}
"""Weight of each dimension in the score."""

SOURCES, ASSESSMENTS = ("1", "2", "3"), ("A", "B", "C", "D", "E")
"""Codes of 3x5x2 for how reliable a source is, and for how the information is known."""

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS

LATE_MS = _DAY_MS
"""A delay above this is flagged."""

_STEPS = ((_HOUR_MS, 100), (_DAY_MS, 75), (7 * _DAY_MS, 50), (31 * _DAY_MS, 25))


def find_score(dimensions: Mapping[str, int | None]) -> int | None:
    """The score of these dimensions."""
    judged = [(WEIGHTS[name], value) for name, value in dimensions.items() if value is not None]
    weights = sum(weight for weight, _ in judged)
    return round(sum(weight * value for weight, value in judged) / weights) if weights else None


def judge_timeliness(state: Standardising, envelope: Record, reported_at: int | None, detail: str) -> int | None:
    """The timeliness of a record; LATE is flagged where it came late. `detail`: the part that says when it was reported."""
    recorded, published = envelope["recorded_at"], envelope["published_at"]
    spans = (
        (reported_at, recorded, f"{detail}.reported_at", "envelope.recorded_at"),
        (recorded, published, "envelope.recorded_at", "envelope.published_at"),
    )
    worst = None
    for begin, end, begin_path, path in spans:
        if begin is None or end is None:
            continue
        delay = end - begin - state.span_ms.get(begin_path, 0)  # of a day its last moment: nobody is called late for a guess
        if delay > LATE_MS:
            state.flag(Code.LATE, path)
        points = next((points for limit, points in _STEPS if delay <= limit), 0)
        worst = points if worst is None else min(worst, points)
    return worst


def reliability_of(grading: Record | None) -> str | None:
    """What the 3x5x2 grading says of its source and of the information, as `1A`; None where it says not both (APP intelligence
    management). Who receives personal data is told how reliable it is (DPA 2018 s.38(5))."""
    if grading is None or grading["source"] not in SOURCES or grading["assessment"] not in ASSESSMENTS:
        return None
    return f"{grading['source']}{grading['assessment']}"


def quality_of(
    state: Standardising,
    completeness: int | None,
    timeliness: int | None,
    uniqueness: int | None,
    grading: Record | None = None,
) -> Record:
    """The quality record. Flags stand in the order in which they were found."""
    dimensions: dict[str, int | None] = {
        "completeness": completeness,
        "validity": state.valid.percent,
        "conformity": state.conform.percent,
        "timeliness": timeliness,
        "consistency": state.consistent.percent,
        "uniqueness": uniqueness,
    }
    flags = [{"code": str(code), "field": path} for code, path in state.flags]
    return {"flags": flags, "score": find_score(dimensions), **dimensions, "reliability": reliability_of(grading)}
