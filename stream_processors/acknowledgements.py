"""Everything that agencies have acknowledged and what is still awaited: the fold of the topic `acknowledged`. Pure.

Records are kept by their key on the topic, as they stand there. A batch changes them in place; `keep` makes its changes the
state, `drop` takes them back, because the batch's transaction was aborted.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from schemas.records import Record
from stream_processors.receipt_spans import Span, Spans

ACKNOWLEDGED = "uk.pointduty.hub.Acknowledged"
"""Full name of what was said of one feed and lane. Key: `<agency>.<feed>/<lane>`."""

AWAITED = "uk.pointduty.hub.Awaited"
"""Full name of a delivery with a deadline that is awaited. Key: `awaited/...`."""

AWAITED_HEAD = "awaited/"
TRIM_HEAD = "trim/"
"""Under these keys stands what concerns trimming: written by the job that trims, of no concern here."""


def lane_key(feed: str, lane: int) -> str:
    """Where what was said of a lane stands."""
    return f"{feed}/{lane}"


def awaited_key(record: Record) -> str:
    """Where an awaited delivery stands."""
    if record["channel"] == "RECALL":
        return recall_key(record["feed"].partition(".")[0], record["delivery_id"])
    return f"{AWAITED_HEAD}{record['feed']}/{record['lane']}/{record['sequence']}"


def recall_key(agency: str, delivery_id: str) -> str:
    """Where an awaited recall stands."""
    return f"{AWAITED_HEAD}{agency}.recall/{delivery_id}"


def spans_of(record: Record | None) -> Spans:
    """The spans in what was said of a lane."""
    ranges = record["ranges"] if record else ()
    return tuple(Span(each["first"], each["last"], each["state"]) for each in ranges)


def said_of_lane(feed: str, lane: int, spans: Spans, at_ms: int) -> Record:
    """The record of what was said of a lane. Times are UTC milliseconds throughout."""
    return {"feed": feed, "lane": lane, "ranges": [span._asdict() for span in spans], "at": at_ms}


@dataclass
class Acknowledgements:
    """The records by key, and ways to find what is awaited."""

    records: dict[str, Record] = field(default_factory=dict)
    _by: dict[tuple[str, ...], set[str]] = field(default_factory=lambda: defaultdict(set))
    _before: dict[str, Record | None] = field(default_factory=dict)

    def spans(self, feed: str, lane: int) -> Spans:
        """What was said of a lane."""
        return spans_of(self.records.get(lane_key(feed, lane)))

    def awaited(self) -> Iterator[Record]:
        """Everything that is awaited; also recalls that were handled before the ledger told of them."""
        return (record for key, record in self.records.items() if key.startswith(AWAITED_HEAD))

    def awaited_by(self, what: str, *names: object) -> list[Record]:
        """What is awaited of a `place` in the ledger, a `lane` (feed, lane), a `token` (feed, token) or a delivery `id`."""
        keys = sorted(self._by.get((what, *map(str, names)), ()))
        return [self.records[key] for key in keys]

    def put(self, key: str, record: Record | None) -> None:
        """Set a record, or take it away."""
        old = self.records.get(key)
        if old != record:
            self._before.setdefault(key, old)
            self._set(key, record)

    def changes(self) -> Iterator[tuple[str, Record | None]]:
        """What the batch comes to: keys with their new records, None for one that goes."""
        for key, old in self._before.items():
            new = self.records.get(key)
            if new != old:
                yield key, new

    def keep(self) -> None:
        """The batch is committed."""
        self._before.clear()

    def drop(self) -> None:
        """The batch was aborted: everything is as it was before."""
        for key, old in self._before.items():
            self._set(key, old)
        self._before.clear()

    def load(self, found: Iterable[tuple[str, Record | None]]) -> None:
        """Records as they were decoded from the topic, in its order."""
        for key, record in found:
            self._set(key, None if record is None else _with_plain_times(record))

    def _set(self, key: str, record: Record | None) -> None:
        old = self.records.pop(key, None)
        if key.startswith(AWAITED_HEAD):
            for index in _indexes(old):
                self._by[index].discard(key)
                if not self._by[index]:
                    del self._by[index]
            for index in _indexes(record):
                self._by[index].add(key)
        if record is not None:
            self.records[key] = record


def _with_plain_times(record: Record) -> Record:
    """Avro's times come as datetimes; here a time is UTC milliseconds."""
    return {name: to_ms(value) if isinstance(value, datetime) else value for name, value in record.items()}


def to_ms(at: datetime) -> int:
    """UTC milliseconds of a moment."""
    return round(at.astimezone(UTC).timestamp() * 1000)


def _indexes(record: Record | None) -> Iterator[tuple[str, ...]]:
    if record is not None:
        yield "place", record["place"]
        yield "lane", record["feed"], str(record["lane"])
        yield "token", record["feed"], record["token"]
        yield "id", record["delivery_id"]
