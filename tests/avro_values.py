"""Values for Avro records, made from their schemas: random ones for properties, one full one as an example."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from schemas.records import schema_text

AVRO = Path(__file__).parents[1] / "schemas" / "avro"

TEXT = st.text(max_size=6)

MOMENTS = st.integers(0, 4_000_000_000_000).map(lambda ms: datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=ms))
"""Times as Avro carries them: whole milliseconds, UTC."""


def files() -> list[Path]:
    """Every schema file."""
    return sorted(AVRO.glob("*/*.avsc"))


def record_names() -> list[str]:
    """Full names of all records; enumerations are parts of them."""
    read = [json.loads(path.read_text(encoding="utf-8")) for path in files()]
    return [f"{schema['namespace']}.{schema['name']}" for schema in read if schema["type"] == "record"]


def messages() -> list[str]:
    """Full names of the records that travel as messages."""
    parts = {"Reason", "ReasonCount", "Header", "Disclosure", "Holding", "DimensionSum", "DelaySum", "QualityReportKind", "Cut"}
    parts |= {"Approval", "AcknowledgedRange", "TrimMark", "Withdrawal"}
    feeds = ("Recall", "Receipt", "DayManifest")
    kinds = ("Crime", "Incident", "StopSearch", "Custody", "Intelligence")
    return [
        name
        for name in record_names()
        if name.rsplit(".", 1)[1] in (*kinds, *feeds) or (".hub." in name and name.rsplit(".", 1)[1] not in parts)
    ]


def values(full_name: str, text: st.SearchStrategy[str] = TEXT) -> st.SearchStrategy[Any]:
    """Random values of a record."""
    return _strategy(json.loads(schema_text(full_name)), {}, text)


def _strategy(schema: Any, named: dict[str, Any], text: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:  # noqa: PLR0911  # a case for each type
    if isinstance(schema, list):
        return st.one_of(*(_strategy(branch, named, text) for branch in schema))
    if isinstance(schema, str):
        return named[schema] if schema in named else _plain(schema, text)
    if schema.get("logicalType") == "timestamp-millis":
        return MOMENTS
    kind = schema["type"]
    if kind == "array":
        return st.lists(_strategy(schema["items"], named, text), max_size=2)
    if kind == "map":
        return st.dictionaries(text, _strategy(schema["values"], named, text), max_size=2)
    if kind == "enum":
        named[schema["name"]] = st.sampled_from(schema["symbols"])
        return named[schema["name"]]
    if kind == "record":
        fields = {field["name"]: _strategy(field["type"], named, text) for field in schema["fields"]}
        named[schema["name"]] = st.fixed_dictionaries(fields)
        return named[schema["name"]]
    return _strategy(kind, named, text)


def _plain(kind: str, text: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return {
        "null": st.none(),
        "string": text,
        "bytes": st.binary(max_size=8),
        "boolean": st.booleans(),
        "int": st.integers(-(2**31), 2**31 - 1),
        "long": st.integers(-(2**63), 2**63 - 1),
        "double": st.floats(allow_nan=False),
    }[kind]


def fill(full_name: str, text: Callable[[str], str] = str) -> dict[str, Any]:
    """A value with everything in it: each list has one item, each string is `text` of its own path."""
    return _fill(json.loads(schema_text(full_name)), "", {}, text)  # type: ignore[no-any-return]


def _fill(schema: Any, path: str, named: dict[str, Any], text: Callable[[str], str]) -> Any:  # noqa: PLR0911  # as above
    if isinstance(schema, list):
        return _fill(next(branch for branch in schema if branch != "null"), path, named, text)
    if isinstance(schema, str) and schema in named:
        return _fill(named[schema], path, named, text)
    if isinstance(schema, str):
        plain: dict[str, Any] = {"string": text(path), "bytes": path.encode(), "boolean": True, "double": 54.978252}
        return plain.get(schema, 1 + len(path))
    if schema.get("logicalType") == "timestamp-millis":
        return datetime(2026, 1, 15, 12, 0, len(path), 125_000, UTC)
    if "name" in schema:
        named[schema["name"]] = schema
    if schema["type"] == "array":
        return [_fill(schema["items"], f"{path}[0]", named, text)]
    if schema["type"] == "map":
        return {"key": _fill(schema["values"], f"{path}.key", named, text)}
    if schema["type"] == "enum":
        return schema["symbols"][0]
    head = f"{path}." if path else ""
    return {field["name"]: _fill(field["type"], head + field["name"], named, text) for field in schema["fields"]}


def strings(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every string of a value with its path, list positions as `[n]`."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from strings(part, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from strings(part, f"{path}[{index}]")
