"""Load, encode and decode the Avro records under `schemas/avro/`. The `.avsc` files are the one source of truth."""

import io
import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

import fastavro
from fastavro.repository.base import AbstractSchemaRepository

from schemas.codes import Code
from schemas.errors import Refused

NAMESPACE = "uk.pointduty"
VERSION = "0.1"
"""Version of the contract in use. Until 1.0 a version may change; from 1.0 on files never do."""

INT_LEAST, INT_MOST = -(2**31), 2**31 - 1
"""What an Avro int holds. A body can hold more in its place, which fastavro reads and does not write."""

Record = dict[str, Any]
"""A decoded Avro record. Field names and types are those of its `.avsc` file."""


def folder_of(full_name: str) -> str:
    """The folder of a named type: `uk.pointduty.submission.StopSearch` is in `submission.stop-search`."""
    space, name = full_name.removeprefix(NAMESPACE + ".").rsplit(".", 1)
    return f"{space}.{re.sub(r'(?<!^)(?=[A-Z])', '-', name).lower()}"


class _Files(AbstractSchemaRepository):
    """Resolves a named type to its file, so that a part is written once and inlined where it is first used."""

    def load(self, name: str) -> Any:
        path = files("schemas") / "avro" / folder_of(name) / f"{VERSION}.avsc"
        return json.loads(path.read_text(encoding="utf-8"))


@cache
def load_schema(full_name: str) -> Any:
    """The parsed schema with every part inlined, ready for fastavro and for a registry."""
    return fastavro.parse_schema(json.loads(schema_text(full_name)))


@cache
def schema_text(full_name: str) -> str:
    """The self-contained schema as JSON text, as registered."""
    inlined = fastavro.schema.load_schema(full_name, repo=_Files(), _write_hint=False)
    return json.dumps(inlined, separators=(",", ":"))


def encode(full_name: str, value: Record) -> bytes:
    """Avro body of `value`. Raises Refused (NOT_THIS_SCHEMA) where it does not fit; the message names no value."""
    return encode_with(load_schema(full_name), value)


def encode_with(schema: Any, value: Record) -> bytes:
    """As `encode`, with a schema made elsewhere (a feed's)."""
    out = io.BytesIO()
    try:
        fastavro.schemaless_writer(out, schema, value)
    except Exception:  # fastavro raises many kinds, and each of its messages carries the value
        raise Refused(Code.NOT_THIS_SCHEMA) from None
    return out.getvalue()


def decode(full_name: str, body: bytes) -> Record:
    """The record in `body`. Raises Refused (TRUNCATED, TRAILING_BYTES)."""
    return decode_with(load_schema(full_name), body)


def decode_with(schema: Any, body: bytes, reader_schema: Any = None) -> Record:
    """As `decode`, with the writer's schema, and the reader's where it differs."""
    source = io.BytesIO(body)
    try:
        value = fastavro.schemaless_reader(source, schema, reader_schema)
    except Exception:  # fastavro raises EOFError, IndexError, struct.error, UnicodeDecodeError, OverflowError, ...
        raise Refused(Code.TRUNCATED) from None
    if source.tell() != len(body):
        raise Refused(Code.TRAILING_BYTES)
    if not isinstance(value, dict):
        raise Refused(Code.NOT_THIS_SCHEMA)
    return value
