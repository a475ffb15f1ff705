"""A simulated nation, judged by the real door, standardise and disseminate: every row comes to what the truth says."""

from collections import Counter
from pathlib import Path

import orjson
import pytest
from nation_hub import Answer, Hub, releases

from deploy.nation.fault import DEAD, DOOR, FLAG
from deploy.nation.faults import FAULTS
from deploy.nation.simulated import TRUTH, Nation, Simulated, simulate_folder
from schemas.kinds import KINDS
from schemas.records import Record
from stream_processors.rule_set import load_rule_set, shipped_parts

NATION = Nation(seed=7, hours=30, scale=0.05, fault_rate=0.08)
"""Small, so that each row can be judged; with twenty times the faults, so that each of them is likely."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nation") / "folder"


@pytest.fixture(scope="module")
def simulated(folder: Path) -> Simulated:
    return simulate_folder(NATION, folder)


@pytest.fixture(scope="module")
def answers(folder: Path, simulated: Simulated) -> dict[str, list[Answer]]:
    return dict(Hub().run(folder))


@pytest.fixture(scope="module")
def every(answers: dict[str, list[Answer]]) -> list[Answer]:
    return [answer for found in answers.values() for answer in found]


@pytest.fixture(scope="module")
def told(folder: Path, answers: dict[str, list[Answer]]) -> list[tuple[Record, Answer]]:
    """What the truth says of each row, and what became of it."""
    truth: dict[str, list[Record]] = {}
    for line in (folder / TRUTH).read_bytes().splitlines():
        row = orjson.loads(line)
        if row["row"] == "version":
            truth.setdefault(row["force"], []).append(row)
    assert {force: len(rows) for force, rows in truth.items()} == {force: len(found) for force, found in answers.items()}
    return [pair for force, rows in truth.items() for pair in zip(rows, answers[force], strict=True)]


def test_each_row_comes_to_what_the_truth_says(told: list[tuple[Record, Answer]]) -> None:
    """Row by row, in the order of each force: outcome, code and quality flags are those of the truth file, and no others."""
    labels = [(row["record"], row["outcome"], row.get("code"), row.get("flags", [])) for row, _ in told]
    found = [(row["record"], answer.outcome, answer.code, list(answer.flags)) for row, answer in told]
    assert [pair for pair in zip(labels, found, strict=True) if pair[0] != pair[1]] == []


def _facts(record: Record) -> tuple[object, ...]:
    envelope, detail = record["envelope"], record[KINDS[record["envelope"]["kind"]].detail]
    coded = (detail.get(name) for name in ("offence", "closing_category"))
    roles = [person["roles"][0] for person in record["persons"]]
    codes = [code and code["code"] for code in coded]
    return envelope["version"], envelope["action"], *codes, record["locations"][0]["lad_code"], roles, record["markers"]


def test_each_new_version_tells_what_is_so_in_the_scene(told: list[tuple[Record, Answer]]) -> None:
    """Version, action, codes, area, roles and markers of what the hub has are those of the truth's scene, at that version."""
    wrong = []
    for row, answer in told:  # an erasure has no content
        if row["outcome"] != "NEW" or row.get("hides") or answer.record is None or row.get("action") == "ERASURE":
            continue
        offence = row.get("offence") if row["kind"] in ("crime", "custody") else None
        roles = [part["role"] for part in row.get("parts", [])]
        scene = (row["version"], row.get("action", "VERSION"), offence, row.get("closing"), row["lad"], roles)
        if (*scene, row.get("markers", [])) != _facts(answer.record):
            wrong.append((row["record"], row["version"], row.get("state")))
    assert wrong == []


def test_the_summary_counts_what_the_hub_finds(simulated: Simulated, every: list[Answer]) -> None:
    """Rows, outcomes, refusals, dead letters and flags by code: what the demonstration compares."""
    assert simulated.rows == len(every)
    assert simulated.outcomes == Counter(answer.outcome for answer in every)
    assert simulated.refused == Counter(answer.code for answer in every if answer.outcome == "REFUSED")
    assert simulated.dead == Counter(answer.code for answer in every if answer.outcome == "DEAD")
    found = Counter(flag for answer in every if answer.outcome != "REFUSED" for flag in answer.flags)
    assert simulated.flags == found


def test_all_outcomes_and_kinds_occur(simulated: Simulated, every: list[Answer]) -> None:
    """All six outcomes, all five kinds, and every code that a row or message can earn."""
    assert set(simulated.outcomes) == {"NEW", "RESEND", "STALE", "CONFLICT", "REFUSED", "DEAD"}
    assert {answer.record["envelope"]["kind"] for answer in every if answer.record} == set(KINDS)
    labelled = {stage: {fault.code for fault in FAULTS.values() if fault.stage == stage} for stage in (DOOR, DEAD, FLAG)}
    assert set(simulated.refused) == labelled[DOOR]
    assert set(simulated.dead) == labelled[DEAD]
    assert set(simulated.flags) == labelled[FLAG]


def test_every_agreement_shares_something(every: list[Answer]) -> None:
    """All but the rarest agreements have deliveries, what is no longer permitted is withdrawn, and no rule fails."""
    outcomes = list(releases(every))
    rules = load_rule_set(shipped_parts())
    rare = {"sudden-death", "search-and-rescue", "tenancies", "encompass", "referrals", "fraud", "youth-justice"}
    feeds = {release.feed for outcome in outcomes for release in outcome.releases}
    assert feeds | rare == {a.feed for a in rules.agreements}
    actions = Counter(release.action for outcome in outcomes for release in outcome.releases)
    assert min(actions["SHARE"], actions["UPDATE"], actions["WITHDRAW"]) > 0
    assert [fault for outcome in outcomes for fault in outcome.entry["faults"]] == []


def test_sexual_offences_have_victims(every: list[Answer]) -> None:
    """The anonymity rule has work: sexual offences with a victim, and crimes that become one or are one no longer."""
    crimes = [answer.record for answer in every if answer.record and "crime" in answer.record]
    alleged = [crime for crime in crimes if crime["crime"]["sexual_offence_alleged"]]
    assert any("VICTIM" in person["roles"] for crime in alleged for person in crime["persons"])
    found: dict[str, set[str]] = {}
    for crime in crimes:
        found.setdefault(crime["envelope"]["record_id"], set()).add(crime["crime"]["sexual_offence"])
    assert {"Y", "N"} in found.values()
