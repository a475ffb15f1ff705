"""Files of what is held: after any history they show what the model holds, and nothing that was withdrawn."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from agency_model import delivered, message_of, model, recalled
from pyarrow import parquet

from consumers.database import open_file
from consumers.deliveries import Action, Taken
from consumers.exports import Export, write_csv, write_jsonl, write_parquet
from consumers.journal import Journal
from consumers.storing import Storing
from consumers.tally import Tally

Read = Callable[[Path], list[dict[str, object]]]


def _jsonl(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_bytes().splitlines()]


def _csv(file: Path) -> list[dict[str, object]]:
    with file.open(newline="", encoding="utf-8") as text:
        return [{**row, "record": json.loads(row["record"])} for row in csv.DictReader(text)]


def _parquet(file: Path) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = parquet.read_table(str(file)).to_pylist()
    return [{**row, "record": json.loads(str(row["record"]))} for row in rows]


KINDS = {"jsonl": (write_jsonl, _jsonl), "csv": (write_csv, _csv), "parquet": (write_parquet, _parquet)}


class Agency:
    """A database, and a file that is written from it."""

    def __init__(self, folder: Path, kind: str) -> None:
        write, self.read = KINDS[kind]
        self.engine, self.file, self.now = open_file(folder / "s.sqlite"), folder / "out" / "held", 0.0
        self.export = Export(self.engine, self.file, write, lambda: self.now)
        self.storing = Storing(Journal(self.engine, lambda: 1), Tally(), lambda: 1, self.export.changed)

    def take(self, *items: Taken) -> None:
        for item in items:
            self.storing.take(item, message_of(item))
        self.storing.save()

    def shown(self) -> dict[str, int]:
        return {str(row["token"]): row["record"]["n"] for row in self.read(self.file)}  # type: ignore[index]


@pytest.fixture(params=KINDS)
def agency(request: pytest.FixtureRequest, tmp_path: Path) -> Agency:
    return Agency(tmp_path, request.param)


HISTORY: list[Taken] = [
    *(delivered(number, Action.SHARE, f"t{number}") for number in range(1, 8)),
    delivered(8, Action.UPDATE, "t1", 2),
    delivered(9, Action.WITHDRAW, "t2", 2),
    recalled(0, "t3"),
    delivered(10, Action.UPDATE, "t2", 1),
    delivered(11, Action.SHARE, "t3", 3),
    delivered(12, Action.TEST, "t9"),
]


def test_the_file_shows_what_is_held(agency: Agency) -> None:
    """After each step of a history the file shows just what the model holds, whole, and can be read by its owner alone."""
    for step, item in enumerate(HISTORY, 1):
        agency.take(item)
        agency.export.write()
        assert agency.shown() == model(HISTORY[:step])
    assert agency.file.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in agency.file.parent.iterdir()] == ["held"], "nothing half is left"


def test_what_was_withdrawn_is_in_no_byte(agency: Agency) -> None:
    """A search of bytes finds a record's text in the file while it is held, and in no file of the folder afterwards."""
    item = delivered(1, Action.SHARE, "a")
    assert item.record is not None
    item.record["text"] = "5f1c9a-secret-0b7e42d8"

    def is_found() -> bool:
        return any(b"5f1c9a-secret-0b7e42d8" in file.read_bytes() for file in agency.file.parent.iterdir())

    agency.take(item, delivered(2, Action.SHARE, "b"))
    agency.export.write()
    assert is_found()
    agency.take(delivered(3, Action.WITHDRAW, "a", 2))
    assert not agency.export.is_current(), "no receipt may say that it is withdrawn yet"
    agency.export.write()
    assert not is_found()
    assert agency.shown() == {"b": 2}


def test_a_crash_while_writing_leaves_the_old_file_whole(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before the new file takes the old one's place: the old one is whole; the next start writes the new one."""
    agency.take(delivered(1, Action.SHARE, "a"))
    agency.export.write()
    agency.take(delivered(2, Action.SHARE, "b"))

    class Killed(Exception):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("consumers.exports._sync", die)
        agency.export.write()
    assert agency.shown() == {"a": 1}
    agency.export.write()
    assert agency.shown() == {"a": 1, "b": 2}


def test_a_file_that_takes_long_is_written_seldom(agency: Agency) -> None:
    """At once after a change, and then ten times as long as it took not."""
    agency.export.write_due(0)
    agency.take(delivered(1, Action.SHARE, "a"))
    agency.export.write_due(0.5)
    assert agency.shown() == {}
    agency.export.write_due(1)
    assert agency.shown() == {"a": 1}


@pytest.mark.parametrize("text", ["=HYPERLINK(0)", "+44 1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'quoted"])
def test_a_spreadsheet_runs_no_cell(text: str, tmp_path: Path) -> None:
    """A text that a spreadsheet takes for a formula has an apostrophe in front; without it, it is what was sent. Other texts,
    and numbers, stand as they are."""
    item = delivered(1, Action.SHARE, text)
    assert item.record is not None
    item.record.update(kind=text, force="kent")
    agency = Agency(tmp_path, "csv")
    agency.take(item)
    agency.export.write()
    [row] = agency.read(agency.file)
    assert row["token"] == row["kind"] == f"'{text}"
    assert (row["force"], row["sequence"], row["record"]) == ("kent", "1", item.record)
    with agency.file.open(newline="", encoding="utf-8") as lines:
        cells = [cell for line in csv.reader(lines) for cell in line]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
