"""Who may receive what: READINGS.md in code. Pure. The truth of the nation is written from this and from nothing of the hub.

Nothing here asks how the hub decides, and nothing of the hub asks this: where the two differ, one of them is wrong.
"""

from copy import copy
from dataclasses import replace
from functools import cache

from deploy.nation import readings_care as care
from deploy.nation import readings_justice as justice
from deploy.nation import readings_local as local
from deploy.nation import readings_policing as policing
from deploy.nation import readings_response as response
from deploy.nation.readings_facts import Facts, latch_of
from deploy.nation.readings_levels import Allowance
from deploy.nation.readings_national import Reading, grade_of, is_controlled_against, narrow, stop
from deploy.nation.scene import Grading, Scene
from deploy.nation.sub_types import told_sub_type
from schemas import reference

WITHOUT_FEED = ("csp", "pcc-mayor", "open-data", "dvla")
"""Kinds that get releases by quarter or month, or for which no law carries a feed: nothing by a live one."""
_NAMED_SUB_TYPES = ("asb", "safeguarding", "missing", "wanted")
"""Sub-types of an incident that a row of the catalogue names by themselves. `incident` in a row is every other one."""

READINGS = {
    reading.kind: reading
    for reading in (
        Reading(
            "la-children-mash", care.read_la_children_mash, ("safeguarding", "incident", "missing"), takes_sensitive=True,
            names_young=True, excepts_victim=care.excepts_child_victim, goes_there=care.lives_with_child,
        ),
        Reading("la-adults-sab", care.read_la_adults_sab, ("safeguarding", "incident"), takes_sensitive=True),
        Reading("nhs-icb", care.read_nhs_icb, ("safeguarding",), takes_sensitive=True),
        Reading("school-encompass", care.read_school_encompass, ("safeguarding",)),
        Reading("victim-support", care.read_victim_support, ("crime",), takes_sensitive=True),
        Reading("coroner", care.read_coroner, ("incident",), takes_sensitive=True),
        Reading("la-asb-team", local.read_la_asb_team, ("asb", "incident")),
        Reading("housing-provider", local.read_housing_provider, ("asb",)),
        Reading("violence-reduction", local.read_violence_reduction, ("crime", "incident")),
        Reading("fire-rescue", response.read_fire_rescue, ("incident",), goes_there=response.finds_it),
        Reading("ambulance", response.read_ambulance, ("incident",), goes_there=response.finds_it),
        Reading("coastguard", response.read_coastguard, ("incident", "missing"), goes_there=response.finds_it),
        Reading("national-highways", response.read_national_highways, ("incident",)),
        Reading(
            "probation", justice.read_probation, ("custody", "crime", "safeguarding", "intelligence"), takes_sensitive=True,
            handling="PC",
        ),
        Reading("prisons", justice.read_prisons, ("custody",), takes_sensitive=True),
        Reading("yjs", justice.read_yjs, ("custody", "crime", "asb"), takes_sensitive=True, names_child_suspects=True),
        Reading(
            "cps", justice.read_cps, ("crime", "custody"), takes_sensitive=True, names_child_suspects=True,
            excepts_victim=justice.excepts_prosecution, knows_third_parties=True,
        ),
        Reading(
            "nca", policing.read_nca, ("crime", "intelligence"), takes_sensitive=True, handling="PC", knows_third_parties=True,
        ),
        Reading(
            "rocu", policing.read_rocu, ("crime", "intelligence"), takes_sensitive=True, handling="PC",
            knows_third_parties=True,
        ),
        Reading(
            "other-force", policing.read_other_force, ("incident", "crime", "intelligence", "missing"), takes_sensitive=True,
            handling="PC", knows_third_parties=True,
        ),
        Reading("immigration", policing.read_immigration, ("custody",), takes_sensitive=True),
        Reading("border-force", policing.read_border_force, ("intelligence", "wanted"), takes_sensitive=True, handling="PC"),
        Reading("hmrc", policing.read_hmrc, ("intelligence", "crime"), takes_sensitive=True, handling="P"),
        Reading("dwp", policing.read_dwp, ("crime",)),
    )
}  # fmt: skip
"""Every kind of the catalogue that has a live feed."""

_UNREADABLE = Grading("", "", "")

HIDDEN = (
    "area", "place", "time", "offence", "opening", "closing", "outcome", "role", "grading", "marker",
    "marking", "person",
)  # fmt: skip
"""What a labelled fault can hide of a record from whoever reads it."""
MISTOLD = ("elsewhere", "birth")
"""What a labelled fault makes the record tell otherwise: that it was in another force's area, that somebody was born then."""


def event_of(scene: Scene) -> str:
    """What a row of the catalogue calls this: the kind of record, or the sub-type of an incident where rows name it."""
    if scene.kind == "incident":
        told = told_sub_type(scene)
        return told if told in _NAMED_SUB_TYPES else "incident"
    return scene.kind


@cache
def _bound(event: str, lad: str, force: str) -> tuple[tuple[Reading, tuple[str, ...]], ...]:
    """Readings that take this sort of record from this place and force, each with the agencies whose area it is.

    Bounded: as many entries as there are sorts of record times local authorities.
    """
    found: dict[str, list[str]] = {}
    for agency in reference.agencies().values():
        area = reference.partner_kinds()[agency.kind].area
        is_own = lad in agency.lad_codes if area == "local-authority" else area == "national" or force in agency.forces
        if is_own and agency.kind in READINGS and event in READINGS[agency.kind].events:
            found.setdefault(agency.kind, []).append(agency.id)
    return tuple((READINGS[kind], tuple(agencies)) for kind, agencies in found.items())


def may_receive(scene: Scene, hides: str = "", latched: int = 0, at_ms: int = 0) -> dict[str, Allowance]:
    """Every agency that may receive this version, and what of it.

    `hides`: one of HIDDEN, what a fault keeps from whoever reads the record. `latched`: what was so of an earlier version and
    narrows this one still, a sum of `readings_facts.LATCHES`. `at_ms`: when it is sent (0: when it was recorded).
    """
    latched |= latch_of(scene, hides)
    event = event_of(scene)
    if hides:
        scene = as_read(scene, hides)
    bound = _bound(event, scene.place.lad, scene.force)
    if not bound or stop(scene, latched):
        return {}
    facts = Facts(scene, hides, latched, at_ms)
    grade, is_sensitive, is_controlled = grade_of(scene), scene.is_sensitive, bool(scene.only or scene.never)
    received: dict[str, Allowance] = {}
    for reading, agencies in bound:
        if (is_sensitive and not reading.takes_sensitive) or (grade and grade not in reading.handling):
            continue
        given = reading.read(facts)
        if given is None:
            continue
        given = narrow(given, facts, reading)
        for agency in agencies:
            if not (is_controlled and is_controlled_against(scene, agency, reading.kind)):
                received[agency] = given
    return received


def as_read(scene: Scene, hides: str) -> Scene:
    """The scene as far as the record tells of it: what is hidden is unknown."""
    read = copy(scene)
    if hides == "offence":
        read.offence = None
    elif hides == "opening":
        read.category = None
    elif hides == "closing":
        read.closing = None
    elif hides == "outcome":
        read.outcome = None
    elif hides == "area":
        read.place = replace(scene.place, lad="", force=scene.force)
    elif hides == "elsewhere":  # it is told to have been in the area of another force, in no agency's authority
        read.place = replace(scene.place, lad="", force="")
    elif hides == "place":
        kind = "refuge" if scene.place.kind == "refuge" else "street"
        read.place = replace(scene.place, lad="", force=scene.force, kind=kind)
    elif hides == "grading":
        read.grading = _UNREADABLE
    return read
