"""The process `watch`: Faust's app, the clock that judges and reports, and what the views show."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

import orjson
import psutil
import structlog
from faust.types import TP
from prometheus_client import CollectorRegistry

from deploy.clients import client_config
from deploy.metrics_server import Views
from deploy.settings import Settings
from deploy.watch_app import build_app, end_process
from deploy.watch_metrics import WatchMetrics
from deploy.watch_position import changelog_id, read_last_value
from deploy.watch_reports import Reports
from deploy.watch_state import WatchState
from schemas.codes import Code
from schemas.errors import NotReady
from stream_processors.watch_report import judge, trend
from stream_processors.watch_tables import Cell, read_position

log = structlog.get_logger()

JUDGE_SECONDS = 2.0
"""How often silence, quality and due reports are looked at."""
_VIEW_SECONDS = 10.0
"""How long a view may take."""
_LOOK_SECONDS = 0.2
"""How often the process looks whether it is to stop."""


def build_watch(settings: Settings, registry_url: str, metrics: CollectorRegistry) -> "Watch":
    """The watch of a hub. Raises Misconfigured (no credential, not provisioned), NotReady (broker away)."""
    return Watch(settings, registry_url, WatchMetrics(metrics), lambda: int(time.time() * 1000))


class Watch:
    """One process of the watch. `run` blocks; `health` and the views may be asked from other threads meanwhile."""

    def __init__(self, settings: Settings, registry_url: str, metrics: WatchMetrics, clock_ms: Callable[[], int]) -> None:
        self._clock_ms, self._metrics = clock_ms, metrics
        credential, topics = client_config(settings.home, "hub.watch"), settings.topics
        # A changelog that was made anew has another id: what the old one told is no longer believed.
        folder = settings.home / "watch" / f"{topics.prefix}{changelog_id(credential, topics.watch_changelog)}"
        folder.mkdir(parents=True, exist_ok=True)
        self._state = WatchState(self._metrics)

        def find_position() -> int:
            last = read_last_value(credential, topics.watch_changelog, topics.group("watch.position"))
            if last is None:
                return 0
            self._state.applied = read_position(last)
            return self._state.applied

        self._app, self._table = build_app(credential, topics, folder / "tables", self._state.apply, find_position)
        self._table.on_recover(self._restored)
        self._reports = Reports(self._app, topics, registry_url, folder / "reported.json", self._metrics)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lag: int | None = None
        self._looked_at = -2
        self._is_restored = False

    @property
    def views(self) -> Views:
        """What is shown as JSON."""
        return {
            "/signals": lambda: self._ask(self._signals),
            "/trends": lambda: self._ask(self._trends),
            "/tables": lambda: self._ask(self._tables),
        }

    def health(self) -> Mapping[str, object]:
        """Well while the tables are whole and tallies are read."""
        ok = self._is_restored and self._lag is not None
        return {"ok": ok, "lag": self._lag, "applied": self._state.applied, "newest_ms": self._state.newest_ms}

    def run(self, stop: Callable[[], bool]) -> None:
        """Watch until `stop` says so."""
        asyncio.run(self._run(stop))

    async def _run(self, stop: Callable[[], bool]) -> None:
        self._loop = asyncio.get_running_loop()
        await self._app.start()
        looking = asyncio.create_task(self._look())
        while not stop() and not looking.done() and not self._app.crashed:
            await asyncio.sleep(_LOOK_SECONDS)
        if not stop():
            end_process(self._reason(looking))
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
        await self._app.stop()

    def _reason(self, looking: "asyncio.Task[None]") -> BaseException:
        found = looking.exception() if looking.done() else self._app.crash_reason
        return found or RuntimeError()

    async def _restored(self) -> None:
        """The table is whole: reading begins."""
        self._state.restore(self._table)
        self._is_restored = True
        self._metrics.resume_seconds.set(time.time() - psutil.Process().create_time())

    async def _look(self) -> None:
        while not self._is_restored:
            await asyncio.sleep(_LOOK_SECONDS)
        while True:
            try:
                self._lag = await self._measure_lag()
                now_ms, rows = self._clock_ms(), self._state.rows(self._table)
                signals = judge(rows, now_ms)
                self._metrics.show(rows, signals, now_ms)
                self._metrics.lag.set(self._lag)
                if self._lag == 0:  # otherwise an hour that has ended may still be counted
                    await self._reports.write(rows, signals, self._cells, now_ms)
            except Exception as error:  # the clients raise many kinds; the tables go on, and `/health` is not well meanwhile
                self._lag = None
                log.warning("the watch can't look", code=str(Code.BROKER_AWAY), error_type=type(error).__name__)
            await asyncio.sleep(JUDGE_SECONDS)

    async def _measure_lag(self) -> int:
        """Offsets between the end of `quality` and the last tally that was looked at; 0: nothing waits."""
        consumer, quality, looked_at = self._app.consumer, TP(self._app.source, 0), self._looked_at
        end, position = (await consumer.highwaters(quality))[quality], await consumer.position(quality)
        applied, self._looked_at = self._state.applied, self._state.applied
        # The marks of transactions have offsets too, so that the end is never reached by counting. But where all was fetched,
        # and nothing was applied since the last look, nothing waits: the agent runs in this very loop.
        if position is not None and position >= end and applied == looked_at:
            return 0
        return max(0, end - 1 - applied)

    def _cells(self, force: str, hour: int) -> list[Cell]:
        return list(self._state.cells(self._table, force, hour))

    def _ask(self, question: Callable[[], object]) -> object:
        """Answer in the event loop, where the table is changed: a view shows no half of a tally."""

        async def answer() -> object:
            return question()

        if self._loop is None or not self._is_restored:
            raise NotReady(Code.BROKER_AWAY)
        return asyncio.run_coroutine_threadsafe(answer(), self._loop).result(_VIEW_SECONDS)

    def _signals(self) -> object:
        return judge(self._state.rows(self._table), self._clock_ms())

    def _trends(self) -> object:
        now_ms = self._clock_ms()
        return {force: trend(row, now_ms) for force, row in self._state.rows(self._table).items()}

    def _tables(self) -> object:
        return {key.decode(): orjson.loads(value) for key, value in sorted(self._table.items())}
