"""What an order of the force about one of its records becomes: correct, recall, restrict, erase, reinstate. Pure.

The outbox hands in the last version that it knows. Where it knows none (another machine publishes the record), the order must
say the kind and the number of the version, and a recall, a restriction or an erasure goes out without content.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from producers.door import Checked, Door
from producers.row import Refusal, Row
from producers.versions import Event, Last, make_bare, next_event
from schemas.actions import CLOSING, REASONS, Action
from schemas.codes import Code
from schemas.errors import Refused
from schemas.kinds import KINDS
from schemas.records import Record, decode

ORDERS = (Action.CORRECTION, Action.RECALL, Action.RESTRICTION, Action.ERASURE, Action.REINSTATEMENT)
"""What can be ordered. A version and a test are published."""


class Order(NamedTuple):
    """What the force does with one of its records, and why: a code of `schemas.actions.REASONS`.

    `checked` is its new content, a full version or a patch: needed for a correction, and for a reinstatement where the outbox
    has none. `kind` and `version` are needed where the outbox does not know the record.
    """

    action: Action
    record_id: str
    reason: str
    checked: Checked | None = None
    kind: str = ""
    version: int | None = None


def order_event(order: Order, last: Last | None, door: Door, now: datetime) -> Event:
    """The event that the order becomes; the last version once more where it has been carried out already.

    Raises Refused: WRONG_REASON, WRONG_FORCE_IN_FILE, NOT_A_SUBMISSION (no record id), RECORD_UNKNOWN, SUPERSEDED (a number
    that is taken), RECORD_ERASED, RECORD_CLOSED, RECORD_OPEN, CONTENT_NEEDED, and what the door refuses.
    """
    if order.action not in ORDERS or order.reason not in REASONS[order.action]:
        raise Refused(Code.WRONG_REASON, "envelope.action_reason")
    identity = _identity(order.record_id, door)
    _check_known(order, last)
    _check_state(order, last)
    said = identity | {"action": str(order.action), "action_reason": order.reason}
    return next_event(_content(order, last, said, door, now), last, door, now, order.version)


def mark_rows(rows: Iterable[Row], action: Action, reason: str | None = None) -> Iterator[Row]:
    """The rows with the action that their submissions are for. What is no submission passes through, for the door to refuse."""
    for row in rows:
        envelope = row.submission.get("envelope") if row.submission is not None else None
        if row.submission is None or not isinstance(envelope, dict):
            yield row
            continue
        marked = envelope | {"action": str(action), "action_reason": reason}
        yield row._replace(submission=row.submission | {"envelope": marked})


def orders_of(
    items: Iterable[Checked | Refusal], action: Action, reason: str, wanted: frozenset[str], version: int | None = None
) -> Iterator[Order | Refusal]:
    """An order for each content that passed the door; with `wanted`, for these records alone, and a refusal (CONTENT_NEEDED)
    for each of them that no content came of."""
    left = set(wanted)
    for item in items:
        if isinstance(item, Refusal):
            yield item
        elif not wanted or item.record_id in wanted:
            left.discard(item.record_id)
            yield Order(action, item.record_id, reason, item, version=version)
    yield from (Refusal(Code.CONTENT_NEEDED, "record") for _ in left)


def _identity(record_id: str, door: Door) -> Record:
    force, _, rest = record_id.partition(":")
    system, _, ref = rest.partition(":")
    if not (system and ref):
        raise Refused(Code.NOT_A_SUBMISSION, "record")
    if force != door.force:
        raise Refused(Code.WRONG_FORCE_IN_FILE, "record")
    return {"source_system": system, "source_ref": ref}


def _check_known(order: Order, last: Last | None) -> None:
    has_kind = order.checked is not None or order.kind in KINDS
    if last is None and (order.version is None or not has_kind):
        raise Refused(Code.RECORD_UNKNOWN, "version" if order.version is None else "kind")
    if last is not None and order.version is not None and order.version <= last.version:
        raise Refused(Code.SUPERSEDED, "version")


def _check_state(order: Order, last: Last | None) -> None:
    """What is closed is not corrected, what is erased not recalled; what is open is not re-opened, unless somebody knows better
    and says the version's number."""
    if last is None:
        return
    if last.closed == Action.ERASURE and order.action not in (Action.ERASURE, Action.REINSTATEMENT):
        raise Refused(Code.RECORD_ERASED)
    if order.action == Action.CORRECTION and last.closed:
        raise Refused(Code.RECORD_CLOSED)
    is_done = _last_envelope(last)["action"] == Action.REINSTATEMENT
    if order.action == Action.REINSTATEMENT and not (last.closed or is_done or order.version):
        raise Refused(Code.RECORD_OPEN)


def _content(order: Order, last: Last | None, said: Record, door: Door, now: datetime) -> Checked:
    """The content of the order's version: what is given with it, the last known, or none."""
    has_whole = last is not None and not _last_envelope(last)["partial"]
    if order.checked is not None:
        if order.checked.record_id != order.record_id:
            raise Refused(Code.NOT_A_SUBMISSION, "record")
        can_merge = has_whole or (last is not None and order.action == Action.CORRECTION)
        if order.checked.patch is not None and not can_merge:
            raise Refused(Code.CONTENT_NEEDED)
        return _with_action(order.checked, said, door, now)
    if order.action not in CLOSING and (not has_whole or order.action == Action.CORRECTION):
        raise Refused(Code.CONTENT_NEEDED)
    kind = KINDS[order.kind if last is None else last.kind]
    if last is None or order.action == Action.ERASURE:
        return door.admit_merged(kind.name, make_bare(kind, said), now)
    whole = decode(kind.submission, last.body)
    envelope = whole["envelope"] | said | {"published_at": None}
    return door.admit_merged(kind.name, whole | {"envelope": envelope}, now)


def _with_action(checked: Checked, said: Record, door: Door, now: datetime) -> Checked:
    whole = checked.patch
    if whole is None:
        return checked._replace(envelope=checked.envelope | said)
    return door.admit(checked.kind.name, whole | {"envelope": whole["envelope"] | said}, now)


def _last_envelope(last: Last) -> Record:
    envelope = decode(KINDS[last.kind].submission, last.body)["envelope"]
    return dict(envelope)
