"""What is decided from holders alone, where the standard event may be past its retention. Pure."""

from typing import NamedTuple

from schemas.records import Record
from stream_processors.ledger_entry import Position
from stream_processors.tokens import Tokens


class Held(NamedTuple):
    """A holders record of a lane."""

    lane: int
    holders: Record


def event_of(holders: Record) -> Record:
    """As much of an event as a withdrawal needs."""
    force = holders["record_id"].partition(":")[0]
    kind = next(iter(holders["attributes"].get("kind", [])), "").strip('"')
    names = ("record_id", "event_id", "version")
    return {"envelope": {name: holders[name] for name in names} | {"kind": kind, "force": force}}


def place_of(held: Held, topic: str, tokens: Tokens) -> Position:
    """A position for a record that has none any more: the same each time, and nobody else's. `topic` is holders."""
    return Position(topic, held.lane, int(tokens.ledger_record(held.holders["record_id"])[:15], 16))
