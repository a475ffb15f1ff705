"""The special households: every force has each of them, and each is what it is called, whatever the seed and the day."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.nation import cases, places
from deploy.nation.population import Population
from deploy.nation.scene import Household, Person

TODAY = date(2026, 3, 27)
FORCES = places.territorial_forces()


class Seen(NamedTuple):
    """A household as a check looks at it."""

    household: Household
    population: Population

    @property
    def today(self) -> date:
        return self.population.today

    def __getitem__(self, number: object) -> Person:  # type: ignore[override]
        assert isinstance(number, int)
        return self.household.members[number]

    @property
    def size(self) -> int:
        return len(self.household.members)

    def age(self, number: int, in_days: int = 0) -> int | None:
        return self[number].age_on(self.today + timedelta(days=in_days))

    def is_leap(self, in_days: int) -> bool:
        """29 February: nobody turns eighteen on it, because eighteen years before there was none."""
        day = self.today + timedelta(days=in_days)
        return (day.month, day.day) == (2, 29)

    def all_have(self, *traits: str) -> bool:
        return all(set(traits) <= person.traits for person in self.household.members)


def full_name(person: Person) -> str:
    return f"{person.given_name} {person.surname}".strip()


def _is_between(low: int, age: int | None, high: int) -> bool:
    return age is not None and low <= age <= high


def _is_refuge(seen: Seen) -> bool:
    """Mother and child are safe, and he from whom they fled lives elsewhere."""
    abuser = seen.population.cases(seen.household.place.force)["refuge-abuser"].members[0]
    relations = [seen.population.relation(abuser, seen[number]) for number in (0, 1)]
    safe = seen.household.place.kind == "refuge" and abuser.home is not seen.household.place
    return safe and seen.all_have("in-refuge") and relations == ["former partner", "father"]


def _are_twins(seen: Seen) -> bool:
    one, other = seen[1], seen[2]
    letters = sum(a != b for a, b in zip(one.given_name, other.given_name, strict=False))
    letters += abs(len(one.given_name) - len(other.given_name))
    return one.born == other.born and one.born is not None and one.surname == other.surname and 1 <= letters <= 2


CHECKS: Mapping[str, Callable[[Seen], bool]] = {
    "unborn": lambda h: h[2].is_unborn and h[2].is_child_on(h.today) and h.population.relation(h[0], h[2]) == "mother",
    "nine-and-ten": lambda h: [h.age(1), h.age(2), h.age(1, 29), h.age(2, -31)] == [9, 10, 9, 9],
    "turns-18-today": lambda h: h.size == 2 and (h.is_leap(0) or (h.age(1), h.age(1, -1)) == (18, 17)),
    "turns-18-tomorrow": lambda h: h.size == 2 and (h.is_leap(1) or (h.age(1), h.age(1, 1)) == (17, 18)),
    "seventeen": lambda h: h.size == 2 and h.age(1) == h.age(1, 30) == 17,
    "leap-day": lambda h: all(p.born is not None and (p.born.month, p.born.day) == (2, 29) for p in h.household.members),
    "birth-unknown": lambda h: h[0].born is None and not h[0].is_child_on(h.today) and h[0].age_range is not None,
    "child-birth-unknown": lambda h: h[1].born is None and not h[1].is_unborn and h[1].is_child_on(h.today),
    "twins": _are_twins,
    "father-and-son": lambda h: full_name(h[0]) == full_name(h[1]) and h.population.relation(h[0], h[1]) == "father",
    "alias": lambda h: len({*h[0].aliases, full_name(h[0])}) >= 4,
    "hyphen": lambda h: "-" in h[0].given_name and "-" in h[0].surname,
    "apostrophe": lambda h: h[0].surname.startswith("O'") and h[1].surname.startswith("D'"),
    "one-name": lambda h: not h[0].surname and bool(h[0].given_name) and not h[0].is_unborn,
    "welsh": lambda h: bool({*full_name(h[0]), *full_name(h[1])} & set("ŵŷâô")),
    "south-asian": lambda h: [h[0].surname, h[1].surname, len(h[2].aliases)] == ["Singh", "Kaur", 2],
    "polish": lambda h: h[0].surname.endswith("ska") and h[1].surname.endswith("ski") and h[2].nationality == "GBR",
    "abuser-and-victim": lambda h: (
        "abused" in h[0].traits and "abuser" in h[1].traits and h[0].telephone == h[1].telephone is not None
        and h[0].home is h[1].home and _is_between(3, h.age(2), 12)
    ),
    "refuge": _is_refuge,
    "refuge-abuser": lambda h: h.size == 1 and h.all_have("abuser") and h.household.place.kind == "home",
    "protected": lambda h: h.size == 1 and h.all_have("protected") and len(h[0].aliases) == 1,
    "care-home": lambda h: h.household.place.kind == "care-home" and h.all_have("at-risk") and _is_between(76, h.age(0), 96),
    "children-home": lambda h: h.all_have("looked-after", "repeat-missing") and _is_between(12, h.age(2), 16),
    "tenants": lambda h: h.size == 3 and h.all_have("tenant"),
    "shared-telephone": lambda h: (
        h.size == 4 and not h.household.relations and {p.telephone for p in h.household.members} == {h[0].telephone}
        and h[0].telephone is not None
    ),
    "cloned-plate": lambda h: any(
        h.household.vehicles[0].identifier == h.population.cases(force)["cloned-plate"].vehicles[0].identifier
        for force in FORCES[max(0, FORCES.index(h.household.place.force) - 2) :][:5] if force != h.household.place.force
    ),
    "supervised": lambda h: h.all_have("supervised", "prolific") and h[0].pnc_id is not None,
    "mappa": lambda h: {"mappa", "sex-offender"} <= h[0].traits and h[0].pnc_id is not None,
    "organised": lambda h: h.size == 2 and h.all_have("organised") and h.population.relation(h[0], h[1]) == "brother",
    "young-offender": lambda h: h.age(1) == 14 and "young-offender" in h[1].traits and h[1].pnc_id is not None,
    "foreign-national": lambda h: h.all_have("foreign-national") and h[0].nationality != "GBR",
    "school-family": lambda h: h.size == 4 and all(h[number].school for number in (1, 2, 3)),
    "elsewhere": lambda h: h[0] in [
        h.population.elsewhere(force, number) for force in places.neighbours(h.household.place.force) for number in range(30)
    ],
}  # fmt: skip


def _is_so(check: Callable[[Seen], bool], household: Household, population: Population) -> bool:
    try:
        return check(Seen(household, population))
    except IndexError:  # fewer members than the case has
        return False


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(FORCES), st.dates(date(2024, 1, 1), date(2032, 12, 31)))
def test_cases_are_what_they_are_called(seed: int, force: str, today: date) -> None:
    """Of every seed and day: the ages, names, traits and places that each case is there for."""
    population = Population(seed, today)
    found = population.cases(force)
    assert set(found) == set(CHECKS)
    for name, household in found.items():
        assert household.kind == name
        assert household.place.force == force
        assert _is_so(CHECKS[name], household, population), name


def test_every_force_has_every_case() -> None:
    """Thirty-three special households in each of the 43 forces."""
    population = Population(1, TODAY)
    assert len(cases.PLANS) == 33
    assert all(list(population.cases(force)) == list(cases.PLANS) for force in FORCES)


def test_the_days_on_which_nobody_turns_eighteen() -> None:
    """On 29 February and the day before it the population can still be made."""
    for today in (date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1), date(2027, 2, 28)):
        assert Population(1, today).cases("kent")["turns-18-today"].members[1].age_on(today) == 18


def test_the_checks_tell_cases_apart() -> None:
    """A check fits its own household and hardly another: it would see a case that had become something else."""
    population = Population(3, TODAY)
    found = population.cases("kent")
    fits = {name: [other for other in found if _is_so(check, found[other], population)] for name, check in CHECKS.items()}
    assert all(name in others for name, others in fits.items())
    assert sum(map(len, fits.values())) <= len(CHECKS) + 12, fits
