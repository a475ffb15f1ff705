"""The text of a feed's schema, as registered: one form, so that the same agreement always gives the same text."""

import json
from typing import Any


def feed_schema_text(schema: dict[str, Any]) -> str:
    """The delivery schema as JSON text."""
    return json.dumps(schema, separators=(",", ":"))
