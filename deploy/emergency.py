"""The hub's door for emergency grants: make, check, sign, review, end. Each disseminator refuses what is refused here."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deploy.approver_keys import owner_of
from deploy.control_desk import ControlDesk
from schemas.codes import Code
from schemas.errors import NotReady, Refused
from schemas.records import Record
from stream_processors.control import ControlState
from stream_processors.control_emergency import (
    END,
    GRANT,
    HOUR_MS,
    REVIEW,
    check_grant,
    check_review,
    grant_key,
    milliseconds,
    signed_bytes,
)
from stream_processors.emergency_books import check_permitted
from stream_processors.emergency_targets import Target, target_token
from stream_processors.rule_set import RuleSet, load_rule_set
from stream_processors.tokens import Tokens


@dataclass(frozen=True)
class Asked:
    """What a person asks for."""

    agency: str
    gateway: str
    reason: str
    urgency: str
    target: Target
    kind: str
    """Kind of identifier; empty for a record."""
    identifier: str
    fields: tuple[str, ...]
    overrides: tuple[str, ...]
    hours: float


def read_rules(state: ControlState) -> RuleSet:
    """The rules in force. Raises NotReady (NO_RULES)."""
    if state.current is None:
        raise NotReady(Code.NO_RULES)
    return load_rule_set(state.current.parts)


def make_grant(desk: ControlDesk, rules: RuleSet, asked: Asked, key: Ed25519PrivateKey, tokens: Tokens, now_ms: int) -> Record:
    """A grant, checked and signed; nothing is written. Raises Refused (PD-446, 447, 448), Misconfigured (PD-439)."""
    signer = owner_of(key, desk.approvers)
    token = target_token(asked.target, asked.kind, asked.identifier, _moment(now_ms).year, tokens)
    for name, text in (("reason", asked.reason), ("urgency", asked.urgency)):
        if _says(text, asked.identifier):  # control carries no direct identifier, in words neither
            raise Refused(Code.TARGET_UNREADABLE, name)
    record: Record = {
        "id": secrets.token_hex(16),
        **{name: getattr(asked, name) for name in ("agency", "gateway", "reason", "urgency", "target")},
        "token": token,
        "fields": sorted(asked.fields),
        "overrides": sorted(asked.overrides),
        "at": _moment(now_ms),
        "until": _moment(now_ms + round(asked.hours * HOUR_MS)),
        "approver": signer.name,
        "organisation": signer.organisation,
    }
    check_permitted(record, rules)
    record["signature"] = key.sign(signed_bytes(desk.topics.control, GRANT, record))
    check_grant(record, desk.topics.control, desk.approvers)
    return record


def make_review(
    desk: ControlDesk, state: ControlState, grant: str, verdict: str, note: str, key: Ed25519PrivateKey, now_ms: int
) -> Record:
    """A review, checked and signed; nothing is written. Raises Refused (PD-446, 449), Misconfigured (PD-439)."""
    given, signer = find_grant(state, grant), owner_of(key, desk.approvers)
    if grant in state.emergencies.reviews:
        raise Refused(Code.GRANT_INVALID, "review")  # the first one counts
    record: Record = {"grant": grant, "verdict": verdict, "note": note, "at": _moment(now_ms)}
    record |= {"approver": signer.name, "organisation": signer.organisation}
    record["signature"] = key.sign(signed_bytes(desk.topics.control, REVIEW, record))
    check_review(record, given, desk.topics.control, desk.approvers)
    return record


def write_grant(desk: ControlDesk, record: Record) -> None:
    """Put the grant in force: live and for what is in `standard` already. A crash before it stands leaves no grant."""
    desk.write(desk.topics.control, GRANT, grant_key(record["id"]), record)


def write_review(desk: ControlDesk, record: Record) -> None:
    """Put the review in force."""
    desk.write(desk.topics.control, REVIEW, grant_key(record["grant"], "review"), record)


def end_grant(desk: ControlDesk, state: ControlState, grant: str, by: str, reason: str, now_ms: int) -> None:
    """End a grant now: who holds under it is told to delete. Raises Refused (PD-449)."""
    find_grant(state, grant)
    record = {"grant": grant, "by": by, "reason": reason, "at": _moment(now_ms)}
    desk.write(desk.topics.control, END, grant_key(grant, "end"), record)


def find_grant(state: ControlState, grant: str) -> Record:
    """A grant by its id. Raises Refused (NO_SUCH_GRANT)."""
    found = state.emergencies.grants.get(grant)
    if found is None:
        raise Refused(Code.NO_SUCH_GRANT, "id")
    return found


def list_grants(state: ControlState, now_ms: int, review_hours: int) -> list[dict[str, Any]]:
    """Every grant, the latest first, as it stands at this time."""
    return sorted((_row(state, each, now_ms, review_hours) for each in state.emergencies.grants.values()), key=_age)


def _row(state: ControlState, record: Mapping[str, Any], now_ms: int, review_hours: int) -> dict[str, Any]:
    read, name = state.emergencies, record["id"]
    over_ms, review = read.ends_at(name, review_hours), read.reviews.get(name)
    if name in read.ends:
        standing = "ENDED"
    elif review is not None and over_ms == 0:
        standing = "REFUSED"
    elif now_ms < over_ms:
        standing = "IN FORCE" if review is not None else "IN FORCE, UNREVIEWED"
    else:
        standing = "EXPIRED" if review is not None else "EXPIRED, UNREVIEWED"
    words = {part: record[part] for part in ("agency", "target", "gateway", "reason", "urgency", "approver")}
    return {
        "id": name,
        "standing": standing,
        **words,
        "fields": list(record["fields"]),
        "overrides": list(record["overrides"]),
        "at": record["at"].isoformat(),
        "ends": _moment(over_ms).isoformat() if over_ms and name not in read.ends else "",
        "reviewed_by": review["approver"] if review is not None else "",
    }


def _age(row: dict[str, Any]) -> float:
    return -milliseconds(datetime.fromisoformat(row["at"]))


def read_fields(given: str) -> tuple[str, ...]:
    """The field list: the lines of a file, or paths with commas between."""
    path = Path(given)
    text = path.read_text(encoding="utf-8") if path.is_file() else given.replace(",", "\n")
    lines = (line.strip() for line in text.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def _says(text: str, identifier: str) -> bool:
    plain = "".join(sign for sign in identifier.casefold() if sign.isalnum())
    return bool(plain) and plain in "".join(sign for sign in text.casefold() if sign.isalnum())


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def split_identifier(given: str, kinds: Sequence[str]) -> tuple[str, str]:
    """`kind:value`. Raises Refused (TARGET_UNREADABLE) where the kind is none of these."""
    kind, colon, value = given.partition(":")
    if not colon or kind not in kinds or not value.strip():
        raise Refused(Code.TARGET_UNREADABLE, "kind")
    return kind, value
