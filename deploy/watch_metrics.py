"""Prometheus metrics of the watch. A force is the only label; no cell combines force, agency and reason."""

from collections.abc import Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge

from stream_processors.watch_tables import ForceRow

_NAMESPACE = "pointduty"


class WatchMetrics:
    """What the watch counts and shows."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, meaning: str) -> Counter:
            return Counter(name, meaning, namespace=_NAMESPACE, registry=registry)

        def gauge(name: str, meaning: str, *labels: str) -> Gauge:
            return Gauge(name, meaning, labels, namespace=_NAMESPACE, registry=registry)

        self.tallies = counter("watch_tallies", "Tallies applied")
        self.seen_before = counter("watch_tallies_seen_before", "Tallies read again, which changed nothing")
        self.unreadable = counter("watch_tallies_unreadable", "Messages on `quality` that are no tally")
        self.reports = counter("watch_reports", "Quality reports written")
        self.lag = gauge("watch_lag_messages", "Tallies not yet applied")
        self.resume_seconds = gauge("watch_resume_seconds", "From the start of the process to its first look at `quality`")
        self.quiet_seconds = gauge("watch_quiet_seconds", "Age of the newest tally of any force")
        self._silent = gauge("watch_force_silent", "1: quiet for longer than the force's own rhythm explains", "force")
        self._collapsing = gauge("watch_force_collapsing", "1: quality far below the force's own level before", "force")
        self._score = gauge("watch_force_score_points", "Mean score of the newest hour that has one, 0 to 100", "force")

    def show(self, rows: Mapping[str, ForceRow], signals: Mapping[str, Mapping[str, Any]], now_ms: int) -> None:
        """Show each force's signals and score at `now_ms`, UTC milliseconds."""
        newest_ms = max((row.last_ms for row in rows.values()), default=now_ms)
        self.quiet_seconds.set(max(0, now_ms - newest_ms) / 1000)
        for force, signal in signals.items():
            self._silent.labels(force=force).set(signal["silent"])
            self._collapsing.labels(force=force).set(bool(signal["collapsing"]))
            judged = next((hour for hour in reversed(rows[force].hours) if hour.judged), None)
            if judged is not None:
                self._score.labels(force=force).set(judged.score_sum / judged.judged)
