import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from feed_hub import Hub, lane_of, make_hub
from feed_maker import delivery

from deploy.clients import client_config

_SECONDS = 60


@pytest.fixture(scope="module")
def hub(cluster_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with make_hub(cluster_home, tmp_path_factory.mktemp("state"), 6) as made:
        yield made


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from deploy.cli import main; main()", "subscribe", *arguments]


def _settings(hub: Hub) -> dict[str, Any]:
    own = {"PYTHONPATH": ".", "POINTDUTY_HOME": str(hub.home), "POINTDUTY_TOPIC_PREFIX": hub.topics.prefix}
    return {"text": True, "cwd": Path(__file__).parents[2], "env": {**os.environ, **own}}


def _run(hub: Hub, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = _command("--agency", hub.agency, *arguments)
    return subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False, **_settings(hub))


def test_json_prints_one_delivery_a_line_from_all_feeds(hub: Hub) -> None:
    """Without --feed every feed of the agency is read; standard output holds deliveries alone, the summary is beside it;
    a second run prints nothing, because what was printed was committed."""
    for feed in ("f0", "f1"):
        hub.send(hub.topics.feed(hub.agency, feed), [delivery(0, number) for number in (1, 2, 3)])
    done = _run(hub, "--until-idle", "0.2", "--json")
    assert done.returncode == 0, done.stderr
    read = [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted((one["feed"], one["sequence"]) for one in read) == [
        (hub.topics.feed(hub.agency, feed), number) for feed in ("f0", "f1") for number in (1, 2, 3)
    ]
    assert read[0]["record"] == {"kind": "crime", "force": "kent"}
    assert json.loads(done.stderr.splitlines()[-1])["actions"] == {"SHARE": 6}
    assert _run(hub, "--until-idle", "0.2", "--json").stdout == ""


def test_a_gap_ends_with_1(hub: Hub) -> None:
    """A missing number is named on standard error, counted in the table, and the exit status is 1."""
    hub.send(hub.topics.feed(hub.agency, "f2"), [delivery(0, 1), delivery(0, 4)])
    done = _run(hub, "--feed", "f2", "--group", "gaps", "--until-idle", "0.2")
    assert done.returncode == 1, done.stderr
    assert "PD-502" in done.stderr
    assert "first=2 last=3" in done.stderr
    assert len([line for line in done.stdout.splitlines() if " SHARE " in line and hub.agency in line]) == 2


def test_another_agencys_feed_ends_with_3(hub: Hub) -> None:
    """Another agency's feed is refused by the broker; the block names it, and the exit status is 3."""
    theirs = hub.topics.feed(hub.other, "theirs")
    done = _run(hub, "--feed", theirs, "--until-idle")
    assert done.returncode == 3
    assert hub.other not in done.stdout
    assert f"error PD-421 at {theirs}" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_configuration_is_shown_without_its_secret(hub: Hub) -> None:
    """--show-config prints librdkafka properties and where the password is, and not the password."""
    done = _run(hub, "--show-config")
    credential = client_config(hub.home, f"agency.{hub.agency}")
    assert done.returncode == 0
    assert credential["sasl.password"] not in done.stdout
    assert f"bootstrap.servers={credential['bootstrap.servers']}" in done.stdout.splitlines()
    assert "isolation.level=read_committed" in done.stdout.splitlines()
    assert f"agency.{hub.agency}.properties" in done.stdout


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_cleanly(hub: Hub, asked: signal.Signals) -> None:
    """SIGTERM and Ctrl-C commit what was printed, print the summary and end with 0."""
    feed = hub.new_feed()
    hub.send(feed, lane_of(500))
    arguments = ("--feed", feed, "--json", "--group", f"ends-{asked}")
    command = _command("--agency", hub.agency, *arguments)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes, **_settings(hub)) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["sequence"] == 1
        process.send_signal(asked)
        assert process.stderr is not None
        rest, said = process.stdout.read(), process.stderr.read()
    assert process.returncode == 0, said
    printed = 1 + len(rest.splitlines())
    assert json.loads(said.splitlines()[-1])["deliveries"] == printed
    again = _run(hub, *arguments, "--until-idle", "0.2")
    behind = [json.loads(line)["sequence"] for line in again.stdout.splitlines()]
    assert behind == list(range(printed + 1, 501))


def test_a_reader_that_goes_away_is_no_fault(hub: Hub) -> None:
    """`pointduty subscribe | head -1` ends with 0 and without a traceback."""
    feed = hub.new_feed()
    hub.send(feed, lane_of(2000))
    command = _command("--agency", hub.agency, "--feed", feed, "--json", "--group", "head", "--until-idle")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes, **_settings(hub)) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(_SECONDS) == 0, said
    assert "Traceback" not in said
