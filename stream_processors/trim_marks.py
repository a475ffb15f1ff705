"""How far a feed may be trimmed: behind what its agency had acknowledged a stated time ago. Pure.

Kafka's times in a feed are as coarse as its agreement demands, so the age of an acknowledgement is kept as marks of our own: a
few moments, and how far everything was acknowledged then.
"""

from collections.abc import Sequence
from typing import NamedTuple

from schemas.records import Record
from stream_processors.receipt_spans import Spans, is_done

TRIM_MARKS = "uk.pointduty.hub.TrimMarks"
"""Full name of a feed partition's marks. Key: `trim/<agency>.<feed>/<partition>`, on the topic `acknowledged`."""

MARKS = 8
"""At most about so many stand: what is due is trimmed at most an eighth of the time late."""

NEEDS_NO_RECEIPT = frozenset(("VOID", "HEARTBEAT"))
"""Deliveries that carry nothing."""


class Mark(NamedTuple):
    """Everything below the offset was acknowledged at that time, UTC milliseconds."""

    offset: int
    at_ms: int


def may_go(head: Record, spans: Spans) -> bool:
    """Whether a delivery is no longer needed; `spans`: what its agency has said of its lane."""
    return head["action"] in NEEDS_NO_RECEIPT or is_done(spans, head["sequence"])


def move_marks(marks: Sequence[Mark], reached: int, now_ms: int, after_ms: int) -> tuple[list[Mark], int]:
    """The marks as they are from now on, and the offset below which everything is due to be trimmed (0: nothing).

    `reached`: the least offset that is not acknowledged now. `after_ms`: how long what was acknowledged stays.
    """
    moved = list(marks)
    is_apart = not moved or now_ms - moved[-1].at_ms >= after_ms // MARKS
    if is_apart and reached > (moved[-1].offset if moved else 0):
        moved.append(Mark(reached, now_ms))
    due = [number for number, mark in enumerate(moved) if now_ms - mark.at_ms >= after_ms]
    if not due:
        return moved, 0
    return moved[due[-1] :], moved[due[-1]].offset
