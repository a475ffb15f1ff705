"""`pointduty agreements export`: Cedar policies, schema and agencies of a rule set, which Cedar accepts."""

import json
from pathlib import Path

import cedarpy
import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.commands_agreements_export import AGENCIES, POLICIES, SCHEMA
from stream_processors.rule_set import load_rule_set, shipped_parts


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and standard output."""
    done = CliRunner().invoke(app, ["agreements", "export", *arguments])
    return done.exit_code, done.stdout


def test_the_shipped_set_is_exported_for_cedar(tmp_path: Path) -> None:
    """Policies that fit the schema, agencies that fit it too, and a policy for every clause that permits."""
    code, _ = run("--cedar", "--shipped", "--out", str(tmp_path / "cedar"))
    assert code == 0
    policies, schema, agencies = ((tmp_path / "cedar" / name).read_text() for name in (POLICIES, SCHEMA, AGENCIES))
    assert cedarpy.validate_policies(policies, schema).validation_passed
    rules = load_rule_set(shipped_parts())
    bound = {each.agency.id for rule in rules.agreements for each in rules.bound[rule.id]}
    entities = json.loads(agencies)
    assert {each["uid"]["id"] for each in entities if each["uid"]["type"] == "Agency"} == bound
    assert len(cedarpy.Entities.from_json_str(agencies, schema)) > len(bound)
    for agreement in rules.agreements:
        for at in range(len(agreement.share_when)):
            assert f'@id("{agreement.id}:share_when[{at}]")\npermit' in policies


def test_it_can_be_read_by_a_program() -> None:
    """Without a folder the policies go to standard output, alone, or all texts as JSON."""
    code, text = run("--cedar", "--shipped")
    assert code == 0
    assert text.startswith("@id(")
    code, out = run("--cedar", "--shipped", "--json")
    said = json.loads(out)
    assert code == 0
    assert said["texts"][POLICIES] == text
    assert said["policies"] == text.count("@id(")


@pytest.mark.parametrize("arguments", [["--shipped"], ["--cedar", "--shipped", "--out", "."]])
def test_it_overwrites_nothing_and_guesses_nothing(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No language said, or a folder that has something in it: wrong usage, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kept.txt").write_text("kept")
    assert run(*arguments)[0] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]
