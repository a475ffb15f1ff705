"""Special households: whose age, name or family a rule or a matcher may get wrong. Each force has one of each."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import TypeVar

from deploy.nation.names import surname_for
from deploy.nation.people import Home, Plan, Sketch, anniversary, birth_at_age, given_name_of, other_surname, relate

_TWINS = (
    ("FEMALE", "Ellie", "FEMALE", "Elsie"), ("MALE", "Jayden", "MALE", "Hayden"), ("FEMALE", "Maria", "FEMALE", "Marie"),
    ("MALE", "Dean", "MALE", "Sean"), ("FEMALE", "Gina", "FEMALE", "Tina"), ("MALE", "Aiden", "MALE", "Aidan"),
    ("FEMALE", "Erin", "FEMALE", "Eryn"), ("MALE", "Danny", "FEMALE", "Dannie"),
)  # fmt: skip
"""Given names that differ in one letter or two."""
_HYPHENS = (
    ("FEMALE", "Mary-Jane"), ("FEMALE", "Anne-Marie"), ("FEMALE", "Lily-Mae"), ("MALE", "Jean-Paul"), ("MALE", "Tommy-Lee"),
    ("MALE", "Billy-Joe"),
)  # fmt: skip
_IRISH = ("O'Shaughnessy", "O'Malley", "O'Rourke", "O'Sullivan", "O'Dowd", "O'Hanlon", "O'Brien")
_WITH_D = ("D'Souza", "D'Arcy", "D'Costa", "D'Angelo")
_ONE_NAMES = ("Suparna", "Wayan", "Tenzin", "Zarghuna", "Khin", "Bhavana", "Sukarno", "Dechen")
_WELSH = (
    ("Siân", "Llŷr-Morgan", "Llŷr"),
    ("Mared", "Tŷ-Gwyn", "Siôn"),
    ("Lleucu", "ap Siôn", "Gŵion"),
    ("Siwân", "Dŵr-Glas", "Tŵm"),
)
_MOHAMMEDS = (("Mohammed", "Muhammad", "Mohammad"), ("Muhammad", "Mohamed", "Muhammed"), ("Mohammad", "Mohammed", "Muhamad"))
_POLISH = (
    ("Małgorzata", "Wiśniewski", "Łukasz", "Żaneta"), ("Bożena", "Śliwiński", "Błażej", "Róża"),
    ("Elżbieta", "Dąbrowski", "Jędrzej", "Kornelia"),
)  # fmt: skip

Item = TypeVar("Item")


def any_of(home: Home, items: Sequence[Item]) -> Item:
    """One of them."""
    return items[int(home.chance.random() * len(items))]


def adult(home: Home, sex: str, youngest: int, oldest: int, traits: tuple[str, ...] = (), has_record: bool = False) -> Sketch:
    """An adult (or a child, by the ages) of some whole years on the population's day."""
    age = youngest + int((oldest - youngest + 1) * home.chance.random())
    return Sketch(sex, birth_at_age(home.today, age, home.chance), traits=traits, has_record=has_record)


def any_sex(home: Home) -> str:
    """FEMALE or MALE."""
    return any_of(home, ("FEMALE", "MALE"))


def _with_mother(home: Home, *children: Sketch) -> Plan:
    """A mother and her children; she is thirty years older than the first whose birth is known, or so."""
    ages = [home.today.year - child.born.year for child in children if child.born] or [10]
    members = [adult(home, "FEMALE", max(ages) + 19, max(ages) + 27), *children]
    return Plan(members, relate([0], list(range(1, len(members))), members), vehicles=1)


def _unborn(home: Home) -> Plan:
    """Relations name the unborn child as such: what it is to its mother has no sex."""
    members = [adult(home, "FEMALE", 19, 39), adult(home, "MALE", 20, 44), Sketch("NOT_STATED", None, is_unborn=True)]
    members[1].surname = other_surname(home, "MALE")
    relations = relate([0, 1], [], members)
    relations += [(0, "mother", 2), (1, "father", 2), (2, "unborn child", 0), (2, "unborn child", 1)]
    return Plan(members, relations)


def _nine_and_ten(home: Home) -> Plan:
    """One is nine until next month or later; the other one turned ten within the last weeks."""
    nine = Sketch(any_sex(home), anniversary(home.today, 10) + timedelta(days=30 + int(200 * home.chance.random())))
    ten = Sketch(any_sex(home), anniversary(home.today, 10) - timedelta(days=1 + int(20 * home.chance.random())))
    ten.surname = other_surname(home, ten.sex)
    plan = _with_mother(home, nine, ten)
    plan.relations = [
        each for each in plan.relations if 2 not in (each[0], each[2])
    ]  # the elder one is a friend who is staying
    return plan


def _turns_eighteen(in_days: int) -> Callable[[Home], Plan]:
    def plan(home: Home) -> Plan:
        born = anniversary(home.today + timedelta(days=in_days), 18)
        return _with_mother(home, Sketch(any_sex(home), born, has_record=True, has_telephone=True))

    return plan


def _seventeen(home: Home) -> Plan:
    born = anniversary(home.today, 18) + timedelta(days=60 + int(200 * home.chance.random()))
    return _with_mother(home, Sketch(any_sex(home), born, has_telephone=True))


def _leap_day(home: Home) -> Plan:
    """Mother and child were both born on 29 February."""
    leap = home.today.year - 8 - home.today.year % 4
    members = [Sketch("FEMALE", date(leap - 28, 2, 29)), Sketch(any_sex(home), date(leap, 2, 29))]
    return Plan(members, relate([0], [1], members))


def _birth_unknown(home: Home) -> Plan:
    return Plan([Sketch(any_sex(home), None, age_range=any_of(home, ("18-24", "25-34", "35-49")), has_record=True)], [])


def _child_birth_unknown(home: Home) -> Plan:
    return _with_mother(home, Sketch(any_sex(home), None, traits=("child-of-unknown-age",), age_range="10-17"))


def _twins(home: Home) -> Plan:
    """Young enough to be at one school, or old enough for a record each."""
    first_sex, first, second_sex, second = any_of(home, _TWINS)
    age = 11 + int(18 * home.chance.random())
    born = birth_at_age(home.today, age, home.chance)
    pair = [
        Sketch(first_sex, born, given_name=first, has_record=True),
        Sketch(second_sex, born, given_name=second, has_record=True),
    ]
    home.origin, home.surname = "english", home.surname if home.origin == "english" else other_surname(home, "MALE", "english")
    return _with_mother(home, *pair)


def _father_and_son(home: Home) -> Plan:
    members = [adult(home, "MALE", 44, 60, has_record=True), adult(home, "MALE", 19, 24, has_record=True)]
    members[1].given_name = given_name_of(home, members[0])
    return Plan(members, relate([0], [1], members), vehicles=1)


def _alias(home: Home) -> Plan:
    person = adult(home, any_sex(home), 25, 50, ("prolific",), has_record=True)
    given = given_name_of(home, person)
    other = given
    while other == given:
        other = given_name_of(home, Sketch(person.sex, None))
    first = other_surname(home, person.sex)
    own, second = surname_for(home.surname, home.origin, person.sex), other_surname(home, person.sex, beside=first)
    person.aliases = (f"{given} {first}", f"{other} {own}", f"{other} {second}")
    return Plan([person], [], vehicles=1)


def _hyphen(home: Home) -> Plan:
    sex, given = any_of(home, _HYPHENS)
    person = adult(home, sex, 18, 45)
    home.origin = "english"
    first = other_surname(home, sex)
    person.given_name, person.surname = given, f"{first}-{other_surname(home, sex, beside=first)}"
    return Plan([person], [])


def _apostrophe(home: Home) -> Plan:
    home.origin = "irish"
    members = [adult(home, "FEMALE", 25, 60), adult(home, "MALE", 25, 60)]
    members[0].surname, members[1].surname = any_of(home, _IRISH), any_of(home, _WITH_D)
    return Plan(members, relate([0, 1], [], members))


def _one_name(home: Home) -> Plan:
    person = adult(home, any_sex(home), 20, 50)
    person.given_name, person.surname, person.origin = any_of(home, _ONE_NAMES), "", "south-asian"
    return Plan([person], [])


def _welsh(home: Home) -> Plan:
    mother, surname, son = any_of(home, _WELSH)
    home.origin, home.surname = "welsh", surname
    members = [adult(home, "FEMALE", 40, 48), adult(home, "MALE", 16, 19)]
    members[0].given_name, members[1].given_name = mother, son
    return Plan(members, relate([0], [1], members))


def _south_asian(home: Home) -> Plan:
    """Husband and wife of one family have other surnames; their lodger's name is spelt in three ways."""
    home.origin, home.surname = "sikh", "Singh"
    lodger = adult(home, "MALE", 19, 40, has_record=True)
    lodger.origin, lodger.surname = "south-asian", other_surname(home, "MALE", "south-asian")
    given, *spellings = any_of(home, _MOHAMMEDS)
    lodger.given_name, lodger.aliases = given, tuple(f"{spelling} {lodger.surname}" for spelling in spellings)
    members = [adult(home, "MALE", 28, 50), adult(home, "FEMALE", 28, 50), lodger]
    return Plan(members, relate([0, 1], [], members), vehicles=1)


def _polish(home: Home) -> Plan:
    """The feminine form of the surname; the daughter was born here."""
    wife, surname, husband, daughter = any_of(home, _POLISH)
    home.origin, home.surname = "polish", surname
    members = [adult(home, "FEMALE", 30, 40), adult(home, "MALE", 30, 44), adult(home, "FEMALE", 4, 10)]
    for member, given, nationality in zip(members, (wife, husband, daughter), ("POL", "POL", "GBR"), strict=True):
        member.given_name, member.nationality = given, nationality
    return Plan(members, relate([0, 1], [2], members), vehicles=1)


PLANS: Mapping[str, Callable[[Home], Plan]] = {
    "unborn": _unborn, "nine-and-ten": _nine_and_ten, "turns-18-today": _turns_eighteen(0),
    "turns-18-tomorrow": _turns_eighteen(1), "seventeen": _seventeen, "leap-day": _leap_day, "birth-unknown": _birth_unknown,
    "child-birth-unknown": _child_birth_unknown, "twins": _twins, "father-and-son": _father_and_son, "alias": _alias,
    "hyphen": _hyphen, "apostrophe": _apostrophe, "one-name": _one_name, "welsh": _welsh, "south-asian": _south_asian,
    "polish": _polish,
}  # fmt: skip
"""Name of the case to who lives there."""
