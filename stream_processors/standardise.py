"""Standardise one submission: a standard record, or a refusal. Pure: same input and time, same answer. Never raises.

Order: decode, marking gate, identity, identifiers and formats, code mapping, geography, quality. Refused are: an unreadable
message, a marking above OFFICIAL-SENSITIVE, a missing marking where the dialect has no default, a missing identity, a time
more than 5 minutes in the future, an action or a reason of one that nobody knows: what the originator wants is not guessed.
Everything else is kept, flagged and scored.

An erasure is standardised without content, whatever it was sent with, and what has no content is not judged by the minimum.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from schemas.actions import ACTIONS, CLOSING, Action, is_reason
from schemas.codes import Code
from schemas.dialect import Dialect
from schemas.errors import Refused
from schemas.identity import event_id, record_id
from schemas.kinds import KIND_OF_SUBMISSION, Kind
from schemas.records import INT_MOST, Record, decode, encode
from schemas.wire import unframe
from stream_processors import standardise_parts as parts
from stream_processors.code_map import code_map
from stream_processors.consistency import check_consistency
from stream_processors.messages import Input
from stream_processors.minimum import judge_completeness
from stream_processors.national import National
from stream_processors.occurrences import Occurrences, occurrence_of
from stream_processors.quality import ASSESSMENTS, SOURCES, judge_timeliness, quality_of
from stream_processors.standardise_details import standardise_detail
from stream_processors.standardise_persons import persons
from stream_processors.standardise_places import locations
from stream_processors.standardising import Standardising

SchemaName = Callable[[int], str | None]
"""Full record name of a schema id, or None for an id that the registry doesn't know. Raises NotReady."""


@dataclass(frozen=True)
class Standard:
    """An accepted submission in the national form."""

    kind: Kind
    record: Record


def standardise(
    message: Input,
    force: str,
    schema_name: SchemaName,
    dialects: Mapping[str, Dialect],
    national: National,
    now_ms: int,
    seen: Occurrences | None = None,
) -> Standard | Refused:
    """The standard record, or the refusal as a value. `force` is the one that the topic belongs to.

    `seen` are the occurrences of earlier records, asked and not changed; None: uniqueness is not judged. NotReady goes through:
    a registry that can't be asked is no fault of the force, and the input waits.
    """
    try:
        kind, submission, body = _decode(message, schema_name)
        return _standardise(kind, submission, body, message, force, dialects, national, now_ms, seen)
    except Refused as refusal:
        return refusal


def _decode(message: Input, schema_name: SchemaName) -> tuple[Kind, Record, bytes]:
    schema_id, body = unframe(message.value)
    name = schema_name(schema_id)
    if name is None:
        raise Refused(Code.UNKNOWN_SCHEMA)
    kind = KIND_OF_SUBMISSION.get(name)
    if kind is None:
        raise Refused(Code.NOT_A_KIND)
    return kind, decode(name, body), body


def _standardise(
    kind: Kind,
    sent: Record,
    body: bytes,
    message: Input,
    force: str,
    dialects: Mapping[str, Dialect],
    national: National,
    now_ms: int,
    seen: Occurrences | None,
) -> Standard:
    envelope = sent["envelope"]
    dialect = dialects.get(envelope["source_system"])
    marking = _marking(sent["marking"], kind, dialect)
    _check_identity(envelope, force)
    action = _action(envelope)
    if action == Action.ERASURE:
        sent = without_content(kind, sent)
    if dialect is None:
        raise Refused(Code.UNKNOWN_SYSTEM, "envelope.source_system")
    state = Standardising(dialect, national, code_map(dialect, national), now_ms)
    if sent["marking"] is None:
        state.flag(Code.MARKING_DEFAULTED, "marking")
    record: Record = {
        "envelope": _envelope(state, envelope, action, kind, body, message),
        "marking": _spell_marking(state, sent["marking"], marking),
        "grading": _grading(state, sent["grading"]),
        "originator_control": parts.control(state, sent["originator_control"]),
        "markers": parts.markers(state, sent["markers"], "markers"),
        "retention": parts.retention(state, sent["retention"]),
        "occurred": parts.period(state, sent["occurred"], "occurred"),
        kind.detail: standardise_detail(state, kind, sent[kind.detail]),
        "persons": persons(state, sent["persons"]),
        "objects": parts.objects(state, sent["objects"]),
        "locations": locations(state, sent["locations"]),
        "links": sent["links"],
        "statements": parts.statements(state, sent["statements"]),
        "sources": state.sources,
    }
    is_bare = action in CLOSING and sent == without_content(kind, sent)
    record["quality"] = (
        quality_of(state, None, None, None, record["grading"]) if is_bare else _quality(state, kind, record, seen)
    )
    return Standard(kind, record)


def _marking(sent: Record | None, kind: Kind, dialect: Dialect | None) -> Record:
    """The marking gate: before anything else of the content is looked at."""
    if sent is None:
        default = dialect.default_marking if dialect and kind.name != "intelligence" else None
        if default is None:
            raise Refused(Code.MARKING_MISSING, "marking")
        tier, sensitive, handling, descriptors = default.tier, default.sensitive, [], []
    else:
        tier, sensitive = sent["tier"].upper().replace("_", " ").strip(), sent["sensitive"]
        handling = [instruction.upper() for instruction in sent["handling"]]
        descriptors = [descriptor.upper() for descriptor in sent["descriptors"]]
    if tier in ("OFFICIAL-SENSITIVE", "OFFICIAL SENSITIVE"):
        tier, sensitive = "OFFICIAL", True
    if tier != "OFFICIAL":
        # A tier that can't be read is treated as too high: the hub is an OFFICIAL system.
        raise Refused(Code.MARKING_TOO_HIGH, "marking.tier")
    return {"tier": tier, "sensitive": sensitive, "handling": handling, "descriptors": descriptors, "source_value": None}


def _spell_marking(state: Standardising, sent: Record | None, marking: Record) -> Record:
    """The marking with what was sent in another spelling beside it."""
    if sent is None:
        return marking
    for name in ("handling", "descriptors"):
        for index, (before, after) in enumerate(zip(sent[name], marking[name], strict=True)):
            state.spell(f"marking.{name}[{index}]", before, after)
    return marking if sent["tier"] == marking["tier"] else {**marking, "source_value": sent["tier"]}


def _check_identity(envelope: Record, force: str) -> None:
    for name in ("force", "source_system", "source_ref"):
        if not envelope[name].strip():
            raise Refused(Code.IDENTITY_MISSING, f"envelope.{name}")
    if envelope["version"] < 1:
        raise Refused(Code.IDENTITY_MISSING, "envelope.version")
    if envelope["version"] > INT_MOST:
        raise Refused(Code.NOT_THIS_SCHEMA, "envelope.version")
    if envelope["force"] != force:
        raise Refused(Code.WRONG_FORCE, "envelope.force")


def _action(sent: Record) -> str:
    """What the originator does, in its spelling. A recall that was misread as a version would go on being shared."""
    action = "_".join(sent["action"].upper().replace("-", " ").split())
    if action not in ACTIONS:
        raise Refused(Code.UNKNOWN_ACTION, "envelope.action")
    if not is_reason(action, sent["action_reason"]):
        raise Refused(Code.UNKNOWN_REASON, "envelope.action_reason")
    return action


def without_content(kind: Kind, sent: Record) -> Record:
    """A submission of this kind with its envelope and marking, and nothing else."""
    bare = encode(kind.submission, {"envelope": sent["envelope"], "marking": sent["marking"], kind.detail: {}})
    return decode(kind.submission, bare)


def _envelope(state: Standardising, sent: Record, action: str, kind: Kind, body: bytes, message: Input) -> Record:
    record = record_id(sent["force"], sent["source_system"], sent["source_ref"])
    return {
        "record_id": record,
        "version": sent["version"],
        "event_id": event_id(record, sent["version"], kind.submission, body),
        "kind": kind.name,
        "action": state.spell("envelope.action", sent["action"], action),
        "action_reason": sent["action_reason"],
        "force": sent["force"],
        "source_system": sent["source_system"],
        "source_ref": sent["source_ref"],
        "recorded_at": state.time(sent["recorded_at"], "envelope.recorded_at"),
        "published_at": state.time(sent["published_at"], "envelope.published_at"),
        "received_at": message.timestamp_ms,
        "standardised_at": state.now_ms,
        "partial": sent["partial"],
    }


def _grading(state: Standardising, sent: Record | None) -> Record | None:
    """3x5x2 as sent. A contradiction is kept and flagged; the rules read it in its most restrictive sense."""
    if sent is None:
        return None
    handling, action, sanitisation = sent["handling"], sent["action"], sent["sanitisation"]
    conditional = handling == "C"
    complete = sent["source"] in SOURCES and sent["assessment"] in ASSESSMENTS
    if handling not in ("P", "C") or not complete:
        state.agree(False, Code.GRADING_MISSING, "grading")
    elif conditional != (action in ("A1", "A2", "A3")) or conditional != (sanitisation in ("S1", "S2")):
        state.flag(Code.GRADING_CONTRADICTORY, "grading.handling")
    return sent


def _quality(state: Standardising, kind: Kind, record: Record, seen: Occurrences | None) -> Record:
    """Quality last: it judges what the record has become."""
    check_consistency(state, kind, record)
    completeness = judge_completeness(state, kind.name, record)
    detail = record[kind.detail]
    # Once there is an outcome, the record was recorded anew: when it was reported says nothing of that.
    is_first_told = not (detail.get("outcome") or detail.get("closing_category"))
    timeliness = judge_timeliness(state, record["envelope"], detail.get("reported_at") if is_first_told else None, kind.detail)
    occurrence = occurrence_of(record, kind) if seen is not None else None
    if seen is None or occurrence is None:
        return quality_of(state, completeness, timeliness, None, record["grading"])
    is_told = seen.is_told_already(occurrence)
    if is_told:
        state.flag(Code.NEAR_DUPLICATE, kind.detail)
    return quality_of(state, completeness, timeliness, 0 if is_told else 100, record["grading"])
