"""Projections: a field list compiled to the feed's schema and to a function from a standard record to what leaves. Pure.

What is not listed is dropped; a dropped list item leaves no placeholder; every field is nullable with default null.
"""

import json
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from operator import eq
from typing import Any

from schemas.records import Record, load_schema, schema_text
from stream_processors.ages import event_days
from stream_processors.agreements import Agreement
from stream_processors.field_paths import FieldPath, Thing, parse_path
from stream_processors.field_types import standard_type
from stream_processors.group_bits import Members
from stream_processors.obligations import Treatment, treat
from stream_processors.projected_items import (
    ITEM_LISTS,
    STATEMENTS,
    ListRules,
    Pseudonym,
    Rule,
    Setting,
    choose,
    project_items,
    project_statements,
    treated,
)

_LISTS = (*ITEM_LISTS, STATEMENTS)
_FLAG = re.compile(r"(persons|objects|locations)\[(\d+)\]\.([a-z_]+)")


@dataclass(frozen=True)
class Projection:
    """One agreement's field list, ready to use."""

    rules: tuple[Rule, ...]
    has_pseudonyms: bool

    def narrowed(self, dropped: Iterable[FieldPath], held: Container[str] = ()) -> "Sanitiser":
        """What is left of the field list where prohibitions take these paths away, over any agreement, and of the lines that
        have a `when` these alone hold."""
        lost = tuple(dropped)
        holding = [rule for rule in self.rules if not rule.condition or rule.condition in held]
        plain = [rule for rule in holding if not rule.path.list_name and not _is_lost(rule.path.names, lost)]
        lists = []
        for name in _LISTS:
            rules = tuple(rule for rule in holding if rule.path.list_name == name)
            lists.append(ListRules(name, rules, tuple(path for path in lost if path.list_name == name)))
        treatments = [rule.treatment for rule in holding if rule.treatment is not None]
        return Sanitiser(
            tuple((rule.path.names, rule.treatment) for rule in plain if rule.treatment),
            tuple(lists[:-1]),
            lists[-1],
            tuple(path for path in lost if path.list_name in ITEM_LISTS),
            any(treatment.whole is not None for treatment in treatments),
        )


@dataclass(frozen=True)
class Sanitiser:
    """A projection under certain prohibitions: made once, used for every record that they hold for."""

    plain: tuple[tuple[tuple[str, ...], Treatment], ...]
    lists: tuple[ListRules, ...]
    statements: ListRules
    lost_of_things: tuple[FieldPath, ...]
    needs_days: bool

    def apply(self, record: Record, members: Members, pseudonym: Pseudonym) -> Record:
        """What leaves of one record; `members`: who and what in it is of which group."""
        result: Record = {}
        for names, treatment in self.plain:
            _set_plain(result, record, names, treatment, pseudonym)
        setting = Setting(members, pseudonym, event_days(record["occurred"]) if self.needs_days else None)
        left = {listed.name: project_items(listed, record, setting) if listed.rules else [] for listed in self.lists}
        if self.statements.rules:
            said = project_statements(self.statements, self.lost_of_things, left, record, setting)
            result[STATEMENTS] = [statement for statement in said if statement]
        for name, items in left.items():
            result[name] = [item for item in items if item]
        return result

    def shown_flag(self, flag: str, record: Record, members: Members) -> str | None:
        """The path of a quality flag as it may leave: only where that very field leaves of that very item as it is, and
        without the item's position, which would tell how many others there are."""
        found = _FLAG.fullmatch(flag)
        if found is None:
            names = tuple(part.partition("[")[0] for part in flag.split("."))
            return ".".join(names) if any(kept == names and _is_plain(how) for kept, how in self.plain) else None
        items, position, name = record[found[1]], int(found[2]), found[3]
        if position >= len(items):  # a field of an item that should be there and is not
            return None
        listed = next(each for each in self.lists if each.name == found[1])
        chosen = choose(listed, Thing(listed.name, position, items[position]), members)
        return f"{found[1]}.{name}" if _is_plain(chosen.get(name)) else None


def compile_projection(agreement: Agreement) -> Projection:
    """Raises ValueError(path: why) for a line that doesn't fit the standard record."""
    rules = []
    for text, obligation in agreement.fields.items():
        try:
            path = parse_path(text, agreement.id, agreement.people, agreement.places)
            treatment = treat(path, standard_type(path), obligation)
            rules.append(Rule(path, treatment, text if obligation.when else ""))
        except ValueError as error:
            raise ValueError(f"fields.{text}: {error}") from None
    inside = nested_line([rule.path for rule in rules])
    if inside is not None:
        raise ValueError(f"fields.{inside}: it lies inside of another field of the list")
    secret = any(rule.treatment is not None and rule.treatment.is_pseudonym for rule in rules)
    return Projection(tuple(rules), secret)


def nested_line(paths: Iterable[FieldPath]) -> str | None:
    """A path that lies inside of another one of them: both would be one field of the feed."""
    plain = [path.names for path in paths if not path.list_name]
    inside = [".".join(names) for names in plain if any(names[:-length] in plain for length in range(1, len(names)))]
    return inside[0] if inside else None


def _is_lost(names: tuple[str, ...], lost: tuple[FieldPath, ...]) -> bool:
    """A prohibition on a field takes what is inside it, and what it is inside of."""
    return any(not path.list_name and all(map(eq, path.names, names)) for path in lost)


def _is_plain(treatment: Treatment | None) -> bool:
    return treatment is not None and treatment.strictness == 0


def _set_plain(result: Record, record: Record, names: tuple[str, ...], treatment: Treatment, pseudonym: Pseudonym) -> None:
    value: Any = record
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
        if value is None:
            return
    target = result
    for name in names[:-1]:
        target = target.setdefault(name, {})
    target[treatment.name] = treated(treatment, names[-1], value, pseudonym)


# -- the feed's schema ------------------------------------------------------------------------------------------------


def feed_namespace(agreement_id: str) -> str:
    """Avro namespace of a feed's own records: one for each agreement."""
    return f"uk.pointduty.feed.{agreement_id.replace('-', '_')}"


def delivery_schema(agreement: Agreement, projection: Projection) -> dict[str, Any]:
    """The feed's one schema: the envelope, then what the agreement lets leave."""
    space = feed_namespace(agreement.id)
    head = [
        {"name": "delivery_id", "type": "string", "doc": "keyed id of this delivery: a repeat has the same"},
        {"name": "lane", "type": "int", "doc": "lane of the hub; sequences count per feed and lane"},
        {"name": "sequence", "type": "long", "doc": "gapless per feed and lane; a HEARTBEAT repeats the last"},
        {"name": "revision", "type": "int", "doc": "counts what you were sent of this record"},
        {"name": "action", "type": "string", "doc": "SHARE, UPDATE, WITHDRAW, VOID, TEST or HEARTBEAT"},
    ]
    record = {"type": "record", "name": "Record", "namespace": space, "fields": _record_fields(space, projection.rules)}
    tail = [
        {"name": "record", "type": ["null", record], "default": None, "doc": "the whole record as you may have it"},
        *({"name": name, "type": ["null", _part(name)], "default": None} for name in ("marking", "conditions", "quality")),
        {"name": "agreement", "type": _part("agreement"), "doc": "the agreement it is made under"},
    ]
    return {"type": "record", "name": "Delivery", "namespace": space, "doc": agreement.purpose, "fields": head + tail}


def split_schema(delivery: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Head and tail of a delivery as schemas of their own: Avro writes a record's fields one after the other, so the
    bytes of head and tail side by side are the bytes of the delivery. The tail is the same for many recipients."""
    fields = delivery["fields"]
    head = {"type": "record", "name": "Head", "namespace": delivery["namespace"], "fields": fields[:5]}
    tail = {"type": "record", "name": "Tail", "namespace": delivery["namespace"], "fields": fields[5:]}
    return head, tail


def _part(name: str) -> Any:
    load_schema(f"uk.pointduty.feed.{name.capitalize()}")
    return json.loads(schema_text(f"uk.pointduty.feed.{name.capitalize()}"))


def _record_fields(space: str, rules: Iterable[Rule]) -> list[dict[str, Any]]:
    tree: dict[str, Any] = {}
    for rule in rules:
        if rule.treatment is None:
            continue
        where = (rule.path.list_name,) if rule.path.list_name else rule.path.names[:-1]
        node = tree
        for name in where:
            node = node.setdefault(name, {})
        node[rule.treatment.name] = rule.treatment
    return [_tree_field(space, name, node) for name, node in sorted(tree.items())]


def _tree_field(space: str, name: str, node: Any) -> dict[str, Any]:
    if isinstance(node, Treatment):
        return {"name": name, "type": ["null", node.avro], "default": None}
    record = {
        "type": "record",
        "name": "".join(part.capitalize() for part in name.split("_")),
        "namespace": f"{space}.parts",
        "fields": [_tree_field(f"{space}.{name}", child, leaf) for child, leaf in sorted(node.items())],
    }
    avro = {"type": "array", "items": record} if name in _LISTS else record
    return {"name": name, "type": ["null", avro], "default": None}
