import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from feed_maker import DELIVERY_TEXT, delivery, framed

from deploy.clients import admin_client, client_config
from deploy.cluster import load_cluster
from deploy.provision_apply import Target, provision
from deploy.provision_wanted import Feed, subject_of, wanted_state
from deploy.registry import Registry, record_name
from deploy.topic_rules import load_topic_rules
from schemas.topics import Topics

_MARK = secrets.token_hex(4)
_TOPICS = Topics(f"c{_MARK}.")
_AGENCY, _OTHER = f"a-{_MARK}", f"b-{_MARK}"
_SECONDS = 60


@pytest.fixture(scope="module")
def schema_id(cluster_home: Path) -> Iterator[int]:
    cluster = load_cluster(cluster_home)
    assert cluster is not None
    feeds = {_AGENCY: [Feed(_AGENCY, name, DELIVERY_TEXT) for name in ("one", "two", "gap")], _OTHER: []}
    wanted = wanted_state(
        _TOPICS, forces=[], agencies=[_AGENCY, _OTHER], feeds=feeds, rules=load_topic_rules(), lanes=1, brokers=1
    )
    registry = Registry(cluster.registry_url)
    target = Target(admin_client(cluster_home), registry, cluster_home, client_config(cluster_home, "admin"))
    provision(target, wanted, lambda: secrets.token_urlsafe(24), lambda _what, _count: None)
    found = registry.find(subject_of(_TOPICS.feed(_AGENCY, "one"), record_name(DELIVERY_TEXT)), DELIVERY_TEXT)
    assert found is not None
    yield found
    registry.close()


def _send(home: Path, feed: str, schema_id: int, deliveries: list[dict[str, Any]]) -> None:
    producer = Producer(client_config(home, "admin"))
    for one in deliveries:
        producer.produce(_TOPICS.feed(_AGENCY, feed), key=b"token", value=framed(one, schema_id))
    assert producer.flush(_SECONDS) == 0


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from deploy.cli import main; main()", "subscribe", *arguments]


def _settings(home: Path) -> dict[str, Any]:
    own = {"PYTHONPATH": ".", "POINTDUTY_HOME": str(home), "POINTDUTY_TOPIC_PREFIX": _TOPICS.prefix}
    return {"text": True, "cwd": Path(__file__).parents[2], "env": {**os.environ, **own}}


def _run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = _command("--agency", _AGENCY, *arguments)
    return subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False, **_settings(home))


def test_json_prints_one_delivery_a_line_from_all_feeds(cluster_home: Path, schema_id: int) -> None:
    """Without --feed every feed of the agency is read; standard output holds deliveries alone, the summary is beside it;
    a second run prints nothing, because what was printed was committed."""
    for feed in ("one", "two"):
        _send(cluster_home, feed, schema_id, [delivery(0, number) for number in (1, 2, 3)])
    done = _run(cluster_home, "--until-idle", "0.2", "--json")
    assert done.returncode == 0, done.stderr
    read = [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted((one["feed"], one["sequence"]) for one in read) == [
        (_TOPICS.feed(_AGENCY, feed), number) for feed in ("one", "two") for number in (1, 2, 3)
    ]
    assert read[0]["record"] == {"kind": "crime", "force": "kent"}
    assert json.loads(done.stderr.splitlines()[-1])["actions"] == {"SHARE": 6}
    assert _run(cluster_home, "--until-idle", "0.2", "--json").stdout == ""


def test_a_gap_ends_with_1(cluster_home: Path, schema_id: int) -> None:
    """A missing number is named on standard error, counted in the table, and the exit status is 1."""
    _send(cluster_home, "gap", schema_id, [delivery(0, 1), delivery(0, 4)])
    done = _run(cluster_home, "--feed", "gap", "--group", "gaps", "--until-idle", "0.2")
    assert done.returncode == 1, done.stderr
    assert "PD-502" in done.stderr
    assert "first=2 last=3" in done.stderr
    assert len([line for line in done.stdout.splitlines() if " SHARE " in line and _AGENCY in line]) == 2


def test_another_agencys_feed_ends_with_3(cluster_home: Path, schema_id: int) -> None:
    """Another agency's feed is refused by the broker; the block names it, and the exit status is 3."""
    theirs = _TOPICS.feed(_OTHER, "one")
    done = _run(cluster_home, "--feed", theirs, "--until-idle")
    assert (done.returncode, done.stdout) == (3, "")
    assert f"error PD-421 at {theirs}" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_configuration_is_shown_without_its_secret(cluster_home: Path, schema_id: int) -> None:
    """--show-config prints librdkafka properties and where the password is, and not the password."""
    done = _run(cluster_home, "--show-config")
    credential = client_config(cluster_home, f"agency.{_AGENCY}")
    assert done.returncode == 0
    assert credential["sasl.password"] not in done.stdout
    assert f"bootstrap.servers={credential['bootstrap.servers']}" in done.stdout.splitlines()
    assert "isolation.level=read_committed" in done.stdout.splitlines()
    assert f"agency.{_AGENCY}.properties" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_cleanly(cluster_home: Path, schema_id: int, number: signal.Signals) -> None:
    """SIGTERM and Ctrl-C commit what was printed, print the summary and end with 0."""
    _send(cluster_home, "two", schema_id, [delivery(0, number) for number in (1, 2, 3)])
    arguments = ("--feed", "two", "--json", "--group", f"ends-{number}")
    command = _command("--agency", _AGENCY, *arguments)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes, **_settings(cluster_home)) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["sequence"] == 1
        process.send_signal(number)
        rest, said = process.communicate(timeout=_SECONDS)
    assert process.returncode == 0, said
    printed = 1 + len(rest.splitlines())
    assert json.loads(said.splitlines()[-1])["deliveries"] == printed
    again = _run(cluster_home, *arguments, "--until-idle", "0.2")
    offsets = [json.loads(line)["offset"] for line in again.stdout.splitlines()]
    assert offsets == list(range(printed, printed + len(offsets)))


def test_a_reader_that_goes_away_is_no_fault(cluster_home: Path, schema_id: int) -> None:
    """`pointduty subscribe | head -1` ends with 0 and without a traceback."""
    _send(cluster_home, "two", schema_id, [delivery(0, number) for number in range(1, 2000)])
    command = _command("--agency", _AGENCY, "--feed", "two", "--json", "--group", "head", "--until-idle")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes, **_settings(cluster_home)) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(_SECONDS) == 0, said
    assert "Traceback" not in said
