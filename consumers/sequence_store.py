"""Where a subscriber keeps what it has seen of each lane: one small SQLite file per group. Survives any crash."""

import json
import sqlite3
from pathlib import Path
from typing import Self

from consumers.sequences import LaneState
from schemas.codes import Code
from schemas.errors import Misconfigured

_TABLE = """
CREATE TABLE IF NOT EXISTS lane (
  feed TEXT NOT NULL, lane INTEGER NOT NULL, start INTEGER NOT NULL, last INTEGER NOT NULL, unseen TEXT NOT NULL,
  partition INTEGER NOT NULL, next_offset INTEGER NOT NULL, PRIMARY KEY (feed, lane)
) WITHOUT ROWID
"""

_SAVE = """
INSERT INTO lane VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (feed, lane) DO UPDATE SET start = excluded.start,
  last = excluded.last, unseen = excluded.unseen, partition = excluded.partition, next_offset = excluded.next_offset
"""


class SequenceStore:
    """Lane states of one group. Several subscribers of the group on one machine may share the file."""

    def __init__(self, file: Path) -> None:
        """Opens or makes `file`. Raises Misconfigured (PD-416) where that can't be done."""
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._database = sqlite3.connect(file, isolation_level=None, timeout=10.0)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.execute(_TABLE)
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
        unseen = json.dumps(state.unseen) if state.unseen else "[]"
        try:
            self._database.execute(_SAVE, (feed, lane, state.start, state.last, unseen, partition, next_offset))
        except sqlite3.Error:  # a full disk: going on would call what comes next a gap after a restart
            raise Misconfigured(Code.BAD_SETTING, "state folder", "its file can't be written") from None

    def sync(self) -> None:
        """Make everything saved survive the machine's end too."""
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
