"""`agreements check` and `who-can-see` as commands, on the shipped rules: exit codes, JSON, what a wrong question is told."""

from pathlib import Path

import orjson
import pytest
import yaml
from core_hub import agreement, event, parts_of
from typer.testing import CliRunner

from deploy.candidate import write_candidate
from deploy.cli import app
from deploy.commands_agreements_who import _fields, _lines
from deploy.standard_file import write_standard_line
from stream_processors.rule_set import shipped_parts

SHIPPED = ("--shipped", "--json")


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["agreements", *arguments])
    return done.exit_code, done.stdout, done.stderr


def test_the_shipped_rules_pass_and_a_planted_error_does_not(tmp_path: Path) -> None:
    """Exit code 1 on errors alone; each finding has its code, its rule and where it stands."""
    code, out, _ = run("check", "--rules-only", *SHIPPED)
    told = orjson.loads(out)
    assert code == 0 and told["errors"] == 0 and told["findings"]
    bad = yaml.safe_load(shipped_parts()["agreements/nca.yaml"])
    bad |= {"share_when": [{"kind": ["crime"], "crime_type": ["robbery"], "victim_anonymity": ["Y"], "offence_flag": ["hate"]}]}
    bad["withhold_when"] = [{"crime_type": ["robbery"]}]
    (tmp_path / "nca.yaml").write_text(yaml.safe_dump(bad))
    code, out, _ = run("check", str(tmp_path / "nca.yaml"), "--rules-only", *SHIPPED)
    told = orjson.loads(out)
    assert code == 1 and told["errors"] >= 1
    assert ("PD-461", "nca", "share_when[0]") in {(each["code"], each["rule"], each["where"]) for each in told["findings"]}


def test_records_of_a_file_are_counted(tmp_path: Path) -> None:
    """Rules that no record of the file met are told; without a hub."""
    write_candidate(tmp_path / "set", parts_of([agreement()]))
    file = tmp_path / "records.jsonl"
    file.write_bytes(write_standard_line(event(markers=["soc"])))
    code, out, _ = run("check", "--from-file", str(file), *SHIPPED)
    told = orjson.loads(out)
    assert code == 0 and told["records"] == 1
    met = {(each["rule"], each["where"]) for each in told["findings"] if each["code"] == "PD-462"}
    assert ("nca", "share_when[0]") not in met and ("yjs", "share_when[0]") in met


def test_who_can_see_says_agencies_form_conditions_and_gateways() -> None:
    """Each answer with what it hangs on, and whether a record was found that proves it."""
    code, out, _ = run("who-can-see", "persons.telephone", "--where", "sub_type=asb", *SHIPPED)
    found = {each["agreement"]: each for each in orjson.loads(out)["answers"]}
    asb = found["la-asb-team"]
    assert code == 0 and asb["leaves_as"] in ("telephone", "telephone_masked") and asb["proved"]
    assert asb["agencies"] == ["asb-tyne-a", "asb-tyne-b", "asb-tyne-c"] and asb["gateways"]
    assert asb["conditions"] and asb["forces"] and "victim-anonymity" in asb["prohibition_ids"]  # who reports may be the victim
    code, out, _ = run("who-can-see", "crime.recording_officer", "--shipped")
    assert code == 0 and "nobody" in out


@pytest.mark.parametrize("arguments", [("persons.nose",), ("persons.surname", "--where", "marker=nobody")])
def test_a_wrong_question_is_wrong_usage(arguments: tuple[str, ...]) -> None:
    """Exit code 2, and what would be right."""
    code, _, errors = run("who-can-see", *arguments, "--shipped")
    assert code == 2 and "expected one of" in " ".join(errors.replace("│", " ").split())


def test_fields_and_lines_complete() -> None:
    """For the shell: every field, every attribute, the values of closed lists."""
    assert "persons.name" in _fields("persons.n") and "marker=" in _lines("mark") and "marker=child" in _lines("marker=ch")
