"""Who may come into the real broker, and what a stranger gets."""

import stat
import uuid
from pathlib import Path

import psutil
import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from docker import from_env

from deploy.broker_kafka import kafka_answers
from deploy.cluster import Cluster
from deploy.credentials import read_credential

ITERATIONS = 4096


@pytest.fixture(scope="module")
def admin(cluster_home: Path, cluster: Cluster) -> AdminClient:
    return AdminClient(read_credential(cluster_home, cluster.admin_username))


@pytest.fixture(scope="module")
def topic(admin: AdminClient) -> str:
    """A topic that nobody has been given anything on."""
    name = f"access-{uuid.uuid4()}"
    admin.create_topics([NewTopic(name, 1, 1)])[name].result(timeout=30)
    return name


@pytest.fixture(scope="module")
def stranger(admin: AdminClient, cluster: Cluster) -> dict[str, str]:
    """A user with a valid password and no ACL."""
    name = f"stranger-{uuid.uuid4()}"
    scram = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, ITERATIONS)
    wanted = UserScramCredentialUpsertion(name, scram, b"a-known-password")
    admin.alter_user_scram_credentials([wanted])[name].result(timeout=30)
    return {
        "bootstrap.servers": cluster.bootstrap,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": name,
        "sasl.password": "a-known-password",
        "log_level": "0",
    }


def delivery_error(config: dict[str, str], topic: str) -> KafkaError | None:
    """What the broker says to one record of `config`'s user."""
    errors: list[KafkaError | None] = []
    producer = Producer({**config, "message.timeout.ms": 15_000})
    producer.produce(topic, b"x", on_delivery=lambda error, _message: errors.append(error))
    producer.flush(30)
    return errors[0]


def test_no_way_in_without_a_password(cluster: Cluster) -> None:
    """A client that does not log in gets no answer to any question."""
    assert not kafka_answers({"bootstrap.servers": cluster.bootstrap}, within_seconds=3)


def test_no_way_in_with_a_wrong_password(stranger: dict[str, str]) -> None:
    """A known user with a wrong password is told that the login failed."""
    errors: list[KafkaError] = []
    producer = Producer({**stranger, "sasl.password": "another", "error_cb": errors.append})
    with pytest.raises(KafkaException):
        producer.list_topics(timeout=5)
    producer.poll(5)
    assert any(error.code() == KafkaError._AUTHENTICATION for error in errors)


def test_other_mechanisms_are_not_offered(stranger: dict[str, str]) -> None:
    """PLAIN, which would send the password in clear, is not offered to clients even with a right password."""
    assert not kafka_answers({**stranger, "sasl.mechanism": "PLAIN"}, within_seconds=3)


def test_a_stranger_sees_no_topic(stranger: dict[str, str], topic: str) -> None:
    """Without an ACL the list of topics is empty: not even a name."""
    assert AdminClient(stranger).list_topics(timeout=15).topics == {}


def test_a_stranger_may_not_write(stranger: dict[str, str], topic: str) -> None:
    """Without an ACL a write is refused."""
    error = delivery_error(stranger, topic)
    assert error is not None and error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED


def test_a_stranger_may_not_read(admin: AdminClient, stranger: dict[str, str], topic: str) -> None:
    """Without an ACL on the topic a read is refused, even for a user who may use the consumer group."""
    group = f"group-{uuid.uuid4()}"
    allowed = AclBinding(
        ResourceType.GROUP,
        group,
        ResourcePatternType.LITERAL,
        f"User:{stranger['sasl.username']}",
        "*",
        AclOperation.READ,
        AclPermissionType.ALLOW,
    )
    admin.create_acls([allowed])[allowed].result(timeout=30)
    consumer = Consumer({**stranger, "group.id": group, "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    message = consumer.poll(30)
    assert message is not None
    error = message.error()
    assert error is not None and error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED
    consumer.close()


def test_a_stranger_may_not_change_the_cluster(stranger: dict[str, str]) -> None:
    """Without an ACL nobody creates a topic."""
    name, admin = f"taken-{uuid.uuid4()}", AdminClient(stranger)
    with pytest.raises(KafkaException) as refused:
        admin.create_topics([NewTopic(name, 1, 1)])[name].result(timeout=30)
    assert refused.value.args[0].code() in {
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
    }


def test_no_topic_comes_into_being_by_itself(cluster_home: Path, admin: AdminClient) -> None:
    """Even the administrator's write to an unknown topic fails and creates nothing."""
    name = f"mistyped-{uuid.uuid4()}"
    quick = {"topic.metadata.propagation.max.ms": "2000"}
    error = delivery_error({**read_credential(cluster_home, "admin"), **quick}, name)
    assert error is not None and error.code() in {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC}
    assert name not in admin.list_topics(timeout=15).topics


def test_only_this_machine_can_reach_the_cluster(cluster: Cluster) -> None:
    """Every port that our processes listen on, or that the engine opens for our containers, is a loopback port."""
    open_to: set[str] = set()
    for process in cluster.processes:
        connections = psutil.Process(process.pid).net_connections()
        open_to |= {c.laddr.ip.removeprefix("::ffff:") for c in connections if c.status == psutil.CONN_LISTEN}
    for container in cluster.containers:
        ports = from_env().containers.get(container.container_id).ports
        open_to |= {binding["HostIp"] for bindings in ports.values() for binding in bindings or ()}
    assert open_to == {"127.0.0.1"}


def test_secrets_are_private_and_in_no_command_line(cluster_home: Path, cluster: Cluster) -> None:
    """Files with a password have mode 0600, and no process carries the password where `ps` shows it."""
    password = read_credential(cluster_home, "admin")["sasl.password"]
    holders = [file for file in cluster_home.rglob("*") if file.is_file() and password.encode() in file.read_bytes()]
    assert holders
    assert {stat.S_IMODE(file.stat().st_mode) for file in holders} == {0o600}
    for process in cluster.processes:
        assert not any(password in word for word in psutil.Process(process.pid).cmdline())
