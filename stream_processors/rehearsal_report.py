"""The rehearsal report as approvers sign it: the head that every report has, and the hash over the whole. Pure.

Whoever writes a report may put more below the head; the hash is over all of it. Two reports stand for themselves, with no
rehearsal: FIRST, where there is no set to compare with, and NARROWER, a rollback that only takes away.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.codes import Code
from schemas.errors import Refused

Hash = str
_HASH = r"^[0-9a-f]{64}$"
_LARGEST = 2**53
"""Beyond it JSON readers differ on whole numbers."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Window(_Strict):
    """Which records were looked at: those recorded between these moments (UTC milliseconds), and where they came from."""

    since_ms: int = Field(ge=0)
    until_ms: int = Field(ge=0)
    source: Literal["kafka", "file"]

    @model_validator(mode="after")
    def _in_order(self) -> "Window":
        if self.until_ms < self.since_ms:
            raise ValueError("expected since_ms not after until_ms")
        return self


class Counts(_Strict):
    """Over all records looked at and all bound agreements of both sets."""

    records: int = Field(ge=0)
    newly_shared: int = Field(ge=0)
    """Record and feed: would be shared, and is not now."""
    no_longer_shared: int = Field(ge=0)
    changed: int = Field(ge=0)
    """Shared before and after, with other fields or obligations."""


class ReportHead(BaseModel):
    """What every report says first; more may follow, and is hashed with it."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    schema_version: Literal[1]
    kind: Literal["REHEARSAL", "FIRST", "NARROWER"]
    old_rule_set: str = Field(pattern=rf"{_HASH}|^$")
    """Hash of the set in force; empty with FIRST alone."""
    new_rule_set: Hash = Field(pattern=_HASH)
    window: Window | None
    """None where nothing was rehearsed."""
    counts: Counts

    @model_validator(mode="after")
    def _fits_its_kind(self) -> "ReportHead":
        if (self.kind == "FIRST") != (self.old_rule_set == ""):
            raise ValueError("expected old_rule_set, but with FIRST")
        if (self.kind == "REHEARSAL") != (self.window is not None):
            raise ValueError("expected a window with REHEARSAL, and only with it")
        if self.kind != "REHEARSAL" and any(self.counts.model_dump().values()):
            raise ValueError("expected no counts where nothing was rehearsed")
        return self


class Report(BaseModel):
    """A report that was read: its head, and the hash over the whole of it."""

    model_config = ConfigDict(frozen=True)

    head: ReportHead
    sha256: str


def read_report(content: bytes) -> Report:
    """Raises Refused(REPORT_NOT_OF_SET) where it is no report, or says a key twice (two readers would see two reports)."""
    try:
        return report_of(json.loads(content, object_pairs_hook=_once, parse_constant=_no_constant))
    except (ValueError, TypeError, RecursionError) as error:
        loc = error.errors(include_input=False)[0]["loc"] if isinstance(error, ValidationError) else ()
        raise Refused(Code.REPORT_NOT_OF_SET, ".".join(["report", *map(str, loc)])) from None


def report_of(whole: dict[str, Any]) -> Report:
    """A report that was made here. Raises ValueError where it is none."""
    return Report(head=ReportHead.model_validate(whole), sha256=report_hash(whole))


def report_hash(report: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical JSON of a report: sorted keys, no spaces, UTF-8, whole numbers. Raises ValueError for what
    has more than one spelling: a fraction (give thousandths, or text), a number beyond 2**53; TypeError for another key."""
    _check(report)
    text = json.dumps(report, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def first_report(new_rule_set: str) -> dict[str, Any]:
    """The report of a first set: there is nothing to compare. The same for whoever makes it."""
    return _bare("FIRST", "", new_rule_set)


def narrower_report(old_rule_set: str, new_rule_set: str) -> dict[str, Any]:
    """The report of a rollback that was proved to take away only. The same for whoever makes it."""
    return _bare("NARROWER", old_rule_set, new_rule_set)


def _bare(kind: str, old: str, new: str) -> dict[str, Any]:
    counts = dict.fromkeys(Counts.model_fields, 0)
    return {
        "schema_version": 1, "kind": kind, "old_rule_set": old, "new_rule_set": new, "window": None, "counts": counts,
    }  # fmt: skip


def _check(value: object) -> None:
    if isinstance(value, Mapping):
        for key, below in value.items():
            if not isinstance(key, str):
                raise TypeError("expected text as key")
            _check(below)
    elif isinstance(value, list | tuple):
        for below in value:
            _check(below)
    elif isinstance(value, int) and abs(value) > _LARGEST:
        raise ValueError("expected a number that every reader reads alike")
    elif not (value is None or isinstance(value, str | int)):
        raise ValueError("expected text, whole numbers, lists and objects")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _no_constant(_: str) -> None:
    raise ValueError("expected a number")
