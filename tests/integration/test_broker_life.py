"""up, status, down of a real cluster, and what a kill -9 leaves behind."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from broker_faults import kill
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient

from deploy.broker import Choice, down, up
from deploy.broker_status import status
from deploy.cluster import Cluster, load_cluster
from deploy.credentials import read_credential
from schemas.errors import Misconfigured

SCHEMA = json.dumps({"type": "record", "name": "Kept", "fields": [{"name": "field", "type": "string"}]})


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, broker_choice: Choice) -> Iterator[Path]:
    """A home folder of our own, because these tests kill what is in it."""
    folder = tmp_path_factory.mktemp("home")
    yield folder
    down(folder)


@pytest.fixture
def running(home: Path, broker_choice: Choice) -> Cluster:
    """The cluster of `home`, up."""
    return up(home, broker_choice)


def register(cluster: Cluster) -> int:
    """The id that the registry gives for SCHEMA: the same one each time it is asked."""
    registry = SchemaRegistryClient({"url": cluster.registry_url})
    return registry.register_schema("kept-value", Schema(SCHEMA, "AVRO"))


def test_second_up_changes_nothing(home: Path, running: Cluster, broker_choice: Choice) -> None:
    """A second `up` starts nothing and gives the same cluster, with and without the kind being named."""
    written = (home / "cluster.json").read_bytes()
    assert up(home, broker_choice) == running
    assert up(home) == running
    assert (home / "cluster.json").read_bytes() == written


def test_status_of_a_running_cluster(home: Path, running: Cluster) -> None:
    """Of a running cluster, status says that both services run and where."""
    found = status(home)
    assert found is not None and found.is_running
    assert [service.address for service in found.services] == [running.bootstrap, running.registry_url]
    assert found.data_bytes > 0


def test_the_other_kind_is_refused_while_one_is_up(home: Path, running: Cluster) -> None:
    """Asking for the other kind while one is up is a mistake, not a second cluster."""
    with pytest.raises(Misconfigured):
        up(home, "docker" if running.kind == "embedded" else "embedded")


def test_killed_services_are_noticed_and_come_back_with_their_data(home: Path, running: Cluster, broker_choice: Choice) -> None:
    """After kill -9 of both, status says so with log lines; `up` brings back records, topics, users and schema ids."""
    credential = read_credential(home, "admin")
    admin = AdminClient(credential)
    admin.create_topics([NewTopic("kept", 1, 1)])["kept"].result(timeout=30)
    producer = Producer(credential)
    producer.produce("kept", b"kept by a kill")
    assert producer.flush(30) == 0
    schema_id = register(running)

    kill(home, "kafka")
    kill(home, "registry")

    crashed = status(home)
    assert crashed is not None and not crashed.is_running
    assert [service.state for service in crashed.services] == ["crashed", "crashed"]
    assert all(service.log_lines for service in crashed.services)

    again = up(home, broker_choice)

    assert (again.bootstrap, again.registry_url) == (running.bootstrap, running.registry_url)
    assert register(again) == schema_id
    consumer = Consumer({**credential, "group.id": "after", "auto.offset.reset": "earliest"})
    consumer.assign([TopicPartition("kept", 0, 0)])
    (message,) = consumer.consume(1, timeout=30)
    assert message.value() == b"kept by a kill"
    consumer.close()


def test_one_killed_service_comes_back_alone(home: Path, running: Cluster, broker_choice: Choice) -> None:
    """Where only the registry died, `up` starts only the registry."""
    kill(home, "registry")
    again = up(home, broker_choice)
    before = {p.role: p.pid for p in running.processes} | {c.role: c.container_id for c in running.containers}
    after = {p.role: p.pid for p in again.processes} | {c.role: c.container_id for c in again.containers}
    assert after["kafka"] == before["kafka"]
    assert after["registry"] != before["registry"]


def test_strays_are_found_again(home: Path, running: Cluster, broker_choice: Choice) -> None:
    """An `up` that died before it wrote its file leaves processes; the next `up` takes them over."""
    (home / "cluster.json").unlink()
    again = up(home, broker_choice)
    assert set(again.processes) == set(running.processes)
    assert set(again.containers) == set(running.containers)


def test_processes_outlive_the_command_that_started_them(home: Path, broker_choice: Choice) -> None:
    """`up` in a process of its own: when that has ended, Kafka and the registry are still there."""
    down(home)
    program = "import sys; from pathlib import Path; from deploy.broker import up; up(Path(sys.argv[1]), sys.argv[2])"
    subprocess.run([sys.executable, "-c", program, str(home), broker_choice], check=True, timeout=200)
    found = status(home)
    assert found is not None and found.is_running


def test_down_ends_what_up_started_and_keeps_the_data(home: Path, running: Cluster) -> None:
    """After `down` nothing of ours runs, status says stopped (not crashed), the data stay, a second `down` is fine."""
    down(home)
    found = status(home)
    assert found is not None
    assert [service.state for service in found.services] == ["stopped", "stopped"]
    assert not any(psutil.pid_exists(process.pid) for process in running.processes)
    assert (home / "broker" / "kafka" / "data" / "meta.properties").exists()
    assert down(home) == load_cluster(home)


def test_a_lost_admin_password_is_told(home: Path, running: Cluster, broker_choice: Choice) -> None:
    """Data without the administrator's credential are not started on a new password, which they would not know."""
    down(home)
    secret = home / "secrets" / "admin.properties"
    shutil.move(secret, home / "kept-secret")
    with pytest.raises(Misconfigured, match="PD-420"):
        up(home, broker_choice)
    shutil.move(home / "kept-secret", secret)
