"""What a force has mended and resubmitted of its dead letters, on its own machine. Shell (SQLite).

The topic of dead letters is read anew each time; this file says what was done about them, by version and content. It holds
personal data: what it has of a record that is erased is taken away with `forget`. A crash between the outbox's commit and
this file's leaves a letter `mended` that was resubmitted: resubmitting it again is a resend of the same bytes, which the hub
counts and no agency sees.
"""

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, Self

import orjson

from producers.force_file import Form, open_force_file
from schemas.codes import Code
from schemas.identity import record_id
from schemas.records import Record

_TABLES = (
    """CREATE TABLE letter(key TEXT PRIMARY KEY, state TEXT NOT NULL, kind TEXT NOT NULL, submission BLOB NOT NULL,
    mended_at TEXT NOT NULL, version INTEGER, event_id TEXT) WITHOUT ROWID""",
)
MENDED_FORM = Form("dead letters", 0x50444D4C, Code.LETTERS_IN_USE, (_TABLES,), cache_kib=8 * 1024)


class LetterState(StrEnum):
    """What the force has done about a letter."""

    NEW = "new"
    MENDED = "mended"
    RESUBMITTED = "resubmitted"
    SUPERSEDED = "superseded"
    UNREADABLE = "unreadable"
    """There are only bytes: nothing to mend here."""


class Kept(NamedTuple):
    """What is kept of a letter. `version` and `event_id` are those it was resubmitted with."""

    state: LetterState
    kind: str
    submission: Record
    mended_at: str
    version: int | None
    event_id: str | None


class MendedFile:
    """One force's file, locked while it is open. Raises NotReady (LETTERS_IN_USE), Misconfigured (BAD_SETTING)."""

    def __init__(self, path: Path, force: str) -> None:
        self._db = open_force_file(path, force, MENDED_FORM)
        self._wipe()  # a process that ended between its commit and this has left it to us

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._db.close()

    def find(self, key: str) -> Kept | None:
        """What is kept of the letter with this key."""
        select = "SELECT state, kind, submission, mended_at, version, event_id FROM letter WHERE key = ?"
        row = self._db.execute(select, (key,)).fetchone()
        return None if row is None else Kept(LetterState(row[0]), row[1], orjson.loads(row[2]), *row[3:])

    def states(self) -> dict[str, LetterState]:
        """Every state that is kept, by key. A letter that is not among them is new."""
        return {key: LetterState(state) for key, state in self._db.execute("SELECT key, state FROM letter")}

    def keep_mended(self, mended: Mapping[str, tuple[str, Record]], mended_at: str) -> None:
        """Keep kinds and mended submissions by key: all of them, or after a crash none."""
        rows = [(key, LetterState.MENDED, kind, orjson.dumps(record), mended_at) for key, (kind, record) in mended.items()]
        insert = "INSERT OR REPLACE INTO letter(key, state, kind, submission, mended_at) VALUES(?, ?, ?, ?, ?)"
        self._write(insert, rows)

    def keep_resubmitted(self, sent: Mapping[str, tuple[int, str]]) -> None:
        """Keep versions and event ids by key: what is in the outbox now."""
        rows = [(LetterState.RESUBMITTED, version, event, key) for key, (version, event) in sent.items()]
        self._write("UPDATE letter SET state = ?, version = ?, event_id = ? WHERE key = ?", rows)

    def keep_superseded(self, keys: Iterable[str]) -> None:
        """Keep that these were too late."""
        self._write("UPDATE letter SET state = ? WHERE key = ?", [(LetterState.SUPERSEDED, key) for key in keys])

    def forget(self, records: Collection[str]) -> int:
        """Take away what is kept of letters about these records (ids), which have been erased; gives how many letters.

        Such a letter is new again, while the hub keeps it. A crash in front of the commit leaves all; one behind it leaves
        bytes in the log until the file is opened again.
        """
        kept = self._db.execute("SELECT key, submission FROM letter").fetchall()
        gone = [(key,) for key, submission in kept if _record_of(orjson.loads(submission)) in records]
        if gone:
            self._write("DELETE FROM letter WHERE key = ?", gone)
            self._wipe()
        return len(gone)

    def _wipe(self) -> None:
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _write(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.executemany(statement, rows)
            self._db.execute("COMMIT")
        except sqlite3.Error:
            self._db.execute("ROLLBACK")
            raise


def _record_of(submission: Record) -> str:
    """Which record it is of, by what it says of itself; empty where it does not say."""
    envelope = submission.get("envelope")
    said = envelope if isinstance(envelope, dict) else {}
    names = [said.get(name) for name in ("force", "source_system", "source_ref")]
    return record_id(*names) if all(isinstance(name, str) and name for name in names) else ""  # type: ignore[arg-type]
