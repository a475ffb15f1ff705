"""What comes up beside people: vehicles, telephones, drugs, weapons, what was stolen; and what people look like."""

from deploy.nation.identifiers import TELEPHONES, make_telephone
from deploy.nation.narrative import tell_description
from deploy.nation.scene import Household, Scene, Thing
from deploy.nation.territory import Territory

_OF_VEHICLE = frozenset(("45", "48", "58C", "126", "37/2", "802", "814"))
_STOLEN = {
    "bicycle-theft": ("pedal cycle", "electric bicycle"),
    "theft-from-the-person": ("mobile phone", "handbag", "purse"),
    "robbery": ("mobile phone", "watch", "handbag"),
}
_ANYTHING = ("mobile phone", "laptop", "power tools", "jewellery", "handbag")
_DRUGS = ("snap bags of white powder", "cannabis", "wraps of brown powder", "tablets")
_WEAPONS = ("kitchen knife", "lock knife", "machete", "knuckleduster")
_FIREARMS = ("air weapon", "blank-firing pistol", "shotgun")
_OF_FIREARM = frozenset(("10A", "10B", "81"))
_THEFTS = frozenset(("burglary", "robbery", "theft-from-the-person", "other-theft", "bicycle-theft"))
_LINES = 400
"""Telephones that crop up in intelligence; they are shared, and nobody keeps them for sure."""
_SERIALS = 20_000
_DESCRIBED = 0.12
"""Share of the suspects and victims whom somebody describes."""


def things_of_crime(territory: Territory, offence: str, public_type: str, household: Household) -> list[Thing]:
    """What a crime of this offence leaves to be written down."""
    drawn = territory.chance.random()
    if offence in _OF_VEHICLE:
        return [household.vehicles[0] if household.vehicles else any_vehicle(territory)]
    if public_type in _THEFTS and drawn < 0.4:
        return [_serial_thing(territory, "PROPERTY", "stolen", _STOLEN.get(public_type, _ANYTHING))]
    if public_type == "drugs" and drawn < 0.7:
        return [_serial_thing(territory, "DRUGS", "seized", _DRUGS)]
    if public_type == "possession-of-weapons" and drawn < 0.8:
        return [_serial_thing(territory, "WEAPON", "seized", _FIREARMS if offence in _OF_FIREARM else _WEAPONS)]
    return [any_vehicle(territory)] if drawn < 0.05 else []


def things_of_report(territory: Territory, concern: str | None) -> list[Thing]:
    """A line that deals, a car that was seen."""
    found = [any_vehicle(territory)] if territory.chance.random() < 0.3 else []
    if concern in ("soc", "csea", "modern-slavery", "fraud") and territory.chance.random() < 0.4:
        number = int(territory.chance.random() * _LINES)
        found.append(Thing(f"thing:line:{number}", "TELEPHONE", make_telephone(number * 41 % TELEPHONES), "used"))
    return found


def any_vehicle(territory: Territory) -> Thing:
    """Somebody's vehicle."""
    return territory.population.vehicle(territory.force, int(territory.chance.random() * 100_000))


def describe_parts(scene: Scene, territory: Territory) -> None:
    """Some of those who take part are described, now and then by their relatives."""
    for part in scene.parts:
        if not part.person.is_unborn and territory.chance.random() < _DESCRIBED:
            part.description = tell_description(part, territory.chance, territory.population)


def _serial_thing(territory: Territory, kind: str, status: str, descriptions: tuple[str, ...]) -> Thing:
    number = int(territory.chance.random() * _SERIALS)
    serial = f"{kind[0]}{number * 7919 % 1_000_000:06d}"
    return Thing(f"thing:{kind.lower()}:{number}", kind, serial, status, descriptions[number % len(descriptions)])
