"""Write deliveries: the tail (what leaves) once for each distinct projection, the head for each recipient. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import fastavro

from schemas.codes import Code
from schemas.records import Record, decode_with, encode_with
from schemas.wire import frame
from stream_processors.agreements import Agreement
from stream_processors.field_lines import lost_lines
from stream_processors.field_paths import FieldPath
from stream_processors.group_bits import Members
from stream_processors.memos import remember
from stream_processors.projected_items import Pseudonym
from stream_processors.projection import Projection, Sanitiser, split_schema

_SANITISERS = 2_000
"""Remembered combinations; a nation's day has some dozens of each agreement."""

_GRAINS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}

WITHDRAW_AT_ONCE: Record = {"withdraw_hours": 1, "grain_seconds": _GRAINS["day"]}
"""Of a holding whose agreement's own terms are not known: the shortest time and the coarsest clock that there are."""

_OF_MORE_FIELDS = frozenset(
    map(
        str,
        (
            Code.DATES_OUT_OF_ORDER,
            Code.OUTSIDE_FORCE_AREA,
            Code.CATEGORY_CONTRADICTS,
            Code.PLACES_DISAGREE,
            Code.LATE,
            Code.NEAR_DUPLICATE,
            Code.MINIMUM_MISSING,
            Code.OFFENCE_MISSING,
        ),
    )
)
"""Flags that hang on more than one field never leave: beside a field that is kept they would tell of one that is not. No word
that a telephone number is missing says that there is an e-mail address; a hate crime not checked says that it is one."""


class FeedWriter:
    """Writes the deliveries of one agreement."""

    def __init__(self, agreement: Agreement, projection: Projection, schema: dict[str, Any], schema_id: int) -> None:
        self._agreement, self._projection, self._schema_id = agreement, projection, schema_id
        head, tail = split_schema(schema)
        self._head, self._tail = fastavro.parse_schema(head), fastavro.parse_schema(tail)
        self._sanitisers: dict[tuple[tuple[FieldPath, ...], frozenset[str]], Sanitiser] = {}
        self._lost: dict[tuple[tuple[FieldPath, ...], frozenset[str]], bytes] = {}

    def tail(
        self, record: Record, dropped: Iterable[FieldPath], held: frozenset[str], members: Members, pseudonym: Pseudonym
    ) -> bytes:
        """What leaves of the record, encoded: prohibitions take `dropped` away, of lines with a `when` those in `held` stand.
        Raises Refused where the projection doesn't fit: the caller withholds."""
        marking, key = record["marking"], (tuple(dropped), held)
        sanitiser = self._sanitisers.get(key)
        if sanitiser is None:  # as many as there are combinations of prohibitions and conditions
            sanitiser = remember(self._sanitisers, key, self._projection.narrowed(*key), _SANITISERS)
        return encode_with(
            self._tail,
            {
                "record": sanitiser.apply(record, members, pseudonym),
                "marking": {name: marking[name] for name in ("tier", "sensitive", "handling", "descriptors")},
                "conditions": self._conditions(None),
                "quality": self._quality(record, sanitiser, members),
                "agreement": self._name(),
            },
        )

    def lost(self, dropped: Iterable[FieldPath], held: frozenset[str]) -> bytes:
        """What is taken away of the field list, as a holding keeps it."""
        key = (tuple(dropped), held)
        if key not in self._lost:
            paths = [rule.path for rule in self._projection.rules if rule.treatment is not None]
            self._lost[key] = lost_lines(self._agreement, paths, *key)
        return self._lost[key]

    def with_deadline(self, tail: bytes, now_ms: int) -> bytes:
        """The same tail for an update that gives fewer fields: what it takes away must be deleted by then."""
        record = decode_with(self._tail, tail)
        return encode_with(self._tail, record | {"conditions": self._conditions(self.deadline(now_ms))})

    def withdrawal(self, now_ms: int) -> bytes:
        """The tail of a WITHDRAW: no record, no reason, a deadline."""
        nothing = {"record": None, "marking": None, "quality": None, "agreement": self._name()}
        return encode_with(self._tail, nothing | {"conditions": self._conditions(self.deadline(now_ms))})

    def deadline(self, now_ms: int) -> str:
        """Until when a withdrawal of now must be carried out, ISO 8601, no finer than the agreement's times."""
        return deadline_after(self._agreement.withdraw_within_hours, self.grain_seconds, now_ms)

    @property
    def grain_seconds(self) -> int:
        """Times of deliveries are no finer than this."""
        return _GRAINS[self._agreement.time_grain]

    def void(self) -> bytes:
        """The tail of a VOID: nothing but the agreement's name."""
        nothing = {"record": None, "marking": None, "conditions": None, "quality": None}
        return encode_with(self._tail, nothing | {"agreement": self._name()})

    def delivery(self, head: Record, tail: bytes) -> bytes:
        """The framed message: Avro writes fields one after the other, so head and tail side by side are the delivery."""
        return frame(self._schema_id, encode_with(self._head, head) + tail)

    def coarse(self, at_ms: int) -> int:
        """A time no finer than the agreement allows, UTC milliseconds."""
        return coarse_time(self._agreement, at_ms)

    @property
    def has_pseudonyms(self) -> bool:
        """Whether the tail differs from recipient to recipient."""
        return self._projection.has_pseudonyms

    def _conditions(self, deadline: str | None) -> Record:
        terms = self._agreement
        return {
            "handling": terms.handling,
            "onward_sharing": terms.onward_sharing,
            "retention_days": terms.retention_days,
            "deadline": deadline,
        }

    def _name(self) -> Record:
        return {"id": self._agreement.id, "version": self._agreement.version, "purpose": self._agreement.purpose}

    def _quality(self, record: Record, sanitiser: Sanitiser, members: Members) -> Record:
        """Flags for kept fields only, and a score made of these alone: another field's flag would tell of its content."""
        flags = [flag for flag in record["quality"]["flags"] if flag["code"] not in _OF_MORE_FIELDS]
        found = [(flag["code"], sanitiser.shown_flag(flag["field"], record, members)) for flag in flags]
        shown = sorted({f"{code} {path}" for code, path in found if path is not None})
        return {"score": max(0, 100 - 5 * len(shown)), "flags": shown, "reliability": record["quality"]["reliability"]}


def deadline_after(hours: int, grain_seconds: int, now_ms: int) -> str:
    """Until when a withdrawal of now (UTC milliseconds) must be carried out, ISO 8601, no finer than the grain."""
    # Rounded up: rounded down to a day, a deadline of some hours would have passed before it is read.
    begun_ms = coarse_by(grain_seconds, now_ms + grain_seconds * 1000 - 1)
    return (datetime.fromtimestamp(begun_ms / 1000, UTC) + timedelta(hours=hours)).isoformat()


def coarse_by(grain_seconds: int, at_ms: int) -> int:
    """A time no finer than the grain, UTC milliseconds."""
    return at_ms - at_ms % (grain_seconds * 1000)


def coarse_time(agreement: Agreement, at_ms: int) -> int:
    """A time no finer than the agreement allows, UTC milliseconds."""
    return coarse_by(_GRAINS[agreement.time_grain], at_ms)
