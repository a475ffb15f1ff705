"""A hub that runs for a while: its broker, its processes, its publishers; for the demonstration and for tests that kill.

Whatever happens inside the block, also Ctrl-C, no process is left behind it.
"""

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson
import psutil

from deploy.broker import Choice, down, up
from deploy.broker_embedded import ROLES
from deploy.broker_process import find_stray, last_lines, stop_processes
from deploy.broker_progress import Silent, Watcher
from deploy.cluster import Cluster, load_cluster
from deploy.demo_wait import Backlog, Waiting
from deploy.provision_hub import Provisioned, provision_hub
from deploy.published import Published
from deploy.settings import Settings
from producers.adapters.catalogue import adapters_of, find_files
from schemas.codes import Code
from schemas.dialect import shipped_dialects
from schemas.errors import Misconfigured, NotReady

STOP_SECONDS = 15.0
"""How long a process may take to finish its batch and end before it is killed."""
PUBLISH_WORKERS = 2
"""Publishers at once: forces are independent, and each is one thread of Python."""
PROGRAM = "from deploy.cli import main; main()"
"""What a child runs: the command line, also where its console script is not on the path."""
_CODE_FOLDER = str(Path(__file__).resolve().parents[1])
"""Where our packages are, installed or not: a child runs the same code as we do."""
_INCOMPLETE = 1
"""Exit code of a publisher that refused rows: what it has to tell is in its JSON."""


@dataclass
class Publisher:
    """A publisher at work, and the file that it prints its counts to."""

    process: "subprocess.Popen[bytes]"
    said: Path


class RunningHub:
    """A context manager. `settings.home` is a folder that this hub may fill; nothing is deleted from it."""

    def __init__(self, settings: Settings, watcher: Watcher | None = None, choice: Choice | None = None) -> None:
        self.settings = settings
        self.watcher = watcher or Silent()
        self.children: list[subprocess.Popen[bytes]] = []
        self._choice = choice
        self._started = 0

    def __enter__(self) -> Self:
        try:
            self.cluster: Cluster = up(self.settings.home, self._choice, self.watcher)
        except BaseException:
            self._end_broker()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self.stop(*self.children)
        finally:
            self._end_broker()

    def provision(self) -> Provisioned:
        """Topics, users, permissions, schemas, master key, rule set; approvers of this machine where nobody is pinned."""
        return provision_hub(self.settings, lambda _what, _count: None, demonstration=True)

    def start(self, stage: str, kafka_overrides: Iterable[str] = (), options: Iterable[str] = ()) -> "subprocess.Popen[bytes]":
        """One more process of a stage. `kafka_overrides`: `consumer.NAME=VALUE` or `producer.NAME=VALUE`."""
        overrides = [argument for override in kafka_overrides for argument in ("--kafka", override)]
        return self._spawn(stage, ["process", stage, *overrides, *options])[0]

    def stop(self, *processes: "subprocess.Popen[bytes]") -> None:
        """End processes politely, all at once; whoever takes longer than STOP_SECONDS is killed."""
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill(process)
        self.children = [child for child in self.children if child not in processes]

    def kill(self, process: "subprocess.Popen[bytes]") -> None:
        """`kill -9`: the process gets no chance to finish anything."""
        process.kill()
        process.wait()
        self.children = [child for child in self.children if child is not process]

    def publish_folder(self, adapter: str, path: Path, workers: int = PUBLISH_WORKERS) -> Published:
        """Publish every file of the folder as the force of its name, and wait until all is delivered."""
        return self.finish_publishing(self.start_publishing(adapter, path, workers))

    def start_publishing(
        self, adapter: str, path: Path, workers: int = PUBLISH_WORKERS, wait_seconds: int = 120
    ) -> list[Publisher]:
        """Begin to publish, the forces shared out to so many processes; a force is one process's own. `wait_seconds`: how
        long each force may wait for the hub at its end.
        """
        started = []
        for files in share_files(adapter, path, workers):
            rejects = self.settings.home / "publish" / f"rejects-{self._started + 1}.jsonl"
            options = ["--adapter", adapter, "--json", "--wait", str(wait_seconds), "--rejects", str(rejects)]
            arguments = ["publish", "--force", "from-file", *options, *map(str, files)]
            started.append(Publisher(*self._spawn("publish", arguments)))
        return started

    def finish_publishing(self, publishers: Sequence[Publisher]) -> Published:
        """Wait for the publishers. Raises NotReady (PD-402, last log lines) where one failed."""
        published = Published()
        for publisher in publishers:
            status = publisher.process.wait()
            self.children = [child for child in self.children if child is not publisher.process]
            if status not in (0, _INCOMPLETE) or not publisher.said.stat().st_size:
                log = last_lines(publisher.said.with_suffix(".log"))
                raise NotReady(Code.BROKER_CRASHED, "publish", "\n".join(["it has ended", *log]))
            published.add(orjson.loads(publisher.said.read_bytes()))
        return published

    def wait_quiet(self, seconds: float) -> Waiting | None:
        """Wait until everything submitted has gone through. None: it has; else what still waits when the time is up,
        or when no process is left to carry it on.
        """
        with Backlog(self.settings.home, self.settings.topics) as backlog:
            return backlog.wait(seconds, lambda: any(child.poll() is None for child in self.children), self.watcher.step)

    def log_lines(self) -> list[str]:
        """The last log lines of every process that ended by itself."""
        logs = sorted((self.settings.home / "logs").glob("*.log"))
        return [f"{log.stem}: {line}" for log in logs for line in last_lines(log, 5)]

    def start_script(self, script: Path, arguments: Sequence[str]) -> "subprocess.Popen[bytes]":
        """A process of a script in place of the command line, with the same environment and logs."""
        return self._spawn(script.stem, arguments, [str(script)])[0]

    def _spawn(
        self, name: str, arguments: Sequence[str], program: Sequence[str] = ("-c", PROGRAM)
    ) -> "tuple[subprocess.Popen[bytes], Path]":
        self._started += 1
        folder = self.settings.home / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        said = folder / f"{name}-{self._started}.out"
        with said.open("wb") as out, said.with_suffix(".log").open("wb") as log:
            child = subprocess.Popen(
                [sys.executable, *program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
                env=self._environment(),
                start_new_session=True,  # Ctrl-C is for us: we end them, in order
            )
        self.children.append(child)
        return child, said

    def _environment(self) -> dict[str, str]:
        settings = self.settings
        ours = {"HOME": str(settings.home), "TOPIC_PREFIX": settings.topic_prefix, "LANES": str(settings.lanes)}
        if settings.approvers is not None:
            ours["APPROVERS"] = str(settings.approvers)
        path = [_CODE_FOLDER, *filter(None, [os.environ.get("PYTHONPATH")])]
        return {
            **os.environ,
            **{f"POINTDUTY_{name}": value for name, value in ours.items()},
            "PYTHONPATH": os.pathsep.join(path),
        }

    def _end_broker(self) -> None:
        """Take down what `up` started, also what it had no time to write down."""
        home = self.settings.home
        if load_cluster(home) is not None:
            down(home)
        stop_processes([stray for role in ROLES if (stray := find_stray(home, role))], home)
        kill_children(home)


def kill_children(home: Path) -> None:
    """Kill what else we have started in `home`: an interruption can come before the call that started a process has
    returned, and then nobody knows of it (the tool that formats Kafka's data, for one).
    """
    started = [child for child in psutil.Process().children() if _names(child, str(home.resolve()))]
    for child in started:
        child.kill()
    psutil.wait_procs(started, timeout=STOP_SECONDS)


def _names(process: psutil.Process, folder: str) -> bool:
    try:
        return any(folder in word for word in process.cmdline())
    except psutil.Error:  # it has ended
        return False


def share_files(adapter: str, path: Path, workers: int) -> list[list[Path]]:
    """The files of a folder in at most `workers` shares of about one size, each force's files in one share, in order.

    Raises Misconfigured (PD-416) for an unknown adapter, Refused (PD-113) where there is no such file.
    """
    known = adapters_of(shipped_dialects())
    if adapter not in known:
        raise Misconfigured(Code.BAD_SETTING, "adapter")
    by_force: dict[str | None, list[Path]] = {}
    for file in find_files(known[adapter], path):
        by_force.setdefault(known[adapter].force_in(file), []).append(file)
    shares: list[list[Path]] = [[] for _ in range(workers)]
    sizes = [0] * workers
    for size, files in sorted(((sum(f.stat().st_size for f in files), files) for files in by_force.values()), reverse=True):
        smallest = sizes.index(min(sizes))
        shares[smallest] += files
        sizes[smallest] += size
    return [share for share in shares if share]
