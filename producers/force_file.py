"""A file that one force keeps: made, locked, and known to be its own. Shell (SQLite)."""

import sqlite3
from pathlib import Path
from typing import NamedTuple

from schemas.codes import Code
from schemas.errors import Misconfigured, NotReady


class Form(NamedTuple):
    """What a file of one kind holds. `name` is for errors; `in_use` is raised where another process has it open."""

    name: str
    application_id: int
    in_use: Code
    steps: tuple[tuple[str, ...], ...]
    """Statements by form: the first makes a new file's tables, each later one brings files of the form before up to date."""
    cache_kib: int
    """Pages kept in memory."""


def open_force_file(path: Path, force: str, form: Form) -> sqlite3.Connection:
    """The database, locked until this process closes it or ends. WAL with FULL: a commit is on disk when it returns.

    Raises NotReady (`form.in_use`), Misconfigured (BAD_SETTING) for another force's file or one of another kind.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)  # what a force keeps is personal data
    db = sqlite3.connect(path, isolation_level=None, timeout=1)
    try:
        db.execute("PRAGMA locking_mode=EXCLUSIVE")
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("PRAGMA secure_delete=ON")  # what is deleted here may have to be gone
        db.execute(f"PRAGMA cache_size=-{form.cache_kib}")
        db.execute("BEGIN EXCLUSIVE")
        _claim(db, force, form)
        db.execute("COMMIT")
    except sqlite3.OperationalError:
        db.close()
        raise NotReady(form.in_use) from None
    except sqlite3.DatabaseError:
        db.close()
        raise _wrong(form, f"the file is not of this kind ({form.name})") from None
    except Misconfigured:
        db.close()
        raise
    return db


def _claim(db: sqlite3.Connection, force: str, form: Form) -> None:
    """Make the tables, or make sure that they are ours: another force's file would publish under a wrong name.

    All in one transaction: a crash leaves the file as it was, or with all steps done.
    """
    application = db.execute("PRAGMA application_id").fetchone()[0]
    done = 0
    if not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        db.execute(f"PRAGMA application_id={form.application_id}")
        db.execute("CREATE TABLE owner(force TEXT NOT NULL)")
        db.execute("INSERT INTO owner(force) VALUES(?)", (force,))
    elif application != form.application_id:
        raise _wrong(form, f"the file is not of this kind ({form.name})")
    elif db.execute("SELECT force FROM owner").fetchall() != [(force,)]:
        raise _wrong(form, f"the file ({form.name}) belongs to another force")
    else:
        done = db.execute("PRAGMA user_version").fetchone()[0] + 1
    for statements in form.steps[done:]:
        for statement in statements:
            db.execute(statement)
    db.execute(f"PRAGMA user_version={max(done, len(form.steps)) - 1}")


def _wrong(form: Form, detail: str) -> Misconfigured:
    return Misconfigured(Code.BAD_SETTING, form.name, detail)
