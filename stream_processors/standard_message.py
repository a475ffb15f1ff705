"""Read a standard event from its message. Pure, but for the log."""

from collections.abc import Callable

import structlog

from schemas.codes import Code
from schemas.errors import NotReady, Refused
from schemas.kinds import KIND_OF_STANDARD
from schemas.records import Record, decode
from schemas.wire import unframe
from stream_processors.messages import Input

log = structlog.get_logger()


def read_standard(message: Input, schema_name: Callable[[int], str | None]) -> Record:
    """The standard event in a message. Raises NotReady: a lane with one that can't be read waits."""
    schema_id, body = unframe(message.value)
    kind = KIND_OF_STANDARD.get(schema_name(schema_id) or "")
    if kind is None:
        raise NotReady(Code.UNREADABLE_STANDARD)
    try:
        return decode(kind.standard, body)
    except Refused:
        log.error("standard record unreadable", code=str(Code.UNREADABLE_STANDARD), alert=True)
        raise NotReady(Code.UNREADABLE_STANDARD) from None
