"""Habits: how each force's system writes what is so, from `habits.csv`. Built once for a force; pure from then on.

What standardise reads comes out national again, with one exception that is meant: marsh sends no marking where it is plain
OFFICIAL, and standardise flags the default that it takes (PD-311).
"""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from deploy.nation.habit_forms import (
    GRADE_SCHEME_OF_SYSTEM,
    MARKING_OF_SYSTEM,
    NAME_CASES,
    PLATE_FORMS,
    POSTCODE_FORMS,
    REFERENCE_FORMS,
    TELEPHONE_FORMS,
    WORD_FORMS,
    MarkingForm,
    ReferenceForm,
    TextForm,
)
from deploy.nation.habit_times import TIME_FORMS
from schemas.dialect import Dialect, load_dialect
from stream_processors.national import load_national

Codes = Mapping[str, str]
"""National code to local code."""

UNMAPPED_OFFENCE = "ZZ/99"
"""A local offence code that no dialect maps."""


@dataclass(frozen=True, slots=True)
class Habit:
    """How one force writes. Each code list maps national to local; each function takes the national form."""

    force: str
    source_system: str
    route: str
    """`outbox` or `stock`."""
    patches: bool
    """True: an outcome is sent as a patch (`envelope.partial`). Never true of a force with route `stock`."""
    place_form: str
    """`lad`: only the authority's code; `lsoa`: only the small area's name, where the place has one; `both`."""
    grade_scheme: str | None
    """The scheme sent beside a response grade."""
    time: Callable[[int], str]
    """UTC milliseconds as the system writes a time."""
    name: TextForm
    telephone: TextForm
    """From E.164; a number that is not British stays as it is."""
    plate: TextForm
    postcode: TextForm
    marker: TextForm
    role: TextForm
    marking: MarkingForm
    """(is_sensitive, handling, descriptors=(), kind="") to the marking, or None where the system sends none."""
    reference: ReferenceForm
    """(kind, number, day) to the source reference. The same day for all versions of a record."""
    offence: Codes
    crime_type: Codes
    outcome: Codes
    incident_category: Codes
    qualifier: Codes
    response_grade: Codes
    stop_outcome: Codes
    sex: Codes
    gender: Codes
    ethnicity_self_defined: Codes
    ethnicity_officer_defined: Codes
    object_type: Codes


CODE_LISTS = (
    "offence", "crime_type", "outcome", "incident_category", "qualifier", "response_grade", "stop_outcome", "sex", "gender",
    "ethnicity_self_defined", "ethnicity_officer_defined", "object_type",
)  # fmt: skip
"""The code lists of a habit: those of a dialect."""


@cache
def habit_of(force: str) -> Habit:
    """The habit of one of the 43 territorial forces. Raises KeyError for any other."""
    row = _rows()[force]
    return Habit(
        force=force,
        source_system=row["system"],
        route=row["route"],
        patches=row["patches"] == "Y",
        place_form=row["place_form"],
        grade_scheme=GRADE_SCHEME_OF_SYSTEM[row["system"]],
        time=TIME_FORMS[row["time_form"]],
        name=NAME_CASES[row["name_case"]],
        telephone=TELEPHONE_FORMS[row["telephone_form"]],
        plate=PLATE_FORMS[row["plate_form"]],
        postcode=POSTCODE_FORMS[row["postcode_form"]],
        marker=WORD_FORMS[row["marker_form"]],
        role=WORD_FORMS[row["role_form"]],
        marking=MARKING_OF_SYSTEM[row["system"]],
        reference=REFERENCE_FORMS[row["reference_form"]],
        **local_codes(row["system"]),
    )


def forces_with_habits() -> tuple[str, ...]:
    """The 43 forces, in the order of the file."""
    return tuple(_rows())


@cache
def _rows() -> dict[str, dict[str, str]]:
    text = (files("deploy.nation") / "habits.csv").read_text("utf-8")
    return {row["force"]: row for row in csv.DictReader(text.splitlines())}


@cache
def local_codes(system: str) -> dict[str, dict[str, str]]:
    """Of each code list, national to local. Where two local codes mean the same, the first of the dialect is used."""
    name = f"{system}.yaml"
    dialect = load_dialect((files("schemas") / "dialects" / name).read_text("utf-8"), name)
    return {code_list: _inverted(dialect, code_list) for code_list in CODE_LISTS}


def _inverted(dialect: Dialect, code_list: str) -> dict[str, str]:
    mapped = dialect.codes[code_list]
    if isinstance(mapped, str):
        return {code: code for code in sorted(load_national().lists[code_list])}
    local: dict[str, str] = {}
    for sent, national in mapped.items():
        local.setdefault(national, sent)
    return local
