"""How the files of `schemas/reference/` are read: a row a dataclass, each cell by the type of the field of its name."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.resources import files
from typing import Any, TypeVar, get_type_hints

Row = TypeVar("Row")


def _split_numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split())


_PARSERS: dict[Any, Callable[[str], object]] = {
    str: str,
    bool: lambda text: text == "Y",
    tuple[str, ...]: lambda text: tuple(text.split()),
    tuple[int, ...]: _split_numbers,
}
"""How a cell is read, by the type of the field of the same name."""


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of a reference file, by column."""
    with (files("schemas") / "reference" / name).open(encoding="utf-8") as source:
        yield from csv.DictReader(source)


def cells(name: str) -> Iterator[list[str]]:
    """The rows of a reference file without the header: for the long ones, where a dictionary a row would cost."""
    with (files("schemas") / "reference" / name).open(encoding="utf-8") as source:
        found = csv.reader(source)
        next(found)
        yield from found


def load(name: str, row_type: type[Row]) -> Iterator[Row]:
    """One `row_type` a row; a column of the file that is no field of it is left out."""
    yield from parse(rows(name), row_type)


def parse(found: Iterable[Mapping[str, str]], row_type: type[Row]) -> Iterator[Row]:
    """As `load`, from rows that stand elsewhere. Raises KeyError where a column is missing."""
    parsers = {field: _PARSERS[kind] for field, kind in get_type_hints(row_type).items()}
    for row in found:
        yield row_type(**{field: read(row[field]) for field, read in parsers.items()})
