"""Confluent framing: magic byte 0, schema id (big endian, 4 bytes), Avro body.

Source: the wire format of the Confluent Schema Registry, which every common Kafka Avro client speaks.
"""

import struct

from schemas.codes import Code
from schemas.errors import Refused

_HEAD = struct.Struct(">bI")
HEADER_BYTES = _HEAD.size
"""Bytes before the Avro body."""


def frame(schema_id: int, body: bytes) -> bytes:
    """The message value for `body`, written with the schema of this registry id."""
    return _HEAD.pack(0, schema_id) + body


def unframe(value: bytes | None) -> tuple[int, bytes]:
    """Schema id and Avro body. Raises Refused (EMPTY_MESSAGE, NOT_FRAMED)."""
    if not value:
        raise Refused(Code.EMPTY_MESSAGE)
    if len(value) < HEADER_BYTES or value[0] != 0:
        raise Refused(Code.NOT_FRAMED)
    return _HEAD.unpack_from(value)[1], value[HEADER_BYTES:]
