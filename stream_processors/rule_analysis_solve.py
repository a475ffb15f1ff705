"""Whether clauses can hold of one record at once. Pure, and careful: a contradiction is told only where it is certain.

Certain is what follows from one value of one attribute, from the kind of record, or from one person who would have to be and
not be of a role. Everything else may hold; whether it does is for a search (`rule_analysis_witness`) or for real records.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from stream_processors.clauses import Clause, PersonClause
from stream_processors.conditions import Groups
from stream_processors.rule_analysis_lines import ALWAYS_KNOWN, EVERY_KIND, ONE_VALUE, PAIRS, kinds_of_line

_CONCERNED_ROLES = frozenset(("SUSPECT", "OFFENDER", "SUBJECT"))
_CONCERNED_CATEGORIES = frozenset(("SUSPECT", "CONVICTED"))


@dataclass(frozen=True)
class Wanted:
    """A clause that must hold; `known` False: of which is enough that it is not known not to."""

    clause: Clause
    groups: Groups
    known: bool = True


def contradiction(wanted: Sequence[Wanted], kinds: frozenset[str] = EVERY_KIND) -> str | None:
    """Why no record of these kinds can meet all of them; None where that can't be told."""
    for name, values, known in _lines(wanted):
        left = kinds & kinds_of_line(name, values, known=known)
        if not left:
            return f"{name} {_listed(values)} of a record of kind {_listed(kinds)}"
        kinds = left
    return _of_one_value(wanted) or _of_pairs(wanted) or next(_of_groups(wanted), None)


def kinds_meeting(wanted: Sequence[Wanted], kinds: frozenset[str] = EVERY_KIND) -> frozenset[str]:
    """Kinds of record that the lines leave."""
    for name, values, known in _lines(wanted):
        kinds &= kinds_of_line(name, values, known=known)
    return kinds


def _lines(wanted: Iterable[Wanted]) -> Iterator[tuple[str, frozenset[str], bool]]:
    return ((name, values, want.known) for want in wanted for name, values in want.clause.lines().items())


def _of_one_value(wanted: Sequence[Wanted]) -> str | None:
    left: dict[str, frozenset[str]] = {}
    for name, values, known in _lines(wanted):
        if name not in ONE_VALUE or not (known or name in ALWAYS_KNOWN):
            continue  # what is unknown meets both
        if name in left and not left[name] & values:
            return f"{name} {_listed(left[name])} and {name} {_listed(values)}"
        left[name] = left.get(name, values) & values
    return None


def _of_pairs(wanted: Sequence[Wanted]) -> str | None:
    lines = [(name, values) for name, values, known in _lines(wanted) if known]
    for one, ones, other, others, why in PAIRS:
        if any(n == one and v <= ones for n, v in lines) and any(n == other and v <= others for n, v in lines):
            return why
    return None


def _of_groups(wanted: Sequence[Wanted]) -> Iterator[str]:
    """Conditions on groups that can't be known to hold. One that is not known may still: persons of unknown roles."""
    for want in wanted:
        if not want.known:
            continue
        for part in ("persons", "places"):
            condition = getattr(want.clause, part)
            for quantifier, group in condition.conditions() if condition else ():
                if quantifier != "none" and (why := empty_group(part, group, want.groups, quantifier == "subject")):
                    yield f"{part}: {quantifier}: {group}: {why}"
            named = dict(condition.conditions()) if condition else {}
            asked = {group for quantifier, group in named.items() if quantifier != "none"}
            if named.get("none") in asked:
                yield f"{part}: none of {named['none']} and one of {named['none']}"


def empty_group(part: str, name: str, groups: Groups, concerned: bool = False) -> str | None:
    """Why nobody can be known to be of the group (and the record be about him or her); None where somebody can."""
    if part == "places":  # no line of a place contradicts another, but for those who live there
        return _empty_places(name, groups)
    reasons = [_empty_person(clause, groups, concerned) for clause in groups.people[name]]
    return reasons[0] if all(reasons) else None


def _empty_places(name: str, groups: Groups) -> str | None:
    homes = [empty_group("persons", each.home_of, groups) if each.home_of else None for each in groups.places[name]]
    return homes[0] if all(homes) else None


def _empty_person(clause: PersonClause, groups: Groups, concerned: bool) -> str | None:
    lines = clause.lines()
    for name in ("role", "subject_category", "marker"):
        if name in lines and lines[name] <= lines.get(f"not_{name}", frozenset()):
            return f"{name} {_listed(lines[name])} and not_{name}"
    if clause.within is not None:
        if clause.within == clause.outside:
            return f"within and outside of {clause.within}"
        if why := empty_group("persons", clause.within, groups):
            return why
    if clause.household_of is not None and (why := empty_group("persons", clause.household_of, groups)):
        return why
    barred = lines.get("not_role", frozenset()) >= _CONCERNED_ROLES
    if concerned and barred and lines.get("not_subject_category", frozenset()) >= _CONCERNED_CATEGORIES:
        return "nobody whom the record is about"
    return None


def _listed(values: frozenset[str]) -> str:
    return "/".join(sorted(values))
