"""The nearest national code to a value that has none: a suggestion for a person, never a mapping by itself. Pure."""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz, utils

from schemas.code_lists import code_lists

LEAST_SCORE = 60
"""A code less like the value than this (0 to 100) is not suggested: a poor guess costs more than none."""

_LONGEST = 200
"""Characters of a value that are compared: a sentence is no code."""


class Suggestion(NamedTuple):
    """A national code, what it is called, and how like the value it is: 0 to 100."""

    code: str
    label: str
    score: int


def suggest(code_list: str, value: str, limit: int = 3) -> list[Suggestion]:
    """The national codes nearest to `value` by code or by label, best first; empty where none is near or the list is unknown.

    A list that has both themes and qualifiers of one name gives both: a person chooses.
    """
    return list(_suggest(code_list, value[:_LONGEST], limit))


@lru_cache(maxsize=4096)
def _suggest(code_list: str, value: str, limit: int) -> tuple[Suggestion, ...]:
    sent = utils.default_process(value)
    if not sent:
        return ()
    found = sorted((-_likeness(sent, code, label), code) for code, label in _prepared(code_list).items())
    labels: Mapping[str, str] = code_lists().get(code_list, {})
    return tuple(Suggestion(code, labels[code], round(-score)) for score, code in found[:limit] if -score >= LEAST_SCORE)


def _likeness(sent: str, code: str, label: str) -> float:
    """By code, or by label: words that are common to both count, and so does what is not."""
    by_label = (fuzz.WRatio(sent, label) + fuzz.token_sort_ratio(sent, label)) / 2
    return max(fuzz.ratio(sent, utils.default_process(code)), by_label)


@lru_cache(maxsize=64)
def _prepared(code_list: str) -> dict[str, str]:
    return {code: utils.default_process(label) for code, label in code_lists().get(code_list, {}).items()}
