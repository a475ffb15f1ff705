"""What the watch adds up: the tallies of standardise as sums, and sums as JSON. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from schemas.records import Record


@dataclass(slots=True)
class Counts:
    """Sums over tallies. Scores are by dimension: records judged, sum of their scores (0 to 100 each). Delays are by span:
    records that have both moments, sum and longest in milliseconds.
    """

    standardised: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    """Dead letters by code."""
    flags: dict[str, int] = field(default_factory=dict)
    scores: dict[str, list[int]] = field(default_factory=dict)
    delays: dict[str, list[int]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Submissions: standard records and dead letters."""
        return self.standardised + sum(self.refused.values())

    def score(self, dimension: str = "score") -> float | None:
        """Mean score, 0 to 100; None where no record was judged."""
        judged, total = self.scores.get(dimension, (0, 0))
        return total / judged if judged else None

    def add(self, other: Self) -> None:
        """Add what `other` has counted."""
        self.standardised += other.standardised
        _add(self.refused, other.refused)
        _add(self.flags, other.flags)
        for dimension, (judged, total) in other.scores.items():
            mine = self.scores.setdefault(dimension, [0, 0])
            mine[0] += judged
            mine[1] += total
        for span, (judged, total, longest) in other.delays.items():
            spent = self.delays.setdefault(span, [0, 0, 0])
            spent[0] += judged
            spent[1] += total
            spent[2] = max(spent[2], longest)


@dataclass(frozen=True, slots=True)
class Tally:
    """One tally (`hub.tally`): what a batch of standardise made of the submissions of one force and kind."""

    force: str
    kind: str
    """Empty where the submissions could not be read."""
    at_ms: int
    """When, by standardise's clock: UTC milliseconds."""
    counts: Counts


def tally_of(record: Record) -> Tally:
    """The tally in a decoded record."""
    at = record["at"]
    return Tally(
        record["force"],
        record["kind"],
        int(at.timestamp() * 1000 + 0.5) if isinstance(at, datetime) else at,
        Counts(
            record["standardised"],
            {each["reason"]: each["count"] for each in record["refused"]},
            {each["reason"]: each["count"] for each in record["flags"]},
            {each["dimension"]: [each["judged"], each["sum"]] for each in record["dimensions"]},
            {each["span"]: [each["judged"], each["sum_ms"], each["max_ms"]] for each in record["delays"]},
        ),
    )


def counts_of(value: Mapping[str, Any]) -> Counts:
    """The sums in a decoded JSON object."""
    return Counts(value["standardised"], value["refused"], value["flags"], value["scores"], value["delays"])


def _add(mine: dict[str, int], other: Mapping[str, int]) -> None:
    for code, count in other.items():
        mine[code] = mine.get(code, 0) + count
