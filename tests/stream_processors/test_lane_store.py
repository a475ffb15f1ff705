"""The lane store is never the truth: whatever is wrong with it, it is thrown away and the topic read again."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from schemas.codes import Code
from schemas.errors import LostPosition
from stream_processors.lane_store import LaneStore

NOW, KEEP = 1_000_000.0, 3600.0


def holders(record_id: str = "kent:rms:1", version: int = 1) -> dict[str, Any]:
    return {
        "record_id": record_id,
        "version": version,
        "event_id": "e" * 32,
        "offset": -1,
        "generation": 0,
        "latches": [],
        "closed": False,
        "faulted": False,
        "fault_latches": [],
        "review_date": None,
        "attributes": {},
        "holdings": [],
        "withdrawals": [],
    }


def opened(folder: Path, topic_id: str = "T1", now: float = NOW) -> tuple[LaneStore, int]:
    store = LaneStore(folder, topic_id, KEEP)
    return store, store.open(0, now)


def filled(folder: Path) -> None:
    store, offset = opened(folder)
    assert offset == 0
    store.write(0, [holders(), holders("kent:rms:2")], {"a.f": 7}, 41, NOW)
    store.close(0)


def is_empty(store: LaneStore) -> bool:
    return store.count(0) == 0 and store.sequence(0, "a.f") == 0 and store.holders(0, "kent:rms:1") is None


def test_what_was_written_is_there_after_reopening(tmp_path: Path) -> None:
    """Records, counters and the offset behind them; a deleted record stays deleted."""
    filled(tmp_path)
    store, offset = opened(tmp_path)
    assert offset == 41
    assert store.holders(0, "kent:rms:1") == holders()
    assert (store.sequence(0, "a.f"), store.sequence(0, "b.f"), store.count(0)) == (7, 0, 2)
    store.write_bodies(0, [], {}, 42, NOW, gone=["kent:rms:1"])
    store.close(0)
    store, _ = opened(tmp_path)
    assert store.holders(0, "kent:rms:1") is None


def test_without_an_offset_the_old_one_stands(tmp_path: Path) -> None:
    """Where the broker's answer is not known, the restore reads again from the last offset that is."""
    filled(tmp_path)
    store, _ = opened(tmp_path)
    store.write(0, [holders(version=2)], {"a.f": 8}, None, NOW)
    store.close(0)
    store, offset = opened(tmp_path)
    assert offset == 41
    assert store.sequence(0, "a.f") == 8


@pytest.mark.parametrize(("topic_id", "later"), [("T1", KEEP + 1), ("T2", 0.0), ("T2", KEEP + 1)])
def test_a_store_that_is_old_or_of_another_topic_is_wiped(tmp_path: Path, topic_id: str, later: float) -> None:
    """Tombstones may have gone since, or it speaks of another cluster: it starts anew from offset 0."""
    filled(tmp_path)
    store, offset = opened(tmp_path, topic_id, NOW + later)
    assert offset == 0
    assert is_empty(store)


def test_a_store_just_young_enough_is_kept(tmp_path: Path) -> None:
    """The edge: a second before the bound."""
    filled(tmp_path)
    assert opened(tmp_path, now=NOW + KEEP - 1)[1] == 41


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4080])
def test_a_file_that_is_no_database_is_wiped(tmp_path: Path, content: bytes) -> None:
    """Empty, other or broken from its first page on."""
    (tmp_path / "lane-0.sqlite").write_bytes(content)
    store, offset = opened(tmp_path)
    assert offset == 0
    assert is_empty(store)
    store.write(0, [holders()], {}, 1, NOW)
    assert store.count(0) == 1


def test_a_state_that_makes_no_sense_is_wiped(tmp_path: Path) -> None:
    """An offset that is no number is no position."""
    filled(tmp_path)
    with sqlite3.connect(tmp_path / "lane-0.sqlite") as database:
        database.execute("UPDATE state SET value = 'x' WHERE name = 'offset'")
    database.close()
    store, offset = opened(tmp_path)
    assert offset == 0
    assert is_empty(store)


def test_a_page_broken_inside_is_found_when_it_is_met(tmp_path: Path) -> None:
    """Broken behind a good head (a machine that lost its power): either the open finds it, or the first read that meets it
    throws the file away and says that the lane must be restored. Never a wrong answer, never another exception."""
    chance, found = random.Random(3), 0
    for attempt in range(20):
        folder = tmp_path / str(attempt)
        store, _ = opened(folder)
        store.write(0, [holders(f"kent:rms:{n}") for n in range(300)], {f"a.{n}": n for n in range(100)}, 9, NOW)
        store.close(0)
        path = folder / "lane-0.sqlite"
        content = bytearray(path.read_bytes())
        for _ in range(3):
            page = chance.randrange(1, len(content) // 4096) * 4096
            content[page : page + 4096] = bytes(chance.randrange(256) for _ in range(4096))
        path.write_bytes(content)
        store, offset = opened(folder)
        try:
            read = [store.holders(0, f"kent:rms:{n}") for n in range(300)]
            store.write(0, [holders("new")], {"a.1": 5}, 10, NOW)
            assert offset == 0 or read == [holders(f"kent:rms:{n}") for n in range(300)]
        except LostPosition as lost:
            assert lost.code is Code.LANE_NOT_RESTORED
            found += 1
            assert opened(folder)[1] == 0
    assert found > 0


WRITER = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from test_lane_store import holders
from schemas.records import encode
from stream_processors.lane_store import HOLDERS, LaneStore
store = LaneStore(Path(sys.argv[1]), "T1", 3600.0)
store.open(0, 1_000_000.0)
for number in range(1, 1_000_000):
    bodies = ((f"kent:rms:{n}", encode(HOLDERS, holders(f"kent:rms:{n}", number))) for n in range(500))
    store.write_bodies(0, bodies, {"a.f": number}, number, 1_000_000.0)
    print(number, flush=True)
"""


@pytest.mark.parametrize("after", [1, 3, 9])
def test_a_write_is_whole_or_not_at_all(tmp_path: Path, after: int) -> None:
    """A process killed (kill -9) while it writes leaves the state of one write: every record, the counter and the offset."""
    here = Path(__file__).parent
    command = [sys.executable, "-c", WRITER, str(tmp_path), str(here), str(here.parent), str(here.parents[1])]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    try:
        for _ in range(after):
            assert writer.stdout.readline()
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.wait(30)
    store, offset = opened(tmp_path)
    assert offset >= after
    versions = {found["version"] for n in range(500) if (found := store.holders(0, f"kent:rms:{n}"))}
    assert versions == {offset}
    assert store.sequence(0, "a.f") == offset


def test_lanes_are_files_of_their_own(tmp_path: Path) -> None:
    """What is written to one lane is not in another; closing one twice is no fault."""
    store = LaneStore(tmp_path, "T1", KEEP)
    store.open(0, NOW)
    store.open(1, NOW)
    store.write(1, [holders()], {"a.f": 1}, 5, NOW)
    assert is_empty(store)
    store.close(1)
    store.close(1)
    assert store.open(1, NOW) == 5


def _age(folder: Path, written: float) -> None:
    for path in folder.iterdir():
        os.utime(path, (written, written))


def test_stores_that_nobody_writes_any_more_are_removed(tmp_path: Path) -> None:
    """One of a lane that has moved, and one of a process that is no longer run, with what SQLite keeps beside them; not a young
    one, though it is another process's, and nothing that is no lane's store."""
    ours, theirs, gone = (tmp_path / name for name in ("p.0", "p.1", "p.2"))
    for folder in (ours, theirs, gone):
        filled(folder)
    _age(ours, NOW - KEEP - 1)
    (gone / "lane-0.sqlite-wal").write_bytes(b"what was not brought in")
    _age(gone, NOW - KEEP - 1)
    (gone / "notes").write_bytes(b"somebody's")
    os.utime(theirs / "lane-0.sqlite", (NOW - KEEP + 1, NOW - KEEP + 1))
    store = LaneStore(ours, "T1", KEEP)
    store.open(5, NOW)
    assert [path.name for path in (*theirs.iterdir(), *gone.iterdir())] == ["lane-0.sqlite", "notes"]
    assert not (ours / "lane-0.sqlite").exists()


def test_old_stores_are_looked_for_while_a_process_lives(tmp_path: Path) -> None:
    """A process that is never started anew removes them as well, with what it writes."""
    store, _ = opened(tmp_path / "p.0")
    filled(tmp_path / "p.1")
    _age(tmp_path / "p.1", NOW - 1)
    store.write(0, [holders()], {}, 1, NOW + KEEP / 2)
    assert list((tmp_path / "p.1").iterdir())
    store.write(0, [holders()], {}, 1, NOW + KEEP + 1)
    assert not list((tmp_path / "p.1").iterdir())
    assert store.holders(0, "kent:rms:1") is not None, "the store that is open is another one"


def test_a_store_that_was_broken_is_as_careful_as_any(tmp_path: Path) -> None:
    """What begins anew behind a broken file zeroes what it deletes, as one that was never broken does."""
    (tmp_path / "lane-0.sqlite").write_bytes(b"not a database" * 500)
    store, _ = opened(tmp_path)
    assert store._ask(0, "PRAGMA secure_delete") == (1,)
    assert store._ask(0, "PRAGMA journal_mode") == ("wal",)
