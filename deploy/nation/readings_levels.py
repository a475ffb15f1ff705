"""How far a person, a place, a thing or a text may be given: the closed tables that readings choose from. Pure data."""

from collections.abc import Mapping
from typing import NamedTuple

LEVELS: Mapping[str, frozenset[str]] = {
    "full": frozenset("NAME ALIAS DATE_OF_BIRTH TELEPHONE EMAIL PNC CRO ASN SCHOOL WORKPLACE".split()),
    "full-unlocated": frozenset("NAME ALIAS DATE_OF_BIRTH TELEPHONE EMAIL PNC CRO ASN".split()),
    "care": frozenset("NAME ALIAS DATE_OF_BIRTH TELEPHONE EMAIL NHS SCHOOL WORKPLACE".split()),
    "care-unlocated": frozenset("NAME ALIAS DATE_OF_BIRTH TELEPHONE EMAIL NHS".split()),
    "case": frozenset("NAME ALIAS DATE_OF_BIRTH TELEPHONE EMAIL".split()),
    "contact": frozenset("NAME TELEPHONE".split()),
    "name": frozenset(("NAME",)),
    "role": frozenset(),
}
"""Of a person: level to the sorts of identifiers that the agency may know of him or her. `role`: that there is somebody in this
role, and nothing that identifies. A person who is not listed at all is not told of. No level has a source's reference, and
none of those for police and justice has the NHS number: it is a health record's key, and they have no use for it.
"""

UNLOCATED: Mapping[str, str] = {"full": "full-unlocated", "care": "care-unlocated"}
"""What a level becomes for somebody who must not be found: without school and workplace."""

PLACE_SORTS: Mapping[str, frozenset[str]] = {
    "exact": frozenset(("ADDRESS", "POSTCODE", "UPRN")),
    "outward": frozenset(),
    "authority": frozenset(),
    "none": frozenset(),
}
"""Of the scene's place. `outward`: outward part of the postcode and the local authority; `authority`: that alone."""

THING_SORTS: Mapping[str, frozenset[str]] = {
    "exact": frozenset(("PLATE", "TELEPHONE", "EMAIL", "SERIAL")),
    "vehicle": frozenset(("PLATE",)),
    "class": frozenset(),
    "none": frozenset(),
}
"""Of the scene's things. `vehicle`: vehicles with their plates and nothing else; `class`: what sort of thing it is."""

TEXTS = ("summary", "sanitised", "none")
"""`summary`: free text (summary, modus operandi, descriptions) with everybody whom it names; `sanitised`: the sanitised text of
intelligence. The text that tells of source and technique is given to nobody.
"""

ROLE = "role"


class Allowance(NamedTuple):
    """What one agency may receive of one version, and why."""

    why: str
    persons: dict[str, str]
    """Person id to a name of LEVELS."""
    places: str
    """A name of PLACE_SORTS."""
    things: str
    """A name of THING_SORTS."""
    text: str
    """One of TEXTS."""
