"""The map of a layout's fields, compiled once to closures: cells in, the parts of a submission out."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from producers.adapters.readings import Convert, make_convert, malformed
from schemas.dialect_fields import find_slot
from schemas.dialect_files import Reading
from schemas.kinds import KINDS
from schemas.records import Record

Cells = Sequence[str]
"""One row: a text for each column, empty where there is nothing."""
ReadRecord = Callable[[Cells], Record]
"""One row to a record; empty where none of its columns is filled. Raises Refused (ROW_MALFORMED)."""

_Cell = tuple[str, int, Convert | None]
"""A field, the place of its cell, and what is made of it."""
_Made = tuple[str, Callable[[Cells], Any]]
"""A field and how it is made of a row."""

_STEP = re.compile(r"^([a-z_]+)(?:\[(\d)\])?$")
_COLUMN = re.compile(r"\{([^{}]*)\}")
_REFS = {"persons": "p", "objects": "o", "locations": "l"}
"""First letter of the references that list items get: `p1` is the first person of its record."""


@dataclass
class _Node:
    """One record of the submission: its own fields, the records in it, and its lists by index."""

    leaves: dict[str, tuple[Reading, str]] = field(default_factory=dict)
    parts: dict[str, "_Node"] = field(default_factory=dict)
    items: dict[str, dict[int, "_Node | tuple[Reading, str]"]] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """What the cells of a row are: the place of each column, and the scheme of its codes."""

    places: Mapping[str, int]
    scheme: str


def compile_fields(kind: str, fields: Mapping[str, Reading], sheet: Sheet) -> ReadRecord:
    """The reader of a whole submission but its identity. The part of its kind is there also where it is empty."""
    root = _Node()
    for path, reading in fields.items():
        slot = find_slot(kind, path)
        if slot is not None:  # what has no slot was refused when the dialect loaded
            _place(root, path.split("."), (reading, slot.type))
    read, detail = _compile(root, sheet), KINDS[kind].detail

    def read_submission(cells: Cells) -> Record:
        submission = read(cells)
        if detail not in submission:
            submission[detail] = {}
        return submission

    return read_submission


def _place(node: _Node, steps: list[str], leaf: tuple[Reading, str]) -> None:
    found = _STEP.match(steps[0])
    if found is None:
        raise ValueError("a path that the dialect's check lets through has only such steps")
    name, index = found[1], found[2]
    if index is None and len(steps) == 1:
        node.leaves[name] = leaf
    elif index is None:
        _place(node.parts.setdefault(name, _Node()), steps[1:], leaf)
    elif len(steps) == 1:
        node.items.setdefault(name, {})[int(index)] = leaf
    else:
        item = node.items.setdefault(name, {}).setdefault(int(index), _Node())
        if isinstance(item, _Node):
            _place(item, steps[1:], leaf)


def _compile(node: _Node, sheet: Sheet, item: Record | None = None) -> ReadRecord:
    """Single cells are read in one loop, without a call for plain text: most fields are that.

    `item`: constants of a list item, which is there only where one of its columns is filled; other constants always are.
    """
    fixed = dict(item or {})
    cells_read: list[_Cell] = []
    made: list[_Made] = []
    required: list[tuple[str, str]] = []
    for name, (reading, slot_type) in node.leaves.items():
        if reading.constant is not None:
            fixed[name] = _constant(reading, slot_type, sheet)
        elif _is_plain(reading):
            [column] = reading.columns
            if column in sheet.places:  # else an optional column that this file does not have
                cells_read.append((name, sheet.places[column], make_convert(reading, slot_type, sheet.scheme)))
            if reading.required:
                required.append((name, column))
        else:
            made.append((name, _maker(reading, slot_type, sheet)))
    made += [(name, _compile(part, sheet)) for name, part in node.parts.items()]
    made += [(name, _list_maker(name, items, sheet)) for name, items in node.items.items()]
    read = _read_cells(cells_read)
    read = _read_made(read, made, required) if made or required else read
    return _with_constants(read, fixed, item is not None) if fixed else read


def _is_plain(reading: Reading) -> bool:
    """Whether a cell that is not empty is always a value."""
    return reading.column is not None and reading.part is None and reading.read != "list" and not reading.empty_words


def _read_cells(cells_read: list[_Cell]) -> ReadRecord:
    plain = [(name, place) for name, place, convert in cells_read if convert is None]
    converted = [(name, place, convert) for name, place, convert in cells_read if convert is not None]

    def read(cells: Cells) -> Record:
        found: Record = {}
        for name, place in plain:
            if cell := cells[place]:
                found[name] = cell
        for name, place, convert in converted:
            if cell := cells[place]:
                found[name] = convert(cell)
        return found

    return read


def _read_made(read_cells: ReadRecord, made: list[_Made], required: list[tuple[str, str]]) -> ReadRecord:
    def read(cells: Cells) -> Record:
        found = read_cells(cells)
        for name, make in made:
            value = make(cells)
            if value or value == 0:  # a longitude of 0 is a value
                found[name] = value
        for name, column in required:
            if name not in found:
                raise malformed(column)
        return found

    return read


def _with_constants(read_columns: ReadRecord, fixed: Record, is_item: bool) -> ReadRecord:
    def read(cells: Cells) -> Record:
        found = read_columns(cells)
        if found or not is_item:
            found.update(fixed)
        return found

    return read


def _constant(reading: Reading, slot_type: str, sheet: Sheet) -> Any:
    value, scheme = reading.constant, reading.scheme or sheet.scheme
    if slot_type == "code":
        return {"value": value, "scheme": scheme}
    if isinstance(value, tuple):
        return [{"value": each, "scheme": scheme} if slot_type == "code[]" else each for each in value]
    return value


def _list_maker(name: str, items: Mapping[int, "_Node | tuple[Reading, str]"], sheet: Sheet) -> Callable[[Cells], Any]:
    """A list in the order of its indexes, without the items that are empty; None where all are."""
    makers: list[Callable[[Cells], Any]] = []
    for index, item in sorted(items.items(), key=lambda pair: pair[0]):
        if isinstance(item, _Node):
            makers.append(_compile(item, sheet, {"ref": f"{_REFS[name]}{index + 1}"} if name in _REFS else {}))
        else:
            makers.append(_maker(item[0], item[1], sheet))
    if len(makers) == 1:
        make = makers[0]

        def read_one(cells: Cells) -> list[Any] | None:
            found = make(cells)
            return [found] if found else None

        return read_one
    return lambda cells: [found for make in makers if (found := make(cells))] or None


def _maker(reading: Reading, slot_type: str, sheet: Sheet) -> Callable[[Cells], Any]:
    """The reader of a field that may be empty though its cell is not, or that is made of several."""
    if reading.constant is not None:
        value = _constant(reading, slot_type, sheet)
        return lambda _cells: value
    text, convert = text_reader(reading, sheet), make_convert(reading, slot_type, sheet.scheme)
    if convert is None and not reading.required:
        return text
    column = "+".join(reading.columns)

    def make(cells: Cells) -> Any:
        found = text(cells)
        value = found if convert is None or not found else convert(found)
        if reading.required and (value is None or value == ""):
            raise malformed(column)
        return value

    return make


def text_reader(reading: Reading, sheet: Sheet) -> Callable[[Cells], str]:
    """The text of a column or a template; empty where there is nothing."""
    places = [sheet.places.get(column) for column in reading.columns]
    empty = frozenset(reading.empty_words)
    if reading.template is None:
        place = places[0]
        if place is None:
            return lambda _cells: ""
        return lambda cells: "" if (cell := cells[place]) in empty else cell
    literals = _COLUMN.split(reading.template)[::2]

    def fill(cells: Cells) -> str:
        texts = ["" if place is None or cells[place] in empty else cells[place] for place in places]
        joined = "".join(piece for pair in zip(literals, [*texts, ""], strict=True) for piece in pair)
        return joined.strip() if any(texts) else ""

    return fill
