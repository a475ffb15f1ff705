"""A change of the rule set, from the command line to control: which set is meant, report, approvals, and carrying it out."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deploy.approval_files import approval_file, find_approvals, read_approval, write_approval
from deploy.approver_keys import owner_of
from deploy.candidate import read_candidate
from deploy.control_desk import ControlDesk
from deploy.provision_apply import Progress
from deploy.provision_hub import provision_feeds
from deploy.rule_sets import publish, read_rule_sets
from deploy.settings import Settings
from schemas.codes import Code
from schemas.errors import Refused
from stream_processors.approvals import Approval, Kind, check_approval, sign
from stream_processors.control_rule_sets import Published, RuleSets
from stream_processors.proposals import Proposal, propose
from stream_processors.rehearsal_report import Report, first_report, narrower_report, read_report, report_of
from stream_processors.rule_set import Parts, hash_parts, shipped_parts

AHEAD_MS = 300_000
"""How far an approver's clock may be ahead of ours."""


@dataclass(frozen=True)
class Source:
    """Which set is meant: a candidate's files, the shipped one, or the one that had this number."""

    candidate: Path | None = None
    is_shipped: bool = False
    rollback: int | None = None

    @property
    def kind(self) -> Kind:
        """A rollback has rules of its own."""
        return "PUBLISH" if self.rollback is None else "ROLLBACK"

    @property
    def stem(self) -> Path:
        """What the files of its approvals are named for."""
        if self.candidate is not None:
            return self.candidate.resolve()
        return Path("shipped" if self.is_shipped else f"rollback-{self.rollback}").resolve()

    @property
    def report(self) -> Path | None:
        """The report that lies beside a candidate."""
        file = self.stem.with_name(f"{self.stem.name}.report.json")
        return file if file.exists() else None

    def parts(self, known: RuleSets) -> Parts:
        """Raises Refused(OTHER_SET_IN_FORCE) for a number that never was in force here, Misconfigured(AGREEMENT_INVALID)."""
        if self.candidate is not None:
            return read_candidate(self.candidate, known.current.parts if known.current else {})
        if self.is_shipped:
            return shipped_parts()
        if self.rollback not in known.history:
            raise Refused(Code.OTHER_SET_IN_FORCE, "number")
        return known.history[self.rollback].parts


def prepare(desk: ControlDesk, source: Source, report: Path | None) -> tuple[RuleSets, Proposal]:
    """What is in force, and what would follow it. Raises Refused, Misconfigured, NotReady."""
    known = read_rule_sets(desk)
    parts = source.parts(known)
    return known, propose(known, parts, _report(known, source.kind, parts, report or source.report), source.kind)


def approve(
    desk: ControlDesk, known: RuleSets, proposal: Proposal, key: Ed25519PrivateKey, now_ms: int | None = None
) -> Approval:
    """Sign as the pinned approver whose key it is. Raises Misconfigured(APPROVER_KEY); Refused where nobody would take it."""
    approval = sign(proposal.statement, owner_of(key, desk.approvers), key, now_ms or _now_ms())
    check_approval(proposal.statement, approval, desk.approvers, known.recipients(proposal.parts))
    return approval


def keep(source: Source, proposal: Proposal, approval: Approval, file: Path | None = None) -> Path:
    """Write the approval beside the candidate, or to `file`."""
    target = file or approval_file(source.stem, approval.approver)
    write_approval(target, proposal.statement, approval)
    return target


def gather(source: Source, files: Sequence[Path]) -> list[Approval]:
    """The approvals in these files, or else those beside the candidate. Raises Refused(APPROVAL_INVALID)."""
    approvals = [read_approval(file) for file in files or find_approvals(source.stem)]
    if any(approval.signed_at_ms > _now_ms() + AHEAD_MS for approval in approvals):
        raise Refused(Code.APPROVAL_INVALID, "signed_at", "in the future")
    return approvals


def carry_out(
    settings: Settings, desk: ControlDesk, proposal: Proposal, approvals: Sequence[Approval], progress: Progress
) -> Published:
    """Give the new feeds their topics, schemas and permissions, then put the set in force.

    Raises Refused where it is not approved, before anything is changed; NotReady, Misconfigured. A crash before the manifest
    leaves the old set in force, and feeds in which nothing stands.
    """
    read_rule_sets(desk).check(proposal.published(approvals, {}, _now_ms()))
    provision_feeds(settings, proposal.rules, progress)
    return publish(desk, proposal, approvals, _now_ms())


def _report(known: RuleSets, kind: Kind, parts: Parts, file: Path | None) -> Report:
    if file is not None:
        try:
            return read_report(file.read_bytes())
        except OSError:
            raise Refused(Code.REPORT_NOT_OF_SET, file.name, "can't be read") from None
    if known.current is None:
        return report_of(first_report(hash_parts(parts)))
    if kind == "ROLLBACK" and known.needed_for(kind, parts) == 1:
        return report_of(narrower_report(known.current.sha256, hash_parts(parts)))
    raise Refused(Code.REPORT_NOT_OF_SET, "--report", "what may share more is rehearsed first")


def _now_ms() -> int:
    return int(time.time() * 1000)
