"""Who has a part in a crime, and where it happens."""

from deploy.nation.scene import Household, Part, Person, Place
from deploy.nation.territory import Territory

OF_BUSINESS = frozenset(("46", "30C", "30D", "31A", "34A", "41", "42", "47", "33", "49A", "96", "814"))
"""Offences whose victim is an organisation."""
_OF_NOBODY = frozenset(
    ("92A", "92C", "92D", "92E", "10A", "10B", "10C", "10D", "81", "90", "66", "79", "80", "83", "802", "54", "38")
)
"""Offences against nobody in particular."""
_OF_HOME = frozenset(("28E", "28F", "28G", "28H", "29A", "58A", "40"))
_CHILD_VICTIM = frozenset(("17B", "19D", "19E", "19G", "19H", "20B", "21", "22B", "71", "88A", "11A", "13"))
_SUSPECT_KNOWN = 0.38
CALLER_AGE, _WITNESS_AGE = 10, 6
"""Years: who rings the police up, who can say what they saw. Younger callers there are, and few."""
_SOURCE_SAW = 0.01
"""Share of the witnesses who are covert sources by night."""
_TOGETHER = frozenset(("nine-and-ten", "twins", "father-and-son"))
"""Special households of which more than one person comes up in a record."""


def choose_household(territory: Territory, offence: str) -> Household:
    """Whose matter it is."""
    if offence in _CHILD_VICTIM:
        return territory.case("school-family")
    return territory.household()


def cast_crime(territory: Territory, offence: str, household: Household, caller: Person | None) -> list[Part]:
    """Victim, witness, suspect, as far as they are known. `caller`: who rang up before, the victim where that fits."""
    chance, day = territory.chance, territory.population.today
    parts: list[Part] = []
    if offence in OF_BUSINESS:
        parts.append(Part(territory.anybody(CALLER_AGE), "PERSON_REPORTING", "WITNESS_OR_OTHER"))
    elif offence not in _OF_NOBODY:
        is_known = caller is not None and caller.is_child_on(day) == (offence in _CHILD_VICTIM)
        parts.append(Part(caller if caller and is_known else _victim(territory, offence, household), "VICTIM", "VICTIM"))
        if chance.random() < 0.12:
            parts.append(Part(_witness(territory), "WITNESS", "WITNESS_OR_OTHER"))
    if chance.random() < _SUSPECT_KNOWN or not parts:
        parts.append(Part(territory.suspect(), "SUSPECT", "SUSPECT"))
    for member in household.members if household.kind in _TOGETHER else ():
        age = member.age_on(day)
        if household.kind != "nine-and-ten":
            parts.append(Part(member, "INVOLVED_PARTY", "WITNESS_OR_OTHER"))
        elif age == 10:  # the ten-year-old may offend, the nine-year-old was only there
            parts.append(Part(member, "SUSPECT", "SUSPECT"))
        elif age == 9:
            parts.append(Part(member, "INVOLVED_PARTY", "WITNESS_OR_OTHER"))
    return _once_each(parts)


def _once_each(parts: list[Part]) -> list[Part]:
    """Nobody has two parts: the first one counts."""
    return list({part.person.id: part for part in reversed(parts)}.values())[::-1]


def _witness(territory: Territory) -> Person:
    """Anybody who is old enough to tell; now and then somebody who is a covert source, which nobody there knows."""
    if territory.chance.random() < _SOURCE_SAW:
        return territory.population.source(territory.force, int(territory.chance.random() * 100))
    return territory.anybody(_WITNESS_AGE)


def _victim(territory: Territory, offence: str, household: Household) -> Person:
    day = territory.population.today
    wants_child = offence in _CHILD_VICTIM
    born = [member for member in household.members if not member.is_unborn]
    fitting = [member for member in born if member.is_child_on(day) == wants_child] or born
    return fitting[int(territory.chance.random() * len(fitting))]


def cast_domestic(territory: Territory, household: Household) -> list[Part]:
    """Two adults of one household, and the children who were there."""
    day = territory.population.today
    if len(household.members) < 2 or household.kind in ("care-home", "children-home", "shared-telephone"):
        household = territory.case("abuser-and-victim")
    adults = [member for member in household.members if not member.is_child_on(day)]
    if len(adults) < 2:
        household = territory.case("abuser-and-victim")
        adults = [member for member in household.members if not member.is_child_on(day)]
    abuser = next((member for member in adults if "abuser" in member.traits), adults[-1])
    victim = next(member for member in adults if member is not abuser)
    parts = [Part(victim, "VICTIM", "VICTIM"), Part(abuser, "SUSPECT", "SUSPECT")]
    children = [member for member in household.members if member.is_child_on(day)]
    return parts + [Part(child, "VULNERABLE_CHILD", "VICTIM") for child in children[:3]]


def fits(place: Place, offence: str) -> bool:
    """Whether such an offence happens at such a place."""
    if offence in OF_BUSINESS:
        return place.kind in ("shop", "licensed")
    return place.kind in ("home", "care-home", "refuge") or offence not in _OF_HOME


def choose_place(territory: Territory, offence: str, household: Household, is_domestic: bool) -> Place:
    """Where it happened."""
    drawn = territory.chance.random()
    if is_domestic or offence in _OF_HOME or offence in _CHILD_VICTIM:
        return household.place
    if offence in OF_BUSINESS:
        return territory.place("shop" if drawn < 0.8 else "licensed")
    if drawn < 0.2:
        return household.place
    if drawn < 0.72:
        return territory.place("street")
    kinds = ("licensed", "shop", "station", "school", "trunk-road", "licensed", "port")
    return territory.place(kinds[int((drawn - 0.72) / 0.2801 * len(kinds))])
