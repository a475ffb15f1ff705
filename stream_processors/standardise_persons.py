"""Persons in the national form: roles, s.38 categories, identifiers, names. Pure."""

from collections.abc import Callable, Mapping

from schemas.codes import Code
from schemas.errors import Refused
from schemas.records import INT_LEAST, INT_MOST, Record
from stream_processors.formats import check_email, check_phone
from stream_processors.identifiers import Checked, check_cro, check_nhs_number, check_nino, check_pnc
from stream_processors.names import name_fault
from stream_processors.national import SUBJECT_CATEGORIES
from stream_processors.standardise_parts import ASSERTIONS, choice, date, markers
from stream_processors.standardising import Standardising

_CODED = ("sex", "gender", "ethnicity_self_defined", "ethnicity_officer_defined")

_CHECKED: Mapping[str, Callable[[str, int], Checked]] = {
    "telephone": lambda text, _: check_phone(text),
    "email": lambda text, _: check_email(text),
    "pnc_id": check_pnc,
    "cro_number": lambda text, _: check_cro(text),
    "nhs_number": lambda text, _: check_nhs_number(text),
    "nino": lambda text, _: check_nino(text),
}
"""What each identifier and contact is checked by; the second argument is the current year."""

_OLDEST_YEARS = 125
"""Nobody is known to have been older."""


def persons(state: Standardising, sent: list[Record]) -> list[Record]:
    """Persons with national codes and s.38 categories."""
    return [_person(state, person, f"persons[{index}]") for index, person in enumerate(sent)]


def _person(state: Standardising, sent: Record, path: str) -> Record:
    if not sent["roles"]:
        state.flag(Code.PERSON_UNLINKED, f"{path}.roles")
    standard = dict(sent)
    standard["roles"] = [
        state.spell(f"{path}.roles[{index}]", role, "_".join(role.upper().replace("-", " ").split()))
        for index, role in enumerate(sent["roles"])
    ]
    standard["subject_categories"] = [
        choice(state, category, SUBJECT_CATEGORIES, f"{path}.subject_categories[{index}]")
        for index, category in enumerate(sent["subject_categories"])
    ]
    standard["assertion"] = choice(state, sent["assertion"], ASSERTIONS, f"{path}.assertion")
    for name in _CODED:
        if sent[name] is not None:
            standard[name] = state.code(name, sent[name], f"{path}.{name}")
    for name, check in _CHECKED.items():
        value = sent[name]
        if value:
            standard[name] = state.checked(f"{path}.{name}", value, check(value, state.year))
    if sent["age"] is not None:
        _check_age(state, sent["age"], f"{path}.age")
    if sent["date_of_birth"]:
        standard["date_of_birth"] = date(state, sent["date_of_birth"], f"{path}.date_of_birth")
    _check_names(state, sent, path)
    standard["markers"] = markers(state, sent["markers"], f"{path}.markers")
    return standard


def _check_age(state: Standardising, age: int, path: str) -> None:
    """Raises Refused (NOT_THIS_SCHEMA) for what no Avro int holds: its bytes can say so, and nobody could write it again."""
    if not INT_LEAST <= age <= INT_MOST:
        raise Refused(Code.NOT_THIS_SCHEMA, path)
    is_human = 0 <= age <= _OLDEST_YEARS
    state.valid.count(is_human)
    if not is_human:
        state.flag(Code.FORMAT_INVALID, path)


def _check_names(state: Standardising, sent: Record, path: str) -> None:
    """Names stay as sent: a hub must not guess what a name should have been."""
    for name in ("given_name", "surname"):
        value = sent[name]
        if value:
            fault = name_fault(value, name == "given_name")
            state.valid.count(fault is None)
            if fault is not None:
                state.flag(fault, f"{path}.{name}")
