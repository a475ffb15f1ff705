"""A delivery as text: one JSON object, or one line for a person. For the agency's own screen only, never for a log."""

from typing import Any

import orjson

from consumers.deliveries import Delivery
from schemas.text import printable


def delivery_json(delivery: Delivery) -> str:
    """Every field, as one JSON object on one line."""
    return orjson.dumps(delivery, default=_plain).decode()


def delivery_line(delivery: Delivery) -> str:
    """Where it stands, what to do, which record, and what the record is about."""
    record = delivery.record or {}
    about = [str(record[name]) for name in ("kind", "force") if record.get(name)]
    again = " (again)" if delivery.repeat else ""
    place = f"{delivery.feed} lane {delivery.lane} no. {delivery.sequence}"
    what = f"{delivery.source_action} r{delivery.revision}{again} {delivery.token[:12]}"
    line = "  ".join([place, what, *about, _when(record), f"{delivery.agreement.id} v{delivery.agreement.version}"])
    return printable(line)


def _when(record: dict[str, Any]) -> str:
    occurred = record.get("occurred")
    start = occurred.get("start") if isinstance(occurred, dict) else occurred
    return str(start or "-")


def _plain(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
