"""Sample records: a standard record with every field filled, that has given decision attributes as far as a record can. Pure.

Nothing in it is anybody's: it shows what a field list lets leave, and that a witness is a record, not attributes alone.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.kinds import KINDS
from schemas.records import Record, load_schema
from stream_processors.attributes import Attributes, PersonFacts, PlaceFacts
from stream_processors.national import UNMAPPED

_START = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
_BORN = {"under-10": "2020-03-04", "10-17": "2012-03-04", "adult": "1980-03-04"}
_TEXTS = {
    "postcode": "NE1 7RU",
    "telephone": "+441632960123",
    "identifier": "ZZ99 ZZZ",
    "date_of_birth": "1980-03-04",
}
"""Text fields that an obligation reads, and must therefore have their form."""

_STATUS = "SAMPLE"
"""Where nobody asks for one."""

_CODE = {"code": "SAMPLE", "source_value": None, "scheme": None}


def sample_record(attributes: Attributes) -> Record:
    """The record. `derive_attributes` of it gives these attributes, where a record can have them at all."""
    kind = KINDS[attributes.kind]
    record: Record = _filled(load_schema(kind.standard))
    tier, sensitive = attributes.marking
    record["envelope"] |= {"kind": kind.name, "force": attributes.force, "action": "VERSION", "version": 1, "partial": False}
    record["envelope"]["record_id"] = f"{attributes.force}:native:S/1"
    record["marking"] |= {"tier": tier, "sensitive": sensitive, "handling": list(attributes.handling)}
    record["markers"] = list(attributes.markers) + (["cross-border"] if attributes.cross_border == "Y" else [])
    names = ("source", "assessment", "handling", "action", "sanitisation")
    record["grading"] = attributes.grading and record["grading"] | dict(zip(names, attributes.grading, strict=True))
    record["occurred"] = {"start": _start(attributes.hour), "end": _start(attributes.hour), "precision": "MINUTE"}
    record["quality"] |= {"flags": [], "score": attributes.score}
    record["originator_control"] = _control(attributes)
    _fill_detail(record[kind.detail], attributes)
    person, place, thing = record["persons"][0], record["locations"][0], record["objects"][0]
    record["persons"] = [_person(person, facts, at) for at, facts in enumerate(attributes.persons)]
    record["locations"] = _places(place, attributes)
    objects = attributes.objects or (("VEHICLE", None),)
    record["objects"] = [thing | {"type": _code(code), "status": status or _STATUS} for code, status in objects]
    record["links"] = _links(attributes)
    return record


def _start(hour: int | None) -> datetime:
    return _START if hour is None else datetime.fromtimestamp(0, UTC) + timedelta(hours=hour, minutes=30)


def _control(attributes: Attributes) -> Record | None:
    if attributes.control is None:
        return None
    only, barred, consents = attributes.control
    listed = [{"agency": agency, "until": until} for agency, until in consents]
    return {"only": list(only), "except": list(barred), "consents": listed}


def _fill_detail(detail: Record, attributes: Attributes) -> None:
    found = attributes.detail
    offences = [_code(code) for code in found.offences]
    if attributes.kind == "incident":
        opening, closing = (*found.categories, "", "")[:2]
        detail |= {"sub_type": found.sub_type, "opening_category": _code(opening), "closing_category": _code(closing)}
        detail |= {"qualifiers": [_code(code) for code in found.qualifiers], "status": found.status or _STATUS}
        detail["grade_normalised"] = found.response_grade or UNMAPPED
    elif attributes.kind in ("crime", "custody"):
        group, sexual = found.offence_group or UNMAPPED, "Y" if found.sexual == "ALLEGED" else found.sexual
        detail |= {"offence_group": group, "sexual_offence": sexual, "modern_slavery": found.modern_slavery}
        detail |= {"offence": offences[0], "status": found.status or _STATUS}
        if attributes.kind == "crime":
            detail |= {"crime_type": _coded(found.crime_type), "outcome": _coded(found.outcome), "hate_flag": found.hate}
            detail["sexual_offence_alleged"] = found.sexual == "ALLEGED"
        else:
            detail |= {"disposal": _coded(found.outcome), "other_offences": offences[1:]}


def _person(full: Record, facts: PersonFacts, at: int) -> Record:
    own: Record = {"ref": f"p{at}", "roles": list(facts.roles), "subject_categories": list(facts.categories)}
    own |= {"markers": list(facts.markers), "nationality": facts.nationality, "date_of_birth": _BORN[facts.ages[0]]}
    return full | own


def _places(full: Record, attributes: Attributes) -> list[Record]:
    where = list(attributes.places) or [PlaceFacts("INCIDENT", (), ())]
    if attributes.lads and all(place.role != "INCIDENT" for place in where):
        where.append(PlaceFacts("INCIDENT", (), ()))
    lad, csp = next(iter(attributes.lads), None), next(iter(attributes.csps), None)
    area = {"lad_code": lad, "csp_code": csp, "police_area": attributes.force if attributes.cross_border else None}
    own = [{"ref": f"l{at}", "role": place.role, "markers": list(place.markers)} for at, place in enumerate(where)]
    return [full | area | each for each in own]


def _links(attributes: Attributes) -> list[Record]:
    links = [
        {"from_ref": f"p{at}", "to_ref": f"p{other}", "reason": "sameHousehold"}
        for at, person in enumerate(attributes.persons)
        for other in person.household
    ]
    for at, place in enumerate(attributes.places):
        links += [{"from_ref": f"p{who}", "to_ref": f"l{at}", "reason": "homeAddress"} for who in place.home_of]
    return links


def _code(code: str | None) -> Record | None:
    return None if not code else _CODE | {"code": code}


def _coded(code: str | None) -> Record:
    """As `_code`, with the code of what nobody can read where there is none: to every condition it is the same."""
    return _CODE | {"code": code or UNMAPPED}


def _filled(schema: Any, name: str = "") -> Any:  # noqa: PLR0911  # a case for each type
    """A value of the type in which nothing is left empty."""
    if isinstance(schema, list):
        return _filled(next(branch for branch in schema if branch != "null"), name)
    if isinstance(schema, str):
        return _plain(schema, name)
    kind = schema["type"]
    if schema.get("logicalType") == "timestamp-millis":
        return _START
    if kind == "array":
        return [_filled(schema["items"], name)]
    if kind == "enum":
        return schema["symbols"][0]
    if kind == "record":
        return {field["name"]: _filled(field["type"], field["name"]) for field in schema["fields"]}
    return _filled(kind, name)


def _plain(schema: str, name: str) -> Any:
    if "." in schema:
        return _filled(load_schema(schema), name)
    values: Record = {"string": _TEXTS.get(name, f"a {name}"), "int": 7, "long": 7, "double": 54.9876, "boolean": True}
    return values[schema]
