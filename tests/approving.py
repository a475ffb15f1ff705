"""Approvers of the tests, with their keys, and rule sets that they have approved."""

import hashlib
from base64 import b64encode
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.records import Record, encode
from stream_processors.approvals import Approval, Kind, sign
from stream_processors.approvers import Approver, make_approvers
from stream_processors.control import ControlState
from stream_processors.control_rule_sets import MANIFEST, PART, RENDERING, RuleSets
from stream_processors.proposals import Proposal, propose
from stream_processors.rehearsal_report import Report, first_report, report_of
from stream_processors.rule_set import Parts, hash_parts

NOW_MS = 1_790_000_000_000


def key(seed: int) -> Ed25519PrivateKey:
    """A key of these tests: known to everybody."""
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


def approver(name: str, seed: int, organisation: str = "", **more: Any) -> Approver:
    """An approver with the key of this seed."""
    public = b64encode(key(seed).public_key().public_bytes_raw()).decode()
    given = {"powers": ("approve",), "organisation": organisation or f"house of {name}"} | more
    return Approver(name=name, public_key=public, **given)


ANN, BOB, CAT = approver("Ann", 1), approver("Bob", 2), approver("Cat", 3)
KEYS = {"Ann": key(1), "Bob": key(2), "Cat": key(3)}
PINNED = make_approvers([ANN, BOB, CAT])


def rehearsal(old: str, new: str, **more: Any) -> dict[str, Any]:
    """A report of a rehearsal that looked at some records."""
    return {
        "schema_version": 1,
        "kind": "REHEARSAL",
        "old_rule_set": old,
        "new_rule_set": new,
        "window": {"since_ms": NOW_MS - 1000, "until_ms": NOW_MS, "source": "file"},
        "counts": {"records": 3, "newly_shared": 2, "no_longer_shared": 1, "changed": 0},
    } | more


def report_for(known: RuleSets, parts: Parts) -> Report:
    """A report of this change: FIRST where there is nothing to compare."""
    new = hash_parts(parts)
    return report_of(rehearsal(known.current.sha256, new) if known.current else first_report(new))


def signed(proposal: Proposal, *by: Approver) -> list[Approval]:
    """Approvals of these approvers; of Ann and Bob where nobody is named."""
    return [sign(proposal.statement, each, KEYS[each.name], NOW_MS) for each in by or (ANN, BOB)]


def proposed(known: RuleSets, parts: Parts, kind: Kind = "PUBLISH") -> Proposal:
    """A proposal with a report of its own."""
    return propose(known, parts, report_for(known, parts), kind)


def part(name: str, content: bytes, sha256: str = "") -> bytes:
    """The record of a part, under its own hash or another."""
    return encode(PART, {"name": name, "content": content, "sha256": sha256 or hashlib.sha256(content).hexdigest()})


def put_parts(state: ControlState, proposal: Proposal, *, without: str = "") -> None:
    """The parts of a proposal, its rendering too."""
    for name, content in [*proposal.parts.items(), (RENDERING, proposal.rendering)]:
        if name != without:
            state.take(PART, part(name, content))


def put(state: ControlState, proposal: Proposal, approvals: list[Approval] | None = None, **changes: Any) -> None:
    """Parts and manifest; approved by Ann and Bob where nothing else is said."""
    put_parts(state, proposal)
    manifest: Record = proposal.manifest(signed(proposal) if approvals is None else approvals, {"council": 1}, NOW_MS)
    state.take(MANIFEST, encode(MANIFEST, manifest | changes))
