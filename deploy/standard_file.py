"""Standard records from a file: JSON lines with the fields of `schemas/avro/standard.*`; times ISO 8601 or milliseconds."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from schemas.codes import Code
from schemas.errors import Refused
from schemas.kinds import KINDS
from schemas.records import Record, decode, encode, load_schema


def read_standard_file(path: Path) -> Iterator[tuple[Record, int]]:
    """Each record and when it was standardised (UTC milliseconds). Raises Refused that names the line, and no value."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield _read(line, f"{path.name} line {number}")


def write_standard_line(record: Record) -> bytes:
    """The line that `read_standard_file` reads again as this record."""
    return orjson.dumps(record) + b"\n"


def _read(line: bytes, where: str) -> tuple[Record, int]:
    try:
        said = orjson.loads(line)
        kind = KINDS[said["envelope"]["kind"]]
        record = decode(kind.standard, encode(kind.standard, _timed(load_schema(kind.standard), said)))
        return record, round(record["envelope"]["standardised_at"].timestamp() * 1000)
    except (Refused, ValueError, TypeError, KeyError, AttributeError, OverflowError):
        raise Refused(Code.NOT_THIS_SCHEMA, where) from None


def _timed(schema: Any, value: Any) -> Any:
    """The value with its times as times; everything else as it stands."""
    if isinstance(schema, list):
        return None if value is None else _timed(next(branch for branch in schema if branch != "null"), value)
    if isinstance(schema, str):
        return _timed(load_schema(schema), value) if "." in schema else value
    if schema.get("logicalType") == "timestamp-millis":
        return _time(value)
    if schema["type"] == "array":
        return [_timed(schema["items"], item) for item in value]
    if schema["type"] == "record":
        fields = {field["name"]: field["type"] for field in schema["fields"]}
        return {name: _timed(fields[name], part) for name, part in value.items()}
    return value


def _time(value: Any) -> datetime:
    if isinstance(value, int):
        return datetime.fromtimestamp(value / 1000, UTC)
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment
