"""Who is who in a text that is being written, and whom it has named so far."""

import random
from collections.abc import Sequence
from typing import Protocol

from deploy.nation.scene import Household, Part, Person, Place, Scene, Thing
from deploy.nation.telling import Mention

DICE = 1 << 32
"""One throw settles all alternatives of a text, so that two tellings of one report tell the same facts."""

_FIRST_LETTER = {
    "VICTIM": "V", "VULNERABLE_ADULT": "V", "VULNERABLE_CHILD": "C", "SUSPECT": "S", "OFFENDER": "S", "WITNESS": "W",
    "PERSON_REPORTING": "W", "SUBJECT": "P", "MISSING": "P", "INVOLVED_PARTY": "Q",
}  # fmt: skip
"""Letter by which the phrases call whoever has the role. A second suspect or subject is Q."""
_ABOUT = "CVSQ"
"""Whom a record is about that has no subject and nobody missing: the first of these."""
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

    __slots__ = ("cast", "chance", "core", "dice", "mentions", "parts", "population", "said", "scene")

    def __init__(
        self, parts: Sequence[Part], scene: Scene | None, population: Relations | None, chance: random.Random, dice: int = -1
    ) -> None:
        self.parts = parts
        self.scene = scene
        self.population = population
        self.chance = chance
        self.dice = int(chance.random() * DICE) if dice < 0 else dice
        self.mentions: list[Mention] = []
        self.said: list[str] = []
        """Ids of whom and what the text has named, and letters of whom it could not name."""
        self.core = ""
        self.cast = cast_of(parts, scene)

    def has_said(self, name: str) -> bool:
        """Whether the text has named it before; from now on, it has."""
        if name in self.said:
            return True
        self.said.append(name)
        return False

    def relatives(self, person: Person) -> list[tuple[Person, str]]:
        """Those of the person's household who have no part in the record, and what they are to the person."""
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
                if is_told and all(part.person is not relative for part in self.parts):
                    found.append((relative, name))
        return found

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
    """Persons by the letters of the phrases. Who calls from the place itself, where no victim is named, is taken for one."""
    cast: Cast = {}
    if scene is None:
        return {"P": parts[0].person}
    for part in parts:
        letter = _FIRST_LETTER.get(part.role, "Q")
        if letter not in cast:
            cast[letter] = part.person
        elif letter in "PS" and "Q" not in cast:
            cast["Q"] = part.person
    if scene.kind == "incident" and "W" in cast and "V" not in cast and cast["W"].home is scene.place:
        cast["V"] = cast.pop("W")
    if "P" not in cast:
        for letter in _ABOUT:
            if letter in cast:
                cast["P"] = cast[letter]
                break
    return cast
