"""Answers on the real broker: explain for its three readers, rehearse and its report; every look is logged first."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson
import pytest
import yaml
from core_hub import agreement, prohibition
from stage_hub import Running, StageHub, crimes, make_stage_hub

from deploy.explain_run import explain_to_agency, explain_to_auditor, explain_to_force
from deploy.hub_records import HubRecords, open_hub
from schemas.records import Record, decode
from schemas.wire import unframe
from stream_processors.consultation import CONSULTATION, reference_token
from stream_processors.rehearsal_report import read_report

FORCE = "northumbria"
COUNCIL = agreement(share_when=[{"marker": ["child"]}], withhold_when=[{"marker": ["mappa"]}])
RULES = [COUNCIL, agreement("bureau", fields={"envelope.kind": "keep", "persons[*].surname": "keep", "crime.summary": "keep"})]
SHARED, WITHHELD, LATER = (f"{FORCE}:native:R/{number}" for number in range(3))
PERSON = {"ref": "p1", "roles": ["VICTIM"], "surname": "Examplesson"}


@pytest.fixture(scope="module")
def hub(cluster_home: Path) -> Iterator[StageHub]:
    """Three records: shared with the councils, withheld from them, shared and withdrawn again."""
    with make_stage_hub(cluster_home, RULES, own=(FORCE, "kent")) as made:
        made.publish_rules(RULES, [prohibition(when=[{"marker": ["refuge"]}], effect="drop", drops=["crime.summary"])])
        with Running(made, "disseminate") as worker:
            made.write_standard(crimes(1, 0, markers=["child", "refuge"], persons=[PERSON]))
            made.write_standard(crimes(1, 1, markers=["mappa"]))
            made.write_standard(crimes(1, 2, markers=["child"]))
            made.write_standard(crimes(1, 2, 2, markers=["mappa"]))
            worker.wait(lambda: len(made.ledger()) == 4 and len(made.deliveries("bureau")) == 3, "all is decided")
        yield made


@pytest.fixture
def records(hub: StageHub) -> Iterator[HubRecords]:
    with open_hub(hub.settings) as opened:
        yield opened


def pointduty(hub: StageHub, *arguments: str, cwd: Path | None = None) -> tuple[int, str, str]:
    """Run the command in a process of its own: exit code, output, errors."""
    environment = {"POINTDUTY_HOME": str(hub.home.resolve()), "POINTDUTY_TOPIC_PREFIX": hub.topics.prefix, "PATH": ""}
    command = [sys.executable, "-c", "from deploy.cli import main; main()", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=cwd, check=False)
    return done.returncode, done.stdout, done.stderr


def looks(hub: StageHub) -> list[Record]:
    found = [message for message in hub.read(hub.topics.ledger) if (message.key() or b"").startswith(b"consultation/")]
    return [decode(CONSULTATION, unframe(message.value())[1]) for message in found]


def tokens_of(hub: StageHub, agency: str, record_id: str, records: HubRecords) -> str:
    """The token that the record has, or would have, in an agency's feed."""
    return records.tokens().record_at(f"council@{hub.agency(agency)}", record_id, 0)


def test_an_agency_is_told_of_its_own_deliveries_and_nothing_else(hub: StageHub, records: HubRecords) -> None:
    """By its token: what it was sent, under what, how to handle it; not which clause, no field, no record id, nobody else."""
    agency = hub.agency("council-a")
    told = explain_to_agency(records, tokens_of(hub, "council-a", SHARED, records), agency, "a person")
    assert told is not None and [each["action"] for each in told["deliveries"]] == ["SHARE"]
    assert told["deliveries"][0]["gateways"] == ["CDA1998-115"] and "child" in told["deliveries"][0]["shares"]
    withdrawn = explain_to_agency(records, tokens_of(hub, "council-a", LATER, records), agency, "a person")
    assert withdrawn is not None and [each["action"] for each in withdrawn["deliveries"]] == ["SHARE", "WITHDRAW"]
    said = str(told) + str(withdrawn)
    for secret in (SHARED, LATER, "native", "Examplesson", hub.agency("bureau"), hub.agency("council-b"), "mappa"):
        assert secret not in said


def test_withheld_and_never_been_are_one_answer_by_one_way(hub: StageHub, records: HubRecords) -> None:
    """The same topics are read as often, one look is logged, output, errors and exit code are the same to the byte: for a
    record that was withheld, for none, for a record's id, for another agency's token, for no token at all."""
    agency = hub.agency("council-a")
    withheld = tokens_of(hub, "council-a", WITHHELD, records)
    asked = [withheld, "0" * 32, SHARED, tokens_of(hub, "council-b", SHARED, records), "x"]
    ways = []
    for reference in asked:
        records.reads.clear()
        assert explain_to_agency(records, reference, agency, "a person") is None
        ways.append(dict(records.reads))
    assert ways == [{hub.topics.control: 1, hub.topics.ledger: 1, "log": 1}] * len(asked)
    answers = {pointduty(hub, "explain", reference, "--agency", agency) for reference in (withheld, "0" * 32)}
    [(code, out, errors)] = answers
    assert (code, out) == (1, "") and "PD-460" in errors


def test_a_force_is_told_why_and_to_whom_of_its_own_records(hub: StageHub, records: HubRecords) -> None:
    """Each version, each agency with its reason in words; of another force's record nothing, and it is not looked up."""
    told = explain_to_force(records, LATER, FORCE, "a person")
    assert told is not None and [each["version"] for each in told["decisions"]] == [1, 2]
    assert [each["agency"] for each in told["held_by"] if each["state"] == "HELD"] == [hub.agency("bureau")]
    [council] = [each for each in told["decisions"][1]["withheld"] if each["agreement"] == "council"]
    assert council["agencies"] == [hub.agency(f"council-{name}") for name in "abc"]
    assert any("mappa" in reason["words"] for reason in council["reasons"])
    first = told["decisions"][0]["disclosures"][0]
    assert first["because"] and first["fields"] and "token" not in first
    records.reads.clear()
    assert explain_to_force(records, LATER, "kent", "a person") is None
    assert explain_to_force(records, f"{FORCE}:native:none", FORCE, "a person") is None
    assert records.reads[hub.topics.standard] == 1  # for the own one alone


def test_an_auditor_is_told_everything_and_the_engine_confirms_it(hub: StageHub, records: HubRecords) -> None:
    """Every decision made again comes to the vector that the ledger has; what a national rule took away is named; no value."""
    for record_id in (SHARED, WITHHELD, LATER):
        told = explain_to_auditor(records, record_id, None, "a person")
        assert told is not None and [each["confirmed"] for each in told["decisions"]] == [True] * len(told["decisions"])
        assert "Examplesson" not in str(told)
        assert all(each["recorded_reasons"] for each in told["decisions"])
    told = explain_to_auditor(records, SHARED, hub.agency("bureau"), "a person")
    assert told is not None
    [delivery] = told["decisions"][0]["disclosures"]
    assert "crime.summary" not in delivery["fields"] and "persons.surname" in delivery["fields"]
    assert "refuge" in delivery["taken_away_by"][0]
    assert explain_to_auditor(records, "kent:native:none", None, "a person") is None


def test_the_answers_are_plain_text(hub: StageHub) -> None:
    """As a person reads them, for each reader; nothing that the JSON has not."""
    code, out, _ = pointduty(hub, "explain", LATER, "--force", FORCE)
    assert code == 0 and "Not to" in out and "was told to delete it" in out and "share_when" not in out
    code, out, _ = pointduty(hub, "explain", LATER, "--as", "auditor", "--json")
    assert code == 0 and orjson.loads(out)["decisions"][1]["ledger"]["offset"] > 0
    assert pointduty(hub, "explain", LATER)[0] == 2


def test_every_look_is_logged_by_token(hub: StageHub, records: HubRecords) -> None:
    """Whatever the answer was; who looked and for whom; no record id."""
    before = len(looks(hub))
    agency = hub.agency("council-a")
    explain_to_agency(records, "1" * 32, agency, "Ann")
    explain_to_force(records, LATER, FORCE, "Bob")
    explain_to_auditor(records, LATER, None, "Cat")
    made = looks(hub)[before:]
    assert [(each["by"], each["reader"], each["what"]) for each in made] == [
        ("Ann", f"agency/{agency}", "EXPLAIN"), ("Bob", f"force/{FORCE}", "EXPLAIN"), ("Cat", "auditor", "EXPLAIN"),
    ]  # fmt: skip
    named = records.tokens().ledger_record(LATER)
    assert [each["record_tokens"] for each in made] == [[reference_token(records.tokens(), "1" * 32)], [named], [named]]
    assert FORCE not in str([each["record_tokens"] for each in made]) and len({e["consultation_id"] for e in made}) == 3


def rehearse(hub: StageHub, folder: Path, *more: str) -> tuple[int, str, str]:
    new = COUNCIL | {"share_when": [{"marker": ["mappa"]}], "withhold_when": []}
    (folder / "council.yaml").write_text(yaml.safe_dump(new))
    options: Sequence[str] = ("agreements", "rehearse", str(folder / "council.yaml"), "--json", *more)
    return pointduty(hub, *options, cwd=folder)


def test_a_rehearsal_from_kafka_says_who_would_get_what(hub: StageHub, tmp_path: Path) -> None:
    """Newly, no longer, and what is held and would go; the report that is written is the one whose hash is told."""
    code, out, errors = rehearse(hub, tmp_path, "--out", "report.json", "--html", "page.html")
    assert code == 0, errors
    told = orjson.loads(out)
    assert told["report"]["counts"] == {"records": 3, "newly_shared": 6, "no_longer_shared": 3, "changed": 0}
    assert told["report"]["effects"]["withdrawn"]["pairs"] == 3
    written = read_report((tmp_path / "report.json").read_bytes())
    assert written.sha256 == told["report_sha256"] and written.head.kind == "REHEARSAL"
    assert "<svg" in (tmp_path / "page.html").read_text() and told["examples"] == []


def test_examples_are_shown_to_a_named_person_and_logged(hub: StageHub, tmp_path: Path) -> None:
    """Without a name nothing; with one the look stands in the ledger with the report's hash, and the report has no value."""
    assert rehearse(hub, tmp_path, "--examples", "1")[0] == 2
    before = len(looks(hub))
    code, out, errors = rehearse(hub, tmp_path, "--examples", "1", "--by", "Ann", "--yes", "--out", "report.json")
    assert code == 0, errors
    told = orjson.loads(out)
    assert told["examples"] and told["examples"][0]["record"]["envelope"]["kind"] == "crime"
    [look] = looks(hub)[before:]
    assert (look["by"], look["what"], look["report"]) == ("Ann", "REHEARSAL_EXAMPLES", told["report_sha256"])
    assert look["record_tokens"] and FORCE + ":" not in (tmp_path / "report.json").read_text()
