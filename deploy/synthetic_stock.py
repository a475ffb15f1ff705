"""What a force sends past its own door: messages of a stock Kafka client, broken ones with the code that awaits them. Pure.

The outbox gives versions and refuses what is broken, so stale versions, conflicts and broken submissions reach a hub only
from a client that has neither.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.synthetic_records import make_crime, make_incident, make_intelligence
from schemas.codes import Code
from schemas.identity import record_id
from schemas.kinds import KINDS
from schemas.records import Record, encode
from schemas.wire import frame

SOURCE_SYSTEM = "synthetic"
"""Names the dialect."""
OVERSIZE_BYTES = 2 << 20
"""Twice the largest submission. Of zeros, so that compressed it is small enough for the broker."""
_NEVER_GIVEN = 2_000_000_001
"""A schema id that no registry has given."""
_CRIME, _INTELLIGENCE = KINDS["crime"].submission, KINDS["intelligence"].submission


@dataclass(frozen=True)
class StockMessage:
    """One message. `schema`: the record whose registry id goes before `body`; None: `body` is the whole value.

    `code` None: it is accepted; else the code of its dead letter.
    """

    force: str
    key: str
    schema: str | None
    body: bytes | None
    code: Code | None = None


def make_stock(chance: random.Random, forces: Sequence[str], lads: Sequence[str], start: datetime) -> list[StockMessage]:
    """Every kind of broken submission once for each force, and a few records with stale versions, resends and conflicts.

    `lads`: one local authority a force. `start`: of the hour; one time of each force lies two hours behind its end.
    """
    made: list[StockMessage] = []
    for force, lad in zip(forces, lads, strict=True):
        made += _broken(chance, force, lad, start)
        made += _versions(chance, force, lad, start)
    return made


def _broken(chance: random.Random, force: str, lad: str, start: datetime) -> Iterator[StockMessage]:
    crime = _crime(chance, force, lad, start)
    body, key = encode(_CRIME, crime), f"{force}:{SOURCE_SYSTEM}:broken"
    report = make_intelligence(chance, start, lad) | {"envelope": _envelope(force, "I-broken", 1), "marking": None}
    future = (start + timedelta(hours=3)).isoformat()
    secret = crime["marking"] | {"tier": "SECRET"}
    yield StockMessage(force, key, None, None, Code.EMPTY_MESSAGE)
    yield StockMessage(force, key, None, b'{"not": "Avro"}', Code.NOT_FRAMED)
    yield StockMessage(force, key, None, frame(_NEVER_GIVEN, body), Code.UNKNOWN_SCHEMA)
    yield StockMessage(force, key, _CRIME, body[: len(body) // 2], Code.TRUNCATED)
    yield StockMessage(force, key, _CRIME, body + b"\0\0", Code.TRAILING_BYTES)
    yield StockMessage(force, key, KINDS["crime"].standard, body, Code.NOT_A_KIND)
    yield StockMessage(force, key, None, bytes(OVERSIZE_BYTES), Code.TOO_LARGE)
    yield StockMessage(force, key, _INTELLIGENCE, encode(_INTELLIGENCE, report), Code.MARKING_MISSING)
    for code, change in (
        (Code.WRONG_FORCE, {"envelope": crime["envelope"] | {"force": "nowhere"}}),
        (Code.MARKING_TOO_HIGH, {"marking": secret}),
        (Code.IDENTITY_MISSING, {"envelope": crime["envelope"] | {"source_ref": ""}}),
        (Code.UNKNOWN_SYSTEM, {"envelope": crime["envelope"] | {"source_system": "unheard-of"}}),
        (Code.TIME_IN_FUTURE, {"occurred": {"start": future}}),
    ):
        yield StockMessage(force, key, _CRIME, encode(_CRIME, crime | change), code)


def _versions(chance: random.Random, force: str, lad: str, start: datetime) -> Iterator[StockMessage]:
    """Version 2 of a record, then 1 (stale), 2 again (a resend), 2 with other content (a conflict), and 3."""
    name, ref = KINDS["incident"].submission, "S-000001"
    record = make_incident(chance, start, lad)
    other = record | {"markers": [*record["markers"], "high-risk", "vulnerable"]}
    for version, content in ((2, record), (1, record), (2, record), (2, other), (3, other)):
        body = encode(name, content | {"envelope": _envelope(force, ref, version)})
        yield StockMessage(force, record_id(force, SOURCE_SYSTEM, ref), name, body)


def _crime(chance: random.Random, force: str, lad: str, start: datetime) -> Record:
    return make_crime(chance, start, lad) | {"envelope": _envelope(force, "C-broken", 1)}


def _envelope(force: str, ref: str, version: int) -> Record:
    return {"force": force, "source_system": SOURCE_SYSTEM, "source_ref": ref, "version": version}
