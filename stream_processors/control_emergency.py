"""Emergency grants on control: what was granted, reviewed and ended, and what of it holds. Pure.

A grant, its review and its end are records of their own under `emergency/<id>`, `.../review` and `.../end`: none is ever
rewritten, so none can undo another. An end that can't be read is an end; a grant or review that can't be read is none.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

from schemas.codes import Code
from schemas.errors import Refused
from schemas.records import Record, decode
from stream_processors.approvers import NOBODY, Approver, Approvers, Power

GRANT = "uk.pointduty.hub.EmergencyGrant"
"""Full name of a grant's record."""

REVIEW = "uk.pointduty.hub.EmergencyReview"
"""Full name of a review's record."""

END = "uk.pointduty.hub.EmergencyEnd"
"""Full name of an end's record."""

UPHELD, REFUSED = "UPHELD", "REFUSED"
"""Verdicts of a review. Whatever is not UPHELD ends the grant."""

HOURS_AT_MOST, REVIEW_HOURS = 72, 24
"""The national bounds; a rule set may be stricter."""

HOUR_MS = 3_600_000

_KEY = b"emergency/"
_DOMAIN = b"pointduty/emergency/1\n"
"""Before what is signed: no other signature of these keys, in whatever use, is one under a grant or a review."""


def is_emergency(key: bytes | None) -> bool:
    """Whether a message on control with this key is about a grant."""
    return key is not None and key.startswith(_KEY)


def grant_key(grant: str, part: str = "") -> str:
    """The key on control of a grant, its `review` or its `end`."""
    return f"{_KEY.decode()}{grant}" + (f"/{part}" if part else "")


def signed_bytes(hub: str, name: str, record: Record) -> bytes:
    """The canonical bytes under a grant's or a review's signature: JSON with sorted keys. `hub` is the full name of the
    control topic: a grant for one hub is none for its neighbour."""
    whole = {key: _plain(value) for key, value in record.items() if key != "signature"}
    return _DOMAIN + json.dumps({"hub": hub, "record": name, **whole}, sort_keys=True, separators=(",", ":")).encode()


def _plain(value: object) -> object:
    return milliseconds(value) if isinstance(value, datetime) else value


def milliseconds(at: datetime) -> int:
    """UTC milliseconds."""
    return round(at.astimezone(UTC).timestamp() * 1000)


@dataclass
class EmergenciesRead:
    """What stands on control about grants, and who may grant and review."""

    approvers: Approvers = NOBODY
    hub: str = ""
    grants: dict[str, Record] = field(default_factory=dict)
    reviews: dict[str, Record] = field(default_factory=dict)
    ends: dict[str, int] = field(default_factory=dict)
    """Grant to the UTC milliseconds at which it was ended; 0 where that can't be read."""

    def take(self, key: bytes, name: str | None, body: bytes) -> None:
        """One message with a grant's key. The first valid grant and review under an id stay; an end always
        counts. Raises Refused: it is no grant, or no review."""
        _, _, rest = key.decode(errors="replace").partition("/")
        grant, _, part = rest.partition("/")
        if part == "end":
            self.ends.setdefault(grant, _end_at(name, body))
        elif part == "review":
            self._take_review(grant, name, body)
        elif not part:
            self._take_grant(grant, name, body)

    def _take_grant(self, grant: str, name: str | None, body: bytes) -> None:
        record = _decoded(GRANT, name, body)
        if record["id"] != grant:
            raise Refused(Code.GRANT_INVALID, "id")
        check_grant(record, self.hub, self.approvers)
        self.grants.setdefault(grant, record)

    def _take_review(self, grant: str, name: str | None, body: bytes) -> None:
        record = _decoded(REVIEW, name, body)
        if record["grant"] != grant or grant not in self.grants:  # a grant stands before its review, or there is none
            raise Refused(Code.GRANT_INVALID, "grant")
        check_review(record, self.grants[grant], self.hub, self.approvers)
        self.reviews.setdefault(grant, record)

    def ends_at(self, grant: str, review_hours: int = REVIEW_HOURS) -> int:
        """When a grant is over, UTC milliseconds: by its hours, or because nobody has reviewed it; 0 where it was ended or a
        review has refused it."""
        if grant in self.ends:
            return 0
        given, review = self.grants[grant], self.reviews.get(grant)
        if review is not None:
            return milliseconds(given["until"]) if review["verdict"] == UPHELD else 0
        return min(milliseconds(given["until"]), milliseconds(given["at"]) + review_hours * HOUR_MS)


def check_grant(record: Record, hub: str, approvers: Approvers) -> None:
    """Raises Refused (GRANT_INVALID) where it is not signed by one authorised person, or runs longer than it may."""
    _check_signature(record, GRANT, hub, approvers, "emergency")
    hours = (milliseconds(record["until"]) - milliseconds(record["at"])) / HOUR_MS
    if not 0 < hours <= HOURS_AT_MOST:
        raise Refused(Code.GRANT_INVALID, "until")
    if record["target"] not in ("RECORD", "PERSON", "PLACE") or not record["token"]:
        raise Refused(Code.GRANT_INVALID, "target")
    for name in ("reason", "urgency", "agency", "gateway", "fields"):
        if not record[name]:
            raise Refused(Code.GRANT_INVALID, name)


def check_review(record: Record, grant: Record, hub: str, approvers: Approvers) -> None:
    """Raises Refused (GRANT_INVALID) where it is not signed by a second person, within its time, who may review."""
    reviewer = _check_signature(record, REVIEW, hub, approvers, "review")
    granted = approvers.find(grant["approver"])
    if granted is None or reviewer.name == granted.name or reviewer.key == granted.key:
        raise Refused(Code.GRANT_INVALID, "approver")
    if milliseconds(record["at"]) > milliseconds(grant["at"]) + REVIEW_HOURS * HOUR_MS:
        raise Refused(Code.GRANT_INVALID, "at")


def _check_signature(record: Record, name: str, hub: str, approvers: Approvers, power: Power) -> Approver:
    found = approvers.find(record["approver"])
    if found is None or found.organisation != record["organisation"] or not found.may(power):
        raise Refused(Code.GRANT_INVALID, "approver")
    if not found.has_signed(signed_bytes(hub, name, record), record["signature"]):
        raise Refused(Code.GRANT_INVALID, "signature")
    return found


def _decoded(wanted: str, name: str | None, body: bytes) -> Record:
    if name != wanted:
        raise Refused(Code.GRANT_INVALID, "record")
    return decode(wanted, body)


def _end_at(name: str | None, body: bytes) -> int:
    try:
        return milliseconds(decode(END, body)["at"]) if name == END else 0
    except Refused:
        return 0
