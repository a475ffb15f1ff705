"""Processes that outlive the command that started them, and are ended only if they are surely ours."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from deploy.cluster import Process, Role

STOP_SECONDS = 30
"""How long a process may take to end itself before it is killed: Kafka flushes its logs, at most a few seconds here."""

START_TIME_TOLERANCE_SECONDS = 2.0
"""A change of the clock moves the start times that the system reports by a little."""


def home_mark(home: Path, role: Role) -> str:
    """The word in a process's command line which says whose it is."""
    return f"-Dpointduty.{role}={home.resolve()}"


def start_process(role: Role, command: Sequence[str], environment: Mapping[str, str], output: Path) -> Process:
    """Start `command` in a session of its own, its output appended to `output`. It survives the caller's exit."""
    output.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    pid = os.posix_spawn(  # not Popen: nobody waits for this child, and Popen complains when it is dropped
        command[0],
        list(command),
        dict(environment),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(output), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
        setsigdef=[signal.SIGPIPE, signal.SIGINT],
    )
    return Process(role=role, pid=pid, started_at=psutil.Process(pid).create_time())


def find_process(process: Process, home: Path) -> psutil.Process | None:
    """The running process that `process` describes; None if it has ended, or its pid belongs to another by now."""
    try:
        found = psutil.Process(process.pid)
        same_start = abs(found.create_time() - process.started_at) < START_TIME_TOLERANCE_SECONDS
        if found.status() != psutil.STATUS_ZOMBIE and same_start and home_mark(home, process.role) in found.cmdline():
            return found
        if found.status() == psutil.STATUS_ZOMBIE and found.ppid() == os.getpid():
            found.wait(timeout=0)  # our own dead child: let the system forget it
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.TimeoutExpired):
        pass
    return None


def find_stray(home: Path, role: Role) -> Process | None:
    """A running process of `home` that no file speaks of: left by an `up` which died before it wrote the file."""
    mark = home_mark(home, role)
    for found in psutil.process_iter(["cmdline", "create_time"]):
        if mark in (found.info["cmdline"] or ()):
            return Process(role=role, pid=found.pid, started_at=found.info["create_time"])
    return None


def stop_processes(processes: Sequence[Process], home: Path) -> None:
    """End those of `processes` which are still ours, politely, then by force after STOP_SECONDS."""
    ours = [found for process in processes if (found := find_process(process, home))]
    for found in ours:
        found.terminate()
    _gone, alive = psutil.wait_procs(ours, timeout=STOP_SECONDS)
    for found in alive:
        found.kill()
    psutil.wait_procs(alive, timeout=STOP_SECONDS)


def last_lines(log: Path, count: int = 15) -> list[str]:
    """The last `count` lines of a log, or none if there is none. Reads at most 64 KiB."""
    try:
        with log.open("rb") as content:
            content.seek(0, os.SEEK_END)
            content.seek(max(0, content.tell() - 65_536))
            return content.read().decode(errors="replace").splitlines()[-count:]
    except FileNotFoundError:
        return []


def run_to_end(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Run `command` to its end and return its output; does not raise on a bad exit status."""
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
