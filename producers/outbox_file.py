"""The outbox's file: its tables, and what files of an older form lack. Shell (SQLite)."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from producers.force_file import Form, open_force_file
from schemas.codes import Code
from schemas.errors import Refused

_FIRST = (
    """CREATE TABLE record(record_id TEXT PRIMARY KEY, version INTEGER NOT NULL, kind TEXT NOT NULL,
    content_sha256 BLOB NOT NULL, body BLOB NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE outbox(seq INTEGER PRIMARY KEY AUTOINCREMENT, record_id TEXT NOT NULL, kind TEXT NOT NULL,
    event_id TEXT NOT NULL, accepted_at TEXT NOT NULL, state INTEGER NOT NULL DEFAULT 0, body BLOB NOT NULL)""",
)
_PLACES = (
    "ALTER TABLE record ADD COLUMN numbered INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE outbox ADD COLUMN version INTEGER NOT NULL DEFAULT 0",
    """UPDATE outbox SET version = coalesce((SELECT record.version FROM record
    WHERE record.record_id = outbox.record_id AND record.body = outbox.body), 0)""",
    """CREATE TABLE delivery(record_id TEXT, version INTEGER, partition INTEGER NOT NULL, position INTEGER NOT NULL,
    PRIMARY KEY(record_id, version)) WITHOUT ROWID""",
)
"""Where versions were delivered, and who numbers a record. Version 0: waited in an older file, and is not the last."""
_CLOSED = ("ALTER TABLE record ADD COLUMN closed TEXT NOT NULL DEFAULT ''",)
"""What has closed a record. Of an older file's records it is not known."""

OUTBOX_FORM = Form("outbox", 0x50444F42, Code.OUTBOX_IN_USE, (_FIRST, _PLACES, _CLOSED), cache_kib=64 * 1024)
"""A chunk touches pages all over `record`, because record ids are spread evenly: hence the pages kept in memory."""


def open_outbox_file(path: Path, force: str) -> sqlite3.Connection:
    """The database, locked. Raises NotReady (OUTBOX_IN_USE), Misconfigured (BAD_SETTING)."""
    return open_force_file(path, force, OUTBOX_FORM)


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All or nothing. Raises Refused (OUTBOX_FULL) where the disk is full: nothing of the chunk was accepted."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException as error:
        if db.in_transaction:
            db.execute("ROLLBACK")
        if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode == sqlite3.SQLITE_FULL:
            raise Refused(Code.OUTBOX_FULL, detail="the disk is full") from None
        raise
