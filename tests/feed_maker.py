"""Deliveries as the hub writes them, for tests of what reads them."""

import json
from typing import Any

import fastavro

from schemas.records import encode_with, schema_text
from schemas.wire import frame

_DELIVERY = {
    "type": "record",
    "name": "Delivery",
    "namespace": "uk.pointduty.feed.test_agreement",
    "fields": [
        {"name": "delivery_id", "type": "string"},
        {"name": "lane", "type": "int"},
        {"name": "sequence", "type": "long"},
        {"name": "revision", "type": "int"},
        {"name": "action", "type": "string"},
        {
            "name": "record",
            "type": [
                "null",
                {
                    "type": "record",
                    "name": "Record",
                    "fields": [
                        {"name": "kind", "type": ["null", "string"], "default": None},
                        {"name": "force", "type": ["null", "string"], "default": None},
                    ],
                },
            ],
            "default": None,
        },
        *(
            {"name": name, "type": ["null", json.loads(schema_text(f"uk.pointduty.feed.{name.title()}"))], "default": None}
            for name in ("marking", "conditions", "quality")
        ),
        {"name": "agreement", "type": json.loads(schema_text("uk.pointduty.feed.Agreement"))},
    ],
}

DELIVERY_TEXT = json.dumps(_DELIVERY)
"""A feed's schema as JSON text."""

DELIVERY_SCHEMA = fastavro.parse_schema(json.loads(DELIVERY_TEXT))

SCHEMA_ID = 7


def delivery(lane: int = 0, sequence: int = 1, action: str = "SHARE", **more: Any) -> dict[str, Any]:
    """The fields of one delivery."""
    record = {"kind": "crime", "force": "kent"} if action in ("SHARE", "UPDATE") else None
    agreement = {"id": "test-agreement", "version": 1, "purpose": "a test"}
    head = {"delivery_id": f"d-{lane}-{sequence}", "lane": lane, "sequence": sequence, "revision": 1, "action": action}
    return {**head, "record": record, "agreement": agreement, **more}


def framed(fields: dict[str, Any], schema_id: int = SCHEMA_ID) -> bytes:
    """The message value of a delivery."""
    return frame(schema_id, encode_with(DELIVERY_SCHEMA, fields))
