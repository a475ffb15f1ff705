"""Which version of a record a submission is. Pure: the outbox hands in what it knows of the record.

Unknown record: version 1. The content of the last version again: a resend, the very same bytes and event id. Other
content: the next version. A patch is merged into the last version first, because the hub never merges. An erasure carries no
content, whatever was handed in, and a test is no version at all.
"""

import hashlib
from datetime import datetime
from typing import NamedTuple

from producers.door import Checked, Door, encode_envelope
from schemas.actions import CLOSING, Action
from schemas.codes import Code
from schemas.errors import Refused
from schemas.identity import event_id
from schemas.kinds import KINDS, Kind
from schemas.records import Record, decode


class Last(NamedTuple):
    """The last version of a record that the outbox accepted. `body` is its whole Avro body, un-framed."""

    version: int
    kind: str
    content_sha256: bytes
    body: bytes
    is_numbered: bool = True
    """Whether this outbox counts the record's versions. False: another client does, and only a mended one came this way."""
    closed: str = ""
    """RECALL, RESTRICTION or ERASURE where the record was closed by it and not reinstated since; empty: it is open."""


class Event(NamedTuple):
    """One version of one record, ready to be queued."""

    record_id: str
    version: int
    kind: str
    content_sha256: bytes
    body: bytes
    event_id: str
    resend: bool
    is_numbered: bool = True
    closed: str = ""
    is_kept: bool = True
    """Whether it is the last version from now on. False: a test, which is none."""


def next_event(checked: Checked, last: Last | None, door: Door, now: datetime, version: int | None = None) -> Event:
    """The event that `checked` becomes. `version`: its number, where somebody else counts the record's versions.

    Raises Refused where a patch can't be merged, or its result is refused; RECORD_ERASED for content of an erased record.
    """
    action = action_of(checked)
    if last is not None and last.closed == Action.ERASURE and action not in (*AFTER_ERASURE, Action.TEST):
        raise Refused(Code.RECORD_ERASED)
    if action == Action.ERASURE:
        checked = door.admit_merged(checked.kind.name, make_bare(checked.kind, checked.envelope), now)
    elif checked.patch is not None:
        is_alone = last is None or action == Action.TEST
        whole = checked.patch if is_alone or last is None else _merge_patch(checked.kind.name, checked.patch, last)
        checked = door.admit_merged(checked.kind.name, whole, now)
    content = content_sha256(checked)
    if action == Action.TEST:
        return make_version(checked, content, 1)._replace(is_kept=False)
    number = version or (1 if last is None else last.version + 1)
    made = make_version(checked, content, number, version is None, "" if last is None else last.closed)
    return make_resend(checked, content, last) or made


AFTER_ERASURE = (Action.ERASURE, Action.REINSTATEMENT)
"""What may follow the erasure of a record: the same once more, or what re-opens it."""

BARE_MARKING: Record = {"tier": "OFFICIAL", "sensitive": True}
"""Of a submission without content: it tells that there is a record, and nothing of it."""


def action_of(checked: Checked) -> str:
    """What the originator does by it."""
    return str(checked.envelope.get("action", Action.VERSION))


def make_bare(kind: Kind, envelope: Record) -> Record:
    """A submission of the record without content: identity, action and reason, marking, and the kind's empty detail."""
    said = {name: envelope.get(name) for name in ("source_system", "source_ref", "action", "action_reason")}
    return {"envelope": said | {"partial": True}, "marking": BARE_MARKING, kind.detail: {}}


def make_resend(checked: Checked, content: bytes, last: Last | None) -> Event | None:
    """The last version once more, where `checked` has its content: the very same bytes and event id. Else None."""
    if last is None or last.content_sha256 != content:
        return None
    event = event_id(checked.record_id, last.version, checked.kind.submission, last.body)
    return Event(checked.record_id, last.version, checked.kind.name, content, last.body, event, True, closed=last.closed)


def make_version(checked: Checked, content: bytes, version: int, is_numbered: bool = True, closed: str = "") -> Event:
    """A version of the record with the content of `checked`. `closed`: by what the record was closed before it."""
    action = action_of(checked)
    closed = action if action in CLOSING else "" if action == Action.REINSTATEMENT else closed
    body = encode_envelope({**checked.envelope, "version": version}) + checked.rest
    event = event_id(checked.record_id, version, checked.kind.submission, body)
    return Event(checked.record_id, version, checked.kind.name, content, body, event, False, is_numbered, closed)


def content_sha256(checked: Checked) -> bytes:
    """Hash of everything but the version and the time of publishing: what makes two submissions the same."""
    digest = hashlib.sha256(checked.kind.submission.encode())
    digest.update(encode_envelope({**checked.envelope, "version": 0, "published_at": None}))
    digest.update(checked.rest)
    return digest.digest()


def _merge_patch(kind: str, patch: Record, last: Last) -> Record:
    if last.kind != kind:
        raise Refused(Code.NOT_A_SUBMISSION, "kind")
    known = decode(KINDS[kind].submission, last.body)
    merged = merge(known, patch)
    # What was done by the last version (a recall, say) is not done again by a patch; a full version stays full.
    merged["envelope"]["action"] = patch["envelope"].get("action", "VERSION")
    merged["envelope"]["action_reason"] = patch["envelope"].get("action_reason")
    merged["envelope"]["published_at"] = patch["envelope"].get("published_at")
    merged["envelope"]["partial"] = known["envelope"]["partial"]
    return merged


def merge(known: Record, patch: Record) -> Record:
    """`known` with the fields of `patch`: records field by field, everything else (lists too) replaced whole."""
    merged = dict(known)
    for name, value in patch.items():
        old = known.get(name)
        merged[name] = merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged
