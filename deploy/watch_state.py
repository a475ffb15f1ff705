"""The tables of the watch as the process uses them: tallies in, rows and cells out. All of it runs in Faust's event loop."""

from collections.abc import Iterator, Mapping
from typing import Any

import structlog

from deploy.watch_metrics import WatchMetrics
from schemas.codes import Code
from schemas.errors import Refused
from schemas.records import decode
from schemas.wire import unframe
from stream_processors.watch_counts import Tally, tally_of
from stream_processors.watch_tables import (
    FORCE_HEAD,
    HOUR_HEAD,
    HOUR_MS,
    Cell,
    ForceRow,
    apply_to_cell,
    apply_to_row,
    cell_key,
    force_key,
    read_cell,
    read_row,
)

log = structlog.get_logger()

TALLY = "uk.pointduty.hub.Tally"


class WatchState:
    """Applies tallies to the table; knows which forces and kinds it has."""

    def __init__(self, metrics: WatchMetrics) -> None:
        self._metrics = metrics
        self._kinds: dict[str, set[str]] = {}
        self.applied = -1
        """Offset of the last tally that was looked at."""
        self.newest_ms = 0
        """Time of the newest tally of any force."""

    def restore(self, table: Mapping[bytes, bytes]) -> None:
        """Look through the whole table, after a recovery."""
        self._kinds = {}
        for key, value in table.items():
            if key.startswith(FORCE_HEAD.encode()):
                row = read_row(value)
                self._kinds.setdefault(row.force, set())
                self.newest_ms = max(self.newest_ms, row.last_ms)
            elif key.startswith(HOUR_HEAD.encode()):
                cell = read_cell(value)
                self._kinds.setdefault(cell.force, set()).add(cell.kind)

    def apply(self, event: Any, table: Any) -> None:
        """Apply the tally of a message on `quality`. What is no tally is counted and left out."""
        offset = event.message.offset
        self.applied = offset
        try:
            tally = tally_of(decode(TALLY, unframe(event.value)[1]))
        except Refused as refusal:
            self._metrics.unreadable.inc()
            log.error("not a tally", code=str(refusal.code or Code.UNEXPECTED), offset=offset)
            return
        row_key, key = force_key(tally.force), cell_key(tally.force, tally.kind, tally.at_ms // HOUR_MS)
        # A crash between these two lines leaves a row that has the tally and a cell that has not. Both say, in `read`, that
        # this tally was the last one at work, so the next start reads it again: the row stays, the cell takes it.
        table[row_key], is_new = apply_to_row(table.get(row_key), tally, offset)
        table[key], _ = apply_to_cell(table.get(key), tally, offset)
        self._note(tally, is_new)

    def rows(self, table: Any) -> dict[str, ForceRow]:
        """The row of each force."""
        return {force: read_row(table[force_key(force)]) for force in sorted(self._kinds)}

    def cells(self, table: Any, force: str, hour: int) -> Iterator[Cell]:
        """The cells of one hour of a force that have something in them."""
        for kind in sorted(self._kinds.get(force, ())):
            value = table.get(cell_key(force, kind, hour))
            if value is not None and (cell := read_cell(value)).hour == hour:
                yield cell

    def _note(self, tally: Tally, is_new: bool) -> None:
        self._kinds.setdefault(tally.force, set()).add(tally.kind)
        self.newest_ms = max(self.newest_ms, tally.at_ms)
        (self._metrics.tallies if is_new else self._metrics.seen_before).inc()
