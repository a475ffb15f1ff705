"""Ordinary households: families, couples, people alone, shared houses, care homes; every sixth has a known offender."""

import random
from collections.abc import Callable, Mapping

from deploy.nation.mix import Mix
from deploy.nation.people import Home, Plan, Sketch, birth_at_age, given_name_of, mixes, other_surname, relate

EACH_OFFENDER = 6
"""Of so many ordinary households one has a known offender: the last of each."""
OFFENDER_TRAITS = ("prolific", "supervised", "mappa", "organised", "young-offender", "sex-offender", "foreign-national")
"""What makes somebody a known offender."""
_KINDS = Mix({"family": 36, "couple": 31, "alone": 24, "shared": 7, "care-home": 2}.items())
_OFFENDERS = Mix({
    "prolific": 46, "supervised": 20, "young-offender": 12, "organised": 8, "mappa": 6, "sex-offender": 4, "foreign": 4,
}.items())  # fmt: skip
_TRAITS_OF: Mapping[str, tuple[str, ...]] = {
    "prolific": ("prolific",), "supervised": ("supervised",), "young-offender": ("young-offender",),
    "organised": ("organised",), "mappa": ("mappa", "supervised"), "sex-offender": ("mappa", "sex-offender"),
    "foreign": ("foreign-national", "prolific"),
}  # fmt: skip
_FOREIGN = (("romanian", "ROU"), ("polish", "POL"), ("african", "NGA"), ("arab", "IRQ"), ("chinese", "CHN"))
_LONE_PARENT, _SAME_SEX, _MARRIED = 0.32, 0.04, 0.6
_TENANTS, _AT_RISK_WHEN_OLD, _KNOWN_ADULT, _ALIAS = 0.3, 0.3, 0.04, 0.2
_OLD = 75
_URBAN = (
    "bedfordshire", "greater-manchester", "leicestershire", "west-midlands", "west-yorkshire", "thames-valley",
    "nottinghamshire",
)  # fmt: skip
_ORIGINS = mixes({
    "London": {
        "english": 56, "irish": 2, "polish": 4, "romanian": 5, "south-asian": 15, "sikh": 2, "african": 10, "chinese": 2,
        "arab": 3, "welsh": 1,
    },
    "urban": {
        "english": 70, "irish": 1, "polish": 3, "romanian": 2, "south-asian": 16, "sikh": 3, "african": 3, "chinese": 1,
        "arab": 1,
    },
    "Wales": {"english": 34, "welsh": 58, "irish": 1, "polish": 2, "romanian": 1, "south-asian": 2, "african": 2},
    "elsewhere": {
        "english": 880, "irish": 8, "welsh": 10, "polish": 24, "romanian": 14, "south-asian": 32, "sikh": 5, "african": 14,
        "chinese": 7, "arab": 6,
    },
})  # fmt: skip
"""Origins of names by sort of force: the order of size of the census of 2021."""


def pick_origin(force: str, region: str, chance: random.Random) -> str:
    """Where a household's names come from."""
    sort = region if region in _ORIGINS else "urban" if force in _URBAN else "elsewhere"
    return _ORIGINS[sort].pick(chance)


def has_offender(number: int) -> bool:
    """Whether the force's ordinary household of this number has a known offender."""
    return number % EACH_OFFENDER == EACH_OFFENDER - 1


def plan_household(home: Home, number: int) -> tuple[str, Plan]:
    """The kind of the force's ordinary household of this number, and who lives there."""
    kind = _KINDS.pick(home.chance)
    if not has_offender(number):
        return kind, _PLANS[kind](home)
    sort = _OFFENDERS.pick(home.chance)
    if sort == "young-offender":
        plan = _plan_family(home, teenager=True)
        _make_offender(home, plan.members[-1], sort)
        return "family", plan
    kind = "alone" if kind == "care-home" else kind
    plan = _PLANS[kind](home)
    _make_offender(home, plan.members[0], sort)
    return kind, plan


def _make_offender(home: Home, sketch: Sketch, sort: str) -> None:
    sketch.traits, sketch.has_record = _TRAITS_OF[sort], True
    if sort == "foreign":
        sketch.origin, sketch.nationality = _FOREIGN[int(home.chance.random() * len(_FOREIGN))]
        sketch.surname = other_surname(home, sketch.sex, sketch.origin)
    if home.chance.random() < _ALIAS:
        other = other_surname(home, sketch.sex, sketch.origin, beside=sketch.surname)
        sketch.aliases = (f"{given_name_of(home, sketch)} {other}",)


def _sex(home: Home) -> str:
    return "FEMALE" if home.chance.random() < 0.5 else "MALE"


def _adult(home: Home, sex: str, youngest: int, oldest: int) -> Sketch:
    age = youngest + int((oldest - youngest + 1) * home.chance.random())
    is_old = age >= _OLD and home.chance.random() < _AT_RISK_WHEN_OLD
    is_known = home.chance.random() < _KNOWN_ADULT
    return Sketch(sex, birth_at_age(home.today, age, home.chance), traits=("at-risk",) if is_old else (), has_record=is_known)


def _adult_of_any_age(home: Home, youngest: int, oldest: int) -> Sketch:
    """Those in the middle are the most."""
    age = youngest + int((oldest - youngest + 1) * (home.chance.random() + home.chance.random()) / 2)
    return _adult(home, _sex(home), age, age)


def _plan_family(home: Home, teenager: bool = False) -> Plan:
    """One or two parents and one to three children, the eldest last; `teenager`: of ten to seventeen."""
    chance = home.chance
    eldest = 10 + int(8 * chance.random()) if teenager else int(18 * chance.random())
    ages = [*sorted(max(0, eldest - 1 - int(6 * chance.random())) for _ in range(int(2.4 * chance.random()))), eldest]
    youngest_parent = max(19, eldest + 17)
    members = [_adult(home, "FEMALE", youngest_parent, max(youngest_parent, min(ages) + 42))]
    if chance.random() >= _LONE_PARENT:
        members.append(_partner(home, members[0], youngest_parent, youngest_parent + 20))
    parents = list(range(len(members)))
    members += [Sketch(_sex(home), birth_at_age(home.today, age, chance)) for age in ages]
    relations = relate(parents, list(range(len(parents), len(members))), members)
    return Plan(members, relations, vehicles=int(2.3 * chance.random()))


def _partner(home: Home, first: Sketch, youngest: int, oldest: int) -> Sketch:
    other = "MALE" if first.sex == "FEMALE" else "FEMALE"
    partner = _adult(home, first.sex if home.chance.random() < _SAME_SEX else other, youngest, oldest)
    if home.chance.random() >= _MARRIED:
        partner.surname = other_surname(home, partner.sex)
    return partner


def _plan_couple(home: Home) -> Plan:
    first = _adult_of_any_age(home, 20, 90)
    age = home.today.year - (first.born or home.today).year
    members = [first, _partner(home, first, max(18, age - 6), age + 6)]
    return Plan(members, relate([0, 1], [], members), vehicles=int(2.2 * home.chance.random()))


def _plan_alone(home: Home) -> Plan:
    return Plan([_adult_of_any_age(home, 19, 97)], [], vehicles=int(1.6 * home.chance.random()))


def _plan_shared(home: Home) -> Plan:
    traits = ("tenant",) if home.chance.random() < _TENANTS else ()
    members = [_adult(home, _sex(home), 18, 34) for _ in range(3 + int(2 * home.chance.random()))]
    for member in members:
        member.surname, member.traits = other_surname(home, member.sex), traits
    return Plan(members, [], vehicles=int(1.8 * home.chance.random()))


def _plan_care_home(home: Home) -> Plan:
    members = [_adult(home, _sex(home), 72, 97) for _ in range(4 + int(2 * home.chance.random()))]
    for member in members:
        member.surname, member.traits = other_surname(home, member.sex), ("at-risk",)
    return Plan(members, [])


_PLANS: Mapping[str, Callable[[Home], Plan]] = {
    "family": _plan_family, "couple": _plan_couple, "alone": _plan_alone, "shared": _plan_shared, "care-home": _plan_care_home,
}  # fmt: skip
