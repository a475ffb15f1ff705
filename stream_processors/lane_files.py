"""The files of lane stores: opened, wiped, and removed where nobody uses them any more. Shell (SQLite)."""

import sqlite3
from pathlib import Path


def open_file(path: Path, tables: str) -> sqlite3.Connection:
    """The lane store's database with these tables; one that can't be read is thrown away, and begins anew."""
    try:
        return _connect(path, tables)
    except sqlite3.DatabaseError:
        wipe_file(path)
        return _connect(path, tables)


def _connect(path: Path, tables: str) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    # No fsync: after a crash of the machine the file may be broken or old. SQLite says so when it opens or when it meets the
    # broken page, and the topic has everything. After a crash of the process alone the system still has every write.
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = OFF")
        database.execute("PRAGMA secure_delete = ON")
        database.executescript(tables)
        cut_log(database)
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database


def cut_log(database: sqlite3.Connection) -> None:
    """Bring the log into the file and leave nothing of it: it has what pages were before."""
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def wipe_file(path: Path) -> None:
    """Remove the database and what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def remove_old_stores(folder: Path, keep_seconds: float, now: float) -> list[str]:
    """Remove the stores below `folder` (one folder a process) that were last written before that; gives their names. Their lane
    has moved, or their process is no longer run; they would be wiped before use, and have what was erased since.

    A lane's owner writes its store at least once a day. One that nevertheless has such a file open goes on with it, and with a
    restore when it begins anew: a crash at any line here loses nothing.
    """
    removed = []
    for path in sorted(folder.glob("*/lane-*.sqlite")):
        files = [each for suffix in ("-wal", "-shm", "") if (each := Path(f"{path}{suffix}")).is_file()]
        if all(now - _written_at(each) > keep_seconds for each in files):
            for each in files:
                each.unlink(missing_ok=True)
            removed.append(path.name)
    return removed


def _written_at(path: Path) -> float:
    """Seconds since 1970; now and for ever where it has gone meanwhile: somebody else is at it."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")
