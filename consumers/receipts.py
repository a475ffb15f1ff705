"""What an agency says of what it was sent: ranges of numbers in one state. Core."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from consumers.marks import Mark, State
from schemas.records import Record, encode

RECEIPT = "uk.pointduty.feed.Receipt"
"""Full name of the record."""

MOST_RANGES = 500
"""Ranges, or recalls, in one receipt: some 30 KB, far below what the topic takes."""

_RECALL = "recall"


class Said(NamedTuple):
    """Something to be said: a range of one lane, or one recall by its delivery id."""

    feed: str
    """The topic."""
    lane: int
    first: int
    last: int
    """Included."""
    state: State
    reason: str | None = None
    delivery_id: str | None = None
    """Of a recall."""


class Receipt(NamedTuple):
    """One receipt, encoded once: sent again it has the same bytes."""

    receipt_id: str
    feed: str
    """As receipts name it."""
    body: bytes


def receipt_feed(topic: str) -> str:
    """How receipts name a feed topic (`<agency>.<feed>`) or a recall topic (`<agency>.recall`)."""
    parts = topic.split(".")
    return f"{parts[-1]}.{_RECALL}" if is_recall(topic) else ".".join(parts[-2:])


def is_recall(topic: str) -> bool:
    """Whether a topic carries recalls: `recall.<agency>`, with or without a hub's prefix. A feed has one part more."""
    parts = topic.split(".")
    return parts[-2:-1] == [_RECALL] and parts[-3:-2] != ["feed"]


def say(marks: Iterable[Mark]) -> list[Said]:
    """Marks as ranges, by feed, lane and number; each recall by itself."""
    said: list[Said] = []
    for one in sorted(marks, key=lambda mark: mark.key):
        if is_recall(one.feed):
            said.append(Said(*one.key, one.sequence, one.state, None, one.delivery_id))
            continue
        last = said[-1] if said else None
        if last is not None and _follows(last, one):
            said[-1] = last._replace(last=one.sequence)
        else:
            said.append(Said(*one.key, one.sequence, one.state, one.reason))
    return said


def _follows(last: Said, one: Mark) -> bool:
    same = (last.feed, last.lane, last.state, last.reason) == (one.feed, one.lane, one.state, one.reason)
    return same and last.last + 1 == one.sequence


def join(said: Iterable[Said]) -> list[Said]:
    """The same with neighbours of one state made one range. Their order does not matter: a state only ever rises."""
    joined: list[Said] = []
    at: dict[tuple[object, ...], int] = {}
    for one in said:
        kind = (one.feed, one.lane, one.state, one.reason)
        place = at.get(kind)
        if place is not None and one.delivery_id is None and joined[place].last + 1 == one.first:
            joined[place] = joined[place]._replace(last=one.last)
        else:
            at[kind] = len(joined)
            joined.append(one)
    return joined


def make_receipts(said: Iterable[Said], subscriber: str, at_ms: int, new_id: Callable[[], str]) -> Iterator[Receipt]:
    """Receipts that say it, each of one feed. `at_ms`: the agency's clock."""
    by_feed: dict[str, list[Said]] = defaultdict(list)
    for one in join(said):
        by_feed[one.feed].append(one)
    for topic, some in by_feed.items():
        rest = iter(some)
        while part := list(islice(rest, MOST_RANGES)):
            receipt_id, feed = new_id(), receipt_feed(topic)
            record = {"receipt_id": receipt_id, "subscriber": subscriber, "feed": feed, "at": at_ms}
            yield Receipt(receipt_id, feed, encode(RECEIPT, record | _body(part)))


def _body(part: list[Said]) -> Record:
    recalls = [{"delivery_id": one.delivery_id, "state": str(one.state)} for one in part if one.delivery_id is not None]
    ranges = [
        {"lane": one.lane, "first": one.first, "last": one.last, "state": str(one.state), "reason": one.reason}
        for one in part
        if one.delivery_id is None
    ]
    return {"ranges": ranges, "recalls": recalls}
