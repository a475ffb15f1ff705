"""The fields of a submission by path, read from its Avro schema: what a dialect may fill, and with what."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from schemas.kinds import KINDS
from schemas.records import load_schema

_CODE = "uk.pointduty.submission.Code"
_INDEX = re.compile(r"\[\d\]")
_POSITION = re.compile(r"\[\d*\]", re.ASCII)

GIVEN = frozenset(("envelope.force", "envelope.source_system", "envelope.source_ref", "envelope.version", "envelope.partial"))
"""Identity, which no map of fields may set: it is given by the layout, the door and the outbox."""


class Slot(NamedTuple):
    """A field that can be filled. `type` is an Avro primitive, `code`, or one of these as a list: `string[]`, `code[]`."""

    path: str
    type: str
    code_list: str | None
    """The code list of a coded field."""
    is_required: bool
    """Its record may not be there without it."""


@cache
def slots(kind: str) -> dict[str, Slot]:
    """Every field of a kind by path, such as `persons[].surname`: an item of any index."""
    schema = load_schema(KINDS[kind].submission)
    return {slot.path: slot for slot in _walk(schema, "", {}) if slot.path not in GIVEN}


def find_slot(kind: str, path: str) -> Slot | None:
    """The field at `path`, with an index of one digit at each list (`persons[0].surname`). None: there is none."""
    slot = slots(kind).get(_INDEX.sub("[]", path))
    return None if slot is None or "[]" in path else slot


def code_list_of(path: str) -> str | None:
    """The code list of a field of any kind, with or without list positions (`persons[3].gender`); None: it is not coded."""
    return coded_fields().get(_POSITION.sub("", path))


@cache
def coded_fields() -> dict[str, str]:
    """Every coded field without list positions (`persons.gender`) to its code list."""
    found = {slot.path.replace("[]", ""): slot.code_list for kind in KINDS for slot in slots(kind).values()}
    # A sub-type travels as plain text, in the national spelling or in one that the dialect maps.
    return {path: code_list for path, code_list in found.items() if code_list} | {"incident.sub_type": "sub_type"}


def list_of_object_type(path: str) -> bool:
    """Whether the field is an object's type: a code that travels as plain text."""
    return _INDEX.sub("[]", path) == "objects[].type"


def _walk(schema: Any, path: str, named: dict[str, Any]) -> Iterator[Slot]:
    """The slots below a record."""
    named[schema["name"]] = schema
    for field in schema["fields"]:
        here = f"{path}.{field['name']}".removeprefix(".")
        is_required = "default" not in field and not here.endswith("[].ref")
        yield from _of_type(field["type"], here, is_required, named)


def _of_type(avro: Any, path: str, is_required: bool, named: dict[str, Any]) -> Iterator[Slot]:
    avro = avro[1] if isinstance(avro, list) else avro
    if isinstance(avro, str):
        avro = named.get(avro, avro)
    if isinstance(avro, str):
        code_list = "object_type" if list_of_object_type(path.replace("[]", "[0]")) else None
        yield Slot(path, avro, code_list, is_required)
    elif avro["type"] == "array":
        yield from _of_list(avro["items"], path, is_required, named)
    elif avro["type"] == "record" and avro["name"] == _CODE:
        named[_CODE] = avro
        yield Slot(path, "code", _code_list(path), is_required)
    elif avro["type"] == "record":
        yield from _walk(avro, path, named)
    else:
        yield Slot(path, "string", None, is_required)


def _of_list(items: Any, path: str, is_required: bool, named: dict[str, Any]) -> Iterator[Slot]:
    for slot in _of_type(items, f"{path}[]", False, named):
        yield slot
        if slot.path == f"{path}[]":  # a list of single values may also be filled whole
            yield Slot(path, f"{slot.type}[]", slot.code_list, is_required)


def _code_list(path: str) -> str:
    """The list of a coded field: its name, but for those that share one."""
    detail, _, name = path.replace("[]", "").rpartition(".")
    return _LISTS.get((detail, name)) or _LISTS.get(("", name), name)


_LISTS = {
    ("", "opening_category"): "incident_category",
    ("", "closing_category"): "incident_category",
    ("", "qualifiers"): "qualifier",
    ("", "grade"): "response_grade",
    ("", "other_offences"): "offence",
    ("", "disposal"): "outcome",
    ("stop_search", "outcome"): "stop_outcome",
}
"""(detail, field) to code list, where it is not the field's name."""
