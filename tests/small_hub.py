"""A small hub of its own on a cluster, and what the broker answers to a user who reads or writes."""

import secrets
from collections.abc import Callable
from pathlib import Path

from confluent_kafka import Consumer, KafkaError, Message, Producer

from deploy.clients import admin_client, client_config
from deploy.cluster import Cluster
from deploy.credentials import read_credential
from deploy.provision_apply import Target, provision
from deploy.provision_plan import Plan, Wanted
from deploy.provision_wanted import Feed, wanted_state
from deploy.registry import Registry
from deploy.topic_rules import load_topic_rules
from schemas.topics import Topics

DEADLINE_SECONDS = 20
SCHEMA = '{"type":"record","name":"Delivery","namespace":"uk.pointduty.feed.test","fields":[{"name":"lane","type":"int"}%s]}'


class Hub:
    """A small hub of its own on the session's cluster: two forces, two agencies with a feed each."""

    def __init__(self, home: Path, cluster: Cluster, mark: str) -> None:
        self.home, self.topics = home, Topics(f"p{mark}.")
        self.forces, self.agencies = [f"north-{mark}", f"south-{mark}"], [f"left-{mark}", f"right-{mark}"]
        registry = Registry(cluster.registry_url)
        self.target = Target(admin_client(home), registry, home, client_config(home, cluster.admin_username))
        self.done: list[tuple[str, int]] = []

    def wanted(self, lanes: int = 3, extra: str = "", suspended: frozenset[str] = frozenset()) -> Wanted:
        return wanted_state(
            self.topics,
            forces=self.forces,
            agencies=self.agencies,
            feeds={agency: [Feed(agency, "live", SCHEMA % extra)] for agency in self.agencies},
            rules=load_topic_rules(),
            lanes=lanes,
            brokers=1,
            suspended=suspended,
        )

    def provision(self, wanted: Wanted) -> Plan:
        return provision(self.target, wanted, lambda: secrets.token_urlsafe(24), lambda *done: self.done.append(done))

    def feed(self, number: int) -> str:
        return self.topics.feed(self.agencies[number], "live")


def error_of_read(hub: Hub, username: str, topic: str, group: str | None = None) -> int | None:
    """What the broker answers when `username` reads `topic`: an error's code, or None for a message or the end."""
    config = {**read_credential(hub.home, username), "enable.partition.eof": "true", "auto.offset.reset": "earliest"}
    consumer = Consumer({**config, "group.id": group or hub.topics.group(f"{username}.test")})
    try:
        consumer.subscribe([topic])
        message = wait_for(lambda: consumer.poll(0.2))
        error = message.error()
        code = error.code() if error else None
        return None if code == KafkaError._PARTITION_EOF else code
    finally:
        consumer.close()


def error_of_write(hub: Hub, username: str, topic: str) -> int | None:
    """What the broker answers when `username` writes to `topic`: an error's code, or None."""
    answers: list[KafkaError | None] = []
    producer = Producer({**read_credential(hub.home, username), "message.timeout.ms": DEADLINE_SECONDS * 1000})
    producer.produce(topic, b"x", b"key", on_delivery=lambda error, _: answers.append(error))
    producer.flush(DEADLINE_SECONDS)
    return answers[0].code() if answers[0] else None


def wait_for(ask: Callable[[], Message | None]) -> Message:
    for _ in range(DEADLINE_SECONDS * 5):
        if (value := ask()) is not None:
            return value
    raise AssertionError("no answer in time")
