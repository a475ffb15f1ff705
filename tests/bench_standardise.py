"""How fast is `standardise`? One core, one process, no broker; beside fastavro's bare decode and encode of the same records.

    PYTHONPATH=tests:. python tests/bench_standardise.py DATA [--json] [--rounds 9] [--events 4000]

DATA: folder of the public files; its `police-uk/street` is read, and a day of the nation is simulated. Each round takes
events that no round before it has seen, so no cache knows them, and measures every contender on them, in alternating order.
Figures are medians over the rounds, in events per second of processor time: another process on the machine does not count.
"""

import argparse
import gc
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

import fastavro

from deploy.check_plan import Work, plan_check
from deploy.check_versions import LastVersions
from deploy.nation.simulated import Nation, simulate_folder
from deploy.nation_publish import OUTBOX_FOLDER
from deploy.output import note, print_json, print_table
from producers.adapters.catalogue import adapters_of, read_file
from producers.door import Checked, Door
from producers.publisher import check_row
from producers.versions import next_event
from schemas.dialect import shipped_dialects, systems_with_default
from schemas.kinds import KINDS
from schemas.records import Record, encode, load_schema
from schemas.reference import forces
from schemas.wire import HEADER_BYTES, frame
from stream_processors.messages import Input
from stream_processors.national import load_national
from stream_processors.standardise import Standard, standardise

NOW = datetime(2026, 6, 1, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
SCALE = 0.3
"""Of the nation: its day then has more events than any sensible number of rounds takes."""
DIALECTS, NATIONAL = shipped_dialects(), load_national()
_IDS = {kind.submission: number for number, kind in enumerate(KINDS.values(), 1)}
_NAMES = {number: name for name, number in _IDS.items()}


class Event(NamedTuple):
    """One submission as the stage gets it."""

    force: str
    name: str
    message: Input


class Round(NamedTuple):
    """Seconds of processor time for the same events."""

    standardise: float
    encode_standard: float
    decode: float
    encode: float


def events_of(folder: Path, each: int) -> Iterator[Event]:
    """Submissions of a folder's files, at most `each` of a file."""
    plan = plan_check([folder], adapters_of(DIALECTS), None, None, forces())
    with LastVersions() as versions:
        for work in plan.work:
            yield from islice(_events(work, versions), each)


def _events(work: Work, versions: LastVersions) -> Iterator[Event]:
    door = Door(work.force, systems_with_default(DIALECTS))
    with work.path.open("rb") as file:
        for row in read_file(work.adapter, file, (forces()[work.force].name,)):
            checked = check_row(row, door, NOW)
            if isinstance(checked, Checked):
                event = next_event(checked, versions.last(checked.record_id), door, NOW)
                versions.keep(event)
                name = KINDS[event.kind].submission
                value = frame(_IDS[name], event.body)
                yield Event(work.force, name, Input(f"submission.{work.force}", 0, 0, b"", value, (), NOW_MS))


def measure(events: Sequence[Event], is_even: bool) -> Round:
    """One round. What is measured second finds warmer caches: the order alternates."""
    records: list[Record] = []
    submissions: list[Record] = []
    runs: list[Callable[[], object]] = [
        lambda: records.extend(_standardise(events)),
        lambda: _encode([(name_of(record), record) for record in records]),
        lambda: submissions.extend(_decode(events)),
        lambda: _encode_bare([(event.name, sent) for event, sent in zip(events, submissions, strict=True)]),
    ]
    seconds = [0.0] * 4
    for number in (0, 1, 2, 3) if is_even else (2, 3, 0, 1):
        gc.collect()
        gc.freeze()  # what was made before is not looked through again
        began = time.process_time()
        runs[number]()
        seconds[number] = time.process_time() - began
    return Round(*seconds)


def name_of(record: Record) -> str:
    """Full name of a standard record."""
    return KINDS[record["envelope"]["kind"]].standard


def _standardise(events: Sequence[Event]) -> Iterator[Record]:
    for event in events:
        found = standardise(event.message, event.force, _NAMES.get, DIALECTS, NATIONAL, NOW_MS)
        if isinstance(found, Standard):
            yield found.record


def _encode(records: Sequence[tuple[str, Record]]) -> None:
    for name, record in records:
        encode(name, record)


def _decode(events: Sequence[Event]) -> Iterator[Record]:
    schemas = {event.name: load_schema(event.name) for event in events}
    for event in events:
        yield fastavro.schemaless_reader(BytesIO((event.message.value or b"")[HEADER_BYTES:]), schemas[event.name], None)  # type: ignore[misc]


def _encode_bare(records: Sequence[tuple[str, Record]]) -> None:
    schemas = {name: load_schema(name) for name, _ in records}
    for name, record in records:
        fastavro.schemaless_writer(BytesIO(), schemas[name], record)


def compare(rounds: Sequence[Round], count: int) -> dict[str, float]:
    """Medians, events/s. `ratio`: of the function to bare decode and encode of what was sent; `ratio_to_bytes`: bytes in,
    bytes out, to bare decode of the submission and encode of the standard record.
    """
    function = median(count / one.standardise for one in rounds)
    bare = median(count / (one.decode + one.encode) for one in rounds)
    whole = median(count / (one.standardise + one.encode_standard) for one in rounds)
    least = median(count / (one.decode + one.encode_standard) for one in rounds)
    return {
        "events": count * len(rounds),
        "standardise": round(function),
        "fastavro": round(bare),
        "ratio": round(median((one.decode + one.encode) / one.standardise for one in rounds), 3),
        "standardise_and_encode": round(whole),
        "fastavro_to_standard": round(least),
        "ratio_to_bytes": round(
            median((one.decode + one.encode_standard) / (one.standardise + one.encode_standard) for one in rounds), 3
        ),
    }


def run(name: str, folder: Path, rounds: int, count: int, each: int) -> dict[str, float]:
    """Measure the events of a folder."""
    found = events_of(folder, each)
    measured: list[Round] = []
    for number in range(rounds + 1):
        events = list(islice(found, count))
        if len(events) < count:
            raise SystemExit(f"{name}: too few events; lower --rounds or --events")
        measured.append(measure(events, number % 2 == 0))
        note(f"{name}: round {number} of {rounds}")
    return compare(measured[1:], count)  # the first fills the caches


def main() -> None:
    """Measure both, and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("data", type=Path)
    options.add_argument("--rounds", type=int, default=9)
    options.add_argument("--events", type=int, default=4000, help="of one round")
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    wanted = (given.rounds + 1) * given.events
    with TemporaryDirectory() as folder:
        simulate_folder(Nation(seed=1, hours=24, scale=SCALE), Path(folder) / "nation")
        nation = Path(folder) / "nation" / OUTBOX_FOLDER
        found = {"a day of the nation": run("nation", nation, given.rounds, given.events, wanted // 30)}
    street = given.data / "police-uk" / "street"
    found["police.uk street files"] = run("street", street, given.rounds, given.events, wanted // 20)
    if given.json:
        print_json(found)
        return
    columns = tuple(next(iter(found.values())))
    rows = [(name, *(f"{figure:,}" for figure in figures.values())) for name, figures in found.items()]
    print_table("Events per second of one core", ("what", *(column.replace("_", " ") for column in columns)), rows)


if __name__ == "__main__":
    sys.exit(main())
