"""Tables line by line: the exports that dialects describe have no line break in a value, so an open quote costs one row."""

import csv
from collections.abc import Callable, Iterable, Iterator

from producers.adapters.lines import Line
from producers.adapters.mapped_rows import Convert
from producers.row import Refusal, Row, refuse
from schemas.codes import Code
from schemas.errors import Refused

_BOM = b"\xef\xbb\xbf"


def read_rows(lines: Iterable[Line], delimiter: str, prepare: Callable[[list[str]], Convert]) -> Iterator[Row]:
    """One row for each line behind the header; blank lines are none. `prepare` gets the header and refuses a wrong one.

    Refusals: EMPTY_FILE, WRONG_HEADER (the file ends there), WRONG_ENCODING, LINE_TOO_LONG, ROW_MALFORMED, and what the
    conversion refuses.
    """
    source = iter(lines)
    first = next(source, None)
    if first is None:
        yield refuse(0, Code.EMPTY_FILE)
        return
    try:
        header = read_header(first, delimiter)
        convert = prepare(header)
    except Refused:
        yield refuse(first.number, Code.WRONG_HEADER)
        return
    is_empty = True
    for line in source:
        if line.content is None or line.content.strip():
            is_empty = False
            yield _read_row(line, delimiter, len(header), convert)
    if is_empty:
        yield refuse(0, Code.EMPTY_FILE)


def read_header(line: Line, delimiter: str) -> list[str]:
    """The column names of a table's first line. Raises Refused as `split_cells`."""
    return [cell.strip() for cell in split_cells((line.content or b"").removeprefix(_BOM), delimiter)]


def _read_row(line: Line, delimiter: str, columns: int, convert: Convert) -> Row:
    if line.content is None:
        return refuse(line.number, Code.LINE_TOO_LONG)
    try:
        cells = split_cells(line.content, delimiter)
        if len(cells) != columns:
            return refuse(line.number, Code.ROW_MALFORMED)
        kind, submission = convert(cells, line.content)
    except Refused as refused:
        return Row(line.number, "", None, Refusal.of(refused))
    return Row(line.number, kind, submission)


def split_cells(content: bytes, delimiter: str) -> list[str]:
    """The cells of one line. Raises Refused: WRONG_ENCODING; ROW_MALFORMED for a NUL or a quote that does not close."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise Refused(Code.WRONG_ENCODING) from None
    if "\0" in text:
        raise Refused(Code.ROW_MALFORMED)
    if '"' not in text:
        return text.split(delimiter)
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration):
        raise Refused(Code.ROW_MALFORMED) from None
