"""Where an agency's deliveries may go without a program of its own: a database, or a file that is written from one. Shell."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from consumers.database import open_file, open_url
from consumers.exports import Export, require_parquet, write_csv, write_jsonl, write_parquet

Clock = Callable[[], float]

JOURNAL_END, RECORDS_END = ".journal.sqlite", ".records.sqlite"
"""How the names of a group's own databases end: of callbacks, and of files that are written from one."""


@dataclass(frozen=True)
class Sink:
    """A place for deliveries. Each applies updates and withdrawals to what it wrote."""

    open_database: Callable[[Path], sa.Engine]
    """Opens the database, where the place of one of our own is given. Raises Misconfigured (PD-512)."""
    make_export: Callable[[sa.Engine, Clock], Export] | None = None


def sqlite_sink(file: Path) -> Sink:
    """Tables in a SQLite file: `record` is what is held, `handled` each delivery."""
    return Sink(lambda _: open_file(file))


def database_sink(url: str) -> Sink:
    """The same in the database at `url`: `postgresql://user:password@host/name`, or `sqlite:///file`."""
    return Sink(lambda _: open_url(url))


def jsonl_sink(file: Path) -> Sink:
    """What is held, one JSON object a line."""
    return Sink(open_file, lambda engine, clock: Export(engine, file, write_jsonl, clock))


def csv_sink(file: Path) -> Sink:
    """What is held, as CSV."""
    return Sink(open_file, lambda engine, clock: Export(engine, file, write_csv, clock))


def parquet_sink(file: Path) -> Sink:
    """What is held, as Parquet. Raises Misconfigured (PD-513) without pyarrow."""
    require_parquet()
    return Sink(open_file, lambda engine, clock: Export(engine, file, write_parquet, clock))


def open_journal(place: Path, sink: Sink | None) -> sa.Engine:
    """The database of a group whose files begin with `place`: the sink's, or one of our own. Callbacks and files don't share
    one: what a callback has handled is in no file."""
    if sink is None:
        return open_file(place.with_name(place.name + JOURNAL_END))
    return sink.open_database(place.with_name(place.name + RECORDS_END))
