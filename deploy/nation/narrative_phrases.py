"""Read `phrases.yaml`, once: each line becomes a pattern whose slots are functions."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import yaml

from deploy.nation.narrative_conditions import CONDITIONS_OF_PERSON, CONDITIONS_OF_SCENE, in_this_way
from deploy.nation.narrative_slots import NEEDS_OF_PERSON, OF_PERSON, Need, Slot
from deploy.nation.narrative_stage import Stage
from deploy.nation.narrative_things import NEEDS_OF_SCENE, OF_SCENE, goods

_MARK = re.compile(r"\{(?P<letter>[VSWPQC]?)\.?(?P<word>[a-z]*)(?P<must>!?)\}|\[(?P<choices>[^]]+)\]")
_WAY = re.compile(r"<(?P<way>[a-z-]+)> ")
_CONDITION = re.compile(r"\{(?P<letter>[VSWPQC]?)\?(?P<word>[a-z-]+)\} ")
_END = ". "
"""What stands before the first word of a sentence."""
_OF_A_WAY = "modus"
"""The section whose patterns must agree with the way that the summary tells."""


class Pattern(NamedTuple):
    """A sentence or more. `pieces`: words, and the slot that follows them with its letter and whether it begins a sentence."""

    pieces: tuple[tuple[str, Slot, str, bool], ...]
    tail: str
    needs: tuple[tuple[Need, str], ...]
    way: str = ""
    """In which way it was done, where the words settle it."""

    def fits(self, stage: Stage) -> bool:
        """Whether the scene has all that the pattern tells of."""
        for need, letter in self.needs:  # noqa: SIM110 - twice as quick as all()
            if not need(stage, letter):
                return False
        return True

    def write(self, stage: Stage) -> str:
        """The words, with every slot filled; the stage notes whom they name."""
        written = []
        for words, slot, letter, is_start in self.pieces:
            written.append(words)
            written.append(slot(stage, letter, is_start))
        written.append(self.tail)
        return "".join(written)


class Group(NamedTuple):
    """Patterns for one purpose. `plain` is one that fits every scene."""

    patterns: tuple[Pattern, ...]
    plain: Pattern

    def choose(self, stage: Stage) -> Pattern:
        """One that fits: drawn, else the next that does."""
        first = stage.draw(len(self.patterns))
        for pattern in self.patterns[first:]:
            if pattern.fits(stage):
                return pattern
        for pattern in self.patterns[:first]:
            if pattern.fits(stage):
                return pattern
        return self.plain

    def draw(self, stage: Stage) -> Pattern | None:
        """One drawn, if it fits."""
        pattern = self.patterns[stage.draw(len(self.patterns))]
        return pattern if pattern.fits(stage) else None


Phrases = Mapping[str, Mapping[str, Group]]


@cache
def load_phrases() -> Phrases:
    """Groups by section and theme. Raises ValueError at a slot that doesn't exist, and where no pattern fits every scene."""
    text = (files("deploy.nation") / "phrases.yaml").read_text(encoding="utf-8")
    sections: Mapping[str, Mapping[str, str]] = yaml.safe_load(text)
    return {
        section: {theme: _group(lines, section == _OF_A_WAY) for theme, lines in themes.items()}
        for section, themes in sections.items()
    }


def _group(lines: str, is_of_a_way: bool = False) -> Group:
    """With `is_of_a_way`, a pattern with a way needs the stage to be of that way."""
    patterns = tuple(compile_pattern(line) for line in lines.splitlines())
    if is_of_a_way:
        patterns = tuple(
            pattern._replace(needs=((in_this_way, pattern.way), *pattern.needs)) if pattern.way else pattern
            for pattern in patterns
        )
    plain = next((pattern for pattern in patterns if not pattern.needs), None)
    if plain is None:
        raise ValueError(f"no pattern fits every scene: {lines}")
    return Group(patterns, plain)


def compile_pattern(line: str) -> Pattern:
    """The pattern of one line of `phrases.yaml`. Raises ValueError at a slot or condition that doesn't exist."""
    pieces, at = [], 0
    way, needs, line = _read_conditions(line)
    for number, found in enumerate(_MARK.finditer(line)):
        words = line[at : found.start()]
        at = found.end()
        is_start = not line[: found.start()] or line[: found.start()].endswith(_END)
        if found["choices"] is not None:
            if "{" in found["choices"]:
                raise ValueError(f"a slot among alternatives: {line}")
            pieces.append((words, _choices(found["choices"], number), "", is_start))
            continue
        letter, word = found["letter"], found["word"]
        slots, needed = (OF_PERSON, NEEDS_OF_PERSON) if letter else (OF_SCENE, NEEDS_OF_SCENE)
        if word not in slots:
            raise ValueError(f"no such slot: {found[0]}")
        pieces.append((words, slots[word], letter, is_start))
        need = NEEDS_OF_PERSON["!"] if found["must"] else needed.get(word)
        if need is not None:
            needs.append((need, letter))
    if "{" in line[at:] or any("{" in words for words, *_ in pieces):
        raise ValueError(f"no such slot: {line}")
    return Pattern(tuple(pieces), line[at:], tuple(dict.fromkeys(needs)), way)


def _read_conditions(line: str) -> tuple[str, list[tuple[Need, str]], str]:
    """The way, the conditions that the line begins with, and what is left to be written."""
    labelled = _WAY.match(line)
    at, needs = labelled.end() if labelled else 0, []
    while found := _CONDITION.match(line, at):
        conditions = CONDITIONS_OF_PERSON if found["letter"] else CONDITIONS_OF_SCENE
        if found["word"] not in conditions:
            raise ValueError(f"no such condition: {found[0]}")
        needs.append((conditions[found["word"]], found["letter"]))
        at = found.end()
    return labelled["way"] if labelled else "", needs, line[at:]


def _choices(choices: str, number: int) -> Slot:
    """One of the alternatives, by the stage's dice: the `number` of the slot keeps two choices of a line apart."""
    if choices.startswith("="):
        return goods(tuple(choices[1:].split("|")))
    texts = choices.split("|")
    count = len(texts)
    divisor: int = 3**number

    def write(stage: Stage, _letter: str, _is_start: bool) -> str:
        return texts[stage.dice // divisor % count]

    return write
