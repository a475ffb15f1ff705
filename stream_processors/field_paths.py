"""Paths of fields in field lists and prohibitions: `crime.offence`, `persons[VICTIM].surname`, `locations[*].postcode`.

A selector in brackets chooses items of a list: persons by role, locations by role, objects by type code; `*` is all. In lower
case it is a group of persons or places that the rule has named. A statement is chosen by what it is about.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from schemas.records import Record
from stream_processors.conditions import Truth
from stream_processors.group_bits import Members
from stream_processors.national import LOCATION_ROLES, OBJECT_TYPES, PERSON_ROLES

_PATH = re.compile(
    r"(persons|locations|objects|statements)\[([A-Za-z0-9_*,-]+)\]\.([a-z_]+)|([a-z_]+(?:\.[a-z_]+)+|markers)", re.ASCII
)

CHOICES: dict[str, frozenset[str]] = {
    "persons": PERSON_ROLES,
    "locations": LOCATION_ROLES,
    "objects": OBJECT_TYPES,
    "statements": PERSON_ROLES | LOCATION_ROLES | OBJECT_TYPES,
}
"""What items of a list can be chosen by: a selector that is not here would choose nothing, and say nothing."""


class Thing(NamedTuple):
    """A person, place or object of a record."""

    list_name: str
    position: int
    item: Record


@dataclass(frozen=True)
class FieldPath:
    """A path. `list_name` is empty for a field that is not in a list; `chosen` and `groups` None is every item."""

    list_name: str
    chosen: frozenset[str] | None
    names: tuple[str, ...]
    groups: frozenset[str] = frozenset()
    rule: str = ""
    """The rule whose groups these are."""

    @property
    def plain(self) -> str:
        """The path without its selector."""
        return ".".join((self.list_name, *self.names) if self.list_name else self.names)

    def selects(self, item: Record, position: int, members: Members) -> bool:
        """Whether this path speaks of the item: what is not known to be of a group is not chosen by it."""
        return self.speaks_of(Thing(self.list_name, position, item), members)

    def may_select(self, item: Record, position: int, members: Members) -> bool:
        """As `selects`, in a prohibition's reading: an item of which it is not known what it is may be the one."""
        return self.may_speak_of(Thing(self.list_name, position, item), members)

    def speaks_of(self, thing: Thing, members: Members) -> bool:
        """As `selects`; of a statement's path, whether it speaks of statements about the thing."""
        if self.chosen is None or not self.chosen.isdisjoint(selectors(thing.list_name, thing.item)):
            return True
        return any(self._is_of(group, thing, members) is True for group in self.groups)

    def may_speak_of(self, thing: Thing, members: Members) -> bool:
        """As `may_select`; of a statement's path, whether it may speak of statements about the thing."""
        if self.speaks_of(thing, members):
            return True
        if any(self._is_of(group, thing, members) is not False for group in self.groups):
            return True
        if not self.chosen:  # groups alone: they have been asked, unknown and all
            return False
        found = selectors(thing.list_name, thing.item)
        is_known = bool(found) and CHOICES[thing.list_name].issuperset(found)
        named = thing.list_name == "persons" and not self.chosen.isdisjoint(thing.item["subject_categories"])
        return named or not is_known

    def _is_of(self, group: str, thing: Thing, members: Members) -> Truth:
        if self.list_name != "statements":
            return members[self.rule, thing.list_name, group][thing.position]
        found = members.get((self.rule, thing.list_name, group))  # a group of persons has no places in it
        return False if found is None else found[thing.position]


def selectors(list_name: str, item: Record) -> list[str]:
    """What an item of a list can be chosen by."""
    if list_name == "persons":
        return list(item["roles"])
    return [item["role"]] if list_name == "locations" else [item["type"]["code"]]


def groups_named(text: str) -> Iterator[tuple[str, str]]:
    """(list, group) of each selector of a path that is in lower case: it can only be a group."""
    match = _PATH.fullmatch(text)
    for name in match[2].split(",") if match and match[2] else ():
        if name and name != "*" and name == name.lower():
            yield match[1], name  # type: ignore[index]  # there is a match where it has a selector


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
    known = {"persons": people, "locations": places, "objects": (), "statements": (*people, *places)}[list_name]
    named = frozenset(chosen.split(","))
    groups = named.intersection(known)
    if not CHOICES[list_name].issuperset(named - groups):
        raise ValueError(f"expected selectors of {list_name}: {', '.join([*sorted(CHOICES[list_name]), *sorted(known)])}")
    return FieldPath(list_name, named - groups, (item_field,), groups, rule)
