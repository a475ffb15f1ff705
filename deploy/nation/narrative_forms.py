"""How officers write plates, telephone numbers, dates, times and addresses. Pure.

Each function that takes `mentions` returns the words, and appends what in them identifies whom.
"""

import random
from datetime import date
from functools import lru_cache

from deploy.nation.calendar import DAY_MS, local_day, local_ms
from deploy.nation.scene import Place, Thing
from deploy.nation.telling import Mention

_MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third twenty-fourth twenty-fifth "
    "twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first"
).split()
_ENDINGS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}
_BEFORE = {"street": "in ", "trunk-road": "on ", "coast": "near "}
_VEHICLE = "vehicle"
_UNCOUNTED = ("jewellery", "cannabis", "powder", "cash")


def clock_time(ms: int) -> str:
    """Local time as logs have it: `0215hrs`."""
    minutes = local_ms(ms) % DAY_MS // 60_000
    return f"{minutes // 60:02d}{minutes % 60:02d}hrs"


@lru_cache(maxsize=256)
def _day_name(ordinal: int) -> str:
    day = local_day(ordinal * DAY_MS + DAY_MS // 2)  # noon: the same local day in winter and in summer
    return f"{_DAYS[day.weekday()]} {day.day}{_ENDINGS.get(day.day, 'th')} {_MONTHS[day.month - 1]}"


def day_name(ms: int) -> str:
    """The local day, without its year: `Friday 27th March`."""
    return _day_name(local_ms(ms) // DAY_MS)


def birth_date(born: date, of: str, chance: random.Random, mentions: list[Mention]) -> str:
    """The date of birth in figures."""
    drawn = chance.random()
    if drawn < 0.5:
        value = f"{born.day:02d}/{born.month:02d}/{born.year}"
    elif drawn < 0.8:
        value = f"{born.day:02d}/{born.month:02d}/{born.year % 100:02d}"
    else:
        value = f"{born.day:02d}.{born.month:02d}.{born.year}"
    mentions.append(Mention(value, of, "DATE_OF_BIRTH", "local"))
    return value


def birth_date_in_words(born: date, of: str, chance: random.Random, mentions: list[Mention]) -> str:
    """`the third of May 1987` or `3 May 1987`."""
    month = _MONTHS[born.month - 1]
    if chance.random() < 0.6:
        value = f"the {_ORDINALS[born.day - 1]} of {month} {born.year}"
    else:
        value = f"{born.day} {month} {born.year}"
    mentions.append(Mention(value, of, "DATE_OF_BIRTH", "in-words"))
    return value


def spaced_telephone(e164: str) -> str:
    """A British number in national form, grouped as its area groups it: `07700 900 123`, `020 7946 0123`, `0161 496 0123`."""
    number = "0" + e164[3:]
    if number.startswith("02"):
        return f"{number[:3]} {number[3:7]} {number[7:]}"
    if number.startswith("011") or (number.startswith("01") and number[3] == "1"):
        return f"{number[:4]} {number[4:7]} {number[7:]}"
    return f"{number[:5]} {number[5:8]} {number[8:]}"


def telephone(e164: str, of: str, chance: random.Random, mentions: list[Mention]) -> str:
    """The number as somebody reads it out."""
    drawn = chance.random()
    if drawn < 0.55:
        value, form = spaced_telephone(e164), "spaced"
    elif drawn < 0.85:
        value, form = "0" + e164[3:], "local"
    else:
        value, form = e164, "plain"
    mentions.append(Mention(value, of, "TELEPHONE", form))
    return value


def plate(thing: Thing, chance: random.Random, mentions: list[Mention]) -> str:
    """The registration mark, spaced or not, now and then in lower case. Only for a thing that has one."""
    drawn, value, form = chance.random(), thing.identifier or "", "spaced"
    if drawn >= 0.8:
        value, form = value.lower(), "lower"
    if 0.35 <= drawn < 0.93:
        value, form = value.replace(" ", ""), "unspaced" if drawn < 0.8 else "lower"
    mentions.append(Mention(value, thing.id, "PLATE", form))
    return value


@lru_cache(maxsize=4096)
def with_article(looks: str) -> str:
    """`a handbag`, `an air weapon`; bare where there are several of it, or no number of it."""
    head = looks.partition(" of ")[0]
    if looks.startswith(("a ", "an ")) or looks[0].isdigit() or head.endswith(("s", *_UNCOUNTED)):
        return looks
    return f"{'an' if looks[0] in 'aeiouAEIOU' else 'a'} {looks}"


def vehicle(thing: Thing, chance: random.Random, mentions: list[Mention]) -> str:
    """The vehicle by its looks and its plate."""
    looks = with_article(thing.description or _VEHICLE)
    lead, tail = ((", VRM ", ""), (" (", ")"), (", registration ", ""))[int(chance.random() * 3)]
    return f"{looks}{lead}{plate(thing, chance, mentions)}{tail}"


def serial_of(thing: Thing, mentions: list[Mention]) -> str:
    """The object, with its serial number where it has one."""
    looks = with_article(thing.description or "item of property")
    if thing.identifier is None:
        return looks
    mentions.append(Mention(thing.identifier, thing.id, "SERIAL", "plain"))
    return f"{looks} (serial {thing.identifier})"


def street_of(place: Place) -> str:
    """The street alone, without number and flat; the whole text where it has no number."""
    last = place.text.rpartition(", ")[2]
    number, space, street = last.partition(" ")
    return street if space and number[:1].isdigit() else place.text


def address(place: Place, chance: random.Random, mentions: list[Mention], is_known: bool = False) -> str:
    """Where it is: with or without postcode, now and then in upper case; shorter where the text has given it before."""
    drawn = chance.random()
    if is_known:
        if drawn < 0.4:
            return "the address" if place.kind == "home" else "the location"
        value = street_of(place) if drawn < 0.7 else place.text
        mentions.append(Mention(value, place.id, "ADDRESS", "plain"))
        return value
    value = place.text.upper() if drawn > 0.93 else place.text
    mentions.append(Mention(value, place.id, "ADDRESS", "upper" if drawn > 0.93 else "plain"))
    if drawn < 0.6 or not place.postcode:
        return value
    postcode, form = (place.postcode, "spaced") if drawn < 0.83 else (place.postcode.replace(" ", ""), "unspaced")
    mentions.append(Mention(postcode, place.id, "POSTCODE", form))
    return f"{value}, {postcode}"


def before(place: Place) -> str:
    """`at `, `in `, `on ` or `near `."""
    return _BEFORE.get(place.kind, "at ")
