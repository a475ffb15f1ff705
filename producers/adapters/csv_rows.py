"""CSV line by line: data.police.uk files have no line break inside a value, so an open quote costs one row."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator

from producers.adapters.lines import Line
from producers.row import Refusal, Row, refuse
from schemas.codes import Code
from schemas.errors import Refused
from schemas.records import Record

Convert = Callable[[list[str], bytes], tuple[str, Record]]
"""Cells and the raw line to kind and submission. Raises Refused."""

_BOM = b"\xef\xbb\xbf"
_NUMBER = re.compile(r"^-?\d{1,3}(\.\d{1,20})?$", re.ASCII)
_MONTH = re.compile(r"^\d{4}-(0[1-9]|1[0-2])$", re.ASCII)


def read_rows(lines: Iterable[Line], header: tuple[str, ...], convert: Convert) -> Iterator[Row]:
    """One row for each line behind the header; blank lines are none. A wrong header ends the file: one refusal.

    Refusals: EMPTY_FILE, WRONG_HEADER, WRONG_ENCODING, LINE_TOO_LONG, ROW_MALFORMED, and what `convert` refuses.
    """
    source = iter(lines)
    first = next(source, None)
    if first is None:
        yield refuse(0, Code.EMPTY_FILE)
        return
    if not _is_header(first, header):
        yield refuse(first.number, Code.WRONG_HEADER)
        return
    is_empty = True
    for line in source:
        if line.content is None or line.content.strip():
            is_empty = False
            yield _read_row(line, len(header), convert)
    if is_empty:
        yield refuse(0, Code.EMPTY_FILE)


def _is_header(line: Line, header: tuple[str, ...]) -> bool:
    try:
        cells = split_cells((line.content or b"").removeprefix(_BOM))
    except Refused:
        return False
    return tuple(cell.strip() for cell in cells) == header


def _read_row(line: Line, columns: int, convert: Convert) -> Row:
    if line.content is None:
        return refuse(line.number, Code.LINE_TOO_LONG)
    try:
        cells = split_cells(line.content)
        if len(cells) != columns:
            return refuse(line.number, Code.ROW_MALFORMED)
        kind, submission = convert(cells, line.content)
    except Refused as refused:
        return Row(line.number, "", None, Refusal.of(refused))
    return Row(line.number, kind, submission)


def split_cells(content: bytes) -> list[str]:
    """The cells of one line. Raises Refused: WRONG_ENCODING; ROW_MALFORMED for a NUL or a quote that does not close."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise Refused(Code.WRONG_ENCODING) from None
    if "\0" in text:
        raise Refused(Code.ROW_MALFORMED)
    if '"' not in text:
        return text.split(",")
    try:
        return next(csv.reader([text], strict=True))
    except (csv.Error, StopIteration):
        raise Refused(Code.ROW_MALFORMED) from None


def read_number(column: str, cell: str) -> float | None:
    """Decimal degrees; None where the cell is empty. Raises Refused (ROW_MALFORMED)."""
    if not cell:
        return None
    if not _NUMBER.match(cell):
        raise Refused(Code.ROW_MALFORMED, column)
    return float(cell)


def read_month(column: str, cell: str) -> str:
    """`YYYY-MM`. Raises Refused (ROW_MALFORMED)."""
    if not _MONTH.match(cell):
        raise Refused(Code.ROW_MALFORMED, column)
    return cell


def read_boolean(column: str, cell: str) -> bool | None:
    """`True`, `False`, or None where the cell is empty. Raises Refused (ROW_MALFORMED)."""
    if cell not in ("", "True", "False"):
        raise Refused(Code.ROW_MALFORMED, column)
    return None if not cell else cell == "True"
