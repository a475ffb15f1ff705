"""STIX 2.0 and 2.1 bundles (JSON) as intelligence: one record a report or grouping; one for the bundle where there is none.

What no report refers to is one further record under the bundle's own id, so that nothing is lost. TAXII envelopes and
collections are read as bundles. Source: OASIS STIX 2.1, TAXII 2.1.
"""

from collections.abc import Collection, Iterator
from typing import BinaryIO, NamedTuple

import orjson

from producers.adapters.documents import Document, read_each
from producers.adapters.intelligence_handling import Said
from producers.adapters.json_parts import Json, load_json, parts_of, published_since, text_of, texts_of
from producers.adapters.stix_markings import Markings
from producers.adapters.stix_parts import StixParts
from producers.row import Row, refuse
from schemas.codes import Code
from schemas.identity import row_ref
from schemas.records import Record

SOURCE_SYSTEM = "stix"
"""Names the dialect at the hub."""

_REPORTS = ("report", "grouping")
_CONTEXT = (*_REPORTS, "marking-definition", "language-content", "extension-definition")
"""Objects that say something of other objects: no subject of a record by themselves."""
_ENDS = ("source_ref", "target_ref", "sighting_of_ref")


class Bundle(NamedTuple):
    """Objects that came together, the last version of each by its id."""

    ref: str
    objects: dict[str, Json]


def read_stix(file: BinaryIO, _force_names: Collection[str]) -> Iterator[Row]:
    """Rows of one JSON document, or of a tar of `.json` documents; `line` is the number of the document.

    Refusals: ROW_MALFORMED (no JSON), NOT_A_SUBMISSION (no STIX object in it), EMPTY_FILE, FILE_TOO_LARGE, NO_SUCH_FILE.
    """
    return read_each(file, ".json", _read_document)


def _read_document(document: Document) -> Iterator[Row]:
    content = document.content or b""
    try:
        value = load_json(content)
    except orjson.JSONDecodeError:
        yield refuse(document.number, Code.ROW_MALFORMED)
        return
    is_empty = True
    for bundle in _find_bundles(value, content):
        for ref, head, members in _divide(bundle):
            is_empty = False
            yield Row(document.number, "intelligence", _read_record(bundle, ref, head, members))
    if is_empty:
        yield refuse(document.number, Code.NOT_A_SUBMISSION, "objects")


def _find_bundles(value: object, content: bytes) -> Iterator[Bundle]:
    """A bundle; a list of objects or a TAXII envelope, known by its content; or the collections of a TAXII server."""
    if isinstance(value, list):
        value = {"objects": value}
    if not isinstance(value, dict):
        return
    if "objects" in value:
        yield _bundle(text_of(value, "id") or f"objects-{row_ref(content, 0)}", value)
        return
    for root in value.values():
        for collection in parts_of(root, "collections") if isinstance(root, dict) else ():
            ref = text_of(collection, "id")
            if ref is not None:
                yield _bundle(f"collection--{ref}", collection)


def _bundle(ref: str, holder: Json) -> Bundle:
    objects: dict[str, Json] = {}
    for number, item in enumerate(parts_of(holder, "objects")):
        identity = text_of(item, "id") or f"object-{number}"
        known = objects.get(identity)
        if text_of(item, "type") and (known is None or (text_of(item, "modified") or "") >= (text_of(known, "modified") or "")):
            objects[identity] = item
    return Bundle(ref, objects)


def _divide(bundle: Bundle) -> Iterator[tuple[str, Json | None, list[Json]]]:
    """Every record of a bundle: its reference, the report, and the objects that belong to it."""
    subjects = {ref: item for ref, item in bundle.objects.items() if text_of(item, "type") not in _CONTEXT}
    touching: dict[str, list[str]] = {}
    for ref, item in subjects.items():
        for end in _ENDS:
            touching.setdefault(text_of(item, end) or "", []).append(ref)
    left = dict(subjects)
    for ref, head in bundle.objects.items():
        if text_of(head, "type") in _REPORTS:
            members = _members(subjects, touching, head)
            yield ref, head, [subjects[member] for member in members]
            for member in members:
                left.pop(member, None)
    creators = {text_of(item, "created_by_ref") for item in bundle.objects.values()}
    rest = [item for ref, item in left.items() if ref not in creators]
    if rest:
        yield bundle.ref, None, rest


def _members(subjects: dict[str, Json], touching: dict[str, list[str]], head: Json) -> list[str]:
    """What a report refers to, what was observed in that, and the relationships and sightings that touch it."""
    named = dict.fromkeys(texts_of(head, "object_refs"))
    named |= dict.fromkeys(ref for member in named if member in subjects for ref in texts_of(subjects[member], "object_refs"))
    found = [ref for member in named for ref in (member, *touching.get(member, ()))]
    return [ref for ref in dict.fromkeys(found) if ref in subjects]


def _read_record(bundle: Bundle, ref: str, head: Json | None, members: list[Json]) -> Record:
    said, markings = Said(), Markings(bundle.objects)
    parts = StixParts({identity: item for item in members if (identity := text_of(item, "id"))})
    everything = [head, *members] if head is not None else members
    for item in everything:
        said.include(markings.said_of(item))
    for item in members:
        parts.add(item)
    texts = [text_of(head, "name"), text_of(head, "description")] if head is not None else [s["text"] for s in parts.statements]
    first = everything[0]
    changed = max((time for item in everything if (time := text_of(item, "modified"))), default=None)
    return {
        "envelope": {
            "source_system": SOURCE_SYSTEM,
            "source_ref": ref,
            "action": "RECALL" if first is head and first.get("revoked") is True else "VERSION",
            "recorded_at": changed,
            "published_at": published_since(changed, text_of(first, "published")),
        },
        "marking": said.marking(),
        "grading": said.grading(),
        "occurred": parts.occurred(),
        "intelligence": {
            "text": "\n".join(text for text in texts if text) or None,
            "sanitised_text": None if said.is_releasable() else markings.releasable_text(everything),
            "source_ref": next((creator for item in everything if (creator := text_of(item, "created_by_ref"))), None),
        },
        "persons": parts.persons,
        "objects": parts.objects,
        "locations": parts.locations,
        "links": parts.links(),
        "statements": [*parts.statements, *markings.statements(everything), *said.statements()],
    }
