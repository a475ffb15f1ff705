"""Which agencies a place belongs to: bound agreements indexed by area. Pure."""

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from schemas.reference_geography import csp_of_lad
from stream_processors.bindings import Bound
from stream_processors.conditions import Truth
from stream_processors.memos import remember

Own = tuple[Truth, Truth, Truth]
"""Whether it happened in the agency's own authorities, in its partnership, in its member forces."""

OWN_LINES = ("own", "own-csp", "own-force")
"""The words of the line `area`, in the order of Own."""

_CLASSES = 20_000
"""Places kept; past that they are made anew. There are some 330 authorities and 45 forces."""


class PlaceClass(NamedTuple):
    """All places that are alike to the rule set."""

    serial: int
    accepted: tuple[bool, ...]
    """Per agreement whether the force has accepted it."""
    bounds: tuple[tuple[tuple[Own, tuple[Bound, ...]], ...], ...]
    """Per agreement its agencies, grouped by whether it is their own area."""
    sorts: tuple[int, ...]
    """Per agreement a number that is the same for all places that are alike to it alone."""


class Areas:
    """Finds the class of a place."""

    def __init__(self, bound: tuple[tuple[Bound, ...], ...], accepted: tuple[frozenset[str], ...]) -> None:
        self._bound, self._accepted = bound, accepted
        self._csps = {each.agency.id: _csps(each) for bounds in bound for each in bounds}
        self._found: dict[tuple[str, tuple[str, ...], tuple[str, ...]], PlaceClass] = {}
        self._alike: dict[object, PlaceClass] = {}
        self._sorts: dict[object, int] = {}

    def of(self, force: str, lads: tuple[str, ...], csps: tuple[str, ...]) -> PlaceClass:
        """The class of what this force recorded there. Empty: the authority, the partnership, is unknown."""
        key = (force, lads, csps)
        found = self._found.get(key)
        if found is None:
            found = remember(self._found, key, self._make(force, frozenset(lads), frozenset(csps)), _CLASSES)
        return found

    def _make(self, force: str, lads: frozenset[str], csps: frozenset[str]) -> PlaceClass:
        accepted = tuple(force in forces for forces in self._accepted)
        bounds = tuple(self._group(each, force, lads, csps) for each in self._bound)
        named = [tuple((own, tuple(b.id for b in some)) for own, some in each) for each in bounds]
        sorts = tuple(self._sorts.setdefault(alike, len(self._sorts)) for alike in zip(accepted, named, strict=True))
        return self._alike.setdefault(sorts, PlaceClass(len(self._alike), accepted, bounds, sorts))

    def _group(
        self, bounds: tuple[Bound, ...], force: str, lads: frozenset[str], csps: frozenset[str]
    ) -> tuple[tuple[Own, tuple[Bound, ...]], ...]:
        grouped: Mapping[Own, list[Bound]] = defaultdict(list)
        for bound in bounds:
            agency = bound.agency
            of_force = force in agency.forces
            own: Truth = (None if not lads else not lads.isdisjoint(agency.lads)) if agency.lads else of_force
            of_csp: Truth = (None if not csps else not csps.isdisjoint(self._csps[agency.id])) if agency.lads else False
            grouped[own, of_csp, of_force].append(bound)
        return tuple((own, tuple(some)) for own, some in grouped.items())


def _csps(bound: Bound) -> frozenset[str]:
    return frozenset(csp for lad in bound.agency.lads if (csp := csp_of_lad(lad)))
