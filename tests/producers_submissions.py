"""Submissions for the tests of producers."""

from datetime import UTC, datetime
from typing import Any

from producers.door import Checked, Door

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
DOOR = Door("kent")


def crime(ref: str = "C/1", **fields: Any) -> dict[str, Any]:
    """A small crime that passes the door; `fields` replace parts of it."""
    whole: dict[str, Any] = {
        "envelope": {"source_system": "rms", "source_ref": ref},
        "marking": {"tier": "OFFICIAL"},
        "occurred": {"start": "2026-01-01"},
        "crime": {"offence": {"value": "5"}},
    }
    return whole | fields


def patch(ref: str = "C/1", **fields: Any) -> dict[str, Any]:
    """A patch of that crime."""
    whole: dict[str, Any] = {"envelope": {"source_system": "rms", "source_ref": ref, "partial": True}, "crime": {}}
    return whole | fields


def checked(submission: dict[str, Any], kind: str = "crime") -> Checked:
    """The submission through the door."""
    return DOOR.admit(kind, submission, NOW)
