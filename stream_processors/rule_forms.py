"""Rule files against their models: what is missing, unknown or not of the form, each with its place. Pure.

Every clause that is right by itself is kept in a draft, so that one fault doesn't hide the others of its file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from schemas.codes import Code
from stream_processors.agreements import Agreement, Confirmation, Excepted, Obligation, Prohibition
from stream_processors.clauses import Clause, PersonClause, PlaceClause, Quantified
from stream_processors.rule_faults import RuleFault, nearest, one_of, show
from stream_processors.rule_files import Path, RuleFile

_WORDS_OF_OBLIGATIONS = ("keep", "drop", "pseudonymise")
_IN_MAPPINGS: Mapping[str, type[BaseModel]] = {"people": PersonClause, "places": PlaceClause, "confirmed": Confirmation}
_KEY = "[key]"
"""pydantic's own step for a key that is not of the form."""


@dataclass(frozen=True)
class Draft:
    """One rule file as far as it is right."""

    file: RuleFile
    values: Mapping[str, Any]
    """Clauses that are right by themselves."""
    whole: Any
    """The model; None where anything is wrong."""

    def has(self, *names: str) -> bool:
        """Whether these clauses are right."""
        return all(name in self.values for name in names)


def check_form(file: RuleFile, model: type[Agreement] | type[Prohibition]) -> tuple[Draft, list[RuleFault]]:
    """The draft of a file and what is wrong with its form."""
    try:
        whole = model.model_validate(file.value)
    except ValidationError as error:
        details = error.errors()
    else:
        return Draft(file, {name: getattr(whole, name) for name in model.model_fields}, whole), []
    wrong = {detail["loc"][0] for detail in details if detail["loc"]}
    values = {}
    for name, field in model.model_fields.items() if isinstance(file.value, dict) else ():
        if name in wrong:
            continue
        given = file.value[name] if name in file.value else field.get_default()
        values[name] = TypeAdapter(field.rebuild_annotation()).validate_python(given)
    return Draft(file, values, None), list(_faults(file, model, details))


def _faults(file: RuleFile, model: type[BaseModel], details: list[Any]) -> Iterator[RuleFault]:
    for detail in details:
        path: Path = tuple(step for step in detail["loc"] if step != _KEY)
        found, expected = _words(detail, path, model)
        if not path and file.value is None:
            continue  # it could not be read, which has been said
        yield file.fault(path, found, expected, Code.RULE_FORM)


def _words(detail: Any, path: Path, model: type[BaseModel]) -> tuple[str, str]:
    """What was found and what was expected."""
    kind, given = detail["type"], detail["input"]
    if kind == "missing":
        return "nothing", f"the clause `{path[-1]}`: {_meaning(path, model)}"
    if kind == "extra_forbidden":
        return show(path[-1]), one_of(_model_at(path[:-1], model).model_fields, path[-1])
    if kind == "literal_error":
        words = [word.strip("'") for word in detail["ctx"]["expected"].replace(" or ", ", ").split(", ")]
        return show(given), one_of(words, given)
    if kind == "model_type" and isinstance(given, str) and path and path[0] == "fields":
        near = nearest(_WORDS_OF_OBLIGATIONS, given)
        return show(given), f"`{near}`" if near else "keep, drop, pseudonymise, or a mapping with one obligation"
    if kind in ("too_short", "string_too_short"):
        least = detail["ctx"]["min_length"]
        return show(given), f"at least {least} {'characters' if kind == 'string_too_short' else 'of them'}"
    message = detail["msg"].removeprefix("Value error, ")
    return show(given), message.removeprefix("expected ")[:1].lower() + message.removeprefix("expected ")[1:]


def _meaning(path: Path, model: type[BaseModel]) -> str:
    field = _model_at(path[:-1], model).model_fields.get(str(path[-1]))
    return (field.description or "it has no default") if field else "it has no default"


def _model_at(path: Path, model: type[BaseModel]) -> type[BaseModel]:
    """The model of the mapping at a path."""
    names = [step for step in path if isinstance(step, str)]
    if not names:
        return model
    if names[0] in _IN_MAPPINGS:
        return _IN_MAPPINGS[names[0]]
    if names[-1] in ("persons", "places"):
        return Quantified
    if names[-1] in ("share_when", "withhold_when", "when"):
        return Clause
    listed: Mapping[str, type[BaseModel]] = {"fields": Obligation, "excepted": Excepted}
    return listed.get(names[0], model)
