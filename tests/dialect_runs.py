"""Real files through their dialects: adapter, the force's door, versions, standardise; in this process and without Kafka.

    PYTHONPATH=tests:. python tests/dialect_runs.py ../shared/data

prints a table of every file that has a dialect, those of the tests among them.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from deploy.dialects import known_dialects
from deploy.output import print_table
from producers.adapters.catalogue import Adapter, adapters_of, find_files, read_file
from producers.door import Checked, Door
from producers.publisher import check_row
from producers.row import Refusal
from producers.versions import Last, next_event
from schemas.codes import Code
from schemas.dialect import Dialect, systems_with_default
from schemas.errors import Refused
from schemas.kinds import KINDS
from schemas.reference import forces
from schemas.wire import frame
from stream_processors.messages import Input
from stream_processors.national import load_national
from stream_processors.standardise import Standard, standardise

DIALECTS_OF_TESTS = Path(__file__).parent / "dialects"
NOW = datetime(2026, 6, 1, tzinfo=UTC)
_NOW_MS = int(NOW.timestamp() * 1000)
_IDS = {kind.submission: number for number, kind in enumerate(KINDS.values(), 1)}
_NAMES = {number: name for name, number in _IDS.items()}


class FileSet(NamedTuple):
    """Files of one adapter. `force` None: each file's name tells it."""

    adapter: str
    folder: str
    force: str | None = None


SETS = (
    FileSet("police-uk-street", "police-uk/street"),
    FileSet("police-uk-street", "police-uk/city-of-london"),
    FileSet("police-uk-street", "police-uk/northumbria-linked"),
    FileSet("police-uk-outcomes", "police-uk/northumbria-linked"),
    FileSet("police-uk-stop-and-search", "police-uk/northumbria-linked"),
    FileSet("police-uk-stop-and-search", "police-uk/stop-and-search"),
    FileSet("police-uk-api-street", "police-uk/api-json", "leicestershire"),
    FileSet("police-uk-api-stops", "police-uk/api-json"),
    FileSet("police-uk-points", "police-uk/other"),
    FileSet("police-uk-asb", "police-uk/other"),
    FileSet("police-uk-burglary", "police-uk/other", "nottinghamshire"),
    FileSet("lfb-incidents", "incident-feeds", "metropolitan"),
    FileSet("lfb-derived", "incident-feeds", "metropolitan"),
    FileSet("lfb-dwelling-fires", "incident-feeds", "metropolitan"),
    FileSet("polisen-se-changes", "incident-feeds", "northumbria"),
    FileSet("polisen-se-snapshots", "incident-feeds/snapshots", "northumbria"),
    FileSet("san-mateo-changes", "incident-feeds", "northumbria"),
    FileSet("san-mateo-snapshots", "incident-feeds/snapshots", "northumbria"),
    FileSet("canberra-changes", "incident-feeds", "northumbria"),
    FileSet("sacramento-changes", "incident-feeds", "northumbria"),
)
"""Every set of files that has a dialect. The feeds from abroad are published as some force: what is tried is the reading."""


@dataclass
class Tally:
    """What became of the rows. Rows read = refused + resends + standard + dead-lettered."""

    files: int = 0
    rows: int = 0
    refused: Counter[Code] = field(default_factory=Counter)
    resends: int = 0
    updates: int = 0
    standard: int = 0
    dead_lettered: Counter[Code] = field(default_factory=Counter)
    flags: Counter[Code] = field(default_factory=Counter)

    def balances(self) -> bool:
        """Whether every row is somewhere, once."""
        return self.rows == self.refused.total() + self.resends + self.standard + self.dead_lettered.total()


class Way:
    """The way of the rows of one force, with the last version of each record."""

    def __init__(self, force: str, dialects: Mapping[str, Dialect]) -> None:
        self.force, self._dialects = force, dialects
        self._door = Door(force, systems_with_default(dialects))
        self.last: dict[str, Last] = {}

    def take(self, items: Iterator[Checked | Refusal], tally: Tally) -> None:
        """Count what becomes of each row."""
        for item in items:
            tally.rows += 1
            if isinstance(item, Refusal):
                tally.refused[item.code] += 1
                continue
            event = next_event(item, self.last.get(item.record_id), self._door, NOW)
            if event.resend:
                tally.resends += 1
                continue
            tally.updates += event.version > 1
            self.last[event.record_id] = Last(event.version, event.kind, event.content_sha256, event.body)
            self._standardise(frame(_IDS[KINDS[event.kind].submission], event.body), tally)

    def read(self, adapter: Adapter, path: Path, limit: int | None = None) -> Iterator[Checked | Refusal]:
        """The rows of a file, checked at the door."""
        with path.open("rb") as file:
            for row in islice(read_file(adapter, file, (forces()[self.force].name,)), limit):
                yield check_row(row, self._door, NOW)

    def _standardise(self, value: bytes, tally: Tally) -> None:
        message = Input(f"submission.{self.force}", 0, 0, b"k", value, (), _NOW_MS)
        found = standardise(message, self.force, _NAMES.get, self._dialects, load_national(), _NOW_MS)
        if isinstance(found, Refused):
            tally.dead_lettered[found.code] += 1
        elif isinstance(found, Standard):
            tally.standard += 1
            tally.flags.update({Code(flag["code"]) for flag in found.record["quality"]["flags"]})


def run_set(files: FileSet, data: Path, limit: int | None = None, most_files: int | None = None) -> Tally:
    """A set through its adapter. `limit`: rows of each file; `most_files`: how many of the files. None: all."""
    dialects = known_dialects(DIALECTS_OF_TESTS)
    adapter, tally = adapters_of(dialects)[files.adapter], Tally()
    ways: dict[str, Way] = {}
    for path in find_files(adapter, data / files.folder)[:most_files]:
        force = files.force or adapter.force_in(path) or ""
        way = ways.setdefault(force, Way(force, dialects))
        tally.files += 1
        way.take(way.read(adapter, path, limit), tally)
    return tally


def main() -> None:
    """Print the table. Takes some ten minutes of one core."""
    rows = []
    for files in SETS:
        tally = run_set(files, Path(sys.argv[1]))
        rows.append((files.adapter, files.folder, *_counts(tally)))
        sys.stderr.write(f"{rows[-1]}\n")
    counts = (
        "files",
        "rows",
        "standard",
        "resends",
        "refused",
        "dead-lettered",
        "updates",
        "codes of these",
        "flags",
        "balances",
    )
    print_table("Real files through their dialects", ("adapter", "folder", *counts), rows)


def _counts(tally: Tally) -> tuple[object, ...]:
    refused, dead = tally.refused, tally.dead_lettered
    codes = ", ".join(f"{code} {count:,}" for code, count in (refused + dead).most_common())
    flags = ", ".join(f"{code} {count:,}" for code, count in tally.flags.most_common(8))
    counts = (tally.files, tally.rows, tally.standard, tally.resends, refused.total(), dead.total(), tally.updates)
    return (*counts, codes, flags, tally.balances())


if __name__ == "__main__":
    main()
