"""Text as officers write it, and whom each string of it identifies. Pure: all chance is an argument.

The words are in `phrases.yaml`. A telling's mentions are complete: no name, number, date of birth or address of anybody
stands in a text without one.
"""

import random

from deploy.nation.narrative_forms import clock_time
from deploy.nation.narrative_phrases import Group, Phrases, load_phrases
from deploy.nation.narrative_stage import Relations, Stage, seed_of
from deploy.nation.narrative_themes import QUIET, is_of_death, theme_of, theme_of_report, theme_of_working
from deploy.nation.scene import Part, Scene
from deploy.nation.telling import NOTHING_TOLD, Telling

__all__ = ["Relations", "tell_description", "tell_intelligence", "tell_modus_operandi", "tell_more", "tell_summary"]

LONGEST = 1_000
"""Characters of a text, whatever is added."""
LONGEST_MODUS_OPERANDI, SHORTEST_MODUS_OPERANDI = 300, 20
"""Characters (POLE DS_077)."""
_DETAILS = (25, 70)
"""Of a hundred texts, so many have no detail, and so many one or none; the others have two."""
_OF_ANYTHING = 40
"""Of a hundred details, so many are ones that fit every theme, not the theme's own."""
_SEEDS = 1 << 53
_REMOVED = "person-removed"
"""The feature of a scene that a correction has taken somebody out of."""


def tell_summary(scene: Scene, population: Relations | None, chance: random.Random) -> Telling:
    """What happened, in one to four sentences. Told again, the same record's text tells the same in other words."""
    phrases = load_phrases()
    stage = Stage(scene.parts, scene, _known(scene, population), chance, seed_of(scene))
    theme = theme_of(scene)
    text = _write(phrases["summary"][theme], stage)
    drawn = stage.draw(100)
    if drawn >= _DETAILS[0]:
        text += _detail(phrases, theme, stage, "")
        if drawn >= _DETAILS[1]:
            text += _detail(phrases, theme, stage, text)
    return _telling(text, stage)


def tell_modus_operandi(scene: Scene, population: Relations | None, chance: random.Random) -> Telling:
    """How it was done, in 20 to 300 characters: in the way that the summary tells."""
    groups = load_phrases()["modus"]
    stage = Stage(scene.parts, scene, _known(scene, population), chance, seed_of(scene))
    stage.way = _way_of(scene, stage)
    text = _write(groups.get(theme_of_working(scene)) or groups["any"], stage)
    if SHORTEST_MODUS_OPERANDI <= len(text) <= LONGEST_MODUS_OPERANDI:
        return _telling(text, stage)
    bare = Stage((), scene, None, chance, 0)  # somebody's name is too long: nobody is named
    return _telling(groups["any"].plain.write(bare), bare)


def tell_intelligence(scene: Scene, population: Relations | None, chance: random.Random) -> tuple[Telling, Telling]:
    """The original, which tells of source and technique, and the sanitised text, which tells the same of the subjects alone."""
    phrases = load_phrases()
    population = _known(scene, population)
    original, sanitised = (Stage(scene.parts, scene, population, chance, seed_of(scene)) for _ in range(2))
    report = phrases["report"][theme_of_report(scene, original.draw(1000) / 1000)].choose(original)
    original.core, sanitised.core = report.write(original), report.write(sanitised)
    provenance = phrases["provenance"]["sourced" if scene.source_person is not None else "unsourced"]
    told = _write(provenance, original)
    return _telling(told, original), _telling(_write(phrases["sanitised"]["any"], sanitised), sanitised)


def tell_more(scene: Scene, so_far: Telling, population: Relations | None, chance: random.Random) -> Telling:
    """The text with an update that fits the scene's state; as it was where it would grow too long, or already tells it.

    Where a correction has removed a person, the text is told anew without that person.
    """
    if scene.state == "CORRECTED":
        return _correct(scene, so_far, population, chance)
    if scene.kind == "custody" and scene.state == "ARRESTED":
        return so_far  # it begins with the arrest
    groups = load_phrases()["bereaved" if is_of_death(scene, so_far.text) else "update"]
    population = _known(scene, population)
    stage = Stage(scene.parts, scene, population, chance, int(chance.random() * _SEEDS))
    if scene.state == "ARRESTED" and scene.kind == "crime":
        stage.way = _way_of(scene, Stage(scene.parts, scene, population, chance, seed_of(scene)))
    text = _write(groups.get(scene.state) or groups["any"], stage)
    return _add(so_far, f"UPDATE {clock_time(scene.recorded_ms)}: {text}", stage)


def tell_description(part: Part, chance: random.Random, population: Relations | None = None) -> Telling:
    """What the person looks like. With a population, sometimes also who of the family does."""
    groups = load_phrases()["described"]
    stage = Stage((part,), None, population, chance, int(chance.random() * _SEEDS))
    return _telling(_write(groups["unborn" if part.person.is_unborn else "any"], stage), stage)


def _correct(scene: Scene, so_far: Telling, population: Relations | None, chance: random.Random) -> Telling:
    """The text with what a correction says; told anew where it has removed a person."""
    phrases = load_phrases()
    groups, key = phrases["correction"], "moved" if "moved" in scene.features else _REMOVED
    if key not in scene.features:
        groups, key = phrases["bereaved" if is_of_death(scene, so_far.text) else "update"], "CORRECTED"
    elif key == _REMOVED:
        so_far = tell_summary(scene, population, chance)
    stage = Stage(scene.parts, scene, _known(scene, population), chance, int(chance.random() * _SEEDS))
    text = _write(groups[key], stage)
    return _add(so_far, f"CORRECTION {clock_time(scene.recorded_ms)}: {text}", stage)


def _known(scene: Scene, population: Relations | None) -> Relations | None:
    """None once somebody was removed: a scene doesn't say who, and no text may bring them in as somebody's relative."""
    return None if _REMOVED in scene.features else population


def _add(so_far: Telling, addition: str, stage: Stage) -> Telling:
    """Both texts; the first alone where they would be too long."""
    text = f"{so_far.text} {addition}" if so_far.text else addition
    if len(text) > LONGEST:
        return so_far
    return Telling(text, tuple(dict.fromkeys((*so_far.mentions, *stage.mentions))))


def _way_of(scene: Scene, stage: Stage) -> str:
    """In which way the summary of the stage's scene tells that it was done. The stage must be new, of the scene's seed."""
    return load_phrases()["summary"][theme_of(scene)].choose(stage).way


def _write(group: Group, stage: Stage) -> str:
    return group.choose(stage).write(stage)


def _detail(phrases: Phrases, theme: str, stage: Stage, so_far: str) -> str:
    """A sentence to be added, or nothing: where what is drawn does not fit, or has just been said."""
    groups = phrases["details"]
    own = groups.get(theme)
    is_own = own is not None and (theme in QUIET or stage.draw(100) >= _OF_ANYTHING)
    if own is None and theme in QUIET:
        return ""
    pattern = (own if own is not None and is_own else groups["any"]).draw(stage)
    if pattern is None:
        return ""
    told = pattern.write(stage)
    return f" {told}" if told not in so_far else ""


def _telling(text: str, stage: Stage) -> Telling:
    return Telling(text, tuple(dict.fromkeys(stage.mentions))) if text else NOTHING_TOLD
