"""`pointduty dead-letters` and `submissions`: wrong usage is told before anything is opened, and help is there."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from deploy import commands_dead_letters, commands_submissions
from deploy.dialect_save import save_rules
from producers.mending import Rule
from schemas.errors import Misconfigured

NAME = "Zebedee-Quartermain"


def _run(*arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    commands_dead_letters.register(app)
    commands_submissions.register(app)
    done = CliRunner().invoke(app, arguments)
    return done.exit_code, done.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "--force", "atlantis"),
        ("list", "--force", "kent", "--state", "odd"),
        ("show", "--force", "kent"),
        ("mend", "--force", "kent"),
        ("mend", "--force", "kent", "--rule", f"no rule {NAME}"),
        ("mend", "--force", "kent", "--set", "a=1", "--accept-suggestions"),
        ("mend", "0-1", "--force", "kent", "--set", f"a={NAME}"),
        ("mend", "0-1", "--force", "kent", "--set", f"a b{NAME}=1"),
        ("resubmit", "--force", "kent"),
        ("resubmit", "0-1", "--force", "kent", "--all"),
    ],
)
def test_wrong_usage_is_exit_2(arguments: tuple[str, ...]) -> None:
    """Nothing of a value is repeated."""
    code, output = _run("dead-letters", *arguments)
    assert code == 2
    assert NAME not in output


def test_a_submission_is_of_a_force() -> None:
    """Which must be one."""
    assert _run("submissions", "--force", "atlantis", "--ref", "x")[0] == 2
    assert _run("submissions", "--force", "kent")[0] == 2


@pytest.mark.parametrize("command", ["list", "show", "mend", "resubmit"])
def test_every_command_has_help_and_json(command: str) -> None:
    """`--json` beside every table."""
    code, output = _run("dead-letters", command, "--help")
    assert code == 0
    assert "--json" in output


def test_a_rule_is_saved_whole_or_not_at_all(tmp_path: Path) -> None:
    """Rules about fields without a code list are left out; one that can't be saved leaves the file as it was."""
    file = tmp_path / "x.yaml"
    text = "source_system: x\nsource: test\ndefault_marking: null\ncodes: {offence: {a: '1'}}\n"
    file.write_text(text)
    good, bad = Rule("crime.offence", "b", "5D"), Rule("crime.offence", "a", "5D")
    for rules in ([good, bad], [Rule("marking.tier", "x", "OFFICIAL"), bad]):
        with pytest.raises(Misconfigured):
            save_rules(file, rules)
        assert file.read_text() == text
    save_rules(file, [Rule("marking.tier", "x", "OFFICIAL"), good])
    assert file.read_text() == text.replace("{a: '1'}", '{a: \'1\', "b": "5D"}')
    assert [each.name for each in tmp_path.iterdir()] == ["x.yaml"]
    with pytest.raises(Misconfigured):
        save_rules(tmp_path / "none.yaml", [good])
