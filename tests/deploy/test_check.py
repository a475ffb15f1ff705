"""`pointduty check`: what it says of files is what the hub makes of them, and no value of a row is in it."""

import gc
import tracemalloc
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import typer
from typer.testing import CliRunner, Result

from deploy import foresight
from deploy.check import check_files
from deploy.check_findings import DEAD_LETTERED, FLAGGED, REFUSED, Findings
from deploy.check_plan import plan_check
from deploy.commands_check import register
from deploy.nation.simulated import TRUTH, Nation, simulate_folder
from deploy.nation_publish import OUTBOX_FOLDER
from producers.adapters.catalogue import adapters_of
from schemas.codes import Code
from schemas.dialect import shipped_dialects
from schemas.reference import forces

DATA = Path(__file__).parents[3] / "shared" / "data" / "police-uk"
NOW = datetime(2026, 6, 1, tzinfo=UTC)
SENTINEL = "Zebedee-Quartermain"

real = pytest.mark.skipif(not DATA.exists(), reason=f"REAL FILES NOT TESTED: no {DATA.parent} beside the repository")


def command(*arguments: object) -> Result:
    """The command alone: the whole program would send the logs of this process to the runner's own stderr."""
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def find(*paths: Path) -> Findings:
    plan = plan_check(paths, adapters_of(shipped_dialects()), None, None, forces())
    assert not plan.problems
    return check_files(plan.work, shipped_dialects(), NOW, lambda _bytes, _rows: None)


def crime(ref: str = "R/1", **parts: Any) -> dict[str, Any]:
    envelope = {"source_system": "native", "source_ref": ref} | parts.pop("envelope", {})
    whole = {"marking": {"tier": "OFFICIAL"}, "occurred": {"start": "2026-05-01T10:00:00Z"}, "crime": {"summary": SENTINEL}}
    return {"kind": "crime", "submission": whole | parts | {"envelope": envelope}}


def write(folder: Path, *rows: object) -> Path:
    path = folder / "kent.jsonl"
    path.write_bytes(b"".join((row if isinstance(row, bytes) else orjson.dumps(row)) + b"\n" for row in rows))
    return path


def test_the_report_of_a_nation_is_its_labels(tmp_path: Path) -> None:
    """Refusals, dead letters and flags by code are those that the simulator labelled, for every outbox.

    But near duplicates: nobody labels which two scenes of a nation look alike by chance.
    """
    folder = tmp_path / "nation"
    simulate_folder(Nation(seed=11, hours=12, scale=0.02, fault_rate=0.05), folder)
    checked = {path.stem for path in (folder / OUTBOX_FOLDER).iterdir()}
    rows = [orjson.loads(line) for line in (folder / TRUTH).read_bytes().splitlines()]
    told = [row for row in rows if row["row"] == "version" and row["force"] in checked]
    findings = find(folder / OUTBOX_FOLDER)
    assert findings.rows == len(told) > 500
    for end, outcome in ((REFUSED, "REFUSED"), (DEAD_LETTERED, "DEAD")):
        wanted = Counter(row["code"] for row in told if row["outcome"] == outcome)
        assert findings.codes(end) == dict(sorted(wanted.items()))
    flags = Counter(code for row in told if row["outcome"] not in ("REFUSED", "DEAD") for code in row.get("flags", []))
    found = findings.codes(FLAGGED)
    found.pop(str(Code.NEAR_DUPLICATE), None)
    assert found == dict(sorted(flags.items()))
    assert findings.versions["resend"] == sum(row["outcome"] == "RESEND" for row in told)


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    """A fault is where an editor shows it, blank lines counted."""
    path = write(tmp_path, crime(), b"", b"{", crime("R/2", marking={"tier": "SECRET"}), crime("R/3", occurred=None))
    places = {(fault.code, fault.field): [place.line for place in fault.places] for fault in find(path).faults()}
    assert places[Code.ROW_MALFORMED, ""] == [3]
    assert places[Code.DOOR_MARKING, "marking.tier"] == [4]
    assert places[Code.TIME_MISSING, "occurred"] == [5]


def test_a_patch_joins_what_it_patches(tmp_path: Path) -> None:
    """The time of the full version is there in its patch; the same row again is a resend."""
    patch = {
        "envelope": {"source_system": "native", "source_ref": "R/1", "partial": True},
        "crime": {"outcome_date": "2026-05-02"},
    }
    found = find(write(tmp_path, crime(), {"kind": "crime", "submission": patch}, crime("R/2"), crime("R/2")))
    assert found.versions == {"new": 2, "update": 1, "resend": 1}
    assert found.standard == 4
    assert Code.TIME_MISSING not in found.codes(FLAGGED)


def test_a_fault_of_ours_is_a_dead_letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception in the core ends no check, and is counted as the hub would count it."""

    def fail(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(foresight, "standardise", fail)
    found = find(write(tmp_path, crime(), crime("R/2")))
    assert found.codes(DEAD_LETTERED) == {str(Code.UNEXPECTED): 2}


def test_no_value_is_in_any_form_of_the_report(tmp_path: Path) -> None:
    """A sentinel in every part that is looked at: not in text, JSON, page or progress."""
    bad = SENTINEL
    coded = {"value": bad, "scheme": bad}
    person = {"ref": "p1", "surname": bad, "sex": coded, "roles": [], "pnc_id": bad, "date_of_birth": bad}
    rows = [
        crime(occurred={"start": bad, "end": bad}, markers=[bad], persons=[person], locations=[{"ref": "l1", "lad_code": bad}]),
        crime("R/2", marking={"tier": bad}),
        crime("R/3", envelope={"source_system": bad}),
        crime("R/4", envelope={"force": bad}),
        crime(bad, crime={"offence": coded, "crime_type": coded, "outcome": coded}),
        crime("R/5", crime={"summary": 5, bad: bad}),
        bad.encode(),
        {"kind": bad, "submission": {}},
    ]
    page = tmp_path / "page.html"
    text = command(write(tmp_path, *rows), "--html", page)
    shown = command(tmp_path / "kent.jsonl", "--json")
    assert text.exit_code == shown.exit_code == 1
    assert orjson.loads(shown.stdout)["rows"] == len(rows)
    for said in (text.output, text.stderr, shown.output, page.read_text()):
        assert "PD-" in said or not said or "rows" in said
        assert bad not in said


def test_json_has_the_promised_keys(tmp_path: Path) -> None:
    """One object: rows, standard, dead_lettered, score, flags, faults; each fault with code, field, what to do and lines."""
    done = command(write(tmp_path, crime(occurred=None), crime("R/2", envelope={"source_system": "unheard-of"})), "--json")
    report = orjson.loads(done.stdout)
    assert report.keys() >= {"rows", "standard", "dead_lettered", "score", "flags", "faults"}
    assert (report["rows"], report["standard"], report["dead_lettered"], report["refused"]) == (2, 1, 1, 0)
    assert report["flags"][str(Code.TIME_MISSING)] == 1
    assert 0 < report["score"] < 100
    [fault] = [one for one in report["faults"] if one["code"] == str(Code.UNKNOWN_SYSTEM)]
    assert fault["lines"] == [{"file": "kent.jsonl", "line": 2}]
    assert fault["field"] == "envelope.source_system"
    assert fault["expected"]
    assert fault["mend"]
    assert not report["conforms"]


def test_exit_codes(tmp_path: Path) -> None:
    """0: all standard and good enough; 1: a bad row, or a score below the least; 2: wrong usage, and nothing is written."""
    good = write(tmp_path, crime(occurred=None))
    assert command(good).exit_code == 0
    assert command(good, "--min-score", "100").exit_code == 1
    assert command(good, "--fail-under", "100").exit_code == 1
    page = tmp_path / "page.html"
    for wrong in (("--adapter", "x"), ("--force", "x"), ("--min-score", "101"), ("--dialect", tmp_path / "none")):
        assert command(good, "--html", page, *wrong).exit_code == 2
    assert command(tmp_path / "none.jsonl").exit_code == 2
    assert command(good, "--html", tmp_path / "none" / "page.html").exit_code == 2
    assert not page.exists()
    assert command(write(tmp_path, crime(), b"{")).exit_code == 1
    good.write_bytes(b"")
    assert command(good).exit_code == 1  # an empty export is not a good one


def test_a_dialect_of_ones_own(tmp_path: Path) -> None:
    """A system that the hub does not know becomes standard with its own dialect file, and its default marking counts."""
    path = write(tmp_path, crime(envelope={"source_system": "own"}, marking=None))
    assert command(path).exit_code == 1
    own = tmp_path / "own.yaml"
    own.write_text("source_system: own\nsource: x\ndefault_marking: {tier: OFFICIAL, sensitive: false}\ncodes: {}\n")
    done = command(path, "--dialect", own, "--json")
    assert done.exit_code == 0, done.output
    assert orjson.loads(done.stdout)["flags"][str(Code.MARKING_DEFAULTED)] == 1


def test_memory_does_not_grow_with_rows(tmp_path: Path) -> None:
    """Five times the rows take no more Python memory at their peak: what versions need is SQLite's."""
    peaks = []
    for rows in (300, 300, 1_500):  # the first fills the caches
        path = write(tmp_path, *(crime(f"R/{number}") for number in range(rows)))
        gc.collect()
        tracemalloc.start()
        assert find(path).standard == rows
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < peaks[1] + 1_000_000


@real
def test_a_year_of_real_files_is_standard() -> None:
    """City of London 2024: each of 9,992 published rows becomes a standard record."""
    findings = find(DATA / "city-of-london")
    assert (findings.rows, findings.standard) == (9_992, 9_992)
    assert sum(findings.versions.values()) == 9_992
