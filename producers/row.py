"""What an adapter hands over: one row read, or why it can't be. Values only: a bad row raises nothing."""

from typing import NamedTuple

from schemas.codes import Code
from schemas.errors import Refused
from schemas.records import Record


class Refusal(NamedTuple):
    """Why something was refused at the force's door. `field` is a path or a column's name, never a value."""

    code: Code
    field: str = ""

    @classmethod
    def of(cls, refused: Refused) -> "Refusal":
        """The same refusal as a value."""
        return cls(refused.code, refused.field)


class Row(NamedTuple):
    """One row of a file: `submission` or `refusal`, never both. `line` counts from 1; 0: the whole file."""

    line: int
    kind: str
    submission: Record | None
    refusal: Refusal | None = None


def refuse(line: int, code: Code, field: str = "") -> Row:
    """A row that can't be read."""
    return Row(line, "", None, Refusal(code, field))
