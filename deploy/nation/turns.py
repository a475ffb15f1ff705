"""What each state does to a scene. A turn may bring another record: a log a crime, an arrest a custody record."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from deploy.nation import rates
from deploy.nation.births_crime import make_crime
from deploy.nation.births_custody import make_custody
from deploy.nation.births_reports import qualify_anew
from deploy.nation.calendar import MINUTE_MS, local_day
from deploy.nation.markers import mark
from deploy.nation.narrative import tell_intelligence, tell_modus_operandi, tell_more
from deploy.nation.scene import Grading, Part, Scene
from deploy.nation.telling import NOTHING_TOLD, Telling
from deploy.nation.territory import Territory
from schemas import reference_offences

_ACTIONS = {
    "CORRECTED": "CORRECTION", "RECALLED": "RECALL", "MERGED": "RECALL", "RESTRICTED": "RESTRICTION", "ERASED": "ERASURE",
    "REINSTATED": "REINSTATEMENT",
}  # fmt: skip
"""Every other state is a plain version."""
_TOLD = frozenset(
    (
        "ATTENDED", "CLOSED", "ESCALATED", "FOUND", "ARRESTED", "CHARGED", "FILED", "SUSPECT_NAMED", "CANCELLED", "CRIMED",
        "INVESTIGATED", "CONSENT_GIVEN", "CONSENT_WITHDRAWN", "RECLASSIFIED", "RECLASSIFIED_SEXUAL", "RECLASSIFIED_BACK",
        "DETAINED", "BAILED", "RELEASED", "IN_COURT", "CORRECTED", "REINSTATED",
    )
)  # fmt: skip
"""States at which the officer writes more."""
_UNTIL = 0.4
"""Share of the consents that end by themselves, on a day within two months."""
_TOLD_SHARE = 0.35
"""How often."""
_UNTOLD = frozenset(("intelligence", "stop-search"))
"""Kinds without a running account."""
CONSENTS_TO = "victim-support"
"""The kind of agency to which a victim consents to be referred."""

Born = tuple[str, Scene, int]
"""Life, scene and time (UTC, milliseconds) of another record that a turn brings."""


def turn(scene: Scene, state: str, territory: Territory) -> Born | None:
    """Bring the scene into `state` at `scene.recorded_ms`. Answers the record that comes of it, if one does."""
    scene.state = state
    scene.action = _ACTIONS.get(state, "VERSION")
    if scene.crime is not None and scene.crime.is_sexual_ever:  # what the crime turned out to be holds for its log, too
        scene.is_sexual_ever = scene.is_sensitive = True
    change = _CHANGES.get((scene.kind, state)) or _CHANGES.get(("", state))
    born = change(scene, territory) if change is not None else None
    is_told_again = state == "CORRECTED" and scene.summary.text != ""
    if is_told_again or (state in _TOLD and scene.kind not in _UNTOLD and territory.chance.random() < _TOLD_SHARE):
        scene.summary = tell_more(scene, scene.summary, territory.population, territory.chance)
    day = local_day(scene.recorded_ms)
    if change is not None or day is not scene.marked_on:
        mark(scene)
    return born


def _public_type(scene: Scene) -> str:
    return reference_offences.offences()[scene.offence or "99"].police_uk_category or "other-crime"


def _corrected(scene: Scene, territory: Territory) -> None:
    """It turns out to have been elsewhere, or one of the persons had nothing to do with it."""
    if territory.chance.random() < 0.5 or len(scene.parts) < 2:
        scene.place = territory.place("street")
        scene.features = (*scene.features, "moved")
    else:
        scene.parts = scene.parts[:-1]
        scene.features = (*scene.features, "person-removed")
        _tell_again(scene, territory)


def _tell_again(scene: Scene, territory: Territory) -> None:
    """Texts that named somebody who is no longer there. The summary is told again by `tell_more`."""
    population, chance = territory.population, territory.chance
    if scene.kind == "crime":
        scene.modus_operandi = tell_modus_operandi(scene, population, chance)
    elif scene.kind == "intelligence":
        scene.intelligence, scene.sanitised = tell_intelligence(scene, population, chance)


def _merged(scene: Scene, territory: Territory) -> None:
    """Another record tells of the same: this one is called back, the other lives on, and this one's last words name it."""
    survivor = territory.survivor(scene.kind)
    scene.features = (*scene.features, "merged", f"merged-into:{survivor}")
    if scene.kind in ("incident", "crime"):
        scene.summary = Telling(f"Duplicate of {survivor}. See there.")


def _erased(scene: Scene, _territory: Territory) -> None:
    """What is sent to have a record erased says nothing of it any more."""
    scene.parts, scene.things, scene.concerns = [], [], ()
    scene.summary = scene.modus_operandi = scene.intelligence = scene.sanitised = NOTHING_TOLD
    scene.source_ref = scene.source_person = None


def _closed(scene: Scene, territory: Territory) -> None:
    if scene.sub_type is not None:
        is_other = territory.chance.random() < 0.1
        scene.closing = rates.category_mix(scene.sub_type).pick(territory.chance) if is_other else scene.category


def _cancelled(scene: Scene, territory: Territory) -> None:
    if scene.kind == "incident":
        scene.closing = ("ADM_DUPLICATE", "ADM_ERROR", "PSW_HOAX")[int(territory.chance.random() * 3)]
    else:
        scene.outcome = "no-further-action"


def _crimed(scene: Scene, territory: Territory) -> Born:
    scene.closing = "CRIME"
    at = scene.recorded_ms + MINUTE_MS * int(2 + 20 * territory.chance.random())
    caller = next((part.person for part in scene.parts if part.role == "PERSON_REPORTING"), None)
    crime = make_crime(territory, at, scene.place, caller)
    crime.features = (*crime.features, "from-log")
    scene.crime = crime
    return "crime", crime, at


def _log_reclassified(scene: Scene, territory: Territory) -> None:
    """What began as one thing was another: whoever holds it for what it seemed must let it go."""
    if scene.category == "PSW_SUDDEN_DEATH":
        return  # a death is not taken for anything else
    scene.sub_type = "public-safety" if scene.sub_type != "public-safety" else "asb"
    scene.category = rates.category_mix(scene.sub_type).pick(territory.chance)
    scene.qualifiers = qualify_anew(scene.qualifiers, scene.sub_type, scene.category, scene.number)
    scene.features = (*scene.features, "reclassified")


def _escalated(scene: Scene, _territory: Territory) -> None:
    scene.is_sensitive = True
    scene.concerns = (*(concern for concern in scene.concerns if concern != "high-risk"), "high-risk")


def _investigated(scene: Scene, _territory: Territory) -> None:
    scene.outcome = "under-investigation"


def _suspect_named(scene: Scene, territory: Territory) -> None:
    scene.outcome = "under-investigation"
    if not any(part.role == "SUSPECT" for part in scene.parts):
        suspect = territory.suspect()
        if any(part.person is suspect for part in scene.parts):
            suspect = territory.suspect()
        scene.parts = [*(part for part in scene.parts if part.person is not suspect), Part(suspect, "SUSPECT", "SUSPECT")]


def _arrested(scene: Scene, territory: Territory) -> Born:
    _suspect_named(scene, territory)
    at = scene.recorded_ms + MINUTE_MS * int(1 + 30 * territory.chance.random())
    return "custody", make_custody(territory, scene, at), at


def _charged(scene: Scene, territory: Territory) -> None:
    _suspect_named(scene, territory)
    scene.outcome = "charged"


def _in_court(scene: Scene, _territory: Territory) -> None:
    scene.outcome = "awaiting-court-result"


def _filed(scene: Scene, territory: Territory) -> None:
    scene.outcome = rates.filed_mix(_public_type(scene)).pick(territory.chance)


def _consent_given(scene: Scene, territory: Territory) -> None:
    last_day = local_day(scene.recorded_ms) + timedelta(days=int(1 + 60 * territory.chance.random()))
    scene.consents = ((CONSENTS_TO, last_day.isoformat() if territory.chance.random() < _UNTIL else None),)
    scene.concerns = (*scene.concerns, "referral-consent")
    scene.features = (*scene.features, "consent")


def _consent_withdrawn(scene: Scene, _territory: Territory) -> None:
    scene.consents = ()
    scene.concerns = tuple(concern for concern in scene.concerns if concern != "referral-consent")


def _crime_reclassified(scene: Scene, territory: Territory) -> None:
    was = _public_type(scene)
    for _ in range(8):  # another offence of the same public type, if one is met soon
        offence = rates.crime_mix(territory.force).pick(territory.chance)
        known = reference_offences.offences()[offence]
        if known.police_uk_category == was and known.sexual == "N" and offence != scene.offence:
            scene.offence = offence
            break
    scene.features = (*scene.features, "reclassified")


def _became_sexual(scene: Scene, territory: Territory) -> None:
    victim = next((part.person for part in scene.parts if part.role == "VICTIM"), None)
    is_male = victim is not None and victim.sex == "MALE"
    age = victim.age_on(territory.population.today) if victim is not None else None
    is_young = age is not None and age < 13
    scene.offence = ("17B" if is_young else "17A") if is_male else ("20B" if is_young else "20A")
    scene.is_sexual_ever = scene.is_sensitive = True
    scene.features = (*scene.features, "became-sexual")


def _reclassified_back(scene: Scene, _territory: Territory) -> None:
    """To a lesser offence. Who was once the complainant of a sexual offence remains so for life (1992 Act s.1)."""
    scene.offence = "105A"
    scene.features = (*scene.features, "back-to-assault")


def _in_custody(scene: Scene, _territory: Territory) -> None:
    asn, reason, _ = scene.arrest
    scene.arrest = (asn, reason, scene.state)
    if scene.state == "CHARGED":
        scene.outcome = "charged"


def _regraded(scene: Scene, _territory: Territory) -> None:
    """P that becomes C, and the other way round: everybody who has it must be told (DPA 2018 s.38(5))."""
    was = scene.grading or Grading("2", "D", "P")
    if was.handling == "P":
        scene.grading = Grading(was.source, was.assessment, "C", "A1", "S2")
        scene.features = (*scene.features, "p-becomes-c")
    else:
        scene.grading = Grading(was.source, was.assessment, "P")
        scene.features = (*scene.features, "c-becomes-p")


_CHANGES: Mapping[tuple[str, str], Callable[[Scene, Territory], Born | None]] = {
    ("", "CORRECTED"): _corrected,
    ("", "MERGED"): _merged,
    ("", "ERASED"): _erased,
    ("", "CANCELLED"): _cancelled,
    ("incident", "CLOSED"): _closed,
    ("incident", "CRIMED"): _crimed,
    ("incident", "RECLASSIFIED"): _log_reclassified,
    ("incident", "ESCALATED"): _escalated,
    ("crime", "INVESTIGATED"): _investigated,
    ("crime", "SUSPECT_NAMED"): _suspect_named,
    ("crime", "ARRESTED"): _arrested,
    ("crime", "CHARGED"): _charged,
    ("crime", "IN_COURT"): _in_court,
    ("crime", "FILED"): _filed,
    ("crime", "CONSENT_GIVEN"): _consent_given,
    ("crime", "CONSENT_WITHDRAWN"): _consent_withdrawn,
    ("crime", "RECLASSIFIED"): _crime_reclassified,
    ("crime", "RECLASSIFIED_SEXUAL"): _became_sexual,
    ("crime", "RECLASSIFIED_BACK"): _reclassified_back,
    **{("custody", state): _in_custody for state in ("ARRESTED", "DETAINED", "CHARGED", "BAILED", "RELEASED")},
    ("intelligence", "REGRADED"): _regraded,
}  # fmt: skip
"""By kind of record and state; an empty kind: of every kind."""
