"""A delivery as text: one JSON object, or one line for a person. For the agency's own screen only, never for a log."""

from dataclasses import asdict
from typing import Any

import orjson

from consumers.deliveries import Delivery, Recall, Taken
from schemas.text import printable


def item_json(item: Taken) -> str:
    """Every field, as one JSON object on one line."""
    plain = {"action": str(item.action), **asdict(item)} if isinstance(item, Recall) else item
    return orjson.dumps(plain, default=_plain).decode()


def item_line(item: Taken) -> str:
    """One line for a person."""
    return recall_line(item) if isinstance(item, Recall) else delivery_line(item)


def recall_line(recall: Recall) -> str:
    """Where it stands, what to do, and until when."""
    again = " (again)" if recall.repeat else ""
    return printable(f"{recall.feed} no. {recall.offset}  WITHDRAW{again} {recall.token[:12]}  by {recall.deadline}")


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
