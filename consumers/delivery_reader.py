"""Read a delivery from a Kafka message. Core: bytes in, a value or a refusal out."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from consumers.deliveries import Action, Agreement, Conditions, Delivery, Marking, Quality, Recall
from schemas.codes import Code
from schemas.errors import Refused
from schemas.records import INT_MOST, decode_with
from schemas.wire import unframe

_ACTION_NAME = re.compile(r"^[A-Z][A-Z_]{0,63}$")
"""Form of an action's name, known or not: it is shown to people, so it may not be any text."""

_LONG_MOST = 2**63 - 1
"""What an Avro long, and a database, holds."""

_Made = TypeVar("_Made", Delivery, Recall)

_ACTIONS = {action.value: action for action in Action if action is not Action.UNMAPPED}


class Message(NamedTuple):
    """The parts of a Kafka message that make a delivery."""

    feed: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    ce_id: str = ""
    """The CloudEvents id in the headers: a recall has its delivery id there alone."""


def read_delivery(message: Message, schema_of: Callable[[int], Any]) -> Delivery:
    """The delivery in `message`; actions and fields of later versions are tolerated.

    `schema_of` gives the writer's parsed schema by registry id, and raises Refused where there is none by that id.
    Raises Refused (PD-501) that names partition and offset; whatever else `schema_of` raises goes through.
    """
    return _read(message, schema_of, _make)


def read_recall(message: Message, schema_of: Callable[[int], Any]) -> Recall:
    """The recall in `message`. Raises as `read_delivery`; an instruction that this version does not know is refused."""
    return _read(message, schema_of, _make_recall)


def _read(message: Message, schema_of: Callable[[int], Any], make: Callable[[Message, Mapping[str, Any]], _Made]) -> _Made:
    try:
        schema_id, body = unframe(message.value)
        return make(message, decode_with(schema_of(schema_id), body))
    except Refused as error:
        reason = error.code
    except (KeyError, TypeError, ValueError, AttributeError):  # an Avro record, but not that of a delivery
        reason = Code.NOT_THIS_SCHEMA
    place = f"{message.feed}[{message.partition}] offset {message.offset}"
    raise Refused(Code.DELIVERY_UNREADABLE, place, f"cause {reason}")


def _make_recall(message: Message, fields: Mapping[str, Any]) -> Recall:
    if fields["instruction"] != "WITHDRAW" or not message.ce_id:
        raise ValueError
    token, deadline = _text(fields["token"]), _text(fields["deadline"])
    return Recall(message.ce_id, token, deadline, message.feed, message.partition, message.offset)


def _make(message: Message, fields: Mapping[str, Any]) -> Delivery:
    name = fields["action"]
    if message.key is None or not _ACTION_NAME.match(name):
        raise ValueError
    record = fields.get("record")
    if record is not None and not isinstance(record, dict):
        raise TypeError
    return Delivery(
        delivery_id=_text(fields["delivery_id"]),
        lane=_count(fields["lane"], INT_MOST),
        sequence=_count(fields["sequence"], _LONG_MOST),
        revision=_count(fields["revision"], INT_MOST),
        action=_ACTIONS.get(name, Action.UNMAPPED),
        source_action=name,
        record=record,
        marking=_marking(fields.get("marking")),
        conditions=_conditions(fields.get("conditions")),
        quality=_quality(fields.get("quality")),
        agreement=_agreement(fields["agreement"]),
        token=_text(message.key.decode()),
        feed=message.feed,
        partition=message.partition,
        offset=message.offset,
    )


def _agreement(part: Mapping[str, Any]) -> Agreement:
    return Agreement(_text(part["id"]), _count(part["version"], INT_MOST), _text(part["purpose"]))


def _marking(part: Mapping[str, Any] | None) -> Marking | None:
    if part is None:
        return None
    handling, descriptors = tuple(part.get("handling") or ()), tuple(part.get("descriptors") or ())
    return Marking(part.get("tier"), part.get("sensitive"), handling, descriptors)


def _conditions(part: Mapping[str, Any] | None) -> Conditions | None:
    if part is None:
        return None
    get = part.get
    return Conditions(get("handling"), get("onward_sharing"), get("retention_days"), get("deadline"))


def _quality(part: Mapping[str, Any] | None) -> Quality | None:
    if part is None:
        return None
    return Quality(part.get("score"), tuple(part.get("flags") or ()), part.get("reliability"))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    if "\0" in value:  # no identifier has one, and PostgreSQL can't hold it
        raise ValueError
    return value


def _count(value: Any, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise ValueError
    return value
