"""Coded values: what each code of each list is called nationally. Incident categories, sub-types and event types.

A code means something only within its scheme: `W4` is Roma in one list and Gypsy or Irish Traveller in another, `7` is mixed in
one and `IC7` unknown in another. So nothing is ever converted by position or by the code alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from schemas.reference_files import load, rows

NATIONAL = "national"
"""The scheme whose codes are the national ones themselves: it defines each list."""


@dataclass(frozen=True, slots=True)
class IncidentCategory:
    """A category or qualifier of an incident; ids are the hub's own. `sub_type` follows from it, or is empty."""

    id: str
    theme: str
    label: str
    is_usable_at_opening: bool
    is_usable_at_closing: bool
    sub_type: str


@dataclass(frozen=True, slots=True)
class SubType:
    """A sub-type of incidents: what a rule that shares only some incidents names."""

    id: str
    label: str
    note: str


@dataclass(frozen=True, slots=True)
class EventType:
    """An event type that partners name, as this hub has it: a kind, and where that is not enough, what selects within it.

    `sub_type` of incidents; `markers` and `qualifiers` that select such records of any sub-type, too. Empty: nothing does.
    """

    id: str
    kind: str
    sub_type: str
    markers: tuple[str, ...]
    qualifiers: tuple[str, ...]
    note: str


@cache
def incident_categories() -> dict[str, IncidentCategory]:
    """Incident categories and qualifiers, by the hub's id."""
    return {category.id: category for category in load("incident_categories.csv", IncidentCategory)}


@cache
def sub_types() -> dict[str, SubType]:
    """Sub-types of incidents, by id."""
    return {sub_type.id: sub_type for sub_type in load("incident_sub_types.csv", SubType)}


@cache
def event_types() -> dict[str, EventType]:
    """Every event type that partners name, by id."""
    return {event_type.id: event_type for event_type in load("event_types.csv", EventType)}


@cache
def response_grades() -> dict[tuple[str, str], str]:
    """(scheme, grade) to EMERGENCY, PRIORITY, SCHEDULED or NO_DEPLOYMENT."""
    return {(row["scheme"], row["grade"]): row["normalised"] for row in rows("response_grades.csv")}


@cache
def coded_values() -> dict[tuple[str, str, str], str]:
    """(list, scheme, code) to the national code of the list. A code that has no national one is not here.

    Schemes are lower case. The scheme `national` has every national code of a list.
    """
    found = {(row["list"], row["scheme"], row["code"]): row["national"] for row in rows("coded_values.csv") if row["national"]}
    return found | {("response_grade", scheme, grade): national for (scheme, grade), national in response_grades().items()}


@cache
def labels() -> dict[str, Mapping[str, str]]:
    """Each list of coded values: national code to what it is called."""
    found: dict[str, dict[str, str]] = {}
    for row in rows("coded_values.csv"):
        if row["scheme"] == NATIONAL:
            found.setdefault(row["list"], {})[row["code"]] = row["label"]
    return dict(found)


@cache
def national_codes(code_list: str) -> frozenset[str]:
    """The national codes of a list of coded values; empty for a list that is not known."""
    return frozenset(labels().get(code_list, ()))
