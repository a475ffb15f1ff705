"""Who may approve: the pinned list. Pure: each process that checks reads its own file, and nothing of it comes from control.

A key is 32 bytes of Ed25519 (RFC 8032). No name and no key stands twice: two approvals are two persons only because of that.
"""

import json
import unicodedata
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from schemas.codes import Code
from schemas.errors import Misconfigured

Power = Literal["approve", "emergency", "review"]
"""approve: rule sets. emergency: grant sharing in an emergency. review: look at such a grant afterwards."""

KEY_BYTES = 32
"""Length of an Ed25519 public key."""


def same_words(text: str) -> str:
    """One spelling of a name: case, width, accents' form, punctuation and spaces make no other person or organisation."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join("".join(sign if sign.isalnum() else " " for sign in folded).split())


class Approver(BaseModel):
    """One person who may approve."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=80)
    organisation: str = Field(min_length=1, max_length=120)
    public_key: str
    """32 bytes in base64."""
    powers: tuple[Power, ...] = Field(min_length=1)
    until_number: int | None = Field(default=None, ge=0)
    """Retired: the last rule set that this signature counts for. Numbers rise, so what stands stays approved and a key that
    is stolen later approves nothing. A retired approver grants and reviews nothing."""
    demonstration: bool = False
    """Made by `provision` on a hub of this machine: the key lies beside the hub, and two persons there are none."""

    @field_validator("name", "organisation")
    @classmethod
    def _printable(cls, text: str) -> str:
        if not text.isprintable() or text != text.strip() or not same_words(text):
            raise ValueError("expected words on one line")
        return text

    @field_validator("public_key")
    @classmethod
    def _is_key(cls, text: str) -> str:
        try:
            raw = b64decode(text, validate=True)
        except (NotBase64, ValueError):
            raise ValueError("expected base64") from None
        if len(raw) != KEY_BYTES:
            raise ValueError(f"expected {KEY_BYTES} bytes")
        Ed25519PublicKey.from_public_bytes(raw)
        return text

    @property
    def key(self) -> bytes:
        """The public key's bytes."""
        return b64decode(self.public_key)

    def may(self, power: Power, number: int | None = None) -> bool:
        """Whether this approver has a power; `number`: of the rule set that is signed. Without one: now."""
        is_there = self.until_number is None or (number is not None and number <= self.until_number)
        return power in self.powers and is_there

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature under `message` is this approver's."""
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Approvers:
    """The pinned approvers. Of two names or keys there is never one twice."""

    all: tuple[Approver, ...]

    def find(self, name: str) -> Approver | None:
        """The approver with exactly this name."""
        return next((each for each in self.all if each.name == name), None)

    def of_key(self, key: bytes) -> Approver | None:
        """The approver with this public key."""
        return next((each for each in self.all if each.key == key), None)


NOBODY = Approvers(())
"""Under it nothing is approved."""


def make_approvers(given: Iterable[Approver]) -> Approvers:
    """Raises Misconfigured(APPROVERS_INVALID) where a name or a key stands twice."""
    listed = tuple(given)
    for what, seen in (("name", [same_words(a.name) for a in listed]), ("public_key", [a.key.hex() for a in listed])):
        twice = [number for number, value in enumerate(seen) if value in seen[:number]]
        if twice:
            raise Misconfigured(Code.APPROVERS_INVALID, f"approvers.{twice[0]}.{what}", "stands twice")
    return Approvers(listed)


def parse_approvers(content: bytes) -> Approvers:
    """The pinned list from its file. Raises Misconfigured(APPROVERS_INVALID) that names the entry: one that does not load
    makes nobody an approver, because who was left out is not known."""
    try:
        whole = json.loads(content)
        entries = whole["approvers"] if set(whole) == {"approvers"} else None
        if not isinstance(entries, list):
            raise Misconfigured(Code.APPROVERS_INVALID, "approvers")
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Misconfigured(Code.APPROVERS_INVALID, "approvers", "not JSON of the documented form") from None
    return make_approvers(parse_approver(entry, f"approvers.{number}") for number, entry in enumerate(entries))


def parse_approver(entry: object, place: str) -> Approver:
    """One entry. Raises Misconfigured(APPROVERS_INVALID) with the keys at fault, never a value."""
    try:
        return Approver.model_validate(entry)
    except ValidationError as error:
        keys = sorted({".".join([place, *map(str, found["loc"])]) for found in error.errors(include_input=False)})
        raise Misconfigured(Code.APPROVERS_INVALID, ", ".join(keys)) from None


def write_approver(approver: Approver) -> bytes:
    """One entry as a file, to be pinned elsewhere."""
    return (json.dumps(approver.model_dump(exclude_defaults=True), indent=2, ensure_ascii=False) + "\n").encode()


def write_approvers(approvers: Approvers) -> bytes:
    """The file of a list."""
    entries = [each.model_dump(exclude_defaults=True) for each in approvers.all]
    return (json.dumps({"approvers": entries}, indent=2, ensure_ascii=False) + "\n").encode()
