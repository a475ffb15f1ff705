"""Faults of bytes: rows that are no rows, messages that are no messages. Pure."""

from random import Random

from deploy.nation.fault import DEAD, DOOR, OUTBOX, STOCK, Fault, always
from schemas.codes import Code
from schemas.wire import frame

_OUTBOX, _STOCK = frozenset((OUTBOX,)), frozenset((STOCK,))
LIMIT_BYTES = 1 << 20
"""The longest line, and the largest submission."""
_NEVER_GIVEN = 2_000_000_001
"""A schema id that no registry has given."""


def _between(chance: Random, first: int, last: int) -> int:
    return first + int(chance.random() * (last - first))


def _cut_row(line: bytes, chance: Random) -> bytes:
    """Broken off in the middle, but not in the middle of a letter: that would be another fault."""
    cut = _between(chance, len(line) // 4 + 1, len(line) - 1)
    while line[cut] & 0xC0 == 0x80:
        cut -= 1
    return line[:cut]


def _stray_quote(line: bytes, _chance: Random) -> bytes:
    return line.replace(b'":"', b'":""', 1)


def _latin_1(line: bytes, chance: Random) -> bytes:
    """A pound sign of Windows: a byte that can't stand alone in UTF-8, nor after any letter."""
    at = _between(chance, 1, len(line))
    return line[:at] + b"\xa3" + line[at:]


def _endless(line: bytes, _chance: Random) -> bytes:
    return line[:-2] + b"x" * LIMIT_BYTES


def _unknown_kind(line: bytes, chance: Random) -> bytes:
    return line.replace(b'"kind":"', b'"kind":"draft-' if chance.random() < 0.5 else b'"kind":"X', 1)


def _other_key(line: bytes, _chance: Random) -> bytes:
    return line.replace(b'"submission":', b'"record":', 1)


def _nothing(_schema: str, _body: bytes, _chance: Random) -> tuple[None, None]:
    return None, None


def _unframed(_schema: str, body: bytes, chance: Random) -> tuple[None, bytes]:
    """JSON in place of Avro, Avro without its frame, or a frame without its end."""
    return None, (b'{"not": "Avro"}', body, b"\0\0\0")[int(chance.random() * 3)]


def _unknown_schema(_schema: str, body: bytes, _chance: Random) -> tuple[None, bytes]:
    return None, frame(_NEVER_GIVEN, body)


def _cut_body(schema: str, body: bytes, chance: Random) -> tuple[str, bytes]:
    return schema, body[: _between(chance, 0, len(body))]


def _more_bytes(schema: str, body: bytes, chance: Random) -> tuple[str, bytes]:
    return schema, body + bytes(1 + int(chance.random() * 8))


def _other_schema(schema: str, body: bytes, _chance: Random) -> tuple[str, bytes]:
    return schema.replace(".submission.", ".standard."), body


def _too_large(_schema: str, _body: bytes, _chance: Random) -> tuple[None, bytes]:
    return None, bytes(LIMIT_BYTES + 1)  # of zeros, so that compressed it is small enough for the broker


LINES = (
    Fault("row-cut", Code.ROW_MALFORMED, DOOR, _OUTBOX, 30, line=_cut_row, applies=always),
    Fault("stray-quote", Code.ROW_MALFORMED, DOOR, _OUTBOX, 20, line=_stray_quote, applies=always),
    Fault("latin-1", Code.WRONG_ENCODING, DOOR, _OUTBOX, 30, line=_latin_1, applies=always),
    Fault("endless-line", Code.LINE_TOO_LONG, DOOR, _OUTBOX, 1, line=_endless, applies=always),
    Fault("unknown-kind", Code.NOT_A_SUBMISSION, DOOR, _OUTBOX, 10, line=_unknown_kind, applies=always),
    Fault("other-key", Code.NOT_A_SUBMISSION, DOOR, _OUTBOX, 10, line=_other_key, applies=always),
)
"""Of rows `{"kind":"...","submission":{...}}` as orjson writes them."""

BODIES = (
    Fault("no-value", Code.EMPTY_MESSAGE, DEAD, _STOCK, 20, body=_nothing),
    Fault("no-frame", Code.NOT_FRAMED, DEAD, _STOCK, 30, body=_unframed),
    Fault("schema-unknown", Code.UNKNOWN_SCHEMA, DEAD, _STOCK, 20, body=_unknown_schema),
    Fault("body-cut", Code.TRUNCATED, DEAD, _STOCK, 20, body=_cut_body),
    Fault("bytes-behind", Code.TRAILING_BYTES, DEAD, _STOCK, 20, body=_more_bytes),
    Fault("schema-of-the-hub", Code.NOT_A_KIND, DEAD, _STOCK, 10, body=_other_schema),
    Fault("value-too-large", Code.TOO_LARGE, DEAD, _STOCK, 1, body=_too_large),
)
"""Of Avro bodies of submissions, without framing."""
