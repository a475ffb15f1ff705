"""Three-valued conditions: True, False, or None for unknown (Kleene's strong logic). Pure."""

from collections.abc import Iterable

from stream_processors.agreements import Clause
from stream_processors.attributes import Attributes
from stream_processors.national import UNMAPPED

Truth = bool | None
"""True, False, or None: unknown."""


def both(truths: Iterable[Truth]) -> Truth:
    """And: one False is enough; otherwise one unknown makes it unknown."""
    unknown = False
    for truth in truths:
        if truth is False:
            return False
        unknown = unknown or truth is None
    return None if unknown else True


def either(truths: Iterable[Truth]) -> Truth:
    """Or: one True is enough; otherwise one unknown makes it unknown."""
    unknown = False
    for truth in truths:
        if truth is True:
            return True
        unknown = unknown or truth is None
    return None if unknown else False


def meets(clause: Clause, attributes: Attributes) -> Truth:
    """Whether every line of the clause holds, `area` left aside."""
    return both(_line(values, attributes[name]) for name, values in clause.lines().items())


def _line(values: frozenset[str], attribute: frozenset[str] | None) -> Truth:
    """A value that is not known (UNMAPPED) beside known ones leaves unknown what the known ones don't settle."""
    if attribute is None:
        return None
    if not values.isdisjoint(attribute):
        return True
    return None if UNMAPPED in attribute else False
