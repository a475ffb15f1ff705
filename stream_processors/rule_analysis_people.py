"""The persons and places that a witness needs: one for each group that a condition asks for. Pure.

A person is made to satisfy the lines of one clause of the group; what he or she must not be is left to the engine to judge.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from stream_processors.attributes import PersonFacts, PlaceFacts
from stream_processors.clauses import PersonClause, PlaceClause
from stream_processors.conditions import Groups
from stream_processors.rule_analysis_solve import Wanted

_NOBODY_YET = PersonFacts((), (), ("adult",), (), "GBR", ())
_CONCERNED = ("SUSPECT", "OFFENDER", "SUBJECT")
_SPARE_ROLES = ("INVOLVED_PARTY", "WITNESS", "PERSON_REPORTING", "VICTIM", *_CONCERNED)


class Cast(NamedTuple):
    """Who and which places are in a record."""

    persons: tuple[PersonFacts, ...] = ()
    places: tuple[PlaceFacts, ...] = ()

    def with_person(self, role: str | None, category: str | None) -> "Cast":
        """One more, where a line asks for somebody of a role or category."""
        if role is None and category is None:
            return self
        roles, categories = (role or _SPARE_ROLES[0],), (category,) if category else ()
        return self._replace(persons=(*self.persons, _NOBODY_YET._replace(roles=roles, categories=categories)))


def cast_for(wanted: Sequence[Wanted]) -> Iterator[Cast]:
    """Casts in which the groups asked for have somebody, one for each choice of clauses."""
    asked = [
        (part, quantifier, group, want.groups)
        for want in wanted
        for part in ("persons", "places")
        if (condition := getattr(want.clause, part)) is not None
        for quantifier, group in condition.conditions()
        if quantifier != "none"
    ]
    options = [
        [(part, quantifier, clause, groups) for clause in (groups.people if part == "persons" else groups.places)[group]]
        for part, quantifier, group, groups in asked
    ]
    for chosen in product(*options):
        cast = Cast()
        for _, quantifier, clause, groups in chosen:
            if isinstance(clause, PersonClause):
                cast = add_person(cast, clause, groups, concerned=quantifier == "subject")
            else:
                cast = add_place(cast, clause, groups)
        yield cast


def add_person(cast: Cast, clause: PersonClause, groups: Groups, *, concerned: bool = False) -> Cast:
    """With somebody who satisfies the lines of the clause."""
    merged = _within(clause, groups)
    barred = set(merged.get("not_role", ()))
    if merged.get("role"):
        wanted = merged["role"]
        fitting = [role for role in wanted if role not in barred] or list(wanted)
        roles = [next((role for role in fitting if role in _CONCERNED), fitting[0])] if concerned else fitting[:1]
    else:
        roles = [role for role in (_CONCERNED if concerned else _SPARE_ROLES) if role not in barred][:1]
    categories = list(merged.get("subject_category", ()))[:1]
    if concerned and not set(roles) & set(_CONCERNED):
        categories = ["SUSPECT"]
    ages = merged.get("age", ("adult",))
    nationality = "FRA" if merged.get("nationality") == ("foreign",) else "GBR"
    person = PersonFacts(tuple(roles), tuple(categories), ages[:1], tuple(merged.get("marker", ()))[:1], nationality, ())
    at = len(cast.persons)
    cast = cast._replace(persons=(*cast.persons, person))
    if clause.household_of is None:
        return cast
    cast = add_person(cast, groups.people[clause.household_of][0], groups)
    other = at + 1
    persons = list(cast.persons)
    persons[at] = persons[at]._replace(household=(other,))
    persons[other] = persons[other]._replace(household=(*persons[other].household, at))
    return cast._replace(persons=tuple(persons))


def add_place(cast: Cast, clause: PlaceClause, groups: Groups) -> Cast:
    """With a place that satisfies the lines of the clause."""
    home_of: tuple[int, ...] = ()
    if clause.home_of is not None:
        home_of = (len(cast.persons),)
        cast = add_person(cast, groups.people[clause.home_of][0], groups)
    place = PlaceFacts((clause.role or ("INCIDENT",))[0], tuple(clause.marker or ())[:1], home_of)
    return cast._replace(places=(*cast.places, place))


def _within(clause: PersonClause, groups: Groups) -> dict[str, tuple[str, ...]]:
    """The lines of the clause over those of the group that it lies in."""
    lines: dict[str, tuple[str, ...]] = {}
    if clause.within is not None:
        lines = _within(groups.people[clause.within][0], groups)
    own = clause.model_dump(exclude={"household_of", "within", "outside"}, exclude_none=True)
    return lines | {name: tuple(values) for name, values in own.items()}
