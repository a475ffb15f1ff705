"""What the truth allows an agency of a version and the agency did not get, though the record has it. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from deploy.nation.readings_levels import LEVELS, THING_SORTS
from deploy.nation.truth import Received, VersionRow
from schemas.records import Record
from stream_processors.national import UNMAPPED

_FIELDS = {
    "NAME": ("given_name", "surname"),
    "ALIAS": ("alias",),
    "DATE_OF_BIRTH": ("date_of_birth",),
    "TELEPHONE": ("telephone",),
    "EMAIL": ("email",),
    "PNC": ("pnc_id",),
    "CRO": ("cro_number",),
    "NHS": ("nhs_number",),
    "SCHOOL": ("school",),
    "WORKPLACE": ("workplace",),
}
"""Sort of a string of a person to the fields that have it."""
_PLACES = {
    "exact": ("text", "postcode", "uprn", "latitude", "longitude", "lad_code"),
    "outward": ("postcode_outward", "lad_code"),
    "authority": ("lad_code",),
    "none": (),
}
_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}")
_TEXTS = {
    "summary": (("crime", "summary"), ("crime", "modus_operandi"), ("custody", "summary"), ("incident", "summary")),
    "sanitised": (("intelligence", "sanitised_text"),),
    "none": (),
}


def find_missing(row: VersionRow, given: Received, record: Record, delivered: Record) -> Iterator[tuple[str, str]]:
    """(identity or empty, field) of each value that the record has, the truth allows, and the delivery has nowhere."""
    told = _listed(delivered, "persons")
    for part, person in zip(row.parts, record["persons"], strict=False):
        for sort in LEVELS[given.persons.get(part.person, "role")]:
            for name in _FIELDS.get(sort, ()):
                if person[name] and not any(other.get(name) == person[name] for other in told):
                    yield part.person, f"persons.{name}"
    if len(told) < len(_described(row, given, record)):
        yield "", "persons"
    for name in _PLACES[given.places]:
        has = any(_has(place, name) for place in record["locations"])
        if has and not any(place.get(name) is not None for place in _listed(delivered, "locations")):
            yield row.place, f"locations.{name}"
    yield from _things(row, given, record, _listed(delivered, "objects"))
    for kind, name in _TEXTS[given.text]:
        if (record.get(kind) or {}).get(name) and not (delivered.get(kind) or {}).get(name):
            yield "", f"{kind}.{name}"


def _has(place: Record, name: str) -> bool:
    """Whether the record has it: the outward part only of a postcode of the national form, others can't be made coarser."""
    if name != "postcode_outward":
        return place[name] is not None
    return place["postcode"] is not None and _POSTCODE.fullmatch(place["postcode"]) is not None


def _described(row: VersionRow, given: Received, record: Record) -> set[str]:
    """Persons that the agency is to be told of, of whom the record says anything: who is but mentioned may be a child,
    and whoever may be one is treated as one."""
    said = {name for names in _FIELDS.values() for name in names} | {"age", "age_range"}
    pairs = zip(row.parts, record["persons"], strict=False)
    return {part.person for part, person in pairs if part.person in given.persons and any(person[name] for name in said)}


def _things(row: VersionRow, given: Received, record: Record, told: list[Record]) -> Iterator[tuple[str, str]]:
    if given.things == "none":
        return
    for identity, thing in zip(row.things, record["objects"], strict=False):
        is_vehicle = thing["type"]["code"] == "VEHICLE"
        is_named = bool(THING_SORTS[given.things]) and (given.things == "exact" or is_vehicle)
        if is_named and thing["identifier"] and not any(other.get("identifier") == thing["identifier"] for other in told):
            yield identity, "objects.identifier"
        if thing["type"]["code"] != UNMAPPED and not any(other.get("type") for other in told):
            yield identity, "objects.type"


def _listed(delivered: Mapping[str, Any], name: str) -> list[Record]:
    return list(delivered.get(name) or ())
