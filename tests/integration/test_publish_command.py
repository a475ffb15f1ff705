"""`pointduty publish` as a person uses it: counts, reports, exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from force_hub import make_force_hubs
from producers_submissions import crime

ROOT = Path(__file__).parents[2]
FORCES = ["kent", "essex"]
HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,"
    "Crime type,Last outcome category,Context\n"
)


@pytest.fixture(scope="module")
def hubs(cluster_home):
    return make_force_hubs(cluster_home, FORCES)


@pytest.fixture
def publish(hubs, tmp_path):
    hub = hubs["kent"]
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "POINTDUTY_HOME": str(hub.home),
        "POINTDUTY_TOPIC_PREFIX": hub.topics.prefix,
    }

    def run(*arguments, force="kent"):
        rejects = ["--rejects", str(tmp_path / "rejects.jsonl"), "--outbox", str(tmp_path / f"{force}-outbox")]
        command = [sys.executable, "-c", "from deploy.cli import main; main()", "publish", "--force", force]
        return subprocess.run(
            [*command, *arguments, *rejects], capture_output=True, text=True, env=environment, cwd=tmp_path, check=False
        )

    return run


def _street(path, force, *refs, **changes):
    rows = (f"{ref},2018-12,{force},{force},,,No Location,,,Drugs,," for ref in refs)
    path.write_text(HEADER + "\n".join(changes.get(row.split(",")[0], row) for row in rows) + "\n")
    return str(path)


def _count(hub):
    return len(hub.read())


def test_good_rows_go_bad_rows_are_told(publish, hubs, tmp_path):
    """Each bad row by file, line and code, on the terminal and in the rejects file; the rest arrives; exit code 1."""
    before = _count(hubs["kent"])
    path = _street(
        tmp_path / "2018-12-kent-street.csv",
        "Kent Police",
        "a",
        "b",
        "c",
        "d",
        b="b,2018-99",
        d="d,\udc00".encode("utf-8", "replace").decode(),
    )
    done = publish("--adapter", "police-uk-street", path, "--json")
    result = json.loads(done.stdout)
    assert done.returncode == 1
    assert (result["rows_read"], result["submitted"], result["refused"], result["waiting"]) == (4, 2, 2, 0)
    assert _count(hubs["kent"]) == before + 2
    assert f"{path}:3: PD-105" in done.stderr + done.stdout
    rejects = [json.loads(line) for line in (tmp_path / "rejects.jsonl").read_text().splitlines()]
    assert [(one["line"], one["code"]) for one in rejects] == [(3, "PD-105"), (5, "PD-105")]


def test_publishing_again_is_a_resend_and_all_good_is_exit_0(publish, hubs, tmp_path):
    """The second time the same events are sent; the hub is to count them, so they are sent."""
    before = _count(hubs["kent"])
    path = _street(tmp_path / "2018-12-kent-street.csv", "Kent Police", "x", "y")
    results = [publish("--adapter", "police-uk-street", path, "--json") for _ in range(2)]
    assert [done.returncode for done in results] == [0, 0]
    assert [json.loads(done.stdout)["resends"] for done in results] == [0, 2]
    assert _count(hubs["kent"]) == before + 4


def test_strict_stops_at_the_first_bad_row(publish, tmp_path):
    """What stood before it is submitted, nothing behind it is read."""
    path = _street(tmp_path / "2018-12-kent-street.csv", "Kent Police", "a", "b", "c", b="b")
    result = json.loads(publish("--adapter", "police-uk-street", path, "--json", "--strict").stdout)
    assert (result["rows_read"], result["submitted"], result["refused"]) == (2, 1, 1)


def test_a_folder_of_several_forces(publish, hubs, tmp_path):
    """One force: the others' files are left out and counted. From-file: each goes to its own topic."""
    folder = tmp_path / "files"
    folder.mkdir()
    _street(folder / "2018-12-kent-street.csv", "Kent Police", "k")
    _street(folder / "2018-12-essex-street.csv", "Essex Police", "e")
    arguments = ("--adapter", "police-uk-street", str(folder), "--json")
    one = json.loads(publish(*arguments).stdout)
    assert (one["rows_read"], one["files_left_out"]) == (1, 1)
    before = _count(hubs["essex"])
    all_of_them = json.loads(publish(*arguments, force="from-file").stdout)
    assert (all_of_them["rows_read"], all_of_them["refused"], all_of_them["files_left_out"]) == (2, 0, 0)
    assert _count(hubs["essex"]) == before + 1


def test_a_dry_run_sends_and_queues_nothing(publish, hubs, tmp_path):
    """It reads and checks, with the same counts."""
    before = _count(hubs["kent"])
    (tmp_path / "kent.jsonl").write_bytes(
        b"\n".join(orjson.dumps({"kind": "crime", "submission": one}) for one in (crime(), crime(marking={"tier": "SECRET"})))
    )
    done = publish(str(tmp_path / "kent.jsonl"), "--dry-run", "--json")
    result = json.loads(done.stdout)
    assert (result["rows_read"], result["submitted"], result["refused_by_code"], done.returncode) == (2, 1, {"PD-106": 1}, 1)
    assert _count(hubs["kent"]) == before
    assert not (tmp_path / "kent-outbox").exists()


@pytest.mark.parametrize(
    "arguments",
    [("--adapter", "nonsense", "x"), ("--force", "atlantis", "x"), ("--force", "from-file"), ("--outbox-limit", "0")],
)
def test_wrong_usage_is_exit_2(publish, arguments):
    """And it says what was expected."""
    done = publish(*arguments)
    assert done.returncode == 2
    assert done.stderr


def test_a_file_that_is_not_there_is_counted(publish, tmp_path):
    """Exit code 1 and PD-113, never a silent nothing."""
    done = publish(str(tmp_path / "none.jsonl"), "--json")
    assert (json.loads(done.stdout)["refused_by_code"], done.returncode) == ({"PD-113": 1}, 1)
