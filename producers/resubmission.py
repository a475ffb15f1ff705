"""Which version a mended dead letter becomes, or that it comes too late. Pure: the outbox hands in what it knows.

A mended letter is a new content, so it is a new version, as every other content is: the record's last version was refused
by the hub, and the mended one is the next. Taking the refused version's number again would give one version two contents,
and where a copy of the refused one is accepted after all (the hub has learnt its code meanwhile), the hub would keep that
one and call the mended one a conflict. Two cases keep the letter's own number: a record that another client numbers, because
its next version would meet a number that is taken; and a letter whose record id was wrong, because nothing of the mended
record's own versions is known.

A letter that is not the last that is known of its record is superseded, and never sent: so a mended version 1 can't follow
version 2. Where the outbox does not know version 2 (another client sent it), the mended version 1 is still numbered 1, and
the hub takes no version below the one it has.
"""

from typing import NamedTuple

from producers.door import Checked
from producers.versions import AFTER_ERASURE, Event, Last, action_of, content_sha256, make_resend, make_version
from schemas.actions import Action
from schemas.codes import Code
from schemas.errors import Refused


class Mended(NamedTuple):
    """A mended submission that has passed the door, and the version that the hub refused: its record, number, Avro body."""

    checked: Checked
    record_id: str
    version: int
    body: bytes


def mended_event(mended: Mended, known: Last | None, last: Last | None) -> Event:
    """The event that a mended letter becomes. `known`: the last version of the letter's record; `last`: of the mended one's,
    which is another record where the mending changed its identity.

    The content of `last` again is a resend. Raises Refused: SUPERSEDED where a later version is known, RECORD_ERASED where the
    record has been erased.
    """
    content = content_sha256(mended.checked)
    resend = make_resend(mended.checked, content, last)
    if resend is not None:
        return resend
    is_same_record = mended.checked.record_id == mended.record_id
    if _is_later(known, mended) or (not is_same_record and last is not None and last.version >= mended.version):
        raise Refused(Code.SUPERSEDED)
    closed = "" if last is None else last.closed
    if closed == Action.ERASURE and action_of(mended.checked) not in AFTER_ERASURE:
        raise Refused(Code.RECORD_ERASED)
    if is_same_record and known is not None and known.version == mended.version and known.is_numbered:
        return make_version(mended.checked, content, mended.version + 1, closed=closed)
    return make_version(mended.checked, content, mended.version, False, closed)


def _is_later(known: Last | None, mended: Mended) -> bool:
    """Whether what is known of the letter's record has come after the letter: a higher number, or another content under its own
    number, which is what this outbox last said."""
    if known is None or known.version < mended.version:
        return False
    return known.version > mended.version or known.body != mended.body
