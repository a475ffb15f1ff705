"""The whole space of marking, grading, offence flags and subject categories, with everything unknown in it. For tests.

An axis lists its points; a point that is unknown has beside it the points that it may turn out to be. Points that conditions
can't tell apart (a grade without its codes and one that is contradictory, say) are decided once: judging is a function of the
view, and the view of every point is made.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from typing import Any, NamedTuple

from core_hub import FORCE, NOW_MS

from stream_processors.attribute_views import view_of
from stream_processors.attributes import Attributes, Detail, PersonFacts
from stream_processors.decide import Decider

MARKINGS: tuple[tuple[tuple[str, bool], tuple[str, ...]], ...] = (
    (("OFFICIAL", False), ()),
    (("OFFICIAL", True), ()),
    (("OFFICIAL", True), ("RECIPIENTS ONLY",)),
    (("OFFICIAL", False), ("UK EYES ONLY",)),
    (("OFFICIAL", False), ("an instruction that nobody knows",)),
    (("SECRET", False), ()),
)
GRADINGS: tuple[tuple[str | None, ...] | None, ...] = (
    None,
    *product(("1",), ("A",), ("P", "C", None, "X"), ("A1", "A2", "A3", "A9", None), ("S1", "S2", "S9", None)),
    *(bad + codes for bad in (("4", "A"), ("1", None)) for codes in product(("P", "C"), ("A3", None), ("S1", None))),
)
SEXUAL = ("N", "Y", "ALLEGED", "UNKNOWN", None)
SLAVERY = ("N", "Y", None)
HATE = (False, True, None)
CATEGORIES = ((), ("SUSPECT",), ("CONVICTED",), ("VICTIM",), ("WITNESS_OR_OTHER",), ("mistyped",))

MAY_BE: Mapping[str, Mapping[Any, tuple[Any, ...]]] = {
    "marking": {MARKINGS[4]: (MARKINGS[0], MARKINGS[3])},
    "grading": {None: (("1", "A", "P", None, None), ("1", "A", "C", "A3", "S1"), ("1", "A", "C", "A1", "S2"))},
    "sexual": {"UNKNOWN": ("N", "Y", "ALLEGED"), None: ("N", "Y", "ALLEGED")},
    "slavery": {None: ("N", "Y")},
    "hate": {None: (False, True)},
    "categories": {("mistyped",): CATEGORIES[:5]},
}
"""Axis and unknown point to what it may turn out to be. A grading is unknown for intelligence alone."""


class Point(NamedTuple):
    """One point of the space."""

    kind: str
    marking: tuple[tuple[str, bool], tuple[str, ...]]
    grading: tuple[str | None, ...] | None
    sexual: str | None
    slavery: str | None
    hate: bool | None
    categories: tuple[str, ...]

    @property
    def has_handling_of_c(self) -> bool:
        """A grade that is C, or that can't be trusted to be P."""
        return self.grading is not None and self.grading != ("1", "A", "P", None, None)

    @property
    def has_its_codes(self) -> bool:
        """An assessed grade of C with an action and a sanitisation code."""
        source, assessment, handling, action, sanitisation = self.grading or (None,) * 5
        assessed = source == "1" and assessment == "A"
        return assessed and handling == "C" and action in ("A1", "A2", "A3") and sanitisation in ("S1", "S2")


def points() -> Iterator[Point]:
    """Every point: crime with all its flags, custody without the hate flag, intelligence without any."""
    for kind in ("crime", "custody", "intelligence"):
        sexual, slavery = (SEXUAL, SLAVERY) if kind != "intelligence" else (("N",), ("N",))
        hate = HATE if kind == "crime" else (None,)
        for each in product(MARKINGS, GRADINGS, sexual, slavery, hate, CATEGORIES):
            yield Point(kind, *each)


def attributes_of(point: Point) -> Attributes:
    """A record at this point; whatever is not of the space is known, and harmless."""
    person = PersonFacts(("SUBJECT",), point.categories, ("adult",), (), "GBR", ())
    flags: dict[str, Any] = {"sexual": point.sexual, "modern_slavery": point.slavery}
    detail = Detail()
    if point.kind != "intelligence":
        detail = Detail(
            offences=("8N",), offence_group="Violence against the person", outcome="charged", status="OPEN", **flags
        )
    if point.kind == "crime":
        detail = detail._replace(crime_type="violent-crime", hate=point.hate)
    return Attributes(
        kind=point.kind,
        marking=point.marking[0],
        handling=point.marking[1],
        markers=("soc", "serious-violence", "mappa", "supervision"),
        grading=point.grading,
        detail=detail,
        objects=(),
        persons=(person,),
        places=(),
        cross_border="N",
        force=FORCE,
        lads=("E08000021",),
        csps=("E22000245",),
        hour=494_530,
        score=80,
        control=None,
    )


Space = Mapping[Point, int]
"""Every point to the number of its class: of what conditions see of it."""


@cache
def classes() -> tuple[Space, list[Attributes]]:
    """The space, and of each class the attributes of its first point."""
    seen: dict[object, int] = {}
    space: dict[Point, int] = {}
    first: list[Attributes] = []
    for point in points():
        attributes = attributes_of(point)
        view = view_of(attributes)
        key = (*view.record.values(), *view.persons[0].values())
        number = seen.setdefault(key, len(seen))
        if number == len(first):
            first.append(attributes)
        space[point] = number
    return space, first


def told(point: Point) -> Iterator[Point]:
    """The points that this one may turn out to be, one unknown at a time."""
    for axis, unknown in MAY_BE.items():
        value = getattr(point, axis)
        applies = (point.kind == "intelligence") if axis == "grading" else (axis != "hate" or point.kind == "crime")
        if applies and value in unknown:
            yield from (point._replace(**{axis: other}) for other in unknown[value])


Answer = tuple[frozenset[str], frozenset[tuple[str, str]], frozenset[str]]
"""Who shares, (agreement, prohibition) whose fields are dropped, what latches."""


def answers(decider: Decider, first: list[Attributes]) -> list[Answer]:
    """The decision of each class. Fails where something is shared that nothing permits, or withheld for no reason."""
    made = []
    for attributes in first:
        decision = decider.decide(attributes, frozenset(), False, NOW_MS)
        sharing = frozenset(bound.id for bound in decision.shares)
        for verdict in decision.verdicts:
            shares = {bound.id for bound in verdict.bounds} & sharing
            assert verdict.permits or (verdict.against and not shares), "nothing permits, and it is shared"
            assert bool(shares) != bool(verdict.against), "withheld for no reason, or shared in spite of one"
        drops = frozenset((name, each) for name, sanitising in decision.sanitising.items() for each in sanitising.drops)
        made.append((sharing, drops, decision.latches))
    return made
