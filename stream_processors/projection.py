"""Projections: a field list compiled to the feed's schema and to a function from a standard record to what leaves. Pure.

What is not listed is dropped; a dropped list item leaves no placeholder; every field is nullable with default null.
"""

import json
import re
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from operator import eq
from typing import Any

from schemas.records import Record, load_schema, schema_text
from stream_processors.agreements import Agreement
from stream_processors.field_paths import FieldPath, parse_path, standard_type
from stream_processors.group_bits import Members
from stream_processors.obligations import STRICTNESS, Treatment, treat

Pseudonym = Callable[[str, str], str]
"""From field name and value to a pseudonym, under the key of one bound agreement."""

_DROP = STRICTNESS.index("drop")
_LISTS = ("persons", "objects", "locations")
_FLAG = re.compile(r"(persons|objects|locations)\[(\d+)\]\.([a-z_]+)")


@dataclass(frozen=True)
class Rule:
    """One line of a field list."""

    path: FieldPath
    treatment: Treatment | None
    condition: str = ""
    """The line itself where it has a `when`; empty: it holds for every record."""


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
            lists.append((name, rules, tuple(path for path in lost if path.list_name == name)))
        return Sanitiser(tuple((rule.path.names, rule.treatment) for rule in plain if rule.treatment), tuple(lists))


@dataclass(frozen=True)
class Sanitiser:
    """A projection under certain prohibitions: made once, used for every record that they hold for."""

    plain: tuple[tuple[tuple[str, ...], Treatment], ...]
    lists: tuple[tuple[str, tuple[Rule, ...], tuple[FieldPath, ...]], ...]
    """List name, rules that speak of its items, paths that are taken away."""

    def apply(self, record: Record, members: Members, pseudonym: Pseudonym) -> Record:
        """What leaves of one record; `members`: who and what in it is of which group."""
        result: Record = {}
        for names, treatment in self.plain:
            _set_plain(result, record, names, treatment, pseudonym)
        for name, rules, lost in self.lists:
            listed = enumerate(record[name]) if rules else ()
            items = [_item(item, _chosen(item, at, rules, lost, members), pseudonym) for at, item in listed]
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
        rules, lost = next((rules, lost) for list_name, rules, lost in self.lists if list_name == found[1])
        chosen = _chosen(items[position], position, rules, lost, members)
        return f"{found[1]}.{name}" if _is_plain(chosen.get(name)) else None


def compile_projection(agreement: Agreement) -> Projection:
    """Raises ValueError(path: why) for a line that doesn't fit the standard record."""
    rules = []
    for text, obligation in agreement.fields.items():
        try:
            path = parse_path(text, agreement.id, agreement.people, agreement.places)
            treatment = treat(path.names[-1], standard_type(path), obligation)
            rules.append(Rule(path, treatment, text if obligation.when else ""))
        except ValueError as error:
            raise ValueError(f"fields.{text}: {error}") from None
    plain = [rule.path.names for rule in rules if not rule.path.list_name]
    inside = [".".join(names) for names in plain if any(names[:-length] in plain for length in range(1, len(names)))]
    if inside:
        raise ValueError(f"fields.{inside[0]}: it lies inside of another field of the list")
    secret = any(rule.treatment is not None and rule.treatment.leaf is None for rule in rules)
    return Projection(tuple(rules), secret)


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
    target[treatment.name] = _treated(treatment, names[-1], value, pseudonym)


def _treated(treatment: Treatment, name: str, value: Any, pseudonym: Pseudonym) -> Any:
    return pseudonym(name, value) if treatment.leaf is None else treatment.leaf(value)


def _item(item: Record, chosen: Mapping[str, Treatment | None], pseudonym: Pseudonym) -> Record:
    """One person, object or location, as it leaves."""
    return {
        treatment.name: _treated(treatment, name, item[name], pseudonym)
        for name, treatment in chosen.items()
        if treatment is not None and item[name] not in (None, [])
    }


def _chosen(
    item: Record, position: int, rules: tuple[Rule, ...], lost: tuple[FieldPath, ...], members: Members
) -> dict[str, Treatment | None]:
    """Per field the strictest of the rules that speak of the item; prohibitions over all."""
    gone = {path.names[0] for path in lost if path.may_select(item, position, members)}
    chosen: dict[str, Treatment | None] = {}
    for rule in rules:
        name = rule.path.names[0]
        if name in gone or not rule.path.selects(item, position, members):
            continue
        if name not in chosen or _strictness(rule.treatment) > _strictness(chosen[name]):
            chosen[name] = rule.treatment
    return chosen


def _strictness(treatment: Treatment | None) -> int:
    return _DROP if treatment is None else treatment.strictness


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
