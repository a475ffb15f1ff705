"""The outbox's file: made, locked, and known to be this force's own. Shell (SQLite)."""

import sqlite3
from pathlib import Path

from schemas.codes import Code
from schemas.errors import Misconfigured, NotReady

_APPLICATION_ID = 0x50444F42
_CACHE_KIB = 64 * 1024
"""Pages kept in memory: a chunk touches pages all over `record`, because record ids are spread evenly."""
_TABLES = (
    "CREATE TABLE owner(force TEXT NOT NULL)",
    """CREATE TABLE record(record_id TEXT PRIMARY KEY, version INTEGER NOT NULL, kind TEXT NOT NULL,
    content_sha256 BLOB NOT NULL, body BLOB NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE outbox(seq INTEGER PRIMARY KEY AUTOINCREMENT, record_id TEXT NOT NULL, kind TEXT NOT NULL,
    event_id TEXT NOT NULL, accepted_at TEXT NOT NULL, state INTEGER NOT NULL DEFAULT 0, body BLOB NOT NULL)""",
)


def open_outbox_file(path: Path, force: str) -> sqlite3.Connection:
    """The database, locked until this process closes it or ends. WAL with FULL: a commit is on disk when it returns.

    Raises NotReady (OUTBOX_IN_USE), Misconfigured (BAD_SETTING) for another force's file or one that is no outbox.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)  # the bodies are personal data
    db = sqlite3.connect(path, isolation_level=None, timeout=1)
    try:
        db.execute("PRAGMA locking_mode=EXCLUSIVE")
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        db.execute("BEGIN EXCLUSIVE")
        _claim(db, force)
        db.execute("COMMIT")
    except sqlite3.OperationalError:
        db.close()
        raise NotReady(Code.OUTBOX_IN_USE) from None
    except sqlite3.DatabaseError:
        db.close()
        raise Misconfigured(Code.BAD_SETTING, "outbox", "the file is not an outbox") from None
    except Misconfigured:
        db.close()
        raise
    return db


def _claim(db: sqlite3.Connection, force: str) -> None:
    """Make the tables, or make sure that they are ours: an outbox of another force would publish under a wrong name."""
    application = db.execute("PRAGMA application_id").fetchone()[0]
    is_new = not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if is_new:
        db.execute(f"PRAGMA application_id={_APPLICATION_ID}")
        for statement in _TABLES:
            db.execute(statement)
        db.execute("INSERT INTO owner(force) VALUES(?)", (force,))
    elif application != _APPLICATION_ID:
        raise Misconfigured(Code.BAD_SETTING, "outbox", "the file is not an outbox")
    elif db.execute("SELECT force FROM owner").fetchall() != [(force,)]:
        raise Misconfigured(Code.BAD_SETTING, "outbox", "the outbox belongs to another force")
