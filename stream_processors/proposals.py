"""A rule set that is to come: what its approvers sign, and its manifest. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.codes import Code
from schemas.errors import Refused
from schemas.records import Record
from stream_processors.approvals import Approval, Kind, Statement
from stream_processors.control_rule_sets import Published, RuleSets, part_key
from stream_processors.narrowing import find_wider
from stream_processors.rehearsal_report import Report, ReportHead
from stream_processors.rendering import render_rule_set
from stream_processors.rule_set import Parts, RuleSet, hash_parts, load_rule_set


@dataclass(frozen=True)
class Proposal:
    """A set with everything that an approval is bound to."""

    statement: Statement
    parts: Parts
    rules: RuleSet
    rendering: bytes
    wider: tuple[str, ...]
    """Where it may share more than the set in force; empty: proved that it does not."""
    needed: int
    """How many approvals it needs."""

    def published(self, approvals: Sequence[Approval], feed_schema_ids: Mapping[str, int], now_ms: int) -> Published:
        """The set as a reader would see it."""
        ids, said = dict(feed_schema_ids), self.statement
        return Published(said.number, self.parts, ids, said, tuple(approvals), now_ms, self.rendering)

    def manifest(self, approvals: Sequence[Approval], feed_schema_ids: Mapping[str, int], now_ms: int) -> Record:
        """The record that puts the set in force."""
        said = self.statement
        return {
            "number": said.number,
            "rule_set": said.rule_set,
            "parts": [part_key(name, hashlib.sha256(content).hexdigest()) for name, content in sorted(self.parts.items())],
            "feed_schema_ids": dict(feed_schema_ids),
            "published_at": now_ms,
            "kind": said.kind,
            "replaces": said.replaces,
            "report_sha256": said.report_sha256,
            "rendering_sha256": said.rendering_sha256,
            "approvals": [
                {"approver": a.approver, "organisation": a.organisation, "signed_at": a.signed_at_ms, "signature": a.signature}
                for a in approvals
            ],
        }


def propose(known: RuleSets, parts: Parts, report: Report, kind: Kind) -> Proposal:
    """What would follow the set in force. Raises Misconfigured where the set does not load, Refused(REPORT_NOT_OF_SET) where
    the report is of another change, Refused(OTHER_SET_IN_FORCE) where it is in force already.
    """
    rules, current = load_rule_set(parts), known.current
    sha256 = hash_parts(parts)
    replaces = current.sha256 if current else ""
    if sha256 == replaces:
        raise Refused(Code.OTHER_SET_IN_FORCE, "rule_set", "it is in force already")
    wider = tuple(find_wider(current.parts, parts)) if current else ("there is no set in force",)
    _check_report(report.head, replaces, sha256, is_narrower_rollback=kind == "ROLLBACK" and not wider)
    rendering = render_rule_set(rules).encode()
    statement = Statement(
        hub=known.hub,
        kind=kind,
        # Without a set in force a number above all that were ever seen: a reader with other pins may have taken them.
        number=max(current.number if current else known.highest_seen, known.floor) + 1,
        replaces=replaces,
        rule_set=sha256,
        report_sha256=report.sha256,
        rendering_sha256=hashlib.sha256(rendering).hexdigest(),
    )
    return Proposal(statement, parts, rules, rendering, wider, known.needed_for(kind, parts))


def _check_report(head: ReportHead, replaces: str, sha256: str, *, is_narrower_rollback: bool) -> None:
    if (head.old_rule_set, head.new_rule_set) != (replaces, sha256):
        raise Refused(Code.REPORT_NOT_OF_SET, "old_rule_set" if head.old_rule_set != replaces else "new_rule_set")
    if head.kind == "NARROWER" and not is_narrower_rollback:
        raise Refused(Code.REPORT_NOT_OF_SET, "kind")  # what may share more is rehearsed
