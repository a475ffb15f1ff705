"""Field lists and what prohibitions drop: each line a path that is there, with an obligation that fits it. Pure."""

import re
from collections.abc import Generator, Iterator
from itertools import combinations
from typing import Any

from pydantic import ValidationError

from schemas.codes import Code
from stream_processors.agreements import Obligation
from stream_processors.field_paths import CHOICES, FieldPath, groups_named, parse_path
from stream_processors.field_types import kind_of, known_fields, standard_type
from stream_processors.obligations import treat
from stream_processors.projection import nested_line
from stream_processors.rule_faults import RuleFault, nearest, one_of, show
from stream_processors.rule_files import Path, RuleFile

_SELECTOR = re.compile(r"\[[^\]]*\]")


def check_fields(file: RuleFile) -> Iterator[RuleFault]:
    """Faults of an agreement's field list."""
    fields, kinds = _fields(file), _listed(file.value, "kinds")
    paths = []
    for text, given in fields.items():
        path = yield from _check_path(file, ("fields", text), text)
        if path is None:
            continue
        paths.append(path)
        kind = kind_of(path)
        if kind is not None and kinds and kind not in kinds:
            expected = f"a field of a kind that it shares ({', '.join(map(str, kinds))}), or `{kind}` among `kinds`"
            yield file.fault(("fields", text), show(text), expected, Code.RULE_WORD)
        yield from _check_obligation(file, text, path, given)
    inside = nested_line(paths)
    if inside is not None:
        expected = "either the field or what is inside of it: it lies inside of another field of the list"
        yield file.fault(("fields", inside), show(inside), expected, Code.RULE_FORM)


def check_drops(file: RuleFile) -> Iterator[RuleFault]:
    """Faults of what a prohibition drops: a field that is not there would be dropped nowhere, and nobody would know."""
    for position, text in enumerate(_listed(file.value, "drops")):
        if isinstance(text, str):
            yield from _check_path(file, ("drops", position), text)


def note_conflicts(file: RuleFile) -> Iterator[RuleFault]:
    """Lines of a field list that may speak of one item with different obligations: the stricter counts. No fault: a note."""
    fields = _fields(file)
    read = [(text, _parse(text), how) for text, how in fields.items()]
    for (text, path, how), (other_text, other, other_how) in combinations(read, 2):
        if path and other and path.list_name and path.plain == other.plain and how != other_how and _may_meet(path, other):
            expected = f"what both lines say where {show(other_text)} speaks of the same item: there the stricter counts"
            yield file.fault(("fields", text), show(text), expected, Code.RULE_FORM)


def _may_meet(one: FieldPath, other: FieldPath) -> bool:
    """Whether both may speak of one item: somebody may have two roles, a place or an object has one."""
    if one.chosen is None or other.chosen is None or one.groups or other.groups or one.list_name in ("persons", "statements"):
        return True
    return not one.chosen.isdisjoint(other.chosen)


def _fields(file: RuleFile) -> dict[str, Any]:
    fields = file.value.get("fields") if isinstance(file.value, dict) else None
    return {text: how for text, how in fields.items() if isinstance(text, str)} if isinstance(fields, dict) else {}


def _listed(value: Any, name: str) -> list[Any]:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def _parse(text: str) -> FieldPath | None:
    """A path whose groups are taken for given: whether they are defined is asked elsewhere."""
    groups = [name for _, name in groups_named(text)]
    try:
        return parse_path(text, "", groups, groups)
    except ValueError:
        return None


def _check_path(file: RuleFile, at: Path, text: str) -> Generator[RuleFault, None, FieldPath | None]:
    """Yields what is wrong with a path; gives it where it is one."""
    path = _parse(text)
    if path is None:
        yield file.fault(at, show(text), _right_path(text), Code.RULE_WORD)
        return None
    try:
        standard_type(path)
    except ValueError as error:
        near = nearest(known_fields(), _SELECTOR.sub("[*]", text))
        said = str(error).removeprefix("expected ")
        yield file.fault(at, show(text), f"{said}; the nearest is {show(near)}" if near else said, Code.RULE_WORD)
        return None
    return path


def _right_path(text: str) -> str:
    found = re.match(r"(persons|locations|objects|statements)\[([^\]]*)\]", text)
    if found:
        unknown = [name for name in found[2].split(",") if name not in CHOICES[found[1]]]
        return f"selectors of {found[1]}: `*`, a group, or {one_of(CHOICES[found[1]], unknown[0] if unknown else None)}"
    near = nearest(known_fields(), text)
    return f"a path such as {show(near)}" if near else "a path such as crime.offence or persons[VICTIM].surname"


def _check_obligation(file: RuleFile, text: str, path: FieldPath, given: Any) -> Iterator[RuleFault]:
    try:
        obligation = Obligation.model_validate(given)
    except ValidationError:
        return  # not of the form: said elsewhere
    try:
        treat(path, standard_type(path), obligation)
    except ValueError as error:
        shown = (
            show(given)
            if isinstance(given, str)
            else ", ".join(f"{key}: {value}" for key, value in given.items() if key != "when")
        )
        yield file.fault(("fields", text), shown, str(error).removeprefix("expected "), Code.RULE_FORM)
