"""What a scene says, as a reading asks for it. Pure; reads the scene alone.

Three-valued where it matters: what is unknown satisfies a prohibition (`may_be_child`) and never a permission (`is_child`).
"""

from collections.abc import Container
from functools import cache
from typing import NamedTuple

from deploy.nation.calendar import local_day
from deploy.nation.scene import Part, Person, Scene
from schemas import reference_codes, reference_offences

CONCERNED = frozenset(("SUSPECT", "OFFENDER", "SUBJECT"))
"""Roles of those whom a record is about."""
_SUSPECTED, _SUSPECT_CATEGORIES = frozenset(("SUSPECT", "OFFENDER")), frozenset(("SUSPECT", "CONVICTED"))
_AGE_OF_RESPONSIBILITY = 10
"""Children and Young Persons Act 1933 s.50: nobody under ten can commit an offence."""
_MAJORITY = 18
_OLDEST = 150
_SHELTER = ("refuge", "safe-address")
"""Markers of a place that must not be found."""

SEXUAL, PROTECTED, SOURCE, SHELTERED, CHILD_SUSPECT, YOUNG_SUSPECT, CHILDS_HOME = (1 << bit for bit in range(7))
"""What was so of a record once and narrows it for good, whoever is taken out of it later: a sum of these. `SEXUAL`: that an
offence may have been a sexual one, for all that one could read; `CHILDS_HOME`: that it was where a child suspect lives.
"""
LATCHES = ("sexual", "protected", "source", "sheltered", "child-suspect", "young-suspect", "childs-home")
"""Their names, in that order."""


_YEAR_MS = 31_556_952_000
"""The mean length of a year: good to tell the year of an instant within one."""
_OF_TRAIT = (("protected", PROTECTED), ("source", SOURCE), ("in-refuge", SHELTERED))


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

    `hides`: what a fault keeps from the reader. Of a person in no role that anyone knows, only what stands against sharing
    counts. `latched`: what was so of an earlier version, a sum of LATCHES.
    """

    __slots__ = (
        "category", "has_child_suspect", "has_source", "has_young_suspect", "is_childs_home", "is_sexual", "is_sheltered",
        "is_whole", "markers", "parts", "place", "scene", "sub_type",
    )  # fmt: skip

    def __init__(self, scene: Scene, hides: str = "", latched: int = 0) -> None:
        self.scene = scene
        self.sub_type = scene.sub_type
        self.markers = scene.markers
        self.place = scene.place
        self.category = scene.closing or scene.category or ""
        self.is_sexual = scene.is_sexual_ever
        self.is_whole = hides != "role"
        self.is_sheltered = scene.place.kind == "refuge" or _SHELTER[0] in scene.markers or _SHELTER[1] in scene.markers
        self.has_source = self.has_child_suspect = self.has_young_suspect = self.is_childs_home = False
        if latched:
            self._latch(latched)
        self.parts: list[Seen] = []
        for part in scene.parts:
            seen = _see(part, scene.occurred_ms, hides != "time")
            if self.is_whole or self.parts or part is not scene.parts[0]:
                self.parts.append(seen)
            if seen.may_be_child and (seen.is_suspect or not self.is_whole):
                self.has_child_suspect = True
                self.has_young_suspect = self.has_young_suspect or seen.may_be_young
                self.is_childs_home = self.is_childs_home or seen.person.home.id == scene.place.id
            traits = seen.person.traits
            if seen.person is scene.source_person:
                self.has_source = True
            if traits:
                self.has_source = self.has_source or "source" in traits
                self.is_sheltered = self.is_sheltered or "in-refuge" in traits

    def _latch(self, latched: int) -> None:
        """What is so whoever takes part now."""
        self.is_sexual = self.is_sexual or bool(latched & SEXUAL)
        self.is_sheltered = self.is_sheltered or bool(latched & SHELTERED)
        self.has_source = bool(latched & SOURCE)
        self.has_child_suspect, self.has_young_suspect = bool(latched & CHILD_SUSPECT), bool(latched & YOUNG_SUSPECT)
        self.is_childs_home = bool(latched & CHILDS_HOME)

    def homes(self, own: Container[str]) -> str:
        """How far the place may be given to whoever is concerned with `own` (ids) alone: somebody else's home is not his."""
        lived_in = [seen.person.id in own for seen in self.parts if seen.person.home.id == self.place.id]
        return "outward" if lived_in and not any(lived_in) else "exact"

    def concerned(self) -> list[Seen]:
        """Whom the record is about: known to be adults, so that their names may be given."""
        return [seen for seen in self.parts if seen.is_concerned and seen.is_adult]

    def is_vehicle_matter(self) -> bool:
        """A vehicle was taken, or one runs under another's plate."""
        return self.scene.offence in ("48", "37/1", "37/2", "814") or any(
            (thing.status or "").upper() in ("STOLEN", "CLONED") for thing in self.scene.things if thing.type == "VEHICLE"
        )


def latch_of(scene: Scene) -> int:
    """What this version adds to the latches of its record, by what is so and not by what can be read: a sum of LATCHES.

    A suspect of unknown age is none of the children: that may become known, and then he or she is told of as an adult.
    """
    found, adult_before = 0, 1970 + scene.occurred_ms // _YEAR_MS - _MAJORITY - 1
    for part in scene.parts:
        person = part.person
        if person.traits:
            for trait, latch in _OF_TRAIT:
                if trait in person.traits:
                    found |= latch
        if person is scene.source_person:
            found |= SOURCE
        if part.role in _SUSPECTED or part.category in _SUSPECT_CATEGORIES:
            if person.born is not None and person.born.year < adult_before:
                continue  # so with most people: their birthdays need not be looked at
            seen = _see(part, scene.occurred_ms, True)
            if seen.is_child:
                found |= CHILD_SUSPECT | (YOUNG_SUSPECT if seen.is_young else 0)
                found |= CHILDS_HOME if person.home.id == scene.place.id else 0
    return found


def _see(part: Part, occurred_ms: int, is_time_known: bool) -> Seen:
    person, role = part.person, part.role
    is_suspect = role in _SUSPECTED or part.category in _SUSPECT_CATEGORIES
    is_victim = role == "VICTIM" or part.category == "VICTIM"
    if not is_time_known:
        return Seen(person, role, is_suspect, is_victim, may_be_child=True, may_be_young=True)
    if person.born is None:
        return _see_by_range(person, role, is_suspect, is_victim)
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
