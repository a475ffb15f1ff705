"""What an agency has said of the numbers of one lane: few spans, the highest word on each number. Pure.

Spans rise, lie apart, and are merged where they touch and say the same; a number that is in none was never spoken of.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

RECEIVED, REJECTED, DONE = "RECEIVED", "REJECTED", "DONE"
"""Received and no more; parked with a reason; handled, or a withdrawal carried out."""

RANK = {RECEIVED: 1, REJECTED: 2, DONE: 3}
"""A later word may raise what is known of a number, never lower it."""

STATE_OF = {"RECEIVED": RECEIVED, "REJECTED": REJECTED, "HANDLED": DONE, "WITHDRAWN": DONE}
"""What a receipt's word comes to. MISSING is no state: it asks."""


class Span(NamedTuple):
    """Numbers from `first` to `last`, both included, in one state."""

    first: int
    last: int
    state: str


Spans = tuple[Span, ...]
"""All spans of one lane."""


def raise_spans(spans: Spans, said: Iterable[Span]) -> Spans:
    """The spans with what was said now. Costs as much as the spans that it touches."""
    now = list(spans)
    for span in said:
        low = bisect_left(now, span.first - 1, key=attrgetter("last"))
        high = bisect_right(now, span.last + 1, key=attrgetter("first"))
        now[low:high] = _join(_laid_over(now[low:high], span))
    return tuple(now)


def state_at(spans: Spans, number: int) -> str | None:
    """What is known of a number; None: nothing."""
    index = bisect_left(spans, number, key=attrgetter("last"))
    return spans[index].state if index < len(spans) and spans[index].first <= number else None


def is_done(spans: Spans, number: int) -> bool:
    """Whether the agency has handled it."""
    return state_at(spans, number) == DONE


def _laid_over(touched: Sequence[Span], new: Span) -> Iterator[Span]:
    """The touched spans with the new one, in order, cut where the word changes."""
    at = new.first
    for span in touched:
        if span.first < new.first:
            yield span._replace(last=min(span.last, new.first - 1))
        first, last = max(span.first, new.first), min(span.last, new.last)
        if first <= last:
            if at < first:
                yield Span(at, first - 1, new.state)
            yield Span(first, last, max(span.state, new.state, key=RANK.__getitem__))
            at = last + 1
        if span.last > new.last:
            if at <= new.last:
                yield Span(at, new.last, new.state)
                at = new.last + 1
            yield span._replace(first=max(span.first, new.last + 1))
    if at <= new.last:
        yield Span(at, new.last, new.state)


def _join(pieces: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for piece in pieces:
        if joined and joined[-1].state == piece.state and joined[-1].last + 1 == piece.first:
            joined[-1] = joined[-1]._replace(last=piece.last)
        else:
            joined.append(piece)
    return joined
