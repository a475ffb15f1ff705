import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.output import ExitCode, exit_code_of
from schemas.codes import Code
from schemas.errors import LostPosition, Misconfigured, NotReady, PointDutyError, Refused

_PROGRAM = "from deploy.cli import main; main()"


def _run(*arguments: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _PROGRAM, *arguments]
    root = Path(__file__).parents[2]
    settings = {"PYTHONPATH": ".", "POINTDUTY_HOME": str(home), **environment}
    return subprocess.run(command, capture_output=True, text=True, cwd=root, env={**os.environ, **settings}, check=False)


def test_help_lists_every_command(tmp_path: Path) -> None:
    """`--help` names every command and ends with 0."""
    done = _run("--help", home=tmp_path)
    assert done.returncode == 0
    for name in ("up", "down", "status", "provision", "publish", "process", "subscribe", "demo", "codes"):
        assert f" {name} " in done.stdout


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    """`--help` of everything loads no Kafka client, no Avro, no settings: that is what keeps it quick."""
    program = (
        "import sys; from deploy.cli import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('confluent_kafka', 'fastavro', 'pydantic', 'requests', 'yaml', 'faust')"
        " if name in sys.modules], file=sys.stderr)"
    )
    command = [sys.executable, "-c", program]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=True, env={**os.environ, "PYTHONPATH": "."})
    assert done.stderr.strip() == "[]"


def test_codes_lists_every_code_with_its_meaning(tmp_path: Path) -> None:
    """`codes --json` has each stable code once, with what was expected and what to do; one code can be asked for."""
    listed = json.loads(_run("codes", "--json", home=tmp_path).stdout)
    assert [one["code"] for one in listed] == [str(code) for code in Code]
    assert all(one["title"] and one["expected"] and one["mend"] for one in listed)
    assert [one["code"] for one in json.loads(_run("codes", "pd-204", "--json", home=tmp_path).stdout)] == ["PD-204"]
    assert "PD-204" in _run("codes", "PD-204", home=tmp_path).stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("codes", "PD-999"),
        ("nonsense",),
        ("subscribe",),
        ("subscribe", "--agency", "Not An Id"),
        ("subscribe", "--agency", "a", "3"),
        ("subscribe", "--agency", "a", "--until-idle", "-1"),
        ("suspend", "--reason", "r"),
        ("suspend", "a", "--force", "kent", "--reason", "r"),
        ("suspend", "a"),
        ("resume", "a", "--yes"),
    ],
)
def test_wrong_options_end_with_2(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """Wrong use ends with 2 and says on standard error how it is done."""
    done = _run(*arguments, home=tmp_path)
    assert (done.returncode, done.stdout) == (ExitCode.USAGE, "")
    assert "Usage: pointduty" in done.stderr


def test_an_error_is_one_block_without_traceback(tmp_path: Path) -> None:
    """An error of the project is code, what, expected, what to do, on standard error; POINTDUTY_DEBUG=1 adds where."""
    done = _run("subscribe", "--agency", "a", home=tmp_path)
    assert (done.returncode, done.stdout) == (ExitCode.MISCONFIGURED, "")
    lines = done.stderr.splitlines()
    assert lines[0].startswith("error PD-401 at cluster.json")
    assert [line.split()[0] for line in lines[1:]] == ["expected", "what"]
    assert "Traceback" in _run("subscribe", "--agency", "a", home=tmp_path, POINTDUTY_DEBUG="1").stderr


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    """A setting of the wrong form is PD-416 that names the setting and not its value."""
    done = _run("subscribe", "--agency", "a", home=tmp_path, POINTDUTY_LANES="a-wrong-value")
    assert done.returncode == ExitCode.MISCONFIGURED
    assert "PD-416 at lanes" in done.stderr
    assert "a-wrong-value" not in done.stderr


def test_an_unexpected_error_shows_its_type_alone(tmp_path: Path) -> None:
    """An exception that nobody foresaw ends with 1, and its text, which may hold a payload, is not shown."""
    program = f"import deploy.cli as c\ndef fail(**_): raise KeyError('a secret')\nc.app = fail\n{_PROGRAM}"
    command = [sys.executable, "-c", program]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=False, env={**os.environ, "PYTHONPATH": "."})
    assert done.returncode == ExitCode.FAILED
    assert done.stderr.startswith("error: unexpected KeyError")
    assert "secret" not in done.stderr


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Refused(Code.TRUNCATED), ExitCode.FAILED),
        (Misconfigured(Code.NOT_AUTHORISED), ExitCode.MISCONFIGURED),
        (NotReady(Code.BROKER_AWAY), ExitCode.NOT_READY),
        (LostPosition(Code.UNKNOWN_OUTCOME), ExitCode.FAILED),
    ],
)
def test_each_kind_of_error_has_its_exit_code(error: PointDutyError, code: ExitCode) -> None:
    """The exit code says what a script should do next."""
    assert exit_code_of(error) is code
