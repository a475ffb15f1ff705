"""Names of streets, shops, schools and the rest that do not exist. Pure functions of an integer.

Numbers within the stated bounds make different texts.
"""

import random
from collections.abc import Sequence

from deploy.nation.identifiers import spread

_BEGINNINGS = (
    "Quer Zan Vosp Yarl Umbr Jask Fenz Drav Cruv Blent Skerr Gorv Lunz Mibb Ebb Arkl Kesp Ruzz Sprall Plov Chulm Vint Nurl "
    "Trusk Oxt Huzz Wemb Izzel Tarv Snoll"
).split()
_ENDINGS = (
    "ander apple arrant avish astle anty eckle elow embry erby essock idge iffle illot ingle onsey orrow ossel ombe uddle "
    "umber unter ick ettle"
).split()
STEMS = tuple(beginning + ending for beginning in _BEGINNINGS for ending in _ENDINGS)
"""Invented: no place is known by any of them."""
_STREETS = ("Street", "Road", "Lane", "Close", "Avenue", "Drive", "Grove", "Crescent", "Terrace", "Gardens", "Place", "Court")
_HOUSE_NUMBERS = 180
ADDRESSES = len(STEMS) * len(_STREETS) * _HOUSE_NUMBERS
"""How many different addresses there are: another one for each place of the nation."""
_SCHOOLS = (("Primary School", "Junior School"), ("Academy", "High School"))
"""Of a place with an even number, and of one with an odd number."""
_WAYS = ("Way", "Parade", "Footpath", "Underpass", "Precinct", "Towpath", "Subway", "Square", "Embankment", "Walkway")
_SHOPS = ("Stores", "Foods", "News", "Pharmacy", "Hardware", "Fashions", "Fuels", "Discount")
_PUB_FIRST = (
    "Velvet Paper Clockwork Patient Borrowed Crooked Silent Painted Hollow Wandering Copper Thirsty Drowsy Striped Whistling "
    "Leaning Salted Tin Muddled Folded"
).split()
_PUB_SECOND = (
    "Heron Lantern Badger Anvil Otter Thistle Kettle Plough Magpie Ferret Barrel Compass Weasel Sundial Trumpet Acorn Hedgehog "
    "Pheasant Windmill Beehive Turnip Wheelbarrow Curlew Saddle Tortoise Candle Walnut Parsnip Cormorant Bellows"
).split()
_WORKS = ("Engineering", "Logistics", "Catering", "Joinery", "Textiles", "Cleaning", "Packaging", "Motors", "Roofing", "Care")
_NAMES = {
    "street": _WAYS, "shop": _SHOPS, "station": ("Station",), "port": ("Harbour",), "trunk-road": ("Bypass",),
    "coast": ("Bay",),
}  # fmt: skip
_FLATS = 0.12


def address(number: int, shift: int) -> str:
    """Number and street; another one for each `number` below ADDRESSES."""
    street, house = divmod(spread(number, ADDRESSES, shift), _HOUSE_NUMBERS)
    stem, sort = divmod(street, len(_STREETS))
    return f"{1 + house} {STEMS[stem]} {_STREETS[sort]}"


def home_address(number: int, shift: int, chance: random.Random) -> str:
    """An address, some in a block of flats."""
    whole = address(number, shift)
    return f"Flat {1 + int(chance.random() * 12)}, {whole}" if chance.random() < _FLATS else whole


def care_home_address(number: int, shift: int) -> str:
    """The name of a care home and its address."""
    return f"{STEMS[spread(number, len(STEMS), shift)]} Lodge, {address(number, shift)}"


def name_of(kind: str, number: int, shift: int) -> str:
    """The name of a place of one of the kinds beside homes; another one for each number below 600, and more where there is
    room.
    """
    if kind == "school":
        return _named(number // 2, shift, _SCHOOLS[number % 2])
    if kind == "licensed":
        return "The " + _named(number, shift, _PUB_SECOND, _PUB_FIRST)
    return _named(number, shift, _NAMES[kind])


def workplace(number: int) -> str:
    """The name of an employer. Many people may work there."""
    return _named(number, 0, _WORKS)


def _named(number: int, shift: int, seconds: Sequence[str], firsts: Sequence[str] = STEMS) -> str:
    second, first = divmod(spread(number, len(firsts) * len(seconds), shift), len(firsts))
    return f"{firsts[first]} {seconds[second]}"
