"""`pointduty publish --action` as a person uses it: each action end to end, what is refused, what is asked first."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from force_hub import ForceHub, make_force_hubs
from producers_submissions import crime

from deploy.force_clients import mended_file
from deploy.settings import Settings
from producers.mended_file import MendedFile
from schemas.codes import Code

ROOT = Path(__file__).parents[2]
REASONS = {"recall": "DUPLICATE", "restrict": "UNDER_REVIEW", "erase": "RETENTION_ENDED", "reinstate": "CLOSED_IN_ERROR"}
Said = tuple[int, dict[str, Any], str]
"""Exit code, the JSON object, what was said to the person."""


@pytest.fixture(scope="module")
def hub(cluster_home: Path) -> ForceHub:
    return make_force_hubs(cluster_home, ["kent"])["kent"]


@pytest.fixture
def run(hub: ForceHub, tmp_path: Path) -> Callable[..., Said]:
    """Publish something as Kent, with an outbox of the test's own."""
    own = {"PYTHONPATH": str(ROOT), "POINTDUTY_HOME": str(hub.home), "POINTDUTY_TOPIC_PREFIX": hub.topics.prefix}
    command = [sys.executable, "-c", "from deploy.cli import main; main()", "publish", "--force", "kent", "--json"]

    def publish(*arguments: object, says: str = "") -> Said:
        asked = [*command, "--outbox", str(tmp_path / "outbox"), *map(str, arguments)]
        done = subprocess.run(
            asked, input=says, capture_output=True, text=True, env=os.environ | own, cwd=tmp_path, check=False
        )
        return done.returncode, json.loads(done.stdout or "{}"), done.stderr

    return publish


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write_file(name: str, *submissions: dict[str, Any]) -> Path:
        path = tmp_path / name
        path.write_bytes(b"\n".join(orjson.dumps({"kind": "crime", "submission": one}) for one in submissions))
        return path

    return write_file


def last(hub: ForceHub, ref: str) -> list[tuple[str, int, str | None, str | None]]:
    """Action, version, reason and summary of what was submitted of a record."""
    records = [record for _, record in hub.records() if record["envelope"]["source_ref"] == ref]
    return [
        (each["envelope"]["action"], each["envelope"]["version"], each["envelope"]["action_reason"], each["crime"]["summary"])
        for each in records
    ]


def test_each_action_end_to_end(run: Callable[..., Said], write: Callable[..., Path], hub: ForceHub) -> None:
    """A record published, corrected by a file, recalled, reinstated, restricted, erased, and reinstated by a whole file: each a
    version with its reason, exit code 0, and one order each in the counts; the erasure has no content."""
    record = ("--record", "kent:rms:A/1")
    whole, right = (
        write("whole.jsonl", crime("A/1", crime={"summary": "one"})),
        write("right.jsonl", crime("A/1", crime={"summary": "two"})),
    )
    assert run(whole)[0] == 0
    asked = [("correct", "INACCURATE", right), ("recall", REASONS["recall"]), ("reinstate", REASONS["reinstate"])]
    asked += [("restrict", REASONS["restrict"]), ("erase", REASONS["erase"], "--yes"), ("reinstate", "REVIEW_ENDED", whole)]
    for verb, reason, *more in asked:
        code, counts, said = run("--action", verb, *record, "--reason", reason, *more)
        assert (code, counts["orders"], counts["submitted"], counts["waiting"]) == (0, 1, 1, 0), (verb, said)
    wire = ["CORRECTION", "RECALL", "REINSTATEMENT", "RESTRICTION", "ERASURE", "REINSTATEMENT"]
    reasons = [reason for _, reason, *_ in asked]
    texts = ["two", "two", "two", "two", None, "one"]
    assert last(hub, "A/1") == [("VERSION", 1, None, "one"), *zip(wire, range(2, 8), reasons, texts, strict=True)]


@pytest.mark.parametrize("verb", ["recall", "restrict", "erase"])
def test_what_is_ordered_twice_is_said_twice_and_done_once(
    run: Callable[..., Said], write: Callable[..., Path], hub: ForceHub, verb: str
) -> None:
    """The second order is a resend: the very same bytes, no further version, exit code 0 as well."""
    ref = f"B/{verb}"
    run(write("one.jsonl", crime(ref)))
    order = ("--action", verb, "--record", f"kent:rms:{ref}", "--reason", REASONS[verb], "--yes")
    answers = [run(*order) for _ in range(2)]
    assert [(code, counts["submitted"], counts["resends"]) for code, counts, _ in answers] == [(0, 1, 0), (0, 1, 1)]
    values = [message.value() for message, each in hub.records() if each["envelope"]["source_ref"] == ref]
    assert len(values) == 3 and values[1] == values[2]


def test_a_list_is_carried_out_and_each_refusal_has_its_code(
    run: Callable[..., Said], write: Callable[..., Path], hub: ForceHub, tmp_path: Path
) -> None:
    """Known records go; one that was never published, another force's, and what is no id are refused by code, in the counts and
    to the person; no id is repeated anywhere; exit code 1."""
    run(write("some.jsonl", *(crime(f"C/{n}") for n in range(30))))
    known = [f"kent:rms:C/{n}" for n in range(30)]
    (tmp_path / "ids").write_text("\n".join([*known, *known[:5], "", "kent:rms:C/none", "essex:rms:C/1", "nonsense-id"]))
    code, counts, said = run("--action", "recall", "--records", tmp_path / "ids", "--reason", "SENT_UNLAWFULLY")
    assert (code, counts["orders"], counts["submitted"], counts["refused"], counts["waiting"]) == (1, 33, 30, 3, 0)
    codes = (Code.RECORD_UNKNOWN, Code.WRONG_FORCE_IN_FILE, Code.NOT_A_SUBMISSION)
    assert counts["refused_by_code"] == {str(code): 1 for code in codes}
    assert {each["order"] for each in counts["first_refusals"]} == {31, 32, 33}
    assert "nonsense" not in json.dumps(counts) + said
    assert {last(hub, f"C/{n}")[-1][0] for n in range(30)} == {"RECALL"}


def test_a_record_of_another_machine_goes_by_kind_and_version(run: Callable[..., Said], hub: ForceHub) -> None:
    """Without them it is refused; with them it goes out without content, under that number."""
    order = ("--action", "recall", "--record", "kent:rms:D/1", "--reason", "WRONG_RECIPIENT")
    assert run(*order)[0] == 1
    assert run(*order, "--kind", "crime", "--version", "7")[0] == 0
    assert last(hub, "D/1") == [("RECALL", 7, "WRONG_RECIPIENT", None)]


def test_an_erasure_is_asked_about_first(run: Callable[..., Said], write: Callable[..., Path], hub: ForceHub) -> None:
    """No answer, or another than yes, orders nothing (exit code 1); a recall is not asked about."""
    run(write("one.jsonl", crime("E/1")))
    order = ("--action", "erase", "--record", "kent:rms:E/1", "--reason", "RETENTION_ENDED")
    for answer in ("", "n\n", "what?\n"):
        code, counts, said = run(*order, says=answer)
        assert (code, counts) == (1, {}) and "can't be had back" in said
    assert len(last(hub, "E/1")) == 1
    assert run(*order, says="y\n")[0] == 0
    assert [each[0] for each in last(hub, "E/1")] == ["VERSION", "ERASURE"]


WRONG = [
    ("--action", "burn", "--record", "kent:rms:1", "--reason", "DUPLICATE"),
    ("--action", "recall", "--record", "kent:rms:1"),
    ("--action", "recall", "--record", "kent:rms:1", "--reason", "RECLASSIFIED"),
    ("--action", "recall", "--reason", "DUPLICATE"),
    ("--action", "correct", "--record", "kent:rms:1", "--reason", "INACCURATE"),
    ("--action", "recall", "--record", "kent:rms:1", "--reason", "DUPLICATE", "a-file"),
    ("--action", "recall", "--records", "no-such-file", "--reason", "DUPLICATE"),
    ("--action", "recall", "--record", "kent:rms:1", "--record", "kent:rms:2", "--version", "3", "--reason", "DUPLICATE"),
    ("--action", "recall", "--record", "kent:rms:1", "--kind", "nonsense", "--version", "3", "--reason", "DUPLICATE"),
]


@pytest.mark.parametrize("arguments", WRONG, ids=[" ".join(each[1::2]) for each in WRONG])
def test_wrong_usage_is_exit_2(run: Callable[..., Said], arguments: tuple[str, ...]) -> None:
    """And it says what was expected; a wrong reason names those that there are, with their sources."""
    code, counts, said = run(*arguments)
    assert (code, counts) == (2, {})
    assert said
    if "--reason" in said:
        assert "SENT_UNLAWFULLY" in said and "DPA" in said


def test_an_erasure_takes_what_was_mended_of_the_record_as_well(
    run: Callable[..., Said], write: Callable[..., Path], hub: ForceHub
) -> None:
    """While somebody mends dead letters, nothing is erased, and the command says so; then the mended content goes too, from the
    file's bytes; another record's stays."""
    kept = mended_file(Settings(home=hub.home, topic_prefix=hub.topics.prefix), "kent")
    run(write("two.jsonl", crime("F/1"), crime("F/2")))
    order = ("--action", "erase", "--record", "kent:rms:F/1", "--reason", "RETENTION_ENDED", "--yes")
    with MendedFile(kept, "kent") as mended:
        for ref, text in (("F/1", "a crate of quinces"), ("F/2", "a crate of medlars")):
            envelope = {"force": "kent", "source_system": "rms", "source_ref": ref}
            mended.keep_mended({ref: ("crime", {"envelope": envelope, "crime": {"summary": text}})}, "2026-06-01")
        assert run(*order)[0] == 4
    assert len(last(hub, "F/1")) == 1
    assert b"quinces" in kept.read_bytes()
    assert run(*order)[0] == 0
    files = b"".join(path.read_bytes() for path in kept.parent.glob(f"{kept.name}*"))
    assert b"quinces" not in files and b"medlars" in files
