"""What a command shows: tables on a terminal, JSON for programs, errors as one block, exit codes."""

import sys
from collections.abc import Iterable, Sequence
from enum import IntEnum

import orjson

from schemas.codes import describe
from schemas.errors import Misconfigured, NotReady, PointDutyError
from schemas.text import printable


class ExitCode(IntEnum):
    """The exit codes of every command."""

    OK = 0
    FAILED = 1
    """It ran, and something is not as it should be."""
    USAGE = 2
    """Wrong options."""
    MISCONFIGURED = 3
    """A person must change something: a setting, a credential, a permission."""
    NOT_READY = 4
    """Something outside is away: try again."""


_PLAIN_WIDTH = 200
"""Columns of a table that goes to a file or a pipe: wide enough that nothing is cut."""


def exit_code_of(error: PointDutyError) -> ExitCode:
    """The exit code for an error."""
    if isinstance(error, Misconfigured):
        return ExitCode.MISCONFIGURED
    return ExitCode.NOT_READY if isinstance(error, NotReady) else ExitCode.FAILED


def is_wanted(question: str) -> bool:
    """Whether a person says yes. Asked on standard error: standard output is what a program reads. No answer is a no."""
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def print_json(value: object) -> None:
    """One JSON value, on one line of standard output."""
    sys.stdout.write(orjson.dumps(value, default=str).decode() + "\n")


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on standard output. Columns of numbers stand to the right."""
    from rich.console import Console  # noqa: PLC0415  # rich takes longer to import than `--help` may take
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    cells = [list(row) for row in rows]
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        numeric = bool(cells) and all(isinstance(row[number], int | float) for row in cells)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in cells:
        table.add_row(*(Text(_show(cell)) for cell in row))
    Console(width=None if sys.stdout.isatty() else _PLAIN_WIDTH).print(table)


def note(text: str) -> None:
    """A line for a person, on standard error, so that standard output stays what a program reads."""
    sys.stderr.write(printable(text) + "\n")


def print_error(error: PointDutyError) -> None:
    """The error as one block on standard error: what, where, what was expected, what to do."""
    meaning = describe(error.code)
    where = f" at {error.field}" if error.field else ""
    detail = f" ({error.detail})" if error.detail else ""
    note(f"error {error.code}{where}: {meaning.title}{detail}")
    note(f"  expected    {meaning.expected}")
    note(f"  what to do  {meaning.mend}")


def _show(cell: object) -> str:
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else printable(str(cell))
