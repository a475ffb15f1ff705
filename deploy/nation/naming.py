"""How officers write a person's name. Pure.

Each function returns the words, and appends to `mentions` what in them identifies whom, exactly as it stands there.
"""

import random
from bisect import bisect
from collections.abc import Callable
from itertools import accumulate

from deploy.nation.narrative_forms import birth_date, birth_date_in_words
from deploy.nation.scene import Person
from deploy.nation.telling import Mention

_LAST_YEAR_OF_TITLES = 2004
"""Whoever was born later is not called Mr or Ms."""
_TITLES = {"MALE": ("Mr",), "FEMALE": ("Ms", "Mrs", "Miss")}
_IN_WORDS = 0.3
"""Of the dates of birth beside a name, this share is in words."""

Form = Callable[[Person, random.Random, list[Mention]], str]


def full_name(person: Person) -> str:
    """Given name and surname; one of them where there is no other; empty for an unborn child without a surname."""
    if not person.surname:
        return person.given_name
    return f"{person.given_name} {person.surname}" if person.given_name else person.surname


def introduce(person: Person, chance: random.Random, mentions: list[Mention], is_namesake: bool = False) -> str:
    """The person as a text first names them; never by surname alone where another has the same. Not for the unborn."""
    form = _FIRST[bisect(_FIRST_LIMITS, chance.random())]
    return (_full if is_namesake and form in _OF_SURNAME else form)(person, chance, mentions)


def call_again(person: Person, chance: random.Random, mentions: list[Mention], is_namesake: bool = False) -> str:
    """The person as a text names them from then on: by surname in upper case, as statements do, or where another has the
    same, by given name.
    """
    form = _AGAIN[bisect(_AGAIN_LIMITS, chance.random())]
    return (_given if is_namesake and form in _OF_SURNAME else form)(person, chance, mentions)


def choose_alias(person: Person, chance: random.Random) -> str | None:
    """One of the other names. Never that of a protected person: those who know the old name don't write it."""
    if not person.aliases or "protected" in person.traits:
        return None
    return person.aliases[int(chance.random() * len(person.aliases))]


def _full(person: Person, _chance: random.Random, mentions: list[Mention]) -> str:
    value = full_name(person)
    mentions.append(Mention(value, person.id, "NAME", "full-name"))
    return value


def _upper(person: Person, _chance: random.Random, mentions: list[Mention]) -> str:
    value = full_name(person).upper()
    mentions.append(Mention(value, person.id, "NAME", "upper"))
    return value


def _surname(person: Person, chance: random.Random, mentions: list[Mention]) -> str:
    if not person.surname:
        return _upper(person, chance, mentions)
    value = person.surname.upper()
    mentions.append(Mention(value, person.id, "NAME", "surname"))
    return value


def _given(person: Person, chance: random.Random, mentions: list[Mention]) -> str:
    if not person.given_name:
        return _surname(person, chance, mentions)
    mentions.append(Mention(person.given_name, person.id, "NAME", "given-name"))
    return person.given_name


def _given_and_upper(person: Person, chance: random.Random, mentions: list[Mention]) -> str:
    if not person.surname or not person.given_name:
        return _full(person, chance, mentions)
    value = f"{person.given_name} {person.surname.upper()}"
    mentions.append(Mention(value, person.id, "NAME", "full-name"))
    return value


def _filed(person: Person, chance: random.Random, mentions: list[Mention]) -> str:
    if not person.surname or not person.given_name:
        return _full(person, chance, mentions)
    value = f"{person.surname.upper()}, {person.given_name}"
    mentions.append(Mention(value, person.id, "NAME", "full-name"))
    return value


def _misspelt(person: Person, chance: random.Random, mentions: list[Mention]) -> str:
    if not person.misspelt:
        return _full(person, chance, mentions)
    mentions.append(Mention(person.misspelt, person.id, "NAME", "misspelt"))
    return person.misspelt


def _titled(person: Person, chance: random.Random, mentions: list[Mention]) -> str:
    titles = _TITLES.get(person.sex)
    if titles is None or not person.surname or person.born is None or person.born.year > _LAST_YEAR_OF_TITLES:
        return _given(person, chance, mentions)
    value = f"{titles[int(chance.random() * len(titles))]} {person.surname}"
    mentions.append(Mention(value, person.id, "NAME", "surname"))
    return value


def _nickname(person: Person, chance: random.Random, mentions: list[Mention]) -> str:
    if not person.nickname:
        return _given(person, chance, mentions)
    mentions.append(Mention(person.nickname, person.id, "NAME", "nickname"))
    return person.nickname


def _with_birth(person: Person, chance: random.Random, mentions: list[Mention]) -> str:
    name = _full(person, chance, mentions)
    if person.born is None:
        return name
    if chance.random() < _IN_WORDS:
        return f"{name} (born on {birth_date_in_words(person.born, person.id, chance, mentions)})"
    return f"{name} (DOB {birth_date(person.born, person.id, chance, mentions)})"


def _with_nickname(person: Person, chance: random.Random, mentions: list[Mention]) -> str:
    name = _full(person, chance, mentions)
    return f'{name} ("{_nickname(person, chance, mentions)}")' if person.nickname else name


def _with_alias(person: Person, chance: random.Random, mentions: list[Mention]) -> str:
    name, alias = _full(person, chance, mentions), choose_alias(person, chance)
    if alias is None:
        return name
    mentions.append(Mention(alias, person.id, "ALIAS", "full-name"))
    return f"{name} aka {alias}"


_FIRST: tuple[Form, ...] = (
    _full, _surname, _given_and_upper, _filed, _upper, _misspelt, _given, _titled, _with_birth, _with_nickname, _with_alias,
)  # fmt: skip
_FIRST_LIMITS = [total / 100 for total in accumulate((36, 13, 10, 6, 4, 6, 3, 4, 8, 5))]
"""Cumulative shares of all but the last."""
_OF_SURNAME = (_surname, _titled)
"""Forms that do not tell two of one family apart."""
_AGAIN: tuple[Form, ...] = (_surname, _given, _nickname, _titled, _misspelt, _full)
_AGAIN_LIMITS = [total / 100 for total in accumulate((58, 18, 10, 4, 3))]
"""Cumulative shares of all but the last."""
