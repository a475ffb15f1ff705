"""What the lines of clauses can come to at all: values, kinds that have the attribute, and what can't be so at once. Pure.

It follows `attribute_views.view_of`: lines that only some kinds of record can meet, attributes that have one value only. Where
the view may be unknown, so may the line; what must be *known* to hold can be contradictory where what may only hold is not.
"""

from collections.abc import Callable, Mapping

from schemas.kinds import KINDS
from schemas.reference import forces
from schemas.reference_codes import incident_categories
from stream_processors.national import (
    HANDLING_INSTRUCTIONS,
    MARKERS,
    OBJECT_TYPES,
    PERSON_ROLES,
    SUBJECT_CATEGORIES,
)

EVERY_KIND = frozenset(KINDS)
_INCIDENT, _CRIME = frozenset(("incident",)), frozenset(("crime",))
_OFFENCES = frozenset(("crime", "custody"))

_KINDS_OF: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("sub_type", "incident_category", "incident_theme", "qualifier", "response_grade"), _INCIDENT),
    "crime_type": _CRIME,
    **dict.fromkeys(("offence", "offence_group", "offence_flag", "outcome"), _OFFENCES),
    "status": _OFFENCES | _INCIDENT,
}
"""Lines that are empty, and known to be, for every other kind."""

ONE_VALUE = frozenset(
    "kind force marking sub_type response_grade crime_type offence_group outcome status victim_anonymity cross_border hour "
    "grade_handling action_code sanitisation_code".split()
)
"""Attributes that have no two values at once."""

ALWAYS_KNOWN = frozenset(("kind", "force", "marking"))
"""Attributes that every record has and that are never unknown."""


def kinds_of_line(name: str, values: frozenset[str], *, known: bool) -> frozenset[str]:
    """Kinds of record for which the line can hold; `known` False: for which it is not known not to."""
    if name == "kind":
        return values & EVERY_KIND
    if name == "victim_anonymity":
        # Known of a crime or an arrest alone; an incident may turn out to be one; a search and a report have no offence.
        if known:
            return _OFFENCES if values == {"Y"} else EVERY_KIND
        return _OFFENCES | _INCIDENT if values == {"Y"} else EVERY_KIND
    if name == "offence_flag" and values == {"hate"} and known:
        return _CRIME
    return _KINDS_OF.get(name, EVERY_KIND)


def values_of_line(name: str) -> tuple[str, ...]:
    """Values that a line of a closed list can name; empty: the list is open."""
    return _VALUES[name]() if name in _VALUES else ()


_VALUES: Mapping[str, Callable[[], tuple[str, ...]]] = {
    "kind": lambda: tuple(KINDS),
    "force": lambda: tuple(forces()),
    "marking": lambda: ("OFFICIAL", "OFFICIAL-SENSITIVE"),
    "incident_category": lambda: tuple(incident_categories()),
    "incident_theme": lambda: tuple(sorted({each.theme for each in incident_categories().values()})),
    "response_grade": lambda: ("EMERGENCY", "PRIORITY", "SCHEDULED", "NO_DEPLOYMENT"),
    "handling_instruction": lambda: tuple(sorted(HANDLING_INSTRUCTIONS)),
    "grade_handling": lambda: ("P", "C"),
    "action_code": lambda: ("A1", "A2", "A3"),
    "sanitisation_code": lambda: ("S1", "S2"),
    "subject_category": lambda: tuple(sorted(SUBJECT_CATEGORIES)),
    "person_role": lambda: tuple(sorted(PERSON_ROLES)),
    "marker": lambda: tuple(sorted(MARKERS)),
    "victim_anonymity": lambda: ("Y", "N"),
    "offence_flag": lambda: ("sexual", "modern-slavery", "hate"),
    "object_type": lambda: tuple(sorted(OBJECT_TYPES)),
    "cross_border": lambda: ("Y", "N"),
    "hour": lambda: tuple(f"{hour:02d}" for hour in range(24)),
}

PAIRS: tuple[tuple[str, frozenset[str], str, frozenset[str], str], ...] = (
    ("grade_handling", frozenset("P"), "action_code", frozenset(("A1", "A2", "A3")), "P has no action code"),
    ("grade_handling", frozenset("P"), "sanitisation_code", frozenset(("S1", "S2")), "P has no sanitisation code"),
    ("victim_anonymity", frozenset("N"), "offence_flag", frozenset(("sexual",)), "a sexual offence has victim anonymity"),
)
"""Two lines of which, with no value but these, not both can be known to hold, and why."""
