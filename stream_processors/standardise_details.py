"""What happened, in the national form: one function per kind. Pure."""

from collections.abc import Callable, Mapping

from schemas.codes import Code
from schemas.kinds import Kind
from schemas.records import Record
from stream_processors.national import UNMAPPED
from stream_processors.standardise_parts import Standardising


def standardise_detail(state: Standardising, kind: Kind, sent: Record) -> Record:
    """The detail record of this kind, with national codes."""
    return _DETAILS[kind.name](state, sent)


def _crime(state: Standardising, sent: Record) -> Record:
    standard = dict(sent)
    standard["offence"] = state.code("offence", sent["offence"], "crime.offence")
    standard["crime_type"] = state.code("crime_type", sent["crime_type"], "crime.crime_type")
    standard["outcome"] = state.code("outcome", sent["outcome"], "crime.outcome")
    standard["ho_classification"] = state.code("ho_classification", sent["ho_classification"], "crime.ho_classification")
    for name in ("outcome_date", "reported_at"):
        standard[name] = state.time(sent[name], f"crime.{name}")
    _add_offence_facts(state, standard, "crime.offence")
    # An UNMAPPED offence is unknown, whatever the public type says: the type was inferred, the offence was not.
    if standard["offence"] is None and standard["crime_type"] is not None:
        standard["sexual_offence"] = state.national.sexual_crime_type.get(standard["crime_type"]["code"], "UNKNOWN")
    return standard


def _add_offence_facts(state: Standardising, standard: Record, path: str) -> None:
    """The group of the standard offence, and whether it is sexual: unknown where there is none or nobody knows it."""
    offence, national = standard["offence"], state.national
    if offence is None:
        state.flag(Code.OFFENCE_MISSING, path)
    standard["offence_group"] = national.offence_group.get(offence["code"], UNMAPPED) if offence else UNMAPPED
    standard["sexual_offence"] = national.sexual_offence.get(offence["code"], "UNKNOWN") if offence else "UNKNOWN"
    standard["modern_slavery"] = "UNKNOWN"


def _incident(state: Standardising, sent: Record) -> Record:
    standard = dict(sent)
    standard["sub_type"] = sent["sub_type"].lower() if sent["sub_type"] else None
    for name in ("opening_category", "closing_category"):
        standard[name] = state.code("incident_category", sent[name], f"incident.{name}")
    standard["qualifiers"] = [
        state.code("qualifier", qualifier, f"incident.qualifiers[{index}]")
        for index, qualifier in enumerate(sent["qualifiers"])
    ]
    standard["asb_class"] = state.code("asb_class", sent["asb_class"], "incident.asb_class")
    standard["reported_at"] = state.time(sent["reported_at"], "incident.reported_at")
    standard["grade"] = state.code("response_grade", sent["grade"], "incident.grade")
    standard["grade_normalised"] = standard["grade"]["code"] if standard["grade"] else UNMAPPED
    return standard


def _stop_search(state: Standardising, sent: Record) -> Record:
    return {**sent, "outcome": state.code("stop_outcome", sent["outcome"], "stop_search.outcome")}


def _custody(state: Standardising, sent: Record) -> Record:
    standard = dict(sent)
    standard["offence"] = state.code("offence", sent["offence"], "custody.offence")
    standard["disposal"] = state.code("outcome", sent["disposal"], "custody.disposal")
    standard["ho_classification"] = state.code("ho_classification", sent["ho_classification"], "custody.ho_classification")
    standard["other_offences"] = [
        state.code("offence", offence, f"custody.other_offences[{index}]")
        for index, offence in enumerate(sent["other_offences"])
    ]
    for name in ("arrested_at", "detained_at", "released_at"):
        standard[name] = state.time(sent[name], f"custody.{name}")
    arrested, released = standard["arrested_at"], standard["released_at"]
    if arrested is not None and released is not None and released < arrested:
        state.flag(Code.DATES_OUT_OF_ORDER, "custody.released_at")
    _add_offence_facts(state, standard, "custody.offence")
    return standard


def _intelligence(_: Standardising, sent: Record) -> Record:
    return dict(sent)


_DETAILS: Mapping[str, Callable[[Standardising, Record], Record]] = {
    "crime": _crime,
    "incident": _incident,
    "stop-search": _stop_search,
    "custody": _custody,
    "intelligence": _intelligence,
}
