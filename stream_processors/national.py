"""National codes: what each local code is mapped to, and what follows from a code."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from schemas import reference

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

_GRADES = frozenset(("EMERGENCY", "PRIORITY", "SCHEDULED", "NO_DEPLOYMENT"))
_SEX = frozenset(("MALE", "FEMALE", "OTHER", "NOT_STATED"))
OBJECT_TYPES = frozenset(("VEHICLE", "TELEPHONE", "EMAIL", "PASSPORT", "DRIVING_LICENCE", "PROPERTY", "WEAPON", "DRUGS"))
"""National object types; `UNMAPPED` beside them."""
_SELF_DEFINED = frozenset("W1 W2 W3 W4 W9 M1 M2 M3 M9 A1 A2 A3 A4 A9 B1 B2 B9 O2 O9 NS".split())
_OFFICER_DEFINED = frozenset(("IC1", "IC2", "IC3", "IC4", "IC5", "IC6", "IC7"))
_STOP_OUTCOMES = frozenset(
    "NO_FURTHER_ACTION ARREST COMMUNITY_RESOLUTION CAUTION SUMMONS PENALTY_NOTICE DRUGS_WARNING ADVICE SEIZURE".split()
)


@dataclass(frozen=True)
class National:
    """Everything that standardise needs to know of the nation. Made once; pure from then on."""

    lists: Mapping[str, frozenset[str]]
    markers: frozenset[str]
    offence_group: Mapping[str, str]
    """National offence code to offence group."""
    sexual_offence: Mapping[str, str]
    """National offence code to Y, N or UNKNOWN."""
    sexual_crime_type: Mapping[str, str]
    """Public crime type to Y, N, or UNKNOWN where offences of both sorts have it."""
    lad_of_lsoa_name: Callable[[str], str | None]
    csp_of_lad: Mapping[str, str | None]
    """Local authority to its community safety partnership; None where it has more than one."""


@cache
def load_national() -> National:
    """The national codes from the reference data."""
    offences = reference.offences()
    lists = {
        "offence": frozenset(offences),
        "crime_type": frozenset(reference.police_uk_categories()),
        "outcome": frozenset(reference.outcomes()),
        "incident_category": frozenset(reference.incident_categories()),
        "qualifier": frozenset(reference.incident_categories()),
        "response_grade": _GRADES,
        "stop_outcome": _STOP_OUTCOMES,
        "sex": _SEX,
        "gender": _SEX,
        "ethnicity_self_defined": _SELF_DEFINED,
        "ethnicity_officer_defined": _OFFICER_DEFINED,
        "object_type": OBJECT_TYPES,
    }
    by_type: dict[str, set[str]] = {}
    for offence in offences.values():
        by_type.setdefault(offence.police_uk_category, set()).add("Y" if offence.is_sexual else "N")
    # Public types without a listed offence tell nothing: unknown, except anti-social behaviour, which is no crime.
    sexual_type = {slug: (found.pop() if len(found) == 1 else "UNKNOWN") for slug, found in by_type.items()}
    return National(
        lists=lists,
        markers=MARKERS,
        offence_group={code: offence.group for code, offence in offences.items()},
        sexual_offence={code: "Y" if offence.is_sexual else "N" for code, offence in offences.items()},
        sexual_crime_type=sexual_type,
        lad_of_lsoa_name=reference.lad_of_lsoa_name,
        csp_of_lad={
            code: lad.csp_codes[0] if len(lad.csp_codes) == 1 else None for code, lad in reference.local_authorities().items()
        },
    )
