"""The publisher against a real broker: in order, none lost, whatever is away, refused or killed."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)
from force_hub import DEADLINE_SECONDS, ForceHub, headers, make_force_hub, make_publisher
from producers_submissions import crime, patch

from deploy.clients import admin_client
from producers.door import Door
from producers.outbox import Outbox
from producers.row import Row
from schemas.codes import Code
from schemas.errors import NotReady, Refused
from schemas.identity import event_id
from schemas.topics import Topics
from schemas.wire import unframe

ROOT = Path(__file__).parents[2]
CRIME = "uk.pointduty.submission.Crime"


@pytest.fixture
def hub(cluster_home):
    with make_force_hub(cluster_home) as made:
        yield made


@pytest.fixture
def outbox(hub, tmp_path):
    with Outbox(tmp_path / "outbox.sqlite", Door(hub.force), lambda: datetime.now(UTC)) as opened:
        yield opened


def _rows(number, records=10):
    return (Row(line, "crime", crime(f"C/{line % records}", crime={"summary": str(line)})) for line in range(number))


def _check_order(messages):
    """Versions of a record rise by one from 1; what comes twice is the same bytes."""
    seen = defaultdict(dict)
    for message, record in messages:
        versions, version = seen[message.key()], record["envelope"]["version"]
        if version in versions:
            assert versions[version] == message.value()
        else:
            assert version == len(versions) + 1
            versions[version] = message.value()
    return {key: len(versions) for key, versions in seen.items()}


def test_events_arrive_once_in_order_as_cloud_events(hub, outbox):
    """Keyed by record, framed, in order within each record; headers are CloudEvents and name no record."""
    publisher, sender = make_publisher(hub, outbox)
    outcomes = list(publisher.accept_rows(_rows(3000)))
    assert publisher.drain(DEADLINE_SECONDS) == 0
    messages = hub.records()
    assert len(messages) == 3000 == sender.delivered_events
    assert set(_check_order(messages).values()) == {300}
    assert sorted(headers(message)["ce_id"] for message, _ in messages) == sorted(one.receipt.event_id for one in outcomes)
    expected_schema = hub.schema_id(CRIME)
    for message, record in messages[:50]:
        schema, body = unframe(message.value())
        told = headers(message)
        assert schema == expected_schema
        assert told["ce_id"] == event_id(message.key().decode(), record["envelope"]["version"], CRIME, body)
        assert (told["ce_specversion"], told["ce_type"], told["content-type"]) == ("1.0", CRIME, "application/avro")
        assert told["ce_source"] == f"urn:pointduty:force:{hub.force}"
        assert datetime.fromisoformat(told["ce_time"]).tzinfo is not None
        assert message.key().decode() not in str(told) and "C/" not in str(told)


def test_accept_and_patch_and_resend(hub, outbox):
    """What a force's own code does: a record, a change of it, the same again."""
    publisher, _ = make_publisher(hub, outbox)
    receipts = [
        publisher.accept("crime", crime()),
        publisher.accept_patch("crime", "rms", "C/1", {"crime": {"status": "CLOSED"}}),
        publisher.accept("crime", patch(crime={"status": "CLOSED"})),
    ]
    with pytest.raises(Refused) as caught:
        publisher.accept("crime", crime(marking={"tier": "SECRET"}))
    assert caught.value.code == Code.DOOR_MARKING
    assert [(one.version, one.resend) for one in receipts] == [(1, False), (2, False), (2, True)]
    assert publisher.drain(DEADLINE_SECONDS) == 0
    messages = hub.records()
    assert [headers(message)["ce_id"] for message, _ in messages] == [one.event_id for one in receipts]
    assert (messages[2][1]["crime"]["status"], messages[2][1]["crime"]["offence"]["value"]) == ("CLOSED", "5")


def test_a_hub_that_is_away_stops_nobody_and_sending_goes_on_by_itself(hub, outbox):
    """Nothing listens: events are accepted and wait. Then the broker answers at that address: all arrive, in order."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        away = f"127.0.0.1:{door.getsockname()[1]}"
        publisher, sender = make_publisher(hub, outbox, **{"bootstrap.servers": away, "reconnect.backoff.max.ms": 200})
        assert all(one.receipt for one in publisher.accept_rows(_rows(500)))
        assert publisher.drain(1) == 500
        assert sender.trouble == Code.BROKER_AWAY
        door.listen()
        threading.Thread(target=_forward, args=(door, hub.credential["bootstrap.servers"]), daemon=True).start()
        assert publisher.drain(DEADLINE_SECONDS) == 0
    assert sum(_check_order(hub.records()).values()) == 500


def _forward(door, broker):
    """Pass connections on to the broker."""
    host, port = broker.split(",")[0].rsplit(":", 1)
    while True:
        try:
            near, _ = door.accept()
        except OSError:
            return
        far = socket.create_connection((host, int(port)))
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=_copy, args=(source, sink), daemon=True).start()


def _copy(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    finally:
        sink.close()


def test_a_registry_that_is_away_only_delays(hub, outbox):
    """Without an id nothing is sent and nothing is lost; with it everything is."""
    answers = [NotReady(Code.REGISTRY_AWAY), NotReady(Code.REGISTRY_AWAY)]

    def schema_id(name):
        if answers:
            raise answers.pop()
        return hub.schema_id(name)

    publisher, sender = make_publisher(hub, outbox, schema_id=schema_id)
    publisher.accept("crime", crime())
    assert sender.trouble == Code.REGISTRY_AWAY
    assert publisher.drain(DEADLINE_SECONDS) == 0
    assert (len(hub.read()), sender.trouble, answers) == (1, None, [])


def test_a_wrong_password_is_told_and_loses_nothing(hub, outbox):
    """The trouble has its code, the events wait, and the right password sends them."""
    publisher, sender = make_publisher(hub, outbox, **{"sasl.password": "wrong"})
    list(publisher.accept_rows(_rows(5)))
    assert publisher.drain(2) == 5
    assert sender.trouble == Code.NOT_AUTHORISED
    sender.close()
    assert make_publisher(hub, outbox)[0].drain(DEADLINE_SECONDS) == 0
    assert len(hub.read()) == 5


def test_a_topic_without_permission_is_told_and_sending_begins_again_in_order(hub, outbox):
    """Another hub's topic is refused by the broker; once it is allowed, everything arrives in order, without a restart."""
    other = Topics(f"{hub.topics.prefix[:-1]}x.")
    publisher, sender = make_publisher(hub, outbox, topics=other)
    list(publisher.accept_rows(_rows(50)))
    assert publisher.drain(3) == 50
    assert sender.trouble in (Code.NOT_AUTHORISED, Code.NOT_PROVISIONED)
    admin = admin_client(hub.home)
    admin.create_topics([NewTopic(other.submission(hub.force), 1, 1)])[other.submission(hub.force)].result(DEADLINE_SECONDS)
    _allow_write(admin, hub, other)
    assert publisher.drain(DEADLINE_SECONDS) == 0
    assert sum(_check_order(ForceHub(hub.home, hub.registry_url, other, hub.force).records()).values()) == 50


def _allow_write(admin, hub, topics):
    name = topics.submission(hub.force)
    for operation in (AclOperation.WRITE, AclOperation.DESCRIBE):
        binding = AclBinding(
            ResourceType.TOPIC,
            name,
            ResourcePatternType.LITERAL,
            f"User:force.{hub.force}",
            "*",
            operation,
            AclPermissionType.ALLOW,
        )
        admin.create_acls([binding])[binding].result(DEADLINE_SECONDS)


def test_what_the_broker_refuses_for_itself_is_held_and_stops_nobody(hub, outbox):
    """A record above the topic's limit is kept and counted; what stands behind it is delivered."""
    entry = ConfigEntry("max.message.bytes", "2000", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, hub.topic, incremental_configs=[entry])
    admin = admin_client(hub.home)  # kept: its futures end with it
    admin.incremental_alter_configs([resource])[resource].result(DEADLINE_SECONDS)
    publisher, _ = make_publisher(hub, outbox, **{"compression.type": "none", "linger.ms": 0})
    for ref, size in (("a", 10), ("b", 5000), ("c", 10)):
        publisher.accept("crime", crime(ref, crime={"summary": "x" * size}))
        publisher.drain(DEADLINE_SECONDS)
    assert (outbox.queued_events, outbox.held_events) == (0, 1)
    assert [record["envelope"]["source_ref"] for _, record in hub.records()] == ["a", "c"]


def test_a_full_outbox_waits_for_the_hub_and_refuses_nothing(hub, tmp_path):
    """Back-pressure: far more rows than the outbox may hold, all accepted, never more waiting than the limit."""
    with Outbox(tmp_path / "small.sqlite", Door(hub.force), lambda: datetime.now(UTC), limit_events=50) as outbox:
        publisher, _ = make_publisher(hub, outbox)
        for outcome in publisher.accept_rows(_rows(1000)):
            assert outcome.receipt is not None
            assert outbox.queued_events <= 50
        assert publisher.drain(DEADLINE_SECONDS) == 0
    assert set(_check_order(hub.records()).values()) == {100}


_PUBLISH = """
import itertools, sys
from datetime import UTC, datetime
from pathlib import Path
from force_hub import ForceHub, make_publisher
from producers_submissions import crime
from producers.door import Door
from producers.outbox import Outbox
from producers.row import Row
from schemas.topics import Topics
home, url, prefix, force, path = sys.argv[1:]
hub = ForceHub(Path(home), url, Topics(prefix), force)
outbox = Outbox(Path(path), Door(force), lambda: datetime.now(UTC))
publisher, sender = make_publisher(hub, outbox)
rows = (Row(n, "crime", crime(f"C/{n % 10}", crime={"summary": str(n)})) for n in itertools.count())
for outcome in publisher.accept_rows(rows):
    print(outcome.receipt.event_id, sender.delivered_events, flush=True)
"""


@pytest.mark.parametrize("delivered_before", [1, 3000])
def test_a_kill_while_sending_loses_nothing(hub, tmp_path, delivered_before):
    """SIGKILL between acceptance, sending, acknowledgement and removal: every receipt's event arrives, at worst twice."""
    path = tmp_path / "outbox.sqlite"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    arguments = [str(hub.home), hub.registry_url, hub.topics.prefix, hub.force, str(path)]
    child = subprocess.Popen([sys.executable, "-c", _PUBLISH, *arguments], stdout=subprocess.PIPE, text=True, env=environment)
    accepted, delivered = [], 0
    while delivered < delivered_before:
        line = child.stdout.readline().split()
        assert line, "the child ended by itself"
        accepted.append(line[0])
        delivered = int(line[1])
    child.send_signal(signal.SIGKILL)
    accepted += [line.split()[0] for line in child.stdout if line.endswith("\n")]
    child.wait()
    with Outbox(path, Door(hub.force), lambda: datetime.now(UTC)) as outbox:
        assert make_publisher(hub, outbox)[0].drain(DEADLINE_SECONDS) == 0
    messages = hub.records()
    assert set(accepted) <= {headers(message)["ce_id"] for message, _ in messages}
    assert sum(_check_order(messages).values()) >= len(accepted)
