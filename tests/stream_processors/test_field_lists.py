"""Properties of any field list: nothing that is not listed leaves, taking away never shows more, and a feed's schemas stay
readable by each other."""

import io
from datetime import UTC, datetime
from typing import Any

import fastavro
from avro_values import fill, strings
from core_hub import agreement
from field_lists import FITTING, field_lists
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.kinds import KINDS
from schemas.records import encode_with
from stream_processors.agreements import Agreement
from stream_processors.field_paths import parse_path
from stream_processors.projection import compile_projection, delivery_schema

Record = dict[str, Any]
SENTINEL = "Zq"
ROLES = {
    "persons[0].roles[0]": "SUSPECT",
    "locations[0].role": "INCIDENT",
    "objects[0].type.code": "VEHICLE",
    "persons[0].ref": "p1",
    "statements[0].about_ref": "p1",
}
DROPS = sorted(path for path in FITTING if not path.startswith("envelope."))


def marked(kind: str) -> Record:
    """A record in which each string says where it stands, but for what is compared with lists; known times."""
    record = fill(KINDS[kind].standard, lambda path: ROLES.get(path, f"{SENTINEL}({path})"))
    return record | {"occurred": {"start": datetime(2026, 1, 15, 9, 41, tzinfo=UTC), "end": None, "precision": "MINUTE"}}


def rule_of(fields: dict[str, Any], kind: str) -> Agreement:
    return Agreement.model_validate(agreement(fields=fields, kinds=[kind]))


def left_of(fields: dict[str, Any], kind: str, *lost: str) -> Record:
    sanitiser = compile_projection(rule_of(fields, kind)).narrowed([parse_path(path) for path in lost])
    return sanitiser.apply(marked(kind), {}, lambda *_: "0" * 32)


@settings(max_examples=150)
@given(data=st.data(), kind=st.sampled_from(sorted(set(KINDS) - {"stop-search"})))
def test_nothing_leaves_that_is_not_kept(data: st.DataObject, kind: str) -> None:
    """Whatever the list: a string of the record that leaves as it is, leaves by a line that keeps it."""
    fields = data.draw(field_lists(kind))
    kept = {parse_path(path).plain for path, how in fields.items() if how == "keep"}
    kept |= {"locations.lad_code" for how in fields.values() if how == {"generalise": "area"}}
    for _, text in strings(left_of(fields, kind)):
        if SENTINEL in text:
            path = text[len(SENTINEL) + 1 : -1].replace("[0]", "").removesuffix(".code")
            assert path in kept, (text, fields)


@settings(max_examples=150)
@given(data=st.data(), kind=st.sampled_from(sorted(set(KINDS) - {"stop-search"})))
def test_taking_a_field_away_never_shows_more(data: st.DataObject, kind: str) -> None:
    """With a prohibition more, every value that leaves left without it as well, and nothing of the field itself does."""
    fields = data.draw(field_lists(kind))
    drop = data.draw(st.sampled_from(DROPS))
    without, left = left_of(fields, kind), left_of(fields, kind, drop)
    assert set(strings(left)) <= set(strings(without))
    taken = parse_path(drop).plain
    assert not [text for _, text in strings(left) if text.startswith(f"{SENTINEL}({taken.replace('.', '[0].', 1)}")]


@settings(max_examples=100)
@given(st.data())
def test_schemas_of_one_feed_read_each_other(data: st.DataObject) -> None:
    """However a field list is narrowed, widened or tightened: what was written under the one is read under the other, each
    field that both have as it was written, every other null. So no agency breaks, and no registry refuses (FULL_TRANSITIVE)."""
    old, new = data.draw(field_lists()), data.draw(field_lists())
    made = {}
    for fields in (old, new):
        rule = rule_of(fields, "crime")
        schema = delivery_schema(rule, compile_projection(rule))
        made[id(fields)] = (schema, _delivery(left_of(fields, "crime")))
    for writer, reader in ((old, new), (new, old)):
        (schema, written), (other, _) = made[id(writer)], made[id(reader)]
        body = encode_with(fastavro.parse_schema(schema), written)
        found: Any = fastavro.schemaless_reader(io.BytesIO(body), fastavro.parse_schema(schema), fastavro.parse_schema(other))
        assert _is_within(found["record"], written["record"])
        same: Any = fastavro.schemaless_reader(io.BytesIO(body), fastavro.parse_schema(schema), None)
        assert _is_within(written["record"], same["record"])


def _delivery(record: Record) -> Record:
    head = {"delivery_id": "d", "lane": 1, "sequence": 1, "revision": 1, "action": "SHARE", "marking": None, "conditions": None}
    return head | {"record": record, "quality": None, "agreement": {"id": "council", "version": 1, "purpose": "a test"}}


def _is_within(part: Any, whole: Any) -> bool:
    """Every value of `part` that is there stands in `whole`, too."""
    if part in (None, [], {}):
        return True
    if isinstance(part, dict):
        return all(_is_within(value, (whole or {}).get(name)) for name, value in part.items())
    if isinstance(part, list) and isinstance(part[0], dict):
        return all(_is_within(one, other) for one, other in zip(part, whole, strict=True))
    return bool(part == whole)
