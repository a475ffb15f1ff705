"""An approver's key pair: the private key as a PEM file of this person alone, the public one to be pinned by others."""

import os
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from schemas.codes import Code
from schemas.errors import Misconfigured
from stream_processors.approvers import Approver, Approvers


def new_approver(
    given: Mapping[str, object],
    key_file: Path,
    passphrase: bytes | None = None,
) -> Approver:
    """Make a key pair for what is `given` of an approver: the private key to `key_file` (PKCS 8 PEM, mode 0600), the public
    one in what is returned.

    Raises Misconfigured(APPROVER_KEY) where the file exists: a key is never written over. A crash before it is whole leaves
    a file that can't be read as a key, and nothing that is pinned.
    """
    key = Ed25519PrivateKey.generate()
    lock = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    _write_new(key_file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock))
    return Approver.model_validate({**given, "public_key": b64encode(_public(key)).decode()})


def read_key(key_file: Path, passphrase: bytes | None = None) -> Ed25519PrivateKey:
    """The private key. Raises Misconfigured(APPROVER_KEY): no file, no such key, another passphrase."""
    try:
        key = load_pem_private_key(key_file.read_bytes(), passphrase)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        raise Misconfigured(Code.APPROVER_KEY, key_file.name) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise Misconfigured(Code.APPROVER_KEY, key_file.name, "not of Ed25519")
    return key


def needs_passphrase(key_file: Path) -> bool:
    """Whether the key is locked. False also where it can't be read: reading it says why."""
    try:
        return b"ENCRYPTED" in key_file.read_bytes()
    except OSError:
        return False


def owner_of(key: Ed25519PrivateKey, approvers: Approvers) -> Approver:
    """The pinned approver whose key it is. Raises Misconfigured(APPROVER_KEY)."""
    found = approvers.of_key(_public(key))
    if found is None:
        raise Misconfigured(Code.APPROVER_KEY, "key", "its public key is not pinned here")
    return found


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _write_new(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError:
        raise Misconfigured(Code.APPROVER_KEY, file.name, "the file exists, or can't be written") from None
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
