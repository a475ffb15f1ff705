"""A simulated nation in a folder: the rows of each force, the truth beside them, and what they come to."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import orjson

from deploy.nation.calendar import HOUR_MS
from deploy.nation.episodes import Episode, plan_episodes
from deploy.nation.places import territorial_forces
from deploy.nation.population import Population
from deploy.nation.sendings import Row
from deploy.nation.simulation import ForceSimulation
from deploy.nation.truth_keeper import TruthKeeper
from deploy.no_pauses import no_pauses
from schemas.codes import Code

START = datetime(2026, 3, 27, tzinfo=UTC)
"""A Friday: from it a week has a Friday night, and the clock change of 29 March 2026."""
FAULT_RATE = 0.004
"""Share of the rows that have a labelled fault, in a force whose quality has not collapsed: an assumption."""
_TOGETHER = 500
"""Rows of a file that are written at once."""
MANIFEST = "nation.json"
TRUTH = "truth.jsonl"


@dataclass(frozen=True)
class Nation:
    """What was asked for. The same values give the same bytes on every machine."""

    seed: int = 1
    hours: int = 24
    scale: float = 1.0
    """1: as many roots as England and Wales have, by the published volumes."""
    forces: tuple[str, ...] = ()
    """Empty: all 43 territorial forces."""
    start: datetime = START
    """A whole hour, UTC."""
    fault_rate: float = FAULT_RATE

    def describe(self) -> dict[str, object]:
        """As the manifest and the truth file say it."""
        return {
            "seed": self.seed,
            "start": self.start.isoformat(),
            "hours": self.hours,
            "scale": self.scale,
            "fault_rate": self.fault_rate,
            "forces": list(self.forces or territorial_forces()),
        }


@dataclass
class Simulated:
    """What a simulated folder holds."""

    rows: int = 0
    """Of all forces, broken ones too."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """NEW, RESEND, STALE, CONFLICT, REFUSED, DEAD."""
    refused: Counter[Code] = field(default_factory=Counter)
    """Rows that a force's door refuses, by code."""
    dead: Counter[Code] = field(default_factory=Counter)
    """Messages that standardise refuses, by code."""
    flags: Counter[Code] = field(default_factory=Counter)
    files: dict[str, str] = field(default_factory=dict)
    """Path in the folder to SHA-256."""
    sha256: str = ""
    """Of the paths and hashes of all files: one number for the whole nation."""

    def count(self, row: Row) -> None:
        """Add one row."""
        self.rows += 1
        self.outcomes[row.outcome] += 1
        if row.code is not None:
            (self.refused if row.outcome == "REFUSED" else self.dead)[row.code] += 1
        if row.flags:
            self.flags.update(row.flags)

    def describe(self) -> dict[str, object]:
        """As the manifest says it."""
        counts: Mapping[str, Counter[Code]] = {"refused": self.refused, "dead_letters": self.dead, "flags": self.flags}
        return {
            "rows": self.rows,
            "outcomes": dict(sorted(self.outcomes.items())),
            **{name: {str(code): number for code, number in sorted(found.items())} for name, found in counts.items()},
            "files": dict(sorted(self.files.items())),
            "sha256": self.sha256,
        }


class _Hashed:
    """A file that is hashed while it is written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._waiting: list[bytes] = []

    def write(self, content: bytes) -> None:
        """Rows are written and hashed together: a call for each would cost as much as the row."""
        self._waiting.append(content)
        if len(self._waiting) >= _TOGETHER:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        content = b"".join(self._waiting)
        self._file.write(content)
        self._digest.update(content)
        self._waiting.clear()

    @property
    def sha256(self) -> str:
        """Of what has been flushed."""
        return self._digest.hexdigest()


def simulate_folder(nation: Nation, folder: Path, progress: Callable[[int, int], None] | None = None) -> Simulated:
    """Simulate into `folder`, which must be empty or not there. `progress` is told the hours done and the rows so far.

    Writes `outbox/<force>.jsonl`, `stock/<force>.jsonl`, `truth.jsonl`, and `nation.json` last: where it is missing, a
    simulation was broken off. Raises FileExistsError for a folder that has something in it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(folder)
    simulated = Simulated()
    with ExitStack() as stack:
        files: dict[str, _Hashed] = {}

        def open_file(name: str) -> _Hashed:
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            files[name] = _Hashed(stack.enter_context(path.open("wb")))
            return files[name]

        with no_pauses():
            _simulate(nation, simulated, open_file, progress or (lambda _hours, _rows: None))
        for file in files.values():
            file.flush()
    simulated.files = {name: file.sha256 for name, file in files.items()}
    listed = "".join(f"{digest}  {name}\n" for name, digest in sorted(simulated.files.items()))
    simulated.sha256 = hashlib.sha256(listed.encode()).hexdigest()
    manifest = nation.describe() | simulated.describe()
    (folder / MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return simulated


def _simulate(
    nation: Nation, simulated: Simulated, open_file: Callable[[str], _Hashed], progress: Callable[[int, int], None]
) -> None:
    start_ms = int(nation.start.timestamp() * 1000)
    episodes = plan_episodes(nation.seed, start_ms, nation.hours)
    population = Population(nation.seed, nation.start.date())
    keeper = TruthKeeper(open_file(TRUTH).write)
    keeper.open({**nation.describe(), "episodes": [_episode(episode) for episode in episodes]})
    forces = [
        ForceSimulation(force, population, nation.seed, nation.scale, nation.fault_rate, episodes, keeper)
        for force in nation.forces or territorial_forces()
    ]
    outputs: dict[str, _Hashed] = {}
    for hour in range(nation.hours):
        from_ms = start_ms + hour * HOUR_MS
        for force in forces:
            for row in force.hour(from_ms):
                if force.force not in outputs:  # a force without a row has no file: an empty one would be refused
                    outputs[force.force] = open_file(f"{force.route}/{force.force}.jsonl")
                outputs[force.force].write(row.content)
                simulated.count(row)
        progress(hour + 1, simulated.rows)
    keeper.close()


def _episode(episode: Episode) -> dict[str, object]:
    moments = {"from": _iso(episode.from_ms), "until": _iso(episode.until_ms)}
    return {"kind": episode.kind, "force": episode.force, "lad": episode.lad or None, **moments}


def _iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat()
