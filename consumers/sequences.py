"""Gaps in a lane's sequence. Core: a lane's state and a number in, the next state and what was found out.

A lane numbers its deliveries 1, 2, 3 ... without a gap, VOID and TEST too; a HEARTBEAT repeats the last number (0
before the first). Whoever joins late starts at the first number it sees: what lies before is not missing, because it
was never expected.
"""

from bisect import bisect_right
from dataclasses import dataclass

Range = tuple[int, int]
"""First and last number, both included."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers `first` to `last` of the lane were passed over. Reported once."""

    lane: int
    first: int
    last: int

    @property
    def count(self) -> int:
        """How many numbers are missing."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Filled:
    """A number that was reported missing has come after all."""

    lane: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Repeat:
    """A number that was seen before."""

    lane: int
    sequence: int


Finding = Gap | Filled | Repeat


@dataclass(frozen=True, slots=True)
class LaneState:
    """What has been seen of one lane: every number up to `last`, but those in `unseen`."""

    start: int
    """The first number that was expected: below it nothing is missing."""
    last: int
    """The highest number seen or announced."""
    unseen: tuple[Range, ...] = ()
    """Numbers not above `last` that never came, as rising ranges."""


def observe(lane: int, state: LaneState | None, sequence: int, heartbeat: bool = False) -> tuple[LaneState, Finding | None]:
    """The lane's state after `sequence`, and what that says. A heartbeat announces a number without using it."""
    if state is None:
        return _join(sequence, heartbeat), None
    if sequence > state.last:
        return _advance(lane, state, sequence, heartbeat)
    if heartbeat:
        return state, None
    unseen = _without(state.unseen, sequence)
    if unseen is None:
        return state, Repeat(lane, sequence)
    found = Filled(lane, sequence) if sequence >= state.start else None
    return LaneState(state.start, state.last, unseen), found


def _join(sequence: int, heartbeat: bool) -> LaneState:
    start = sequence + 1 if heartbeat else sequence
    return LaneState(start, sequence, ((1, start - 1),) if start > 1 else ())


def _advance(lane: int, state: LaneState, sequence: int, heartbeat: bool) -> tuple[LaneState, Finding | None]:
    missing = (state.last + 1, sequence if heartbeat else sequence - 1)
    if missing[0] > missing[1]:
        return LaneState(state.start, sequence, state.unseen), None
    return LaneState(state.start, sequence, (*state.unseen, missing)), Gap(lane, *missing)


def _without(ranges: tuple[Range, ...], number: int) -> tuple[Range, ...] | None:
    """`ranges` without `number`, or None if it is in none of them."""
    at = bisect_right(ranges, (number, number)) - 1
    at = at if at >= 0 and ranges[at][0] <= number <= ranges[at][1] else at + 1
    if at >= len(ranges) or not ranges[at][0] <= number <= ranges[at][1]:
        return None
    first, last = ranges[at]
    kept = [part for part in ((first, number - 1), (number + 1, last)) if part[0] <= part[1]]
    return (*ranges[:at], *kept, *ranges[at + 1 :])
