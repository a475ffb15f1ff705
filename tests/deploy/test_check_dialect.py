"""`pointduty check-dialect` and the dialects that a folder or a file adds."""

import json
from pathlib import Path

import pytest
import typer
import yaml
from typer.testing import CliRunner, Result

from deploy.commands_dialect import register
from deploy.commands_publish import register as register_publish
from deploy.dialects import known_dialects
from deploy.output import ExitCode
from producers.door import Door
from schemas.codes import Code
from schemas.dialect import shipped_dialects, systems_with_default
from schemas.errors import Misconfigured

DIALECT = {
    "source_system": "rms",
    "source": "this test",
    "default_marking": {"tier": "OFFICIAL", "sensitive": False},
    "time_formats": ["%d/%m/%Y %H:%M"],
    "codes": {"incident_category": {"NOISE": "ASB_NOISE"}},
    "files": {
        "log": {
            "format": "csv",
            "file_name": r".*-log\.csv",
            "columns": ["id", "type", "when", "beat"],
            "source_ref": "id",
            "kinds": [{"kind": "incident", "fields": {"occurred.start": "when", "incident.opening_category": "type"}}],
        }
    },
}


@pytest.fixture
def dialect(tmp_path: Path) -> Path:
    path = tmp_path / "rms.yaml"
    path.write_text(yaml.safe_dump(DIALECT))
    return path


def sample(folder: Path, *rows: str, header: str = "id,type,when,beat", name: str = "a-log.csv") -> Path:
    """A sample file."""
    path = folder / name
    path.write_text("\n".join([header, *rows]))
    return path


def check(*arguments: object) -> Result:
    """The command alone, as the only one of an application: no name is needed."""
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_all_maps(dialect: Path, tmp_path: Path) -> None:
    """Exit code 0, and what maps is told with its count and its national code."""
    done = check(dialect, sample(tmp_path, "1,NOISE,01/02/2025 10:00,A", "2,NOISE,,"), "--json")
    assert done.exit_code == ExitCode.OK
    report = json.loads(done.stdout)
    assert (report["adapter"], report["rows"], report["maps"]) == ("rms-log", 2, True)
    assert report["mapped"] == [{"code_list": "incident_category", "value": "NOISE", "count": 2, "national": "ASB_NOISE"}]
    assert report["unused_columns"] == ["beat"]
    assert report["missing_columns"] == report["empty_fields"] == []
    assert "incident.grade" in report["never_filled"]


def test_what_does_not_map_is_told_with_the_nearest_national_code(dialect: Path, tmp_path: Path) -> None:
    """Exit code 1: a code, a time, a row."""
    rows = ("1,street drinkers,2025-13-01,A", "2,street drinkers,,", ",NOISE,,")
    done = check(dialect, sample(tmp_path, *rows), "--json")
    assert done.exit_code == ExitCode.FAILED
    report = json.loads(done.stdout)
    [unmapped] = report["unmapped"]
    assert (unmapped["value"], unmapped["count"]) == ("street drinkers", 2)
    assert unmapped["suggestions"][0]["code"] == "ASB_STREET_DRINKING"
    assert report["unreadable_times"] == [{"value": "2025-13-01", "count": 1}]
    assert report["refused"] == [{"code": Code.ROW_MALFORMED, "field": "id", "count": 1}]
    shown = check(dialect, sample(tmp_path, *rows)).stdout
    assert all(text in shown for text in ("street drinkers", "ASB_STREET_DRINKING", "2025-13-01"))


def test_another_header_is_shown_column_by_column(dialect: Path, tmp_path: Path) -> None:
    """What the layout misses and what it does not know."""
    done = check(dialect, sample(tmp_path, "1,NOISE,,", header="id,type,at,beat"), "--json")
    report = json.loads(done.stdout)
    assert done.exit_code == ExitCode.FAILED
    assert (report["missing_columns"], report["unused_columns"]) == (["when"], ["at", "beat"])


def test_wrong_use_and_a_wrong_dialect_are_told_apart(dialect: Path, tmp_path: Path) -> None:
    """Exit code 2 for an adapter that nobody knows; a dialect that does not load is named by its keys."""
    named = sample(tmp_path, "1,NOISE,,", name="other.csv")
    assert check(dialect, named).exit_code == ExitCode.OK  # the only layout that there is
    assert check(dialect, named, "--adapter", "rms-log").exit_code == ExitCode.OK
    assert check(dialect, named, "--adapter", "rms-x").exit_code == ExitCode.USAGE
    assert check(dialect, tmp_path / "none.csv").exit_code == ExitCode.USAGE
    dialect.write_text(yaml.safe_dump({**DIALECT, "colour": "red"}))
    failed = check(dialect, named)
    assert isinstance(failed.exception, Misconfigured)
    assert failed.exception.field == "rms.yaml: colour"


def test_a_file_is_published_by_a_dialect_that_is_not_shipped(
    dialect: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By `--dialect`, and by the folder that POINTDUTY_DIALECTS names: its default marking counts at the door too."""
    rows = sample(tmp_path, "1,NOISE,01/02/2025 10:00,A", "2,NOISE,,")
    arguments = ["--force", "kent", "--adapter", "rms-log", "--dry-run", "--json", str(rows)]
    monkeypatch.setenv("POINTDUTY_HOME", str(tmp_path / "home"))
    app = typer.Typer()
    register_publish(app)
    assert CliRunner().invoke(app, arguments).exit_code == ExitCode.USAGE
    by_file = CliRunner().invoke(app, [*arguments, "--dialect", str(dialect)])
    assert json.loads(by_file.stdout)["submitted"] == 2, by_file.output
    monkeypatch.setenv("POINTDUTY_DIALECTS", str(tmp_path))
    assert json.loads(CliRunner().invoke(app, arguments).stdout)["submitted"] == 2


def test_a_folder_and_a_file_add_dialects(dialect: Path, tmp_path: Path) -> None:
    """A dialect of the folder replaces the shipped one of its system, a single file replaces both; two of one system do not."""
    assert known_dialects(None) == shipped_dialects()
    folder = tmp_path / "dialects"
    folder.mkdir()
    (folder / "own.yaml").write_text(yaml.safe_dump({**DIALECT, "source_system": "police-uk", "source": "a folder"}))
    assert known_dialects(folder)["police-uk"].source == "a folder"
    assert known_dialects(folder, dialect).keys() == {*shipped_dialects(), "rms"}
    assert "rms" in systems_with_default(known_dialects(None, dialect))
    assert Door("kent").systems_with_default == systems_with_default(shipped_dialects())
    (folder / "again.yaml").write_text((folder / "own.yaml").read_text())
    for wrong in ((folder,), (tmp_path / "none",), (None, folder)):
        with pytest.raises(Misconfigured) as caught:
            known_dialects(*wrong)
        assert caught.value.code == Code.BAD_SETTING
