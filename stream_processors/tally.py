"""What a batch says of the quality of one force's records of one kind: counts and sums, no record. For the watch."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from schemas.records import Record
from stream_processors.quality import WEIGHTS

DIMENSIONS = ("score", *WEIGHTS)
"""What is summed up of the quality of each record."""


@dataclass
class _Delay:
    judged: int = 0
    sum_ms: int = 0
    max_ms: int = 0


@dataclass
class Tally:
    """Counts of one batch, force, kind and source partition; offsets are those of the submissions."""

    first: int
    last: int = 0
    standardised: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)
    _judged: Counter[str] = field(default_factory=Counter)
    _points: Counter[str] = field(default_factory=Counter)
    _delays: dict[str, _Delay] = field(default_factory=dict)

    def add(self, record: Record) -> None:
        """Count one standard record."""
        quality = record["quality"]
        self.standardised += 1
        self.flags.update(flag["code"] for flag in quality["flags"])
        for name in DIMENSIONS:
            if quality[name] is not None:
                self._judged[name] += 1
                self._points[name] += quality[name]
        for span, delay_ms in _delays(record):
            delay = self._delays.setdefault(span, _Delay())
            delay.judged += 1
            delay.sum_ms += max(0, delay_ms)
            delay.max_ms = max(delay.max_ms, delay_ms)

    def record(self, force: str, kind: str, source_partition: int, now_ms: int) -> Record:
        """The tally as it is written to `quality`. `kind` is empty for what could not be read."""
        return {
            "force": force,
            "kind": kind,
            "source_partition": source_partition,
            "first_offset": self.first,
            "last_offset": self.last,
            "standardised": self.standardised,
            "refused": [{"reason": code, "count": count} for code, count in sorted(self.refused.items())],
            "flags": [{"reason": code, "count": count} for code, count in sorted(self.flags.items())],
            "dimensions": [
                {"dimension": name, "judged": judged, "sum": self._points[name]}
                for name, judged in sorted(self._judged.items())
            ],
            "delays": [
                {"span": span, "judged": delay.judged, "sum_ms": delay.sum_ms, "max_ms": delay.max_ms}
                for span, delay in sorted(self._delays.items())
            ],
            "at": now_ms,
        }


def _delays(record: Record) -> Iterator[tuple[str, int]]:
    """Milliseconds between each two moments that the record has. A month or a day is no moment."""
    envelope, occurred = record["envelope"], record["occurred"]
    start = occurred["start"] if occurred is not None and occurred["precision"] == "MINUTE" else None
    recorded, published, received = envelope["recorded_at"], envelope["published_at"], envelope["received_at"]
    spans = (
        ("occurred-recorded", start, recorded),
        ("recorded-published", recorded, published),
        ("published-received", published, received),
        ("received-standardised", received, envelope["standardised_at"]),
    )
    for span, begin, end in spans:
        if begin is not None and end is not None:
            yield span, end - begin
