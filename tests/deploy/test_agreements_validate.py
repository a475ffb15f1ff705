"""`pointduty agreements validate` says everything that is wrong with rule files; `schema` prints what is shipped."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from core_hub import agreement, parts_of, prohibition
from typer.testing import CliRunner, Result

from deploy.cli import app
from deploy.output import ExitCode
from deploy.rule_folders import read_candidate
from schemas.errors import Misconfigured
from stream_processors.rule_set import hash_parts, shipped_parts


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["agreements", *map(str, arguments)])


def write(folder: Path, parts: dict[str, bytes]) -> Path:
    """The parts as files."""
    for name, content in parts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def test_the_shipped_set_is_valid() -> None:
    """Without a path it is the shipped one: exit code 0, nothing on standard output, its hash in the JSON."""
    done = run("validate")
    assert (done.exit_code, done.stdout) == (ExitCode.OK, "")
    told = json.loads(run("validate", "--json").stdout)
    assert (told["loads"], told["faults"], told["rule_set"]) == (True, [], hash_parts(shipped_parts()))


def test_every_fault_of_a_folder_is_told_with_its_place(tmp_path: Path) -> None:
    """Exit code 1; each fault with file, line, key, what was found, what would be right, its code; a table and JSON alike."""
    broken = parts_of([agreement(share_when=[{"marker": ["chld"]}])], [prohibition(effect="forbid")])
    write(tmp_path, broken)
    done = run("validate", "--json", tmp_path)
    told = json.loads(done.stdout)
    assert (done.exit_code, told["loads"], told["rule_set"]) == (ExitCode.FAILED, False, None)
    assert [(each["file"], each["key"], each["found"], each["code"]) for each in told["faults"]] == [
        ("agreements/0.yaml", "share_when[0].marker[0]", "`chld`", "PD-457"),
        ("prohibitions/0.yaml", "effect", "`forbid`", "PD-456"),
    ]
    assert "`child`" in told["faults"][0]["expected"]
    assert told["faults"][0]["line"] > 1
    table = run("validate", tmp_path)
    assert table.exit_code == ExitCode.FAILED
    assert all(word in table.stdout for word in ("agreements/0.yaml", "chld", "PD-457", "prohibitions/0.yaml"))


def test_a_file_is_laid_over_the_shipped_set(tmp_path: Path) -> None:
    """In the place of the rule with its id, whatever its name; a table in the place of the table."""
    whole = yaml.safe_load(shipped_parts()["agreements/nca.yaml"])
    file = write(tmp_path, {"new.yaml": yaml.safe_dump(whole | {"retention_days": 30}).encode()}) / "new.yaml"
    assert json.loads(run("validate", "--json", file).stdout)["loads"]
    parts = read_candidate([file])
    assert "agreements/nca.yaml" not in parts
    assert len(parts) == len(shipped_parts())
    other = write(tmp_path, {"other.yaml": yaml.safe_dump(prohibition()).encode()}) / "other.yaml"
    assert "prohibitions/other.yaml" in read_candidate([file, other])
    table = write(tmp_path, {"acceptances.csv": b"agreement,force,accepted_by,accepted_on\n"}) / "acceptances.csv"
    assert run("validate", table).exit_code == ExitCode.FAILED


def test_a_file_that_can_not_be_read_as_yaml_is_a_fault(tmp_path: Path) -> None:
    """It is told with its line; a file that is no rule file at all is a wrong path."""
    file = write(tmp_path, {"broken.yaml": b"id: ["}) / "broken.yaml"
    told = json.loads(run("validate", "--json", file).stdout)
    assert [(each["file"], each["code"]) for each in told["faults"]] == [("agreements/broken.yaml", "PD-455")]
    text = write(tmp_path, {"notes.txt": b"x"}) / "notes.txt"
    with pytest.raises(Misconfigured):
        read_candidate([text])
    assert run("validate", tmp_path / "nothing.yaml").exit_code == ExitCode.USAGE


def test_notes_are_shown_where_they_are_asked_for(tmp_path: Path) -> None:
    """Lines that meet are no fault: they are counted, and shown with --notes."""
    fields: dict[str, Any] = {"persons[*].surname": "keep", "persons[VICTIM].surname": "drop"}
    write(tmp_path, parts_of([agreement(fields=fields)]))
    assert (run("validate", tmp_path).exit_code, run("validate", tmp_path).stdout) == (ExitCode.OK, "")
    assert "the stricter" in " ".join(run("validate", "--notes", tmp_path).stdout.split())


@pytest.mark.parametrize(("option", "name"), [((), "agreement"), (("--prohibition",), "prohibition")])
def test_the_schema_is_printed_as_it_is_shipped(option: tuple[str, ...], name: str) -> None:
    """Byte for byte: what is printed is what a person writes into schemas/rules."""
    assert run("schema", *option).stdout == (files("schemas") / "rules" / f"{name}.schema.json").read_text(encoding="utf-8")
