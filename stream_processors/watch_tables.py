"""The tables of the watch: their keys, their values as JSON, and how a tally changes them. Pure.

Two values for each tally: the row of its force, and the cell of its force, kind and hour. Both are in one table, so that one
changelog has all changes in one order. The hours of a cell form a ring: the cell of an hour gives way to that of the hour
`HOURS_KEPT` later, so that the table never grows beyond forces times kinds times hours, and nothing need be deleted.

**Exact whatever is read again.** A value knows the offset of the last tally in it (`applied`), so a tally that is read twice
is in it once. And it knows the tally because of which it was written last (`read`), even where that changed nothing else: all
that the tallies before `read` did stands in the changelog before this value. So whoever takes over reads on from `read` of the
changelog's last message, that tally included, and it does not matter whether the local store, or the committed offset of the
group, was ahead of the changelog.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from stream_processors.watch_counts import Counts, Tally, counts_of
from stream_processors.watch_rhythm import Rhythm

HOUR_MS = 3_600_000
HOURS_KEPT = 48
"""Hours that cells and rows keep: two days, so that an hour can be held against the same one of yesterday."""

FORCE_HEAD, HOUR_HEAD = "force/", "hour/"


@dataclass(slots=True)
class Hour:
    """One hour of a force, all kinds together: what a trend needs."""

    hour: int
    """Hours since 1970-01-01T00:00Z."""
    rows: int = 0
    refused: int = 0
    flags: dict[str, int] = field(default_factory=dict)
    """Quality flags by code."""
    judged: int = 0
    """Records that have a score."""
    score_sum: int = 0

    def add(self, counts: Counts) -> None:
        """Add a tally's."""
        judged, total = counts.scores.get("score", (0, 0))
        self.rows += counts.rows
        self.refused += counts.rows - counts.standardised
        for code, count in counts.flags.items():
            self.flags[code] = self.flags.get(code, 0) + count
        self.judged += judged
        self.score_sum += total


@dataclass(slots=True)
class ForceRow:
    """All that is kept of one force."""

    force: str
    read: int = -1
    applied: int = -1
    tallies: int = 0
    last_ms: int = 0
    """The latest tally's time, UTC milliseconds."""
    total: Counts = field(default_factory=Counts)
    """Since the watch began."""
    hours: list[Hour] = field(default_factory=list)
    """The last `HOURS_KEPT` hours at most, oldest first; an hour without a tally has none."""
    rhythm: Rhythm = field(default_factory=Rhythm)

    def apply(self, tally: Tally, offset: int) -> None:
        """Add a tally that stands at `offset` of the topic, unless it is in already."""
        self.read = offset
        if offset <= self.applied:
            return
        self.applied = offset
        self.tallies += 1
        self.last_ms = max(self.last_ms, tally.at_ms)
        self.total.add(tally.counts)
        self.rhythm.hear(tally.at_ms)
        if (found := self._hour(tally.at_ms // HOUR_MS)) is not None:
            found.add(tally.counts)

    def _hour(self, number: int) -> Hour | None:
        """The hour of this number; None where it has gone already."""
        for hour in reversed(self.hours):
            if hour.hour == number:
                return hour
        newest = self.hours[-1].hour if self.hours else number
        if number <= newest - HOURS_KEPT:
            return None
        made = Hour(number)
        kept = [hour for hour in self.hours if hour.hour > max(newest, number) - HOURS_KEPT]
        self.hours = sorted([*kept, made], key=lambda hour: hour.hour)
        return made


@dataclass(slots=True)
class Cell:
    """One hour of one force and kind."""

    force: str
    kind: str
    hour: int
    """Hours since 1970-01-01T00:00Z."""
    read: int = -1
    applied: int = -1
    tallies: int = 0
    counts: Counts = field(default_factory=Counts)

    def apply(self, tally: Tally, offset: int) -> None:
        """Add a tally that stands at `offset`, unless it is in already. A later hour replaces this one; an earlier one, which
        this one has replaced, is no longer counted here.
        """
        self.read = offset
        if offset <= self.applied:
            return
        self.applied = offset
        hour = tally.at_ms // HOUR_MS
        if hour > self.hour:
            self.hour, self.tallies, self.counts = hour, 0, Counts()
        if hour == self.hour:
            self.tallies += 1
            self.counts.add(tally.counts)


def force_key(force: str) -> bytes:
    """Key of the row of a force."""
    return f"{FORCE_HEAD}{force}".encode()


def cell_key(force: str, kind: str, hour: int) -> bytes:
    """Key of the cell in which this hour stands, if it is kept."""
    return f"{HOUR_HEAD}{force}/{kind}/{hour % HOURS_KEPT}".encode()


class Applied(NamedTuple):
    """What a tally made of a value."""

    value: bytes
    is_new: bool
    """Whether the tally was not in it yet."""


def apply_to_row(value: bytes | None, tally: Tally, offset: int) -> Applied:
    """The new value of the force's row."""
    row = ForceRow(tally.force) if value is None else read_row(value)
    is_new = offset > row.applied
    row.apply(tally, offset)
    return Applied(write_row(row), is_new)


def apply_to_cell(value: bytes | None, tally: Tally, offset: int) -> Applied:
    """The new value of the tally's cell."""
    cell = Cell(tally.force, tally.kind, tally.at_ms // HOUR_MS) if value is None else read_cell(value)
    is_new = offset > cell.applied
    cell.apply(tally, offset)
    return Applied(orjson.dumps(cell), is_new)


def write_row(row: ForceRow) -> bytes:
    """The row as a value: JSON has no number as long as `recent`, so that stands in it as hexadecimal digits."""
    fields = {name: getattr(row, name) for name in _PLAIN}
    rhythm = row.rhythm
    told = {"last_slot": rhythm.last_slot, "heard": rhythm.heard, "seen": rhythm.seen, "recent": f"{rhythm.recent:x}"}
    return orjson.dumps({**fields, "rhythm": told})


_PLAIN = ("force", "read", "applied", "tallies", "last_ms", "total", "hours")


def read_row(value: bytes) -> ForceRow:
    """The row in a value."""
    found: dict[str, Any] = orjson.loads(value)
    rhythm = found["rhythm"]
    return ForceRow(
        found["force"],
        found["read"],
        found["applied"],
        found["tallies"],
        found["last_ms"],
        counts_of(found["total"]),
        [Hour(**hour) for hour in found["hours"]],
        Rhythm(rhythm["last_slot"], rhythm["heard"], rhythm["seen"], int(rhythm["recent"], 16)),
    )


def read_cell(value: bytes) -> Cell:
    """The cell in a value."""
    found: dict[str, Any] = orjson.loads(value)
    return Cell(**{**found, "counts": counts_of(found["counts"])})


def read_position(value: bytes) -> int:
    """Offset of the tally because of which a value, a row or a cell, was written."""
    return int(orjson.loads(value)["read"])
