"""The engine: the same bytes for the same arguments, lives that obey their tables, and a truth that speaks of real strings."""

import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from deploy.nation.episodes import COLLAPSING, MAJOR_INCIDENT, SILENT, plan_episodes
from deploy.nation.gaps import JUDGED
from deploy.nation.lives import BORN, END, KIND_OF_LIFE, TRANSITIONS
from deploy.nation.messages import read_messages
from deploy.nation.places import territorial_forces
from deploy.nation.rates import lads
from deploy.nation.simulated import MANIFEST, START, Nation, Simulated, simulate_folder
from deploy.nation.truth import VersionRow
from deploy.nation.truth_reader import Truth
from schemas.records import decode

AFTERWARDS = {"CORRECTED", "RECALLED", "RESTRICTED", "REINSTATED", "ERASED", "MERGED"}
START_MS = int(START.timestamp() * 1000)
SMALL = Nation(seed=3, hours=4, scale=0.05, forces=("durham", "cleveland", "south-wales"), fault_rate=0.05)
WEEK = Nation(seed=11, hours=72, scale=0.5, forces=("northumbria", "cleveland", "gwent"), fault_rate=0.01)
"""Friday to Sunday night: an outbox force beside two that use a stock client, of three systems."""
PROGRAM = """
import sys
from pathlib import Path
from deploy.nation.simulated import Nation, simulate_folder
nation = Nation(seed=3, hours=4, scale=0.05, forces=("durham", "cleveland", "south-wales"), fault_rate=0.05)
print(simulate_folder(nation, Path(sys.argv[1])).sha256)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nation") / "week"


@pytest.fixture(scope="module")
def simulated(folder: Path) -> Simulated:
    return simulate_folder(WEEK, folder)


@pytest.fixture(scope="module")
def truth(folder: Path, simulated: Simulated) -> Truth:
    return Truth(folder / "truth.jsonl")


@pytest.fixture(scope="module")
def rows(truth: Truth) -> list[VersionRow]:
    return list(truth.versions())


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_the_same_arguments_give_the_same_bytes(tmp_path: Path, hash_seed: str) -> None:
    """In another process, whatever the seed of Python's hashes and the time zone of the machine."""
    here = simulate_folder(SMALL, tmp_path / "here").sha256
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": "Pacific/Auckland", "LC_ALL": "C"}
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "there")]
    there = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3])
    assert there.stdout.strip() == here


def test_another_seed_is_another_nation(tmp_path: Path) -> None:
    """No file of it is the same."""
    one = simulate_folder(SMALL, tmp_path / "one")
    other = simulate_folder(Nation(4, SMALL.hours, SMALL.scale, SMALL.forces), tmp_path / "other")
    assert not set(one.files.values()) & set(other.files.values())


def test_a_force_is_the_same_in_any_company(tmp_path: Path) -> None:
    """What one force sends does not hang on which other forces are simulated."""
    three = simulate_folder(SMALL, tmp_path / "three")
    alone = simulate_folder(Nation(3, SMALL.hours, SMALL.scale, ("cleveland",), fault_rate=0.05), tmp_path / "alone")
    assert alone.files["stock/cleveland.jsonl"] == three.files["stock/cleveland.jsonl"]


def test_a_longer_window_begins_with_the_same_people(tmp_path: Path) -> None:
    """The population is lasting: whoever is named in both windows has the same facts in both."""
    short = simulate_folder(Nation(3, 8, 1.0, ("durham",)), tmp_path / "short")
    longer = simulate_folder(Nation(3, 16, 0.7, ("durham", "cleveland")), tmp_path / "longer")
    assert short.sha256 != longer.sha256
    one, other = Truth(tmp_path / "short" / "truth.jsonl").identities, Truth(tmp_path / "longer" / "truth.jsonl").identities
    shared = [name for name in one if name in other and one[name].home]
    assert len(shared) > 50
    assert all(one[name] == other[name] for name in shared if other[name].home)


def test_a_folder_that_has_something_in_it_is_left_alone(tmp_path: Path) -> None:
    """Nothing is overwritten; a folder without a manifest is one that was broken off."""
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError):
        simulate_folder(SMALL, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_manifest_tells_what_was_asked_for(folder: Path, simulated: Simulated) -> None:
    """All arguments, all counts, and the hash of each file stand in it."""
    manifest = orjson.loads((folder / MANIFEST).read_bytes())
    assert (manifest["seed"], manifest["hours"], manifest["scale"]) == (11, 72, 0.5)
    assert manifest["rows"] == simulated.rows == sum(manifest["outcomes"].values())
    assert set(manifest["files"]) == {"truth.jsonl", "outbox/northumbria.jsonl", "stock/cleveland.jsonl", "stock/gwent.jsonl"}


def test_lives_obey_their_tables(rows: list[VersionRow]) -> None:
    """Each record goes from state to state as one of its kind's tables allows; what was overtaken is seen where it was made."""
    states: dict[str, list[str]] = defaultdict(list)
    skipped = {row.record for row in rows if row.outcome == "STALE"}
    for row in rows:
        if row.outcome in ("NEW", "REFUSED", "DEAD") and states[row.record][-1:] != [row.state]:
            states[row.record].append(row.state)
    tables = {name: {at: {step.state for step in steps} for at, steps in table.items()} for name, table in TRANSITIONS.items()}
    kinds = {row.record: row.kind for row in rows}
    wrong = []
    for record, path in states.items():
        allowed = [table for name, table in tables.items() if KIND_OF_LIFE[name] == kinds[record]]
        ways = zip([BORN, *path], path, strict=False)
        if record not in skipped and not any(all(to in table.get(at, ()) for at, to in ways) for table in allowed):
            wrong.append((record, path))
    assert wrong == []
    seen = {(kinds[record], state) for record, path in states.items() for state in path}
    everything = {
        (KIND_OF_LIFE[name], step.state) for name, table in TRANSITIONS.items() for steps in table.values() for step in steps
    }
    unseen = {(kind, state) for kind, state in everything - seen if state != END}
    assert {kind for kind, _ in unseen} <= {"custody", "stop-search", "intelligence"}, unseen  # too rare for three days
    assert {state for _, state in unseen} <= AFTERWARDS


def test_versions_rise_by_one(rows: list[VersionRow]) -> None:
    """An outbox counts without a gap; a stock client's versions only rise."""
    last: dict[str, int] = {}
    for row in rows:
        if row.outcome == "NEW":
            before = last.get(row.record, 0)
            assert row.version == before + 1 if row.force == "northumbria" else row.version > before
            last[row.record] = row.version
    assert max(last.values()) >= 5


def _texts(folder: Path) -> Iterator[str]:
    """Every string of every event, as its receiver reads it."""
    for path in sorted((folder / "outbox").glob("*.jsonl")):
        for line in path.read_bytes().splitlines():
            try:
                yield from _strings(orjson.loads(line))
            except orjson.JSONDecodeError:
                continue
    for path in sorted((folder / "stock").glob("*.jsonl")):
        for message in read_messages(path, path.stem):
            if message.schema is not None and message.schema.startswith("uk.pointduty.submission.") and message.body:
                try:
                    yield from _strings(decode(message.schema, message.body))
                except Exception:  # noqa: S112 - a broken message says nothing
                    continue


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)


def test_every_string_of_the_truth_occurs_in_the_events(folder: Path, truth: Truth) -> None:
    """Nothing is said to identify somebody that no event says, but for the spelling that the hub gives it."""
    values = set(_texts(folder))
    by_hub = {string for string in truth.strings() if {mention.form for mention in truth.identities_of(string)} == {"national"}}
    whole = "\n".join(sorted(value for value in values if " " in value))
    missing = [string for string in truth.strings() if string not in values | by_hub and string not in whole]
    assert missing == []
    sorts = {mention.sort for string in by_hub for mention in truth.identities_of(string)}
    assert {"TELEPHONE", "PLATE"} <= sorts <= {"TELEPHONE", "PLATE", "POSTCODE"}
    assert len(list(truth.strings())) > 5000


def test_what_the_scenario_is_to_try_out_happens(rows: list[VersionRow]) -> None:
    """Clock changes, merges, corrections, consents, re-gradings, reclassifications: all are there in three days."""
    features = {feature for row in rows for feature in row.features}
    assert features >= {
        "clock-gap", "clock-fold", "merged", "moved", "person-removed", "consent", "reclassified", "became-sexual",
        "back-to-assault", "p-becomes-c", "c-becomes-p", "turns-18-today", "turns-18-tomorrow", "from-log",
    }  # fmt: skip
    assert {row.action for row in rows} == {"VERSION", "CORRECTION", "RECALL", "RESTRICTION", "ERASURE", "REINSTATEMENT"}
    assert any(row.withdraw for row in rows)


def test_whoever_turns_eighteen_is_a_child_no_more(rows: list[VersionRow], truth: Truth) -> None:
    """A record about somebody who turns eighteen loses the marker of a child with the first version after that day."""
    turning = {name for name in truth.identities if ":turns-18-tomorrow:" in name or "turns-18-tomorrow" in name}
    about = [row for row in rows if row.outcome == "NEW" and [part.person for part in row.parts if part.person in turning]]
    alone = [row for row in about if all(part.person in turning for part in row.parts)]
    assert {("child" in row.markers, row.at[:10] > "2026-03-27") for row in alone} >= {(False, True)} or not alone
    assert about


def test_episodes_befall_the_nation(tmp_path: Path) -> None:
    """In an area with a major incident ten times as much happens; a silent force sends nothing; a collapsed one many faults."""
    episodes = {episode.kind: episode for episode in plan_episodes(5, START_MS, 24)}
    assert set(episodes) == {MAJOR_INCIDENT, SILENT, COLLAPSING}
    forces = tuple(sorted({episode.force for episode in episodes.values()}))
    assert set(forces) <= set(territorial_forces())
    simulate_folder(Nation(5, 24, 1.0, forces), tmp_path / "day")
    rows = list(Truth(tmp_path / "day" / "truth.jsonl").versions())
    at = {id(row): _ms(row.at) for row in rows}
    silent, collapsing, major = episodes[SILENT], episodes[COLLAPSING], episodes[MAJOR_INCIDENT]
    assert not [row for row in rows if row.force == silent.force and silent.from_ms <= at[id(row)] < silent.until_ms]
    assert [row for row in rows if row.force == silent.force and at[id(row)] >= silent.until_ms]
    faulty = Counter(at[id(row)] >= collapsing.from_ms for row in rows if row.force == collapsing.force and _is_faulty(row))
    assert faulty[True] > 10 * max(1, faulty[False])
    opened = [row for row in rows if row.state == "CREATED" and row.outcome == "NEW" and row.lad == major.lad]
    during = [row for row in opened if major.from_ms <= at[id(row)] < major.until_ms + 600_000]
    usual = (len(opened) - len(during)) / 23
    assert len(during) > 4 * usual
    assert major.lad in dict(lads(major.force))


def _is_faulty(row: VersionRow) -> bool:
    """Whether it has a fault. Gaps are none: most records have one, in good times too."""
    return row.code is not None or bool(set(row.flags) - JUDGED)


def _ms(text: str) -> int:
    from datetime import datetime

    return int(datetime.fromisoformat(text).timestamp() * 1000)
