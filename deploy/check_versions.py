"""The last version of every record of a check, as an outbox would keep it. Shell (SQLite).

A file without a name: SQLite keeps it in memory while it is small, then in the system's folder for temporary files, where it
is removed at once from the folder itself. So memory stays flat, and nothing of a force is left behind, even by a kill.
"""

import sqlite3
from typing import Self

from producers.versions import Event, Last

_CACHE_KIB = 64 * 1024
"""Pages kept in memory: record ids are spread evenly, as in an outbox."""


class LastVersions:
    """What patches are merged into, and what tells a resend from an update."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        for setting in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", f"cache_size=-{_CACHE_KIB}"):
            self._db.execute(f"PRAGMA {setting}")
        self._db.execute(
            "CREATE TABLE record(record_id TEXT PRIMARY KEY, version INTEGER NOT NULL, kind TEXT NOT NULL,"
            " content_sha256 BLOB NOT NULL, body BLOB NOT NULL) WITHOUT ROWID"
        )
        self._db.execute("BEGIN")  # never committed: nothing of it is wanted later

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._db.close()

    def last(self, record_id: str) -> Last | None:
        """The last version of a record."""
        row = self._db.execute(
            "SELECT version, kind, content_sha256, body FROM record WHERE record_id = ?", (record_id,)
        ).fetchone()
        return None if row is None else Last(*row)

    def keep(self, event: Event) -> None:
        """`event` is now the last version of its record."""
        self._db.execute(
            "INSERT OR REPLACE INTO record(record_id, version, kind, content_sha256, body) VALUES(?, ?, ?, ?, ?)",
            (event.record_id, event.version, event.kind, event.content_sha256, event.body),
        )
