"""Fields of the standard records that a field list or a prohibition can name, and their types. Pure."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from schemas.kinds import KINDS
from schemas.records import load_schema
from stream_processors.field_paths import FieldPath

_ITEMS = {"persons": "Person", "locations": "Location", "objects": "Object", "statements": "Statement"}

POINT = "point"
"""A field of locations that no record has: what its coordinates, in whatever form, say together."""

_NEVER = frozenset(
    (
        "envelope.record_id",
        "envelope.event_id",
        "envelope.version",
        "envelope.action",
        "envelope.action_reason",
        "envelope.partial",
        "persons.ref",
        "locations.ref",
        "objects.ref",
        "statements.about_ref",
    )
)
"""What would tell how often, or for whom else, the originator has written: a delivery has its own ids and counts."""

_NEVER_PARTS = ("originator_control", "sources", "quality", "marking", "links")
"""Parts of the record that no field list may name: the envelope has marking and quality as far as they may leave."""


def standard_type(path: FieldPath) -> str:
    """The type of the field: string, int, long, double, boolean, time, strings, code, codes or point. Raises ValueError where
    there is no such field, or where it never leaves."""
    if path.plain in _NEVER or (not path.list_name and path.names[0] in _NEVER_PARTS):
        raise ValueError("expected a field that may leave: this one is the hub's, or says who else has the record")
    if path.list_name:
        if path.plain == f"locations.{POINT}":
            return POINT
        return _type_of(_field(load_schema(f"uk.pointduty.standard.{_ITEMS[path.list_name]}"), path.names[0]))
    schema: Any = load_schema(_owner(path.names[0]))
    for name in path.names[:-1]:
        schema = _bare(_field(schema, name))
        if not isinstance(schema, dict) or schema.get("type") != "record":
            raise ValueError("expected a path to a single field")
    return _type_of(_field(schema, path.names[-1]))


def kind_of(path: FieldPath) -> str | None:
    """The one kind of record that has the field; None where all have it."""
    return next((kind.name for kind in KINDS.values() if kind.detail == path.names[0] and not path.list_name), None)


@cache
def known_fields() -> tuple[str, ...]:
    """Every path that a field list may name, lists with the selector `*`."""
    items = [
        (FieldPath(name, None, (field["name"],)), f"{name}[*].{field['name']}")
        for name, record in _ITEMS.items()
        for field in load_schema(f"uk.pointduty.standard.{record}")["fields"]
    ]
    plain = [(FieldPath("", None, names), ".".join(names)) for kind in KINDS.values() for names in _walk(kind.standard)]
    listed = [text for path, text in (*items, *plain) if _has_type(path)]
    return tuple(dict.fromkeys((*listed, f"locations[*].{POINT}")))


def _has_type(path: FieldPath) -> bool:
    try:
        standard_type(path)
    except ValueError:
        return False
    return True


def _walk(full_name: str) -> Iterator[tuple[str, ...]]:
    for field in load_schema(full_name)["fields"]:
        inner = _bare(field["type"])
        if isinstance(inner, dict) and inner.get("type") == "record":
            yield from ((field["name"], part["name"]) for part in inner["fields"])
        else:
            yield (field["name"],)


def _owner(name: str) -> str:
    return {kind.detail: kind.standard for kind in KINDS.values()}.get(name, "uk.pointduty.standard.Crime")


def _field(schema: Any, name: str) -> Any:
    for field in schema["fields"]:
        if field["name"] == name:
            return field["type"]
    raise ValueError("expected a field of the standard record: there is none of this name")


def _bare(avro: Any) -> Any:
    """The type without null; a named type that was inlined earlier is looked up."""
    if isinstance(avro, list):
        avro = next(branch for branch in avro if branch != "null")
    if isinstance(avro, str) and "." in avro:
        return load_schema(avro)
    return avro


def _type_of(avro: Any) -> str:
    bare = _bare(avro)
    if isinstance(bare, str):
        return bare
    if bare.get("logicalType") == "timestamp-millis":
        return "time"
    if bare["type"] == "enum":
        return "string"
    if bare["type"] == "array":
        return _type_of_list(_bare(bare["items"]))
    if _is_code(bare):
        return "code"
    if isinstance(bare["type"], str) and bare["type"] in ("string", "int", "long", "double", "boolean"):
        return str(bare["type"])
    raise ValueError("expected a path to a single field, not to a record or a list of records")


def _type_of_list(items: Any) -> str:
    if items == "string" or (isinstance(items, dict) and items["type"] == "enum"):
        return "strings"
    if _is_code(items):
        return "codes"
    raise ValueError("expected a path to a single field, not to a list of records")


def _is_code(bare: Any) -> bool:
    return isinstance(bare, dict) and bare["type"] == "record" and bare["name"] == "uk.pointduty.standard.Code"
