"""The tries of one process: the batch that is under way, those that were cut off, and where the ledger tells of them.

Each lane keeps a mark beside its counters, written with every release: where its next owner must begin to read the ledger. A
mark that lies too low costs reading; too high it would hide a try that was cut off. So it is the ledger's end as it was known
before the batch, or the first entry of a try that is not released yet, whichever comes first.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from schemas.records import Record
from stream_processors.overlay import Overlay
from stream_processors.unreleased import Unreleased

MARK = "ledger"
"""Name of the mark among a lane's counters. A feed's name has a dot in it."""

REFRESH_SECONDS = 60.0
"""How old the mark of a lane may be in which nothing is released: its next owner reads so much of the ledger at most."""


class Tail(Protocol):
    """Reads the ledger's end."""

    def close(self) -> None:
        """Give the consumer back."""

    def end(self) -> int:
        """Where it ends now. Raises NotReady."""

    def read(self, starts: dict[int, int], take: Callable[[Record, int], None]) -> int:
        """Entries of these lanes from these offsets on; gives the end. Raises NotReady."""


class Tries:
    """`tail` makes the reader anew with each life of the clients."""

    def __init__(self, tail: Callable[[], Tail], clock: Callable[[], float]) -> None:
        self._make_tail, self._clock = tail, clock
        self._tail: Tail | None = None
        self.unreleased = Unreleased()
        self._end = 0
        self._marked_at: dict[int, float] = {}
        self._entries: Sequence[Record] = ()
        self._first: dict[int, int] = {}
        self._may_be_seen = False

    def start(self) -> None:
        """A new reader, and nothing left of an earlier life."""
        if self._tail is not None:
            self._tail.close()
        self._tail = self._make_tail()
        self._marked_at, self.unreleased = {}, Unreleased()
        self.forget()

    def assigned(self, lanes: Collection[int], mark_of: Callable[[int], int]) -> None:
        """Learn what predecessors have left in these lanes. Raises NotReady."""
        for lane in lanes:
            self.unreleased.forget(lane)
        if self._tail is not None and lanes:
            self._end = max(self._end, self._tail.read({lane: mark_of(lane) for lane in lanes}, self.unreleased.add))
        self._marked_at.update(dict.fromkeys(lanes, self._clock()))

    def revoked(self, lane: int) -> None:
        """The lane has gone."""
        self.unreleased.forget(lane)
        self._marked_at.pop(lane, None)

    def begin(self, entries: Sequence[Record], lanes: Collection[int], overlay: Overlay) -> None:
        """A try begins: these entries, and a mark for each of its lanes beside what else it changes of them."""
        self.forget()
        self._entries = entries
        for lane in lanes:
            lowest = self.unreleased.lowest(lane)
            overlay.changed_sequences[lane, MARK] = self._end if lowest is None else min(lowest, self._end)

    def stood(self, lane: int, offset: int) -> None:
        """The broker has an entry of the lane. Whether it counts, its transaction tells."""
        self._first[lane] = min(offset, self._first.get(lane, offset))
        self._end = max(self._end, offset + 1)

    def may_be_seen(self) -> None:
        """The entries stand, and the release begins: from here on somebody may read what it has written, committed or not."""
        self._may_be_seen = True

    def committed(self, lanes: Collection[int]) -> None:
        """All of it is released."""
        self.unreleased.released(self._entries)
        self._marked_at.update(dict.fromkeys(lanes, self._clock()))
        self.forget()

    def dropped(self) -> None:
        """It was cut off."""
        for entry in self._entries if self._may_be_seen else ():
            self.unreleased.add(entry, self._first.get(entry["source_partition"], 0))
        self.forget()

    def forget(self) -> None:
        """No try is under way."""
        self._entries, self._first, self._may_be_seen = (), {}, False

    def old_mark(self) -> int | None:
        """A lane whose mark is old while there is more in the ledger; it may be marked anew. Raises NotReady."""
        now = self._clock()
        old = [lane for lane, at in self._marked_at.items() if now - at > REFRESH_SECONDS]
        if old and self._tail is not None:
            self._end = max(self._end, self._tail.end())
        return old[0] if old else None
