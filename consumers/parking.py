"""Deliveries that were put aside because they could not be handled: kept whole, tried again on demand. Shell (SQL)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from consumers.deliveries import Action, Taken
from consumers.delivery_reader import Message
from consumers.journal import Journal
from consumers.journal_tables import parked, upsert
from consumers.marks import Held, Key, Mark, State, done_state, mark

_AT = (parked.c.feed, parked.c.lane, parked.c.sequence)
_ABOUT = (parked.c.action, parked.c.revision, parked.c.delivery_id)


class Parked(NamedTuple):
    """A delivery that waits. `reason` is the name of an exception's type."""

    feed: str
    lane: int
    sequence: int
    action: str
    reason: str
    tries: int
    at: int
    """When it was tried last, ms."""
    due: bool
    """It is to be tried again at once."""
    message: Message


class Parking:
    """The parked deliveries of one journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def park(self, item: Taken, message: Message, reason: str, at_ms: int, tries: int = 1) -> None:
        """Put `item` aside, and say so in the next receipt. Durable when it returns."""
        row = {
            **{"feed": item.feed, "lane": item.lane, "sequence": item.sequence, "token": item.token},
            **{"revision": item.revision, "action": str(item.action), "reason": reason, "tries": tries, "at": at_ms},
            **{"due": False, "partition": message.partition, "offset": message.offset, "ce_id": message.ce_id},
            "delivery_id": item.delivery_id,
            **{"message_key": message.key, "message_value": message.value},
        }
        with self._journal.begin() as connection:
            upsert(connection, parked, [row])
            self._journal.mark(connection, [mark(item, State.REJECTED, reason)], {})

    def settle(self, connection: sa.Connection, held: Mapping[str, Held], keys: Collection[Key] = ()) -> None:
        """In the transaction that handles a batch: what has these keys waits no more, and neither does what a later delivery of
        the same token has made void. A parked withdrawal is only made void by a withdrawal."""
        waiting = {_key(row): row for row in connection.execute(sa.select(*_AT, parked.c.token, *_ABOUT))}
        over = waiting.keys() & set(keys)
        void = [row for key, row in waiting.items() if key not in over and row.token in held and _is_void(row, held[row.token])]
        self._journal.mark(connection, [_void_mark(row) for row in void], {})
        for key in [*over, *map(_key, void)]:
            connection.execute(parked.delete().where(*_same(key)))

    def call_due(self, keys: Sequence[Key] | None = None) -> int:
        """Have these (None: all) tried again by whoever reads the feeds, or at its next start. How many."""
        every = parked.update().values(due=True)
        with self._journal.begin() as connection:
            if keys is None:
                return connection.execute(every).rowcount
            return sum(connection.execute(every.where(*_same(key))).rowcount for key in keys)

    def claim(self) -> Parked | None:
        """One that is due, the newest of its token first; nobody else is given it."""
        newest = sa.select(parked).where(parked.c.due).order_by(parked.c.revision.desc(), parked.c.sequence.desc()).limit(1)
        with self._journal.begin() as connection:
            row = connection.execute(newest).first()
            if row is None:
                return None
            mine = connection.execute(parked.update().values(due=False).where(*_same(_key(row)), parked.c.due)).rowcount
            return _read(row) if mine else None

    def put_back(self, waiting: Parked, reason: str, at_ms: int) -> None:
        """It was claimed, and could not even be read."""
        tried = parked.update().values(reason=reason, tries=waiting.tries + 1, at=at_ms)
        with self._journal.begin() as connection:
            connection.execute(tried.where(*_same((waiting.feed, waiting.lane, waiting.sequence))))

    def list(self) -> list[Parked]:
        """All that waits."""
        with self._journal.begin() as connection:
            return [_read(row) for row in connection.execute(sa.select(parked).order_by(*_AT))]

    def count(self) -> int:
        """How many wait."""
        with self._journal.begin() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(parked)).scalar_one()


def _key(row: Any) -> Key:
    return row.feed, row.lane, row.sequence


def _same(key: Key) -> tuple[sa.ColumnElement[bool], ...]:
    feed, lane, sequence = key
    return parked.c.feed == feed, parked.c.lane == lane, parked.c.sequence == sequence


def _is_void(row: Any, held: Held) -> bool:
    return held.withdrawn or (row.action != Action.WITHDRAW and row.revision <= held.revision)


def _void_mark(row: Any) -> Mark:
    return Mark(*_key(row), row.delivery_id, row.action, done_state(Action(row.action)))


def _read(row: Any) -> Parked:
    message = Message(row.feed, row.partition, row.offset, row.message_key, row.message_value, row.ce_id)
    place = (row.feed, row.lane, row.sequence)
    return Parked(*place, row.action, row.reason, row.tries, row.at, row.due, message)
