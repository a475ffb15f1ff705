"""What the hub would make of an event, found in this process by the hub's own core. Nothing is sent."""

from collections.abc import Mapping

import structlog

from producers.versions import Event
from schemas.codes import Code
from schemas.dialect import Dialect
from schemas.errors import Refused
from schemas.kinds import KINDS
from schemas.records import encode
from schemas.wire import frame
from stream_processors.messages import Input
from stream_processors.national import National
from stream_processors.occurrences import Occurrences
from stream_processors.stage_standardise import STANDARD_BYTES, SUBMISSION_BYTES
from stream_processors.standardise import Standard, standardise

log = structlog.get_logger()

_IDS = {kind.submission: number for number, kind in enumerate(KINDS.values(), 1)}
_NAMES = {number: name for name, number in _IDS.items()}
"""Schema ids as a registry would give them."""


def foresee(
    event: Event,
    force: str,
    dialects: Mapping[str, Dialect],
    national: National,
    now_ms: int,
    seen: Occurrences | None = None,
) -> Standard | Refused:
    """As the stage `standardise` would decide at `now_ms` (UTC): sizes, core, a bug of ours as a refusal."""
    key, value = event.record_id.encode(), frame(_IDS[KINDS[event.kind].submission], event.body)
    if len(key) + len(value) > SUBMISSION_BYTES:
        return Refused(Code.TOO_LARGE)
    message = Input(f"submission.{force}", 0, 0, key, value, (), now_ms)
    try:
        found = standardise(message, force, _NAMES.get, dialects, national, now_ms, seen)
        if isinstance(found, Standard) and len(encode(found.kind.standard, found.record)) > STANDARD_BYTES:
            return Refused(Code.TOO_LARGE)
    except Exception as error:
        log.error("standardise failed", code=str(Code.UNEXPECTED), error_type=type(error).__name__)
        return Refused(Code.UNEXPECTED)
    return found
