"""The whole space of marking, grading, offence flags and subject categories, with everything unknown in it. For tests.

Each kind of record has its axes, each axis its values; a value that is unknown has beside it the values that it may turn out to
be. A point is a number: its digits, last axis first, are the positions of its values.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from math import prod
from typing import Any, NamedTuple

from core_hub import FORCE, NOW_MS

from stream_processors.attributes import Attributes, Detail, PersonFacts
from stream_processors.decide import Decider, Decision

Grading = tuple[str | None, ...] | None

MARKINGS: tuple[tuple[tuple[str, bool], tuple[str, ...]], ...] = (
    (("OFFICIAL", False), ()),
    (("OFFICIAL", True), ()),
    (("OFFICIAL", True), ("RECIPIENTS ONLY",)),
    (("OFFICIAL", False), ("UK EYES ONLY",)),
    (("OFFICIAL", False), ("an instruction that nobody knows",)),
    (("SECRET", False), ()),
)
GRADINGS: tuple[Grading, ...] = (
    None,
    *product(("1",), ("A",), ("P", "C", None, "X"), ("A1", "A2", "A3", "A9", None), ("S1", "S2", "S9", None)),
    *(bad + codes for bad in (("4", "A"), ("1", None)) for codes in product(("P", "C"), ("A3", None), ("S1", None))),
)
SEXUAL = ("N", "Y", "ALLEGED", "UNKNOWN", None)
SLAVERY = ("N", "Y", None)
HATE = (False, True, None)
CATEGORIES = ((), ("SUSPECT",), ("CONVICTED",), ("VICTIM",), ("WITNESS_OR_OTHER",), ("mistyped",))

_GRADED = {"marking": MARKINGS, "grading": GRADINGS}
AXES: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    "crime": _GRADED | {"sexual": SEXUAL, "modern_slavery": SLAVERY, "hate": HATE, "categories": CATEGORIES},
    "custody": _GRADED | {"sexual": SEXUAL, "modern_slavery": SLAVERY, "categories": CATEGORIES},
    "intelligence": _GRADED | {"categories": CATEGORIES},
}
"""Kind to its axes: an intelligence report has no offence, a custody record no hate flag."""

_MAY_BE: Mapping[str, Mapping[Any, tuple[Any, ...]]] = {
    "marking": {MARKINGS[4]: (MARKINGS[0], MARKINGS[3])},
    "grading": {None: (("1", "A", "P", None, None), ("1", "A", "C", "A3", "S1"), ("1", "A", "C", "A1", "S2"))},
    "sexual": {"UNKNOWN": ("N", "Y", "ALLEGED"), None: ("N", "Y", "ALLEGED")},
    "modern_slavery": {None: ("N", "Y")},
    "hate": {None: (False, True)},
    "categories": {("mistyped",): CATEGORIES[:5]},
}
"""Axis and unknown value to what it may turn out to be. A grading is unknown for intelligence alone."""


class Answer(NamedTuple):
    """What is decided at a point."""

    shares: frozenset[str]
    drops: frozenset[tuple[str, str]]
    """(agreement, prohibition) whose fields are dropped."""
    latches: frozenset[str]


def size_of(kind: str) -> int:
    """How many points the kind has."""
    return prod(map(len, AXES[kind].values()))


def values_of(kind: str) -> Iterator[dict[str, Any]]:
    """Every point of the kind: axis to value."""
    names = list(AXES[kind])
    for values in product(*AXES[kind].values()):
        yield dict(zip(names, values, strict=True))


def attributes_of(kind: str, point: Mapping[str, Any]) -> Attributes:
    """A record at this point; whatever is not of the space is known, and harmless."""
    return Attributes(
        kind=kind,
        marking=point["marking"][0],
        handling=point["marking"][1],
        markers=("soc", "serious-violence", "mappa", "supervision"),
        grading=point["grading"],
        detail=_detail(kind, point.get("sexual"), point.get("modern_slavery"), point.get("hate")),
        objects=(),
        persons=_persons(point["categories"]),
        places=(),
        cross_border="N",
        force=FORCE,
        lads=("E08000021",),
        csps=("E22000245",),
        hour=494_530,
        score=80,
        control=None,
    )


@cache
def every_record(kind: str) -> tuple[Attributes, ...]:
    """A record at every point of the kind, in order."""
    return tuple(attributes_of(kind, point) for point in values_of(kind))


@cache
def _detail(kind: str, sexual: str | None, slavery: str | None, hate: bool | None) -> Detail:
    if kind == "intelligence":
        return Detail()
    found = Detail(offences=("8N",), offence_group="Violence against the person", outcome="charged", status="OPEN")
    found = found._replace(sexual=sexual, modern_slavery=slavery)
    return found._replace(crime_type="violent-crime", hate=hate) if kind == "crime" else found


@cache
def _persons(categories: tuple[str, ...]) -> tuple[PersonFacts, ...]:
    return (PersonFacts(("SUBJECT",), categories, ("adult",), (), "GBR", ()),)


def answers(decider: Decider, kind: str) -> list[Answer]:
    """What is decided at every point. Fails where something is shared that nothing permits, or withheld for no reason."""
    seen: dict[int, tuple[Decision, Answer]] = {}
    found = []
    for attributes in every_record(kind):
        decision = decider.decide(attributes, frozenset(), False, NOW_MS)
        if id(decision) not in seen:  # the decision is kept beside its answer, so that its id is never another's
            seen[id(decision)] = (decision, _answer(decision))
        found.append(seen[id(decision)][1])
    return found


def _answer(decision: Decision) -> Answer:
    sharing = frozenset(bound.id for bound in decision.shares)
    for verdict in decision.verdicts:
        shares = {bound.id for bound in verdict.bounds} & sharing
        assert verdict.permits or not shares, "nothing permits, and it is shared"
        assert bool(shares) != bool(verdict.against), "withheld for no reason, or shared in spite of one"
    drops = frozenset((name, each) for name, sanitising in decision.sanitising.items() for each in sanitising.drops)
    return Answer(sharing, drops, decision.latches)


def told(kind: str) -> Iterator[tuple[int, int]]:
    """Every unknown point, with each that it may turn out to be: one unknown at a time."""
    axes, stride = AXES[kind], size_of(kind)
    for axis, values in axes.items():
        stride //= len(values)
        if axis == "grading" and kind != "intelligence":
            continue
        for unknown, others in _MAY_BE[axis].items():
            at = values.index(unknown)
            steps = [(values.index(other) - at) * stride for other in others]
            for point in range(size_of(kind)):
                if point // stride % len(values) == at:
                    yield from ((point, point + step) for step in steps)


def is_bare_c(grading: Grading) -> bool:
    """A grade that is C without its codes, or one that can't be trusted to be P."""
    return grading is not None and grading != ("1", "A", "P", None, None) and not has_its_codes(grading)


def has_its_codes(grading: Grading) -> bool:
    """An assessed grade of C with an action and a sanitisation code."""
    source, assessment, handling, action, sanitisation = grading or (None,) * 5
    codes = action in ("A1", "A2", "A3") and sanitisation in ("S1", "S2")
    return (source, assessment, handling) == ("1", "A", "C") and codes
