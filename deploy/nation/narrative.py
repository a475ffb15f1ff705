"""Text as officers write it, and whom each string of it identifies. Pure: all chance is an argument.

The words are in `phrases.yaml`. A telling's mentions are complete: no name, number, date of birth or address of anybody
stands in a text without one.
"""

import random

from deploy.nation.narrative_forms import clock_time
from deploy.nation.narrative_phrases import Group, Phrases, load_phrases
from deploy.nation.narrative_stage import DICE, Relations, Stage
from deploy.nation.narrative_themes import QUIET, theme_of, theme_of_report, theme_of_working
from deploy.nation.scene import Part, Scene
from deploy.nation.telling import NOTHING_TOLD, Telling

__all__ = ["Relations", "tell_description", "tell_intelligence", "tell_modus_operandi", "tell_more", "tell_summary"]

LONGEST = 1_000
"""Characters of a text, whatever is added."""
LONGEST_MODUS_OPERANDI, SHORTEST_MODUS_OPERANDI = 300, 20
"""Characters (POLE DS_077)."""
_DETAILS = (0.25, 0.7)
"""Cumulative: no detail, one; else two."""
_OF_ANYTHING = 0.4
"""How often a detail is one that fits every theme, not the theme's own."""


def tell_summary(scene: Scene, population: Relations, chance: random.Random) -> Telling:
    """What happened, in one to four sentences."""
    phrases = load_phrases()
    stage = Stage(scene.parts, scene, population, chance)
    theme = theme_of(scene)
    text = _write(phrases["summary"][theme], stage, chance)
    drawn = chance.random()
    if drawn >= _DETAILS[0]:
        text += _detail(phrases, theme, stage, chance, "")
        if drawn >= _DETAILS[1]:
            text += _detail(phrases, theme, stage, chance, text)
    return _telling(text, stage)


def tell_modus_operandi(scene: Scene, population: Relations, chance: random.Random) -> Telling:
    """How it was done, in 20 to 300 characters."""
    groups = load_phrases()["modus"]
    stage = Stage(scene.parts, scene, population, chance)
    text = _write(groups.get(theme_of_working(scene)) or groups["any"], stage, chance)
    if SHORTEST_MODUS_OPERANDI <= len(text) <= LONGEST_MODUS_OPERANDI:
        return _telling(text, stage)
    bare = Stage((), scene, None, chance)  # somebody's name is too long: nobody is named
    return _telling(groups["any"].plain.write(bare), bare)


def tell_intelligence(scene: Scene, population: Relations, chance: random.Random) -> tuple[Telling, Telling]:
    """The original, which tells of source and technique, and the sanitised text, which tells the same of the subjects alone."""
    phrases = load_phrases()
    dice = int(chance.random() * DICE)
    original = Stage(scene.parts, scene, population, chance, dice)
    sanitised = Stage(scene.parts, scene, population, chance, dice)
    report = phrases["report"][theme_of_report(scene, chance.random())].choose(original, chance)
    original.core, sanitised.core = report.write(original), report.write(sanitised)
    provenance = phrases["provenance"]["sourced" if scene.source_person is not None else "unsourced"]
    told = _write(provenance, original, chance)
    return _telling(told, original), _telling(_write(phrases["sanitised"]["any"], sanitised, chance), sanitised)


def tell_more(scene: Scene, so_far: Telling, population: Relations, chance: random.Random) -> Telling:
    """The text with an update that fits the scene's state; as it was where it would grow too long."""
    groups = load_phrases()["update"]
    stage = Stage(scene.parts, scene, population, chance)
    text = _write(groups.get(scene.state) or groups["any"], stage, chance)
    lead = f"{so_far.text} UPDATE" if so_far.text else "UPDATE"
    text = f"{lead} {clock_time(scene.recorded_ms)}: {text}"
    if len(text) > LONGEST:
        return so_far
    return Telling(text, tuple(dict.fromkeys((*so_far.mentions, *stage.mentions))))


def tell_description(part: Part, chance: random.Random, population: Relations | None = None) -> Telling:
    """What the person looks like. With a population, sometimes also who of the family does."""
    groups = load_phrases()["described"]
    stage = Stage((part,), None, population, chance)
    return _telling(_write(groups["unborn" if part.person.is_unborn else "any"], stage, chance), stage)


def _write(group: Group, stage: Stage, chance: random.Random) -> str:
    return group.choose(stage, chance).write(stage)


def _detail(phrases: Phrases, theme: str, stage: Stage, chance: random.Random, so_far: str) -> str:
    """A sentence to be added, or nothing: where what is drawn does not fit, or has just been said."""
    groups = phrases["details"]
    own = groups.get(theme)
    is_own = own is not None and (theme in QUIET or chance.random() >= _OF_ANYTHING)
    if own is None and theme in QUIET:
        return ""
    pattern = (own if own is not None and is_own else groups["any"]).draw(stage, chance)
    if pattern is None:
        return ""
    told = pattern.write(stage)
    return f" {told}" if told not in so_far else ""


def _telling(text: str, stage: Stage) -> Telling:
    return Telling(text, tuple(dict.fromkeys(stage.mentions))) if text else NOTHING_TOLD
