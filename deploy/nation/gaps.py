"""What a submission lacks of itself: the flags of quality that it earns without any fault. Pure.

Written a second time, not from the hub's code, so that each can be held against the other: the POLE minimum of a record, of
its persons, its grading, its marking; its times are judged in `gaps_times`. Of a submission as its force sends it, in its
dialect: what a code is mapped to, and whether an identifier is right, is not looked at.

Source: Minimum POLE Data Standards Dictionary v1.1 (NPCC and PDS, July 2023), events E_001 to E_006 and the "4+1" of a person.
"""

from collections.abc import Collection, Iterator, Mapping

from deploy.nation.gaps_times import find_time_gaps
from schemas.codes import Code
from schemas.kinds import Kind
from schemas.records import Record

JUDGED = frozenset(
    (
        Code.MINIMUM_MISSING, Code.TIME_MISSING, Code.LOCATION_MISSING, Code.OFFENCE_MISSING, Code.PERSON_BARE,
        Code.GRADING_MISSING, Code.GRADING_CONTRADICTORY, Code.MARKING_DEFAULTED, Code.TIME_DOUBTFUL, Code.LATE,
        Code.DATES_OUT_OF_ORDER,
    )
)  # fmt: skip
"""Codes that are found here, also where a fault has brought them about. No other is."""

_DETAIL_FIELDS: Mapping[str, tuple[str, ...]] = {
    "crime": (
        "crime_type", "status", "hate_flag", "modus_operandi", "reported_at", "recording_officer", "supervising_officer",
    ),
    "incident": ("opening_category", "qualifiers"),
    "incident of asb": ("opening_category", "asb_class", "questionnaire_completed", "repeat_victim"),
    "incident of safeguarding": ("repeat_victim", "repeat_offender", "children_present"),
    "custody": ("asn", "arrest_reason", "arresting_officer"),
    "stop-search": ("object_of_search", "receipt_ref", "officer"),
    "intelligence": ("text",),
}  # fmt: skip
"""What the detail always has to say."""
_FIRST_PERSON: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "custody": (("gender", "sex"), ("nationality",), ("ethnicity_self_defined",), ("ethnicity_officer_defined",)),
    "stop-search": (
        ("surname", "given_name"), ("date_of_birth",), ("place_of_birth",), ("age", "date_of_birth", "age_range"),
        ("ethnicity_self_defined",), ("ethnicity_officer_defined",),
    ),
}  # fmt: skip
"""What the first person has to have, each with what may stand in its place."""
_ROLES: Mapping[str, tuple[frozenset[str], ...]] = {
    "incident": (frozenset(),),
    "incident of asb": (frozenset(("PERSON_REPORTING",)),),
    "incident of safeguarding": (
        frozenset(("VICTIM", "VULNERABLE_CHILD", "VULNERABLE_ADULT")), frozenset(("SUSPECT", "OFFENDER")),
    ),
    "custody": (frozenset(("SUSPECT", "OFFENDER")),),
}  # fmt: skip
"""Who has to be part of it: somebody in one of these roles, of each group; an empty group: anybody."""
_WITH_TIME_AND_PLACE = frozenset(("crime", "incident", "stop-search"))
PERSONAL = frozenset(
    "given_name surname alias date_of_birth age_range age place_of_birth sex gender ethnicity_self_defined "
    "ethnicity_officer_defined nationality telephone email pnc_id cro_number nhs_number nino description".split()
)
"""Of a person without any of these nobody can say who it is."""


def find_gaps(kind: Kind, submission: Record) -> list[Code]:
    """Every flag, as often as it is given. A patch is judged by what it makes of the record, so not here; an erasure has no
    content that could lack something."""
    if is_erasure(submission):
        return []
    found = [Code.MINIMUM_MISSING] * len(_missing(kind, submission))
    found += [Code.MARKING_DEFAULTED] if submission.get("marking") is None else []
    found += grading_gaps(kind.name, submission.get("grading"))
    if kind.name in _WITH_TIME_AND_PLACE:
        occurred = submission.get("occurred") or {}
        found += [] if occurred.get("start") or occurred.get("end") else [Code.TIME_MISSING]
        found += [] if any(map(_is_somewhere, submission.get("locations") or ())) else [Code.LOCATION_MISSING]
    if kind.name in ("crime", "custody"):
        detail = submission[kind.detail]
        found += [] if detail.get("offence") or detail.get("ho_classification") else [Code.OFFENCE_MISSING]
    found += [Code.PERSON_BARE for person in submission.get("persons") or () if _is_bare(person)]
    found += find_time_gaps(kind, submission)
    return found


def is_erasure(submission: Record) -> bool:
    """Whether it has its record erased: whatever it carries with that is left out, and not judged."""
    return bool(submission["envelope"].get("action") == "ERASURE")


def due_fields(kind: Kind, submission: Record) -> tuple[str, ...]:
    """Fields of the detail that the minimum asks of this submission, whether it has them or not."""
    return _DETAIL_FIELDS[_event(kind, submission)]


def grading_gaps(kind: str, grading: Record | None) -> list[Code]:
    """What a grading earns as it stands, after the 3x5x2 guidance: complete, and conditions under C alone."""
    if grading is None:
        return [Code.GRADING_MISSING] if kind == "intelligence" else []
    handling, is_conditional = grading.get("handling"), grading.get("handling") == "C"
    if grading.get("source") not in (*"123",) or grading.get("assessment") not in (*"ABCDE",) or handling not in (*"PC",):
        return [Code.GRADING_MISSING]
    has_action, has_sanitisation = grading.get("action") in ("A1", "A2", "A3"), grading.get("sanitisation") in ("S1", "S2")
    return [] if has_action == has_sanitisation == is_conditional else [Code.GRADING_CONTRADICTORY]


def _event(kind: Kind, submission: Record) -> str:
    sub_type = submission["incident"].get("sub_type") if kind.name == "incident" else None
    return f"incident of {sub_type}" if sub_type in ("asb", "safeguarding") else kind.name


def _missing(kind: Kind, submission: Record) -> set[str]:
    """Paths of what the minimum asks for and the submission has not: each once, whoever asks for it."""
    event, detail, persons = _event(kind, submission), submission[kind.detail], submission.get("persons") or []
    missing = {name for name in _DETAIL_FIELDS[event] if detail.get(name) in (None, "", [])}
    if kind.name == "crime":
        missing |= _missing_of_crime(detail)
    elif event == "incident" and detail.get("status") == "CLOSED" and not detail.get("closing_category"):
        missing.add("closing_category")
    for group in _ROLES.get(event, ()):
        if not (persons and (not group or any(map(group.intersection, map(_roles, persons))))):
            missing.add("persons")
    for names in _FIRST_PERSON.get(event, ()):
        if not persons or not any(map(persons[0].get, names)):
            missing.add(f"0.{names[0]}")
    for number, person in enumerate(persons):
        missing.update(f"{number}.{name}" for name in _missing_of_person(person, submission))
    return missing


def _missing_of_crime(detail: Record) -> set[str]:
    missing = set()
    if detail.get("status") != "OPEN" and not detail.get("outcome"):
        missing.add("outcome")
    if detail.get("hate_flag") and detail.get("hate_checked") is None:
        missing.add("hate_checked")
    return missing


def _missing_of_person(person: Record, submission: Record) -> Iterator[str]:
    """Whoever has a name has both, a date of birth, a gender, and some way to be reached."""
    if not _is_named(person):
        return
    for name in ("given_name", "surname", "date_of_birth"):
        if not person.get(name):
            yield name
    if not (person.get("gender") or person.get("sex")):
        yield "gender"
    if not (person.get("telephone") or person.get("email") or _has_address(person["ref"], submission)):
        yield "telephone"


def _has_address(ref: str, submission: Record) -> bool:
    """Whether a link leads from the person to a place."""
    places = {place["ref"] for place in submission.get("locations") or ()}
    return any(link["from_ref"] == ref and link["to_ref"] in places for link in submission.get("links") or ())


def _is_named(person: Record) -> bool:
    return bool(person.get("given_name") or person.get("surname"))


def _is_bare(person: Record) -> bool:
    return not any(map(person.get, PERSONAL))


def _roles(person: Record) -> Collection[str]:
    """In the national spelling, whatever the system's is."""
    return [role.upper().replace("-", "_").replace(" ", "_") for role in person.get("roles") or ()]


def _is_somewhere(place: Record) -> bool:
    """Whether a place says at all where it is."""
    has_text = place.get("postcode") or place.get("text") or place.get("uprn") or place.get("lsoa_code")
    return bool(has_text) or place.get("latitude") is not None
