"""The lane store: each disseminator's local copy of its lanes of `holders`, in SQLite, one file per lane.

It is never the truth: the topic is. It is written only after the release transaction has committed, data and offset in one
SQLite transaction, so a crash at any line leaves a store that is behind and says where; the restore reads on from there.
Its loss costs a restore; a wrong one is found by the topic id and by its age, and wiped.

What an erased record leaves is overwritten: SQLite zeroes what it deletes, and the log is brought into the file and cut.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from schemas.codes import Code
from schemas.errors import LostPosition
from schemas.records import Record, decode, encode
from stream_processors.lane_files import cut_log, open_file, remove_old_stores, wipe_file

HOLDERS = "uk.pointduty.hub.Holders"
"""Full name of the record of who holds what."""

LANE_COUNTER = "uk.pointduty.hub.LaneCounter"
"""Full name of the last sequence of a feed in a lane."""

COMMAND_PROGRESS = "uk.pointduty.hub.CommandProgress"
"""Full name of how far a command is in a lane."""

_FORM = "4"
"""What the tables are like. A store of another form is wiped: what it does not have would be taken for what is not there."""

ERASED = "uk.pointduty.hub.Erased"
"""Full name of the marker of an erased record."""

LANE_RECORDS = (HOLDERS, ERASED, LANE_COUNTER, COMMAND_PROGRESS)
"""Everything that stands in the holders topic."""

_LOOK_SECONDS = 3600.0

_TABLES = """
CREATE TABLE IF NOT EXISTS holders (record_id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS numbers (record_id TEXT, feed TEXT, sequence INTEGER, PRIMARY KEY (record_id, feed, sequence))
  WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_number ON numbers (feed, sequence);
CREATE TABLE IF NOT EXISTS counters (feed TEXT PRIMARY KEY, sequence INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS progress (command TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS erased (token TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class LaneStore:
    """Local copies of the lanes that this process owns. `topic_id` is the holders topic's own id on this cluster."""

    def __init__(self, folder: Path, topic_id: str, keep_seconds: float) -> None:
        self._folder, self._topic_id, self._keep_seconds = folder, topic_id, keep_seconds
        self._lanes: dict[int, sqlite3.Connection] = {}
        self._looked_at = 0.0
        folder.mkdir(parents=True, exist_ok=True)

    def open(self, lane: int, now: float) -> int:
        """Open a lane's store; gives the holders offset from which to read on (0: from the start).

        A store of another topic, or one so old that tombstones may have gone since, is wiped first.
        """
        path = self._folder / f"lane-{lane}.sqlite"
        self.close(lane)
        self._look_for_old(now)
        database = open_file(path, _TABLES)
        state = _state_of(database)
        fresh = now - float(state.get("written_at", "0")) < self._keep_seconds
        if (state.get("topic_id"), state.get("form")) != (self._topic_id, _FORM) or not fresh:
            database.close()
            wipe_file(path)
            database, state = open_file(path, _TABLES), {}
        self._lanes[lane] = database
        return int(state.get("offset", "0"))

    def wipe(self, lane: int) -> None:
        """Close a lane's store and throw its file away: the topic has everything."""
        self.close(lane)
        wipe_file(self._folder / f"lane-{lane}.sqlite")

    def close(self, lane: int) -> None:
        """Close a lane's store; the file stays for the next time."""
        database = self._lanes.pop(lane, None)
        if database is not None:
            database.close()

    def holders(self, lane: int, record_id: str) -> Record | None:
        """The holders record, or None."""
        row = self._ask(lane, "SELECT body FROM holders WHERE record_id = ?", (record_id,))
        return decode(HOLDERS, row[0]) if row else None

    def erased(self, lane: int, token: str) -> Record | None:
        """The marker of an erased record, by its ledger token, or None."""
        row = self._ask(lane, "SELECT body FROM erased WHERE token = ?", (token,))
        return decode(ERASED, row[0]) if row else None

    def sequence(self, lane: int, feed: str) -> int:
        """The last sequence sent in this feed and lane; 0 before the first."""
        row = self._ask(lane, "SELECT sequence FROM counters WHERE feed = ?", (feed,))
        return int(row[0]) if row else 0

    def progress(self, lane: int, command: str) -> Record | None:
        """How far a command is in the lane; None where it was not begun."""
        row = self._ask(lane, "SELECT body FROM progress WHERE command = ?", (command,))
        return decode(COMMAND_PROGRESS, row[0]) if row else None

    def progress_behind(self, lane: int, after: str, limit: int) -> list[Record]:
        """How far commands are, in the order of their ids, from behind `after` on."""
        asked = "SELECT body FROM progress WHERE command > ? ORDER BY command LIMIT ?"
        rows = self._run(lane, lambda database: database.execute(asked, (after, limit)).fetchall())
        return [decode(COMMAND_PROGRESS, row[0]) for row in rows]

    def holders_that_say(self, lane: int, texts: Sequence[str], after: str, limit: int) -> list[Record]:
        """Holders records whose bytes hold any of `texts`, in the order of their ids, from behind `after` on."""
        says = " OR ".join("instr(body, CAST(? AS BLOB)) > 0" for _ in texts)
        asked = f"SELECT body FROM holders WHERE record_id > ? AND ({says}) ORDER BY record_id LIMIT ?"  # noqa: S608  # marks alone
        rows = self._run(lane, lambda database: database.execute(asked, (after, *texts, limit)).fetchall())
        return [decode(HOLDERS, row[0]) for row in rows]

    def record_numbered(self, lane: int, feed: str, sequence: int) -> str | None:
        """The record whose last delivery in this feed and lane has this number, or a WITHDRAW of before it came back; of a
        WITHDRAW of one that was erased, the marker's token. None: none has it any more."""
        asked = "SELECT record_id FROM numbers WHERE feed = ? AND sequence = ?"
        row = self._run(lane, lambda database: database.execute(asked, (feed, sequence)).fetchone())
        return str(row[0]) if row else None

    def holders_behind(self, lane: int, after: str, limit: int) -> list[Record]:
        """Holders records in the order of their ids, from behind `after` on."""
        asked = "SELECT body FROM holders WHERE record_id > ? ORDER BY record_id LIMIT ?"
        rows = self._run(lane, lambda database: database.execute(asked, (after, limit)).fetchall())
        return [decode(HOLDERS, row[0]) for row in rows]

    def write(
        self,
        lane: int,
        holders: Iterable[Record],
        sequences: Mapping[str, int],
        offset: int | None,
        now: float,
        progress: Iterable[Record] = (),
        erased: Mapping[str, Record] | None = None,
        over: Iterable[str] = (),
    ) -> None:
        """What has been committed, with the offset behind it (None: not known; the restore will read it again). `erased`:
        markers by record id; these records' holders go. `over`: commands whose progress goes."""
        erased = erased or {}
        bodies = [(record["record_id"], encode(HOLDERS, record)) for record in holders]
        steps: list[tuple[str, bytes | None]] = [(each["command"], encode(COMMAND_PROGRESS, each)) for each in progress]
        steps += [(command, None) for command in over]
        markers = [(marker["token"], encode(ERASED, marker)) for marker in erased.values()]
        self.write_bodies(lane, bodies, sequences, offset, now, steps, list(erased), markers)

    def write_bodies(
        self,
        lane: int,
        bodies: Iterable[tuple[str, bytes]],
        sequences: Mapping[str, int],
        offset: int | None,
        now: float,
        progress: Iterable[tuple[str, bytes | None]] = (),
        gone: Sequence[str] = (),
        erased: Iterable[tuple[str, bytes]] = (),
    ) -> None:
        """As `write`, from encoded records. `gone` are ids of records without holders, `erased` markers by token; progress that
        is None goes."""
        self._look_for_old(now)
        kept, erased, steps = list(bodies), list(erased), list(progress)
        numbers = [(name, *number) for name, body in kept for number in _numbers(HOLDERS, body)]
        numbers += [(token, *number) for token, body in erased for number in _numbers(ERASED, body)]
        changed = [(name,) for name in (*gone, *(name for name, _ in kept), *(token for token, _ in erased))]
        state = [("topic_id", self._topic_id), ("written_at", str(now)), ("form", _FORM)]
        if offset is not None:
            state.append(("offset", str(offset)))
        try:
            with self._lanes[lane] as database:
                database.execute("BEGIN")
                database.executemany("DELETE FROM holders WHERE record_id = ?", ((record_id,) for record_id in gone))
                database.executemany("INSERT OR REPLACE INTO erased VALUES (?, ?)", erased)
                database.executemany("INSERT OR REPLACE INTO holders VALUES (?, ?)", kept)
                database.executemany("DELETE FROM numbers WHERE record_id = ?", changed)
                database.executemany("INSERT OR REPLACE INTO numbers VALUES (?, ?, ?)", numbers)
                database.executemany("INSERT OR REPLACE INTO counters VALUES (?, ?)", sequences.items())
                database.executemany("DELETE FROM progress WHERE command = ?", ((name,) for name, _ in steps))
                database.executemany(
                    "INSERT OR REPLACE INTO progress VALUES (?, ?)", (step for step in steps if step[1] is not None)
                )
                database.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", state)
            if gone:
                # A crash here leaves old pages in the log. The log is cut when the lane is opened again.
                cut_log(database)
        except sqlite3.DatabaseError:
            self.wipe(lane)
            raise LostPosition(Code.LANE_NOT_RESTORED) from None

    def _look_for_old(self, now: float) -> None:
        """Once an hour: stores that nobody writes any more, ours and other processes'."""
        if now - self._looked_at > _LOOK_SECONDS:
            self._looked_at = now
            remove_old_stores(self._folder.parent, self._keep_seconds, now)

    def count(self, lane: int) -> int:
        """Records known in a lane."""
        row = self._ask(lane, "SELECT count(*) FROM holders")
        return int(row[0]) if row else 0

    def _ask(self, lane: int, question: str, about: tuple[str, ...] = ()) -> Any:
        """One row or None. Raises LostPosition as `_run` does."""
        return self._run(lane, lambda database: database.execute(question, about).fetchone())

    def _run(self, lane: int, ask: Callable[[sqlite3.Connection], Any]) -> Any:
        """The answer. Raises LostPosition where the file is broken: it is thrown away, and the lane restored anew."""
        try:
            return ask(self._lanes[lane])
        except sqlite3.DatabaseError:
            self.wipe(lane)
            raise LostPosition(Code.LANE_NOT_RESTORED) from None


def _numbers(kind: str, body: bytes) -> list[tuple[str, int]]:
    """Feed and number of each delivery that is the last one of the record, and of each WITHDRAW that can be said again."""
    said = decode(kind, body)
    known = (*said.get("holdings", ()), *said["withdrawals"])
    return [(each["feed"], each["sequence"]) for each in known if each["sequence"] > 0]


def _state_of(database: sqlite3.Connection) -> dict[str, str]:
    """What the store says of itself; nothing where it can't be read or was cut short."""
    try:
        state = dict(database.execute("SELECT name, value FROM state"))
        return state if float(state["written_at"]) >= 0 and int(state.get("offset", "0")) >= 0 else {}
    except (sqlite3.DatabaseError, KeyError, ValueError):
        return {}
