"""Messages of stock Kafka clients as a file: one JSON object a line, with the record id, the schema's name and the bytes."""

import binascii
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import orjson

from schemas.codes import Code
from schemas.errors import Refused


class StockMessage(NamedTuple):
    """One message. `schema`: full name of the record whose registry id goes before `body`; None: `body` is the whole value.

    `body` None: the message has no value.
    """

    force: str
    key: str
    schema: str | None
    body: bytes | None


def write_message(message: StockMessage) -> bytes:
    """The line of a message, with its end. The force is the file's name."""
    body = None if message.body is None else binascii.b2a_base64(message.body, newline=False).decode()
    return orjson.dumps({"key": message.key, "schema": message.schema, "body": body}, option=orjson.OPT_APPEND_NEWLINE)


def read_messages(path: Path, force: str) -> Iterator[StockMessage]:
    """The messages of a file, one by one. Raises Refused (ROW_MALFORMED) with the line's number."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            yield _read(line, force, number)


def _read(line: bytes, force: str, number: int) -> StockMessage:
    try:
        row = orjson.loads(line)
        body = None if row["body"] is None else binascii.a2b_base64(row["body"], strict_mode=True)
        return StockMessage(force, row["key"], row["schema"], body)
    except (ValueError, KeyError, TypeError):  # orjson's and binascii's errors are ValueErrors, and carry the text
        raise Refused(Code.ROW_MALFORMED, f"line {number}") from None
