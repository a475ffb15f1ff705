"""The decision attributes of a standard record: a closed set, no names. Pure.

`derive_attributes` reads them as they stand, in tuples that are quick to make and to compare: the memo of decisions lives on
that. `stream_processors/attribute_views.py` makes of them what conditions ask: sets, three-valued.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from schemas.records import Record
from stream_processors.ages import Days, age_bands, event_days
from stream_processors.national import HOME_LINKS, HOUSEHOLD_LINKS

_NOBODY: tuple[int, ...] = ()


class PersonFacts(NamedTuple):
    """What decides about one person. Positions are those of the record's lists."""

    roles: tuple[str, ...]
    categories: tuple[str, ...]
    ages: tuple[str, ...]
    """Possible bands at the event."""
    markers: tuple[str, ...]
    nationality: str | None
    household: tuple[int, ...]
    """Positions of the persons with whom he or she lives."""


class PlaceFacts(NamedTuple):
    """What decides about one place."""

    role: str
    markers: tuple[str, ...]
    home_of: tuple[int, ...]
    """Positions of the persons who live there."""


class Control(NamedTuple):
    """What the originator says of who may have it."""

    only: tuple[str, ...]
    barred: tuple[str, ...]
    consents: tuple[tuple[str, str | None], ...]
    """(agency or kind, ISO date of the last day)."""


class Detail(NamedTuple):
    """What decides of the incident, crime, custody record or search itself; codes as they stand, None where not sent."""

    sub_type: str | None = None
    categories: tuple[str, ...] = ()
    qualifiers: tuple[str, ...] = ()
    response_grade: str | None = None
    crime_type: str | None = None
    offences: tuple[str | None, ...] = ()
    offence_group: str | None = None
    outcome: str | None = None
    status: str | None = None
    sexual: str | None = None
    """Y, N, UNKNOWN; ALLEGED: whatever the classification."""
    modern_slavery: str | None = None
    hate: bool | None = None


class Attributes(NamedTuple):
    """Every attribute of one standard record. The first HEAD of them have few values and are looked up together."""

    kind: str
    marking: tuple[str, bool]
    handling: tuple[str, ...]
    markers: tuple[str, ...]
    """Of the record itself."""
    grading: tuple[str | None, ...] | None
    """source, assessment, handling, action, sanitisation."""
    objects: tuple[tuple[str, str | None], ...]
    cross_border: str | None
    detail: Detail
    persons: tuple[PersonFacts, ...]
    places: tuple[PlaceFacts, ...]
    force: str
    lads: tuple[str, ...]
    """Authorities where it happened; empty: unknown."""
    csps: tuple[str, ...]
    hour: int | None
    """The event's hour since 1970, UTC; None where it is not known to the hour."""
    score: int | None
    control: Control | None


HEAD = Attributes._fields.index("detail")
"""How many attributes the head has."""


def derive_attributes(record: Record) -> Attributes:
    """Every attribute of the record. Raises KeyError, TypeError, ... where it is no standard record: a fault."""
    envelope, marking, control = record["envelope"], record["marking"], record["originator_control"]
    kind, grading, locations = envelope["kind"], record["grading"], record["locations"]
    links = record["links"]
    period = record["occurred"]
    days = event_days(period)
    household, homes = _links(links, record) if links else (None, None)
    persons = tuple([_person(person, days, household, position) for position, person in enumerate(record["persons"])])
    places = tuple(
        [
            PlaceFacts(place["role"], tuple(place["markers"]), homes[position] if homes else _NOBODY)
            for position, place in enumerate(locations)
        ]
    )
    where = [place for place in locations if place["role"] == "INCIDENT"]
    return Attributes(
        kind,
        (marking["tier"], marking["sensitive"]),
        tuple(marking["handling"]),
        tuple(record["markers"]),
        _grading(grading) if grading else None,
        tuple([(thing["type"]["code"], thing["status"]) for thing in record["objects"]]),
        _cross_border(record["markers"], envelope["force"], where),
        _DETAILS[kind](record),
        persons,
        places,
        envelope["force"],
        tuple([place["lad_code"] for place in where if place["lad_code"]]),
        tuple([place["csp_code"] for place in where if place["csp_code"]]),
        _hour(period),
        record["quality"]["score"],
        _control(control) if control else None,
    )


def _person(person: Record, days: Days | None, household: list[tuple[int, ...]] | None, position: int) -> PersonFacts:
    return PersonFacts(
        tuple(person["roles"]),
        tuple(person["subject_categories"]),
        age_bands(person, days),
        tuple(person["markers"]),
        person["nationality"],
        household[position] if household else _NOBODY,
    )


def _grading(grading: Record) -> tuple[str | None, ...]:
    names = ("source", "assessment", "handling", "action", "sanitisation")
    return tuple([grading[name] for name in names])


def _control(control: Record) -> Control | None:
    consents = tuple([(consent["agency"], consent["until"]) for consent in control["consents"]])
    found = Control(tuple(control["only"]), tuple(control["except"]), consents)
    return found if any(found) else None


def _cross_border(markers: Sequence[str], force: str, where: Sequence[Record]) -> str | None:
    if "cross-border" in markers:
        return "Y"
    areas = {place["police_area"] for place in where}
    if areas - {force, None}:
        return "Y"
    return None if None in areas or not areas else "N"


def _hour(period: Record | None) -> int | None:
    if period is None or period["start"] is None or period["precision"] not in ("MINUTE", "HOUR"):
        return None
    return int(period["start"].timestamp() // 3600)


def _links(links: Sequence[Record], record: Record) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """Per person the others of the household, per place who lives there. A link is read both ways."""
    position = {person["ref"]: number for number, person in enumerate(record["persons"])}
    place = {where["ref"]: number for number, where in enumerate(record["locations"])}
    household: list[set[int]] = [set() for _ in position]
    homes: list[set[int]] = [set() for _ in place]
    if len(position) != len(record["persons"]) or len(place) != len(record["locations"]):
        return [_NOBODY] * len(record["persons"]), [_NOBODY] * len(record["locations"])  # refs that don't tell them apart
    for link in links:
        for one, other in ((link["from_ref"], link["to_ref"]), (link["to_ref"], link["from_ref"])):
            if link["reason"] in HOUSEHOLD_LINKS and one in position and other in position:
                household[position[one]].add(position[other])
            elif link["reason"] in HOME_LINKS and one in position and other in place:
                homes[place[other]].add(position[one])
    return [tuple(sorted(each)) for each in household], [tuple(sorted(each)) for each in homes]


def _code(coded: Record | None) -> str | None:
    return coded["code"] if coded else None


def _crime(record: Record) -> Detail:
    crime = record["crime"]
    sexual = "ALLEGED" if crime["sexual_offence_alleged"] else crime["sexual_offence"]
    return Detail(
        crime_type=_code(crime["crime_type"]),
        offences=(_code(crime["offence"]),),
        offence_group=crime["offence_group"],
        outcome=_code(crime["outcome"]),
        status=crime["status"],
        sexual=sexual,
        modern_slavery=crime["modern_slavery"],
        hate=crime["hate_flag"],
    )


def _custody(record: Record) -> Detail:
    custody = record["custody"]
    return Detail(
        offences=(_code(custody["offence"]), *(_code(each) for each in custody["other_offences"])),
        offence_group=custody["offence_group"],
        outcome=_code(custody["disposal"]),
        status=custody["status"],
        sexual=custody["sexual_offence"],
        modern_slavery=custody["modern_slavery"],
    )


def _incident(record: Record) -> Detail:
    incident = record["incident"]
    opening, closing = incident["opening_category"], incident["closing_category"]
    return Detail(
        sub_type=incident["sub_type"],
        categories=(opening["code"] if opening else "", closing["code"] if closing else ""),
        qualifiers=tuple([qualifier["code"] for qualifier in incident["qualifiers"]]),
        response_grade=incident["grade_normalised"],
        status=incident["status"],
    )


def _nothing(_record: Record) -> Detail:
    return _NO_DETAIL


_NO_DETAIL = Detail()
_DETAILS: Mapping[str, Callable[[Record], Detail]] = {
    "crime": _crime,
    "custody": _custody,
    "incident": _incident,
    "stop-search": _nothing,
    "intelligence": _nothing,
}
