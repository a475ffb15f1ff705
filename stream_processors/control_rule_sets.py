"""Rule sets as they come by control: taken only when complete, newer, and approved by pinned approvers. Pure.

Whoever may write to control can put anything there; it is this module, in each disseminator, that decides what is in force. A
manifest that is not as it should be changes nothing: the set in force stays, and an alert tells the code.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from schemas.codes import Code
from schemas.errors import Refused
from schemas.records import Record, decode
from stream_processors.approvals import (
    NEEDED,
    Approval,
    Statement,
    approvals_of,
    check_approvals,
    recipients_of,
    statement_of,
)
from stream_processors.approvers import NOBODY, Approvers
from stream_processors.narrowing import find_later_ends, find_wider
from stream_processors.rule_set import Parts, hash_parts

PART = "uk.pointduty.hub.RuleSetPart"
"""Full name of a part's record."""

MANIFEST = "uk.pointduty.hub.RuleSetManifest"
"""Full name of the manifest's record."""

RENDERING = "rendering.txt"
"""The part that the approvers read. It is none of the rule set's own: no rule hangs on it, but it must be there."""


@dataclass(frozen=True)
class Published:
    """A complete, approved rule set as it stands on control."""

    number: int
    parts: Parts
    feed_schema_ids: Mapping[str, int]
    statement: Statement | None = None
    """What was approved."""
    approvals: tuple[Approval, ...] = ()
    published_at_ms: int = 0
    rendering: bytes = b""
    """What the approvers read."""

    @property
    def sha256(self) -> str:
        """The rule set's hash."""
        return hash_parts(self.parts)


@dataclass
class RuleSets:
    """What has been read of rule sets so far: the one in force, and all that were."""

    approvers: Approvers = NOBODY
    hub: str = "control"
    """Full name of the control topic."""
    contents: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    """Parts by `name NUL hash`."""
    history: dict[int, Published] = field(default_factory=dict)
    """Every set that was in force, by number."""
    current: Published | None = None
    highest_seen: int = 0
    """Of any manifest, taken or not."""
    floor: int = 0
    """What a publisher knows to have been in force on its machine, whether or not control still has it."""

    def take_part(self, body: bytes) -> None:
        """A part under another hash than its own is none. Raises Refused."""
        part = decode(PART, body)
        if hashlib.sha256(part["content"]).hexdigest() == part["sha256"]:
            self.contents[f"{part['name']}\0{part['sha256']}"] = (part["name"], part["content"])

    def take_manifest(self, body: bytes) -> None:
        """Put a set in force, or leave all as it is. Raises Refused that says why it was not taken."""
        manifest = decode(MANIFEST, body)
        self.highest_seen = max(self.highest_seen, manifest["number"])
        if self.current is not None and manifest["number"] <= self.current.number:
            return  # an earlier one, read again
        found = self._complete(manifest)
        self.check(found)
        self.history[found.number] = self.current = found

    def check(self, new: Published) -> None:
        """Whether this set may follow the one in force. The publisher asks the same. Raises Refused: RULES_BROKEN,
        OTHER_SET_IN_FORCE, EXPIRY_PUT_OFF, SHARES_MORE, NOT_APPROVED, APPROVAL_INVALID, APPROVER_IS_RECIPIENT."""
        said, current = new.statement, self.current
        if said is None or said.kind not in ("PUBLISH", "ROLLBACK") or said.number != new.number or new.number < 1:
            raise Refused(Code.RULES_BROKEN, "manifest")
        if current is not None and (said.replaces != current.sha256 or said.number <= current.number):
            raise Refused(Code.OTHER_SET_IN_FORCE, "replaces")
        check_approvals(said, new.approvals, self.approvers, self.recipients(new.parts), needed=self._needed(new))

    def needed_for(self, kind: str, parts: Parts) -> int:
        """How many approvals a set needs: two, and one for a rollback that was proved to take away only."""
        is_narrower = kind == "ROLLBACK" and self.current is not None and not find_wider(self.current.parts, parts)
        return 1 if is_narrower else NEEDED

    def recipients(self, parts: Parts) -> frozenset[str]:
        """Whose people may not approve: everybody in the new set or the one in force, for who would stop receiving is not
        impartial either. Raises Refused(RULES_BROKEN)."""
        return recipients_of(parts) | (recipients_of(self.current.parts) if self.current else frozenset())

    def _needed(self, new: Published) -> int:
        if new.statement is None or new.statement.kind != "ROLLBACK":
            return NEEDED
        if new.sha256 not in {each.sha256 for each in self.history.values()}:
            raise Refused(Code.OTHER_SET_IN_FORCE, "rule_set")  # nothing to go back to: it never was in force here
        if self.current is not None and find_later_ends(self.current.parts, new.parts):
            raise Refused(Code.EXPIRY_PUT_OFF, "valid_until")
        needed = self.needed_for("ROLLBACK", new.parts)
        if needed > 1 and len({each.approver for each in new.approvals}) == 1:
            raise Refused(Code.SHARES_MORE, "approvals")
        return needed

    def _complete(self, manifest: Record) -> Published:
        keys = [*manifest["parts"], part_key(RENDERING, manifest["rendering_sha256"])]
        missing = [key for key in keys if key not in self.contents]
        parts = dict(self._named(manifest["parts"]))
        if missing or len(parts) != len(manifest["parts"]) or hash_parts(parts) != manifest["rule_set"]:
            raise Refused(Code.RULES_BROKEN, "parts")
        return Published(
            manifest["number"],
            parts,
            dict(manifest["feed_schema_ids"]),
            statement_of(self.hub, manifest),
            approvals_of(manifest),
            round(manifest["published_at"].timestamp() * 1000),
            self.contents[keys[-1]][1],
        )

    def _named(self, keys: list[str]) -> Iterator[tuple[str, bytes]]:
        return (self.contents[key] for key in keys if key in self.contents)


def part_key(name: str, sha256: str) -> str:
    """How a manifest names a part."""
    return f"{name}\0{sha256}"
