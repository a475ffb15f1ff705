"""Decision attributes as holders keep them: what a change of rules can be decided by without the record. Pure."""

from collections.abc import Mapping
from typing import Any

import orjson

from stream_processors.attributes import Attributes, Control, Detail, PersonFacts, PlaceFacts

Kept = Mapping[str, list[str]]
"""Attribute to its value as JSON text; lists of persons and places have a text for each."""


def to_map(attributes: Attributes) -> dict[str, list[str]]:
    """As they are kept. No name, no identifier: attributes have none."""
    kept = {name: [_text(value)] for name, value in attributes._asdict().items() if name not in ("persons", "places")}
    kept["persons"] = [_text(person) for person in attributes.persons]
    kept["places"] = [_text(place) for place in attributes.places]
    return kept


def from_map(kept: Kept) -> Attributes:
    """The attributes again: `from_map(to_map(a)) == a`. Raises KeyError, ValueError where it is no such map: a fault."""
    values: dict[str, Any] = {name: _value(texts[0]) for name, texts in kept.items() if name not in ("persons", "places")}
    values["persons"] = tuple(PersonFacts(*_value(text)) for text in kept["persons"])
    values["places"] = tuple(PlaceFacts(*_value(text)) for text in kept["places"])
    values["detail"] = Detail(*values["detail"])
    if values["control"] is not None:
        values["control"] = Control(*values["control"])
    return Attributes(**values)


def _text(value: object) -> str:
    return orjson.dumps(value, default=list).decode()


def _value(text: str) -> Any:
    return _tuples(orjson.loads(text))


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
