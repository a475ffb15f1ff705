"""The manifest of a day: what one feed was sent, for an agency to check its own store. Both sides make it of the same lines.

A day is one of UTC, by the time at which the ledger took the disclosure. An agency needs no clock for it: the manifest names
the first and the last number of each lane, and whatever the agency has between them is what it says.
"""

import hashlib
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from schemas.codes import Code
from schemas.errors import Refused
from schemas.records import Record

DAY_MANIFEST = "uk.pointduty.feed.DayManifest"
"""Full name of a manifest. Key: `<agency>.<feed>/<day>`; of two for one day the later one counts."""

RECALL_FEED = "recall"
"""In the place of a feed's name: what went by recall. Such deliveries have lane 0 and number 0."""

_DOMAIN = "pointduty/day-manifest/1"
"""Before what is signed: no other signature of this key is one under a manifest."""


class Delivered(NamedTuple):
    """One delivery: what a line of the digest says. Sorts by lane and number."""

    lane: int
    sequence: int
    delivery_id: str
    action: str
    """SHARE, UPDATE, WITHDRAW, VOID or TEST; a HEARTBEAT is none."""


def digest_of(deliveries: Iterable[Delivered]) -> str:
    """SHA-256, hex, over a line for each, sorted: the same from both sides, in whatever order they were kept."""
    lines = (f"{each.lane} {each.sequence} {each.delivery_id} {each.action}\n" for each in sorted(set(deliveries)))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def make_manifest(feed: str, day: str, deliveries: Iterable[Delivered], made_at_ms: int) -> Record:
    """The manifest of one feed and day (ISO 8601), not signed yet. `made_at_ms`: UTC milliseconds."""
    every = sorted(set(deliveries))
    lanes: dict[int, list[int]] = {}
    by_recall = feed.endswith(f".{RECALL_FEED}")
    for each in () if by_recall else every:
        lanes.setdefault(each.lane, []).append(each.sequence)
    return {
        "feed": feed,
        "day": day,
        "lanes": [{"lane": n, "first": min(of), "last": max(of), "count": len(of)} for n, of in sorted(lanes.items())],
        "counts": dict(sorted(Counter(each.action for each in every).items())),
        "recalls": [each.delivery_id for each in every] if by_recall else [],
        "digest": digest_of(every),
        "made_at": made_at_ms,
        "key_id": "",
        "signature": "",
    }


def signed_text(manifest: Record) -> bytes:
    """What is signed: a line for each field, so that it can be made in any language. Numbers are decimal."""
    lines = [_DOMAIN, f"feed {manifest['feed']}", f"day {manifest['day']}"]
    lines += [f"lane {each['lane']} {each['first']} {each['last']} {each['count']}" for each in manifest["lanes"]]
    lines += [f"count {action} {count}" for action, count in sorted(manifest["counts"].items())]
    lines += [f"recall {name}" for name in manifest["recalls"]]
    lines += [f"digest {manifest['digest']}", f"made {_ms(manifest['made_at'])}", f"key {manifest['key_id']}"]
    return ("\n".join(lines) + "\n").encode()


def key_id_of(key: Ed25519PublicKey) -> str:
    """A short name of a public key: the start of its hash."""
    return hashlib.sha256(_raw(key)).hexdigest()[:16]


def public_text(key: Ed25519PublicKey) -> str:
    """A public key as an agency pins it: 32 bytes in base64."""
    return b64encode(_raw(key)).decode()


def sign_manifest(manifest: Record, key: Ed25519PrivateKey) -> Record:
    """The manifest with its signature."""
    named = manifest | {"key_id": key_id_of(key.public_key())}
    return named | {"signature": b64encode(key.sign(signed_text(named))).decode()}


def check_manifest(manifest: Record, pinned: str) -> None:
    """Raises Refused(MANIFEST_INVALID) where the pinned key (32 bytes in base64) has not signed just this."""
    try:
        key = Ed25519PublicKey.from_public_bytes(b64decode(pinned, validate=True))
        key.verify(b64decode(manifest["signature"], validate=True), signed_text(manifest))
    except (NotBase64, ValueError, InvalidSignature):
        raise Refused(Code.MANIFEST_INVALID, "signature") from None


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _ms(at: datetime | int) -> int:
    return at if isinstance(at, int) else round(at.astimezone(UTC).timestamp() * 1000)
