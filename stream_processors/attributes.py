"""The decision attributes of a standard record: a closed set, three-valued. Pure.

Each attribute is a set of values (a line of a clause holds where it meets them), the empty set where the record is known to
have none, or None where that is unknown. Unknown satisfies a prohibition and never a permission.
"""

from collections.abc import Iterable, Mapping

from schemas.records import Record
from stream_processors.national import HANDLING_INSTRUCTIONS, MARKERS, UNMAPPED

Attribute = frozenset[str] | None
Attributes = Mapping[str, Attribute]

NONE: frozenset[str] = frozenset()
"""Known to have no value."""

NAMES = (
    "kind sub_type force crime_type offence offence_group outcome incident_category qualifier response_grade marking "
    "handling_instruction grade_handling action_code sanitisation_code subject_category person_role marker "
    "victim_anonymity lad originator_only originator_except action"
).split()
"""Every attribute, in the order in which they are stored."""


def derive_attributes(record: Record) -> dict[str, Attribute]:
    """Every attribute of the record."""
    envelope, marking = record["envelope"], record["marking"]
    incident = record.get("incident")
    control = record["originator_control"]
    persons, places = record["persons"], record["locations"]
    found: dict[str, Attribute] = {
        "kind": frozenset((envelope["kind"],)),
        "force": frozenset((envelope["force"],)),
        "action": _known(envelope["action"]),
        "marking": frozenset((f"{marking['tier']}{'-SENSITIVE' if marking['sensitive'] else ''}",)),
        "handling_instruction": _listed(marking["handling"], HANDLING_INSTRUCTIONS),
        "subject_category": _known_all(c for person in persons for c in person["subject_categories"]),
        "person_role": frozenset(role for person in persons for role in person["roles"]),
        "marker": _listed([*record["markers"], *(m for part in (*persons, *places) for m in part["markers"])], MARKERS),
        "victim_anonymity": _victim_anonymity(record),
        "lad": _area(places),
        "originator_only": frozenset(control["only"]) if control else NONE,
        "originator_except": frozenset(control["except"]) if control else NONE,
    }
    found |= _offence(record) | _incident(incident) | _grading(record)
    return found


def _listed(values: Iterable[str], known: frozenset[str]) -> Attribute:
    """Values of a closed list; one that is not on it may be any of them."""
    return frozenset(value if value in known else UNMAPPED for value in values)


def _known(code: str | None) -> Attribute:
    return None if code is None or code == "UNMAPPED" else frozenset((code,))


def _known_all(codes: Iterable[str]) -> Attribute:
    found = frozenset(codes)
    return None if "UNMAPPED" in found else found


def _code(coded: Record | None) -> Attribute:
    return _known(coded["code"]) if coded else None


def _offence(record: Record) -> dict[str, Attribute]:
    crime, custody = record.get("crime"), record.get("custody")
    detail = crime or custody
    if detail is None:
        return dict.fromkeys(("crime_type", "offence", "offence_group", "outcome"), NONE)
    return {
        "crime_type": _code(crime["crime_type"]) if crime else NONE,
        "offence": _code(detail["offence"]),
        "offence_group": _known(detail["offence_group"]),
        "outcome": _code(detail["outcome" if crime else "disposal"]),
    }


def _incident(incident: Record | None) -> dict[str, Attribute]:
    if incident is None:
        return dict.fromkeys(("sub_type", "incident_category", "qualifier", "response_grade"), NONE)
    categories = [incident[name]["code"] for name in ("opening_category", "closing_category") if incident[name]]
    return {
        "sub_type": _known(incident["sub_type"]),
        "incident_category": _known_all(categories) if categories else None,
        "qualifier": _known_all(qualifier["code"] for qualifier in incident["qualifiers"]),
        "response_grade": _known(incident["grade_normalised"]),
    }


def _grading(record: Record) -> dict[str, Attribute]:
    """3x5x2 in its most restrictive reading: a missing or contradictory grade is C, A1 and S2."""
    grading = record["grading"]
    if grading is None:
        missing = None if record["envelope"]["kind"] == "intelligence" else NONE
        return dict.fromkeys(("grade_handling", "action_code", "sanitisation_code"), missing)
    handling, action, sanitisation = grading["handling"], grading["action"], grading["sanitisation"]
    is_assessed = grading["source"] in ("1", "2", "3") and grading["assessment"] in ("A", "B", "C", "D", "E")
    if is_assessed and handling == "P" and action is None and sanitisation is None:
        return {"grade_handling": frozenset("P"), "action_code": NONE, "sanitisation_code": NONE}
    if not (is_assessed and handling == "C" and action in ("A1", "A2", "A3") and sanitisation in ("S1", "S2")):
        action, sanitisation = "A1", "S2"
    return {
        "grade_handling": frozenset("C"),
        "action_code": frozenset((action,)),
        "sanitisation_code": frozenset((sanitisation,)),
    }


def _victim_anonymity(record: Record) -> Attribute:
    """Y once a sexual offence is alleged or classified; unknown where it can't be told (SO(A)A 1992 s.1)."""
    detail, incident = record.get("crime") or record.get("custody"), record.get("incident")
    if detail is not None:
        # A custody record has no flag of an allegation: there the offence of the arrest alone tells.
        if detail.get("sexual_offence_alleged") or detail["sexual_offence"] == "Y":
            return frozenset("Y")
        return frozenset("N") if detail["sexual_offence"] == "N" else None
    if incident is not None:
        # No category of the national list is a sexual offence: such a log closes as a crime. ASB says what it is about;
        # every other category may still turn out to be one, and so may a log that opened as ASB and was closed as a crime.
        closing = incident["closing_category"]
        may_be_crime = closing is not None and closing["code"] in (UNMAPPED, "CRIME")
        return frozenset("N") if incident["sub_type"] == "asb" and not may_be_crime else None
    return frozenset("N") if record["envelope"]["kind"] == "stop-search" else None


def _area(places: Iterable[Record]) -> Attribute:
    """Local authorities of where it happened (of every place, where none is marked as that)."""
    listed = list(places)
    where = [place for place in listed if place["role"] == "INCIDENT"] or listed
    known = frozenset(place["lad_code"] for place in where if place["lad_code"])
    return known or None


def attribute_key(attributes: Attributes) -> tuple[Attribute, ...]:
    """The attributes as a hashable value, for the memo of decisions."""
    return tuple(attributes[name] for name in NAMES)
