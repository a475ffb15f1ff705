"""A rehearsal's report: it binds both sets, adds up, holds no value; its page and its file are what they say."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from avro_values import fill
from core_hub import NOW_MS, agreement, event, parts_of, rule_set

from deploy.rehearse_page import flatten, render_page
from deploy.rehearse_run import Done, Plan, rehearse, when_decided
from deploy.rehearse_run import since as moment
from deploy.standard_file import read_standard_file, write_standard_line
from schemas.codes import Code
from schemas.errors import Refused
from schemas.kinds import KINDS
from schemas.records import Record
from stream_processors.rehearsal import NEWLY
from stream_processors.rehearsal_report import read_report, report_of


def simple(markers: list[str], **more: object) -> Record:
    return agreement(share_when=[{"marker": markers}], **more)


def plan(old: Record, new: Record, **changes: object) -> Plan:
    given = {"since_ms": 0, "now_ms": NOW_MS, "source": "file"} | changes
    return Plan(parts_of([old]), parts_of([new]), **given)  # type: ignore[arg-type]


def test_the_report_is_one_that_approvers_sign_and_holds_no_value() -> None:
    """It binds both sets, adds up, and no string of the record but codes is in it; tokens stand for records."""
    person = {"ref": "p1", "roles": ["SUSPECT"], "surname": "Examplesson"}
    events = [(event(ref=f"R/{n}", markers=["soc"], persons=[person]), NOW_MS) for n in range(4)]
    done = rehearse(plan(simple(["child"]), simple(["soc"])), events, [], lambda _: "token", lambda *_: "", lambda *_: None)
    content = orjson.dumps(done.report)
    read = read_report(content)
    assert read == report_of(done.report) and read.sha256 == done.sha256
    assert read.head.counts.newly_shared == 12 and read.head.counts.records == 4
    assert read.head.old_rule_set != read.head.new_rule_set
    effect = done.report["effects"][NEWLY]
    assert effect["records"] == 4 and all(sum(by.values()) == 12 for by in effect["by"].values())
    assert b"Examplesson" not in content and b"R/1" not in content and b"token" in content


def test_only_the_window_counts() -> None:
    """A record whose last event is before the window is no record of it, and its latches still hold."""
    events = [(event(ref="R/1", markers=["soc"]), 10), (event(ref="R/2", markers=["soc"]), 30)]
    done = rehearse(plan(simple(["child"]), simple(["soc"]), since_ms=20), events, [], str, lambda *_: "", lambda *_: None)
    assert done.report["counts"]["records"] == 1 and done.report["counts"]["newly_shared"] == 3 and done.events == 2


def test_a_set_that_begins_later_is_decided_on_its_first_day() -> None:
    """Else it would be approved as if it shared nothing."""
    later = simple(["soc"], valid_from="2026-07-01")
    done = rehearse(plan(simple(["child"]), later), [(event(markers=["soc"]), NOW_MS)], [], str, lambda *_: "", lambda *_: None)
    assert done.report["counts"]["newly_shared"] == 3 and done.report["decided_as_of"].startswith("2026-07-01")
    assert when_decided(rule_set([simple(["soc"])]), NOW_MS) == NOW_MS


@pytest.mark.parametrize(
    ("text", "ms"), [("1d", NOW_MS - 86_400_000), ("2h", NOW_MS - 7_200_000), ("2026-06-01", 1_780_268_400_000)]
)
def test_how_far_back(text: str, ms: int) -> None:
    """Days, hours, or a day in London."""
    assert moment(text, NOW_MS) == ms
    with pytest.raises(ValueError, match="isoformat"):
        moment("yesterday", NOW_MS)


def done(per: int = 0) -> Done:
    person = {"ref": "p1", "roles": ["SUSPECT"], "surname": "<b>Examplesson</b>"}
    events = [(event(ref=f"R/{number}", markers=["soc"], persons=[person]), NOW_MS) for number in range(9)]
    return rehearse(plan(simple(["child"]), simple(["soc"]), examples=per), events, [], str, lambda *_: "", lambda *_: None)


def test_the_page_is_whole_by_itself_and_escaped() -> None:
    """Nothing is fetched, no script; without examples no value of a record, with them escaped and said so."""
    plain, shown = done(), done(2)
    page, more = render_page(plain.report, plain.sha256), render_page(shown.report, shown.sha256, shown.samples)
    for text in (page, more):
        assert not re.search(r"<script|https?://|src=|url\(", text)
        assert "default-src 'none'" in text and "prefers-color-scheme: dark" in text and "<svg" in text
    assert "Examplesson" not in page and "no value of a record is in this page" in page
    assert "&lt;b&gt;Examplesson&lt;/b&gt;" in more and "personal data" in more and "<b>Examplesson" not in more
    assert len(shown.samples) == 2 and plain.sha256 == shown.sha256


def test_examples_are_flat_lines() -> None:
    """Path and text of each value that would leave."""
    assert flatten({"a": None, "b": [{"c": 1}, {"c": "x"}]}) == [("b[0].c", "1"), ("b[1].c", "x")]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_record_comes_back_from_its_line(kind: str, tmp_path: Path) -> None:
    """Every kind, every field filled; times as ISO text or as milliseconds."""
    record: dict[str, Any] = fill(KINDS[kind].standard) | {}
    record["envelope"]["kind"] = kind
    file = tmp_path / "records.jsonl"
    in_ms = orjson.loads(orjson.dumps(record))
    in_ms["envelope"]["standardised_at"] = round(record["envelope"]["standardised_at"].timestamp() * 1000)
    file.write_bytes(write_standard_line(record) + b"\n" + orjson.dumps(in_ms) + b"\n")
    [one, other] = list(read_standard_file(file))
    assert one == other and one[0] == record
    assert datetime.fromtimestamp(one[1] / 1000, UTC) == record["envelope"]["standardised_at"]


@pytest.mark.parametrize("line", [b"{", b"[]", b'{"envelope": {"kind": "crime"}}', b'{"envelope": {"kind": "Secretname"}}'])
def test_a_line_that_is_no_record_is_named_without_its_content(line: bytes, tmp_path: Path) -> None:
    """File and line number."""
    file = tmp_path / "records.jsonl"
    file.write_bytes(b"\n" + line + b"\n")
    with pytest.raises(Refused, match="line 2") as told:
        list(read_standard_file(file))
    assert told.value.code is Code.NOT_THIS_SCHEMA and "Secretname" not in str(told.value)
