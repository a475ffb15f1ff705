"""Who is who in a text that is being written, and whom it has named so far."""

import random
from collections.abc import Sequence
from datetime import date
from typing import Protocol

from deploy.nation.calendar import local_day
from deploy.nation.scene import Household, Part, Person, Place, Scene, Thing
from deploy.nation.telling import Mention

_DICE = 1 << 31
_WORD = (1 << 64) - 1
_STIR, _FACTOR, _STEP = 0x9E3779B97F4A7C15, 6_364_136_223_846_793_005, 1_442_695_040_888_963_407
"""Knuth's linear congruential generator of 64 bits, of which the upper half is used."""

_FIRST_LETTER = {
    "VICTIM": "V", "VULNERABLE_ADULT": "V", "VULNERABLE_CHILD": "C", "SUSPECT": "S", "OFFENDER": "S", "WITNESS": "W",
    "PERSON_REPORTING": "W", "SUBJECT": "P", "MISSING": "P", "INVOLVED_PARTY": "Q",
}  # fmt: skip
"""Letter by which the phrases call whoever has the role. A second suspect or subject is Q."""
_ABOUT = "CVSQ"
"""Whom a record is about that has no subject and nobody missing: the first of these."""
_ABOUT_OF = {"wanted": "S", "asb": "S", "transport": "", "public-safety": "S"}
"""The same for logs of a sub type: whoever calls is not whom the call is about."""
_PARENTS = ("mother", "father", "grandmother", "grandfather", "aunt", "uncle", "foster carer", "guardian")
"""Relatives who may stand for a child."""
_UNTOLD = frozenset(("source", "protected"))
"""Traits of people whom no text brings in as somebody's relative."""

Cast = dict[str, Person]


class Relations(Protocol):
    """What a text must know of the people beside those who have a part in the record."""

    def relation(self, a: Person, b: Person, /) -> str | None:
        """What `a` is to `b`."""

    def household_of(self, person: Person, /) -> Household:
        """Where the person lives, and with whom."""


class Stage:
    """A text while it is being written. `mentions` grows with every name."""

    __slots__ = (
        "_drawn", "cast", "chance", "core", "dice", "mentions", "parts", "people", "population", "said", "scene", "way",
    )  # fmt: skip

    def __init__(
        self, parts: Sequence[Part], scene: Scene | None, population: Relations | None, chance: random.Random, seed: int
    ) -> None:
        self.parts = parts
        self.scene = scene
        self.population = population
        self.chance = chance
        """Settles how things are written; `draw` and `dice` settle what is written."""
        self._drawn = seed * _STIR & _WORD
        self.dice = self.draw(_DICE)
        """One throw settles all alternatives of a text."""
        self.mentions: list[Mention] = []
        self.said: list[str] = []
        """Ids of whom and what the text has named, and letters of whom it could not name."""
        self.core = ""
        self.way = ""
        """In which way it was done, where the record's summary settles it."""
        self.cast = cast_of(parts, scene)
        self.people: list[Person] = list(self.cast.values())
        """Whom the text may name or has named."""

    def draw(self, count: int) -> int:
        """From 0 to `count` - 1; the same sequence for the same seed. `count` at most 2 to the 31st."""
        self._drawn = drawn = (self._drawn * _FACTOR + _STEP) & _WORD
        return (drawn >> 33) * count >> 31

    def is_namesake(self, person: Person) -> bool:
        """Whether the text may name somebody else of the same surname."""
        surname = person.surname
        if not surname:
            return False
        for other in self.people:  # noqa: SIM110 - twice as quick as any()
            if other.surname == surname and other is not person:
                return True
        return False

    def has_said(self, name: str) -> bool:
        """Whether the text has named it before; from now on, it has."""
        if name in self.said:
            return True
        self.said.append(name)
        return False

    def relatives(self, person: Person, sort: str = "kin") -> list[tuple[Person, str]]:
        """Those of the person's household who have no part in the record, and what they are to the person. `sort`: `kin`, who
        are grown up; `young`, who are not; `parent`, who may stand for a child; `any`.
        """
        if self.population is None:
            return []
        household = self.population.household_of(person)
        members = household.members
        source = self.scene.source_person if self.scene is not None else None
        found = []
        for a, name, b in household.relations:
            if members[b] is person:
                relative = members[a]
                is_told = relative.given_name and relative is not source and _UNTOLD.isdisjoint(relative.traits)
                if is_told and self._is_of_sort(relative, name, sort) and not self._has_part(relative):
                    found.append((relative, name))
        return found

    def _is_of_sort(self, relative: Person, name: str, sort: str) -> bool:
        if sort == "any":
            return True
        if sort == "young":
            return relative.is_child_on(self.day)
        return (sort == "kin" or name in _PARENTS) and not relative.is_child_on(self.day)

    def _has_part(self, person: Person) -> bool:
        for part in self.parts:  # noqa: SIM110 - twice as quick as any()
            if part.person is person:
                return True
        return False

    def find_thing(self, type_: str) -> Thing | None:
        """The scene's first thing of a type."""
        for thing in self.scene.things if self.scene is not None else ():
            if thing.type == type_:
                return thing
        return None

    def thing(self, type_: str) -> Thing:
        """The same, for phrases that need it. Raises LookupError where the scene has none."""
        thing = self.find_thing(type_)
        if thing is None:
            raise LookupError("a phrase tells of a thing without needing it")
        return thing

    @property
    def day(self) -> date:
        """The local day on which this is written; for a person alone none is known, and everybody is of age."""
        return local_day(self.scene.recorded_ms) if self.scene is not None else date.max

    @property
    def told(self) -> Scene:
        """The scene. Raises LookupError in the description of a person, which has none."""
        if self.scene is None:
            raise LookupError("a phrase about a person alone tells of a scene")
        return self.scene

    @property
    def place(self) -> Place:
        """Where it happened; for a person alone: home."""
        return self.scene.place if self.scene is not None else self.parts[0].person.home


def cast_of(parts: Sequence[Part], scene: Scene | None) -> Cast:
    """Persons by the letters of the phrases. Who calls from home of a crime, where no victim is named, is taken for one."""
    cast: Cast = {}
    if scene is None:
        return {"P": parts[0].person}
    for part in parts:
        letter = _FIRST_LETTER.get(part.role, "Q")
        if letter not in cast:
            cast[letter] = part.person
        elif letter in "PS" and "Q" not in cast:
            cast["Q"] = part.person
    if "W" in cast and "V" not in cast and _is_of_caller(scene) and cast["W"].home is scene.place:
        cast["V"] = cast.pop("W")
    if "P" not in cast:
        for letter in _ABOUT_OF.get(scene.sub_type or "", _ABOUT):
            if letter in cast:
                cast["P"] = cast[letter]
                break
    return cast


def _is_of_caller(scene: Scene) -> bool:
    """Whether what the log tells of was mostly done to whoever calls."""
    return scene.kind == "incident" and (scene.sub_type == "crime-related" or scene.category == "PSW_DOMESTIC")


def seed_of(scene: Scene) -> int:
    """The same for every telling of one record, whenever it is told: what happened stays what happened."""
    return scene.occurred_ms * 1_000_003 + scene.number
