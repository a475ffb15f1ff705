"""What is wrong with a dialect: the keys, never a value. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from schemas.code_lists import code_lists
from schemas.dialect_fields import Slot, find_slot, slots
from schemas.dialect_files import OUTSIDE, KindRule, Layout, Reading
from schemas.kinds import KINDS

if TYPE_CHECKING:
    from schemas.dialect import Dialect

NATIONAL = "national"
"""In place of a map: the system already sends national codes, which are checked against the national list."""

_SYSTEM = re.compile(r"^[a-z0-9][a-z0-9-]{0,62}$")
_TIERS = frozenset(("OFFICIAL", "OFFICIAL-SENSITIVE"))
_MOMENT = datetime(2001, 2, 3, 16, 5, 6)  # only written and read back
_READS = {"string": ("text", "month"), "double": ("number",), "int": ("integer",), "boolean": ("boolean",), "code": ("text",)}
_CONSTANTS: dict[str, type | tuple[type, ...]] = {
    "string": str, "code": str, "double": (int, float), "int": int, "boolean": bool, "string[]": tuple, "code[]": tuple,
}  # fmt: skip


def wrong_keys(dialect: "Dialect") -> Iterator[str]:
    """Every key whose value can't be used."""
    if not _SYSTEM.match(dialect.source_system):
        yield "source_system"
    if dialect.default_marking is not None and dialect.default_marking.tier not in _TIERS:
        yield "default_marking.tier"
    yield from _wrong_times(dialect)
    yield from _wrong_codes(dialect.codes)
    for name, layout in dialect.files.items():
        kinds = {rule.kind for rule in layout.kinds}
        if not _SYSTEM.match(name):
            yield f"files.{name}"
        if dialect.default_marking is not None and "intelligence" in kinds:
            yield "default_marking"  # intelligence is never marked by default
        for key in _wrong_layout(layout):
            yield f"files.{name}.{key}"


def _wrong_times(dialect: "Dialect") -> Iterator[str]:
    try:
        ZoneInfo(dialect.time_zone)
    except (KeyError, ValueError, OSError):
        yield "time_zone"
    for index, form in enumerate(dialect.time_formats):
        try:
            datetime.strptime(_MOMENT.strftime(form), form.replace("%z", ""))  # a local time has no offset to write
            is_readable = "%" in form
        except (ValueError, re.error):
            is_readable = False
        if not is_readable:
            yield f"time_formats.{index}"


def _wrong_codes(codes: Mapping[str, Mapping[str, str] | str]) -> Iterator[str]:
    for name, mapped in codes.items():
        known = code_lists().get(name)
        if known is None or (isinstance(mapped, str) and mapped != NATIONAL):
            yield f"codes.{name}"
        elif isinstance(mapped, Mapping):
            yield from (f"codes.{name}.{local}" for local, national in mapped.items() if national not in known)


def _wrong_layout(layout: Layout) -> Iterator[str]:
    try:
        pattern = re.compile(layout.file_name)
        if set(pattern.groupindex) - {"force"}:
            yield "file_name"
    except re.error:
        yield "file_name"
    if layout.is_table == (not layout.columns) or (layout.optional_columns and not layout.is_table):
        yield "columns"
    if layout.is_table and layout.records:
        yield "records"
    listed = [*layout.columns, *layout.optional_columns]
    if len(set(listed)) < len(listed):
        yield "optional_columns"
    if layout.source_ref is None and layout.row_ref is None:
        yield "source_ref"
    yield from _unknown_columns("force_name", [layout.force_name or ""] if layout.force_name is not None else [], layout)
    if layout.source_ref is not None:
        yield from _wrong_reading("source_ref", layout.source_ref, Slot("", "string", None, True), layout)
    for index, rule in enumerate(layout.kinds):
        yield from _wrong_rule(f"kinds.{index}", rule, layout)


def _wrong_rule(key: str, rule: KindRule, layout: Layout) -> Iterator[str]:
    if rule.kind not in KINDS:
        yield f"{key}.kind"
        return
    if layout.is_table and not set(rule.when) <= set(layout.columns):
        yield f"{key}.when"
    mapped = layout.fields_of(rule)
    for path, reading in mapped.items():
        where = f"{key}.fields.{path}" if path in rule.fields else f"fields.{path}"
        slot = find_slot(rule.kind, path)
        if slot is None:
            yield where
        else:
            yield from _wrong_reading(where, reading, slot, layout)
    yield from (f"{key}.fields.{path}" for path in _needed(rule.kind, mapped) if path not in mapped)


def _needed(kind: str, mapped: Iterable[str]) -> set[str]:
    """What a record or a list item can't be without, where any other part of it is filled (`objects[0].type`)."""
    owners = {path.rpartition(".")[0] for path in mapped}
    required = {slot.path for slot in slots(kind).values() if slot.is_required}
    return {
        f"{owner}.{path.rpartition('.')[2]}"
        for owner in owners
        for path in required
        if path.rpartition(".")[0] == re.sub(r"\[\d\]", "[]", owner)
    }


def _wrong_reading(key: str, reading: Reading, slot: Slot, layout: Layout) -> Iterator[str]:
    given = [each for each in (reading.column, reading.template, reading.constant) if each is not None]
    if len(given) != 1 or (reading.template is not None and not reading.columns):
        yield key
    elif reading.constant is not None:
        is_boolean = isinstance(reading.constant, bool)
        if not isinstance(reading.constant, _CONSTANTS[slot.type]) or is_boolean != (slot.type == "boolean"):
            yield f"{key}.constant"
    elif slot.type.endswith("[]"):
        if reading.read != "list" or reading.split is None:
            yield f"{key}.read"
    elif reading.read not in _READS[slot.type]:
        yield f"{key}.read"
    yield from (f"{key}.{name}" for name in _out_of_place(reading, slot))
    yield from _unknown_columns(key, reading.columns, layout)


def _out_of_place(reading: Reading, slot: Slot) -> Iterator[str]:
    """What is said and would not be used, or is needed and not said."""
    if reading.part is not None and (reading.split is None or reading.read == "list"):
        yield "part"
    if reading.split is not None and reading.part is None and reading.read != "list":
        yield "split"
    if reading.words is not None and reading.read != "text":
        yield "words"
    if reading.scheme is not None and not slot.type.startswith("code"):
        yield "scheme"


def _unknown_columns(key: str, columns: Iterable[str], layout: Layout) -> Iterator[str]:
    known = {*layout.columns, *layout.optional_columns}
    for column in columns:
        if not column.removeprefix(OUTSIDE) or (layout.is_table and column not in known):
            yield key
