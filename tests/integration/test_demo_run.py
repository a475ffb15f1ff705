"""The demonstration as a person starts it: a small nation on a real broker of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from deploy.broker import Choice
from deploy.demo_hub import PROGRAM

DEADLINE_SECONDS = 240


def _start(home: Path, *arguments: str) -> "subprocess.Popen[str]":
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root), "POINTDUTY_HOME": str(home)}
    for name in ("POINTDUTY_BOOTSTRAP", "POINTDUTY_TOPIC_PREFIX"):
        environment.pop(name, None)
    command = [sys.executable, "-c", PROGRAM, "demo", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=root)


def _left(home: Path) -> list[list[str]]:
    """Processes whose command line names this home folder."""
    mark = str(home.resolve())
    found = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    return [command for command in found if any(mark in word for word in command)]


def _wait_until(is_so: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not is_so():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(autouse=True)
def _only_embedded(broker_choice: Choice) -> None:
    if broker_choice != "embedded":
        pytest.skip("the demonstration chooses its own broker: tried once, with the embedded one")


SMALL = ("--hours", "24", "--scale", "0.02")


def test_a_small_nation_balances_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """Everything adds up, the foreign read was refused by the broker, and neither a process nor a folder is left."""
    run = _start(tmp_path, *SMALL, "--json")
    out, err = run.communicate(timeout=DEADLINE_SECONDS)
    said = json.loads(out)
    assert (run.returncode, said["problems"]) == (0, []), err
    assert said["balanced"] is True
    assert said["rows_read"] == said["submitted"] + said["refused"] > 1500
    assert said["standard"] == said["new_versions"] + said["resends"] + said["stale"] + said["conflicts"]
    assert min(said["resends"], said["dead_lettered"], said["refused"]) > 0
    assert said["ledger_entries"] == said["new_versions"]
    assert sum(feed["deliveries"] for feed in said["feeds"].values()) > 0
    assert said["foreign_read"] == "TOPIC_AUTHORIZATION_FAILED"
    assert not _left(tmp_path)
    assert not (tmp_path / "demo-run").exists()


@pytest.mark.parametrize("moment", ["broker/logs/registry.log", "logs/disseminate-4.log"])
def test_interrupted_it_leaves_nothing_behind(moment: str, tmp_path: Path) -> None:
    """Ctrl-C while the broker starts, and while everything runs: exit code 130, no process, no folder."""
    run = _start(tmp_path, *SMALL)
    _wait_until((tmp_path / "demo-run" / moment).exists, run)
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=DEADLINE_SECONDS)
    assert run.returncode == 130, err
    assert not _left(tmp_path)
    assert not (tmp_path / "demo-run").exists()
