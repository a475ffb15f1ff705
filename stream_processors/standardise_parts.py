"""The parts of a submission in the national form: times, markers, statements, objects, control. Pure.

Nothing here refuses: what can't be read or mapped is flagged, and blank beats a known error.
"""

from collections.abc import Callable, Iterable, Mapping

from schemas.codes import Code
from schemas.records import Record
from stream_processors.formats import check_email, check_phone, check_vrm
from stream_processors.identifiers import Checked
from stream_processors.national import UNMAPPED
from stream_processors.standardising import Standardising
from stream_processors.times import PRECISIONS, parse_date


def period(state: Standardising, sent: Record | None, path: str) -> Record | None:
    """When it occurred, UTC; None where nothing was sent."""
    if sent is None or (sent["start"] is None and sent["end"] is None):
        return None
    start, end = state.moment(sent["start"], f"{path}.start"), state.moment(sent["end"], f"{path}.end")
    precisions = {time.precision for time in (start, end) if time}
    if len(precisions) > 1:  # one word stands for both: that of the coarser
        for name, time in (("start", start), ("end", end)):
            if time and time.precision != "MINUTE":
                state.keep(f"{path}.{name}", sent[name])
    return {
        "start": start.ms if start else None,
        "end": end.ms if end else None,
        "precision": max(precisions, key=PRECISIONS.index, default=UNMAPPED),
    }


def control(state: Standardising, sent: Record | None) -> Record | None:
    """Originator control, the names of agencies and their kinds in the spelling of the rules: a name that is spelt otherwise
    would bar nobody.
    """
    if sent is None:
        return None
    path = "originator_control"
    named = {
        name: [_spell_name(state, agency, f"{path}.{name}[{index}]") for index, agency in enumerate(sent[name])]
        for name in ("only", "except")
    }
    consents = [
        {**consent, "agency": _spell_name(state, consent["agency"], f"{path}.consents[{index}].agency")}
        for index, consent in enumerate(sent["consents"])
    ]
    return {**named, "consents": consents}


def _spell_name(state: Standardising, sent: str, path: str) -> str:
    """Small letters, with hyphens between words: markers, agencies."""
    return state.spell(path, sent, sent.strip().lower().replace(" ", "-").replace("_", "-"))


def markers(state: Standardising, sent: Iterable[str], path: str) -> list[str]:
    """Markers in the national spelling. One that is not known is kept and flagged: a rule may still name it."""
    found = []
    for index, marker in enumerate(sent):
        standard = _spell_name(state, marker, f"{path}[{index}]")
        is_known = standard in state.national.markers
        state.conform.count(is_known)
        if not is_known:
            state.flag(Code.CODE_UNMAPPED, path)
        found.append(standard)
    return found


def statements(state: Standardising, sent: list[Record]) -> list[Record]:
    """Statements, each a fact, an assessment, or not known to be either (DPA 2018 s.38(2))."""
    return [
        {**statement, "assertion": choice(state, statement["assertion"], ASSERTIONS, f"statements[{index}].assertion")}
        for index, statement in enumerate(sent)
    ]


ASSERTIONS = frozenset(("FACT", "ASSESSMENT"))
"""DPA 2018 s.38(2)."""


def choice(state: Standardising, sent: str | None, known: frozenset[str], path: str) -> str:
    """A word of a closed list, in its spelling; any other is UNMAPPED, flagged, and kept as sent."""
    if sent is None:
        return UNMAPPED
    if sent in known:
        state.conform.count(True)
        return sent
    word = "_".join(sent.upper().replace("-", " ").split())
    state.keep(path, sent)
    state.conform.count(word in known)
    if word in known:
        return word
    state.flag(Code.CODE_UNMAPPED, path)
    return UNMAPPED


_CHECKS: Mapping[str, Callable[[str], Checked]] = {"VEHICLE": check_vrm, "TELEPHONE": check_phone, "EMAIL": check_email}
"""What the identifier of an object of this type is checked by."""


def objects(state: Standardising, sent: list[Record]) -> list[Record]:
    """Objects with a national type, and their identifiers in the national spelling."""
    found = []
    for index, thing in enumerate(sent):
        path = f"objects[{index}]"
        kind = state.code("object_type", {"value": thing["type"], "scheme": None}, f"{path}.type")
        standard = {**thing, "type": kind}
        check = _CHECKS.get(kind["code"]) if kind and thing["identifier"] else None
        if check is not None:
            standard["identifier"] = state.checked(f"{path}.identifier", thing["identifier"], check(thing["identifier"]))
        found.append(standard)
    return found


_REVIEW_GROUPS = frozenset("1234")
"""MoPI review groups (DOMAIN section 9: recalled)."""


def retention(state: Standardising, sent: Record | None) -> Record | None:
    """MoPI review group and date."""
    if sent is None:
        return None
    standard = dict(sent)
    if sent["mopi_group"] is not None:
        is_known = sent["mopi_group"] in _REVIEW_GROUPS
        state.conform.count(is_known)
        if not is_known:
            state.flag(Code.CODE_UNMAPPED, "retention.mopi_group")
    if sent["review_date"] is not None:
        standard["review_date"] = date(state, sent["review_date"], "retention.review_date")
    return standard


def date(state: Standardising, sent: str, path: str) -> str:
    """A date as YYYY-MM-DD. One that can't be read is kept as sent, and flagged."""
    read = parse_date(sent, state.dialect.time_formats)
    return state.checked(path, sent, Checked(sent, Code.FORMAT_INVALID) if read is None else Checked(read, None))
