import json
from dataclasses import replace
from typing import Any

import fastavro
import pytest
from feed_maker import DELIVERY_SCHEMA, DELIVERY_TEXT, SCHEMA_ID, delivery, framed
from hypothesis import example, given
from hypothesis import strategies as st

from consumers.deliveries import Action, Agreement, Conditions, Delivery, Marking, Quality
from consumers.delivery_reader import Message, read_delivery
from consumers.display import item_json, item_line
from schemas.codes import Code
from schemas.errors import NotReady, Refused
from schemas.records import encode_with
from schemas.wire import frame


def _schema_of(schema_id: int) -> Any:
    if schema_id != SCHEMA_ID:
        raise Refused(Code.UNKNOWN_SCHEMA)
    return DELIVERY_SCHEMA


def _read(value: bytes | None, key: bytes | None = b"token-1") -> Delivery:
    return read_delivery(Message("feed.a.b", 0, 41, key, value), _schema_of)


COUNTS = st.integers(0, 2**31 - 1)
TEXT = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=20)


@given(COUNTS, st.integers(0, 2**63 - 1), COUNTS, st.sampled_from([a for a in Action if a != Action.UNMAPPED]), TEXT)
def test_round_trip(lane: int, sequence: int, revision: int, action: Action, token: str) -> None:
    """Every delivery that can be written is read as it was, with key and place."""
    marking = {"tier": "OFFICIAL", "sensitive": True, "handling": ["EYES-ONLY"], "descriptors": []}
    fields = delivery(lane, sequence, action, revision=revision, marking=marking, conditions={"retention_days": 30})
    read = _read(framed(fields | {"quality": {"score": 80, "flags": ["PD-303"]}}), token.encode())
    assert read == Delivery(
        delivery_id=f"d-{lane}-{sequence}",
        lane=lane,
        sequence=sequence,
        revision=revision,
        action=action,
        source_action=str(action),
        record=fields["record"],
        marking=Marking("OFFICIAL", True, ("EYES-ONLY",), ()),
        conditions=Conditions(None, None, 30, None),
        quality=Quality(80, ("PD-303",), None),
        agreement=Agreement("test-agreement", 1, "a test"),
        token=token,
        feed="feed.a.b",
        partition=0,
        offset=41,
    )


def test_every_truncation_is_refused() -> None:
    """Each prefix of a message, and the message with a byte more, is Refused with its place and nothing of its content."""
    whole = framed(delivery())
    for value in (None, *(whole[:length] for length in range(len(whole))), whole + b"\0"):
        with pytest.raises(Refused) as refused:
            _read(value)
        assert refused.value.code is Code.DELIVERY_UNREADABLE
        assert refused.value.field == "feed.a.b[0] offset 41"
        assert "kent" not in str(refused.value)


@given(st.binary(max_size=200))
@example(b"\xff" * 60)
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """No bytes whatever raise anything but Refused."""
    try:
        _read(frame(SCHEMA_ID, body))
    except Refused as refusal:
        assert refusal.code is Code.DELIVERY_UNREADABLE


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "record", "name": "Other", "fields": [{"name": "x", "type": "string"}]},
        "string",
        {"type": "record", "name": "D", "fields": [{"name": "action", "type": "long"}]},
    ],
)
def test_another_record_is_refused(schema: Any) -> None:
    """Whole Avro of another schema is Refused: not every record is a delivery."""
    value = {"x": "a", "action": 1} if schema != "string" else "a"
    body = encode_with(fastavro.parse_schema(schema), value)
    with pytest.raises(Refused, match="PD-501"):
        read_delivery(Message("f", 0, 0, b"k", frame(1, body)), lambda _: fastavro.parse_schema(schema))


@pytest.mark.parametrize(
    "change", [{"lane": -1}, {"sequence": -1}, {"delivery_id": "a\0"}, {"action": "share\x1b[2J"}, {"action": ""}]
)
def test_impossible_values_are_refused(change: dict[str, Any]) -> None:
    """A delivery whose numbers or action have not the contract's form is Refused."""
    with pytest.raises(Refused, match="PD-501"):
        _read(framed(delivery() | change))


@pytest.mark.parametrize("key", [None, b"\xff\xfe", b"a\0"])
def test_without_a_token_it_is_refused(key: bytes | None) -> None:
    """A delivery whose key is missing or no text is Refused: nobody could carry out its withdrawal."""
    with pytest.raises(Refused, match="PD-501"):
        _read(framed(delivery()), key)


def test_an_unknown_action_is_kept_by_name() -> None:
    """An action of a later version is a delivery, UNMAPPED, with its name."""
    read = _read(framed(delivery(action="RESTRICT")))
    assert (read.action, read.source_action) == (Action.UNMAPPED, "RESTRICT")


def test_unknown_fields_are_tolerated() -> None:
    """A delivery of a later schema with more fields, in the envelope and below, is read; the record keeps them."""
    later = json.loads(DELIVERY_TEXT)
    later["fields"].append({"name": "priority", "type": "int"})
    later["fields"][5]["type"][1]["fields"].append({"name": "custody", "type": ["null", "string"]})
    schema = fastavro.parse_schema(later)
    fields = delivery(priority=1, record={"kind": "custody", "force": None, "custody": "x"})
    read = read_delivery(Message("f", 0, 0, b"k", frame(1, encode_with(schema, fields))), lambda _: schema)
    assert read.record == {"kind": "custody", "force": None, "custody": "x"}


def test_a_registry_that_is_away_is_no_refusal() -> None:
    """NotReady goes through: the message is good, and must be read again later."""

    def away(_: int) -> Any:
        raise NotReady(Code.REGISTRY_AWAY)

    with pytest.raises(NotReady):
        read_delivery(Message("f", 0, 0, b"k", framed(delivery())), away)


def test_the_text_form_discloses_nothing() -> None:
    """`repr` of a delivery holds neither the record nor the token, because text forms end in logs."""
    text = repr(_read(framed(delivery())))
    assert "kent" not in text
    assert "token-1" not in text


@given(TEXT, TEXT)
def test_shown_as_one_line(kind: str, token: str) -> None:
    """Whatever a record holds, both forms are one line, and the line for people has no control character."""
    read = replace(_read(framed(delivery(record={"kind": kind, "force": "\x1b[2J\n"}))), token=token)
    assert item_line(read).isprintable()
    assert json.loads(item_json(read))["record"]["kind"] == kind
    assert "\n" not in item_json(read)
