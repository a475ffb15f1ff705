"""What the decision attributes of a record say, word by word: the naive evaluator's own reading of them.

Written from DESIGN's words and the docstrings of `clauses.py`, `attributes.py` and `ages.py`. It shares no code with the hub's
reading (`attribute_views.py`): one that is wrong in the same way would have to be written wrongly twice.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from schemas import reference_codes
from stream_processors import national
from stream_processors.attributes import Attributes, PersonFacts, PlaceFacts

LONDON = ZoneInfo("Europe/London")


class Fact(NamedTuple):
    """The values of one attribute, and whether these are all: where they are not, it may have any other as well."""

    values: frozenset[str]
    complete: bool


UNKNOWN = Fact(frozenset(), complete=False)
NOTHING = Fact(frozenset(), complete=True)


class Facts(NamedTuple):
    """All that conditions may ask about one record."""

    record: dict[str, Fact]
    persons: list[dict[str, Fact]]
    ages: list[set[str]]
    """Per person the bands that are possible."""
    places: list[dict[str, Fact]]
    households: list[set[int]]
    homes: list[set[int]]
    score: int | None


def facts_of(attributes: Attributes, now_ms: int) -> Facts:
    """The facts at this time (UTC milliseconds)."""
    now = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=now_ms)
    persons = [_person(person) for person in attributes.persons]
    places = [_place(place) for place in attributes.places]
    everywhere = list(attributes.markers)
    for part in (*attributes.persons, *attributes.places):
        everywhere.extend(part.markers)
    tier, sensitive = attributes.marking
    record = {
        "kind": _all([attributes.kind]),
        "force": _all([attributes.force]),
        "marking": _all([f"{tier}-SENSITIVE" if sensitive else tier]),
        "handling_instruction": _instructions(attributes.handling, now),
        "marker": _from_list(everywhere, national.MARKERS),
        "subject_category": _together(person["subject_category"] for person in persons),
        "person_role": _together(person["role"] for person in persons),
        "victim_anonymity": _complainant(attributes),
        "object_type": _all(code for code, _ in attributes.objects),
        "object_status": _each((status and status.upper()) for _, status in attributes.objects),
        "cross_border": _one(attributes.cross_border),
        "hour": _hour(attributes.hour),
    }
    record |= _detail(attributes) | _grade(attributes)
    return Facts(
        record,
        persons,
        [set(person.ages) for person in attributes.persons],
        places,
        [set(person.household) for person in attributes.persons],
        [set(place.home_of) for place in attributes.places],
        attributes.score,
    )


def _all(values: Iterable[str]) -> Fact:
    """These values and no other. UNMAPPED is one that nobody can read: there it may be any."""
    listed = frozenset(values)
    return Fact(listed, complete=national.UNMAPPED not in listed)


def _from_list(values: Iterable[str], known: frozenset[str]) -> Fact:
    """As `_all`; what is not on the closed list can't be read."""
    return _all(value if value in known else national.UNMAPPED for value in values)


def _one(value: str | None) -> Fact:
    """The one value; not sent, or not to be read: unknown."""
    return UNKNOWN if value in (None, national.UNMAPPED) else _all([str(value)])


def _each(values: Iterable[str | None]) -> Fact:
    """One value for each of several things; where one was not sent it may be any."""
    return _all(value or national.UNMAPPED for value in values)


def _together(facts: Iterable[Fact]) -> Fact:
    listed = list(facts)
    return Fact(frozenset(v for fact in listed for v in fact.values), complete=all(fact.complete for fact in listed))


def _person(person: PersonFacts) -> dict[str, Fact]:
    roles = _from_list(person.roles, national.PERSON_ROLES)
    nationality = UNKNOWN
    if person.nationality:
        nationality = _all(["british"] if person.nationality == "GBR" else ["foreign"])
    return {
        "role": roles if person.roles else Fact(frozenset((national.UNMAPPED,)), complete=False),
        "subject_category": _from_list(person.categories, national.SUBJECT_CATEGORIES),
        "marker": _from_list(person.markers, national.MARKERS),
        "nationality": nationality,
    }


def _place(place: PlaceFacts) -> dict[str, Fact]:
    return {"role": _from_list([place.role], national.LOCATION_ROLES), "marker": _from_list(place.markers, national.MARKERS)}


def _instructions(handling: Iterable[str], now: datetime) -> Fact:
    """An embargo with an end that can be read binds until then; one without, always; what can't be read, as anything."""
    standing = []
    for instruction in handling:
        head, _, end = instruction.partition("EMBARGOED UNTIL ")
        if head == "" and end:
            try:
                until = datetime.fromisoformat(end)
            except ValueError:
                standing.append(national.UNMAPPED)
                continue
            until = until if until.tzinfo else until.replace(tzinfo=LONDON)
            standing += ["EMBARGOED"] if now < until else []
        else:
            standing.append(instruction)
    return _from_list(standing, national.HANDLING_INSTRUCTIONS)


def _hour(hour: int | None) -> Fact:
    if hour is None:
        return UNKNOWN
    local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=hour)).astimezone(LONDON)
    return _all([local.strftime("%H")])


def _detail(attributes: Attributes) -> dict[str, Fact]:
    """A record has no attribute that its kind does not have; one that its kind has and that was not sent is unknown."""
    kind, detail = attributes.kind, attributes.detail
    names = "sub_type incident_category incident_theme qualifier response_grade crime_type offence offence_flag offence_group"
    found = dict.fromkeys([*names.split(), "outcome", "status"], NOTHING)
    if kind == "incident":
        categories = [category for category in detail.categories if category]
        themes = [_theme(category) for category in categories]
        found |= {
            "sub_type": _one(detail.sub_type),
            "incident_category": _all(categories) if categories else UNKNOWN,
            "incident_theme": _all(themes) if themes else UNKNOWN,
            "qualifier": _all(detail.qualifiers),
            "response_grade": _one(detail.response_grade),
        }
    if kind in ("crime", "custody"):
        found |= {
            "offence": _each(detail.offences),
            "offence_group": _one(detail.offence_group),
            "offence_flag": _flags(attributes),
            "outcome": _one(detail.outcome),
        }
    if kind == "crime":
        found["crime_type"] = _one(detail.crime_type)
    if kind in ("incident", "crime", "custody"):
        found["status"] = _all([detail.status.upper()]) if detail.status else UNKNOWN
    return found


def _theme(category: str) -> str:
    known = reference_codes.incident_categories()
    return known[category].theme if category in known else national.UNMAPPED


def _flags(attributes: Attributes) -> Fact:
    detail = attributes.detail
    said = {"sexual": detail.sexual in ("Y", "ALLEGED"), "modern-slavery": detail.modern_slavery in ("Y", "ALLEGED")}
    told = {"sexual": said["sexual"] or detail.sexual == "N"}
    told["modern-slavery"] = said["modern-slavery"] or detail.modern_slavery == "N"
    if attributes.kind == "crime":
        said["hate"], told["hate"] = detail.hate is True, detail.hate is not None
    unread = [] if all(told.values()) else [national.UNMAPPED]
    return _all([*(name for name, is_so in said.items() if is_so), *unread])


def _complainant(attributes: Attributes) -> Fact:
    """SO(A)A 1992 s.1, MSA 2015 s.2: from the allegation, the offence, or the categories of an incident; unknown wherever it
    can't be told. A search and a report have no offence."""
    detail, yes, no = attributes.detail, _all(["Y"]), _all(["N"])
    if attributes.kind in ("crime", "custody"):
        if detail.sexual in ("Y", "ALLEGED") or detail.modern_slavery == "Y":
            return yes
        return no if detail.sexual == "N" and detail.modern_slavery == "N" else UNKNOWN
    if attributes.kind == "incident":
        opening, closing = detail.categories
        told = closing not in ("CRIME", national.UNMAPPED)
        if detail.sub_type != "asb":
            told = told and opening not in ("", "CRIME", national.UNMAPPED)
        return no if told else UNKNOWN
    return no


def _grade(attributes: Attributes) -> dict[str, Fact]:
    """P needs an assessed source and no code of C; C needs an assessed source and both its codes. Anything else: C, A1, S2."""
    names = ("grade_handling", "action_code", "sanitisation_code")
    if attributes.grading is None:
        return dict.fromkeys(names, UNKNOWN if attributes.kind == "intelligence" else NOTHING)
    source, assessment, handling, action, sanitisation = attributes.grading
    if source in ("1", "2", "3") and assessment in ("A", "B", "C", "D", "E"):
        if (handling, action, sanitisation) == ("P", None, None):
            return dict(zip(names, (_all(["P"]), NOTHING, NOTHING), strict=True))
        if handling == "C" and action in ("A1", "A2", "A3") and sanitisation in ("S1", "S2"):
            return dict(zip(names, (_all(["C"]), _all([action]), _all([sanitisation])), strict=True))
    return dict(zip(names, (_all(["C"]), _all(["A1"]), _all(["S2"])), strict=True))
