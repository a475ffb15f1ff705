"""A layout that a dialect declares, made an adapter: a new force system costs one file of YAML and no code."""

from collections.abc import Collection, Iterator
from typing import BinaryIO

from producers.adapters.csv_rows import read_rows
from producers.adapters.json_rows import read_document, read_json_lines
from producers.adapters.lines import read_lines
from producers.adapters.mapped_rows import Convert, make_convert
from producers.row import Row
from schemas.codes import Code
from schemas.dialect_files import Layout
from schemas.errors import Refused

_DELIMITERS = {"csv": ",", "tsv": "\t"}


def read_layout(system: str, layout: Layout, file: BinaryIO, force_names: Collection[str]) -> Iterator[Row]:
    """Rows of one open file. Refusals are those of its format, WRONG_FORCE_IN_FILE, and ROW_MALFORMED at a column."""
    if layout.is_table:

        def prepare(header: list[str]) -> Convert:
            check_header(layout, header)
            return make_convert(system, layout, {column: place for place, column in enumerate(header)}, force_names)

        return read_rows(read_lines(file), _DELIMITERS[layout.format], prepare)
    columns = tuple(layout.columns_read())
    convert = make_convert(system, layout, {column: place for place, column in enumerate(columns)}, force_names)
    read = read_document if layout.format == "json" else read_json_lines
    return read(file, layout.records, columns, convert)


def check_header(layout: Layout, header: list[str]) -> None:
    """Raises Refused (WRONG_HEADER) unless every column is there, once, and none that the layout does not know."""
    found = set(header)
    if len(found) < len(header) or not set(layout.columns) <= found <= {*layout.columns, *layout.optional_columns}:
        raise Refused(Code.WRONG_HEADER)


def delimiter_of(layout: Layout) -> str:
    """What stands between two cells of a table."""
    return _DELIMITERS[layout.format]
