"""The population: the same for the same seed, ages right on the day, every case in every force, nobody twice."""

import dataclasses
import difflib
import hashlib
import random
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.nation import cases, names, places
from deploy.nation.households import OFFENDER_TRAITS
from deploy.nation.population import SOURCES_EACH, Population
from deploy.nation.scene import PLACE_KINDS, TRAITS, Household, Person
from schemas import reference_geography

TODAY = date(2026, 3, 27)
FORCES = places.territorial_forces()
KNOWN = "6c84114228062d922b1598bfc528a735f60a9ec5f436cb64277318e7d522ab98"
NATIONAL_SELF_DEFINED = frozenset("W1 W2 W3 W4 W9 M1 M2 M3 M9 A1 A2 A3 A4 A9 B1 B2 B9 O2 O9 NS".split())


@cache
def nation() -> Population:
    """One population for the tests that only look."""
    return Population(7, TODAY)


@cache
def households() -> tuple[Household, ...]:
    """All of them: ordinary ones, cases, sources."""
    population = nation()
    found = [population.household(force, number) for force in FORCES for number in range(population.households_in(force))]
    found += [household for force in FORCES for household in population.cases(force).values()]
    sources = [population.source(force, number) for force in FORCES for number in range(SOURCES_EACH)]
    return (*found, *(population.household_of(person) for person in sources))


def persons() -> Iterator[Person]:
    for household in households():
        yield from household.members


def full_name(person: Person) -> str:
    return f"{person.given_name} {person.surname}".strip()


def facts(household: Household) -> object:
    """All that is so of a household, as plain values: objects of two populations are never identical."""
    return [
        household.id, household.kind, household.relations, dataclasses.asdict(household.place),
        [dataclasses.asdict(member) for member in household.members],
        [dataclasses.asdict(vehicle) for vehicle in household.vehicles],
    ]  # fmt: skip


def test_the_size_of_the_nation() -> None:
    """About 15,000 ordinary households over the 43 forces, at least 60 in the smallest, a hundred to one in crimes."""
    counts = {force: nation().households_in(force) for force in FORCES}
    assert len(counts) == 43
    assert 14_000 < sum(counts.values()) < 16_000
    assert min(counts.values()) == counts["city-of-london"] == 60
    assert max(counts.values()) == counts["metropolitan"]
    with pytest.raises(KeyError):
        nation().households_in("police-scotland")


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**63), st.sampled_from(FORCES), st.data())
def test_a_household_is_the_same_whatever_was_asked_before(seed: int, force: str, data: st.DataObject) -> None:
    """Two populations of one seed agree although their questions come in another order."""
    one, other = Population(seed, TODAY), Population(seed, TODAY)
    numbers = data.draw(st.lists(st.integers(0, 59), min_size=2, max_size=6, unique=True))
    name = data.draw(st.sampled_from(list(cases.PLANS)))
    first = [facts(one.household(force, number)) for number in numbers]
    first_case, first_place = facts(one.cases(force)[name]), dataclasses.asdict(one.place(force, "shop", 3))
    assert dataclasses.asdict(other.place(force, "shop", 3)) == first_place
    assert facts(other.cases(force)[name]) == first_case
    assert [facts(other.household(force, number)) for number in reversed(numbers)] == first[::-1]
    assert one.household(force, numbers[0]) is one.household(force, numbers[0])
    assert [person.id for person in one.offenders(force)] == [person.id for person in other.offenders(force)]


def test_another_seed_is_another_nation() -> None:
    """Seeds differ in people, places and numbers."""
    other = Population(8, TODAY)
    pairs = [(nation().household("durham", number), other.household("durham", number)) for number in range(60)]
    assert sum(facts(a) == facts(b) for a, b in pairs) == 0
    assert sum(a.place.text == b.place.text for a, b in pairs) < 3


def test_known_bytes() -> None:
    """What a seed gives is what it gave, on every machine: a change here changes the digest of every nation."""
    population, digest = Population(7, TODAY), hashlib.sha256()
    for force in ("city-of-london", "gwent", "northumbria"):
        everybody = [population.household(force, number) for number in range(60)]
        for household in (*everybody, *population.cases(force).values()):
            digest.update(repr(_plain(household)).encode())
        for kind in places.KINDS_BESIDE_HOMES:
            digest.update(repr(dataclasses.astuple(population.place(force, kind, 5))).encode())
    assert digest.hexdigest() == KNOWN


def _plain(household: Household) -> object:
    """`facts` in an order that doesn't hang on hashes."""
    members = [{**dataclasses.asdict(person), "traits": sorted(person.traits)} for person in household.members]
    vehicles = [dataclasses.astuple(vehicle) for vehicle in household.vehicles]
    return household.id, household.relations, dataclasses.astuple(household.place), members, vehicles


def test_nobody_twice() -> None:
    """Personal identifiers belong to one person each; an address to one household; a plate to one vehicle, or it is cloned; a
    telephone to one household, and one in forty to two.
    """
    for name in ("id", "pnc_id", "cro_number", "nhs_number", "email"):
        counts = Counter(value for person in persons() if (value := getattr(person, name)))
        assert counts.most_common(1)[0][1] == 1, name
    assert len({person.pnc_id for person in persons()}) > 3_000
    for name in ("text", "uprn"):
        assert Counter(getattr(household.place, name) for household in households()).most_common(1)[0][1] == 1
    plates = Counter(vehicle.identifier for household in households() for vehicle in household.vehicles)
    cloned = {nation().cases(force)["cloned-plate"].vehicles[0].identifier for force in FORCES}
    assert {plate for plate, count in plates.items() if count > 1} == cloned
    assert len(cloned) == 21
    of_household: dict[str, set[str]] = {}
    for person in persons():
        of_household.setdefault(person.telephone or "", set()).add(person.household)
    shared = {number: sharing for number, sharing in of_household.items() if number and len(sharing) > 1}
    assert all(len(sharing) == 2 for sharing in shared.values())
    assert 0.01 < len(shared) / len(of_household) < 0.04
    identities = Counter((full_name(person), person.born, person.home.id) for person in persons() if not person.is_unborn)
    assert identities.most_common(1)[0][1] == 1


def test_everybody_is_whole() -> None:
    """Codes are national, traits are known, a misspelling misspells, and all point to the household that they live in."""
    for household in households():
        assert household.members
        assert not household.members[0].is_unborn
        for person in household.members:
            assert person.household == household.id
            assert person.home is household.place
            assert nation().household_of(person) is household
            assert person.traits <= TRAITS
            assert person.ethnicity in NATIONAL_SELF_DEFINED
            assert re.fullmatch(r"IC[1-7]", person.observed_ethnicity)
            assert re.fullmatch(r"[A-Z]{3}", person.nationality)
            assert person.sex in ("MALE", "FEMALE", "NOT_STATED")
            age = person.age_on(TODAY)
            assert age is None or 0 <= age <= 97
            if person.is_unborn:
                assert (person.given_name, person.surname, person.nickname, person.misspelt, person.born) == (
                    "",
                    "",
                    "",
                    "",
                    None,
                )
                continue
            assert person.given_name
            assert person.misspelt not in ("", full_name(person))
            assert difflib.SequenceMatcher(None, person.misspelt, full_name(person)).ratio() > 0.7
            assert person.nickname not in ("", person.given_name)
            assert full_name(person) not in person.aliases
            assert all(1 <= len(part) <= 35 for part in (person.given_name, person.surname or "-"))


def test_relations_are_told_both_ways() -> None:
    """Whoever is somebody's mother has a child there; a mother is a woman and sixteen years older."""
    back = {
        "mother": {"son", "daughter", "child", "unborn child"}, "father": {"son", "daughter", "child", "unborn child"},
        "son": {"mother", "father"}, "daughter": {"mother", "father"}, "partner": {"partner"},
        "brother": {"brother", "sister"}, "sister": {"brother", "sister"}, "unborn child": {"mother", "father"},
    }  # fmt: skip
    seen: Counter[str] = Counter()
    for household in households():
        for a, name, b in household.relations:
            one, other = household.members[a], household.members[b]
            seen[name] += 1
            assert nation().relation(one, other) == name
            assert nation().relation(other, one) in back[name]
            assert {"mother": "FEMALE", "father": "MALE", "sister": "FEMALE", "brother": "MALE"}.get(name, one.sex) == one.sex
            if name in ("mother", "father") and one.born and other.born:
                assert one.born.year + 16 <= other.born.year
    assert all(seen[name] > 40 for name in back)


def test_the_mix_is_about_that_of_the_country() -> None:
    """Nine in ten are British, three in four white British, and a fifth are children."""
    people = [person for person in persons() if not person.is_unborn]
    assert 0.90 < sum(person.nationality == "GBR" for person in people) / len(people) < 0.95
    assert 0.68 < sum(person.ethnicity == "W1" for person in people) / len(people) < 0.80
    assert 0.15 < sum(person.is_child_on(TODAY) for person in people) / len(people) < 0.33
    kinds = Counter(household.kind for household in households())
    assert all(kinds[kind] > 100 for kind in ("family", "couple", "alone", "shared", "care-home"))


def test_known_offenders() -> None:
    """About one for six households, at least a dozen; each of its kinds; all with a record, none under ten."""
    kinds: Counter[str] = Counter()
    for force in FORCES:
        found = nation().offenders(force)
        assert len(found) >= max(12, nation().households_in(force) // 6)
        assert len({person.id for person in found}) == len(found)
        for person in found:
            kinds.update(person.traits & set(OFFENDER_TRAITS))
            assert person.pnc_id
            assert (person.age_on(TODAY) or 0) >= 10
            assert person.home.force == force
    assert all(kinds[name] > 20 for name in OFFENDER_TRAITS)


def test_sources_are_alone() -> None:
    """A source lives alone and is in no list of offenders and in no ordinary household."""
    for force in FORCES:
        found = [nation().source(force, number) for number in range(SOURCES_EACH)]
        assert len({person.id for person in found}) == SOURCES_EACH
        assert nation().source(force, SOURCES_EACH) is found[0]
        for person in found:
            assert person.traits == {"source"}
            assert nation().household_of(person).members == (person,)
    assert sum("source" in person.traits for person in persons()) == SOURCES_EACH * len(FORCES)


@pytest.mark.parametrize("force", ["city-of-london", "northumbria", "gwent"])
def test_places_of_every_kind(force: str) -> None:
    """Real authorities of the force, small-area names that give the same authority, near its middle, names unique in a kind."""
    middles = {each.code: each for each in places.authorities()[force]}
    for kind in PLACE_KINDS:
        for number in (0, 1, 2, 3, 1000, 10_007):
            place = nation().place(force, kind, number)
            wanted = {"station"} if kind in ("port", "coast") and force == "city-of-london" else {kind}
            assert place.kind in (wanted | {"care-home"} if kind == "home" else wanted)
            assert place is nation().place(force, kind, number)
            assert reference_geography.local_authorities()[place.lad].force == force == place.force
            assert place.lsoa_name is not None
            assert reference_geography.lad_of_lsoa_name(place.lsoa_name) == place.lad
            assert re.fullmatch(r".+ \d{3}[A-F]", place.lsoa_name)
            assert abs(place.latitude - middles[place.lad].latitude) <= 0.0201
            assert abs(place.longitude - middles[place.lad].longitude) <= 0.0201
            assert place.postcode.split()[0] in middles[place.lad].outward_codes


def test_names_of_places_are_unique() -> None:
    """No two places beside homes have one name, in the whole nation; no street is called as a local authority is."""
    found = [
        nation().place(force, kind, number)
        for force in FORCES
        for kind in places.KINDS_BESIDE_HOMES
        if kind not in ("port", "coast") or places.has_sea(force)
        for number in range(places.count_of(force, kind))
    ]
    assert Counter((place.kind, place.text) for place in found).most_common(1)[0][1] == 1
    assert Counter(place.id for place in found).most_common(1)[0][1] == 1
    uprns = [place.uprn for place in (*found, *(household.place for household in households())) if place.uprn]
    assert len(set(uprns)) == len(uprns)
    every_outward = [code for each in places.authorities().values() for lad in each for code in lad.outward_codes]
    assert len(set(every_outward)) == len(every_outward)


def test_vehicles_and_people_from_elsewhere() -> None:
    """Any number gives a vehicle; some have a plate that another force has too; who comes from elsewhere lives elsewhere."""
    for force in ("durham", "city-of-london", "wiltshire"):
        vehicles = [nation().vehicle(force, number) for number in range(200)]
        assert len({vehicle.id for vehicle in vehicles}) > 20
        plate = nation().cases(force)["cloned-plate"].vehicles[0].identifier
        assert plate in {vehicle.identifier for vehicle in vehicles}
        others = [each for each in FORCES if nation().cases(each)["cloned-plate"].vehicles[0].identifier == plate]
        assert len(others) in (2, 3)
        people = [nation().elsewhere(force, number) for number in range(20)]
        assert all(person.home.force != force and person.pnc_id for person in people)
        assert len({person.id for person in people}) > 5


def test_misspelling_and_nicknames() -> None:
    """A misspelling is one slip away, for names of every kind; a nickname is never the name."""
    for number in range(2_000):
        chance = random.Random(number)
        for name in ("Jo", "Al Li", "O'Brien", "Mary-Jane Smythe-Oakley", "Anna", "Llŷr ap Siôn", "Suparna"):
            wrong = names.misspell(name, chance)
            assert wrong != name
            assert abs(len(wrong) - len(name)) <= 1
    assert names.misspell("", random.Random(1)) == names.nickname_of("") == ""
    assert names.nickname_of("Michael") == "Mike"
