"""Bounded memory of what was worked out once. Pure."""

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


def remember(memo: dict[K, V], key: K, value: V, most: int) -> V:
    """Keep the value under its key, and give it back. A memo that already has `most` entries forgets them all first: what is
    asked for again and again is soon there again, and no order of use need be kept."""
    if len(memo) >= most:
        memo.clear()
    memo[key] = value
    return value
