"""`pointduty simulate --publish`: each force by its own route, and not a row more or less than the labels say."""

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from force_hub import ForceHub

from deploy.broker_progress import Silent
from deploy.clients import admin_client, client_config
from deploy.cluster import load_cluster
from deploy.nation.messages import StockMessage, read_messages
from deploy.nation_publish import publish_messages, publish_stock
from deploy.provision_apply import Target, provision
from deploy.provision_wanted import subject_of, wanted_state
from deploy.registry import Registry
from deploy.settings import Settings
from deploy.topic_rules import load_topic_rules
from schemas.codes import Code
from schemas.errors import Misconfigured
from schemas.kinds import KIND_OF_SUBMISSION
from schemas.records import schema_text
from schemas.topics import Topics
from schemas.wire import frame

OUTBOX_FORCE, STOCK_FORCE = "durham", "cleveland"
NATION = ["--forces", f"{OUTBOX_FORCE},{STOCK_FORCE}", "--hours", "12", "--scale", "0.5", "--faults", "0.05", "--seed", "3"]


@pytest.fixture
def hubs(cluster_home):
    cluster = load_cluster(cluster_home)
    topics = Topics(f"t{secrets.token_hex(4)}.")
    forces = [OUTBOX_FORCE, STOCK_FORCE]
    wanted = wanted_state(topics, forces=forces, agencies=[], feeds={}, rules=load_topic_rules(), lanes=1, brokers=1)
    target = Target(
        admin_client(cluster_home), Registry(cluster.registry_url), cluster_home, client_config(cluster_home, "admin")
    )
    provision(target, wanted, lambda: secrets.token_urlsafe(24), lambda _what, _count: None)
    return {force: ForceHub(cluster_home, cluster.registry_url, topics, force) for force in forces}


def _settings(hub):
    return Settings(home=hub.home, topic_prefix=hub.topics.prefix)


def _simulate(hub, *arguments):
    environment = os.environ | {
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "POINTDUTY_HOME": str(hub.home),
        "POINTDUTY_TOPIC_PREFIX": hub.topics.prefix,
    }
    command = [sys.executable, "-c", "from deploy.cli import main; main()", "simulate", *NATION, *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _values(hub, messages):
    """The values of messages by their key, in order, with the ids that the registry gave."""
    registry, values = Registry(hub.registry_url), {}
    for message in messages:
        value = message.body
        if message.schema is not None:
            topic = hub.topic if message.schema in KIND_OF_SUBMISSION else hub.topics.standard
            value = frame(registry.find(subject_of(topic, message.schema), schema_text(message.schema)), message.body)
        values.setdefault(message.key, []).append(value)
    registry.close()
    return values


def test_every_row_goes_by_its_forces_route(hubs, tmp_path):
    """What the doors let pass is on the topics; a stock client's messages are there byte for byte, in order for each key."""
    outbox, stock = hubs[OUTBOX_FORCE], hubs[STOCK_FORCE]
    said = _simulate(stock, "--out", str(tmp_path / "nation"))
    published = _simulate(stock, "--publish")
    assert published["as_labelled"] is True
    assert published["sha256"] == said["sha256"]
    assert published["refused_by_code"] == said["refused"] != {}
    rows = (tmp_path / "nation" / "outbox" / f"{OUTBOX_FORCE}.jsonl").read_bytes().count(b"\n")
    assert len(outbox.read()) == rows - sum(said["refused"].values())
    sent = list(read_messages(tmp_path / "nation" / "stock" / f"{STOCK_FORCE}.jsonl", STOCK_FORCE))
    found: dict[str, list[bytes | None]] = {}
    for message in stock.read():
        found.setdefault(message.key().decode(), []).append(message.value())
    assert found == _values(stock, sent)


def test_a_force_without_topics_is_told_so(hubs, tmp_path):
    """A schema that is not registered for the force: PD-404, and nothing was sent."""
    hub = hubs[OUTBOX_FORCE]
    with pytest.raises(Misconfigured) as caught:
        publish_messages(_settings(hub), OUTBOX_FORCE, [StockMessage(OUTBOX_FORCE, "k", "uk.pointduty.hub.Tally", b"")])
    assert caught.value.code == Code.NOT_PROVISIONED
    assert hub.read() == []
    with pytest.raises(Misconfigured) as caught:
        publish_messages(Settings(home=tmp_path), OUTBOX_FORCE, [])
    assert caught.value.code == Code.NO_BROKER


def test_more_than_the_client_holds_goes_through(hubs):
    """A stream longer than the client's own queue is sent whole, in order; the caller is told how far it is."""
    hub, told = hubs[STOCK_FORCE], list[int]()
    messages = (StockMessage(STOCK_FORCE, "k", None, b"\x00%d" % number) for number in range(45_000))
    assert publish_messages(_settings(hub), STOCK_FORCE, messages, told.append) == 45_000
    assert [message.value() for message in hub.read()] == [b"\x00%d" % number for number in range(45_000)]
    assert told == [10_000, 20_000, 30_000, 40_000]


def test_a_folder_without_stock_clients_sends_nothing(hubs, tmp_path):
    """Not every nation has such a force."""
    assert publish_stock(_settings(hubs[STOCK_FORCE]), tmp_path, Silent()) == 0
