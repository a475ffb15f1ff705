"""What the watch says: the trend of a force, its signals, and the report that a force reads each hour. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from schemas.records import Record
from stream_processors.watch_counts import Counts
from stream_processors.watch_quality import Measure, collapsing, judge_quality
from stream_processors.watch_rhythm import SLOT_MS, Silence, judge_silence
from stream_processors.watch_tables import HOUR_MS, Cell, ForceRow, Hour

QUALITY_REPORT = "uk.pointduty.hub.QualityReport"
"""Full name of the report's record."""

HOURS_BEFORE = 24
"""Hours that a report's "before" looks back."""


def judge(rows: Mapping[str, ForceRow], now_ms: int) -> dict[str, dict[str, Any]]:
    """The signals of each force at `now_ms` (UTC milliseconds), as the views show them."""
    silences = judge_silence({force: row.rhythm for force, row in rows.items()}, now_ms)
    return {force: _signals(rows[force], silence, judge_quality(rows[force], now_ms)) for force, silence in silences.items()}


def trend(row: ForceRow, now_ms: int) -> list[dict[str, Any]]:
    """The force's last hours, the newest first: volume, mean score, shares. The first is the one that `now_ms` stands in."""
    by_number = {hour.hour: hour for hour in row.hours}
    newest = now_ms // HOUR_MS
    numbers = range(newest, min(by_number, default=newest) - 1, -1)
    return [_describe_hour(by_number.get(number, Hour(number))) for number in numbers]


def make_report(row: ForceRow, cells: Iterable[Cell], hour: int, signals: Mapping[str, Any], now_ms: int) -> Record:
    """The report of one force on one hour (hours since 1970-01-01T00:00Z), as the fields of `QUALITY_REPORT`.

    `cells` are those of this hour; `signals` are as `judge` gives them.
    """
    of_hour = next((each for each in row.hours if each.hour == hour), Hour(hour))
    before = _sum(each for each in row.hours if hour - HOURS_BEFORE <= each.hour < hour)
    return {
        "force": row.force,
        "hour": hour * HOUR_MS,
        "kinds": [_describe_kind(cell.kind, cell.counts) for cell in sorted(cells, key=lambda cell: cell.kind)],
        "rows": of_hour.rows,
        "score": _score(of_hour),
        "score_before": _score(before),
        "refused_share": _share(of_hour),
        "refused_share_before": _share(before),
        "collapsing": signals["collapsing"],
        "silent": signals["silent"],
        "heard_at": row.last_ms,
        "written_at": now_ms,
    }


def _signals(row: ForceRow, silence: Silence, measures: Sequence[Measure]) -> dict[str, Any]:
    return {
        "force": row.force,
        "silent": silence.is_silent,
        "heard_at_ms": row.last_ms,
        "quiet_minutes": silence.slots * SLOT_MS // 60_000,
        "expected": round(silence.expected, 3),
        "collapsing": collapsing(measures),
        "measures": {each.name: {"now": _round(each.now), "before": _round(each.before)} for each in measures},
    }


def _describe_hour(hour: Hour) -> dict[str, Any]:
    score, share = _score(hour), _share(hour)
    return {
        "from_ms": hour.hour * HOUR_MS,
        "rows": hour.rows,
        "refused": hour.refused,
        "flags": sum(hour.flags.values()),
        "score": _round(score),
        "refused_share": _round(share),
    }


def _describe_kind(kind: str, counts: Counts) -> Record:
    return {
        "kind": kind,
        "standardised": counts.standardised,
        "refused": _by_count(counts.refused),
        "flags": _by_count(counts.flags),
        "dimensions": [{"dimension": name, "judged": n, "sum": total} for name, (n, total) in sorted(counts.scores.items())],
        "delays": [
            {"span": name, "judged": n, "sum_ms": total, "max_ms": longest}
            for name, (n, total, longest) in sorted(counts.delays.items())
        ],
    }


def _by_count(counts: Mapping[str, int]) -> list[Record]:
    return [{"reason": code, "count": count} for code, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]


def _sum(hours: Iterable[Hour]) -> Hour:
    total = Hour(0)
    for hour in hours:
        total.rows += hour.rows
        total.refused += hour.refused
        total.judged += hour.judged
        total.score_sum += hour.score_sum
    return total


def _score(hour: Hour) -> float | None:
    return hour.score_sum / hour.judged if hour.judged else None


def _share(hour: Hour) -> float | None:
    return hour.refused / hour.rows if hour.rows else None


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
