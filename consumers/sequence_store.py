"""Where a subscriber keeps what it has seen of each lane: one small SQLite file per group. Survives any crash."""

import json
import sqlite3
from pathlib import Path
from typing import Any, Self

from consumers.sequences import LaneState
from schemas.codes import Code
from schemas.errors import Misconfigured

_TABLE = """
CREATE TABLE IF NOT EXISTS lane (
  feed TEXT NOT NULL, lane INTEGER NOT NULL, start INTEGER NOT NULL, last INTEGER NOT NULL, unseen TEXT NOT NULL,
  partition INTEGER NOT NULL, next_offset INTEGER NOT NULL, PRIMARY KEY (feed, lane)
) WITHOUT ROWID
"""

_FLIGHT = """
CREATE TABLE IF NOT EXISTS flight (
  owner TEXT PRIMARY KEY, feed TEXT NOT NULL, lane INTEGER NOT NULL, sequence INTEGER NOT NULL
) WITHOUT ROWID
"""
"""The delivery that each subscriber has begun last. All that it had begun before is done: it does one at a time."""

_BEGIN = "INSERT OR REPLACE INTO flight VALUES (?, ?, ?, ?)"
_UNKNOWN = "SELECT 1 FROM flight WHERE feed = ? AND lane = ? AND sequence = ? AND owner <> ?"
_RESOLVED = "DELETE FROM flight WHERE feed = ? AND lane = ? AND sequence = ? AND owner <> ?"

_SAVE = """
INSERT INTO lane VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (feed, lane) DO UPDATE SET start = excluded.start,
  last = excluded.last, unseen = excluded.unseen, partition = excluded.partition, next_offset = excluded.next_offset
"""


class SequenceStore:
    """Lane states of one group. Several subscribers of the group on one machine may share the file."""

    def __init__(self, file: Path, owner: str = "") -> None:
        """Opens or makes `file`. `owner`: this subscriber, unlike any other. Raises Misconfigured (PD-416) where that can't be
        done."""
        self._owner, self._flight = owner, ("", 0, 0)
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Made in one thread, a subscriber may run in another: never in two at once.
            self._database = sqlite3.connect(file, isolation_level=None, timeout=10.0, check_same_thread=False)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.execute(_TABLE)
            self._database.execute(_FLIGHT)
        except (OSError, sqlite3.Error):
            raise Misconfigured(Code.BAD_SETTING, "state folder", "its file can't be opened") from None

    def load(self, feed: str) -> dict[int, LaneState]:
        """The states of all lanes of `feed`, by lane."""
        rows = self._database.execute("SELECT lane, start, last, unseen FROM lane WHERE feed = ?", (feed,))
        return {
            lane: LaneState(start, last, tuple((first, behind) for first, behind in json.loads(unseen)))
            for lane, start, last, unseen in rows
        }

    def next_offset(self, feed: str, partition: int) -> int | None:
        """The offset behind the last message that was seen of the partition, or None."""
        query = "SELECT max(next_offset) FROM lane WHERE feed = ? AND partition = ?"
        found: int | None = self._database.execute(query, (feed, partition)).fetchone()[0]
        return found

    def save(self, feed: str, lane: int, state: LaneState, partition: int, next_offset: int) -> None:
        """Keep the state of a lane. Survives the end of the process at once, that of the machine after `sync`."""
        self._write((_SAVE, _row(feed, lane, state, partition, next_offset)))

    def begin(self, feed: str, lane: int, state: LaneState, partition: int, next_offset: int, sequence: int) -> None:
        """As `save`, and remember in the same moment that `sequence` is begun, and so that all before it is done."""
        self._flight = (feed, lane, sequence)
        row = _row(feed, lane, state, partition, next_offset)
        self._write(("BEGIN IMMEDIATE", ()), (_SAVE, row), (_BEGIN, (self._owner, *self._flight)), ("COMMIT", ()))

    def end(self) -> None:
        """What was begun is done."""
        self._flight = ("", 0, 0)

    def is_unknown(self, feed: str, lane: int, sequence: int) -> bool:
        """Whether this delivery was begun, by us or by one that was killed, and nobody can say whether it was done."""
        place = (feed, lane, sequence)
        return place == self._flight or self._database.execute(_UNKNOWN, (*place, self._owner)).fetchone() is not None

    def resolve(self, feed: str, lane: int, sequence: int) -> None:
        """What one that was killed had begun is done now."""
        self._write((_RESOLVED, (feed, lane, sequence, self._owner)))

    def _write(self, *statements: tuple[str, tuple[Any, ...]]) -> None:
        try:
            for statement, values in statements:
                self._database.execute(statement, values)
        except sqlite3.Error:  # a full disk: going on would call what comes next a gap after a restart
            raise Misconfigured(Code.BAD_SETTING, "state folder", "its file can't be written") from None

    def sync(self) -> None:
        """Make everything saved survive the machine's end too, and say of what was begun that it is done, if it is."""
        if not self._flight[0]:
            self._write(("DELETE FROM flight WHERE owner = ?", (self._owner,)))
        self._database.execute("PRAGMA wal_checkpoint(PASSIVE)")  # syncs the log before it copies from it

    def forget(self, feed: str) -> None:
        """Drop what is known of `feed`: the next message joins late."""
        self._database.execute("DELETE FROM lane WHERE feed = ?", (feed,))

    def close(self) -> None:
        """Close the file. What was saved stays."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _row(feed: str, lane: int, state: LaneState, partition: int, next_offset: int) -> tuple[Any, ...]:
    unseen = json.dumps(state.unseen) if state.unseen else "[]"
    return feed, lane, state.start, state.last, unseen, partition, next_offset
