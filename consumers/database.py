"""An agency's database, SQLite or PostgreSQL, by SQLAlchemy: opened, and its errors told apart. Shell."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import exc

from schemas.codes import Code
from schemas.errors import Misconfigured, NotReady, Refused

_BUSY_SECONDS = 10
"""How long to wait for another process that writes the same SQLite file."""

_POSTGRES = ("postgres", "postgresql")
"""What people write before `://`; the driver is ours."""


def open_file(file: Path) -> sa.Engine:
    """The SQLite database in `file`, which nobody but its owner may read. Raises Misconfigured (PD-512)."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)  # SQLite gives its other files the rights of this one
        file.chmod(0o600)
    except OSError:
        raise Misconfigured(Code.DATABASE_REFUSED, detail="its file can't be opened") from None
    return open_url(sa.URL.create("sqlite", database=str(file)))


def open_url(url: str | sa.URL) -> sa.Engine:
    """The database at `url`. Nothing is asked of it yet. Raises Misconfigured (PD-512); no error has the URL: it may hold a
    password."""
    try:
        made = sa.make_url(url)
        if made.drivername in _POSTGRES:
            made = made.set(drivername="postgresql+psycopg")
        if made.get_backend_name() not in ("sqlite", "postgresql"):
            raise Misconfigured(Code.DATABASE_REFUSED, detail="neither SQLite nor PostgreSQL")
        engine = sa.create_engine(made, json_serializer=_json, json_deserializer=orjson.loads, hide_parameters=True)
    except (exc.ArgumentError, exc.NoSuchModuleError, ImportError, ValueError):
        raise Misconfigured(Code.DATABASE_REFUSED, detail="no such kind of database") from None
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _set_up_sqlite)
    return engine


def place_of(url: str) -> str:
    """Which database a URL means, without a password. Raises Misconfigured (PD-512)."""
    try:
        made = sa.make_url(url)
    except (exc.ArgumentError, ValueError):
        raise Misconfigured(Code.DATABASE_REFUSED, detail="no such kind of database") from None
    where = {name: made.query[name] for name in ("host", "port", "dbname") if name in made.query}
    return sa.URL.create(made.drivername, made.username, None, made.host, made.port, made.database, where).render_as_string()


@contextmanager
def faults() -> Iterator[None]:
    """Turns the database's errors into ours: NotReady (PD-511) where trying again may help, Refused (PD-512) where it is the
    row, Misconfigured (PD-512) where it is neither. No text of theirs goes on: it may have what was disclosed."""
    try:
        yield
    except (exc.DataError, OverflowError, UnicodeEncodeError) as failure:
        kind = failure.orig if isinstance(failure, exc.DataError) else failure
        raise Refused(Code.DATABASE_REFUSED, detail=type(kind).__name__) from None
    except (exc.OperationalError, exc.InterfaceError, exc.InternalError):
        raise NotReady(Code.DATABASE_AWAY) from None
    except exc.IntegrityError:
        raise  # another process did the same work just now: whoever began it begins anew
    except exc.DBAPIError as failure:
        raise Misconfigured(Code.DATABASE_REFUSED, detail=type(failure.orig).__name__) from None
    except exc.SQLAlchemyError as failure:
        raise Refused(Code.DATABASE_REFUSED, detail=type(failure).__name__) from None


def empty_log(engine: sa.Engine) -> None:
    """SQLite's write-ahead log still has the pages as they were: what was deleted is gone from it after this. Where another
    process reads just now, after the next one."""
    if engine.dialect.name == "sqlite":
        with faults(), engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").close()


def _set_up_sqlite(connection: Any, _record: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", f"busy_timeout={_BUSY_SECONDS * 1000}"):
        connection.execute(f"PRAGMA {pragma}")  # secure_delete: what is deleted is overwritten


def _json(value: object) -> str:
    return orjson.dumps(value, default=str).decode()
