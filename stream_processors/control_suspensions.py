"""Suspensions as they stand on control: the last word on each subject holds. Pure.

Subjects: `agency/<id>` (all of its feeds), `feed/<agency>.<feed>`, `force/<id>` (its part of every agreement).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from schemas.codes import Code
from schemas.errors import Refused
from schemas.records import Record, decode

log = structlog.get_logger()

SUSPENSION = "uk.pointduty.hub.Suspension"
"""Full name of a suspension's record."""

SUSPENDED, RESUMED = "SUSPENDED", "RESUMED"
"""States. Whatever is not RESUMED is suspended."""

_KEY = b"suspension/"


def suspension_key(subject: str) -> str:
    """The key on control under which the last word on this subject stands."""
    return f"{_KEY.decode()}{subject}"


def is_suspension(key: bytes | None) -> bool:
    """Whether a message on control with this key is a word on a subject, readable or not."""
    return key is not None and key.startswith(_KEY)


@dataclass
class Suspensions:
    """The last word on each subject."""

    said: dict[str, Record] = field(default_factory=dict)

    def take(self, key: bytes, name: str | None, body: bytes) -> None:
        """One message with a suspension's key. One that can't be read suspends its subject: unknown never permits."""
        subject = key.removeprefix(_KEY).decode(errors="replace")
        try:
            found = decode(SUSPENSION, body) if name == SUSPENSION else None
        except Refused:
            found = None
        if found is None or found["subject"] != subject:
            log.error("a suspension can't be read", code=str(Code.SUSPENSION_UNREADABLE), subject=subject, alert=True)
            before = self.said.get(subject, {"cut": []})
            found = {"subject": subject, "state": SUSPENDED, "by": "", "reason": "unreadable", "cut": before["cut"]}
            found["at"] = datetime.fromtimestamp(0, UTC)
        self.said[subject] = found

    @property
    def standing(self) -> frozenset[str]:
        """The subjects that are suspended now."""
        return frozenset(subject for subject, word in self.said.items() if word["state"] != RESUMED)


def join_cuts(cuts: Iterable[Record]) -> list[Record]:
    """The same sequence numbers in as few ranges as there are, ordered by feed, lane and number."""
    joined: list[Record] = []
    for cut in sorted(cuts, key=lambda each: (each["feed"], each["lane"], each["first"])):
        last = joined[-1] if joined else None
        if last and (last["feed"], last["lane"]) == (cut["feed"], cut["lane"]) and cut["first"] <= last["last"] + 1:
            joined[-1] = last | {"last": max(last["last"], cut["last"])}
        else:
            joined.append(dict(cut))
    return joined
