"""What a scene says, as a reading asks for it. Pure; reads the scene alone.

Three-valued where it matters: what is unknown satisfies a prohibition (`may_be_child`) and never a permission (`is_child`).
"""

from collections.abc import Container
from functools import cache
from typing import NamedTuple

from deploy.nation.calendar import local_day
from deploy.nation.requests import consents_of
from deploy.nation.scene import Part, Person, Scene
from deploy.nation.sub_types import told_sub_type
from schemas import reference, reference_codes, reference_offences

CONCERNED = frozenset(("SUSPECT", "OFFENDER", "SUBJECT"))
"""Roles of those whom a record is about."""
_SUSPECTED, _SUSPECT_CATEGORIES = frozenset(("SUSPECT", "OFFENDER")), frozenset(("SUSPECT", "CONVICTED"))
_AGE_OF_RESPONSIBILITY = 10
"""Children and Young Persons Act 1933 s.50: nobody under ten can commit an offence."""
_MAJORITY = 18
_OLDEST = 150
_SHELTER = frozenset(("refuge", "safe-address"))
"""Markers of a place that must not be found."""
_EXPLOITS = frozenset(("csea", "modern-slavery"))
"""Markers of exploitation and trafficking: offences that the 1992 Act names are alleged."""

SEXUAL, PROTECTED, SHELTERED, CHILD_SUSPECT, YOUNG_SUSPECT, CHILDS_HOME = (1 << bit for bit in range(6))
"""What was so of a record once and narrows it for good, whoever is taken out of it later: a sum of these. `SEXUAL`: that an
offence may have been a sexual one, for all that one could read; the last three: that somebody suspected may have been a child,
under ten, and that it was where he or she lives.
"""
LATCHES = ("sexual", "protected", "sheltered", "child-suspect", "young-suspect", "childs-home")
"""Their names, in that order."""


_YEAR_MS = 31_556_952_000
"""The mean length of a year: good to tell the year of an instant within one."""


class Seen(NamedTuple):
    """One person's part, with what follows from role and age. Ages are counted on the local day of what happened."""

    person: Person
    role: str
    is_suspect: bool
    """By role, or by the category of DPA 2018 s.38(3)."""
    is_victim: bool
    """Likewise."""
    is_child: bool = False
    is_adult: bool = False
    is_young: bool = False
    """Under ten."""
    is_youth: bool = False
    """Ten to seventeen."""
    may_be_child: bool = False
    may_be_young: bool = False

    @property
    def is_concerned(self) -> bool:
        """The record is about him or her, and not as somebody who suffered."""
        return self.is_suspect or self.role in CONCERNED


@cache
def theme_of(category: str) -> str:
    """Theme of an incident category: ASB, TRANSPORT, ...; empty where there is no such category."""
    found = reference_codes.incident_categories().get(category)
    return found.theme if found else ""


@cache
def prosecuted_outcomes() -> frozenset[str]:
    """Public outcomes under which a file has gone to the prosecutor: Home Office outcome type 1."""
    return frozenset(outcome.id for outcome in reference_offences.outcomes().values() if 1 in outcome.ho_outcome_types)


class Facts:
    """A scene seen through a reading's questions. Made once for each version.

    `hides`: what a fault keeps from the reader. Of a person in no role that anyone knows, only what his or her category says
    counts, and what stands against sharing. `latched`: what was so of an earlier version or is of this one, a sum of LATCHES.
    `at_ms`: when it is decided.
    """

    __slots__ = (
        "categories", "consents", "day", "has_child_suspect", "has_young_suspect", "is_childs_home", "is_sexual",
        "is_sheltered", "markers", "parts", "place", "scene", "sub_type", "unreadable",
    )  # fmt: skip

    def __init__(self, scene: Scene, hides: str = "", latched: int = 0, at_ms: int = 0) -> None:
        latched |= latch_of(scene, hides)
        self.scene = scene
        self.sub_type = told_sub_type(scene) if scene.kind == "incident" else None
        self.markers = scene.markers
        self.place = scene.place
        self.categories = {code for code in (scene.category, scene.closing) if code}
        """Opening and closing category of an incident, as far as they can be read."""
        self.consents = consents_of(scene)
        self.day = local_day(at_ms or scene.recorded_ms).isoformat()
        self.is_sexual, self.is_sheltered = bool(latched & SEXUAL), bool(latched & SHELTERED)
        self.has_child_suspect, self.has_young_suspect = bool(latched & CHILD_SUSPECT), bool(latched & YOUNG_SUSPECT)
        self.is_childs_home = bool(latched & CHILDS_HOME)
        seen = see_all(scene, hides)
        self.unreadable: Seen | None = None
        """Somebody in no role that anyone knows."""
        if hides == "role" and seen:
            category = scene.parts[0].category
            first = seen[0]._replace(role="", is_suspect=category in _SUSPECT_CATEGORIES, is_victim=category == "VICTIM")
            self.unreadable = first
            seen = [first, *seen[1:]] if first.is_suspect else seen[1:]
        self.parts: list[Seen] = seen

    def has_consent(self, kind: str) -> bool:
        """The originator has answered for this record: a consent names the kind or an agency of it, and none that does has
        ended. Each is good up to its last day.
        """
        agencies = reference.agencies()
        named = [until for name, until in self.consents if name == kind or (name in agencies and agencies[name].kind == kind)]
        return bool(named) and all(until is None or until >= self.day for until in named)

    def homes(self, own: Container[str]) -> str:
        """How far the place may be given to whoever is concerned with `own` (ids) alone: somebody else's home is not his."""
        lived_in = [seen.person.id in own for seen in self.parts if seen.person.home.id == self.place.id]
        if any(lived_in):
            return "exact"
        hidden = self.unreadable
        if hidden is not None and not hidden.is_suspect and hidden.person.home.id == self.place.id:
            return "authority"  # whose home it is can't be read
        return "outward" if lived_in else "exact"

    def concerned(self) -> list[Seen]:
        """Whom the record is about: known to be adults, so that their names may be given."""
        return [seen for seen in self.parts if seen.is_concerned and seen.is_adult]


def latch_of(scene: Scene, hides: str = "") -> int:
    """What this version adds to the latches of its record, by what can be read: a sum of LATCHES. What is unknown adds."""
    found = (PROTECTED | SHELTERED) if hides == "marker" else 0
    if alleges_sexual(scene, hides):
        found |= SEXUAL
    if "protected-person" in scene.markers:
        found |= PROTECTED
    if scene.place.kind == "refuge" or not _SHELTER.isdisjoint(scene.markers):
        found |= SHELTERED
    for part in scene.parts:
        if part.person.traits:
            found |= PROTECTED if "protected" in part.person.traits else 0
            found |= SHELTERED if "in-refuge" in part.person.traits else 0
    adult_before = 1970 + scene.occurred_ms // _YEAR_MS - _MAJORITY - 1
    for number, part in enumerate(scene.parts):
        person = part.person
        may_be_suspect = part.role in _SUSPECTED or part.category in _SUSPECT_CATEGORIES or (hides == "role" and number == 0)
        if not may_be_suspect or (
            person.born is not None and person.born.year < adult_before and hides not in ("time", "birth")
        ):
            continue  # most people: their birthdays need not be looked at
        seen = see_all(scene, hides)[number]
        if seen.may_be_child:
            found |= CHILD_SUSPECT | (YOUNG_SUSPECT if seen.may_be_young else 0)
            found |= CHILDS_HOME if person.home.id == scene.place.id and hides != "place" else 0
    return found


def alleges_sexual(scene: Scene, hides: str = "") -> bool:
    """A sexual offence or trafficking is alleged, or may be for all that one can read."""
    if hides == "marker" or not _EXPLOITS.isdisjoint(scene.markers):
        return True
    if scene.kind in ("crime", "custody"):
        known = reference_offences.offences().get(scene.offence or "")
        return hides == "offence" or known is None or known.sexual != "N" or known.modern_slavery != "N"
    if scene.kind == "incident":
        told = (scene.closing,) if told_sub_type(scene) == "asb" else (scene.category, scene.closing)
        return "CRIME" in told or hides == "closing" or (hides == "opening" and len(told) > 1)
    if scene.kind == "intelligence":
        return any(part.role == "VICTIM" or part.category == "VICTIM" for part in scene.parts) or (
            hides == "role" and bool(scene.parts)
        )
    return False


def see_all(scene: Scene, hides: str) -> list[Seen]:
    """Every part, in order. `hides`: of a fault."""
    seen = [see(part, scene.occurred_ms, hides != "time") for part in scene.parts]
    if hides == "birth":
        at = next((number for number, part in enumerate(scene.parts) if part.person.born is not None), 0)
        seen[at] = seen[at]._replace(
            is_child=True, is_adult=False, is_young=True, is_youth=False, may_be_child=True, may_be_young=True
        )
    return seen


def see(part: Part, occurred_ms: int, is_time_known: bool) -> Seen:
    """One part, with what follows from role and age."""
    person, role = part.person, part.role
    is_suspect = role in _SUSPECTED or part.category in _SUSPECT_CATEGORIES
    is_victim = role == "VICTIM" or part.category == "VICTIM"
    if person.born is None:
        return _see_by_range(person, role, is_suspect, is_victim)
    if not is_time_known:
        return Seen(person, role, is_suspect, is_victim, may_be_child=True, may_be_young=True)
    day = local_day(occurred_ms)
    if day.year - person.born.year > _MAJORITY:  # no birthday matters: so with most people, and comparing dates takes time
        return Seen(person, role, is_suspect, is_victim, False, True)
    age = person.age_on(day) or 0
    is_child, is_young = age < _MAJORITY, age < _AGE_OF_RESPONSIBILITY
    return Seen(
        person, role, is_suspect, is_victim, is_child, not is_child, is_young, is_child and not is_young, is_child, is_young
    )


def _see_by_range(person: Person, role: str, is_suspect: bool, is_victim: bool) -> Seen:
    """Of somebody without a date of birth: what the age range says; without one, what is known besides."""
    if person.is_unborn:
        return Seen(person, role, is_suspect, is_victim, True, False, True, False, True, True)
    low, high = _years(person.age_range or "")
    is_child, is_adult = high < _MAJORITY or "child-of-unknown-age" in person.traits, low >= _MAJORITY
    may_be_child, may_be_young = not is_adult, low < _AGE_OF_RESPONSIBILITY
    is_youth = is_child and not may_be_young
    return Seen(
        person,
        role,
        is_suspect,
        is_victim,
        is_child,
        is_adult,
        high < _AGE_OF_RESPONSIBILITY,
        is_youth,
        may_be_child,
        may_be_young,
    )


@cache
def _years(age_range: str) -> tuple[int, int]:
    """Lowest and highest age that `18-24` or `65+` allows; of any other text nothing is known."""
    low, _, high = age_range.rstrip("+").partition("-")
    if not low.isdecimal() or not (high or low).isdecimal():
        return 0, _OLDEST
    return int(low), int(high) if high else _OLDEST
