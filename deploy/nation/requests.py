"""What a force answers record by record: a request, a case, an incident transferred. It puts a consent on the record. Pure.

Standing agreements need none. Whoever receives on request or case by case does only where the force has answered for this very
record (`originator_control.consents`): the control room transmits an incident (MAIT), a file is submitted, a Safeguarding
Adults Board or the coroner has asked, a victim is referred at high risk. No chance is drawn: what is answered hangs on what
happened, and one in eight is not, whoever asks.
"""

from collections.abc import Callable, Mapping

from deploy.nation.scene import Scene
from deploy.nation.sub_types import told_sub_type
from schemas import reference_codes, reference_offences

_UNANSWERED_ONE_IN = 8
"""Of so many records of a force, one is answered to nobody: an assumption, so that the rule bites."""
_FIRE = frozenset("TRN_RTC_INJURY TRN_RTC_DAMAGE TRN_RAIL_AIR_MARINE PSW_INDUSTRIAL PSW_NATURAL PSW_SUSPECT_PACKAGE".split())
_AMBULANCE = frozenset("TRN_RTC_INJURY TRN_RTC_DAMAGE PSW_ILLNESS_INJURY PSW_CONCERN".split())
_AT_RISK = frozenset("VULNERABLE_ADULT VULNERABLE_CHILD VICTIM MISSING SUBJECT".split())

Consent = tuple[str, str | None]
"""(agency or kind, last day or None)."""


def consents_of(scene: Scene) -> tuple[Consent, ...]:
    """Every consent on the record: those of the scenario, and the force's own answers. None on what is called back."""
    if scene.number % _UNANSWERED_ONE_IN == 0 or scene.action in ("RECALL", "ERASURE", "RESTRICTION"):
        return scene.consents
    return (*scene.consents, *((kind, None) for kind, asks in _ASKS.items() if asks(scene)))


def _has_category(codes: frozenset[str]) -> Callable[[Scene], bool]:
    return lambda scene: scene.kind == "incident" and (scene.category in codes or scene.closing in codes)


def _is_of_theme(scene: Scene, theme: str) -> bool:
    known = reference_codes.incident_categories()
    return any(code in known and known[code].theme == theme for code in (scene.category or "", scene.closing or ""))


def _is_by_the_sea(scene: Scene) -> bool:
    return scene.kind == "incident" and ("coast" in scene.markers or "port" in scene.markers)


def _has_adult_at_risk(scene: Scene) -> bool:
    return scene.kind == "incident" and any(
        part.role == "VULNERABLE_ADULT" or "at-risk" in part.person.traits for part in scene.parts
    )


def _has_patient_at_risk(scene: Scene) -> bool:
    return told_sub_type(scene) == "safeguarding" and any(part.role in _AT_RISK for part in scene.parts)


def _is_submitted(scene: Scene) -> bool:
    if scene.kind == "custody":
        return scene.arrest[2] == "CHARGED"
    outcome = reference_offences.outcomes().get(scene.outcome or "")
    return scene.kind == "crime" and outcome is not None and 1 in outcome.ho_outcome_types


def _is_at_high_risk(scene: Scene) -> bool:
    return scene.kind == "crime" and "high-risk" in scene.markers and "domestic-abuse" in scene.markers


_ASKS: Mapping[str, Callable[[Scene], bool]] = {
    "la-adults-sab": _has_adult_at_risk,
    "nhs-icb": _has_patient_at_risk,
    "fire-rescue": _has_category(_FIRE),
    "ambulance": _has_category(_AMBULANCE),
    "coastguard": _is_by_the_sea,
    "national-highways": lambda scene: "trunk-road" in scene.markers and _is_of_theme(scene, "TRANSPORT"),
    "coroner": _has_category(frozenset(("PSW_SUDDEN_DEATH",))),
    "cps": _is_submitted,
    "victim-support": _is_at_high_risk,
}
"""Kind of agency to what its request, its case or its incident is."""
