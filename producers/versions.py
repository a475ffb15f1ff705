"""Which version of a record a submission is. Pure: the outbox hands in what it knows of the record.

Unknown record: version 1. The content of the last version again: a resend, the very same bytes and event id. Other
content: the next version. A patch is merged into the last version first, because the hub never merges.
"""

import hashlib
from datetime import datetime
from typing import NamedTuple

from producers.door import Checked, Door, encode_envelope
from schemas.codes import Code
from schemas.errors import Refused
from schemas.identity import event_id
from schemas.kinds import KINDS
from schemas.records import Record, decode


class Last(NamedTuple):
    """The last version of a record that the outbox accepted. `body` is its whole Avro body, un-framed."""

    version: int
    kind: str
    content_sha256: bytes
    body: bytes
    is_numbered: bool = True
    """Whether this outbox counts the record's versions. False: another client does, and only a mended one came this way."""


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


def next_event(checked: Checked, last: Last | None, door: Door, now: datetime) -> Event:
    """The event that `checked` becomes. Raises Refused where a patch can't be merged, or its result is refused."""
    if checked.patch is not None:
        whole = checked.patch if last is None else _merge_patch(checked.kind.name, checked.patch, last)
        checked = door.admit_merged(checked.kind.name, whole, now)
    content = content_sha256(checked)
    return make_resend(checked, content, last) or make_version(checked, content, 1 if last is None else last.version + 1)


def make_resend(checked: Checked, content: bytes, last: Last | None) -> Event | None:
    """The last version once more, where `checked` has its content: the very same bytes and event id. Else None."""
    if last is None or last.content_sha256 != content:
        return None
    event = event_id(checked.record_id, last.version, checked.kind.submission, last.body)
    return Event(checked.record_id, last.version, checked.kind.name, content, last.body, event, True)


def make_version(checked: Checked, content: bytes, version: int, is_numbered: bool = True) -> Event:
    """A version of the record with the content of `checked`."""
    body = encode_envelope({**checked.envelope, "version": version}) + checked.rest
    event = event_id(checked.record_id, version, checked.kind.submission, body)
    return Event(checked.record_id, version, checked.kind.name, content, body, event, False, is_numbered)


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
