"""A synthetic hour of all 43 territorial forces of England and Wales. Pure: the same seed and start give the same bytes.

Each force's hour is native JSON lines, as its own system would export them: new records, later versions, rows sent again,
and rows that its door refuses.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson

from deploy.synthetic_records import MAKERS, code, sexual_offence
from deploy.synthetic_stock import SOURCE_SYSTEM, StockMessage, make_stock
from schemas import reference
from schemas.codes import Code
from schemas.kinds import KINDS
from schemas.records import Record

EVENTS = 21_000
"""Events of an hour unless asked otherwise. A real hour has a tenth of that; a demonstration is to show something."""
FORCES = 43
_CRIMES_A_YEAR = {
    "metropolitan": 942_674,
    "greater-manchester": 319_000,
    "west-midlands": 309_000,
    "cumbria": 37_000,
    "dyfed-powys": 38_000,
    "city-of-london": 9_000,
}
"""Recorded crimes, year ending March 2025 (Office for National Statistics, as quoted by openvoicenews.uk, July 2025)."""
_CRIMES_OF_ALL = 6_600_000
"""Of England and Wales, same source. What is left is shared equally by the other forces, whose figures are not known here."""
_UPDATE, _RESEND = 0.10, 0.05
"""Shares of the events that are a later version of a record of this hour, and a row sent again."""
_REFUSED_FORCES = 3
"""Forces whose file has one of each row that the door refuses."""
_STOCK_FORCES = 3
"""Forces that use a stock client, too."""
_LONG_LINE_BYTES = (1 << 20) + 1


@dataclass(frozen=True)
class Hour:
    """What the forces send in the hour."""

    lines: Mapping[str, Sequence[bytes]]
    """Rows of each force's file, each with its end of line."""
    stock: Sequence[StockMessage]
    refused: Mapping[Code, int]
    """Rows that the door refuses."""
    dead: Mapping[Code, int]
    """Messages that standardise refuses."""

    @property
    def rows(self) -> int:
        """All rows of all files."""
        return sum(map(len, self.lines.values()))


def make_hour(chance: random.Random, start: datetime, events: int = EVENTS) -> Hour:
    """The hour that begins at `start` (UTC): `events` rows that the doors let pass, those they refuse, and a few dozen
    messages of stock clients. Raises ValueError below one event a force.
    """
    lines = {force: _Force(chance, force, start).rows(count) for force, count in share_events(events).items()}
    stock_forces = chance.sample(sorted(lines), _STOCK_FORCES)
    stock = make_stock(chance, stock_forces, [_lads(force)[0] for force in stock_forces], start)
    refused: Counter[Code] = Counter()
    for force in chance.sample(sorted(lines), _REFUSED_FORCES):
        for reason, row in _refused_rows(start).items():
            lines[force].insert(chance.randrange(len(lines[force]) + 1), row + b"\n")
            refused[reason] += 1
    return Hour(lines, stock, refused, Counter(message.code for message in stock if message.code))


def share_events(events: int) -> dict[str, int]:
    """Events of each of the 43 forces, by their recorded crime; every force has at least one."""
    forces = [force.id for force in reference.forces().values() if force.is_territorial_of_england_and_wales]
    if events < FORCES or len(forces) != FORCES:
        raise ValueError(f"expected at least {FORCES} events")
    others = (_CRIMES_OF_ALL - sum(_CRIMES_A_YEAR.values())) / (FORCES - len(_CRIMES_A_YEAR))
    shares = {force: max(1, int(events * _CRIMES_A_YEAR.get(force, others) / _CRIMES_OF_ALL)) for force in sorted(forces)}
    shares["metropolitan"] += events - sum(shares.values())  # what rounding left, to the largest
    return shares


@dataclass
class _Live:
    """A record as its force last sent it."""

    kind: str
    submission: Record
    row: bytes


@dataclass
class _Force:
    """One force's system during the hour."""

    chance: random.Random
    force: str
    start: datetime
    live: list[_Live] = field(default_factory=list)

    def rows(self, count: int) -> list[bytes]:
        """`count` rows in the order of their recording."""
        return [self._row(self.start + timedelta(hours=number / count)) for number in range(count)]

    def _row(self, moment: datetime) -> bytes:
        what = self.chance.random()
        if not self.live or what >= _UPDATE + _RESEND:
            return self._new(moment)
        known = self.chance.choice(self.live)
        if what >= _UPDATE:
            return known.row
        known.row = self._update(known, moment)
        return known.row

    def _new(self, moment: datetime) -> bytes:
        kind = self.chance.choices(list(MAKERS), [share for _, share in MAKERS.values()])[0]
        record = MAKERS[kind][0](self.chance, moment, self.chance.choice(_lads(self.force)))
        record["envelope"] = _envelope(f"{kind[0].upper()}-{len(self.live) + 1:06d}", moment)
        self.live.append(_Live(kind, record, _line(kind, record)))
        return self.live[-1].row

    def _update(self, known: _Live, moment: datetime) -> bytes:
        """A later version: a patch, or the whole record changed."""
        envelope = _envelope(known.submission["envelope"]["source_ref"], moment)
        detail = known.submission[KINDS[known.kind].detail]
        what = self.chance.random()
        if what < 0.05:
            return self._whole(known, envelope | {"action": "RECALL"}, {})
        if known.kind == "crime" and what < 0.6:
            outcome = {"outcome": code("charged"), "outcome_date": moment.date().isoformat()}
            detail.update(outcome)
            return _line("crime", {"envelope": envelope | {"partial": True}, "crime": outcome})
        if known.kind == "crime" and what < 0.75:  # what began as an assault is now known to be more
            worse = {"offence": code(sexual_offence(self.chance)), "sexual_offence_alleged": True}
            return self._whole(known, envelope, worse | {"crime_type": code("violent-crime")})
        if known.kind == "incident" and detail["sub_type"] == "asb" and what < 0.6:  # who holds it is told to let it go
            return self._whole(known, envelope, {"sub_type": "public-safety", "closing_category": code("PSW_CIVIL_DISPUTE")})
        if "soc" not in known.submission["markers"]:
            known.submission["markers"] = [*known.submission["markers"], "soc"]
        return self._whole(known, envelope, {})

    def _whole(self, known: _Live, envelope: Record, changes: Record) -> bytes:
        known.submission["envelope"] = envelope
        known.submission[KINDS[known.kind].detail].update(changes)
        return _line(known.kind, known.submission)


def _refused_rows(start: datetime) -> dict[Code, bytes]:
    """One row for each reason of the door, without its end of line."""
    good: Record = {"envelope": _envelope("R-1", start), "marking": {"tier": "OFFICIAL"}, "crime": {}}
    future = (start + timedelta(hours=3)).isoformat()
    changed: dict[Code, Record] = {
        Code.DOOR_MARKING: {"marking": {"tier": "TOP SECRET"}},
        Code.NO_MARKING: {"marking": None},
        Code.WRONG_FORCE_IN_FILE: {"envelope": good["envelope"] | {"force": "nowhere"}},
        Code.DOOR_FUTURE: {"occurred": {"start": future}},
        Code.NOT_A_SUBMISSION: {"crime": {"colour": "blue"}},
    }
    rows = {reason: _line("crime", good | change).rstrip() for reason, change in changed.items()}
    rows[Code.ROW_MALFORMED] = b'{"kind": "crime", "submission": '
    rows[Code.WRONG_ENCODING] = b'{"kind": "crime", "submission": "\xff"}'
    rows[Code.LINE_TOO_LONG] = b'"' + b"x" * _LONG_LINE_BYTES
    return rows


def _envelope(ref: str, moment: datetime) -> Record:
    return {"source_system": SOURCE_SYSTEM, "source_ref": ref, "recorded_at": moment.isoformat(timespec="milliseconds")}


def _lads(force: str) -> list[str]:
    return [lad.code for lad in reference.local_authorities().values() if lad.force == force]


def _line(kind: str, submission: Record) -> bytes:
    return orjson.dumps({"kind": kind, "submission": submission}) + b"\n"
