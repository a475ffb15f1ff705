"""From a sketch of a household to its members, each with all that identifies somebody. Pure: all chance is the household's."""

import random
from calendar import isleap
from dataclasses import dataclass
from datetime import date, timedelta

from deploy.nation import addresses, identifiers, names
from deploy.nation.identifiers import spread
from deploy.nation.mix import Mix
from deploy.nation.scene import Household, Person, Place, Thing

MOST_MEMBERS = 6
"""Of a household: with the household's number it numbers the person."""
_MOST_VEHICLES = 2


def mixes(weights: dict[str, dict[str, int]]) -> dict[str, Mix]:
    """A table to pick from for each name."""
    return {name: Mix(each.items()) for name, each in weights.items()}


_SELF_DEFINED = mixes({
    "english": {"W1": 940, "M1": 14, "M2": 4, "M3": 9, "M9": 5, "B1": 20, "B9": 8},
    "welsh": {"W1": 1}, "irish": {"W2": 1}, "polish": {"W9": 1}, "romanian": {"W9": 1},
    "south-asian": {"A1": 32, "A2": 40, "A3": 18, "A9": 10}, "sikh": {"A1": 1},
    "african": {"B2": 9, "B9": 1}, "chinese": {"A4": 1}, "arab": {"O2": 4, "O9": 1},
})  # fmt: skip
"""Self-defined ethnicity by the origin of the name: the census's rough proportions, not more."""
_OBSERVED = {
    "W1": "IC1", "W2": "IC1", "W9": "IC1", "M1": "IC3", "M2": "IC3", "M3": "IC4", "M9": "IC1", "A1": "IC4", "A2": "IC4",
    "A3": "IC4", "A9": "IC4", "A4": "IC5", "B1": "IC3", "B2": "IC3", "B9": "IC3", "O2": "IC6", "O9": "IC2",
}  # fmt: skip
"""What an officer would write. A Romanian name: IC2."""
_NATIONALITY = mixes({
    "polish": {"POL": 7, "GBR": 3}, "romanian": {"ROU": 8, "GBR": 2}, "irish": {"IRL": 3, "GBR": 7},
    "south-asian": {"GBR": 85, "PAK": 6, "IND": 6, "BGD": 3}, "sikh": {"GBR": 9, "IND": 1},
    "african": {"GBR": 75, "NGA": 12, "GHA": 7, "SOM": 6}, "chinese": {"GBR": 6, "CHN": 4},
    "arab": {"GBR": 6, "SYR": 2, "IRQ": 2},
})  # fmt: skip
"""Of who isn't listed: GBR."""
_SHARED_WITH_NEXT = 41
"""Of so many households, one has the telephone number of the household before it."""
_NOT_STATED, _HAS_NHS_NUMBER, _HAS_EMAIL, _WORKS, _SHARES_TELEPHONE = 0.03, 0.55, 0.6, 0.62, 0.45
_COLOURS = ("silver", "black", "blue", "red", "white", "grey", "green", "maroon")
_BODIES = ("hatchback", "saloon", "estate", "people carrier", "panel van", "pick-up", "motorcycle", "convertible")
_TRAITS: dict[tuple[str, ...], frozenset[str]] = {}
"""One set for each combination: most people have none, and a set of their own would cost more than their names."""


@dataclass(slots=True)
class Home:
    """What the members of one household have in common."""

    force: str
    key: str
    """Of the household, within its force."""
    number: int
    """Of the household, within the nation."""
    origin: str
    surname: str
    schools: tuple[str, str]
    """Primary and secondary."""
    today: date
    chance: random.Random
    shift: int


@dataclass(slots=True)
class Sketch:
    """A member before chance has filled in the rest. None: by chance."""

    sex: str
    born: date | None
    given_name: str | None = None
    surname: str | None = None
    aliases: tuple[str, ...] = ()
    traits: tuple[str, ...] = ()
    has_record: bool = False
    """Known to the Police National Computer."""
    origin: str | None = None
    nationality: str | None = None
    has_telephone: bool | None = None
    """The household's. None: the first adult has it, others by chance."""
    is_unborn: bool = False
    age_range: str | None = None
    """Only where the date of birth is unknown."""


@dataclass(slots=True)
class Plan:
    """A household before its members are made."""

    members: list[Sketch]
    relations: list[tuple[int, str, int]]
    vehicles: int = 0
    plate: str | None = None
    """Of each vehicle, instead of its own."""


def birth_at_age(today: date, years: int, chance: random.Random) -> date:
    """A date of birth that makes somebody exactly so many whole years old on `today`."""
    return anniversary(today, years) - timedelta(days=int(chance.random() * 364))


def anniversary(today: date, years: int) -> date:
    """The same day so many years before; 28 February where that year has no 29th."""
    year = today.year - years
    return date(year, 2, 28) if (today.month, today.day) == (2, 29) and not isleap(year) else today.replace(year=year)


def relate(parents: list[int], children: list[int], sketches: list[Sketch]) -> list[tuple[int, str, int]]:
    """Relations of a family: partners, parents and children, brothers and sisters. Indexes into `sketches`."""
    found = [(a, "partner", b) for a in parents for b in parents if a != b]
    for child in children:
        for parent in parents:
            found.append((parent, _by_sex(sketches[parent], "mother", "father", "parent"), child))
            found.append((child, _by_sex(sketches[child], "daughter", "son", "child"), parent))
    found += [(a, _by_sex(sketches[a], "sister", "brother", "sibling"), b) for a in children for b in children if a != b]
    return found


def given_name_of(home: Home, sketch: Sketch) -> str:
    """The given name that this member will have: fixed from now on."""
    if sketch.given_name is None:
        sketch.given_name = names.pick_given_name(sketch.origin or home.origin, sketch.sex, home.chance)
    return sketch.given_name


def other_surname(home: Home, sex: str, origin: str | None = None, beside: str | None = None) -> str:
    """A surname that is neither the household's nor `beside`; of the same origin, or of another one."""
    wanted = origin or home.origin
    while True:
        found = names.surname_for(names.names_of("surname", wanted).pick(home.chance), wanted, sex)
        if found not in (names.surname_for(home.surname, wanted, sex), beside):
            return found


def settle(home: Home, place: Place, kind: str, plan: Plan) -> Household:
    """The household with its members and vehicles."""
    members = []
    for slot, sketch in enumerate(plan.members):
        members.append(_make_unborn(home, place, slot) if sketch.is_unborn else _make_person(home, place, slot, sketch))
    drivers = [member for member in members if (member.age_on(home.today) or 0) >= 17]
    vehicles = [_make_vehicle(home, n, drivers[n % len(drivers)], plan.plate) for n in range(plan.vehicles if drivers else 0)]
    return Household(f"household:{home.force}:{home.key}", kind, place, tuple(members), tuple(plan.relations), tuple(vehicles))


def _by_sex(sketch: Sketch, female: str, male: str, other: str) -> str:
    return {"FEMALE": female, "MALE": male}.get(sketch.sex, other)


def _make_person(home: Home, place: Place, slot: int, sketch: Sketch) -> Person:
    chance = home.chance
    origin = sketch.origin or home.origin
    given = sketch.given_name if sketch.given_name is not None else names.pick_given_name(origin, sketch.sex, chance)
    surname = sketch.surname if sketch.surname is not None else names.surname_for(home.surname, origin, sketch.sex)
    number = home.number * MOST_MEMBERS + slot
    age = _age(home, sketch)
    ethnicity = _SELF_DEFINED[origin].pick(chance)
    observed = "IC2" if origin == "romanian" else _OBSERVED[ethnicity]
    pnc_id, cro_number = _record_numbers(home, sketch, number) if sketch.has_record else (None, None)
    is_minor = age < 18
    return Person(
        id=f"person:{home.force}:{home.key}:{slot}",
        given_name=given,
        surname=surname,
        nickname=names.nickname_of(given),
        aliases=sketch.aliases,
        misspelt=names.misspell(f"{given} {surname}" if surname else given, chance),
        born=sketch.born,
        is_unborn=False,
        sex=sketch.sex,
        ethnicity="NS" if chance.random() < _NOT_STATED else ethnicity,
        observed_ethnicity=observed,
        nationality=sketch.nationality or (_NATIONALITY[origin].pick(chance) if origin in _NATIONALITY else "GBR"),
        telephone=_telephone(home, slot, sketch, is_minor),
        email=identifiers.make_email(given, surname, number) if not is_minor and chance.random() < _HAS_EMAIL else None,
        pnc_id=pnc_id,
        cro_number=cro_number,
        nhs_number=_nhs_number(home, number) if chance.random() < _HAS_NHS_NUMBER else None,
        school=home.schools[age > 11] if is_minor and age > 4 else None,
        workplace=addresses.workplace(int(chance.random() * 7200)) if 18 <= age < 67 and chance.random() < _WORKS else None,
        home=place,
        household=f"household:{home.force}:{home.key}",
        traits=_TRAITS.setdefault(sketch.traits, frozenset(sketch.traits)),
        age_range=sketch.age_range,
    )


def _age(home: Home, sketch: Sketch) -> int:
    """Whole years; about twelve or forty where the date of birth is unknown."""
    if sketch.born is None:
        return 12 if "child-of-unknown-age" in sketch.traits else 40
    today, born = home.today, sketch.born
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _make_unborn(home: Home, place: Place, slot: int) -> Person:
    """An unborn child: nothing identifies it but its mother."""
    return Person(
        id=f"person:{home.force}:{home.key}:{slot}", given_name="", surname="", nickname="", aliases=(), misspelt="", born=None,
        is_unborn=True, sex="NOT_STATED", ethnicity="NS", observed_ethnicity="IC7", nationality="GBR", telephone=None,
        email=None, pnc_id=None, cro_number=None, nhs_number=None, school=None, workplace=None, home=place,
        household=f"household:{home.force}:{home.key}", traits=_TRAITS.setdefault((), frozenset()),
    )  # fmt: skip


def _telephone(home: Home, slot: int, sketch: Sketch, is_minor: bool) -> str | None:
    has_it = sketch.has_telephone
    if has_it is None:
        has_it = not is_minor and (slot == 0 or home.chance.random() < _SHARES_TELEPHONE)
    number = home.number - (home.number % _SHARED_WITH_NEXT == 1)  # one number in two homes, and nobody says why
    return identifiers.make_telephone(spread(number, identifiers.TELEPHONES, home.shift)) if has_it else None


def _nhs_number(home: Home, number: int) -> str:
    return identifiers.make_nhs_number(spread(number, identifiers.NHS_NUMBERS, home.shift))


def _record_numbers(home: Home, sketch: Sketch, number: int) -> tuple[str, str]:
    """PNC id and CRO number of the year in which somebody came to notice: between ten and forty, and not after today."""
    first = (sketch.born.year if sketch.born else home.today.year - 40) + 10
    year = first + int(home.chance.random() * (max(1, min(30, home.today.year - first + 1))))
    year = min(year, home.today.year)
    pnc_id = identifiers.make_pnc_id(year, spread(number, identifiers.PNC_IDS, home.shift))
    return pnc_id, identifiers.make_cro_number(year, spread(number, identifiers.CRO_NUMBERS, home.shift))


def plate_of(number: int, shift: int) -> str:
    """Another plate for each number of a vehicle in the nation."""
    return identifiers.make_plate(spread(number, identifiers.PLATES, shift))


def _make_vehicle(home: Home, ordinal: int, keeper: Person, plate: str | None) -> Thing:
    chance = home.chance
    looks = f"{_COLOURS[int(chance.random() * len(_COLOURS))]} {_BODIES[int(chance.random() * len(_BODIES))]}"
    plate = plate or plate_of(home.number * _MOST_VEHICLES + ordinal, home.shift)
    return Thing(f"vehicle:{home.force}:{home.key}:{ordinal}", "VEHICLE", plate, None, looks, keeper.id)
