from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.sink_choice import SinkChoice, choose_sink
from schemas.errors import Misconfigured


def test_one_sink_or_none() -> None:
    """Without a sink there is none; of two, both are named, and no place is."""
    assert choose_sink(csv=None, database=None) is None
    assert choose_sink(csv=Path("a"), database=None) == SinkChoice("csv", "a")
    with pytest.raises(ValueError, match="--csv, --database") as several:
        choose_sink(csv=Path("a"), database="postgresql://u:a-password@h/d")
    assert "a-password" not in str(several.value)


def test_each_place_has_a_group_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two places never share a position; one place has one group, by whatever path and password it is named."""
    monkeypatch.chdir(tmp_path)
    choices = [
        SinkChoice("sqlite", "a"),
        SinkChoice("sqlite", "b"),
        SinkChoice("csv", "a"),
        SinkChoice("database", "postgresql://u@h/d"),
        SinkChoice("database", "postgresql://u@h/e"),
        SinkChoice("database", "postgresql://u@/d?host=/run/x"),
        SinkChoice("database", "postgresql://u@/d?host=/run/y"),
    ]
    assert len({choice.group() for choice in choices}) == len(choices)
    assert choices[0].group("mine") != choices[1].group("mine")
    assert SinkChoice("sqlite", str(tmp_path / "x" / ".." / "a")).group() == choices[0].group()
    for url in ("postgresql://u:a-password@h/d", "postgresql://u@h/d?password=a-password"):
        assert SinkChoice("database", url).group() == choices[3].group()


@pytest.mark.parametrize(
    "words",
    [
        ["subscribe", "--agency", "a", "--csv", "x", "--sqlite", "y"],
        ["subscribe", "--agency", "a", "--csv", "x", "--printed-is-handled"],
        ["subscribe", "--agency", "a", "--verify"],
        ["subscribe", "--agency", "a", "--day", "2026-01-01"],
        ["subscribe", "--agency", "a", "--key", "x"],
        ["subscribe", "--agency", "A_"],
        ["subscribe", "--agency", "a", "2"],
        ["subscriptions", "parked", "--agency", "../x"],
        ["subscriptions", "retry", "--agency", "a", "--csv", "x", "--sqlite", "y"],
        ["subscriptions", "retry"],
    ],
)
def test_wrong_usage_ends_with_2(words: list[str]) -> None:
    """Options that do not go together, or lack another, are told at once."""
    assert CliRunner().invoke(app, words).exit_code == 2


@pytest.mark.parametrize("command", ["subscribe", "subscriptions"])
@pytest.mark.parametrize("url", ["mysql://u:a-password@h/d", "a-password", "postgresql://u:a-password@h:port/d"])
def test_no_error_has_the_url(command: str, url: str, tmp_path: Path) -> None:
    """A URL that means no database of ours is PD-512, and neither output nor error has it."""
    words = ["subscribe"] if command == "subscribe" else ["subscriptions", "parked"]
    done = CliRunner().invoke(app, [*words, "--agency", "a", "--database", url, "--home", str(tmp_path)])
    assert isinstance(done.exception, Misconfigured)
    assert "a-password" not in done.output + str(done.exception)


def test_nothing_is_made_where_nothing_was_read(tmp_path: Path) -> None:
    """Asking after what is parked in a place that nobody has filled is PD-519, and leaves no file."""
    for more in ([], ["--sqlite", str(tmp_path / "x")], ["--csv", str(tmp_path / "y")]):
        done = CliRunner().invoke(app, ["subscriptions", "parked", "--agency", "a", "--home", str(tmp_path), *more])
        assert isinstance(done.exception, Misconfigured)
        assert done.exception.code == "PD-519"
    assert list(tmp_path.iterdir()) == []
