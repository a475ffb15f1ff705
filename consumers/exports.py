"""Files that show what an agency holds, written anew from its database when that has changed. Shell (disk).

A file that only grows could not withdraw. Each is written beside the old one and put in its place, so a reader sees the one or
the other whole; what was withdrawn is in neither from then on. A crash leaves the old file, and the next start writes it anew.
"""

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from consumers.database import faults
from consumers.record_table import COLUMNS, record
from schemas.codes import Code
from schemas.errors import Misconfigured

Row = Mapping[str, Any]

REST = 10
"""A file that takes a second to write is written anew every ten: nine tenths of the time are for the deliveries."""

_LEAST_SECONDS = 1.0
_ROWS = 5000
"""Rows read at once."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
"""What a spreadsheet may take for the start of a formula; and the apostrophe, so that it can be told from ours."""


class Export:
    """One file. `write_rows` writes it; `clock` is monotonic. Raises Misconfigured (PD-416) where it can't be written."""

    def __init__(
        self, engine: sa.Engine, file: Path, write_rows: Callable[[Path, Iterable[Row]], None], clock: Callable[[], float]
    ) -> None:
        self._engine, self._file, self._write_rows, self._clock = engine, file, write_rows, clock
        self._is_current, self._due = False, 0.0  # a crash may have come between the database and the file

    def changed(self) -> None:
        """What is held has changed."""
        self._is_current = False

    def is_current(self) -> bool:
        """As `Files` says."""
        return self._is_current

    def write_due(self, now: float) -> None:
        """As `Files` says."""
        if not self._is_current and now >= self._due:
            self.write()

    def write(self) -> None:
        """As `Files` says."""
        if self._is_current:
            return
        begun = self._clock()
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = self._file.with_name(f".{self._file.name}.part")  # one name: what a crash leaves is written over
            part.unlink(missing_ok=True)
            part.touch(mode=0o600)
            self._write_rows(part, self._rows())
            _sync(part)
            part.replace(self._file)
        except OSError:
            raise Misconfigured(Code.BAD_SETTING, "export", "its file can't be written") from None
        self._is_current, self._due = True, self._clock() + max(_LEAST_SECONDS, REST * (self._clock() - begun))

    def _rows(self) -> Iterator[Row]:
        with faults(), self._engine.connect() as connection:
            query = sa.select(record).order_by(record.c.feed, record.c.token)
            for row in connection.execution_options(yield_per=_ROWS).execute(query):
                yield dict(zip(COLUMNS, row, strict=True))


def write_jsonl(file: Path, rows: Iterable[Row]) -> None:
    """One JSON object a line."""
    with file.open("wb") as out:
        out.writelines(orjson.dumps(dict(row), default=str) + b"\n" for row in rows)


def write_csv(file: Path, rows: Iterable[Row]) -> None:
    """A header and a line a record; the record itself is JSON in the last column.

    A spreadsheet runs a cell that begins with = + - @ as a formula, though it came from a force's system: a text that begins
    with one of these, or with an apostrophe, gets an apostrophe in front, which a program that reads the file takes off again.
    """
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        writer.writerows([_inert(cell) for cell in _flat(row).values()] for row in rows)


def write_parquet(file: Path, rows: Iterable[Row]) -> None:
    """The columns of the table; the record itself is JSON in the last one. Needs pyarrow: see `require_parquet`."""
    import pyarrow as pa  # noqa: PLC0415  # 45 MB that only this option needs
    from pyarrow import parquet  # noqa: PLC0415

    schema = pa.schema([(column.name, _arrow(pa, column.type)) for column in record.columns])
    with parquet.ParquetWriter(str(file), schema) as writer:
        for chunk in _chunks(rows):
            writer.write_table(pa.Table.from_pylist([_flat(row) for row in chunk], schema))


def require_parquet() -> None:
    """Raises Misconfigured (PD-513) where pyarrow is not installed."""
    try:
        import pyarrow  # noqa: F401, PLC0415  # only whether it is there
    except ImportError:
        raise Misconfigured(Code.NO_PARQUET) from None


def _inert(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    rest = iter(rows)
    while chunk := list(islice(rest, _ROWS)):
        yield chunk


def _arrow(pa: Any, column: object) -> Any:
    if isinstance(column, sa.Boolean):
        return pa.bool_()
    return pa.int64() if isinstance(column, sa.Integer) else pa.string()


def _flat(row: Row) -> dict[str, Any]:
    content = row["record"]
    return {**row, "record": None if content is None else orjson.dumps(content, default=str).decode()}


def _sync(file: Path) -> None:
    with file.open("rb") as written:
        os.fsync(written.fileno())
