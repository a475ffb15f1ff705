"""The hub's signing key: one Ed25519 key in a file, mode 0600, beside the master key, made at the first provisioning.

It signs the manifests of a day. Its loss makes the manifests of another key, which agencies must pin anew; its disclosure lets
somebody else who can write to an agency's manifest topic sign for the hub. Keep a copy offline.
"""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from schemas.codes import Code
from schemas.errors import Misconfigured


def signing_key_file(home: Path) -> Path:
    """Where the key is kept."""
    return home / "keys" / "hub-signing.pem"


def make_signing_key(home: Path) -> bool:
    """Make the key if there is none; True if it was made. An existing key is never written over.

    A crash before it is whole leaves nothing under its name.
    """
    path = signing_key_file(home)
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    half = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(made)
        os.link(half, path)  # another process may have made it meanwhile: then its key stays
    except FileExistsError:
        return False
    except OSError:
        raise Misconfigured(Code.SIGNING_KEY, "keys/hub-signing.pem") from None
    finally:
        half.unlink(missing_ok=True)
    return True


def read_signing_key(home: Path) -> Ed25519PrivateKey:
    """The key. Raises Misconfigured(SIGNING_KEY)."""
    try:
        key = load_pem_private_key(signing_key_file(home).read_bytes(), None)
    except (OSError, ValueError, TypeError):
        raise Misconfigured(Code.SIGNING_KEY, "keys/hub-signing.pem") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise Misconfigured(Code.SIGNING_KEY, "keys/hub-signing.pem", "not of Ed25519")
    return key
