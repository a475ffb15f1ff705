"""Near duplicates: two records of one force that tell the same occurrence. Values in, answer out; bounded memory.

Two records are near duplicates where kind, force, category and place are the same, their times lie within half an hour of each
other, and their texts are alike (or neither has one and the times are equal). Without a time to the minute, a place and a
category nothing is judged: public rows of a month's precision would all look alike.

Kept in memory by each process, for the last records that it saw: after a restart, or where two processes share one force, a
pair may go unseen. That costs a flag, nothing else, and standardise needs no state that would have to survive.
"""

from collections import OrderedDict
from typing import NamedTuple

from rapidfuzz import fuzz

from schemas.kinds import Kind
from schemas.records import Record
from stream_processors.national import UNMAPPED

REMEMBERED = 20_000
"""Places and categories that are remembered: the last hours of a large force."""

_EACH = 8
"""Records remembered of one place and category."""

_NEAR_MS = 30 * 60 * 1000
"""Two callers tell of one thing within half an hour."""

_ALIKE = 85.0
"""How alike two texts are, 0 to 100, from which they tell the same (rapidfuzz token_sort_ratio: whatever the order of words).

A measure that forgives missing words took a fire for an insecure door of the same street, for their common last sentence."""

_TEXT_CHARACTERS = 500
"""So much of a text is compared."""


class Occurrence(NamedTuple):
    """What is compared of one record."""

    key: tuple[str, ...]
    record_id: str
    start_ms: int
    text: str


def occurrence_of(record: Record, kind: Kind) -> Occurrence | None:
    """What can be compared of a record; None where too little is known."""
    envelope, occurred = record["envelope"], record["occurred"]
    if occurred is None or occurred["start"] is None or occurred["precision"] != "MINUTE" or kind.name not in _CATEGORY:
        return None
    detail, place = record[kind.detail], _place(record)
    category = detail[_CATEGORY[kind.name]]
    if place is None or category is None or category["code"] == UNMAPPED:
        return None
    key = (envelope["force"], kind.name, category["code"], place)
    return Occurrence(key, envelope["record_id"], occurred["start"], (detail["summary"] or "")[:_TEXT_CHARACTERS])


_CATEGORY = {"crime": "offence", "incident": "opening_category"}
"""Kinds that tell of an occurrence, and the code that says what it was. One person may be searched or arrested twice."""


def _place(record: Record) -> str | None:
    for place in record["locations"]:
        if place["role"] == "INCIDENT":
            if place["uprn"] or place["postcode"]:
                return str(place["uprn"] or place["postcode"])
            if place["latitude"] is not None and place["longitude"] is not None:
                return f"{place['latitude']:.3f},{place['longitude']:.3f}"
    return None


class Occurrences:
    """The last occurrences that were seen. What a batch adds counts within the batch, and stays once `keep` is called."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._seen: OrderedDict[tuple[str, ...], list[Occurrence]] = OrderedDict()
        self._added: dict[tuple[str, ...], list[Occurrence]] = {}

    def is_told_already(self, occurrence: Occurrence) -> bool:
        """Whether another record tells the same."""
        known = (*self._seen.get(occurrence.key, ()), *self._added.get(occurrence.key, ()))
        return any(_is_same(occurrence, other) for other in known)

    def add(self, occurrence: Occurrence) -> None:
        """One more of this batch. As many are held as `keep` would: a flood of one place must not hold the others up."""
        known = [other for other in self._added.get(occurrence.key, ()) if other.record_id != occurrence.record_id]
        self._added[occurrence.key] = [*known, occurrence][-_EACH:]

    def keep(self) -> None:
        """The batch stands: its occurrences take the place of earlier versions of the same records."""
        for key, added in self._added.items():
            ids = {occurrence.record_id for occurrence in added}
            known = [other for other in self._seen.pop(key, ()) if other.record_id not in ids]
            self._seen[key] = [*known, *added][-_EACH:]
        self._added.clear()
        while len(self._seen) > self._remembered:
            self._seen.popitem(last=False)

    def drop(self) -> None:
        """The batch was dropped: it will be decided again, here or elsewhere."""
        self._added.clear()


def _is_same(one: Occurrence, other: Occurrence) -> bool:
    if one.record_id == other.record_id or abs(one.start_ms - other.start_ms) > _NEAR_MS:
        return False
    if one.text and other.text:
        return fuzz.token_sort_ratio(one.text, other.text) >= _ALIKE
    return not one.text and not other.text and one.start_ms == other.start_ms
