"""Which columns a sample file has: what a dialect does not use is seen by them."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from producers.adapters.csv_rows import read_header
from producers.adapters.json_rows import LIMIT_BYTES, load_json, records_at
from producers.adapters.layouts import delimiter_of
from producers.adapters.lines import read_lines
from schemas.dialect_files import OUTSIDE, Layout
from schemas.errors import Refused


def columns_of(layout: Layout, file: BinaryIO) -> list[str]:
    """The column names of an open file, each once: its header, or every path to a value of its records and around them.

    What can't be read has none: the rows tell that better.
    """
    try:
        if layout.is_table:
            first = next(read_lines(file), None)
            return [] if first is None else read_header(first, delimiter_of(layout))
        if layout.format == "json":
            return list(dict.fromkeys(_paths(load_json(file.read(LIMIT_BYTES)), layout.records)))
    except Refused:
        return []
    found: dict[str, None] = {}
    for line in read_lines(file):
        try:
            found |= dict.fromkeys(_paths(load_json(line.content), layout.records))
        except Refused:
            continue
    return list(found)


def _paths(document: Any, records: str) -> Iterator[str]:
    for record in records_at(document, records):
        yield from _leaves(record, "")
    if records:
        outside = (path for path in _leaves(document, "") if path != records and not path.startswith(f"{records}."))
        yield from (f"{OUTSIDE}{path}" for path in outside)


def _leaves(value: Any, path: str) -> Iterator[str]:
    """Paths to what is no object. A list is one value: no column is read from inside it."""
    if type(value) is not dict:
        yield path
        return
    for name, part in value.items():
        yield from _leaves(part, f"{path}.{name}" if path else str(name))
