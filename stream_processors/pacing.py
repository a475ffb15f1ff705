"""How fast work may go beside the live input: a bucket of tokens for each sort of work. Pure: the time is an argument."""

import math


class Paces:
    """Buckets by name. A bucket gives whole chunks, because each piece of work costs a transaction however small it is."""

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, int]] = {}

    def room(self, name: str, rate: float, chunk: int, now_ms: int) -> int:
        """How many records may go now, at most `chunk`: 0 or a chunk (of the size of a second's records where that is less).
        `rate` is records per second."""
        size = min(chunk, max(1, math.floor(rate)))
        return size if self._tokens(name, rate, size, now_ms) >= size else 0

    def take(self, name: str, rate: float, chunk: int, count: int, now_ms: int) -> None:
        """So many have gone."""
        size = min(chunk, max(1, math.floor(rate)))
        self._buckets[name] = (self._tokens(name, rate, size, now_ms) - count, now_ms)

    def _tokens(self, name: str, rate: float, size: int, now_ms: int) -> float:
        """Full at first; never more than one chunk: what was not used is not made up for. A clock that goes back gives none."""
        tokens, at_ms = self._buckets.get(name, (float(size), now_ms))
        return min(float(size), tokens + max(0, now_ms - at_ms) * rate / 1000)
