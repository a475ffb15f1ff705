"""What conditions ask of the decision attributes: sets of values, three-valued. Pure.

An attribute is the set of values that a record has (a line of a clause holds where it meets them), the empty set where it is
known to have none, or None where that is unknown. A value that can't be read is UNMAPPED: beside known ones it leaves unknown
what the known ones don't settle. Unknown satisfies a prohibition and never a permission.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from schemas.reference_codes import incident_categories
from stream_processors.attributes import Attributes, Detail, PersonFacts, PlaceFacts
from stream_processors.national import (
    HANDLING_INSTRUCTIONS,
    LOCATION_ROLES,
    MARKERS,
    PERSON_ROLES,
    SUBJECT_CATEGORIES,
    UNMAPPED,
)
from stream_processors.quality import ASSESSMENTS, SOURCES

Attribute = frozenset[str] | None
"""Values, none, or unknown."""

NONE: frozenset[str] = frozenset()
"""Known to have no value."""

_LONDON = ZoneInfo("Europe/London")
_EMBARGO = "EMBARGOED UNTIL "
_ANY = frozenset((UNMAPPED,))


class View(NamedTuple):
    """A record's attributes as conditions ask for them."""

    record: Mapping[str, Attribute]
    persons: tuple[Mapping[str, Attribute], ...]
    places: tuple[Mapping[str, Attribute], ...]
    households: tuple[tuple[int, ...], ...]
    """Per person: positions of those who live with him or her."""
    homes: tuple[tuple[int, ...], ...]
    """Per place: positions of those who live there."""
    score: int | None


def view_of(attributes: Attributes) -> View:
    """The view of the whole record. Total: whatever can't be read is unknown."""
    persons = tuple(map(person_view, attributes.persons))
    places = tuple(map(place_view, attributes.places))
    record: dict[str, Attribute] = dict(detail_view(attributes.kind, attributes.detail))
    record |= marking_view(attributes.marking, attributes.handling)
    record |= grading_view(attributes.kind, attributes.grading)
    record |= objects_view(attributes.objects)
    record["force"], record["hour"] = frozenset((attributes.force,)), hour_view(attributes.hour)
    record["cross_border"] = None if attributes.cross_border is None else frozenset((attributes.cross_border,))
    record["marker"] = markers_view(attributes.markers)["marker"]
    for name, own in (("marker", "marker"), ("subject_category", "subject_category"), ("person_role", "role")):
        parts = [person[own] for person in persons]
        parts += [place[own] for place in places] if name == "marker" else []
        record[name] = (record.get(name) or NONE).union(*(part or NONE for part in parts))
    households = tuple(person.household for person in attributes.persons)
    homes = tuple(place.home_of for place in attributes.places)
    return View(record, persons, places, households, homes, attributes.score)


def marking_view(marking: tuple[str, bool], handling: tuple[str, ...]) -> Mapping[str, Attribute]:
    """Tier and handling instructions."""
    tier, sensitive = marking
    return {
        "marking": frozenset((f"{tier}{'-SENSITIVE' if sensitive else ''}",)),
        "handling_instruction": _listed(map(_plain_instruction, handling), HANDLING_INSTRUCTIONS),
    }


def markers_view(markers: tuple[str, ...]) -> Mapping[str, Attribute]:
    """Markers of the record itself."""
    return {"marker": _listed(markers, MARKERS)}


def objects_view(objects: tuple[tuple[str, str | None], ...]) -> Mapping[str, Attribute]:
    """Types and states of objects."""
    return {
        "object_type": frozenset(code for code, _ in objects),
        "object_status": frozenset(status.upper() if status else UNMAPPED for _, status in objects),
    }


def hour_view(hour: int | None) -> Attribute:
    """Hour of the day in London."""
    return None if hour is None else frozenset((f"{datetime.fromtimestamp(hour * 3600, UTC).astimezone(_LONDON).hour:02d}",))


def person_view(facts: PersonFacts) -> Mapping[str, Attribute]:
    """One person, as clauses on persons ask; `role` and the others are the record's, too."""
    return {
        "role": _listed(facts.roles, PERSON_ROLES) or _ANY,  # in no role: nobody knows in which
        "subject_category": _listed(facts.categories, SUBJECT_CATEGORIES),
        "marker": _listed(facts.markers, MARKERS),
        "age": frozenset(facts.ages),
        "nationality": None if not facts.nationality else frozenset(("british" if facts.nationality == "GBR" else "foreign",)),
    }


def place_view(facts: PlaceFacts) -> Mapping[str, Attribute]:
    """One place, as clauses on places ask."""
    return {"role": _listed((facts.role,), LOCATION_ROLES), "marker": _listed(facts.markers, MARKERS)}


def _listed(values: Iterable[str], known: frozenset[str]) -> frozenset[str]:
    """Values of a closed list; one that is not on it may be any of them."""
    return frozenset(value if value in known else UNMAPPED for value in values)


def _known(code: str | None) -> Attribute:
    return None if code is None or code == UNMAPPED else frozenset((code,))


_DETAIL_NAMES = (
    "sub_type incident_category incident_theme qualifier response_grade crime_type offence offence_flag offence_group "
    "outcome status"
).split()


def detail_view(kind: str, detail: Detail) -> Mapping[str, Attribute]:
    """What the incident, crime, custody record or search itself says."""
    found: dict[str, Attribute] = dict.fromkeys(_DETAIL_NAMES, NONE)
    found["kind"], found["victim_anonymity"] = frozenset((kind,)), _victim_anonymity(kind, detail)
    if kind == "incident":
        categories = [code for code in detail.categories if code]
        found["sub_type"] = _known(detail.sub_type)
        found["incident_category"] = frozenset(categories) if categories else None
        found["incident_theme"] = frozenset(map(_theme, categories)) if categories else None
        found["qualifier"] = frozenset(detail.qualifiers)
        found["response_grade"] = _known(detail.response_grade)
        found["status"] = _status(detail.status)
    elif kind in ("crime", "custody"):
        found["crime_type"] = _known(detail.crime_type) if kind == "crime" else NONE
        found["offence"] = frozenset(code or UNMAPPED for code in detail.offences)
        found["offence_group"] = _known(detail.offence_group)
        found["offence_flag"] = _flags(detail, kind)
        found["outcome"] = _known(detail.outcome)
        found["status"] = _status(detail.status)
    return found


def _status(status: str | None) -> Attribute:
    return frozenset((status.upper(),)) if status else None


def _theme(category: str) -> str:
    known = incident_categories().get(category)
    return known.theme if known else UNMAPPED


def _flags(detail: Detail, kind: str) -> Attribute:
    found = []
    for name, value in (("sexual", detail.sexual), ("modern-slavery", detail.modern_slavery)):
        if value in ("Y", "ALLEGED"):
            found.append(name)
        elif value != "N":
            found.append(UNMAPPED)
    if kind == "crime" and detail.hate is not False:
        found.append("hate" if detail.hate else UNMAPPED)
    return frozenset(found)


def grading_view(kind: str, grading: tuple[str | None, ...] | None) -> Mapping[str, Attribute]:
    """3x5x2 in its most restrictive reading: a missing or contradictory grade is C, A1 and S2."""
    names = ("grade_handling", "action_code", "sanitisation_code")
    if grading is None:
        return dict.fromkeys(names, None if kind == "intelligence" else NONE)
    source, assessment, handling, action, sanitisation = grading
    is_assessed = source in SOURCES and assessment in ASSESSMENTS
    if is_assessed and handling == "P" and action is None and sanitisation is None:
        return dict(zip(names, (frozenset("P"), NONE, NONE), strict=True))
    if not (is_assessed and handling == "C" and action in ("A1", "A2", "A3") and sanitisation in ("S1", "S2")):
        action, sanitisation = "A1", "S2"
    return dict(zip(names, (frozenset("C"), frozenset((str(action),)), frozenset((str(sanitisation),))), strict=True))


def _victim_anonymity(kind: str, detail: Detail) -> Attribute:
    """Y once a sexual offence or trafficking is alleged or classified; unknown where it can't be told (SO(A)A 1992 s.1, MSA
    2015 s.2: of modern slavery no code says whether it is trafficking)."""
    if kind in ("crime", "custody"):
        # A custody record has no flag of an allegation: there the offences of the arrest alone tell.
        if detail.sexual in ("Y", "ALLEGED") or detail.modern_slavery == "Y":
            return frozenset("Y")
        return frozenset("N") if (detail.sexual, detail.modern_slavery) == ("N", "N") else None
    if kind == "incident":
        # No category of the national list is a sexual offence: such a log opens or closes as a crime, which does not say of
        # what. What has no category, or one that nobody can read, may be one. ASB says what it is about: there the closing
        # one alone can still make a crime of it.
        opening, closing = detail.categories
        may_be_crime = closing in (UNMAPPED, "CRIME") or (detail.sub_type != "asb" and opening in ("", UNMAPPED, "CRIME"))
        return None if may_be_crime else frozenset("N")
    # A search and a report have no offence. What a report alleges stands in its markers, and who is its victim in its persons:
    # the prohibition asks for these.
    return frozenset("N")


def _plain_instruction(instruction: str) -> str:
    return "EMBARGOED" if _embargo_end(instruction) is not None else instruction


@lru_cache(maxsize=1024)
def _embargo_end(instruction: str) -> datetime | None:
    """When an embargo ends; None where the instruction is none with an end that can be read."""
    if not instruction.startswith(_EMBARGO):
        return None
    try:
        until = datetime.fromisoformat(instruction.removeprefix(_EMBARGO))
    except ValueError:
        return None
    return until if until.tzinfo is not None else until.replace(tzinfo=_LONDON)


def without_ended_embargo(attributes: Attributes, now_ms: int) -> Attributes:
    """The attributes as they are at this time: `EMBARGOED UNTIL <ISO 8601>` binds until then, a plain EMBARGOED always."""
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    standing = tuple(each for each in attributes.handling if (end := _embargo_end(each)) is None or end > now)
    return attributes if standing == attributes.handling else attributes._replace(handling=standing)
