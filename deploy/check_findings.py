"""What a check has found: counts, scores, faults with the lines where they stand. Pure; its size hardly grows with the rows.

No value of a row comes in here: codes, field paths, line numbers. So a report can be shown and sent.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made
from typing import Any, NamedTuple

from schemas.codes import Code

REFUSED, DEAD_LETTERED, FLAGGED, CLEAN = "refused", "dead-lettered", "flagged", "clean"
"""What becomes of a row: refused at the force's door, a dead letter, standard with quality flags, standard without."""

DIMENSIONS = ("completeness", "validity", "conformity", "timeliness", "consistency", "uniqueness")
"""Of a record's quality, in the order of the contract (`standard.quality`)."""

SHOWN_PLACES = 5
"""Lines that are kept of each fault; its count tells of the others."""

BANDS = 40
"""Bands of a chart at most. Where the rows outgrow them, two neighbours become one."""

_FAULTS = 2000
"""Different faults that are told apart. A force's own column names could make more: these are counted without their field."""

_INDEX = re.compile(r"\[\d+\]")


class Place(NamedTuple):
    """Where a row stands. `line` 0: the whole file."""

    file: str
    line: int


@dataclass
class Fault:
    """One code at one field (`persons[].roles`: in any of them)."""

    becomes: str
    code: Code
    field: str
    count: int = 0
    places: list[Place] = made(default_factory=list)

    def add(self, place: Place) -> None:
        """It occurs here too."""
        self.count += 1
        if len(self.places) < SHOWN_PLACES and place not in self.places:
            self.places.append(place)


@dataclass
class Average:
    """A sum of scores from 0 to 100, and of how many records."""

    total: int = 0
    judged: int = 0

    @property
    def value(self) -> float | None:
        """To one decimal place; None where nothing was judged."""
        return round(self.total / self.judged, 1) if self.judged else None


@dataclass
class Bands:
    """Rows in the order read, counted in at most `BANDS` bands of `width` rows each."""

    width: int = 1
    rows: int = 0
    counts: list[Counter[str]] = made(default_factory=list)

    def add(self, becomes: str) -> None:
        """Count the next row."""
        if self.rows == self.width * BANDS:
            self.width *= 2
            self.counts = [one + other for one, other in zip(self.counts[::2], self.counts[1::2], strict=True)]
        if self.rows % self.width == 0:
            self.counts.append(Counter())
        self.counts[-1][becomes] += 1
        self.rows += 1


@dataclass
class Findings:
    """Everything that was found so far. Rows = standard + dead letters + refused."""

    becomes: Counter[str] = made(default_factory=Counter)
    kinds: Counter[str] = made(default_factory=Counter)
    versions: Counter[str] = made(default_factory=Counter)
    """new, update, resend: of rows that passed the door."""
    files: dict[str, Counter[str]] = made(default_factory=dict)
    score: Average = made(default_factory=Average)
    dimensions: dict[str, Average] = made(default_factory=lambda: {name: Average() for name in DIMENSIONS})
    bands: Bands = made(default_factory=Bands)
    _faults: dict[tuple[str, Code, str], Fault] = made(default_factory=dict)

    @property
    def rows(self) -> int:
        """All rows. A whole file that is refused counts as one."""
        return self.bands.rows

    @property
    def standard(self) -> int:
        """Rows that became standard records."""
        return self.becomes[CLEAN] + self.becomes[FLAGGED]

    def refuse(self, place: Place, code: Code, path: str) -> None:
        """The force's own door refuses the row: it would never be sent."""
        self._count(place, REFUSED)
        self._fault(place, REFUSED, code, path)

    def dead_letter(self, place: Place, code: Code, path: str) -> None:
        """The hub would refuse it."""
        self._count(place, DEAD_LETTERED)
        self._fault(place, DEAD_LETTERED, code, path)

    def accept(self, place: Place, kind: str, quality: Mapping[str, Any]) -> None:
        """It becomes a standard record of this quality."""
        flags: Sequence[Mapping[str, str]] = quality["flags"]
        self._count(place, FLAGGED if flags else CLEAN)
        self.kinds[kind] += 1
        for flag in flags:
            self._fault(place, FLAGGED, Code(flag["code"]), flag["field"])
        for average, value in [(self.score, quality["score"]), *((self.dimensions[n], quality.get(n)) for n in DIMENSIONS)]:
            if value is not None:
                average.total += value
                average.judged += 1

    def faults(self) -> list[Fault]:
        """All, the commonest first; as many of several by code, then by field."""
        return sorted(self._faults.values(), key=lambda fault: (-fault.count, fault.code, fault.field, fault.becomes))

    def codes(self, becomes: str) -> dict[str, int]:
        """How often each code occurs among rows of this end, by code."""
        found: Counter[str] = Counter()
        for fault in self._faults.values():
            if fault.becomes == becomes:
                found[str(fault.code)] += fault.count
        return dict(sorted(found.items()))

    def _count(self, place: Place, becomes: str) -> None:
        self.becomes[becomes] += 1
        self.files.setdefault(place.file, Counter())[becomes] += 1
        self.bands.add(becomes)

    def _fault(self, place: Place, becomes: str, code: Code, path: str) -> None:
        key = (becomes, code, _INDEX.sub("[]", path))
        if key not in self._faults and len(self._faults) >= _FAULTS:
            key = (becomes, code, "")
        self._faults.setdefault(key, Fault(*key)).add(place)
