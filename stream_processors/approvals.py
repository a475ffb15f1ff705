"""Two persons' signatures under one rule set: what is signed, and whether it holds. Pure, but for the random-free Ed25519.

Signed is everything that an approver has looked at, and which hub it is for: the set, its number, what it replaces, the
rehearsal report, the plain-English rendering. A change of any byte of them needs new signatures.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Literal, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.codes import Code
from schemas.errors import Refused
from schemas.records import Record
from stream_processors.approvers import Approver, Approvers, same_words
from stream_processors.rule_set import Parts

Kind = Literal["PUBLISH", "ROLLBACK"]
"""A new set, or the parts of an earlier one under a new number."""

NEEDED = 2
"""Approvals of a rule set."""

_DOMAIN = b"pointduty/rule-set-approval/1\n"
"""Before what is signed: no other signature of these keys, in whatever use, is one under a rule set."""


@dataclass(frozen=True)
class Statement:
    """What an approver says yes to."""

    hub: str
    """Full name of the control topic: an approval for one hub is none for its neighbour on the cluster."""
    kind: Kind
    number: int
    replaces: str
    """Hash of the set in force; empty: none is."""
    rule_set: str
    report_sha256: str
    rendering_sha256: str


class Approval(NamedTuple):
    """One signature."""

    approver: str
    organisation: str
    signed_at_ms: int
    """UTC milliseconds, as the approver says."""
    signature: bytes


def signed_bytes(statement: Statement, approver: str, organisation: str, signed_at_ms: int) -> bytes:
    """The canonical bytes under a signature: JSON with sorted keys, so that no two statements have the same bytes."""
    whole = asdict(statement) | {"approver": approver, "organisation": organisation, "signed_at": signed_at_ms}
    return _DOMAIN + json.dumps(whole, sort_keys=True, separators=(",", ":")).encode()


def sign(statement: Statement, approver: Approver, key: Ed25519PrivateKey, now_ms: int) -> Approval:
    """The approver's yes."""
    message = signed_bytes(statement, approver.name, approver.organisation, now_ms)
    return Approval(approver.name, approver.organisation, now_ms, key.sign(message))


def check_approval(statement: Statement, approval: Approval, approvers: Approvers, recipients: Iterable[str]) -> None:
    """Raises Refused: APPROVAL_INVALID (not pinned, not this power, not this signature) or APPROVER_IS_RECIPIENT."""
    found = approvers.find(approval.approver)
    if found is None or found.organisation != approval.organisation or not found.may("approve", statement.number):
        raise Refused(Code.APPROVAL_INVALID, "approver")
    message = signed_bytes(statement, found.name, found.organisation, approval.signed_at_ms)
    if not found.has_signed(message, approval.signature):
        raise Refused(Code.APPROVAL_INVALID, "signature")
    if _receives(found.organisation, recipients):
        raise Refused(Code.APPROVER_IS_RECIPIENT, "organisation")


def check_approvals(
    statement: Statement, approvals: Iterable[Approval], approvers: Approvers, recipients: Iterable[str], needed: int = NEEDED
) -> None:
    """Raises Refused where fewer than `needed` different approvers have signed: the first that does not hold, or NOT_APPROVED.

    Different: the list of approvers has no name and no key twice, so two names are two keys.
    """
    receiving, valid, fault = frozenset(recipients), set[str](), None
    for approval in approvals:
        try:
            check_approval(statement, approval, approvers, receiving)
            valid.add(approval.approver)
        except Refused as refusal:
            fault = fault or refusal
    if len(valid) < needed:
        raise fault or Refused(Code.NOT_APPROVED, "approvals")


def recipients_of(parts: Parts) -> frozenset[str]:
    """Ids, kinds and names of every agency of the set, whether or not anything is bound to it: the safe reading of "who
    receives". Raises Refused(RULES_BROKEN) where the agencies can't be read: then nobody knows who receives."""
    text = parts.get("agencies.csv", b"").decode(errors="replace")
    try:
        rows = list(csv.DictReader(io.StringIO(text)))
    except csv.Error:
        raise Refused(Code.RULES_BROKEN, "agencies.csv") from None
    return frozenset(cell for row in rows for column in ("id", "kind", "name") if isinstance(cell := row.get(column), str))


def statement_of(hub: str, manifest: Mapping[str, object]) -> Statement:
    """What the approvals of a manifest must be under."""
    names = ("kind", "number", "replaces", "rule_set", "report_sha256", "rendering_sha256")
    return Statement(hub, **{name: manifest[name] for name in names})  # type: ignore[arg-type]  # its schema says the types


def approvals_of(manifest: Record) -> tuple[Approval, ...]:
    """The approvals that a manifest carries."""
    return tuple(
        Approval(each["approver"], each["organisation"], round(each["signed_at"].timestamp() * 1000), each["signature"])
        for each in manifest["approvals"]
    )


def _receives(organisation: str, recipients: Iterable[str]) -> bool:
    """Whether the organisation is a recipient, or one of them is a department of the other (its name begins so)."""
    own = f"{same_words(organisation)} "
    names = [f"{words} " for name in recipients if (words := same_words(name))]
    return any(name.startswith(own) or own.startswith(name) for name in names)
