"""National rules, before and after every reading: which record goes to nobody, and what no reading may give. Pure.

Each rule has its section in READINGS.md. What is unknown satisfies a rule here.
"""

from collections.abc import Callable
from typing import NamedTuple

from deploy.nation.readings_facts import Facts, Seen
from deploy.nation.readings_levels import ROLE, UNLOCATED, Allowance
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


def stop(scene: Scene) -> str:
    """Why nobody may receive this version; empty: nothing stands against it."""
    if scene.action in WITHDRAWING:
        return scene.action
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
    hides_child = facts.has_child_suspect and not reading.names_child_suspects
    if not (hides_victim or hides_child or facts.has_young_suspect or facts.is_sheltered or facts.has_source):
        return given
    persons = dict(given.persons)
    for seen in facts.parts:
        level = persons.get(seen.person.id)
        if level is not None:
            left = _narrow_person(level, seen, facts, reading, hides_victim)
            if left:
                persons[seen.person.id] = left
            else:
                del persons[seen.person.id]
    places, things = given.places, given.things
    if hides_victim:
        places = "none" if places == "none" else "authority"
        things = "none" if things == "none" else "class"
    if facts.is_sheltered:
        places = "none"
    return Allowance(given.why, persons, places, things, "none")  # a text names whom it names: nothing of it can be narrowed


def _narrow_person(level: str, seen: Seen, facts: Facts, reading: Reading, hides_victim: bool) -> str:
    """Level that is left; empty: not told of at all."""
    if "source" in seen.person.traits or seen.person is facts.scene.source_person:
        return ""
    if seen.is_suspect and seen.may_be_young:
        if not (reading.names_young and seen.is_young):
            return ""
    elif seen.is_suspect and seen.may_be_child and not reading.names_child_suspects:
        return ROLE
    if hides_victim and (seen.is_victim or not seen.is_concerned):
        return ROLE  # also whoever called or saw it: a mother's name tells whose child it is
    return UNLOCATED.get(level, level) if facts.is_sheltered else level
