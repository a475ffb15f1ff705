"""Cells to values, as a dialect says each is read. Made once for a layout; then called for every row."""

import re
from collections.abc import Callable
from typing import Any

from schemas.codes import Code
from schemas.dialect_files import Reading
from schemas.errors import Refused

Convert = Callable[[str], Any]
"""A filled cell to a value; None: nothing in it. Raises Refused (ROW_MALFORMED at the column)."""

_NUMBER = re.compile(r"^-?\d{1,9}(\.\d{1,20})?(e-\d{1,2})?$", re.ASCII)
_INTEGER = re.compile(r"^-?\d{1,9}$", re.ASCII)
_MONTH = re.compile(r"^\d{4}-(0[1-9]|1[0-2])$", re.ASCII)


def malformed(column: str) -> Refused:
    """A cell that does not have its form."""
    return Refused(Code.ROW_MALFORMED, column)


def make_convert(reading: Reading, slot_type: str, scheme: str) -> Convert | None:
    """The conversion of one cell; None: its text as it stands. `column` of the reading names it in refusals."""
    column = reading.column or "+".join(reading.columns)
    convert = _CONVERTS[reading.read](reading, column)
    if reading.words is not None:
        convert = _in_words(reading.words, column)
    if reading.split is not None and reading.read != "list":
        convert = _part_of(reading.split, reading.part or 0, convert)
    return _coded(slot_type, reading.scheme or scheme, convert) if slot_type.startswith("code") else convert


def _read_number(_reading: Reading, column: str) -> Convert:
    matches = _NUMBER.match

    def convert(cell: str) -> float:
        if not matches(cell):
            raise malformed(column)
        return float(cell)

    return convert


def _read_integer(_reading: Reading, column: str) -> Convert:
    def convert(cell: str) -> int:
        if not _INTEGER.match(cell):
            raise malformed(column)
        return int(cell)

    return convert


def _read_boolean(reading: Reading, column: str) -> Convert:
    meanings = dict.fromkeys(reading.true_words, True) | dict.fromkeys(reading.false_words, False)

    def convert(cell: str) -> bool:
        if cell not in meanings:
            raise malformed(column)
        return meanings[cell]

    return convert


def _read_month(_reading: Reading, column: str) -> Convert:
    matches = _MONTH.match

    def convert(cell: str) -> str:
        if not matches(cell):
            raise malformed(column)
        return cell

    return convert


def _read_list(reading: Reading, _column: str) -> Convert:
    separator = reading.split or ","

    def convert(cell: str) -> list[str] | None:
        return [part.strip() for part in cell.split(separator) if part.strip()] or None

    return convert


_CONVERTS: dict[str, Callable[[Reading, str], Convert | None]] = {
    "text": lambda _reading, _column: None,
    "number": _read_number,
    "integer": _read_integer,
    "boolean": _read_boolean,
    "month": _read_month,
    "list": _read_list,
}


def _in_words(words: Any, column: str) -> Convert:
    def convert(cell: str) -> str:
        if cell not in words:
            raise malformed(column)
        found: str = words[cell]
        return found

    return convert


def _part_of(separator: str, part: int, then: Convert | None) -> Convert:
    def convert(cell: str) -> Any:
        parts = cell.split(separator)
        found = parts[part].strip() if part < len(parts) else ""
        if not found:
            return None
        return found if then is None else then(found)

    return convert


def _coded(slot_type: str, scheme: str, then: Convert | None) -> Convert:
    if slot_type == "code[]":
        return lambda cell: [{"value": value, "scheme": scheme} for value in (then(cell) if then else [cell]) or ()] or None
    if then is None:
        return lambda cell: {"value": cell, "scheme": scheme}

    def convert(cell: str) -> Any:
        value = then(cell)
        return None if value is None else {"value": value, "scheme": scheme}

    return convert
