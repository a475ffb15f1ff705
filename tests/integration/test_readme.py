"""What the README tells a force and an agency to do, done as it is written, on a hub of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests
from documents import README, ROOT, code_blocks, runnable_snippets

from deploy.broker import Choice
from deploy.demo_hub import PROGRAM, RunningHub
from deploy.settings import Settings
from deploy.stages import STAGES

WAIT_SECONDS = 120


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, broker_choice: Choice) -> Iterator[RunningHub]:
    """A hub whose home is `.pointduty` of an empty folder, as after "A hub in five minutes"."""
    settings = Settings(home=tmp_path_factory.mktemp("readme") / ".pointduty", topic_prefix="")
    with RunningHub(settings, choice=broker_choice) as running:
        running.provision()
        for stage in STAGES:
            running.start(stage)
        yield running


def _run(hub: RunningHub, *arguments: str) -> str:
    """Run Python beside the home folder, as a reader would; what it prints."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("POINTDUTY_")}
    environment["PYTHONPATH"] = str(ROOT)
    folder = hub.settings.home.parent
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=WAIT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _pointduty(hub: RunningHub, *arguments: str) -> str:
    return _run(hub, "-c", PROGRAM, *arguments)


def _file_of_the_readme() -> str:
    """What the README writes to northumbria.jsonl."""
    [block] = [block for block in code_blocks(README, "") if "northumbria.jsonl <<'END'\n" in block]
    return block.partition("<<'END'\n")[2].partition("END\n")[0]


def test_a_force_and_an_agency_start_as_the_readme_says(hub: RunningHub) -> None:
    """File, outbox and stock client publish; command, subscriber and stock client read what was promised, and no more."""
    snippets, folder = runnable_snippets(), hub.settings.home.parent
    (folder / "northumbria.jsonl").write_text(_file_of_the_readme())
    _pointduty(hub, "publish", "--force", "northumbria", "northumbria.jsonl")
    said = _run(hub, "-c", snippets["publish.py"]).splitlines()
    assert said == ["northumbria:native:I/2 1", "northumbria:native:I/2 2", "0 events wait"]
    assert _run(hub, "-c", snippets["stock_publish.py"]) == "0 messages wait\n"
    assert hub.wait_quiet(WAIT_SECONDS) is None

    lines = _pointduty(hub, "subscribe", "--agency", "asb-tyne-a", "--until-idle").splitlines()
    assert [line.split()[5] for line in lines if line.startswith("feed.")] == ["SHARE", "SHARE", "WITHDRAW"]
    assert "{'SHARE': 2, 'WITHDRAW': 1}" in _run(hub, "-c", snippets["read.py"])
    stock = _run(hub, "-c", snippets["stock_read.py"]).splitlines()
    assert [line.split()[0] for line in stock] == ["SHARE", "SHARE", "WITHDRAW"]
    assert "+441632960123" in stock[0]  # of who reported it: name and telephone, as the agreement says
    assert "'start_hour'" in stock[0]
    assert "'start'" not in stock[0]

    neighbour = _pointduty(hub, "subscribe", "--agency", "asb-tyne-b", "--until-idle").splitlines()
    assert [line.split()[5] for line in neighbour if line.startswith("feed.")] == ["SHARE"]


PROMISED = {
    "standardise": ("messages_in_total", "messages_out_total", "standard_records_total", "dead_letters_total", "lag_messages"),
    "disseminate": (
        "messages_in_total",
        "standard_events_total",
        "deliveries_total",
        "withheld_total",
        "end_to_end_seconds_count",
        "lanes_owned",
        "rule_set_number",
        "lag_messages",
    ),
    "acknowledge": (
        "messages_in_total",
        "receipts_total",
        "deliveries_asked_again_total",
        "withdrawals_waiting",
        "withdrawals_overdue",
        "job_failures_total",
        "lag_messages",
    ),
}
"""Metrics that the README names, by stage."""


@pytest.mark.parametrize("stage", STAGES)
def test_each_process_says_how_it_is(hub: RunningHub, stage: str) -> None:
    """/metrics has every promised name, counts what went through, and carries no value of a record; /health is 200."""
    [log] = (hub.settings.home / "logs").glob(f"{stage}-*.log")
    started = next(json.loads(line) for line in log.read_text().splitlines() if line.startswith("{"))
    address = f"http://127.0.0.1:{started['metrics']}"
    text = requests.get(f"{address}/metrics", timeout=10).text
    for name in PROMISED[stage]:
        assert f"pointduty_{name}" in text
    assert 'pointduty_transaction_seconds_bucket{le="+Inf"' in text
    assert f'pointduty_messages_in_total{{stage="{stage}"}} 0.0' not in text
    assert "Example" not in text and "NE1 7RU" not in text
    assert requests.get(f"{address}/health", timeout=10).json()["ok"] is True
