"""Records of JSON: one document with a list of them, or lines with one or a list each. Cells are texts, as in a table."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

import orjson

from producers.adapters.lines import read_lines
from producers.adapters.mapped_rows import Convert
from producers.row import Refusal, Row, refuse
from schemas.codes import Code
from schemas.dialect_files import OUTSIDE
from schemas.errors import Refused

LIMIT_BYTES = 64 << 20
"""Largest document: 64 MiB. It is held whole, some ten times over once it is read; larger exports go as JSON lines."""

_BOM = b"\xef\xbb\xbf"


def read_document(file: BinaryIO, records: str, columns: Sequence[str], convert: Convert) -> Iterator[Row]:
    """One row for each record; its line is its number in the list, from 1.

    Refusals: EMPTY_FILE, FILE_TOO_LARGE, WRONG_ENCODING, ROW_MALFORMED (no JSON; no list at `records`; a record's own).
    """
    content = file.read(LIMIT_BYTES + 1).removeprefix(_BOM)
    if len(content) > LIMIT_BYTES:
        yield refuse(0, Code.FILE_TOO_LARGE)
        return
    if not content.strip():
        yield refuse(0, Code.EMPTY_FILE)
        return
    try:
        document = load_json(content)
        listed = records_at(document, records)
    except Refused as refused:
        yield Row(0, "", None, Refusal.of(refused))
        return
    if not listed:
        yield refuse(0, Code.EMPTY_FILE)
    for number, record in enumerate(listed, 1):
        yield _read_row(number, document, record, columns, convert)


def read_json_lines(file: BinaryIO, records: str, columns: Sequence[str], convert: Convert) -> Iterator[Row]:
    """The records of each line, which give that line's number. Refusals as `read_document`, and LINE_TOO_LONG."""
    is_empty = True
    for line in read_lines(file):
        content = line.content
        if content is not None:
            content = content.removeprefix(_BOM) if line.number == 1 else content
            if not content.strip():
                continue
        is_empty = False
        try:
            document = load_json(content)
            listed = records_at(document, records)
        except Refused as refused:
            yield Row(line.number, "", None, Refusal.of(refused))
            continue
        for record in listed:
            yield _read_row(line.number, document, record, columns, convert)
    if is_empty:
        yield refuse(0, Code.EMPTY_FILE)


def load_json(content: bytes | None) -> Any:
    """The value. Raises Refused: LINE_TOO_LONG (None), WRONG_ENCODING, ROW_MALFORMED."""
    if content is None:
        raise Refused(Code.LINE_TOO_LONG)
    try:
        return orjson.loads(content.decode())
    except UnicodeDecodeError:
        raise Refused(Code.WRONG_ENCODING) from None
    except orjson.JSONDecodeError:
        raise Refused(Code.ROW_MALFORMED) from None


def records_at(document: Any, path: str) -> list[Any]:
    """The records at a path of names joined by dots; one object is a list of one. Raises Refused (ROW_MALFORMED)."""
    found = _at(document, path.split(".")) if path else document
    if type(found) is dict:
        return [found]
    if type(found) is not list:
        raise Refused(Code.ROW_MALFORMED, path)
    return found


def _read_row(number: int, document: Any, record: Any, columns: Iterable[str], convert: Convert) -> Row:
    if type(record) is not dict:
        return refuse(number, Code.ROW_MALFORMED)
    try:
        cells = [_cell(document, record, column) for column in columns]
        kind, submission = convert(cells, orjson.dumps(record, option=orjson.OPT_SORT_KEYS))
    except Refused as refused:
        return Row(number, "", None, Refusal.of(refused))
    except orjson.JSONEncodeError:  # it reads what is nested up to 1,024 deep, and writes up to 254
        return refuse(number, Code.ROW_MALFORMED)
    return Row(number, kind, submission)


def _cell(document: Any, record: Any, column: str) -> str:
    """The text at a path; empty where there is none. Raises Refused (ROW_MALFORMED): a list or an object is no cell."""
    outside = column.startswith(OUTSIDE)
    value = _at(document if outside else record, column.removeprefix(OUTSIDE).split("."))
    if type(value) is str:
        return value
    if value is None:
        return ""
    if type(value) is bool:
        return "True" if value else "False"
    if type(value) in (int, float):
        return repr(value)
    raise Refused(Code.ROW_MALFORMED, column)


def _at(value: Any, names: list[str]) -> Any:
    for name in names:
        if type(value) is not dict:
            return None
        value = value.get(name)
    return value
