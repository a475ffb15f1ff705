"""An agency's durable record of what it did with each delivery, and what it has still to say of it. Shell (SQL).

One transaction for each batch: marks, tokens, parked messages and what is to be said, and where records are kept in the same
database, these too. A crash before its commit leaves nothing of the batch, and the batch comes again; a crash behind it leaves
all, and what comes again is known.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy import exc

from consumers.database import faults
from consumers.deliveries import Taken
from consumers.journal_tables import came_again, handled, metadata, token, unsaid, upsert
from consumers.marks import DONE, Held, Key, Mark, Plan, State, key_of, mark, plan_batch
from consumers.receipts import Said, say
from consumers.verifying import Kept
from schemas.codes import Code
from schemas.errors import Refused
from schemas.manifests import Delivered

log = structlog.get_logger()

KEPT_DAYS = 100
"""How long it is remembered of each delivery: longer than the hub keeps any recall (90 days)."""

_DAY_MS = 86_400_000
_RACES = 5
"""How often a batch is begun anew because another process did part of it at the same time."""

Apply = Callable[[sa.Connection, Plan], None]
"""Does in the same transaction what a plan says."""


class Journal:
    """One group's journal, in a database that may be shared by its members. `clock_ms`: UTC. Raises as `faults` says."""

    def __init__(self, engine: sa.Engine, clock_ms: Callable[[], int]) -> None:
        self.engine, self._clock_ms = engine, clock_ms
        with faults():
            metadata.create_all(engine)
        with self.begin() as connection:
            self.is_new = connection.execute(sa.select(handled.c.lane).limit(1)).first() is None
            """Whether nothing was ever handled in this database."""
            for table in (handled, came_again):
                connection.execute(table.delete().where(table.c.at < clock_ms() - KEPT_DAYS * _DAY_MS))

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """One transaction."""
        with faults(), self.engine.begin() as connection:
            yield connection

    def store(self, items: Sequence[Taken], apply: Apply, finish: Callable[[sa.Connection, Plan], None]) -> Plan:
        """Do what `items` say, each once for ever, and mark it; `apply` and `finish` in the same transaction."""
        for race in range(_RACES):
            try:
                with self.begin() as connection:
                    states = self.known(connection, [key_of(item) for item in items])
                    done = {key for key, state in states.items() if state in DONE}
                    plan = plan_batch(items, done, self.held(connection, [item.token for item in items]))
                    self.note_again(connection, [item for item in items if key_of(item) in states])
                    self._insert(connection, [one for one in plan.marks if one.key not in states])
                    self.mark(connection, [one for one in plan.marks if one.key in states], {})
                    apply(connection, plan)
                    _remember(connection, plan.held)
                    finish(connection, plan)
            except exc.IntegrityError:
                log.info("another process handles the same deliveries; begun anew", race=race)
            else:
                return plan
        raise Refused(Code.DATABASE_REFUSED, detail=exc.IntegrityError.__name__)

    def mark(self, connection: sa.Connection, marks: Sequence[Mark], held: Mapping[str, Held]) -> None:
        """Write what became of deliveries, and that it is to be said. A mark replaces an earlier one."""
        at = self._clock_ms()
        upsert(connection, handled, [_row(one, at) for one in {one.key: one for one in marks}.values()])
        _remember(connection, held)
        self.tell(connection, say(marks))

    def tell(self, connection: sa.Connection, said: Iterable[Said]) -> None:
        """What the next receipts shall say."""
        rows = [one._asdict() | {"state": str(one.state)} for one in said]
        if rows:
            connection.execute(unsaid.insert(), rows)

    def known(self, connection: sa.Connection, keys: Iterable[Key]) -> dict[Key, State]:
        """What became of these, of those that came before."""
        found: dict[Key, State] = {}
        for (feed, lane), numbers in _by_lane(keys).items():
            same = sa.and_(handled.c.feed == feed, handled.c.lane == lane, handled.c.sequence.in_(numbers))
            rows = connection.execute(sa.select(handled.c.sequence, handled.c.state).where(same))
            found |= {(feed, lane, sequence): State(state) for sequence, state in rows}
        return found

    def held(self, connection: sa.Connection, tokens: Iterable[str]) -> dict[str, Held]:
        """What was last done under these tokens."""
        rows = connection.execute(sa.select(token).where(token.c.token.in_(sorted(set(tokens)))))
        return {row.token: Held(row.feed, row.revision, row.withdrawn) for row in rows}

    def withdrawn_in(self, feed: str) -> set[str]:
        """Tokens that were withdrawn by this topic."""
        with self.begin() as connection:
            found = sa.select(token.c.token).where(token.c.feed == feed, token.c.withdrawn)
            return set(connection.execute(found).scalars())

    def forget(self, feed: str) -> None:
        """Read this feed as for the first time. What was withdrawn stays withdrawn: the withdrawal may come no more."""
        with self.begin() as connection:
            for table in (handled, came_again):
                connection.execute(table.delete().where(table.c.feed == feed))
            connection.execute(token.delete().where(token.c.feed == feed, sa.not_(token.c.withdrawn)))

    def note_again(self, connection: sa.Connection, items: Iterable[Taken]) -> None:
        """Remember of numbers that came before under which other delivery ids they came now: the hub names the last one."""
        for item in items:
            row = mark(item)
            for table in (handled, came_again):
                same = (table.c.feed == row.feed, table.c.lane == row.lane, table.c.sequence == row.sequence)
                if connection.execute(sa.select(table.c.lane).where(*same, table.c.delivery_id == row.delivery_id)).first():
                    break
            else:
                place = {"feed": row.feed, "lane": row.lane, "sequence": row.sequence, "at": self._clock_ms()}
                connection.execute(came_again.insert(), place | {"delivery_id": row.delivery_id, "action": row.action})

    def kept(self, feed: str) -> Kept:
        """Everything that is remembered of a feed's deliveries."""
        columns = ("lane", "sequence", "delivery_id", "action")
        with self.begin() as connection:
            first = sa.select(*(handled.c[name] for name in columns)).where(handled.c.feed == feed)
            again = sa.select(*(came_again.c[name] for name in columns)).where(came_again.c.feed == feed)
            rows = connection.execute(first), connection.execute(again.order_by(came_again.c.id))
            return Kept(*([Delivered(*row) for row in found] for found in rows))

    def feeds(self) -> set[str]:
        """Topics of which something is remembered."""
        with self.begin() as connection:
            return set(connection.execute(sa.select(handled.c.feed).distinct()).scalars())

    def _insert(self, connection: sa.Connection, marks: Sequence[Mark]) -> None:
        """New marks alone: where another process has written one of them meanwhile this raises IntegrityError, before the
        batch has had any effect."""
        if marks:
            at = self._clock_ms()
            connection.execute(handled.insert(), [_row(one, at) for one in marks])
            self.tell(connection, say(marks))


def _remember(connection: sa.Connection, held: Mapping[str, Held]) -> None:
    upsert(connection, token, [{"token": name, **one._asdict()} for name, one in held.items()])


def _row(one: Mark, at_ms: int) -> dict[str, Any]:
    return one._asdict() | {"state": str(one.state), "at": at_ms}


def _by_lane(keys: Iterable[Key]) -> dict[tuple[str, int], list[int]]:
    lanes: dict[tuple[str, int], list[int]] = {}
    for feed, lane, sequence in keys:
        lanes.setdefault((feed, lane), []).append(sequence)
    return lanes
