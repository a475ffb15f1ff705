"""MISP events (JSON) as intelligence: one record an event. Source: the MISP core format (draft-dulaunoy-misp-core-format).

The marking is what TLP tags say; an event without one has no marking, and the force's door refuses it.
"""

from collections.abc import Collection, Iterator
from typing import BinaryIO

import orjson

from producers.adapters.code_tables import intelligence_codes
from producers.adapters.documents import Document, read_each
from producers.adapters.intelligence_handling import Said
from producers.adapters.json_parts import Json, epoch_of, load_json, parts_of, published_since, text_of
from producers.adapters.misp_parts import MispParts
from producers.row import Row, refuse
from schemas.codes import Code
from schemas.records import Record

SOURCE_SYSTEM = "misp"
"""Names the dialect at the hub."""


def read_misp(file: BinaryIO, _force_names: Collection[str]) -> Iterator[Row]:
    """Rows of one JSON document, or of a tar of `.json` documents; `line` is the number of the document.

    Refusals: ROW_MALFORMED (no JSON, or an event without uuid), NOT_A_SUBMISSION (no event in it), EMPTY_FILE,
    FILE_TOO_LARGE, NO_SUCH_FILE.
    """
    return read_each(file, ".json", _read_document)


def _read_document(document: Document) -> Iterator[Row]:
    try:
        value = load_json(document.content or b"")
    except orjson.JSONDecodeError:
        yield refuse(document.number, Code.ROW_MALFORMED)
        return
    events = list(_find_events(value))
    if not events:
        yield refuse(document.number, Code.NOT_A_SUBMISSION, "Event")
    for event in events:
        submission = _read_event(event)
        if submission is None:
            yield refuse(document.number, Code.ROW_MALFORMED, "Event.uuid")
        else:
            yield Row(document.number, "intelligence", submission)


def _find_events(value: object) -> Iterator[Json]:
    """An export is an event, a list of events, or either below `response`."""
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, dict):
            continue
        if isinstance(item.get("Event"), dict):
            yield item["Event"]
        elif isinstance(item.get("response"), dict | list):
            inner = item["response"]
            yield from (part["Event"] for part in (inner if isinstance(inner, list) else [inner]) if _has_event(part))


def _has_event(part: object) -> bool:
    return isinstance(part, dict) and isinstance(part.get("Event"), dict)


def _read_event(event: Json) -> Record | None:
    uuid = text_of(event, "uuid")
    if uuid is None:
        return None
    said, parts = Said(), MispParts()
    tags = [name for tag in parts_of(event, "Tag") if (name := text_of(tag, "name"))]
    said.add_tags(tags)
    parts.add_tags(tags)
    for attribute in parts_of(event, "Attribute"):
        parts.add_attribute(attribute, said)
    for thing in parts_of(event, "Object"):
        parts.add_object(thing, said)
    limited = intelligence_codes().distribution.get(text_of(event, "distribution") or "")
    if limited is not None and said.tlp:
        said.add_tlp(limited)
    date, changed, published = text_of(event, "date"), epoch_of(event, "timestamp"), epoch_of(event, "publish_timestamp")
    return {
        "envelope": {
            "source_system": SOURCE_SYSTEM,
            "source_ref": uuid,
            "recorded_at": changed,
            "published_at": published_since(changed, published),
        },
        "marking": said.marking(),
        "grading": said.grading(),
        "occurred": {"start": date} if date else None,
        "intelligence": {
            "text": _read_text(event),
            "sanitised_text": None if said.is_releasable() else parts.releasable_text(),
            "source_ref": _read_creator(event),
        },
        "persons": parts.persons,
        "objects": parts.objects,
        "links": parts.links(),
        "statements": [*parts.statements, *said.statements()],
    }


def _read_text(event: Json) -> str | None:
    reports = [part for part in parts_of(event, "EventReport") if part.get("deleted") is not True]
    texts = [text_of(event, "info"), *(text_of(part, name) for part in reports for name in ("name", "content"))]
    return "\n".join(text for text in texts if text) or None


def _read_creator(event: Json) -> str | None:
    """The organisation that made the event. The address of the person who did is left behind."""
    creator = event.get("Orgc")
    return (text_of(creator, "uuid") or text_of(creator, "name")) if isinstance(creator, dict) else None
