"""When to ask the hub again for numbers that never came. Core: the clock is an argument."""

from collections.abc import Mapping

from consumers.marks import State
from consumers.receipts import Said
from consumers.sequences import LaneState

FIRST_SECONDS = 1.0
"""Between a gap and the first question: a number that was overtaken comes by itself meanwhile."""
MOST_SECONDS = 600.0
"""The longest pause between two questions; each pause is twice the one before."""


class Asking:
    """The questions of one subscriber. What is missing is asked for until it has come, and forgotten by no restart,
    because it is read from the lanes' states; only the pauses begin anew."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}
        self._pause: dict[str, float] = {}

    def missed(self, feed: str, now: float) -> None:
        """A gap was found in `feed`: the pauses begin anew."""
        self._pause[feed] = FIRST_SECONDS
        self._due[feed] = now + FIRST_SECONDS

    def due(self, lanes: Mapping[str, Mapping[int, LaneState]], now: float) -> list[Said]:
        """What to ask for now. Numbers before a lane's start were never expected, and are not asked for."""
        asked: list[Said] = []
        for feed, states in lanes.items():
            missing = [said for lane, state in sorted(states.items()) for said in _missing(feed, lane, state)]
            if not missing:
                self._due.pop(feed, None)
            elif feed not in self._due:  # missing since an earlier run
                self.missed(feed, now)
            elif now >= self._due[feed]:
                asked += missing
                self._pause[feed] = min(self._pause[feed] * 2, MOST_SECONDS)
                self._due[feed] = now + self._pause[feed]
        return asked


def _missing(feed: str, lane: int, state: LaneState) -> list[Said]:
    parts = [(max(first, state.start), last) for first, last in state.unseen if last >= state.start]
    return [Said(feed, lane, first, last, State.MISSING) for first, last in parts]
