"""What is wrong with rule files: each fault says where it stands, what was found and what would be right. Pure.

Rule files hold no personal data: their keys and words may be shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz, process, utils

from schemas.codes import Code
from schemas.errors import Misconfigured

LEAST_LIKENESS = 60
"""A word less like what was found than this (0 to 100) is not suggested."""

_LISTED_WORDS = 12
"""Of a longer list of words only the nearest is said."""

_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, order=True)
class RuleFault:
    """One fault of a rule set."""

    file: str
    line: int
    """From 1; 0 where the whole file is meant."""
    key: str
    """Where in the file, such as `share_when[0].marker[1]`; empty for the whole file."""
    found: str
    expected: str
    code: Code

    def __str__(self) -> str:
        """On one line: `file:line key: found ...; expected ...`."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where} {self.key}: found {self.found}; expected {self.expected}".replace(" : ", ": ")


class InvalidRules(Misconfigured):
    """A rule set does not load. `faults` are all of them, in order of file and line."""

    def __init__(self, faults: Iterable[RuleFault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__(Code.AGREEMENT_INVALID, field="; ".join(map(str, self.faults)))


def show(value: object) -> str:
    """A key or value of a rule file as a fault shows it."""
    text = f"`{value}`" if isinstance(value, str) and value else "nothing" if value in (None, "", [], {}, ()) else repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "..."


def one_of(words: Iterable[str], found: object = None) -> str:
    """What would be right where one of these words was expected: the nearest one first."""
    listed = sorted(words)
    near = nearest(listed, found)
    if len(listed) > _LISTED_WORDS:
        return (
            f"`{near}`, or another of {len(listed):,} words" if near else f"one of {len(listed):,} words, such as {listed[0]}"
        )
    others = ", ".join(listed) or "nothing: there is none"
    return f"`{near}` (one of {others})" if near else others if len(listed) == 1 or not listed else f"one of {others}"


def nearest(words: Iterable[str], found: object) -> str | None:
    """The word nearest to what was found, or None where none is near."""
    if not isinstance(found, str) or not found:
        return None
    best = process.extractOne(
        found, list(words), scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=LEAST_LIKENESS
    )
    return best[0] if best else None
