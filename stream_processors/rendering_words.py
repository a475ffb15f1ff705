"""Conditions and obligations in plain English. Pure. A line of the language that has no words of its own here is said by its
name and values: nothing of a rule goes unsaid.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic import BaseModel

from stream_processors.agreements import Obligation
from stream_processors.clauses import Clause, Quantified

_FIXED = {
    ("area", "own"): "it happened in the agency's own authorities",
    ("area", "own-csp"): "it happened in the area of the agency's community safety partnership",
    ("area", "own-force"): "it happened in the area of the agency's member forces",
    ("consent", "given"): "the originator's consent on the record names the agency, and has not ended",
    ("consent", "not-ended"): "no consent that names the agency has ended",
    ("originator_control", "barred"): "the originator has barred the agency (ORCON: only, or except)",
}
"""Lines whose single values are sentences."""

_NAMES = {
    "marker": "a marker of the record or of any of its parts",
    "subject_category": "the DPA 2018 s.38(3) category of any person",
    "person_role": "the role of any person",
    "offence": "an offence code",
    "grade_handling": "the 3x5x2 handling code",
    "action_code": "the 3x5x2 action code",
    "sanitisation_code": "the 3x5x2 sanitisation code",
    "handling_instruction": "a handling instruction of the marking",
    "incident_category": "the opening or closing category",
    "hour": "the local hour",
    "object_type": "the type of any object",
    "object_status": "the status of any object",
}
"""Lines that need more than their name."""

_MEMBERS = {
    "household_of": "lives in one household with somebody of the group {}",
    "within": "is of the group {} as well",
    "home_of": "is the home of somebody of the group {}",
    "outside": "is not of the group {}",
}

_QUANTIFIED = {
    "any": "at least one {0} is of the group {1}",
    "every": "there is a {0}, and each is of the group {1}",
    "none": "no {0} is of the group {1}",
    "subject": "a {0} whom the record is about is of the group {1}",
}


def say_clauses(clauses: Sequence[Clause]) -> Iterator[str]:
    """One numbered line for each: any of them is enough."""
    for number, clause in enumerate(clauses, 1):
        yield f"{number}. {say_clause(clause)}"


def say_clause(clause: BaseModel) -> str:
    """All lines of one clause of a rule, of a group of persons or of a group of places."""
    lines = [_say_line(name, getattr(clause, name)) for name in _said(clause) if name not in ("unknown", "because")]
    if getattr(clause, "unknown", None) is not None:
        lines.append(f"and where this can't be known it counts as so, because {getattr(clause, 'because', '')}")
    return "; ".join(lines)


def say_obligation(obligation: Obligation) -> str:
    """What is done to a field before it leaves."""
    chosen = [name for name in _said(obligation) if name != "when"]
    words = " and ".join(_say_duty(name, getattr(obligation, name)) for name in chosen)
    if not obligation.when:
        return words
    return f"{words}, but only of records where {_or(say_clause(clause) for clause in obligation.when)}; of others dropped"


def say_groups(groups: Mapping[str, Sequence[BaseModel]], one: str) -> Iterator[str]:
    """Who or what is meant by each group. `one`: person, or place."""
    for name, clauses in groups.items():
        yield f"{name}: a {one} so that {_or(say_clause(clause) for clause in clauses)}"


def _say_line(name: str, value: object) -> str:  # a case for each form of line
    if isinstance(value, Quantified):
        one = {"persons": "person", "places": "place"}.get(name, name)
        return "; ".join(_QUANTIFIED.get(how, how + " {0} {1}").format(one, group) for how, group in value.conditions())
    if isinstance(value, str) and (name, value) in _FIXED:
        return _FIXED[name, value]
    if name in _MEMBERS:
        return _MEMBERS[name].format(value)
    if name == "quality_at_least":
        return f"the quality score is at least {value}"
    values = _or(map(str, value)) if isinstance(value, tuple) else str(value)
    if name.startswith("not_"):
        return f"{_name(name.removeprefix('not_'))} is not {values}"
    return f"{_name(name)} is {values}"


def _say_duty(name: str, value: object) -> str:
    if name == "mask_keep_last":
        return f"masked but for the last {value} characters" if value else "masked whole"
    fixed = {
        "keep": "as it is",
        "drop": "dropped",
        "generalise": f"made coarser, to {value}",
        "decimals": f"rounded to {value} decimals",
        "pseudonymise": "as a pseudonym of this agreement alone",
    }
    return fixed.get(name, f"{name} {value}")


def _name(line: str) -> str:
    return _NAMES.get(line, f"the {line.replace('_', ' ')}")


def _said(model: BaseModel) -> list[str]:
    """The lines that say something, in the language's own order, whatever order a file has."""
    fields = type(model).model_fields
    return [name for name in fields if getattr(model, name) not in (None, False, ())]


def _or(words: Iterable[str]) -> str:
    return " or ".join(words)
