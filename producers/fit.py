"""Does a value fit its Avro schema, and if not: where? Pure.

fastavro writes some values that do not fit (a truthy string as a boolean, a field nobody knows) and names the value in
its errors. So the door walks the schema itself and answers with a path, never with a value.
"""

import math
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from schemas.records import load_schema

Find = Callable[[Any], str | None]
"""None where the value fits; else the path below it (`.name` or `[0]` parts; empty: the value itself)."""

_SAFE_NAME = re.compile(r"[a-z][a-z_]{0,39}", re.ASCII)
"""The form of the schema's own names. A surname with its capital, a registration mark or a number is no such name."""


def find_misfit(full_name: str, value: object) -> str | None:
    """Path of the first part of `value` that does not fit the record `full_name`, such as `persons[0].date_of_birth`.

    None: it fits. A field that the schema does not know is a misfit, and so is a missing one without a default.
    """
    path = _compiled(full_name)(value)
    return None if path is None else path.removeprefix(".")


@cache
def _compiled(full_name: str) -> Find:
    return _compile(load_schema(full_name), {})


def _compile(schema: Any, named: dict[str, Find]) -> Find:
    if isinstance(schema, list):
        return _optional(schema, named)
    if isinstance(schema, str):
        return named[schema] if schema in named else _PRIMITIVES[schema]
    if schema["type"] == "record":
        return _record(schema, named)
    if schema["type"] == "array":
        return _array(_compile(schema["items"], named))
    return _PRIMITIVES[schema["type"]]


def _record(schema: Any, named: dict[str, Find]) -> Find:
    fields = {field["name"]: _compile(field["type"], named) for field in schema["fields"]}
    required = {field["name"] for field in schema["fields"] if "default" not in field}

    def find(value: Any) -> str | None:
        if type(value) is not dict:
            return ""
        for name, part in value.items():
            check = fields.get(name)
            if check is None:
                return f".{_printable(name)}"
            path = check(part)
            if path is not None:
                return f".{name}{path}"
        if not required <= value.keys():
            return f".{min(required - value.keys())}"
        return None

    named[schema["name"]] = find
    return find


def _array(check: Find) -> Find:
    def find(value: Any) -> str | None:
        if type(value) is not list:
            return ""
        for index, item in enumerate(value):
            path = check(item)
            if path is not None:
                return f"[{index}]{path}"
        return None

    return find


def _optional(branches: list[Any], named: dict[str, Find]) -> Find:
    first, second = branches
    if first != "null":
        raise ValueError("submission schemas hold only unions of null and one type")
    check = _compile(second, named)
    return lambda value: None if value is None else check(value)


def _printable(name: object) -> str:
    """An unknown field's name comes from the payload, so only what looks like a field name is repeated."""
    return name if isinstance(name, str) and _SAFE_NAME.fullmatch(name) else "?"


def _find_string(value: Any) -> str | None:
    if type(value) is not str:
        return ""
    if value.isascii():
        return None
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair can't be written as UTF-8
        return ""
    return None


def _find_double(value: Any) -> str | None:
    """No infinity and no NaN either: Avro could carry them, no coordinate is one, and NaN differs from itself."""
    try:
        return None if type(value) in (float, int) and math.isfinite(value) else ""
    except OverflowError:
        return ""


_PRIMITIVES: dict[str, Find] = {
    "string": _find_string,
    "boolean": lambda value: None if type(value) is bool else "",
    "int": lambda value: None if type(value) is int and -(2**31) <= value < 2**31 else "",
    "double": _find_double,
}
