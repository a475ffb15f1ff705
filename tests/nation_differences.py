"""Classes of differences between the truth of a simulated nation and the hub's rules: what, and why it can't be mended.

The truth is a reading of the catalogue of partner kinds and of the law (deploy/nation/READINGS.md); the rules are agreements
and prohibitions. Where they differed one side has been mended, so there is no class now. One may be added only where no record
says what would have to be known, with the reason.
"""

from collections.abc import Callable
from typing import NamedTuple

from nation_judge import Difference, Leak


class Class(NamedTuple):
    """A class of differences: what is so of all of them, and why nobody can mend it."""

    name: str
    why: str
    holds: Callable[[Difference | Leak], bool]


CLASSES: tuple[Class, ...] = ()
"""In this order: the first class that holds is it."""


def classify(found: Difference | Leak) -> str:
    """Name of the first class that holds; empty: none does."""
    return next((each.name for each in CLASSES if each.holds(found)), "")
