"""Parts of a JSON value that somebody else made: each is what it should be, or absent. Nothing here raises but for no JSON."""

from collections.abc import Mapping
from datetime import UTC, datetime

import orjson

Json = Mapping[str, object]
"""A JSON object."""

_BOM = b"\xef\xbb\xbf"


def load_json(content: bytes) -> object:
    """The value. Raises orjson.JSONDecodeError: no JSON, not UTF-8, half a surrogate pair, or nested too deep."""
    return orjson.loads(content.removeprefix(_BOM))


def text_of(part: Json, name: str) -> str | None:
    """A text that is not blank, stripped; a number as text."""
    value = part.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return (value.strip() or None) if isinstance(value, str) else None


def parts_of(part: Json, name: str) -> list[Json]:
    """The objects of a list; what is none is left out."""
    value = part.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts_of(part: Json, name: str) -> list[str]:
    """The texts of a list; what is none is left out."""
    value = part.get(name)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def epoch_of(part: Json, name: str) -> str | None:
    """Seconds since 1970 (a number or a text) as ISO 8601 in UTC; None for 0, which MISP writes for never."""
    text = text_of(part, name)
    try:
        seconds = int(text) if text else 0
        return datetime.fromtimestamp(seconds, UTC).isoformat() if seconds else None
    except (ValueError, OverflowError, OSError):
        return None


def published_since(changed: str | None, published: str | None) -> str | None:
    """When this version was published: not at all where it has been changed since. Both ISO 8601 in UTC."""
    return published if changed is None or published is None or published >= changed else None
