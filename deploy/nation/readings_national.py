"""National rules, before and after every reading: which record goes to nobody, and what no reading may give. Pure.

Each rule has its section in READINGS.md. What is unknown satisfies a rule here.
"""

from collections.abc import Callable
from typing import NamedTuple

from deploy.nation.readings_facts import PROTECTED, Facts, Seen
from deploy.nation.readings_levels import LEVELS, ROLE, UNLOCATED, Allowance
from deploy.nation.scene import Grading, Scene

WITHDRAWING = ("RECALL", "ERASURE", "RESTRICTION")
"""Actions after which nobody may hold the record until it is reinstated."""
_FREE_INSTRUCTION = "FOR PUBLIC RELEASE"
_STOPPING_MARKERS = ("protected-person", "source-material", "legal-privilege")
HELD = "HELD"


class Reading(NamedTuple):
    """One partner kind: the record kinds that it takes, how far up, and what its row says."""

    kind: str
    read: Callable[[Facts], Allowance | None]
    events: tuple[str, ...]
    """Of `event_of`."""
    takes_sensitive: bool = False
    handling: str = ""
    """Handling codes of intelligence that it takes: P, C."""
    names_child_suspects: bool = False
    names_young: bool = False
    """A child under ten whom somebody suspects is a child to care for."""
    knows_third_parties: bool = False
    """A text may go to it that names people and things which are no part of the record."""
    goes_there: Callable[[Facts], bool] | None = None
    """When the place stays, even where a child suspect lives there."""
    excepts_victim: Callable[[Facts], bool] | None = None
    """When victim anonymity gives way, for a stated reason."""


def grade_of(scene: Scene) -> str:
    """P, C, HELD, or empty where no grade is wanted. A contradictory or missing grade is read as C with A1 and S2."""
    grading = scene.grading
    if grading is None:
        return HELD if scene.kind == "intelligence" else ""
    return _read_grade(grading)


def _read_grade(grading: Grading) -> str:
    source, assessment, handling, action, sanitisation = (
        grading.source, grading.assessment, grading.handling, grading.action, grading.sanitisation,
    )  # fmt: skip
    if source not in ("1", "2", "3") or assessment not in ("A", "B", "C", "D", "E"):
        return HELD
    if handling == "P":
        return "P" if action is None and sanitisation is None else HELD
    return "C" if handling == "C" and action in ("A2", "A3") and sanitisation == "S1" else HELD


def stop(scene: Scene, latched: int = 0) -> str:
    """Why nobody may receive this version; empty: nothing stands against it. `latched`: of `readings_facts.LATCHES`."""
    if scene.action in WITHDRAWING:
        return scene.action
    if latched & PROTECTED:
        return "protected-person"
    if scene.handling:
        for instruction in scene.handling:
            if instruction != _FREE_INSTRUCTION:
                return "handling instruction"
    for marker in scene.markers:
        if marker in _STOPPING_MARKERS:
            return marker
    for part in scene.parts:
        if part.person.traits and "protected" in part.person.traits:
            return "protected-person"
    return "handling codes" if grade_of(scene) == HELD else ""


def is_controlled_against(scene: Scene, agency: str, kind: str) -> bool:
    """Whether the originator has kept the record from this agency, by its name or its kind."""
    if scene.only and agency not in scene.only and kind not in scene.only:
        return True
    return agency in scene.never or kind in scene.never


def narrow(given: Allowance, facts: Facts, reading: Reading) -> Allowance:
    """What is left of a reading under the national rules."""
    excepts = reading.excepts_victim
    hides_victim = facts.is_sexual and not (excepts is not None and excepts(facts))
    hides_child = (facts.has_child_suspect and not reading.names_child_suspects) or (
        facts.has_young_suspect and not reading.names_young
    )
    if facts.unreadable is not None:  # nobody is told of whoever is in no role that anyone knows
        given.persons.pop(facts.unreadable.person.id, None)
    if not (hides_victim or hides_child or facts.is_sheltered):
        is_free = given.text == "none" or may_have_text(given, facts, reading)
        return given if is_free else given._replace(text="none")
    persons = dict(given.persons)
    for seen in facts.parts:
        level = persons.get(seen.person.id)
        if level is not None:
            left = _narrow_person(level, seen, facts, reading, hides_victim)
            if left:
                persons[seen.person.id] = left
            else:
                del persons[seen.person.id]
    things = "class" if (hides_child or hides_victim) and given.things != "none" else given.things
    places = _narrow_place(given.places, facts, reading, hides_victim)
    return Allowance(given.why, persons, places, things, "none")  # a text names whom it names: nothing of it can be narrowed


def _narrow_place(places: str, facts: Facts, reading: Reading, hides_victim: bool) -> str:
    if facts.is_sheltered:
        return "none"
    is_of_child = facts.is_childs_home and not reading.names_child_suspects
    hides_home = is_of_child and not (reading.goes_there is not None and reading.goes_there(facts))
    return "authority" if (hides_home or hides_victim) and places != "none" else places


def may_have_text(given: Allowance, facts: Facts, reading: Reading) -> bool:
    """Nothing of a text can be narrowed: so only whoever may know each person, the place and the things of the record.

    And each that is named besides, if the reading allows third parties; else whom it names must be one of these.
    """
    scene, persons = facts.scene, given.persons
    if given.places != "exact" or (scene.things and given.things != "exact"):
        return False
    for part in scene.parts:  # not `facts.parts`: somebody in no role that anyone knows is named, too
        if "NAME" not in LEVELS[persons.get(part.person.id, ROLE)]:
            return False
    return reading.knows_third_parties or identities_told(scene) <= {scene.place.id, *persons, *(x.id for x in scene.things)}


def identities_told(scene: Scene) -> set[str]:
    """Whom and what the text that may be given names: of intelligence the sanitised text, else summary, modus operandi and
    descriptions.
    """
    told = (scene.sanitised,) if scene.kind == "intelligence" else (scene.summary, scene.modus_operandi)
    texts = (*told, *(part.description for part in scene.parts))
    return {mention[1] for telling in texts for mention in telling.mentions}


def _narrow_person(level: str, seen: Seen, facts: Facts, reading: Reading, hides_victim: bool) -> str:
    """Level that is left; empty: not told of at all."""
    if seen.is_suspect and seen.may_be_young:
        if not (reading.names_young and seen.is_young):
            return ""
    elif seen.is_suspect and seen.may_be_child and not reading.names_child_suspects:
        return ROLE
    if hides_victim and (seen.is_victim or not seen.is_concerned):
        return ROLE  # also whoever called or saw it: a mother's name tells whose child it is
    return UNLOCATED.get(level, level) if facts.is_sheltered else level
