"""A whole hub that lives: every process is started again when it ends, and some are killed (`kill -9`) at random."""

import random
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.control_desk import ControlDesk
from deploy.demo_hub import RunningHub
from deploy.lane_progress import read_progress
from deploy.provision_hub import open_desk
from stream_processors.lane_tasks import DONE

AGENCY_SCRIPT = Path(__file__).with_name("lives_agency.py")
PER_STAGE = {"standardise": 2, "disseminate": 2, "acknowledge": 1}
KILL_SPREAD = (0.2, 1.8)
"""Shortest and longest time between two kills, as parts of the middle."""
_LOOK_SECONDS = 0.1

Start = Callable[[], "subprocess.Popen[bytes]"]
Agencies = Mapping[str, Sequence[str]]
"""Agency to its feeds."""


@dataclass
class Living:
    """One process, whoever it is just now."""

    name: str
    start: Start
    process: "subprocess.Popen[bytes]"


@dataclass
class Lives:
    """Keeps the processes of a hub alive, and kills as many of them as it is told. A context manager."""

    hub: RunningHub
    folder: Path
    shares: Sequence[Agencies]
    dice: random.Random
    wanted_kills: int = 0
    kill_seconds: float = 3.0
    """Time between two kills, in the middle."""
    kills: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    """Processes that have ended by themselves, with their exit code."""

    def __post_init__(self) -> None:
        self._living: list[Living] = []
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._kill_at = 0.0
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        for stage, number in PER_STAGE.items():
            for _ in range(number):
                self._add(stage, lambda stage=stage: self.hub.start(stage))  # type: ignore[misc]
        for number, share in enumerate(self.shares):
            self._add(f"subscribers {number}", lambda share=share: self.read(share, 0))  # type: ignore[misc]
        self._plan_kill()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join(60)
        self.hub.stop(*(each.process for each in self._living))

    def read(self, share: Agencies, idle: float) -> "subprocess.Popen[bytes]":
        """A process that reads as these agencies, for ever or until all is read."""
        listed = [f"{agency}={','.join(feeds)}" for agency, feeds in share.items()]
        return self.hub.start_script(AGENCY_SCRIPT, [str(self.folder), str(idle), *listed])

    def read_to_end(self, idle: float, seconds: float) -> None:
        """All agencies read what there is, for so many seconds at most: what they have stored by then is compared anyhow."""
        readers, deadline = [self.read(share, idle) for share in self.shares], time.monotonic() + seconds
        for reader in readers:
            with suppress(subprocess.TimeoutExpired):
                reader.wait(max(0.1, deadline - time.monotonic()))
        self.hub.stop(*readers)

    def end_subscribers(self) -> None:
        """They read no more: others will read the rest to its end."""
        with self._lock:
            ending = [each for each in self._living if each.name.startswith("subscribers")]
            self._living = [each for each in self._living if each not in ending]
        self.hub.stop(*(each.process for each in ending))

    @property
    def has_killed(self) -> bool:
        """Whether as many were killed as wanted."""
        return self.kills.total() >= self.wanted_kills

    def _add(self, name: str, start: Start) -> None:
        self._living.append(Living(name, start, start()))

    def _plan_kill(self) -> None:
        self._kill_at = time.monotonic() + self.kill_seconds * self.dice.uniform(*KILL_SPREAD)

    def _watch(self) -> None:
        while not self._stop.wait(_LOOK_SECONDS):
            with self._lock:
                for each in self._living:
                    self._revive(each)
                if not self.has_killed and time.monotonic() >= self._kill_at and self._living:
                    self._kill(self.dice.choice(self._living))
                    self._plan_kill()

    def _revive(self, each: Living) -> None:
        code = each.process.poll()
        if code is not None:
            self.ended[f"{each.name}: exit {code}"] += 1
            self.hub.kill(each.process)  # it is no child any more
            each.process = each.start()

    def _kill(self, each: Living) -> None:
        self.hub.kill(each.process)
        self.kills[each.name.split()[0]] += 1
        each.process = each.start()


def share_agencies(agencies: Agencies, processes: int) -> list[dict[str, Sequence[str]]]:
    """The agencies in so many shares."""
    names = sorted(agencies)
    return [{name: agencies[name] for name in names[number::processes]} for number in range(processes)]


def wait_quiet(hub: RunningHub, seconds: float) -> None:
    """Wait until everything submitted is disseminated, and every command carried out in every lane."""
    deadline = time.monotonic() + seconds
    waiting = hub.wait_quiet(seconds)
    assert waiting is None, f"{waiting} after {seconds} s: {hub.log_lines()}"
    with open_desk(hub.settings) as desk:
        while (open_lanes := _open_lanes(desk, hub.settings.lanes)) and time.monotonic() < deadline:
            time.sleep(1)
        assert not open_lanes, f"commands are not done in {open_lanes} lanes: {hub.log_lines()}"
    waiting = hub.wait_quiet(seconds)
    assert waiting is None, waiting


def _open_lanes(desk: ControlDesk, lanes: int) -> int:
    """Lanes in which a command is not done yet, of all commands."""
    progress = read_progress(desk)
    done = {name: sum(said["state"] == DONE for said in progress.get(name, {}).values()) for name in desk.read().commands.by_id}
    return sum(lanes - number for number in done.values())
