"""What the slots of the phrases are filled with. Each answers words and notes on the stage whom they name.

`letter` says whom: a key of the stage's cast. `is_start`: the words begin a sentence.
"""

import random
from collections.abc import Callable, Mapping
from datetime import date

from deploy.nation import naming
from deploy.nation import narrative_forms as forms
from deploy.nation.narrative_stage import Stage
from deploy.nation.narrative_words import CRIES, KIN_WORDS, POSSESSIVES, PRONOUNS, THEY, UNKNOWN, language_of
from deploy.nation.scene import Person
from deploy.nation.telling import Mention

Slot = Callable[[Stage, str, bool], str]
Need = Callable[[Stage, str], bool]

_FOREIGN_WORD, _BY_ROLE = 0.3, 0.2
"""How often somebody's own word is used of a relative, and how often `the IP's mother` stands for `her mother`."""
_LOOKS = {"MALE": "male", "FEMALE": "female"}


def _start(words: str, is_start: bool) -> str:
    return words[0].upper() + words[1:] if is_start else words


def _name(stage: Stage, letter: str, is_start: bool) -> str:
    person = stage.cast.get(letter)
    if person is None:
        first, again = UNKNOWN[letter]
        return _start(again if stage.has_said(letter) else first[stage.dice % len(first)], is_start)
    if person.is_unborn:
        return _unborn(stage, person, is_start)
    write = naming.call_again if stage.has_said(person.id) else naming.introduce
    return write(person, stage.chance, stage.mentions, stage.is_namesake(person))


def _unborn(stage: Stage, child: Person, is_start: bool) -> str:
    """`the unborn baby of Mared Examplewood`: it has no name, but whoever knows the mother knows which child."""
    unnamed = _start("the unborn baby", is_start)
    if stage.has_said(child.id) or stage.population is None:
        return unnamed
    household = stage.population.household_of(child)
    for a, name, b in household.relations:
        mother = household.members[a]
        if name == "mother" and household.members[b] is child and "source" not in mother.traits:
            words = f"{unnamed} of {naming.full_name(mother)}"
            stage.mentions.append(Mention(words, child.id, "NAME", "relation"))
            stage.mentions.append(Mention(naming.full_name(mother), mother.id, "NAME", "full-name"))
            return words
    return unnamed


def _pronoun(word: str) -> Slot:
    def write(stage: Stage, letter: str, is_start: bool) -> str:
        person = stage.cast.get(letter)
        words = THEY if person is None or person.is_unborn else PRONOUNS.get(person.sex, THEY)
        return _start(words[word], is_start)

    return write


def _kin(sort: str) -> Slot:
    """`her sister`, `the IP's mam Cerys`, `his brother Ivor EXAMPLEWOOD`."""

    def write(stage: Stage, letter: str, is_start: bool) -> str:
        person = stage.cast[letter]
        relatives = stage.relatives(person, sort)
        relative, name = relatives[stage.dice % len(relatives)]
        if stage.has_said(relative.id):
            return naming.call_again(relative, stage.chance, stage.mentions, stage.is_namesake(relative))
        stage.people.append(relative)
        return _relative(stage, letter, relative, name, is_start)

    return write


def _relative(stage: Stage, letter: str, relative: Person, name: str, is_start: bool) -> str:
    person = stage.cast[letter]
    whose = THEY["his"] if person.is_unborn else PRONOUNS.get(person.sex, THEY)["his"]
    if is_start or stage.chance.random() < _BY_ROLE:
        whose = POSSESSIVES[letter]
    if stage.chance.random() < _FOREIGN_WORD:
        name = KIN_WORDS[language_of(person)].get(name, name)
    phrase = _start(f"{whose} {name.replace('-', ' ')}", is_start)
    stage.mentions.append(Mention(phrase, relative.id, "NAME", "relation"))
    drawn = stage.chance.random()
    if drawn < 0.35:
        return phrase
    if drawn < 0.8 or not relative.surname:
        stage.mentions.append(Mention(relative.given_name, relative.id, "NAME", "given-name"))
        return f"{phrase} {relative.given_name}"
    full = f"{relative.given_name} {relative.surname.upper()}"
    stage.mentions.append(Mention(full, relative.id, "NAME", "full-name"))
    return f"{phrase} {full}"


def _kin_name(stage: Stage, letter: str, _is_start: bool) -> str:
    relatives = stage.relatives(stage.cast[letter], "any")
    relative = relatives[stage.dice % len(relatives)][0]
    stage.mentions.append(Mention(relative.given_name, relative.id, "NAME", "given-name"))
    return relative.given_name


def _tie(stage: Stage, letter: str, is_start: bool) -> str:
    """What the person is to the victim: `her partner`."""
    person, victim = stage.cast[letter], stage.cast["V"]
    name = _relation(stage, letter) or ""
    phrase = _start(f"{PRONOUNS.get(victim.sex, THEY)['his']} {name.replace('-', ' ')}", is_start)
    stage.mentions.append(Mention(phrase, person.id, "NAME", "relation"))
    return phrase


def _relation(stage: Stage, letter: str) -> str | None:
    person, victim = stage.cast.get(letter), stage.cast.get("V")
    if person is None or victim is None or person is victim or stage.population is None:
        return None
    return stage.population.relation(person, victim)


def _home(stage: Stage, letter: str, _is_start: bool) -> str:
    home = stage.cast[letter].home
    return forms.address(home, stage.chance, stage.mentions, stage.has_said(home.id))


def _telephone(stage: Stage, letter: str, _is_start: bool) -> str:
    person = stage.cast[letter]
    return forms.telephone(person.telephone or "", person.id, stage.chance, stage.mentions)


def _alias(stage: Stage, letter: str, _is_start: bool) -> str:
    person = stage.cast[letter]
    alias = naming.choose_alias(person, stage.chance) or ""
    stage.mentions.append(Mention(alias, person.id, "ALIAS", "full-name"))
    return alias


def _looks(stage: Stage, letter: str, is_start: bool) -> str:
    person = stage.cast.get(letter)
    if person is None or person.is_unborn:
        return _start("unknown male", is_start)
    return _start(f"{person.observed_ethnicity} {_LOOKS.get(person.sex, 'person')}", is_start)


def _cry(stage: Stage, letter: str, _is_start: bool) -> str:
    person = stage.cast.get(letter)
    words = CRIES["english" if person is None or stage.chance.random() < 0.5 else language_of(person)]
    return words[stage.dice // 7 % len(words)]


def _written(field: str, sort: str, form: str = "plain") -> Slot:
    """A field of the person as it is, when the scene has it."""

    def write(stage: Stage, letter: str, _is_start: bool) -> str:
        person = stage.cast[letter]
        value: str = getattr(person, field)
        stage.mentions.append(Mention(value, person.id, sort, form))
        return value

    return write


def _birth(form: Callable[[date, str, random.Random, list[Mention]], str]) -> Slot:
    """The date of birth in a form, when the scene has it."""

    def write(stage: Stage, letter: str, _is_start: bool) -> str:
        person = stage.cast[letter]
        return form(person.born or date.min, person.id, stage.chance, stage.mentions)

    return write


def _age(stage: Stage, letter: str, _is_start: bool) -> str:
    return str(stage.cast[letter].age_on(stage.day))


OF_PERSON: Mapping[str, Slot] = {
    "": _name,
    **{word: _pronoun(word) for word in THEY},
    "kin": _kin("kin"),
    "young": _kin("young"),
    "parent": _kin("parent"),
    "kinname": _kin_name,
    "tie": _tie,
    "home": _home,
    "tel": _telephone,
    "alias": _alias,
    "looks": _looks,
    "cry": _cry,
    "age": _age,
    "born": _birth(forms.birth_date),
    "words": _birth(forms.birth_date_in_words),
    "email": _written("email", "EMAIL"),
    "pnc": _written("pnc_id", "PNC"),
    "cro": _written("cro_number", "CRO"),
    "nhs": _written("nhs_number", "NHS"),
    "school": _written("school", "SCHOOL"),
    "work": _written("workplace", "WORKPLACE"),
    "nick": _written("nickname", "NAME", "nickname"),
}
"""By what follows the letter."""


def _has(field: str) -> Need:
    def holds(stage: Stage, letter: str) -> bool:
        person = stage.cast.get(letter)
        return person is not None and bool(getattr(person, field))

    return holds


def _has_alias(stage: Stage, letter: str) -> bool:
    person = stage.cast.get(letter)
    return person is not None and bool(person.aliases) and "protected" not in person.traits


def _has_kin(sort: str) -> Need:
    def holds(stage: Stage, letter: str) -> bool:
        person = stage.cast.get(letter)
        return person is not None and bool(stage.relatives(person, sort))

    return holds


NEEDS_OF_PERSON: Mapping[str, Need] = {
    "!": lambda stage, letter: letter in stage.cast,
    "kin": _has_kin("kin"),
    "young": _has_kin("young"),
    "parent": _has_kin("parent"),
    "kinname": _has_kin("any"),
    "tie": lambda stage, letter: _relation(stage, letter) is not None,
    "home": lambda stage, letter: letter in stage.cast,
    "alias": _has_alias,
    "tel": _has("telephone"),
    "age": _has("born"),
    "born": _has("born"),
    "words": _has("born"),
    "email": _has("email"),
    "pnc": _has("pnc_id"),
    "cro": _has("cro_number"),
    "nhs": _has("nhs_number"),
    "school": _has("school"),
    "work": _has("workplace"),
    "nick": _has("nickname"),
}
"""What must be so for the slot to be used; slots that aren't here always can."""
