"""Three-valued conditions: True, False, or None for unknown (Kleene's strong logic); who is of which group. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from stream_processors.attribute_views import View
from stream_processors.clauses import PersonClause, PlaceClause
from stream_processors.national import UNMAPPED

Truth = bool | None
"""True, False, or None: unknown."""

_CONCERNED = PersonClause(role=("SUSPECT", "OFFENDER", "SUBJECT"))
_CONCERNED_BY_CATEGORY = PersonClause(subject_category=("SUSPECT", "CONVICTED"))
_CONCERNED_BOTH = (_CONCERNED, _CONCERNED_BY_CATEGORY)


@dataclass(frozen=True, eq=False)
class Groups:
    """The groups of persons and places of one rule. Told apart by identity: what a Matter has worked out is of these alone."""

    people: Mapping[str, tuple[PersonClause, ...]]
    places: Mapping[str, tuple[PlaceClause, ...]]


@dataclass
class Matter:
    """The persons and places of one record: who and what is of which group, worked out once."""

    view: View
    _people: dict[tuple[Groups, str], tuple[Truth, ...]] = field(default_factory=dict)
    _places: dict[tuple[Groups, str], tuple[Truth, ...]] = field(default_factory=dict)

    def people(self, groups: Groups, name: str) -> tuple[Truth, ...]:
        """Per person of the record whether he or she is of the group."""
        key = (groups, name)
        if key not in self._people:
            clauses = groups.people[name]
            positions = range(len(self.view.persons))
            self._people[key] = tuple(either(self._person(each, at, groups) for each in clauses) for at in positions)
        return self._people[key]

    def places(self, groups: Groups, name: str) -> tuple[Truth, ...]:
        """Per place of the record whether it is of the group."""
        key = (groups, name)
        if key not in self._places:
            clauses = groups.places[name]
            positions = range(len(self.view.places))
            self._places[key] = tuple(either(self._place(each, at, groups) for each in clauses) for at in positions)
        return self._places[key]

    def learn(self, groups: Groups, list_name: str, name: str, truths: tuple[Truth, ...]) -> None:
        """What is known already of a group: it is not worked out again."""
        (self._people if list_name == "persons" else self._places)[groups, name] = truths

    def concerned(self) -> tuple[Truth, ...]:
        """Per person whether the record is about him or her."""
        nothing = Groups({}, {})
        return tuple(
            either(self._person(each, at, nothing) for each in _CONCERNED_BOTH) for at in range(len(self.view.persons))
        )

    def _person(self, clause: PersonClause, at: int, groups: Groups) -> Truth:
        truths = [_named(self.view.persons[at], name, values) for name, values in clause.lines().items()]
        if clause.household_of is not None:
            own = self.people(groups, clause.household_of)
            truths.append(either((own[at], *(own[other] for other in self.view.households[at]))))
        if clause.within is not None:
            truths.append(self.people(groups, clause.within)[at])
        if clause.outside is not None:
            truths.append(negate(self.people(groups, clause.outside)[at]))
        return both(truths)

    def _place(self, clause: PlaceClause, at: int, groups: Groups) -> Truth:
        truths = [_named(self.view.places[at], name, values) for name, values in clause.lines().items()]
        if clause.home_of is not None:
            own = self.people(groups, clause.home_of)
            truths.append(either(own[person] for person in self.view.homes[at]))
        if clause.outside is not None:
            truths.append(negate(self.places(groups, clause.outside)[at]))
        return both(truths)


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


def negate(truth: Truth) -> Truth:
    """Not: unknown stays unknown."""
    return None if truth is None else not truth


def meets(values: frozenset[str], attribute: frozenset[str] | None) -> Truth:
    """A value that is not known (UNMAPPED) beside known ones leaves unknown what the known ones don't settle."""
    if attribute is None:
        return None
    if not values.isdisjoint(attribute):
        return True
    return None if UNMAPPED in attribute else False


def may_be(values: frozenset[str], possible: frozenset[str] | None) -> Truth:
    """Of one value of which only is known which it may be: all of these wanted, none of them, or unknown."""
    if possible is None:
        return None
    if possible <= values:
        return True
    return False if possible.isdisjoint(values) else None


def _named(attributes: Mapping[str, frozenset[str] | None], name: str, values: frozenset[str]) -> Truth:
    if name == "age":
        return may_be(values, attributes["age"])
    if name.startswith("not_"):
        return negate(meets(values, attributes[name.removeprefix("not_")]))
    return meets(values, attributes[name])
