"""An approval as a file beside its candidate: what was signed, by whom, and the signature. It is no secret."""

import re
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from deploy.cluster import write_private
from schemas.codes import Code
from schemas.errors import Refused
from stream_processors.approvals import Approval, Kind, Statement


class ApprovalFile(BaseModel):
    """The file. What was signed stands in it for people; a program takes it from the candidate, never from here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    approval: Literal[1] = 1
    """Version of this form."""
    hub: str
    kind: Kind
    number: int
    replaces: str
    rule_set: str
    report_sha256: str
    rendering_sha256: str
    approver: str
    organisation: str
    signed_at_ms: int
    signature: str
    """Base64."""

    @field_validator("signature")
    @classmethod
    def _is_base64(cls, text: str) -> str:
        b64decode(text, validate=True)
        return text


def approval_file(stem: Path, approver: str) -> Path:
    """Where the approval of this approver goes: beside the candidate."""
    slug = re.sub(r"[^a-z0-9]+", "-", approver.lower()).strip("-") or "approver"
    return stem.with_name(f"{stem.name}.approval.{slug}.json")


def find_approvals(stem: Path) -> list[Path]:
    """The approvals beside a candidate."""
    head = f"{stem.name}.approval."
    return sorted(file for file in stem.parent.glob("*.json") if file.name.startswith(head))


def write_approval(file: Path, statement: Statement, approval: Approval) -> None:
    """Write it whole, over an earlier one of the same approver."""
    whole = ApprovalFile(
        **{name: getattr(statement, name) for name in Statement.__dataclass_fields__},
        approver=approval.approver,
        organisation=approval.organisation,
        signed_at_ms=approval.signed_at_ms,
        signature=b64encode(approval.signature).decode(),
    )
    write_private(file, whole.model_dump_json(indent=2) + "\n")


def read_approval(file: Path) -> Approval:
    """Raises Refused(APPROVAL_INVALID) where the file is none. Whether it holds is for others to say."""
    try:
        read = ApprovalFile.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        raise Refused(Code.APPROVAL_INVALID, file.name, "not an approval") from None
    return Approval(read.approver, read.organisation, read.signed_at_ms, b64decode(read.signature))
