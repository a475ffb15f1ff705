"""Consultations: who looked at what the hub knows of a record, and when. Pure.

An entry names records by token alone. A question by a reference that names no record is logged like any other, under a token of
the reference: what is logged must not tell an agency's questions apart.
"""

import hashlib
from collections.abc import Sequence

from schemas.records import Record
from stream_processors.tokens import Tokens

CONSULTATION = "uk.pointduty.hub.Consultation"
"""Full name of the record."""

EXPLAIN, EXAMPLES = "EXPLAIN", "REHEARSAL_EXAMPLES"
"""What was looked at."""


def consultation(
    what: str, reader: str, by: str, record_tokens: Sequence[str], now_ms: int, report: str = "", nonce: bytes = b""
) -> Record:
    """The entry. `nonce` keeps two looks in one millisecond apart."""
    whole = "\0".join([what, reader, by, str(now_ms), report, *record_tokens]).encode() + nonce
    return {
        "consultation_id": hashlib.sha256(whole).hexdigest()[:32],
        "at": now_ms,
        "by": by,
        "reader": reader,
        "what": what,
        "report": report,
        "record_tokens": list(record_tokens),
    }


def reference_token(tokens: Tokens, reference: str) -> str:
    """The token of a reference that an agency asked for, whatever it names."""
    return tokens.ledger_record(f"reference\0{reference}")
