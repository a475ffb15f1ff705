"""Predicates: every line of every clause is a bit; a record is two numbers: what is known to hold, and what may hold. Pure.

Most lines hang on one part of a record (its detail, its marking, one person ...). What a part makes of all lines is worked out
once for each distinct part and remembered; a record is the union of its parts. Quantified conditions on groups are bits, too. A
clause is a mask: it holds where all of its bits are known to hold, and may hold where all of them may.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from stream_processors.attribute_views import (
    Attribute,
    detail_view,
    grading_view,
    hour_view,
    markers_view,
    marking_view,
    objects_view,
    person_view,
    place_view,
)
from stream_processors.attributes import HEAD, Attributes, PersonFacts, PlaceFacts
from stream_processors.clauses import Clause
from stream_processors.conditions import Groups, Truth, meets
from stream_processors.group_bits import GroupBits, Members
from stream_processors.memos import remember

PART_MEMO = 100_000
"""Distinct parts remembered of each sort; past that they are made anew. About 200 bytes each."""

_SCORE = "quality_at_least"
_APART = {"force": "force", "hour": "hour", _SCORE: "score"}
"""Lines to attributes that are looked at only where some rule asks."""


class Bits(NamedTuple):
    """Three-valued truths of all predicates. Whatever is known is possible."""

    known: int
    possible: int

    def truth(self, mask: int) -> Truth:
        """Whether all predicates of the mask hold."""
        if self.known & mask == mask:
            return True
        return None if self.possible & mask == mask else False


class Predicates:
    """The predicates of rules with these groups. `mask_of` and `line` make them, before the first record is asked about."""

    def __init__(self, rules: Iterable[tuple[str, Groups]]) -> None:
        self._groups = GroupBits(rules)
        self._lines: dict[tuple[str, frozenset[str]], int] = {}
        self._parts: tuple[dict[object, Bits], ...] = tuple({} for _ in range(6))
        self._needs: tuple[int, ...] = ()

    def mask_of(self, clause: Clause, rule: str) -> int:
        """The mask of a clause of this rule, lines that hang on the agency left aside."""
        mask = 0
        for name, values in clause.lines().items():
            mask |= self.line(name, values)
        if clause.quality_at_least is not None:
            mask |= self.line(_SCORE, frozenset((str(clause.quality_at_least),)))
        for list_name, quantified in (("persons", clause.persons), ("locations", clause.places)):
            for quantifier, group in quantified.conditions() if quantified is not None else ():
                mask |= self._groups.ask(quantifier, list_name, rule, group)
        return mask

    def line(self, name: str, values: frozenset[str]) -> int:
        """The mask of one line: the record has any of these values."""
        if (name, values) not in self._lines:
            self._lines[name, values] = self._groups.size + len(self._lines)
            asked = {line for line, _ in self._lines}
            self._needs = tuple(Attributes._fields.index(each) for line, each in _APART.items() if line in asked)
        return 1 << self._lines[name, values]

    def of(self, attributes: Attributes) -> Bits:
        """What is known and what is possible of a record."""
        needs, (heads, details, sides, _, _, rests) = self._needs, self._parts
        head, detail, side = attributes[:HEAD], (attributes.kind, attributes.detail), (attributes.persons, attributes.places)
        known, possible = heads.get(head) or self._new(heads, head, _head_view(head))
        # Records differ much less in who and where than in when and what about: one look for all of that.
        found = [details.get(detail) or self._new(details, detail, detail_view(*detail)), sides.get(side) or self._side(*side)]
        if needs:  # what few rules ask for, and what differs from record to record
            rest = tuple([attributes[at] for at in needs])
            found.append(rests.get(rest) or self._new(rests, rest, _rest_view(dict(zip(needs, rest, strict=True)))))
        for part_known, part_possible in found:
            known |= part_known
            possible |= part_possible
        return Bits(known, possible)

    def _side(self, persons: tuple[PersonFacts, ...], places: tuple[PlaceFacts, ...]) -> Bits:
        """What the persons and places of a record make of all lines, and of the groups."""
        _, _, sides, of_persons, of_places, _ = self._parts
        known, possible = self._groups.bits(persons, places)
        found = [of_persons.get(each) or self._new(of_persons, each, _person_view(each)) for each in persons]
        found += [of_places.get(each) or self._new(of_places, each, _place_view(each)) for each in places]
        for part_known, part_possible in found:
            known |= part_known
            possible |= part_possible
        return remember(sides, (persons, places), Bits(known, possible), PART_MEMO)

    def members(self, attributes: Attributes) -> Members:
        """Who and which places are of which group of which rule."""
        return self._groups.members(attributes.persons, attributes.places)

    def _new(self, memo: dict[object, Bits], part: object, view: Mapping[str, Attribute]) -> Bits:
        return remember(memo, part, self._bits(view), PART_MEMO)

    def _bits(self, view: Mapping[str, Attribute]) -> Bits:
        truths = ((1 << bit, _holds(name, values, view)) for (name, values), bit in self._lines.items() if name in view)
        return _union(truths)


def _union(truths: Iterable[tuple[int, Truth]]) -> Bits:
    known = possible = 0
    for bit, truth in truths:
        if truth is not False:
            possible |= bit
            known |= bit if truth else 0
    return Bits(known, possible)


def _holds(name: str, values: frozenset[str], view: Mapping[str, Attribute]) -> Truth:
    if name != _SCORE:
        return meets(values, view[name])
    [least], score = values, view[name]
    return None if score is None else int(min(score)) >= int(least)


def _head_view(head: tuple[Any, ...]) -> Mapping[str, Attribute]:
    kind, marking, handling, markers, grading, objects, cross_border = head
    views = (marking_view(marking, handling), markers_view(markers), grading_view(kind, grading), objects_view(objects))
    crossing = {"cross_border": None if cross_border is None else frozenset((cross_border,))}
    return {name: value for view in (*views, crossing) for name, value in view.items()}


def _rest_view(values: Mapping[int, Any]) -> Mapping[str, Attribute]:
    named = {Attributes._fields[at]: value for at, value in values.items()}
    found: dict[str, Attribute] = {}
    if "force" in named:
        found["force"] = frozenset((named["force"],))
    if "hour" in named:
        found["hour"] = hour_view(named["hour"])
    if "score" in named:
        found[_SCORE] = None if named["score"] is None else frozenset((str(named["score"]),))
    return found


def _person_view(facts: PersonFacts) -> Mapping[str, Attribute]:
    view = person_view(facts)
    return {"marker": view["marker"], "subject_category": view["subject_category"], "person_role": view["role"]}


def _place_view(facts: PlaceFacts) -> Mapping[str, Attribute]:
    return {"marker": place_view(facts)["marker"]}
