"""`pointduty simulate`: what it prints, what it writes, and what it refuses."""

from pathlib import Path

import orjson
import pytest
import typer
from typer.testing import CliRunner, Result

from deploy.commands_simulate import register

SMALL = ("--seed", "3", "--hours", "2", "--scale", "0.05", "--forces", "durham,cleveland")


def simulate(*arguments: str) -> Result:
    """The command alone: the whole program would send the logs of this process to the runner's own stderr."""
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, arguments)


def test_it_writes_a_folder_and_says_what_is_in_it(tmp_path: Path) -> None:
    """With --json one object: the arguments, the counts, the hash of each file and of all; the manifest says the same."""
    found = simulate(*SMALL, "--out", str(tmp_path / "n"), "--json")
    assert found.exit_code == 0, found.output
    said = orjson.loads(found.stdout)
    written = orjson.loads((tmp_path / "n" / "nation.json").read_bytes())
    assert {name: said[name] for name in written} == written
    assert said["forces"] == ["cleveland", "durham"]
    assert len(said["sha256"]) == 64


def test_the_order_of_the_forces_does_not_matter(tmp_path: Path) -> None:
    """The same forces are the same nation, whatever the order, and however they are listed."""
    one = simulate(*SMALL, "--out", str(tmp_path / "one"), "--json")
    again = ("--forces", "cleveland", "--forces", "durham,durham")
    other = simulate(*SMALL[:-2], *again, "--out", str(tmp_path / "other"), "--json")
    assert orjson.loads(one.stdout)["sha256"] == orjson.loads(other.stdout)["sha256"]


def test_the_table_ends_with_the_hash(tmp_path: Path) -> None:
    """Whoever reads the table can compare their nation with another's."""
    found = simulate(*SMALL, "--out", str(tmp_path / "n"))
    assert found.exit_code == 0
    assert orjson.loads((tmp_path / "n" / "nation.json").read_bytes())["sha256"] in found.output


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--out", "x", "--publish"),
        ("--forces", "atlantis", "--out", "x"),
        ("--forces", "", "--out", "x"),
        ("--scale", "0", "--out", "x"),
        ("--scale", "nan", "--out", "x"),
        ("--hours", "0", "--out", "x"),
        ("--seed", "-1", "--out", "x"),
        ("--seed", "99999999999999999999999", "--out", "x"),
        ("--start", "2026-03-27T00:30", "--out", "x"),
        ("--start", "soon", "--out", "x"),
        ("--faults", "2", "--out", "x"),
    ],
)
def test_wrong_usage_is_told_and_writes_nothing(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2, a word on what was expected, and no folder."""
    monkeypatch.chdir(tmp_path)
    found = simulate(*arguments)
    assert found.exit_code == 2
    assert found.output
    assert not list(tmp_path.iterdir())


def test_a_folder_in_use_and_one_that_cannot_be_made_are_wrong_usage(tmp_path: Path) -> None:
    """Nothing is overwritten, and nobody sees a traceback."""
    (tmp_path / "mine.txt").write_text("mine")
    assert simulate(*SMALL, "--out", str(tmp_path)).exit_code == 2
    assert simulate(*SMALL, "--out", str(tmp_path / "mine.txt" / "n")).exit_code == 2
    assert (tmp_path / "mine.txt").read_text() == "mine"
