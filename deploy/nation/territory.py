"""One force's part of the nation: who lives there, who comes up next, and the numbers of its records."""

import random
from collections.abc import Sequence

from deploy.nation.population import Population
from deploy.nation.scene import Household, Person, Place

_CASE_SHARE = 0.10
"""Of the scenes, this share tells of one of the special households, in turn, so that each of them comes up."""
_KNOWN_OFFENDER, _FROM_ELSEWHERE, _OF_A_CASE = 0.62, 0.70, 0.78
"""Cumulative: where a suspect comes from; who is left is anybody."""
_STREETS = 500
"""Streets looked through for one authority's."""
_OLD_AGE, _ALL_THE_SAME = 70, 0.1
"""Years; and the share of the older or frail who are suspected all the same."""
_CRIMINAL_AGE = 10
"""Children and Young Persons Act 1933 s.50: nobody under ten can commit an offence."""


class Territory:
    """What the births and the turns of one force draw from. All chance is the force's own."""

    def __init__(self, force: str, population: Population, chance: random.Random) -> None:
        self.force = force
        self.population = population
        self.chance = chance
        self._households = population.households_in(force)
        self._cases: Sequence[Household] = list(population.cases(force).values())
        everybody = population.offenders(force)
        self._offenders = [person for person in everybody if (person.age_on(population.today) or 0) < _OLD_AGE] or everybody
        self._latest: dict[str, tuple[str, str]] = {}
        self._turning = ""
        self._turn = int(chance.random() * len(self._cases))
        self._numbers: dict[str, int] = {}

    def next_number(self, kind: str) -> int:
        """The next ordinal of a kind of record; from 1."""
        number = self._numbers.get(kind, 0) + 1
        self._numbers[kind] = number
        return number

    def begin(self, kind: str, reference: str) -> None:
        """A record of this kind has come to be."""
        self._latest[kind] = reference, self._latest.get(kind, ("", ""))[0]

    def turn_to(self, reference: str) -> None:
        """What is drawn now is drawn for this record."""
        self._turning = reference

    def survivor(self, kind: str) -> str:
        """The newest record of the kind that is not the one that is turned: the force's reference of it."""
        latest, before = self._latest[kind]
        return before if latest == self._turning else latest

    def next_case(self) -> Household:
        """The special households one after the other."""
        self._turn += 1
        return self._cases[self._turn % len(self._cases)]

    def household(self) -> Household:
        """One of the special households now and then, else any."""
        if self.chance.random() < _CASE_SHARE:
            return self.next_case()
        return self.population.household(self.force, int(self.chance.random() * self._households))

    def case(self, name: str) -> Household:
        """The special household of this name."""
        return self.population.cases(self.force)[name]

    def anybody(self, youngest: int = 0) -> Person:
        """A member of any household who is at least so old on the window's first day; else an adult of that household."""
        members = self.household().members
        person = members[int(self.chance.random() * len(members))]
        age = person.age_on(self.population.today)
        if person.is_unborn or (age is not None and age < youngest):
            return members[0]  # never unborn, and old enough to keep a house: or a child in a home for children
        return person

    def suspect(self) -> Person:
        """Whom a crime is laid to: mostly a known offender, sometimes somebody of another force's area; never under ten."""
        drawn = self.chance.random()
        if drawn < _KNOWN_OFFENDER:
            return self._offender()
        if drawn < _FROM_ELSEWHERE:
            person = self.population.elsewhere(self.force, int(self.chance.random() * 1000))
        elif drawn < _OF_A_CASE:
            members = self.next_case().members
            person = members[int(self.chance.random() * len(members))]
        else:
            person = self.anybody()
        is_likely = "at-risk" not in person.traits and (person.age_on(self.population.today) or 0) < _OLD_AGE
        return person if self.may_offend(person) and (is_likely or self.chance.random() < _ALL_THE_SAME) else self._offender()

    def _offender(self) -> Person:
        return self._offenders[int(self.chance.random() * len(self._offenders))]

    def may_offend(self, person: Person) -> bool:
        """Whether somebody is old enough; of an adult whose birth is unknown, yes."""
        age = person.age_on(self.population.today)
        return not person.is_unborn and (
            age >= _CRIMINAL_AGE if age is not None else "child-of-unknown-age" not in person.traits
        )

    def place(self, kind: str) -> Place:
        """Any place of a kind."""
        return self.population.place(self.force, kind, int(self.chance.random() * 10_000))

    def streets_in(self, lad: str) -> list[Place]:
        """The streets of one local authority; at least one: a home, where no street lies there."""
        drawn = (self.population.place(self.force, "street", number) for number in range(_STREETS))
        found = {place.id: place for place in drawn if place.lad == lad}
        homes = (self.population.household(self.force, number).place for number in range(self._households))
        return list(found.values()) or [next(place for place in homes if place.lad == lad)]
