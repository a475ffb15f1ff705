"""The people of the nation, made when first asked for and kept: a household is the same whatever was asked before."""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from deploy.nation import addresses, cases, households, identifiers, places
from deploy.nation.names import pick_surname
from deploy.nation.people import MOST_MEMBERS, Home, Plan, settle
from deploy.nation.scene import Household, Person, Place, Thing
from schemas import reference

SOURCES_EACH = 6
"""Covert sources of a force."""
_KNOWN = frozenset(households.OFFENDER_TRAITS)
_CLONED_EACH = 97
"""Of so many vehicles asked for, one has a plate that another force's vehicle has, too."""

_SOURCE = "source-"
_ACROSS = {
    ("refuge-abuser", "0", "refuge", "0"): "former partner", ("refuge", "0", "refuge-abuser", "0"): "former partner",
    ("refuge-abuser", "0", "refuge", "1"): "father", ("refuge", "1", "refuge-abuser", "0"): "child",
}  # fmt: skip
"""Relations between two households: household and slot of the one, of the other, and what the one is to the other."""


class Population:
    """Everybody of one seed. Not for two threads. Grows to the whole nation (some 39,000 people, 50 MB) and no further."""

    def __init__(self, seed: int, today: date) -> None:
        self.today = today
        self._seed = seed
        self._shift = int(random.Random(f"{seed}:population").random() * 1_000_000)  # noqa: S311 - nobody's secret
        self._ordinary: dict[str, list[Household | None]] = {}
        self._cases: dict[str, dict[str, Household]] = {}
        self._sources: dict[str, list[Household]] = {}
        self._offenders: dict[str, list[Person]] = {}
        self._places: dict[tuple[str, str, int], Place] = {}
        self._numbers = _number_households()

    def households_in(self, force: str) -> int:
        """How many ordinary households a territorial force of England and Wales has. Raises KeyError for any other."""
        return places.households_in(force)

    def household(self, force: str, number: int) -> Household:
        """An ordinary household; `number` from 0 to `households_in(force)` - 1, else IndexError."""
        made = self._ordinary.get(force)
        if made is None:
            made = self._ordinary[force] = [None] * self.households_in(force)
        found = made[number]
        if found is None:
            found = made[number] = self._make(force, str(number), number, lambda home: households.plan_household(home, number))
        return found

    def cases(self, force: str) -> Mapping[str, Household]:
        """The special households of a force, by name of the case. The kind of each is its name."""
        found = self._cases.get(force)
        if found is None:
            first = self.households_in(force)
            found = self._cases[force] = {
                name: self._make(force, name, first + ordinal, _always(name, plan))
                for ordinal, (name, plan) in enumerate(cases.PLANS.items())
            }
        return found

    def offenders(self, force: str) -> Sequence[Person]:
        """Everybody of the force's area who is known for what they did: of its ordinary households and of its cases."""
        found = self._offenders.get(force)
        if found is None:
            ordinary = (self.household(force, n) for n in range(self.households_in(force)) if households.has_offender(n))
            everybody = (person for each in (*ordinary, *self.cases(force).values()) for person in each.members)
            found = self._offenders[force] = [person for person in everybody if not _KNOWN.isdisjoint(person.traits)]
        return found

    def place(self, force: str, kind: str, number: int) -> Place:
        """A place of one of PLACE_KINDS; `number` modulo what there is. A force without a sea has stations for ports and
        coasts.
        """
        if kind == "home":
            return self.household(force, number % self.households_in(force)).place
        if kind in cases.PLACE_KINDS:
            return self.cases(force)[kind].place
        kind = "station" if kind in ("port", "coast") and not places.has_sea(force) else kind
        key = (force, kind, number % places.count_of(force, kind))
        found = self._places.get(key)
        if found is None:
            found = self._places[key] = places.make_place_beside_homes(self._seed, *key, self._shift)
        return found

    def vehicle(self, force: str, number: int) -> Thing:
        """Somebody's vehicle; one in _CLONED_EACH has a plate that a vehicle of another force's area has, too."""
        if number % _CLONED_EACH == 0:
            return self.cases(force)["cloned-plate"].vehicles[0]
        count = self.households_in(force)
        for step in range(count):
            vehicles = self.household(force, (number + step) % count).vehicles
            if vehicles:
                return vehicles[number % len(vehicles)]
        return self.cases(force)["cloned-plate"].vehicles[0]

    def elsewhere(self, force: str, number: int) -> Person:
        """Somebody of a neighbouring force's area who comes up in this one: every other time one and the same, else one of
        that force's known offenders.
        """
        neighbours = places.neighbours(force)
        other = neighbours[number // 2 % len(neighbours)]
        if number % 2 == 0:
            return self.cases(other)["elsewhere"].members[0]
        ordinal = number // 2 % (self.households_in(other) // households.EACH_OFFENDER)
        members = self.household(other, ordinal * households.EACH_OFFENDER + households.EACH_OFFENDER - 1).members
        return next(person for person in members if not _KNOWN.isdisjoint(person.traits))

    def source(self, force: str, number: int) -> Person:
        """A covert source of the force: somebody of a household of their own; `number` modulo SOURCES_EACH."""
        return self._source_households(force)[number % SOURCES_EACH].members[0]

    def relation(self, of: Person, to: Person) -> str | None:
        """What `of` is to `to`: within a household, and across two for those in a refuge and him from whom they fled."""
        if of.household == to.household:
            return self.household_of(of).relation(of, to)
        return _ACROSS.get((_key(of.household), of.id[-1], _key(to.household), to.id[-1])) if _same_force(of, to) else None

    def household_of(self, person: Person) -> Household:
        """The household that somebody of this population belongs to."""
        _, force, key = person.household.split(":")
        if key.isdigit():
            return self.household(force, int(key))
        if key.startswith(_SOURCE):
            return self._source_households(force)[int(key.removeprefix(_SOURCE))]
        return self.cases(force)[key]

    def _source_households(self, force: str) -> list[Household]:
        found = self._sources.get(force)
        if found is None:
            first = self.households_in(force) + len(cases.PLANS)
            found = self._sources[force] = [
                self._make(force, f"{_SOURCE}{n}", first + n, _always("alone", cases.plan_source)) for n in range(SOURCES_EACH)
            ]
        return found

    def _make(self, force: str, key: str, ordinal: int, plan_of: Callable[[Home], tuple[str, Plan]]) -> Household:
        """The force's household of this key. Its ordinal within the force makes all its identifiers."""
        number, shift = self._numbers[force] + ordinal, self._shift
        chance = random.Random(f"{self._seed}:household:{force}:{key}")  # noqa: S311 - people who do not exist
        origin = households.pick_origin(force, reference.forces()[force].region, chance)
        pairs = places.count_of(force, "school") // 2
        schools = 2 * int(pairs * chance.random()), 2 * int(pairs * chance.random()) + 1
        names = self.place(force, "school", schools[0]).text, self.place(force, "school", schools[1]).text
        home = Home(force, key, number, origin, pick_surname(origin, chance), names, self.today, chance, shift)
        kind, plan = plan_of(home)
        is_care_home = kind == "care-home"
        text = addresses.care_home_address(number, shift) if is_care_home else addresses.home_address(number, shift, chance)
        place_kind = kind if kind in cases.PLACE_KINDS else "home"
        return settle(home, places.make_place(force, key, place_kind, text, number, chance, shift), kind, plan)


def _always(kind: str, plan: Callable[[Home], Plan]) -> Callable[[Home], tuple[str, Plan]]:
    return lambda home: (kind, plan(home))


def _number_households() -> dict[str, int]:
    """The first number of each force's households: ordinary ones, cases, sources. Numbers times members fit every range."""
    found, following = {}, 0
    for force in places.territorial_forces():
        found[force] = following
        following += places.households_in(force) + len(cases.PLANS) + SOURCES_EACH
    most = min(identifiers.CRO_NUMBERS // MOST_MEMBERS, identifiers.TELEPHONES)
    if following > most:
        raise ValueError(f"{following} households: there are identifiers for {most}")
    return found


def _key(household: str) -> str:
    return household.rpartition(":")[2]


def _same_force(a: Person, b: Person) -> bool:
    return a.home.force == b.home.force
