"""The reports that forces read: one for each force and hour, written when the hour is over.

Which hour was reported last stands in a file, written after the reports: a crash between them writes the same reports again,
and the last one of an hour counts. Where the file is lost, the last hour alone is reported.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from deploy.provision_wanted import subject_of
from deploy.registry import Registry
from deploy.watch_app import raw_topic
from deploy.watch_metrics import WatchMetrics
from schemas.codes import Code
from schemas.errors import Misconfigured
from schemas.records import encode, schema_text
from schemas.topics import Topics
from schemas.wire import frame
from stream_processors.watch_report import HOURS_BEFORE, QUALITY_REPORT, make_report
from stream_processors.watch_tables import HOUR_MS, Cell, ForceRow

GRACE_MS = 30_000
"""After the end of an hour: a batch of standardise that was decided in it commits within ten seconds."""

FindCells = Callable[[str, int], Sequence[Cell]]
"""The cells of a force and an hour."""


def due_hours(reported: int | None, now_ms: int) -> range:
    """Hours (since 1970-01-01T00:00Z) that are over and not reported; a day of them at most."""
    running = (now_ms - GRACE_MS) // HOUR_MS
    return range(running - 1 if reported is None else max(reported + 1, running - HOURS_BEFORE), running)


class Reports:
    """Writes what is due."""

    def __init__(self, app: Any, topics: Topics, registry_url: str, file: Path, metrics: WatchMetrics) -> None:
        self._app, self._topics, self._file, self._metrics = app, topics, file, metrics
        self._registry_url = registry_url
        self._schema_id: int | None = None
        self._channels: dict[str, Any] = {}
        self._reported: int | None = orjson.loads(file.read_bytes()) if file.exists() else None

    async def write(
        self, rows: Mapping[str, ForceRow], signals: Mapping[str, Mapping[str, Any]], find_cells: FindCells, now_ms: int
    ) -> None:
        """Write the reports of every hour that is due. Raises NotReady (registry away), Misconfigured (not provisioned)."""
        for hour in due_hours(self._reported, now_ms):
            sent = []
            for force, row in rows.items():
                report = make_report(row, find_cells(force, hour), hour, signals[force], now_ms)
                value = frame(self._find_schema_id(force), encode(QUALITY_REPORT, report))
                sent.append(await self._channel(force).send(key=force.encode(), value=value))
            for each in sent:
                await each
                self._metrics.reports.inc()
            self._reported = hour
            self._file.write_bytes(orjson.dumps(hour))

    def _channel(self, force: str) -> Any:
        if force not in self._channels:
            self._channels[force] = raw_topic(self._app, self._topics.quality_report(force))
        return self._channels[force]

    def _find_schema_id(self, force: str) -> int:
        """Asked once: the same schema has the same id under every force's subject."""
        if self._schema_id is None:
            subject = subject_of(self._topics.quality_report(force), QUALITY_REPORT)
            registry = Registry(self._registry_url)
            try:
                self._schema_id = registry.find(subject, schema_text(QUALITY_REPORT))
            finally:
                registry.close()
            if self._schema_id is None:
                raise Misconfigured(Code.NOT_PROVISIONED, subject)
        return self._schema_id
