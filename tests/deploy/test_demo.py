"""The command `demo`: its errors, its folder, and how it shares out the work. The run itself is an integration test."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.demo_home import FOLDER, demo_home, interrupt_once
from deploy.demo_hub import PROGRAM, kill_children, share_files
from deploy.published import Published
from deploy.settings import Settings
from schemas.codes import Code
from schemas.errors import Misconfigured, Refused


def _run(*arguments: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM, "demo", *arguments]
    settings = {"PYTHONPATH": ".", "POINTDUTY_HOME": str(home), **environment}
    root = Path(__file__).parents[2]
    return subprocess.run(command, capture_output=True, text=True, cwd=root, env={**os.environ, **settings}, check=False)


_WRONG = [
    ("--hours", "0"), ("--scale", "0"), ("--seed", "one"), ("--police-uk", "/no/such/folder"), ("--nonsense",),
    ("--start", "2026-03-27T00:30"), ("--start", "2999-01-01"),
]  # fmt: skip
"""A window that ends in the future is wrong, too: each door would refuse its rows."""


@pytest.mark.parametrize("arguments", _WRONG)
def test_wrong_usage_ends_with_2_and_starts_nothing(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """A wrong option is exit code 2, nothing on standard output, and no folder is made."""
    done = _run(*arguments, "--json", home=tmp_path / "home")
    assert (done.returncode, done.stdout) == (2, "")
    assert not (tmp_path / "home").exists()


def test_a_cluster_that_does_not_answer_is_an_error_with_its_code(tmp_path: Path) -> None:
    """With POINTDUTY_BOOTSTRAP and no registry named: exit code 3, the setting's name, and no JSON that says it ran."""
    done = _run("--json", home=tmp_path, POINTDUTY_BOOTSTRAP="localhost:1")
    assert (done.returncode, done.stdout) == (3, "")
    assert "PD-416" in done.stderr
    assert "POINTDUTY_ADMIN_PROPERTIES" in done.stderr or "POINTDUTY_REGISTRY_URL" in done.stderr


def test_a_run_begins_with_an_empty_folder_and_leaves_none(tmp_path: Path) -> None:
    """What an earlier run has left is gone before the next begins, and what a run writes is gone behind it."""
    left = tmp_path / FOLDER / "outbox"
    left.mkdir(parents=True)
    with demo_home(Settings(home=tmp_path), is_to_keep=False) as demo:
        assert demo.settings.home == (tmp_path / FOLDER).resolve()
        assert list(demo.settings.home.iterdir()) == []
        (demo.settings.home / "file").touch()
    assert not (tmp_path / FOLDER).exists()


def test_a_run_is_kept_where_it_is_asked_for_or_failed(tmp_path: Path) -> None:
    """--keep keeps the folder; so does an error, because its logs are there; an interruption does not."""
    settings, folder = Settings(home=tmp_path), tmp_path / FOLDER
    with demo_home(settings, is_to_keep=True):
        pass
    assert folder.exists()
    with pytest.raises(Refused), demo_home(settings, is_to_keep=False):
        raise Refused(Code.NO_SUCH_FILE)
    assert folder.exists()
    with pytest.raises(KeyboardInterrupt), demo_home(settings, is_to_keep=False):
        raise KeyboardInterrupt
    assert not folder.exists()


def test_two_runs_in_one_home_are_refused(tmp_path: Path) -> None:
    """The second would remove the first one's folder under its feet."""
    settings = Settings(home=tmp_path)
    with demo_home(settings, is_to_keep=False), pytest.raises(Misconfigured) as caught, demo_home(settings, is_to_keep=False):
        pytest.fail("two at once")
    assert caught.value.code == Code.SLOT_TAKEN


def test_a_process_that_a_killed_run_left_is_ended(tmp_path: Path) -> None:
    """Only a process whose environment names this very folder is ended; one of another folder is not."""
    folder = (tmp_path / FOLDER).resolve()
    folder.mkdir()
    waits = [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()", PROGRAM]
    children = [
        subprocess.Popen(waits, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "POINTDUTY_HOME": str(home)})
        for home in (folder, tmp_path / "other")
    ]
    try:
        for child in children:
            assert child.stdout is not None
            child.stdout.readline()
        with demo_home(Settings(home=tmp_path), is_to_keep=False):
            assert children[0].poll() is not None
            assert children[1].poll() is None
    finally:
        for child in children:
            child.kill()
            child.communicate()


def test_a_child_that_nobody_knows_of_is_ended(tmp_path: Path) -> None:
    """An interruption may come before the call that starts a process returns: the hub ends what names its folder, only."""
    waits = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    children = [
        subprocess.Popen([*waits, str(home / "kafka")], stdin=subprocess.PIPE) for home in (tmp_path / "a", tmp_path / "b")
    ]
    try:
        kill_children(tmp_path / "a")
        assert children[0].poll() is not None
        assert children[1].poll() is None
    finally:
        for child in children:
            child.kill()
            child.communicate()


def test_on_a_cluster_of_the_users_own_nothing_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There a run has a topic prefix of its own and the home folder itself: its users keep their passwords."""
    monkeypatch.setenv("POINTDUTY_BOOTSTRAP", "localhost:1")
    (tmp_path / FOLDER).mkdir()
    prefixes = set()
    for _ in range(2):
        with demo_home(Settings(home=tmp_path), is_to_keep=False) as demo:
            assert demo.settings.home == tmp_path.resolve()
            assert demo.settings.topics.standard.startswith("demo-")
            prefixes.add(demo.settings.topic_prefix)
    assert len(prefixes) == 2
    assert (tmp_path / FOLDER).exists()


def test_only_the_first_signal_interrupts() -> None:
    """The first one interrupts, later ones do not disturb the cleaning up, and the old handlers come back."""
    before = signal.getsignal(signal.SIGTERM)
    cleaned = False
    with pytest.raises(KeyboardInterrupt), interrupt_once():
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGINT)
            cleaned = True
    assert cleaned
    assert signal.getsignal(signal.SIGTERM) is before


def test_every_file_is_shared_out_once_and_a_force_stays_together(tmp_path: Path) -> None:
    """No file is left out or given twice; all files of a force are in one share, in order; no share is empty."""
    for month in ("2018-11", "2018-12"):
        for force, size in (("kent", 900), ("surrey", 500), ("dorset", 400), ("cumbria", 1)):
            (tmp_path / f"{month}-{force}-street.csv").write_bytes(b"x" * size)
    shares = share_files("police-uk-street", tmp_path, 2)
    assert sorted(file for share in shares for file in share) == sorted(tmp_path.iterdir())
    sizes = [sum(file.stat().st_size for file in share) for share in shares]
    assert max(sizes) - min(sizes) <= 2 * 1
    for share in shares:
        forces = [file.name[8:-11] for file in share]
        assert len(share) == 2 * len(set(forces))
        assert all(share.index(file) < share.index(share[number + 1]) for number, file in enumerate(share[:-1]))
    assert len(share_files("police-uk-street", tmp_path, 9)) == 4
    with pytest.raises(Misconfigured):
        share_files("nonsense", tmp_path, 2)


def test_what_the_publishers_say_is_added_up() -> None:
    """Counts and codes of all publishers, as they print them."""
    said = {"rows_read": 3, "submitted": 2, "refused": 1, "waiting": 0, "held": 0, "refused_by_code": {"PD-105": 1}}
    published = Published()
    published.add(json.loads(json.dumps(said)))
    published.add(said | {"refused_by_code": {"PD-105": 2, "PD-104": 1}})
    assert (published.rows_read, published.submitted, published.refused) == (6, 4, 2)
    assert published.refused_by_code == {"PD-105": 3, "PD-104": 1}
