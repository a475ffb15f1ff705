"""What a batch has changed of its lanes and not yet committed: two versions of one record in a batch see each other."""

from typing import Protocol

from schemas.records import Record


class LaneReader(Protocol):
    """What is committed of the lanes."""

    def holders(self, lane: int, record_id: str) -> Record | None:
        """The holders record, or None."""

    def erased(self, lane: int, token: str) -> Record | None:
        """The marker of an erased record, by its ledger token, or None."""

    def sequence(self, lane: int, feed: str) -> int:
        """The last sequence sent in this feed and lane; 0 before the first."""


class Overlay:
    """Reads through to the lanes; keeps changes until `drop` or until the caller has committed them."""

    def __init__(self, lanes: LaneReader) -> None:
        self._lanes = lanes
        self.changed_holders: dict[tuple[int, str], Record] = {}
        self.changed_erased: dict[tuple[int, str], Record] = {}
        """Markers by lane and record id: these records' holders go."""
        self.changed_sequences: dict[tuple[int, str], int] = {}
        self.changed_progress: dict[tuple[int, str], Record] = {}
        self.dropped_progress: set[tuple[int, str]] = set()

    def holders(self, lane: int, record_id: str) -> Record | None:
        """The record's holders as this batch sees them."""
        if (lane, record_id) in self.changed_erased:
            return None
        found = self.changed_holders.get((lane, record_id))
        return found if found is not None else self._lanes.holders(lane, record_id)

    def put_holders(self, lane: int, holders: Record) -> None:
        """Change the record's holders."""
        self.changed_erased.pop((lane, holders["record_id"]), None)
        self.changed_holders[(lane, holders["record_id"])] = holders

    def erased(self, lane: int, record_id: str, token: str) -> Record | None:
        """The marker of the record, where it was erased; it says nothing where the record has holders again."""
        found = self.changed_erased.get((lane, record_id))
        return found if found is not None else self._lanes.erased(lane, token)

    def erase(self, lane: int, record_id: str, marker: Record) -> None:
        """Take the record's holders away and leave the marker."""
        self.changed_holders.pop((lane, record_id), None)
        self.changed_erased[(lane, record_id)] = marker

    def put_progress(self, progress: Record) -> None:
        """Change how far a command is in its lane."""
        self.changed_progress[(progress["lane"], progress["command"])] = progress

    def drop_progress(self, lane: int, command: str) -> None:
        """Forget how far a command was in this lane: it is over."""
        self.dropped_progress.add((lane, command))

    def last_sequence(self, lane: int, feed: str) -> int:
        """The last number taken of this feed and lane; 0 before the first."""
        last = self.changed_sequences.get((lane, feed))
        return self._lanes.sequence(lane, feed) if last is None else last

    def next_sequence(self, lane: int, feed: str) -> int:
        """Take the next number of this feed and lane."""
        number = self.last_sequence(lane, feed) + 1
        self.changed_sequences[(lane, feed)] = number
        return number

    def drop(self) -> None:
        """Forget the changes: their transaction was aborted, or they stand in the lanes now."""
        self.changed_holders, self.changed_sequences, self.changed_progress = {}, {}, {}
        self.changed_erased, self.dropped_progress = {}, set()
