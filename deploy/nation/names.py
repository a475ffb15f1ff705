"""Names that go together, by origin, with how frequent they are; nicknames; misspellings. All chance is an argument.

`names.csv` is read once. It holds its own lists, so that another version of a library can't change what a seed gives.
"""

import random
from functools import cache

from deploy.nation.mix import Mix, table

_VOWELS = frozenset("aeiouyáâàäéèêëęąíîìïóôòöúûùüŵŷý")


@cache
def names_of(part: str, origin: str) -> Mix:
    """`given-female`, `given-male` or `surname` of an origin."""
    rows = [row for row in table("names") if (row["part"], row["origin"]) == (part, origin)]
    return Mix((row["name"], int(row["weight"])) for row in rows)


@cache
def nicknames() -> dict[str, str]:
    """Given name to what friends say; only where it is no rule."""
    return {row["name"]: row["nickname"] for row in table("names") if row["nickname"]}


def pick_given_name(origin: str, sex: str, chance: random.Random) -> str:
    """A given name for MALE or FEMALE; of any other sex: of either list."""
    is_female = sex == "FEMALE" or (sex != "MALE" and chance.random() < 0.5)
    return names_of("given-female" if is_female else "given-male", origin).pick(chance)


def pick_surname(origin: str, chance: random.Random) -> str:
    """A surname in its male form; Singh for a Sikh family."""
    return "Singh" if origin == "sikh" else names_of("surname", origin).pick(chance)


def surname_for(surname: str, origin: str, sex: str) -> str:
    """The same family's surname as this member has it: Kowalska, Kaur."""
    if sex != "FEMALE":
        return surname
    if origin == "sikh" and surname == "Singh":
        return "Kaur"
    if origin == "polish" and surname.endswith(("ski", "cki")):
        return surname[:-1] + "a"
    return surname


def nickname_of(given_name: str) -> str:
    """What friends say: by the table, else the first syllable and a y. Never the given name itself, empty for none."""
    if not given_name:
        return ""
    short = given_name.replace("-", " ").partition(" ")[0]
    known = nicknames().get(short)
    if known:
        return known
    lower = short.lower()
    first_vowel = next((at for at, letter in enumerate(lower) if letter in _VOWELS), 0)
    end = next((at for at, letter in enumerate(lower) if at > first_vowel and letter not in _VOWELS), len(short) - 1)
    made = short[: end + 1] + "y"
    return made if made != given_name else made + "s"


def misspell(full_name: str, chance: random.Random) -> str:
    """The name with one letter doubled, dropped or swapped with the next; never the name itself, empty for an empty one."""
    if not full_name:
        return ""
    start = full_name.rfind(" ") + 1 if chance.random() < 0.6 else 0
    end = full_name.find(" ", start) if full_name.find(" ", start) > 0 else len(full_name)
    at = start + 1 + int(chance.random() * max(1, end - start - 2))
    at += not full_name[at - 1].isalpha()  # not the hyphen or the apostrophe: it is the letters that go wrong
    way = chance.random()
    before, after = full_name[:at], full_name[at:]
    if way < 0.4 or len(after) < 2 or end - start < 4 or after[0] in " -'" or after[1] in " -'":
        return before + before[-1].lower() + after
    if way < 0.7 or after[0] == after[1]:
        return before + after[1:]
    return before + after[1] + after[0] + after[2:]
