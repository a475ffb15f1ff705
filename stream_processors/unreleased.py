"""What stands in the ledger and was not released: a try that was cut off between its two transactions.

Its release may have been written and aborted, and a reader may choose to read what is aborted. So whatever another decision
takes its place, those whom it would have been shared with may have it. Pure.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from schemas.records import Record
from stream_processors.ledger_entry import HELD_ALREADY, LIVE

Shown = tuple[str, str]
"""Feed and token."""

Seen = Mapping[Shown, Record]
"""The disclosures that may have been seen. Of tries under several rules a feed may have been shown several tokens."""

Place = tuple[str, int, int, str]
"""Source topic, lane, source offset and cause: what is decided once."""

NOTHING: Seen = {}

_SHOWS = ("SHARE", "UPDATE")


class _Try(NamedTuple):
    ledger_offset: int
    """The first of its entries stands here or behind."""
    seen: dict[Shown, Record]


def place_of(entry: Record) -> Place:
    """What the entry is the decision on."""
    return entry["source_topic"], entry["source_partition"], entry["source_offset"], entry["cause"]


def shown_to(seen: Seen, feed: str, agreement: str, grant: str) -> Iterator[Record]:
    """What may have been seen in this feed under this agreement and grant (empty: none)."""
    place = (feed, agreement, grant)
    return (said for (at, _), said in seen.items() if (at, said["agreement"], said["grant"]) == place)


def _revision(said: Record) -> int:
    return int(said["revision"])


class Unreleased:
    """Of the lanes of one process. Of each place only what may have been seen: tries without a disclosure leave nothing, and
    what was only said again was no news to anybody: whoever held it is told of whatever came behind it."""

    def __init__(self) -> None:
        self._tries: dict[Place, _Try] = {}

    def seen(self, place: Place) -> Seen:
        """What earlier tries may have shown."""
        found = self._tries.get(place)
        return found.seen if found is not None else NOTHING

    def is_tried(self, place: Place) -> bool:
        """Whether an entry of an earlier try stands that tells of a copy."""
        return place in self._tries

    def add(self, entry: Record, ledger_offset: int) -> None:
        """An entry that stands in the ledger at this offset or behind it, and was not released as far as is known."""
        copies = [said for said in entry["disclosures"] if said["action"] in _SHOWS]
        shown = {
            (f"{said['agency']}.{said['feed']}", said["token"]): said for said in copies if said["reason_code"] != HELD_ALREADY
        }
        if copies:
            known = self._tries.get(place_of(entry), _Try(ledger_offset, {}))
            latest = {key: max(said, known.seen.get(key, said), key=_revision) for key, said in shown.items()}
            self._tries[place_of(entry)] = _Try(known.ledger_offset, known.seen | latest)

    def released(self, entries: Iterable[Record]) -> None:
        """What these decide is released now, or withdrawn."""
        for entry in entries:
            self._tries.pop(place_of(entry), None)

    def prune(self, lane: int, position: int, next_of: Callable[[str], int | None]) -> None:
        """Forget what was released before: live events below the lane's position, and what a command has left behind.
        `next_of` gives the offset that a command goes on from in the lane; None: it is done, or it was never begun."""
        for place in [place for place in self._tries if place[1] == lane]:
            next_offset = position if place[3] == LIVE else next_of(place[3])
            if next_offset is None or place[2] < next_offset:
                del self._tries[place]

    def forget(self, lane: int) -> None:
        """The lane has gone."""
        for place in [place for place in self._tries if place[1] == lane]:
            del self._tries[place]

    def lowest(self, lane: int) -> int | None:
        """The ledger offset from which on the lane's next owner must read to know of all this."""
        return min((found.ledger_offset for place, found in self._tries.items() if place[1] == lane), default=None)
