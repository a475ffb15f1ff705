"""What happened, in the national form: one function per kind. Pure."""

from collections.abc import Callable, Iterable, Mapping

from schemas.codes import Code
from schemas.kinds import Kind
from schemas.records import Record
from stream_processors.identifiers import check_asn
from stream_processors.national import UNMAPPED
from stream_processors.standardising import Standardising

_COLLAR_CHARACTERS = 10
"""Longest collar number (POLE)."""

_MO_CHARACTERS = (20, 300)
"""Shortest and longest modus operandi (POLE)."""


def standardise_detail(state: Standardising, kind: Kind, sent: Record) -> Record:
    """The detail record of this kind, with national codes."""
    return _DETAILS[kind.name](state, sent)


def _crime(state: Standardising, sent: Record) -> Record:
    standard = dict(sent)
    for name in ("offence", "ho_classification", "crime_type", "outcome"):
        standard[name] = state.code(name, sent[name], f"crime.{name}")
    for name in ("outcome_date", "reported_at"):
        standard[name] = state.time(sent[name], f"crime.{name}")
    _check_lengths(state, sent, "crime", ("recording_officer", "supervising_officer"))
    shortest, longest = _MO_CHARACTERS
    if sent["modus_operandi"] is not None:
        _check_form(state, shortest <= len(sent["modus_operandi"]) <= longest, "crime.modus_operandi")
    codes = [standard["offence"], standard["ho_classification"]]
    _add_offence_facts(state, standard, codes, codes)
    # An UNMAPPED offence is unknown, whatever the public type says: the type was inferred, the offence was not.
    if not any(codes) and standard["crime_type"] is not None:
        crime_type = standard["crime_type"]["code"]
        standard["sexual_offence"] = state.national.sexual_crime_type.get(crime_type, "UNKNOWN")
    return standard


def _add_offence_facts(
    state: Standardising, standard: Record, main: Iterable[Record | None], codes: Iterable[Record | None]
) -> None:
    """Group of the main offence, by whichever of its codes tells it. Sexual, modern slavery: of all offence codes that the
    record has. One that says Y decides; else one that is not known leaves it unknown, because victims are protected by what
    may be so.
    """
    national = state.national
    known = [code["code"] for code in codes if code is not None]
    groups = [group for group in (national.offence_group.get(code["code"]) for code in main if code is not None) if group]
    standard["offence_group"] = groups[0] if groups else UNMAPPED
    standard["sexual_offence"] = _strongest(national.sexual_offence.get(code, "UNKNOWN") for code in known)
    standard["modern_slavery"] = _strongest(national.modern_slavery.get(code, "UNKNOWN") for code in known)


def _strongest(answers: Iterable[str]) -> str:
    found = set(answers)
    if "Y" in found:
        return "Y"
    return "N" if found == {"N"} else "UNKNOWN"


def _incident(state: Standardising, sent: Record) -> Record:
    standard = dict(sent)
    for name, code_list in _INCIDENT_CODES:
        standard[name] = state.code(code_list, sent[name], f"incident.{name}")
    standard["qualifiers"] = [
        state.code("qualifier", qualifier, f"incident.qualifiers[{index}]")
        for index, qualifier in enumerate(sent["qualifiers"])
    ]
    standard["sub_type"] = _sub_type(state, sent, standard)
    standard["reported_at"] = state.time(sent["reported_at"], "incident.reported_at")
    standard["grade_normalised"] = standard["grade"]["code"] if standard["grade"] else UNMAPPED
    for name in ("nsir_opening", "nsir_closing"):
        if sent[name] is not None:
            _check_form(state, len(sent[name]) == 3 and sent[name].isascii() and sent[name].isdigit(), f"incident.{name}")
    return standard


_INCIDENT_CODES = (
    ("opening_category", "incident_category"),
    ("closing_category", "incident_category"),
    ("asb_class", "asb_class"),
    ("grade", "response_grade"),
)


def _sub_type(state: Standardising, sent: Record, standard: Record) -> str | None:
    """As sent, in the national spelling; else what follows from both categories, where they agree.

    A word that is not known is kept beside UNMAPPED: rules read that as unknown. Nothing follows from an opening category alone
    once the closing one says something else: a log that opened as ASB may close as a crime.
    """
    if sent["sub_type"] is not None:
        local = state.codes.find("sub_type", sent["sub_type"], None)["code"]
        if local != UNMAPPED:
            state.conform.count(True)
            return state.spell("incident.sub_type", sent["sub_type"], local)
        return _spell_sub_type(state, sent["sub_type"])
    codes = [standard[name]["code"] for name in ("opening_category", "closing_category") if standard[name]]
    follows = {state.national.sub_type_of.get(code) for code in codes}
    return follows.pop() if len(follows) == 1 else None


def _spell_sub_type(state: Standardising, sent: str) -> str:
    word = "-".join(sent.lower().replace("_", " ").split())
    is_known = word in state.national.lists["sub_type"]
    state.conform.count(is_known)
    if not is_known:
        state.flag(Code.CODE_UNMAPPED, "incident.sub_type")
    return state.spell("incident.sub_type", sent, word if is_known else UNMAPPED)


def _stop_search(state: Standardising, sent: Record) -> Record:
    _check_lengths(state, sent, "stop_search", ("officer",))
    return {**sent, "outcome": state.code("stop_outcome", sent["outcome"], "stop_search.outcome")}


def _custody(state: Standardising, sent: Record) -> Record:
    standard = dict(sent)
    standard["offence"] = state.code("offence", sent["offence"], "custody.offence")
    standard["ho_classification"] = state.code("ho_classification", sent["ho_classification"], "custody.ho_classification")
    standard["disposal"] = state.code("outcome", sent["disposal"], "custody.disposal")
    standard["other_offences"] = [
        state.code("offence", offence, f"custody.other_offences[{index}]")
        for index, offence in enumerate(sent["other_offences"])
    ]
    for name in ("arrested_at", "detained_at", "released_at"):
        standard[name] = state.time(sent[name], f"custody.{name}")
    if sent["asn"]:
        standard["asn"] = state.checked("custody.asn", sent["asn"], check_asn(sent["asn"]))
    _check_lengths(state, sent, "custody", ("arresting_officer",))
    main = (standard["offence"], standard["ho_classification"])
    _add_offence_facts(state, standard, main, (*main, *standard["other_offences"]))
    return standard


def _intelligence(_: Standardising, sent: Record) -> Record:
    return dict(sent)


def _check_lengths(state: Standardising, sent: Record, detail: str, names: Iterable[str]) -> None:
    for name in names:
        if sent[name]:
            _check_form(state, len(sent[name]) <= _COLLAR_CHARACTERS, f"{detail}.{name}")


def _check_form(state: Standardising, is_formed: bool, path: str) -> None:
    state.valid.count(is_formed)
    if not is_formed:
        state.flag(Code.FORMAT_INVALID, path)


_DETAILS: Mapping[str, Callable[[Standardising, Record], Record]] = {
    "crime": _crime,
    "incident": _incident,
    "stop-search": _stop_search,
    "custody": _custody,
    "intelligence": _intelligence,
}
