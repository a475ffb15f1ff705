"""Places that do not exist, in local authorities that do. Pure: a place is made from its number and from chance."""

import csv
import random
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from deploy.nation import addresses, identifiers, rates
from deploy.nation.mix import Mix, table
from deploy.nation.scene import Place
from schemas import reference, reference_geography

_SEA: dict[str, str] = {
    "avon-and-somerset": "North Somerset|Sedgemoor|Somerset West and Taunton",
    "cleveland": "Hartlepool|Redcar and Cleveland", "cumbria": "Allerdale|Copeland|Barrow-in-Furness",
    "devon-and-cornwall": "Cornwall|Plymouth|Torbay|North Devon|Torridge|Teignbridge|East Devon|South Hams",
    "dorset": "Dorset|Bournemouth, Christchurch and Poole", "durham": "County Durham",
    "dyfed-powys": "Ceredigion|Pembrokeshire|Carmarthenshire", "gwent": "Newport",
    "essex": "Tendring|Southend-on-Sea|Maldon",
    "hampshire": "Portsmouth|Southampton|Isle of Wight|Gosport|Havant",
    "humberside": "East Riding of Yorkshire|North East Lincolnshire",
    "kent": "Dover|Thanet|Canterbury|Folkestone and Hythe|Swale", "lancashire": "Blackpool|Fylde|Wyre|Lancaster",
    "lincolnshire": "East Lindsey|Boston", "merseyside": "Sefton|Wirral",
    "norfolk": "Great Yarmouth|North Norfolk|King's Lynn and West Norfolk",
    "north-wales": "Isle of Anglesey|Gwynedd|Conwy|Denbighshire", "north-yorkshire": "Scarborough",
    "northumbria": "Northumberland|North Tyneside|South Tyneside|Sunderland",
    "south-wales": "Swansea|Cardiff|Vale of Glamorgan",
    "suffolk": "East Suffolk|Ipswich", "sussex": "Brighton and Hove|Hastings|Worthing|Arun|Eastbourne",
}  # fmt: skip
"""Local authorities with a coast, by force; not all of them. A force that isn't listed has no ports and no coast here."""
KINDS_BESIDE_HOMES = ("school", "street", "shop", "licensed", "station", "port", "trunk-road", "coast")
_MOST_OF_A_KIND = {
    "school": 32, "street": 160, "shop": 80, "licensed": 12, "station": 16, "port": 3, "trunk-road": 8, "coast": 12,
}  # fmt: skip
_HOUSEHOLDS_FOR_EACH = {
    "school": 50, "street": 5, "shop": 15, "licensed": 40, "station": 60, "port": 200, "trunk-road": 80, "coast": 60,
}  # fmt: skip
_FIRST_NUMBER, _EACH_FORCE = 20_000, 400
"""Numbers of places beside homes: after the households'; so many for each force."""
_DEGREES = 0.02
"""How far a place lies from the middle of its authority, north or south, east or west."""
_SMALL_AREA_LETTERS = "ABCDEF"
_NO_BUILDING = ("street", "trunk-road", "coast")


@dataclass(frozen=True, slots=True)
class Authority:
    """A local authority with what its places need."""

    code: str
    name: str
    latitude: float
    longitude: float
    outward_codes: tuple[str, ...]
    area_names: tuple[str, ...]
    """What its small areas are called, without the suffix."""


@cache
def territorial_forces() -> tuple[str, ...]:
    """The 43 territorial forces of England and Wales, in the order of their ids: it numbers them."""
    return tuple(sorted(force.id for force in reference.forces().values() if force.is_territorial_of_england_and_wales))


@cache
def households_in(force: str) -> int:
    """Ordinary households: one for each 450 recorded crimes a year, at least 60, so that large forces have many."""
    crimes = {row["force"]: int(row["crimes_a_year"]) for row in table("force_shares")}
    return max(60, crimes[force] // 450)


@cache
def authorities() -> dict[str, tuple[Authority, ...]]:
    """Local authorities by force, in the order of their codes. Each has four outward codes of its own."""
    centres = {row["lad_code"]: (float(row["latitude"]), float(row["longitude"])) for row in table("lad_centres")}
    area_names: dict[str, list[str]] = {}
    with (files("schemas") / "reference" / "lsoa_names.csv").open(encoding="utf-8") as source:
        for row in csv.DictReader(source):
            area_names.setdefault(row["lad_code"], []).append(row["name"])
    found: dict[str, list[Authority]] = {force: [] for force in territorial_forces()}
    lads = sorted(
        (lad for lad in reference_geography.local_authorities().values() if lad.force in found),
        key=lambda lad: (lad.force, lad.code),
    )
    for number, lad in enumerate(lads):
        outward = tuple(identifiers.make_outward_code(4 * number + each) for each in range(4))
        authority = Authority(lad.code, lad.name, *centres[lad.code], outward, tuple(area_names[lad.code]))
        found[lad.force].append(authority)
    return {force: tuple(each) for force, each in found.items()}


@cache
def neighbours(force: str) -> tuple[str, ...]:
    """Other forces of the same region; at least one."""
    region = reference.forces()[force].region
    return tuple(each for each in territorial_forces() if each != force and reference.forces()[each].region == region)


@cache
def _shares(force: str, by_the_sea: bool) -> Mix:
    """Ordinals of the force's authorities, to pick from by their share of its records."""
    here = authorities()[force]
    coastal = _SEA.get(force, "").split("|") if by_the_sea else ()
    share = dict(rates.lads(force))
    kept = [(n, each) for n, each in enumerate(here) if not by_the_sea or each.name in coastal]
    return Mix({str(n): max(1, int(10_000 * share[each.code])) for n, each in kept}.items())


def has_sea(force: str) -> bool:
    """Whether the force has ports and a coast."""
    return force in _SEA


def count_of(force: str, kind: str) -> int:
    """How many places of a kind beside homes a force has."""
    return max(4, min(_MOST_OF_A_KIND[kind], households_in(force) // _HOUSEHOLDS_FOR_EACH[kind])) if kind != "port" else 3


def make_place(force: str, key: str, kind: str, text: str, number: int, chance: random.Random, shift: int) -> Place:
    """A place in one of the force's authorities. `number` makes the UPRN: no other place of the nation has it."""
    here = authorities()[force]
    authority = here[int(_shares(force, kind in ("port", "coast")).pick(chance))]
    outward = authority.outward_codes[int(chance.random() * 4)]
    area = authority.area_names[int(chance.random() * len(authority.area_names))]
    postcode = f"{outward} {identifiers.make_inward_code(int(chance.random() * identifiers.INWARD_CODES))}"
    latitude, longitude = _point_near(authority, force, 2 * chance.random() - 1, 2 * chance.random() - 1)
    return Place(
        id=f"place:{force}:{key}",
        kind=kind,
        text=text,
        postcode=postcode,
        lad=authority.code,
        force=force,
        latitude=latitude,
        longitude=longitude,
        uprn=None if kind in _NO_BUILDING else identifiers.make_uprn(identifiers.spread(number, identifiers.UPRNS, shift)),
        lsoa_name=f"{area} {1 + int(chance.random() * 60):03d}{_SMALL_AREA_LETTERS[int(chance.random() * 6)]}",
    )


def _point_near(authority: Authority, force: str, north: float, east: float) -> tuple[float, float]:
    """A point so far from the middle of its authority (-1 to 1); nearer where it would lie in another force's area: the City of
    London is smaller than the way.
    """
    for degrees in (_DEGREES, _DEGREES / 2, _DEGREES / 4, _DEGREES / 16):
        latitude, longitude = round(authority.latitude + degrees * north, 5), round(authority.longitude + degrees * east, 5)
        if force in reference_geography.forces_at(latitude, longitude):
            return latitude, longitude
    return authority.latitude, authority.longitude


def make_place_beside_homes(seed: int, force: str, kind: str, number: int, shift: int) -> Place:
    """The force's `number`th place of one of KINDS_BESIDE_HOMES; `number` below `count_of`."""
    chance = random.Random(f"{seed}:place:{force}:{kind}:{number}")  # noqa: S311 - people who do not exist need no secrets
    ordinal = territorial_forces().index(force)
    first = sum(_MOST_OF_A_KIND[each] for each in KINDS_BESIDE_HOMES[: KINDS_BESIDE_HOMES.index(kind)])
    text = addresses.name_of(kind, ordinal * _MOST_OF_A_KIND[kind] + number, shift)
    return make_place(
        force, f"{kind}-{number}", kind, text, _FIRST_NUMBER + _EACH_FORCE * ordinal + first + number, chance, shift
    )
