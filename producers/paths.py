"""Field paths into a submission, such as `marking.tier`, `persons[0].surname` or `persons.gender` (of every person). Pure."""

import re
from collections.abc import Iterator

from schemas.records import Record

_PART = re.compile(r"([A-Za-z_]\w*)(?:\[(\d+|\*)\])?")

Steps = tuple[str | int, ...]
"""Names and list positions, the outermost first."""


def parse_path(text: str) -> Steps:
    """The steps of a path; `[*]` says nothing, because a name means every element of its list. Raises ValueError."""
    steps: list[str | int] = []
    for part in text.strip().split("."):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError("expected names with dots between, such as persons[0].surname")
        steps.append(match[1])
        if match[2] not in (None, "*"):
            steps.append(int(match[2]))
    return tuple(steps)


def find_values(value: object, steps: Steps, at: str = "") -> Iterator[tuple[str, object]]:
    """Every value at a path, with its exact path. What is not there gives nothing; a null is a value."""
    if isinstance(value, list) and (not steps or isinstance(steps[0], str)):
        for index, item in enumerate(value):
            yield from find_values(item, steps, f"{at}[{index}]")
    elif not steps:
        yield at, value
    elif isinstance(value, list) and isinstance(steps[0], int):
        if steps[0] < len(value):
            yield from find_values(value[steps[0]], steps[1:], f"{at}[{steps[0]}]")
    elif isinstance(value, dict) and steps[0] in value:
        yield from find_values(value[steps[0]], steps[1:], f"{at}.{steps[0]}".removeprefix("."))


def replace_value(record: Record, path: str, new: object) -> Record:
    """A copy of `record` with `new` at this exact path; records on the way that are null or missing are made.

    Raises ValueError for a list position that is not there: a mended record gets no gaps.
    """
    steps = parse_path(path)
    first = str(steps[0])
    return {**record, first: _replace(record.get(first), steps[1:], new)}


def _replace(value: object, steps: Steps, new: object) -> object:
    if not steps:
        return new
    step, rest = steps[0], steps[1:]
    if isinstance(step, int):
        if not isinstance(value, list) or step >= len(value):
            raise ValueError("there is no such place in the list")
        return [_replace(item, rest, new) if index == step else item for index, item in enumerate(value)]
    if value is None:
        return {step: _replace(None, rest, new)}
    if isinstance(value, dict):
        return {**value, step: _replace(value.get(step), rest, new)}
    raise ValueError("the path leads through a value that has no fields")
