"""What happened, as the force's system writes it: one function for each kind of record."""

from collections.abc import Callable, Mapping

from deploy.nation.births_reports import ASB_CLASS
from deploy.nation.calendar import HOUR_MS, local_day
from deploy.nation.habits import Habit
from deploy.nation.scene import Scene
from deploy.nation.sub_types import told_sub_type
from schemas import reference_offences
from schemas.records import Record

_RACIAL_OR_RELIGIOUS = frozenset(("8M", "8P", "9B", "58J", "105B"))
"""Offences that are hate crimes by their definition (Crime and Disorder Act 1998, s.28 to s.32)."""
_REPEATED_ONE_IN = 4
"""Of so many logs, one tells of a victim who was one before; of a suspect likewise: an assumption."""


def render_detail(scene: Scene, habit: Habit) -> Record:
    """The detail of the submission, in the system's codes."""
    return _DETAILS[scene.kind](scene, habit)


def _crime(scene: Scene, habit: Habit) -> Record:
    offence = scene.offence or ""
    known = reference_offences.offences()[offence]
    statuses = {"CHARGED": "CHARGED", "IN_COURT": "CHARGED", "FILED": "FILED", "CANCELLED": "CLOSED"}
    detail: Record = {
        "offence": {"value": habit.offence[offence]},
        "crime_type": {"value": habit.crime_type[known.police_uk_category or "other-crime"]},
        "status": statuses.get(scene.state, "OPEN"),
        "sexual_offence_alleged": True if known.sexual == "Y" else None,
        "summary": scene.summary.text or None,
        "modus_operandi": scene.modus_operandi.text or None,
        "hate_flag": offence in _RACIAL_OR_RELIGIOUS,
        "reported_at": habit.time(scene.reported_ms or scene.recorded_ms),
        "recording_officer": _collar_number(scene, 3),
        "supervising_officer": _collar_number(scene, 5),
    }
    if offence in _RACIAL_OR_RELIGIOUS:
        detail["hate_checked"] = True
    if scene.outcome is not None:
        detail["outcome"] = {"value": habit.outcome[scene.outcome]}
        detail["outcome_date"] = local_day(scene.recorded_ms).isoformat()
    return detail


def _incident(scene: Scene, habit: Habit) -> Record:
    is_closed = scene.closing is not None and scene.state != "CRIMED"  # of a log that became a crime, somebody still writes
    detail: Record = {
        "sub_type": told_sub_type(scene),
        "opening_category": {"value": habit.incident_category[scene.category or "ADM_CONTACT_RECORD"]},
        "grade": {"value": habit.response_grade[scene.grade or "SCHEDULED"], "scheme": habit.grade_scheme},
        "qualifiers": [{"value": habit.qualifier[qualifier]} for qualifier in scene.qualifiers],
        "status": "CLOSED" if is_closed else "OPEN",
        "reported_at": habit.time(scene.reported_ms or scene.recorded_ms),
        "summary": scene.summary.text or None,
    }
    if scene.sub_type in ("asb", "safeguarding"):
        detail |= _risks(scene)
    if scene.closing is not None:
        detail["closing_category"] = {"value": habit.incident_category[scene.closing]}
    return detail


def _risks(scene: Scene) -> Record:
    """What a force asks where somebody is harmed again and again: at the scene it is always asked."""
    risks: Record = {"repeat_victim": scene.number % _REPEATED_ONE_IN == 0, "questionnaire_completed": scene.number % 9 != 0}
    if scene.sub_type == "safeguarding":
        repeated, children = scene.number % _REPEATED_ONE_IN == 1, "child" in scene.markers
        return {**risks, "repeat_offender": repeated, "children_present": children}
    for qualifier in scene.qualifiers:
        if qualifier.startswith(ASB_CLASS):
            risks["asb_class"] = {"value": qualifier.removeprefix(ASB_CLASS), "scheme": "national"}
    return risks


def _stop_search(scene: Scene, habit: Habit) -> Record:
    legislation, wanted = scene.search
    return {
        "type": "person",
        "legislation": legislation,
        "object_of_search": wanted,
        "outcome": {"value": habit.stop_outcome[scene.outcome or "NO_FURTHER_ACTION"]},
        "outer_clothing_only": scene.number % 25 != 0,
        "receipt_ref": f"SR{scene.number:07d}",
        "officer": _collar_number(scene, 1),
    }


def _custody(scene: Scene, habit: Habit) -> Record:
    number, reason, status = scene.arrest
    detail: Record = {
        "asn": number,
        "offence": {"value": habit.offence[scene.offence or "99"]},
        "arrest_reason": reason,
        "status": status,
        "arrested_at": habit.time(scene.occurred_ms),
        "arresting_officer": _collar_number(scene, 0),
        "appropriate_adult": any(part.person.is_child_on(local_day(scene.occurred_ms)) for part in scene.parts),
        "summary": scene.summary.text or None,
    }
    if status not in ("", "ARRESTED"):
        detail["detained_at"] = habit.time(min(scene.occurred_ms + HOUR_MS // 3, scene.recorded_ms))
    if status in ("RELEASED", "BAILED"):
        detail["released_at"] = habit.time(scene.recorded_ms)
    if scene.outcome is not None:
        detail["disposal"] = {"value": habit.outcome[scene.outcome]}
    return detail


def _collar_number(scene: Scene, post: int) -> str:
    """Of an officer on duty: nobody of the scenario. `post`: another officer of the same record."""
    return f"{(scene.number * 7 + post * 1301) % 9000 + 1000}"


def is_unsanitised(scene: Scene) -> bool:
    """Of some reports the sanitised text comes with a later version only."""
    return scene.state == "SUBMITTED" and scene.number % 10 < 3


def _intelligence(scene: Scene, _habit: Habit) -> Record:
    return {
        "text": scene.intelligence.text or None,
        "sanitised_text": None if is_unsanitised(scene) else scene.sanitised.text or None,
        "source_ref": scene.source_ref,
    }


_DETAILS: Mapping[str, Callable[[Scene, Habit], Record]] = {
    "crime": _crime,
    "incident": _incident,
    "stop-search": _stop_search,
    "custody": _custody,
    "intelligence": _intelligence,
}
