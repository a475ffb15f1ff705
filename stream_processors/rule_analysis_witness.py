"""Witnesses: decision attributes of a record that meets a clause, searched for, and held against the engine itself. Pure.

The search is a proof only where it finds: a witness is one because `Decider.verdict` says so, or the compiled clause does. That
it finds none proves nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product

from schemas.reference_codes import incident_categories
from schemas.reference_geography import csp_of_lad
from stream_processors.attributes import Attributes, Control, Detail
from stream_processors.bindings import Bound
from stream_processors.rule_analysis_lines import EVERY_KIND
from stream_processors.rule_analysis_people import Cast, cast_for
from stream_processors.rule_analysis_solve import Wanted, kinds_meeting

_VALUES_TRIED = 3
"""Values of one line that are tried: others of the same line differ in nothing that the search could use."""

_WINTER_HOUR = 490_896
"""2026-01-01 00:00 UTC in hours since 1970: in winter London's hour is UTC's."""

_SOME_AUTHORITY = "E08000021"
"""Where it happened where nobody asks."""

TRIES = 600
"""Candidates looked at for one clause."""


def witnesses(wanted: Sequence[Wanted], kinds: frozenset[str], bound: Bound | None, force: str) -> Iterator[Attributes]:
    """Attributes that are likely to meet all of these; for this agency, by this force. The caller asks the engine."""
    lines = {name: sorted(values) for want in wanted for name, values in want.clause.lines().items()}
    choices = [[(name, value) for value in values[:_VALUES_TRIED]] for name, values in lines.items() if name != "kind"]
    for kind in sorted(kinds_meeting(wanted, kinds & EVERY_KIND)):
        for chosen in islice(product(*choices), TRIES):
            for cast in islice(cast_for(wanted), TRIES):
                yield _attributes(kind, dict(chosen), cast, wanted, bound, force)


def _attributes(
    kind: str, chosen: Mapping[str, str], cast: Cast, wanted: Sequence[Wanted], bound: Bound | None, force: str
) -> Attributes:
    agency = {name: value for want in wanted for name, value in want.clause.agency_lines().items()}
    lads = tuple(sorted(bound.agency.lads if bound else ())[:1]) or (_SOME_AUTHORITY,)
    of_force = sorted(bound.agency.forces) if bound else []
    if not (bound and bound.agency.lads) and of_force and "area" in agency and "force" not in chosen:
        force = force if force in of_force else of_force[0]
    given = bound is not None and agency.get("consent") == "given"
    consents = ((bound.agency.id, None),) if bound is not None and given else ()
    tier, _, sensitive = chosen.get("marking", "OFFICIAL").partition("-")
    hour = _WINTER_HOUR + int(chosen["hour"]) if chosen.get("hour", "").isdigit() else None
    return Attributes(
        kind=kind,
        marking=(tier, bool(sensitive)),
        handling=(chosen["handling_instruction"],) if "handling_instruction" in chosen else (),
        markers=(chosen["marker"],) if "marker" in chosen else (),
        grading=_grading(kind, chosen),
        detail=_detail(kind, chosen),
        objects=_objects(chosen),
        persons=cast.with_person(chosen.get("person_role"), chosen.get("subject_category")).persons,
        places=cast.places,
        cross_border=chosen.get("cross_border", "N"),
        force=chosen.get("force", force),
        lads=lads,
        csps=tuple(csp for lad in lads if (csp := csp_of_lad(lad))),
        hour=hour,
        score=100,
        control=Control((), (), consents) if consents else None,
    )


def _objects(chosen: Mapping[str, str]) -> tuple[tuple[str, str | None], ...]:
    if "object_type" not in chosen and "object_status" not in chosen:
        return ()
    return ((chosen.get("object_type", "VEHICLE"), chosen.get("object_status")),)


def _grading(kind: str, chosen: Mapping[str, str]) -> tuple[str | None, ...] | None:
    names = ("grade_handling", "action_code", "sanitisation_code")
    if kind != "intelligence" and not any(name in chosen for name in names):
        return None
    if any(name in chosen for name in names[1:]) or chosen.get("grade_handling") == "C":
        return ("1", "A", "C", chosen.get("action_code", "A3"), chosen.get("sanitisation_code", "S1"))
    return ("1", "A", "P", None, None)


def _detail(kind: str, chosen: Mapping[str, str]) -> Detail:
    if kind == "incident":
        return _incident(chosen)
    if kind not in ("crime", "custody"):
        return Detail()
    flags, anonymity = chosen.get("offence_flag"), chosen.get("victim_anonymity")
    return Detail(
        crime_type=chosen.get("crime_type") if kind == "crime" else None,
        offences=(chosen.get("offence", "8N"),),
        offence_group=chosen.get("offence_group"),
        outcome=chosen.get("outcome"),
        status=chosen.get("status"),
        sexual="Y" if flags == "sexual" or anonymity == "Y" else "N",
        modern_slavery="Y" if flags == "modern-slavery" else "N",
        hate=flags == "hate" if kind == "crime" else None,
    )


def _incident(chosen: Mapping[str, str]) -> Detail:
    known, theme = incident_categories(), chosen.get("incident_theme")
    of_theme = sorted(each.id for each in known.values() if each.theme == theme)
    opening = chosen.get("incident_category") or (of_theme[0] if of_theme else "")
    sub_type = chosen.get("sub_type") or (known[opening].sub_type if opening in known else "") or "asb"
    opening = opening or next((each.id for each in known.values() if each.sub_type == sub_type), "")
    closing = of_theme[0] if of_theme and "incident_category" in chosen else opening
    qualifiers = (chosen["qualifier"],) if "qualifier" in chosen else ()
    return Detail(
        sub_type=sub_type,
        categories=(opening, closing),
        qualifiers=qualifiers,
        response_grade=chosen.get("response_grade"),
        status=chosen.get("status"),
    )
