"""Paths of fields in field lists and prohibitions: `crime.offence`, `persons[VICTIM].surname`, `locations[*].postcode`.

A selector in brackets chooses items of a list: persons by role, locations by role, objects by type code; `*` is all. In lower
case it is a group of persons or places that the rule has named.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from schemas.kinds import KINDS
from schemas.records import Record, load_schema
from stream_processors.conditions import Truth
from stream_processors.group_bits import Members
from stream_processors.national import LOCATION_ROLES, OBJECT_TYPES, PERSON_ROLES

_PATH = re.compile(r"(persons|locations|objects)\[([A-Za-z0-9_*,-]+)\]\.([a-z_]+)|([a-z_]+(?:\.[a-z_]+)+|markers)")

_ITEMS = {"persons": "Person", "locations": "Location", "objects": "Object"}

CHOICES: dict[str, frozenset[str]] = {"persons": PERSON_ROLES, "locations": LOCATION_ROLES, "objects": OBJECT_TYPES}
"""What items of a list can be chosen by: a selector that is not here would choose nothing, and say nothing."""


@dataclass(frozen=True)
class FieldPath:
    """A path. `list_name` is empty for a field that is not in a list; `chosen` and `groups` None is every item."""

    list_name: str
    chosen: frozenset[str] | None
    names: tuple[str, ...]
    groups: frozenset[str] = frozenset()
    rule: str = ""
    """The rule whose groups these are."""

    def selects(self, item: Record, position: int, members: Members) -> bool:
        """Whether this path speaks of the item: what is not known to be of a group is not chosen by it."""
        if self.chosen is None:
            return True
        if not self.chosen.isdisjoint(selectors(self.list_name, item)):
            return True
        return any(self._is_of(group, position, members) is True for group in self.groups)

    def may_select(self, item: Record, position: int, members: Members) -> bool:
        """As `selects`, in a prohibition's reading: an item of which it is not known what it is may be the one."""
        if self.selects(item, position, members):
            return True
        if any(self._is_of(group, position, members) is not False for group in self.groups):
            return True
        if not self.chosen:  # groups alone: they have been asked, unknown and all
            return False
        found = selectors(self.list_name, item)
        is_known = bool(found) and CHOICES[self.list_name].issuperset(found)
        named = self.list_name == "persons" and not self.chosen.isdisjoint(item["subject_categories"])
        return named or not is_known

    def _is_of(self, group: str, position: int, members: Members) -> Truth:
        return members[self.rule, self.list_name, group][position]


def selectors(list_name: str, item: Record) -> list[str]:
    """What an item of a list can be chosen by."""
    if list_name == "persons":
        return list(item["roles"])
    return [item["role"]] if list_name == "locations" else [item["type"]["code"]]


def parse_path(text: str, rule: str = "", people: Collection[str] = (), places: Collection[str] = ()) -> FieldPath:
    """A path of the rule that has these groups. Raises ValueError where the text is no path."""
    match = _PATH.fullmatch(text)
    if match is None:
        raise ValueError("expected a path such as crime.offence or persons[VICTIM].surname")
    list_name, chosen, item_field, plain = match.groups()
    if plain:
        return FieldPath("", None, tuple(plain.split(".")))
    if chosen == "*":
        return FieldPath(list_name, None, (item_field,))
    known = {"persons": people, "locations": places, "objects": ()}[list_name]
    named = frozenset(chosen.split(","))
    groups = named.intersection(known)
    if not CHOICES[list_name].issuperset(named - groups):
        raise ValueError(f"expected selectors of {list_name}: {', '.join([*sorted(CHOICES[list_name]), *sorted(known)])}")
    return FieldPath(list_name, named - groups, (item_field,), groups, rule)


def standard_type(path: FieldPath) -> str:
    """The type of the field: string, int, long, double, boolean, time, strings or code. Raises ValueError for no field."""
    if path.list_name:
        return _type_of(_field(load_schema(f"uk.pointduty.standard.{_ITEMS[path.list_name]}"), path.names[0]))
    detail_owner = {kind.detail: kind.standard for kind in KINDS.values()}.get(path.names[0], "uk.pointduty.standard.Crime")
    schema: Any = load_schema(detail_owner)
    for name in path.names[:-1]:
        schema = _bare(_field(schema, name))
        if not isinstance(schema, dict) or schema.get("type") != "record":
            raise ValueError("expected a path to a single field")
    return _type_of(_field(schema, path.names[-1]))


def _field(schema: Any, name: str) -> Any:
    for field in schema["fields"]:
        if field["name"] == name:
            return field["type"]
    raise ValueError("there is no such field in the standard record")


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
        items = _bare(bare["items"])
        if items == "string" or (isinstance(items, dict) and items["type"] == "enum"):
            return "strings"
    if bare["type"] == "record" and bare["name"] == "uk.pointduty.standard.Code":
        return "code"
    if isinstance(bare["type"], str) and bare["type"] in ("string", "int", "long", "double", "boolean"):
        return str(bare["type"])
    raise ValueError("expected a path to a single field, not to a record or a list of records")
