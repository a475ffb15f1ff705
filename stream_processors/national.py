"""National codes: what each local code is mapped to, and what follows from a code."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from schemas import reference
from schemas import reference_codes as codes
from schemas import reference_geography as geography
from schemas import reference_offences as offences
from schemas.code_lists import code_lists

UNMAPPED = "UNMAPPED"
"""The code of a value that has no national one. The record keeps the value as sent beside it."""

MARKERS = frozenset(
    "child vulnerable domestic-abuse high-risk mappa supervision referral-consent refuge safe-address protected-person "
    "source-material legal-privilege tenancy school port coast trunk-road cross-border soc firearms csea modern-slavery fraud "
    "serious-violence".split()
)
"""Markers that a force may set and a rule may name. Any other is unknown."""

HANDLING_INSTRUCTIONS = frozenset(("RECIPIENTS ONLY", "FOR PUBLIC RELEASE", "HMG USE ONLY", "EMBARGOED", "UK EYES ONLY"))
"""Handling instructions of the GSC policy (2023) that a rule may name. Any other is unknown: it may restrict its readers."""

SUBJECT_CATEGORIES = frozenset(("SUSPECT", "CONVICTED", "VICTIM", "WITNESS_OR_OTHER"))
"""DPA 2018 s.38(3)."""

LOCATION_ROLES = frozenset(("INCIDENT", "HOME", "WORK", "SCHOOL", "OTHER"))
"""What a location is to the record."""

HOUSEHOLD_LINKS = frozenset(("sameHousehold", "livesWith"))
"""Reasons of links between persons that say they live in one household. Kin alone does not say so."""

HOME_LINKS = frozenset(("homeAddress", "currentAddress", "permanentAddress"))
"""Reasons of links that say a person lives at a place (the iHub model's names)."""

PERSON_ROLES = frozenset(
    "VICTIM SUSPECT OFFENDER WITNESS SUBJECT PERSON_REPORTING VULNERABLE_CHILD VULNERABLE_ADULT MISSING INVOLVED_PARTY".split()
)
"""POLE roles that a rule may name. Somebody in another role, or in none, may be any of them."""

OBJECT_TYPES = frozenset(("VEHICLE", "TELEPHONE", "EMAIL", "PASSPORT", "DRIVING_LICENCE", "PROPERTY", "WEAPON", "DRUGS"))
"""National object types; `UNMAPPED` beside them."""


class Area(NamedTuple):
    """Where a place lies: ONS codes of the authority and its community safety partnership, and the force of the police area."""

    lad: str | None
    csp: str | None
    police_area: str | None


@dataclass(frozen=True, eq=False)
class National:
    """Everything that standardise needs to know of the nation. Made once; pure from then on."""

    lists: Mapping[str, frozenset[str]]
    coded: Mapping[tuple[str, str, str], str]
    """(list, scheme, code) to the national code, for codes of lists that others keep."""
    markers: frozenset[str]
    offence_group: Mapping[str, str]
    """Offence code (recorded-crime, Home Office, CJS) to offence group."""
    sexual_offence: Mapping[str, str]
    """Offence code to Y, N or UNKNOWN."""
    modern_slavery: Mapping[str, str]
    """Offence code to Y, N or UNKNOWN."""
    sexual_crime_type: Mapping[str, str]
    """Public crime type to Y, N, or UNKNOWN where offences of both sorts have it."""
    crime_type_of: Mapping[str, str]
    """Recorded-crime code to its public crime type; not there where it can't be told."""
    recorded_code_of: Mapping[str, str]
    """Home Office classification to the recorded-crime code; not there where it can't be told."""
    sub_type_of: Mapping[str, str]
    """Incident category to the sub-type that follows from it; not there where none does."""
    area_of: Callable[[str | None, str | None, str | None], Area]
    """Authority code, small area code and small area name to the area."""
    forces_at: Callable[[float, float], frozenset[str]]
    """Latitude and longitude, WGS 84 degrees, to the forces whose area it may lie in; empty: unknown."""
    territorial: frozenset[str]
    """The forces that have an area of their own in England and Wales."""


@cache
def load_national() -> National:
    """The national codes from the reference data."""
    recorded, index, courts = offences.offences(), offences.ho_offences(), offences.cjs_offences()
    grouped: list[offences.Offence | offences.HoOffence] = [*recorded.values(), *index.values()]
    known: list[offences.Offence | offences.HoOffence | offences.CjsOffence] = [*grouped, *courts.values()]
    return National(
        lists={name: frozenset(labels) for name, labels in code_lists().items()},
        coded=_coded(),
        markers=MARKERS,
        offence_group={each.code: each.group for each in grouped},
        sexual_offence={each.code: each.sexual for each in known},
        modern_slavery={each.code: each.modern_slavery for each in known},
        sexual_crime_type=offences.sexual_crime_types(),
        crime_type_of={code: each.police_uk_category for code, each in recorded.items() if each.police_uk_category},
        recorded_code_of={code: each.recorded_code for code, each in index.items() if each.recorded_code},
        sub_type_of={code: each.sub_type for code, each in codes.incident_categories().items() if each.sub_type},
        area_of=find_area,
        forces_at=geography.forces_at,
        territorial=frozenset(force.id for force in reference.forces().values() if force.is_territorial_of_england_and_wales),
    )


def _coded() -> dict[tuple[str, str, str], str]:
    """Codes of named schemes. A Home Office classification tells the recorded-crime code where that is certain."""
    index = offences.ho_offences()
    found = dict(codes.coded_values())
    found |= {("offence", "cjs", code): code for code in offences.cjs_offences()}
    found |= {("offence", "ho", code): each.recorded_code or code for code, each in index.items()}
    return found | {("ho_classification", "ho", code): code for code in index}


@lru_cache(maxsize=50_000)
def find_area(lad_code: str | None, lsoa_code: str | None, lsoa_name: str | None) -> Area:
    """The authority by its own code of any year, else by the small area's code, else by its name."""
    lad = geography.current_lad(lad_code) if lad_code else None
    lad = lad or (geography.lad_of_lsoa(lsoa_code) if lsoa_code else None)
    lad = lad or (geography.lad_of_lsoa_name(lsoa_name) if lsoa_name else None)
    force = geography.police_area_of_lad(lad or lad_code or "")
    return Area(lad, geography.csp_of_lad(lad) if lad else None, force or None)
