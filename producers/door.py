"""The force's door: what is refused before it leaves the force. Pure; `now` is an argument.

Whatever is refused here has not been queued, sent or logged: the refusal has a code and a field path, never a value.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, NamedTuple

from producers.fit import find_misfit
from schemas.actions import ACTIONS, Action, is_reason
from schemas.codes import Code
from schemas.dialect import shipped_dialects, systems_with_default
from schemas.errors import Refused
from schemas.identity import record_id
from schemas.kinds import KINDS, Kind
from schemas.records import Record, encode_with, load_schema
from schemas.wire import HEADER_BYTES

ENVELOPE = "uk.pointduty.submission.Envelope"
LIMIT_BYTES = 1 << 20
"""Largest message value: 1 MiB, framing included. The hub's dead letter for it must fit its own topic."""
TOLERANCE = timedelta(minutes=5)
"""How far ahead of our clock a time may lie: clocks of force systems differ."""
_SUMMER_TIME = timedelta(hours=1)
"""A time without an offset may be British Summer Time: its day begins an hour earlier in UTC."""
_CARRIED = frozenset({"OFFICIAL", "OFFICIAL-SENSITIVE", "OFFICIAL SENSITIVE"})
"""What the hub may carry. Anything else is refused, also a tier that nobody knows: absence denies."""
_SYSTEM = re.compile(r"^[^:\s]{1,64}$")
_DETAIL_TIMES = ("reported_at", "outcome_date", "arrested_at", "detained_at", "released_at")
_MONTH = re.compile(r"^\d{4}(-\d{2})?$")


class Checked(NamedTuple):
    """A submission that passed the door. An Avro record is its fields one after the other: envelope, then `rest`."""

    kind: Kind
    record_id: str
    envelope: Record
    rest: bytes
    patch: Record | None
    """The submission itself where it is a patch (`envelope.partial`), to be merged into the last full version."""


@dataclass(frozen=True)
class Door:
    """The checks of one force. `systems_with_default` are source systems whose dialect declares a default marking."""

    force: str
    systems_with_default: frozenset[str] = field(default_factory=lambda: systems_with_default(shipped_dialects()))

    def admit(self, kind: str, submission: Record, now: datetime) -> Checked:
        """Check one submission; `envelope.version` and `.force` may be missing: they are given here.

        Raises Refused: NOT_A_SUBMISSION, WRONG_FORCE_IN_FILE, WRONG_REASON, DOOR_MARKING, NO_MARKING, DOOR_FUTURE,
        DOOR_TOO_LARGE.
        A patch may lack a marking: what it is merged into has one, which `admit_merged` makes sure of.
        """
        return self._admit(_kind(kind), submission, now, merged=False)

    def admit_merged(self, kind: str, submission: Record, now: datetime) -> Checked:
        """As `admit`, for a patch after merging: nothing that a full version needs may be missing."""
        return self._admit(_kind(kind), submission, now, merged=True)

    def _admit(self, kind: Kind, submission: Record, now: datetime, merged: bool) -> Checked:
        envelope = self._complete_envelope(submission)
        whole = {**submission, "envelope": envelope}
        misfit = find_misfit(kind.submission, whole)
        if misfit is not None:
            raise Refused(Code.NOT_A_SUBMISSION, misfit)
        _check_identity(envelope)
        _check_action(envelope.get("action", Action.VERSION), envelope.get("action_reason"))
        is_patch = envelope.get("partial", False) and not merged
        if submission.get("marking") is not None:
            _check_tier(submission["marking"]["tier"])
        elif not is_patch and not self._has_default_marking(kind, envelope):
            raise Refused(Code.NO_MARKING, "marking")
        _check_times(kind, whole, now)
        rest = encode_with(_rest_schema(kind.submission), whole)
        if HEADER_BYTES + len(encode_envelope(envelope)) + len(rest) > LIMIT_BYTES:
            raise Refused(Code.DOOR_TOO_LARGE)
        identity = record_id(self.force, envelope["source_system"], envelope["source_ref"])
        return Checked(kind, identity, envelope, rest, whole if is_patch else None)

    def _has_default_marking(self, kind: Kind, envelope: Record) -> bool:
        return kind.name != "intelligence" and envelope["source_system"] in self.systems_with_default

    def _complete_envelope(self, submission: Record) -> Record:
        if type(submission) is not dict:
            raise Refused(Code.NOT_A_SUBMISSION)
        envelope = submission.get("envelope")
        if type(envelope) is not dict:
            raise Refused(Code.NOT_A_SUBMISSION, "envelope")
        if envelope.get("force", self.force) != self.force:
            raise Refused(Code.WRONG_FORCE_IN_FILE, "envelope.force")
        return {**envelope, "force": self.force, "version": 1}


def encode_envelope(envelope: Record) -> bytes:
    """Avro body of an envelope: the first bytes of every submission."""
    return encode_with(load_schema(ENVELOPE), envelope)


@cache
def _rest_schema(full_name: str) -> Any:
    """The submission's schema without its envelope: a version number then needs no second encoding of the rest."""
    schema = load_schema(full_name)
    first, *others = schema["fields"]
    if first["name"] != "envelope":
        raise ValueError(f"{full_name}: the envelope must be the first field")
    return {**schema, "fields": others}


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise Refused(Code.NOT_A_SUBMISSION, "kind")
    return KINDS[name]


def _check_identity(envelope: Record) -> None:
    if not _SYSTEM.match(envelope["source_system"]):  # a colon would let two records share one id
        raise Refused(Code.NOT_A_SUBMISSION, "envelope.source_system")
    if not envelope["source_ref"].strip():  # blanks alone would be refused by the hub, hours later
        raise Refused(Code.NOT_A_SUBMISSION, "envelope.source_ref")


def _check_action(action: str, reason: str | None) -> None:
    if action not in ACTIONS:
        raise Refused(Code.WRONG_REASON, "envelope.action")
    if not is_reason(action, reason):
        raise Refused(Code.WRONG_REASON, "envelope.action_reason")


def _check_tier(tier: str) -> None:
    if tier.upper().replace("_", " ").strip() not in _CARRIED:
        raise Refused(Code.DOOR_MARKING, "marking.tier")


def _check_times(kind: Kind, submission: Record, now: datetime) -> None:
    for path, text in _times(kind, submission):
        earliest = _earliest(text)
        if earliest is not None and earliest > now + TOLERANCE:
            raise Refused(Code.DOOR_FUTURE, path)


def _times(kind: Kind, submission: Record) -> Iterator[tuple[str, str]]:
    envelope, occurred, detail = submission["envelope"], submission.get("occurred"), submission[kind.detail]
    places = (("envelope", envelope, ("recorded_at", "published_at")), ("occurred", occurred, ("start", "end")))
    for name, part, fields in (*places, (kind.detail, detail, _DETAIL_TIMES)):
        for each in fields:
            text = part.get(each) if part is not None else None
            if text is not None:
                yield f"{name}.{each}", text


@lru_cache(maxsize=4096)
def _earliest(text: str) -> datetime | None:
    """The first instant that `text` can mean, UTC. None where it can't be read: that the hub flags, not the door."""
    whole = {4: f"{text}-01-01", 7: f"{text}-01"}[len(text)] if _MONTH.match(text) else text
    try:
        moment = datetime.fromisoformat(whole)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC) - _SUMMER_TIME
    except (ValueError, OverflowError):
        return None
