"""What leaves of the items of a record's lists: persons, objects, locations, and statements about them. Pure.

Per field the strictest rule that speaks of the item counts, and a prohibition over all of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.records import Record
from stream_processors.ages import Days
from stream_processors.field_paths import FieldPath, Thing
from stream_processors.group_bits import Members
from stream_processors.obligations import STRICTNESS, Treatment

Pseudonym = Callable[[str, str], str]
"""From field name and value to a pseudonym, under the key of one bound agreement."""

ITEM_LISTS = ("persons", "objects", "locations")
"""Lists of things."""

STATEMENTS = "statements"
"""The list of what is said about things."""

_DROP = STRICTNESS.index("drop")


@dataclass(frozen=True)
class Rule:
    """One line of a field list."""

    path: FieldPath
    treatment: Treatment | None
    condition: str = ""
    """The line itself where it has a `when`; empty: it holds for every record."""


@dataclass(frozen=True)
class ListRules:
    """The rules of one list under certain prohibitions."""

    name: str
    rules: tuple[Rule, ...]
    lost: tuple[FieldPath, ...]
    """What prohibitions take away of its items."""


@dataclass(frozen=True)
class Setting:
    """What treatments may ask for beside the value."""

    members: Members
    pseudonym: Pseudonym
    days: Days | None


Chosen = Mapping[str, Treatment | None]
"""Field to what is done to it."""


def project_items(listed: ListRules, record: Record, setting: Setting) -> list[Record]:
    """Per item of the list what leaves of it; empty where nothing does."""
    return [
        project_item(item, choose(listed, Thing(listed.name, at, item), setting.members), setting)
        for at, item in enumerate(record[listed.name])
    ]


def project_item(item: Record, chosen: Chosen, setting: Setting) -> Record:
    """One item as it leaves. What has nothing coarser isn't there at all: an item of nulls would be a placeholder."""
    left: Record = {}
    for name, treatment in chosen.items():
        if treatment is None:
            continue
        if treatment.whole is not None:
            value = treatment.whole(item, setting.days)
        elif item[name] in (None, []):
            continue
        else:
            value = treated(treatment, name, item[name], setting.pseudonym)
        if value is not None:
            left[treatment.name] = value
    return left


def treated(treatment: Treatment, name: str, value: Any, pseudonym: Pseudonym) -> Any:
    """A value as it leaves."""
    return pseudonym(name, value) if treatment.leaf is None else treatment.leaf(value)


def choose(listed: ListRules, thing: Thing, members: Members) -> Chosen:
    """Per field the strictest of the rules that speak of the thing; prohibitions over all."""
    gone = {path.names[0] for path in listed.lost if path.may_speak_of(thing, members)}
    return strictest([rule for rule in listed.rules if rule.path.speaks_of(thing, members)], gone)


def strictest(rules: list[Rule], gone: set[str]) -> Chosen:
    """Per field the strictest of the rules; nothing of fields that are gone, or made of them."""
    chosen: dict[str, Treatment | None] = {}
    for rule in rules:
        name, treatment = rule.path.names[0], rule.treatment
        if name in gone or (treatment is not None and not treatment.sources.isdisjoint(gone)):
            continue
        if name not in chosen or _strictness(treatment) > _strictness(chosen[name]):
            chosen[name] = treatment
    return chosen


def _strictness(treatment: Treatment | None) -> tuple[int, int]:
    return (_DROP, 0) if treatment is None else (treatment.strictness, treatment.coarseness)


# -- statements -------------------------------------------------------------------------------------------------------


def project_statements(
    listed: ListRules, lost: tuple[FieldPath, ...], left: Mapping[str, list[Record]], record: Record, setting: Setting
) -> list[Record]:
    """What leaves of the statements. One about somebody or something leaves only where that leaves as well (`left`: per list
    what leaves of each item), every rule speaks of it, and no prohibition (`lost`: of things) may take anything of it away; one
    about nothing that is named may be about anybody."""
    things = [Thing(name, at, item) for name in ITEM_LISTS for at, item in enumerate(record[name])]
    touched = [_is_touched(thing, lost, setting.members) for thing in things]
    found = []
    for statement in record[STATEMENTS]:
        about = _about(statement, things)
        if about is None or (not about and any(touched)):
            continue
        if any(touched[at] or not _leaves(things[at], left) for at in about):
            continue
        chosen = _choose(listed, [things[at] for at in about], setting.members)
        found.append(project_item(statement, chosen, setting))
    return found


def _about(statement: Record, things: list[Thing]) -> list[int] | None:
    """What it is about, by place among `things`: nothing named is an empty list, something that is not there None."""
    ref = statement["about_ref"]
    if ref is None:
        return []
    return [at for at, thing in enumerate(things) if thing.item["ref"] == ref] or None


def _leaves(thing: Thing, left: Mapping[str, list[Record]]) -> bool:
    items = left[thing.list_name]
    return bool(items) and bool(items[thing.position])


def _is_touched(thing: Thing, lost: tuple[FieldPath, ...], members: Members) -> bool:
    return any(path.list_name == thing.list_name and path.may_speak_of(thing, members) for path in lost)


def _choose(listed: ListRules, about: list[Thing], members: Members) -> Chosen:
    if not about:
        gone = {path.names[0] for path in listed.lost}
        return strictest([rule for rule in listed.rules if rule.path.chosen is None], gone)
    gone = {path.names[0] for path in listed.lost if any(path.may_speak_of(thing, members) for thing in about)}
    return strictest([rule for rule in listed.rules if all(rule.path.speaks_of(thing, members) for thing in about)], gone)
