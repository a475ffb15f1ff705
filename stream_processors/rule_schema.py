"""The JSON Schema of rule files, for editors that complete and check them while they are written. Pure.

Made from the models, with the words of every closed line. It says what a file may look like; whether the law carries it, and
whether it fits the other files, only loading says.
"""

from collections.abc import Mapping
from typing import Any

from schemas import reference
from stream_processors.agreements import Agreement, Prohibition
from stream_processors.clauses import Clause, PersonClause, PlaceClause
from stream_processors.field_types import known_fields
from stream_processors.rule_words import PERSON_WORDS, PLACE_WORDS, Words, record_words

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_MOST_WORDS = 500
"""A list longer than this (offence codes) is left to loading: an editor that offers thousands of codes helps nobody."""

_FIELD_PATH = r"^((persons|locations|objects|statements)\[[A-Za-z0-9_*,-]+\]\.[a-z_]+|[a-z_]+(\.[a-z_]+)+|markers)$"
_OBLIGATIONS = ("keep", "drop", "mask_keep_last", "generalise", "decimals", "pseudonymise")
_SIMPLE = ("keep", "drop", "pseudonymise")
_QUANTIFIED_PLACES = "QuantifiedPlaces"


def agreement_schema() -> dict[str, Any]:
    """The schema of an agreement's file."""
    schema = _schema(Agreement, "An information sharing agreement: one kind of agency, one feed")
    properties = schema["properties"]
    able = sorted(gateway.id for gateway in reference.gateways().values() if gateway.can_stand_alone)
    properties["gateways"]["items"] = {"enum": able}
    properties["confirmed"]["propertyNames"] = {"enum": able}
    properties["partner_kind"] = {"examples": sorted(reference.partner_kinds()), "type": "string"}
    properties["fields"]["propertyNames"] = _paths("what is not listed is dropped")
    properties["fields"]["minProperties"] = 1
    schema["$defs"]["Obligation"] = _obligation(schema["$defs"]["Obligation"])
    return schema


def prohibition_schema() -> dict[str, Any]:
    """The schema of a prohibition's file."""
    schema = _schema(Prohibition, "A national rule above every agreement")
    schema["properties"]["drops"]["items"] = _paths("what it takes away")
    schema["if"] = {"properties": {"effect": {"const": "drop"}}}
    schema["then"] = {"required": ["drops"], "properties": {"drops": {"minItems": 1}}}
    schema["else"] = {"properties": {"drops": {"maxItems": 0}}}
    return schema


def _schema(model: type[Agreement] | type[Prohibition], title: str) -> dict[str, Any]:
    made: dict[str, Any] = _plain(model.model_json_schema())
    definitions = made["$defs"]
    forces = frozenset(reference.forces())
    for name, words in (
        (Clause.__name__, record_words(forces)),
        (PersonClause.__name__, PERSON_WORDS),
        (PlaceClause.__name__, PLACE_WORDS),
    ):
        if name in definitions:
            _close(definitions[name], words)
    for name in ("people", "places"):
        made["properties"][name]["additionalProperties"] = False  # beside the pattern of a group's name
    definitions["Clause"]["dependentRequired"] = {"unknown": ["because"], "because": ["unknown"]}
    places = {**definitions["Quantified"], "properties": dict(definitions["Quantified"]["properties"])}
    del places["properties"]["subject"]  # no record is about a place
    definitions[_QUANTIFIED_PLACES] = places
    definitions["Clause"]["properties"]["places"] |= {"$ref": f"#/$defs/{_QUANTIFIED_PLACES}"}
    return {"$schema": DIALECT, **made, "title": title}


def _plain(value: Any) -> Any:
    """Without what a file may not say: null for a line, and defaults, which are no lines to be filled in."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    branches = value.get("anyOf")
    if isinstance(branches, list) and {"type": "null"} in branches:
        [branch] = [each for each in branches if each != {"type": "null"}]
        value = {**{key: part for key, part in value.items() if key != "anyOf"}, **branch}
    return {
        key: {name: _plain(part) for name, part in found.items()} if key in ("properties", "$defs") else _plain(found)
        for key, found in value.items()
        if key not in ("default", "title")
    }


def _close(definition: dict[str, Any], words: Words) -> None:
    """A clause says something, and each of its lines one of its words."""
    definition["minProperties"] = 1
    properties: Mapping[str, dict[str, Any]] = definition["properties"]
    for line, known in words.items():
        if line in properties and len(known) <= _MOST_WORDS:
            properties[line]["items"] = {"enum": sorted(known)}


def _paths(description: str) -> dict[str, Any]:
    return {"type": "string", "pattern": _FIELD_PATH, "description": description, "examples": list(known_fields())}


def _obligation(mapping: dict[str, Any]) -> dict[str, Any]:
    """A word, or a mapping with exactly one obligation."""
    properties = {**mapping["properties"]}
    for name in _SIMPLE:
        properties[name] = {"const": True}
    properties["when"] = {**properties["when"], "minItems": 1}
    one = {
        **mapping,
        "properties": properties,
        "oneOf": [{"required": [name]} for name in _OBLIGATIONS],
        "not": {"required": ["drop", "when"]},
    }
    return {"description": mapping["description"], "anyOf": [{"enum": list(_SIMPLE)}, one]}
