"""Groups of persons and places in a rule file: each defined once, before it is used, and used. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from schemas.codes import Code
from stream_processors.clauses import QUANTIFIERS
from stream_processors.field_paths import groups_named
from stream_processors.rule_faults import RuleFault, one_of, show
from stream_processors.rule_files import Path, RuleFile
from stream_processors.rule_words import clauses_of, groups_of

_PEOPLE_LINES = ("household_of", "within", "outside")


class _Use(NamedTuple):
    """A group named somewhere."""

    path: Path
    kind: str
    """people or places."""
    name: str


def check_groups(file: RuleFile) -> Iterator[RuleFault]:
    """Groups that are not defined, defined later than a group that uses them, of both kinds, or used by nothing."""
    defined = {kind: list(dict.fromkeys(name for name, _, _ in groups_of(file.value, kind))) for kind in ("people", "places")}
    uses = [*_by_clauses(file.value), *_by_paths(file.value)]
    by_groups = [(use, kind, earlier) for kind in defined for use, earlier in _by_groups(file.value, kind)]
    yield from (_unknown(file, use, defined[use.kind]) for use in uses if use.name not in defined[use.kind])
    for use, kind, earlier in by_groups:
        known = earlier if use.kind == kind else defined[use.kind]
        if use.name not in known:
            yield _not_before(file, use, known) if use.name in defined[use.kind] else _unknown(file, use, known)
    used = {(use.kind, use.name) for use in (*uses, *(use for use, _, _ in by_groups))}
    yield from _unused(file, defined, used)
    yield from _subjects(file)


def _unused(file: RuleFile, defined: Mapping[str, list[str]], used: set[tuple[str, str]]) -> Iterator[RuleFault]:
    for kind, names in defined.items():
        for name in names:
            if (kind, name) not in used:
                expected = "a group that a condition, an exception or a field names: this one does nothing"
                yield file.fault((kind, name), show(name), expected, Code.RULE_WORD)
    for name in defined["people"]:
        if name in defined["places"]:
            expected = "one name for a group of persons and another for a group of places"
            yield file.fault(("places", name), show(name), expected, Code.RULE_WORD)


def _not_before(file: RuleFile, use: _Use, known: list[str]) -> RuleFault:
    expected = f"a group that is defined before this one ({', '.join(known) or 'there is none'}): no circle"
    return file.fault(use.path, show(use.name), expected, Code.RULE_WORD)


def _unknown(file: RuleFile, use: _Use, known: list[str]) -> RuleFault:
    return file.fault(use.path, show(use.name), f"a group of `{use.kind}`: {one_of(known, use.name)}", Code.RULE_WORD)


def _by_clauses(value: Any) -> Iterator[_Use]:
    for path, clause in clauses_of(value):
        for line, kind in (("persons", "people"), ("places", "places")):
            quantified = clause.get(line) if isinstance(clause, dict) else None
            for quantifier in QUANTIFIERS:
                name = quantified.get(quantifier) if isinstance(quantified, dict) else None
                if isinstance(name, str):
                    yield _Use((*path, line, quantifier), kind, name)


def _by_paths(value: Any) -> Iterator[_Use]:
    """Groups in the selectors of a field list or of what a prohibition drops."""
    fields, drops = (value.get("fields"), value.get("drops")) if isinstance(value, dict) else (None, None)
    lines: list[tuple[Path, Any]] = [(("fields", line), line) for line in fields] if isinstance(fields, dict) else []
    lines += [(("drops", position), line) for position, line in enumerate(drops)] if isinstance(drops, list) else []
    people = {name for name, _, _ in groups_of(value, "people")}
    for path, line in lines:
        for list_name, name in groups_named(line) if isinstance(line, str) else ():
            kinds = {"persons": "people", "locations": "places"}
            kind = kinds.get(list_name, "people" if name in people else "places")
            yield _Use(path, kind, name)


def _by_groups(value: Any, kind: str) -> Iterator[tuple[_Use, list[str]]]:
    """Uses of groups by groups, with the groups of their kind that are defined before."""
    earlier: list[str] = []
    for own, _, clauses in groups_of(value, kind):
        for path, clause in clauses:
            for line in (*_PEOPLE_LINES, "home_of"):
                name = clause.get(line) if isinstance(clause, dict) else None
                if isinstance(name, str):
                    yield _Use((*path, line), "people" if line == "home_of" else kind, name), list(earlier)
        earlier.append(own)


def _subjects(file: RuleFile) -> Iterator[RuleFault]:
    for path, clause in clauses_of(file.value):
        places = clause.get("places") if isinstance(clause, dict) else None
        if isinstance(places, dict) and "subject" in places:
            yield file.fault(
                (*path, "places", "subject"), "`subject`", "any, every or none: no record is about a place", Code.RULE_FORM
            )
