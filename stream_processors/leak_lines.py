"""The lines of a field list as the static leak check reads them: which field, of which items, and what becomes of it. Pure."""

from dataclasses import dataclass

from stream_processors.agreements import Agreement, Obligation

ALL = frozenset("*")
"""Selectors of a line that speaks of every item."""


@dataclass(frozen=True)
class Line:
    """One line of a field list."""

    path: str
    """Without selectors."""
    chosen: frozenset[str]
    """Selectors; `*`: all."""
    obligation: Obligation
    apart: frozenset[frozenset[str]] = frozenset()
    """Pairs of groups in which nobody is of both."""

    @property
    def is_kept(self) -> bool:
        """Leaves as it is."""
        return self.obligation.keep

    @property
    def is_narrowed(self) -> bool:
        """Leaves coarser than it is, or not as itself."""
        return not self.obligation.keep and not self.obligation.drop

    def meets(self, chosen: frozenset[str]) -> bool:
        """Whether both may speak of one item. A group may be anybody, but for groups that are defined as each other's rest."""
        return ALL in (self.chosen, chosen) or any(self._may_be(mine, other) for mine in self.chosen for other in chosen)

    def _may_be(self, mine: str, other: str) -> bool:
        return mine == other or ((mine.islower() or other.islower()) and frozenset((mine, other)) not in self.apart)


def lines_of(agreement: Agreement) -> list[Line]:
    """The field list, in its order."""
    apart = frozenset(
        frozenset((name, clause.outside))
        for groups in (agreement.people, agreement.places)
        for name, clauses in groups.items()
        for clause in clauses
        if clause.outside and all(each.outside == clause.outside for each in clauses)
    )
    return [Line(bare(text), _selectors(text), obligation, apart) for text, obligation in agreement.fields.items()]


def bare(text: str) -> str:
    """A path without selectors."""
    head, bracket, rest = text.partition("[")
    return head + rest.partition("]")[2] if bracket else text


def _selectors(text: str) -> frozenset[str]:
    inside = text.partition("[")[2].partition("]")[0]
    return frozenset(inside.split(",")) if inside else ALL
