"""The hub's master key: one file, mode 0600, made at the first provisioning. All tokens and pseudonyms are derived from it.

Its loss makes every record new to every agency (tokens change); its disclosure lets feeds be joined. Keep a copy offline.
"""

import os
from collections.abc import Callable
from pathlib import Path

from schemas.codes import Code
from schemas.errors import Misconfigured
from stream_processors.tokens import MASTER_KEY_BYTES


def key_file(home: Path) -> Path:
    """Where the master key is kept."""
    return home / "keys" / "hub.key"


def make_master_key(home: Path, random: Callable[[int], bytes] = os.urandom) -> bool:
    """Make the key if there is none; True if it was made. An existing key is never written over."""
    path = key_file(home)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w") as file:
        file.write(random(MASTER_KEY_BYTES).hex())
    return True


def read_master_key(home: Path) -> bytes:
    """The master key. Raises Misconfigured(NO_SECRET)."""
    try:
        return bytes.fromhex(key_file(home).read_text())
    except (OSError, ValueError):
        raise Misconfigured(Code.NO_SECRET, field="keys/hub.key") from None
