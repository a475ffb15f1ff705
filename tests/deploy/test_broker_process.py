"""Processes are ended only if they are surely ours."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from pump_bench import wait_for

from deploy.broker_process import find_process, find_stray, home_mark, last_lines, start_process, stop_processes
from deploy.cluster import Process

SLEEP = "import time; print('up', flush=True); time.sleep(600)"


def start(home: Path, mark_of: Path) -> Process:
    """A process that sleeps, its command line marked as that of `mark_of`."""
    command = [sys.executable, "-c", SLEEP, home_mark(mark_of, "kafka")]
    out = home / "logs" / "out"
    process = start_process("kafka", command, {}, out)
    wait_for(lambda: out.exists() and "up" in out.read_text(), "the process runs its own program")
    return process


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Process]:
    process = start(tmp_path, tmp_path)
    yield process
    if psutil.pid_exists(process.pid):
        psutil.Process(process.pid).kill()
        psutil.Process(process.pid).wait()


def test_ours_is_found_and_ended(tmp_path: Path, ours: Process) -> None:
    """A process that we started is found by its record and by its mark, and `stop` ends it."""
    assert find_process(ours, tmp_path) is not None
    assert find_stray(tmp_path, "kafka") == ours
    stop_processes([ours], tmp_path)
    assert find_process(ours, tmp_path) is None
    assert find_stray(tmp_path, "kafka") is None
    assert not psutil.pid_exists(ours.pid)


def test_a_stranger_with_our_pid_is_left_alone(tmp_path: Path, ours: Process) -> None:
    """Where the pid belongs to a process of another home, role or start time, it is not ours and stays alive."""
    strangers = [
        (ours, tmp_path / "another-home"),
        (ours.model_copy(update={"role": "registry"}), tmp_path),
        (ours.model_copy(update={"started_at": ours.started_at - 3600}), tmp_path),
    ]
    for process, home in strangers:
        assert find_process(process, home) is None
        stop_processes([process], home)
    assert find_process(ours, tmp_path) is not None


def test_a_zombie_is_dead(tmp_path: Path, ours: Process) -> None:
    """A killed child that nobody has waited for counts as ended, and is buried by the question."""
    psutil.Process(ours.pid).kill()
    while psutil.pid_exists(ours.pid) and psutil.Process(ours.pid).status() != psutil.STATUS_ZOMBIE:
        pass
    assert find_process(ours, tmp_path) is None
    assert not psutil.pid_exists(ours.pid)


def test_one_that_will_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that ignores the polite signal is ended by force."""
    monkeypatch.setattr("deploy.broker_process.STOP_SECONDS", 0.2)
    stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
    log = tmp_path / "out"
    process = start_process("kafka", [sys.executable, "-c", stubborn, home_mark(tmp_path, "kafka")], {}, log)
    while last_lines(log) != ["up"]:
        pass
    stop_processes([process], tmp_path)
    assert not psutil.pid_exists(process.pid)


def test_last_lines_of_a_log(tmp_path: Path) -> None:
    """The last lines come in order; a missing log has none."""
    log = tmp_path / "log"
    assert last_lines(log) == []
    log.write_text("".join(f"{number}\n" for number in range(100_000)))
    assert last_lines(log, 3) == ["99997", "99998", "99999"]


def test_it_is_in_a_session_of_its_own(ours: Process) -> None:
    """A started process leads a session, so that the end of a terminal does not end it."""
    listed = subprocess.run(["/bin/ps", "-o", "sid=", "-p", str(ours.pid)], check=True, capture_output=True, text=True)
    assert int(listed.stdout) == ours.pid
