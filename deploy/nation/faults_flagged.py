"""Faults of content that are kept and flagged: each adds one quality flag to those of the submission. Pure."""

from random import Random

from deploy.nation.fault import (
    Applies,
    ChangeContent,
    Fault,
    change_item,
    change_part,
    find_item,
    flag_fault,
    has_item,
    has_start,
    is_whole,
    pick,
)
from deploy.nation.faults_refused import SYSTEMS_WITH_DEFAULT, remove_marking
from deploy.nation.gaps import grading_gaps
from schemas.codes import Code
from schemas.kinds import Kind
from schemas.records import Record

UNMAPPED_TEXTS = ("X99", "999/98", "99.98", "ZZZ-98", "not known here", "TBC")
"""No dialect of the nation maps any of these, and no national list has it."""
_UNREADABLE = ("27/03/2026 2.15pm", "2026-02-30", "31-02-26", "tea time", "2026-03-27T25:61:00Z")
_CRIME, _CUSTODY = frozenset(("crime",)), frozenset(("custody",))
_WITH_OFFENCE, _INTELLIGENCE = frozenset(("crime", "custody")), frozenset(("intelligence",))
_INCIDENT = frozenset(("incident",))
_WITH_TIME_AND_PLACE = frozenset(("crime", "incident", "stop-search"))
"""Kinds that must say when and where. An arrest says it by its own times, intelligence need not."""


def _has_code(field: str) -> Applies:
    return lambda kind, submission: is_whole(kind, submission) and bool(submission[kind.detail].get(field))


def _unmap(field: str) -> ChangeContent:
    def change(kind: Kind, submission: Record, chance: Random) -> Record:
        sent = submission[kind.detail][field]
        return change_part(submission, kind.detail, **{field: {**sent, "value": pick(chance, UNMAPPED_TEXTS)}})

    return change


def _unmap_person(field: str) -> ChangeContent:
    def change(_kind: Kind, submission: Record, chance: Random) -> Record:
        index = find_item(submission, "persons", field) or 0
        sent = submission["persons"][index][field]
        return change_item(submission, "persons", index, **{field: {**sent, "value": pick(chance, UNMAPPED_TEXTS)}})

    return change


def _unmap_object(_kind: Kind, submission: Record, chance: Random) -> Record:
    return change_item(submission, "objects", 0, type=pick(chance, UNMAPPED_TEXTS))


def _unknown_marker(_kind: Kind, submission: Record, _chance: Random) -> Record:
    return {**submission, "markers": [*(submission.get("markers") or ()), "see-paper-file"]}


def _unlinked(_kind: Kind, submission: Record, _chance: Random) -> Record:
    return change_item(submission, "persons", find_item(submission, "persons", "roles") or 0, roles=[])


def _starts_lately(kind: Kind, submission: Record) -> bool:
    return has_start(kind, submission) and submission["occurred"]["start"].startswith("202")


def _arrested_lately(kind: Kind, submission: Record) -> bool:
    return is_whole(kind, submission) and (submission[kind.detail].get("arrested_at") or "").startswith("202")


def _unread_start(_kind: Kind, submission: Record, chance: Random) -> Record:
    return change_part(submission, "occurred", start=pick(chance, _UNREADABLE))


def _unread_recording(_kind: Kind, submission: Record, chance: Random) -> Record:
    return change_part(submission, "envelope", recorded_at=pick(chance, _UNREADABLE))


def _unread_arrest(kind: Kind, submission: Record, chance: Random) -> Record:
    return change_part(submission, kind.detail, arrested_at=pick(chance, _UNREADABLE))


def _ends_before_start(_kind: Kind, submission: Record, _chance: Random) -> Record:
    # The century mistyped: whatever the force's own form of a time is, it stays.
    return change_part(submission, "occurred", end="19" + submission["occurred"]["start"][2:])


def _released_before_arrest(kind: Kind, submission: Record, _chance: Random) -> Record:
    return change_part(submission, kind.detail, released_at="19" + submission[kind.detail]["arrested_at"][2:])


def _no_time(_kind: Kind, submission: Record, _chance: Random) -> Record:
    return {**submission, "occurred": None}


def _has_location(kind: Kind, submission: Record) -> bool:
    return is_whole(kind, submission) and bool(submission.get("locations"))


def _has_coordinates(kind: Kind, submission: Record) -> bool:
    return _has_location(kind, submission) and submission["locations"][0].get("latitude") is not None


def _has_area(kind: Kind, submission: Record) -> bool:
    place = submission["locations"][0] if _has_location(kind, submission) else {}
    return bool(place.get("lad_code") or place.get("lsoa_name"))


def _no_location(_kind: Kind, submission: Record, _chance: Random) -> Record:
    return {**submission, "locations": []}


def _swapped(_kind: Kind, submission: Record, _chance: Random) -> Record:
    place = submission["locations"][0]
    return change_item(submission, "locations", 0, latitude=place["longitude"], longitude=place["latitude"])


def _no_area(_kind: Kind, submission: Record, chance: Random) -> Record:
    lad, name = (("E07000999", None), (None, "Nowhereby 001A"), (None, None))[int(chance.random() * 3)]
    return change_item(submission, "locations", 0, lad_code=lad, lsoa_name=name)


def _no_offence(kind: Kind, submission: Record, _chance: Random) -> Record:
    return change_part(submission, kind.detail, offence=None)


def _is_well_graded(kind: Kind, submission: Record) -> bool:
    grading = submission.get("grading")
    return is_whole(kind, submission) and grading is not None and not grading_gaps(kind.name, grading)


def _contradict(_kind: Kind, submission: Record, chance: Random) -> Record:
    wrong: tuple[Record, ...] = ({"action": None}, {"sanitisation": None}, {"handling": "P"})
    if submission["grading"]["handling"] == "P":
        wrong = ({"action": "A1"}, {"sanitisation": "S1"}, {"handling": "C"})
    return change_part(submission, "grading", **wrong[int(chance.random() * 3)])


def _grade_anciently(_kind: Kind, submission: Record, chance: Random) -> Record:
    """With a code of the 5x5x5 system, which ended in 2016."""
    wrong = ({"source": "E"}, {"assessment": "4"}, {"handling": "5"})
    return change_part(submission, "grading", **wrong[int(chance.random() * 3)])


def _no_grading(_kind: Kind, submission: Record, _chance: Random) -> Record:
    return {**submission, "grading": None}


def _is_marked_plainly(kind: Kind, submission: Record) -> bool:
    """A default marking says no more than what it stands for: nothing that was sensitive becomes less so."""
    marking = submission.get("marking") or {}
    is_plain = marking.get("tier") == "OFFICIAL" and not any(marking.get(n) for n in ("sensitive", "handling", "descriptors"))
    has_default = submission["envelope"]["source_system"] in SYSTEMS_WITH_DEFAULT and kind.name != "intelligence"
    return is_whole(kind, submission) and is_plain and has_default


def _unmapped(field: str, weight: int, kinds: frozenset[str], hides: str = "") -> Fault:
    name = f"{field.replace('_', '-')}-unmapped"
    return flag_fault(name, Code.CODE_UNMAPPED, weight, _unmap(field), _has_code(field), hides, kinds)


def _person_unmapped(field: str, weight: int) -> Fault:
    name = f"{field.replace('_', '-')}-unmapped"
    return flag_fault(name, Code.CODE_UNMAPPED, weight, _unmap_person(field), has_item("persons", field), "person")


FLAGGED = (
    _unmapped("offence", 40, _WITH_OFFENCE, "offence"),
    _unmapped("crime_type", 20, _CRIME),
    _unmapped("outcome", 20, frozenset(("crime", "stop-search")), "outcome"),
    _unmapped("disposal", 20, _CUSTODY, "outcome"),
    _unmapped("opening_category", 40, _INCIDENT, "opening"),
    _unmapped("closing_category", 20, _INCIDENT, "closing"),
    _unmapped("grade", 20, _INCIDENT),
    _person_unmapped("sex", 10),
    _person_unmapped("gender", 10),
    _person_unmapped("ethnicity_self_defined", 20),
    _person_unmapped("ethnicity_officer_defined", 20),
    flag_fault("object-type-unmapped", Code.CODE_UNMAPPED, 20, _unmap_object, has_item("objects", "type")),
    flag_fault("marker-unknown", Code.CODE_UNMAPPED, 20, _unknown_marker, is_whole, "marker"),
    flag_fault("start-unreadable", Code.TIME_UNREADABLE, 40, _unread_start, has_start, "time"),
    flag_fault("recording-unreadable", Code.TIME_UNREADABLE, 20, _unread_recording, is_whole),
    flag_fault("arrest-unreadable", Code.TIME_UNREADABLE, 20, _unread_arrest, is_whole, kinds=_CUSTODY),
    flag_fault("time-missing", Code.TIME_MISSING, 40, _no_time, has_start, "time", _WITH_TIME_AND_PLACE),
    flag_fault("ends-before-start", Code.DATES_OUT_OF_ORDER, 40, _ends_before_start, _starts_lately, "time"),
    flag_fault(
        "released-before-arrest", Code.DATES_OUT_OF_ORDER, 30, _released_before_arrest, _arrested_lately, kinds=_CUSTODY
    ),
    flag_fault("location-missing", Code.LOCATION_MISSING, 50, _no_location, _has_location, "place", _WITH_TIME_AND_PLACE),
    flag_fault("coordinates-swapped", Code.LOCATION_OUTSIDE_UK, 30, _swapped, _has_coordinates),
    flag_fault("area-unknown", Code.AREA_UNKNOWN, 50, _no_area, _has_area, "area"),
    flag_fault("grading-contradictory", Code.GRADING_CONTRADICTORY, 40, _contradict, _is_well_graded, "grading"),
    flag_fault("grading-of-old", Code.GRADING_MISSING, 30, _grade_anciently, _is_well_graded, "grading"),
    flag_fault("grading-missing", Code.GRADING_MISSING, 30, _no_grading, _is_well_graded, "grading", _INTELLIGENCE),
    flag_fault("offence-missing", Code.OFFENCE_MISSING, 40, _no_offence, _has_code("offence"), "offence", _WITH_OFFENCE),
    flag_fault("person-unlinked", Code.PERSON_UNLINKED, 40, _unlinked, has_item("persons", "roles"), "role"),
    flag_fault("marking-defaulted", Code.MARKING_DEFAULTED, 40, remove_marking, _is_marked_plainly),
)
"""The hub keeps these."""
