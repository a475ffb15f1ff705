"""Tables of the nation, and picking from a table by weight. Pure; every pick is one draw."""

import csv
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from random import Random


class Mix:
    """Values with weights above zero. `pick` gives each with the chance that its weight is of the whole."""

    __slots__ = ("_cumulative", "_last", "_total", "values", "weights")

    def __init__(self, pairs: Iterable[tuple[str, float]]) -> None:
        found = [(value, weight) for value, weight in pairs if weight > 0]
        self.values = tuple(value for value, _ in found)
        self.weights = array("d", (weight for _, weight in found))
        self._cumulative, self._total = array("d"), 0.0
        for weight in self.weights:  # added from left to right: the same floats everywhere
            self._total += weight
            self._cumulative.append(self._total)
        self._last = len(self.values) - 1

    def pick(self, chance: Random) -> str:
        """One value, by one draw."""
        return self.values[bisect_right(self._cumulative, chance.random() * self._total, 0, self._last)]

    def shares(self) -> dict[str, float]:
        """Value to its share of the whole."""
        return {value: weight / self._total for value, weight in zip(self.values, self.weights, strict=True)}


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """Rows of one of the nation's CSV files."""
    with (files("deploy.nation") / f"{name}.csv").open(encoding="utf-8") as source:
        return tuple(csv.DictReader(source))
