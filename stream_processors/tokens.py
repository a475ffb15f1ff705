"""Keyed tokens: whatever must not be joined or guessed is an HMAC under a key of its own (RFC 2104, SHA-256).

Keys are derived from one master key by label, so that losing one feed's key tells nothing of another's. The master key
comes from a provider (a file by default), never from the rules.
"""

import hmac
from functools import lru_cache

_CHARACTERS = 32
"""Hex digits of a token: 128 bits."""

MASTER_KEY_BYTES = 32
"""Length of the master key."""


class Tokens:
    """Makes the tokens of one hub."""

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) < MASTER_KEY_BYTES:
            raise ValueError(f"expected a master key of {MASTER_KEY_BYTES} bytes or more")
        self._key = lru_cache(maxsize=4096)(lambda label: hmac.digest(master_key, label.encode(), "sha256"))

    def record_at(self, bound: str, record_id: str, generation: int) -> str:
        """The record's token in one bound agreement's feed; a new generation, after a withdrawal, has a new one."""
        return self._token(f"record/{bound}", f"{generation}\0{record_id}")

    def delivery(self, bound: str, event_id: str, cause: str) -> str:
        """The delivery's id: the same event for the same cause has the same."""
        return self._token(f"delivery/{bound}", f"{cause}\0{event_id}")

    def pseudonym(self, bound: str, field: str, value: str) -> str:
        """A pseudonym of an identifier, under the key of one bound agreement."""
        return self._token(f"pseudonym/{bound}/{field}", " ".join(value.split()).upper())

    def projection(self, bound: str, content: bytes) -> str:
        """Fingerprint of what was sent: keyed, because what is sent can be guessed."""
        return hmac.digest(self._key(f"projection/{bound}"), content, "sha256").hex()[:_CHARACTERS]

    def ledger_record(self, record_id: str) -> str:
        """The record's token in the ledger."""
        return self._token("ledger/record", record_id)

    def target(self, kind: str, value: str) -> str:
        """An identifier as emergency grants name it, in its national spelling."""
        return self._token(f"emergency/{kind}", value)

    def ledger_salt(self, position: str) -> str:
        """The salt of a ledger entry: derived, so that the same entry comes again after a crash."""
        return self._token("ledger/salt", position)

    def _token(self, label: str, text: str) -> str:
        return hmac.digest(self._key(label), text.encode(), "sha256").hex()[:_CHARACTERS]
