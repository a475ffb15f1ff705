"""The POLE minimum: what a record of each kind has to say, and what of it is missing. Pure.

Source: Minimum POLE Data Standards Dictionary v1.1 (NPCC and PDS, July 2023), events E_001 to E_006 and the "4+1" of a person.
Intelligence is not in the dictionary: its minimum is the project's own. Four readings of ours, because the dictionary is
silent: a closing code is due once a log is closed; an outcome once a crime is not open any more; a crime is concluded once its
status says so; what an incident is about decides which minimum holds (ASB, safeguarding, or the common one).
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from schemas.codes import Code
from schemas.records import Record
from stream_processors.standardising import Share, Standardising


class Requirement(NamedTuple):
    """One field of a minimum: where it stands, the flag of its absence, and whether the record has it."""

    path: str
    code: Code
    is_there: Callable[[Record], bool]


def judge_completeness(state: Standardising, kind: str, record: Record) -> int | None:
    """Share of the minimum that is there, 0 to 100; what is missing is flagged."""
    share = Share()
    sub_type = record["incident"]["sub_type"] if kind == "incident" else ""
    for requirement in _MINIMUM.get(f"{kind}/{sub_type}", _MINIMUM[kind]):
        is_there = requirement.is_there(record)
        share.count(is_there)
        if not is_there:
            state.flag(requirement.code, requirement.path)
    placed = _placed(record)
    for index, person in enumerate(record["persons"]):
        _judge_person(state, share, person, f"persons[{index}]", placed)
    return share.percent


_IDENTIFYING = (
    "given_name surname alias date_of_birth age_range age place_of_birth sex gender ethnicity_self_defined "
    "ethnicity_officer_defined nationality telephone email pnc_id cro_number nhs_number nino description"
).split()
"""Fields of which a person must have one: no person record without identifying or physical data."""


def _judge_person(state: Standardising, share: Share, person: Record, path: str, placed: frozenset[str]) -> None:
    """A named person has four fields and one contact; any other has at least something that tells who it is."""
    if not (person["given_name"] or person["surname"]):
        if not any(person[name] for name in _IDENTIFYING):
            state.flag(Code.PERSON_BARE, path)
        return
    for name in ("given_name", "surname", "date_of_birth"):
        share.count(bool(person[name]))
        if not person[name]:
            state.flag(Code.MINIMUM_MISSING, f"{path}.{name}")
    has_gender = bool(person["gender"] or person["sex"])
    share.count(has_gender)
    if not has_gender:
        state.flag(Code.MINIMUM_MISSING, f"{path}.gender")
    has_contact = bool(person["telephone"] or person["email"]) or person["ref"] in placed
    share.count(has_contact)
    if not has_contact:
        state.flag(Code.MINIMUM_MISSING, f"{path}.telephone")


def _placed(record: Record) -> frozenset[str]:
    """The references from which a link leads to a location: an address is a contact, too. Made once for a record: it may have
    thousands of persons and places.
    """
    places = {place["ref"] for place in record["locations"]}
    return frozenset(link["from_ref"] for link in record["links"] if link["to_ref"] in places)


def _has(part: str, name: str) -> Requirement:
    def is_there(record: Record) -> bool:
        value = record[part][name]
        return value is not None and value not in ("", [])

    return Requirement(f"{part}.{name}", Code.MINIMUM_MISSING, is_there)


def _has_person(path: str, *roles: str) -> Requirement:
    """Somebody in one of these roles; without roles: anybody."""
    wanted = frozenset(roles)

    def is_there(record: Record) -> bool:
        return any(not wanted or not wanted.isdisjoint(person["roles"]) for person in record["persons"])

    return Requirement(path, Code.MINIMUM_MISSING, is_there)


def _person_has(name: str, *others: str) -> Requirement:
    """The first person has the field, or one of the others."""

    def is_there(record: Record) -> bool:
        persons = record["persons"]
        return bool(persons) and any(persons[0][each] not in (None, "", []) for each in (name, *others))

    return Requirement(f"persons[0].{name}", Code.MINIMUM_MISSING, is_there)


def _when(condition: Callable[[Record], bool], requirement: Requirement) -> Requirement:
    """Due only where the condition holds."""
    return requirement._replace(is_there=lambda record: not condition(record) or requirement.is_there(record))


def _is_placed_somewhere(record: Record) -> bool:
    return any(
        place["postcode"] or place["text"] or place["latitude"] is not None or place["uprn"] or place["lsoa_code"]
        for place in record["locations"]
    )


def _is_closed(record: Record) -> bool:
    return bool(record["incident"]["status"] == "CLOSED")


def _is_concluded(record: Record) -> bool:
    return bool(record["crime"]["status"] == "CONCLUDED")


_WHEN_AND_WHERE = (
    Requirement("occurred", Code.TIME_MISSING, lambda record: record["occurred"] is not None),
    Requirement("locations", Code.LOCATION_MISSING, _is_placed_somewhere),
)

_OFFENCE = Requirement(
    "crime.offence",
    Code.OFFENCE_MISSING,
    lambda record: bool(record["crime"]["offence"] or record["crime"]["ho_classification"]),
)

_ARREST_OFFENCE = Requirement(
    "custody.offence",
    Code.OFFENCE_MISSING,
    lambda record: bool(record["custody"]["offence"] or record["custody"]["ho_classification"]),
)

_INCIDENT = (
    _has("incident", "opening_category"),
    _has("incident", "qualifiers"),
    _when(_is_closed, _has("incident", "closing_category")),
)

_MINIMUM: Mapping[str, tuple[Requirement, ...]] = {
    "crime": (
        _OFFENCE,
        *(_has("crime", name) for name in ("crime_type", "status", "hate_flag", "modus_operandi", "reported_at")),
        *(_has("crime", name) for name in ("recording_officer", "supervising_officer")),
        _when(lambda record: bool(record["crime"]["status"] != "OPEN"), _has("crime", "outcome")),
        _when(lambda record: bool(record["crime"]["hate_flag"]), _has("crime", "hate_checked")),
        _when(_is_concluded, _has_person("persons", "OFFENDER")),
        *_WHEN_AND_WHERE,
    ),
    "incident": (*_INCIDENT, _has_person("persons"), *_WHEN_AND_WHERE),
    "incident/asb": (
        _has("incident", "opening_category"),
        *(_has("incident", name) for name in ("asb_class", "questionnaire_completed", "repeat_victim")),
        _has_person("persons", "PERSON_REPORTING"),
        *_WHEN_AND_WHERE,
    ),
    "incident/safeguarding": (
        *(_has("incident", name) for name in ("repeat_victim", "repeat_offender", "children_present")),
        _has_person("persons", "VICTIM", "VULNERABLE_CHILD", "VULNERABLE_ADULT"),
        _has_person("persons", "SUSPECT", "OFFENDER"),
        *_WHEN_AND_WHERE,
    ),
    "custody": (
        _ARREST_OFFENCE,
        *(_has("custody", name) for name in ("asn", "arrest_reason", "arresting_officer")),
        _has_person("persons", "SUSPECT", "OFFENDER"),
        _person_has("gender", "sex"),
        *(_person_has(name) for name in ("nationality", "ethnicity_self_defined", "ethnicity_officer_defined")),
    ),
    "stop-search": (
        *(_has("stop_search", name) for name in ("object_of_search", "receipt_ref", "officer")),
        _person_has("surname", "given_name"),
        *(_person_has(name) for name in ("date_of_birth", "place_of_birth")),
        _person_has("age", "date_of_birth", "age_range"),
        *(_person_has(name) for name in ("ethnicity_self_defined", "ethnicity_officer_defined")),
        *_WHEN_AND_WHERE,
    ),
    "intelligence": (
        Requirement("grading", Code.GRADING_MISSING, lambda record: record["grading"] is not None),
        _has("intelligence", "text"),
    ),
}
"""By kind; by kind and sub-type where that has a minimum of its own."""
