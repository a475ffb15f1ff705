"""HEARTBEAT: says which number a feed's lane has come to, where nothing else was said for a while. Pure.

It repeats the last number (0 before the first), so that a reader sees a lost tail. It is no disclosure: it is in no ledger
entry and changes no holders. When it comes depends on nothing but what this very feed was sent.
"""

from collections.abc import Callable, Collection, Iterable

from stream_processors.bindings import Bound
from stream_processors.releases import Release
from stream_processors.rulebook import Desk, Outcome, Rulebook
from stream_processors.suspended import is_suspended

HEARTBEAT = "HEARTBEAT"
"""The action."""

_TICKS = 10
"""Ticks of the clock in an interval. A feed's time comes with the first tick behind its own interval, so many feeds go in one
transaction, and none is told by its time when another was sent something."""


class Cadence:
    """When each feed of each own lane was last sent anything. `every_ms` 0: there are no heartbeats."""

    def __init__(self, every_ms: int) -> None:
        self.every_ms = every_ms
        self._sent: dict[int, dict[str, int]] = {}
        self._since: dict[int, int] = {}
        self._look: dict[int, int] = {}

    def forget(self, lane: int) -> None:
        """The lane has gone, or has come anew: what another owner sent meanwhile is not known here."""
        for known in (self._sent, self._since, self._look):
            known.pop(lane, None)

    def sent(self, lane: int, feeds: Iterable[str], now_ms: int) -> None:
        """A delivery, or a heartbeat, stands in these feeds."""
        self._sent.setdefault(lane, {}).update(dict.fromkeys(feeds, now_ms))

    def put_off(self, lane: int, now_ms: int) -> None:
        """Heartbeats of this lane could not be written: a feed that can't be written must not take up every turn."""
        self._look[lane] = now_ms + self.every_ms // 4

    def due(self, lane: int, feeds: Callable[[], Collection[str]], now_ms: int) -> list[str]:
        """Of these feeds those that were sent nothing for so long, and whose tick has come. A lane that was not asked for
        before begins to count now."""
        if not self.every_ms:
            return []
        since = self._since.setdefault(lane, now_ms)
        if now_ms < self._look.get(lane, since + self.every_ms):
            return []
        sent = self._sent.get(lane, {})
        times = {feed: self._tick(sent.get(feed, since) + self.every_ms) for feed in feeds()}
        first = min(times.values(), default=now_ms + self.every_ms)
        if first > now_ms:
            self._look[lane] = first
            return []
        self._look.pop(lane, None)
        return sorted(feed for feed, at_ms in times.items() if at_ms <= now_ms)

    def _tick(self, at_ms: int) -> int:
        """The first tick at this time or behind it."""
        length = max(1, self.every_ms // _TICKS)
        return -(-at_ms // length) * length


class Heart:
    """The heartbeats of one process: which are due, and what became of them."""

    def __init__(self, every_ms: int) -> None:
        self._cadence = Cadence(every_ms)
        self._open: tuple[int, list[Release]] | None = None

    def forget(self, lane: int) -> None:
        """The lane has gone, or has come anew."""
        self._cadence.forget(lane)

    def next_beats(self, lanes: Iterable[int], desk: Desk) -> tuple[int, list[Release]] | None:
        """Heartbeats of one lane, where it is time for any."""
        for lane in sorted(lanes):
            due = self._cadence.due(lane, lambda: feeds_of(desk.book), desk.now_ms)
            if due:
                self._open = lane, [_beat(lane, desk.book.rules.by_feed[feed], desk, self._cadence.every_ms) for feed in due]
                return self._open
        return None

    def committed(self, outcomes: Iterable[Outcome], now_ms: int) -> list[str]:
        """What was released stands, heartbeats or deliveries. Gives the feeds of the heartbeats."""
        for outcome in outcomes:
            self._cadence.sent(outcome.entry["source_partition"], map(_feed, outcome.releases), now_ms)
        (lane, beats), self._open = self._open or (0, []), None
        feeds = [_feed(release) for release in beats]
        self._cadence.sent(lane, feeds, now_ms)
        return feeds

    def dropped(self, now_ms: int) -> None:
        """Nothing was released."""
        if self._open is not None:
            self._cadence.put_off(self._open[0], now_ms)
        self._open = None


def _feed(release: Release) -> str:
    return f"{release.agency}.{release.feed}"


def feeds_of(book: Rulebook) -> list[str]:
    """Every feed that may be read now."""
    return [feed for feed, bound in book.rules.by_feed.items() if not is_suspended(bound, book.suspensions)]


def _beat(lane: int, bound: Bound, desk: Desk, every_ms: int) -> Release:
    """One heartbeat."""
    writer = desk.book.writers[bound.agreement.id]
    sequence = desk.overlay.last_sequence(lane, bound.feed)
    # Shorter than two heartbeats of one number are apart, so that no two have the same id.
    bucket = desk.now_ms // max(1, every_ms // 2)
    name = desk.tokens.delivery(bound.id, f"{lane}/{sequence}/{bucket}", HEARTBEAT)
    head = {"delivery_id": name, "lane": lane, "sequence": sequence, "revision": 0, "action": HEARTBEAT}
    made = (name, name, writer.delivery(head, writer.void()), writer.coarse(desk.now_ms))
    return Release(bound.agency.id, bound.agreement.feed, HEARTBEAT, *made)
