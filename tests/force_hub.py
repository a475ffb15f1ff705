"""A hub of one force on the cluster under test, for the tests of the force's side."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Message, Producer, TopicPartition

from deploy.clients import admin_client, client_config
from deploy.cluster import load_cluster
from deploy.provision_apply import Target, provision
from deploy.provision_wanted import subject_of, wanted_state
from deploy.registry import Registry
from deploy.topic_rules import load_topic_rules
from producers.outbox import Outbox
from producers.publisher import Publisher
from producers.sending import Sender, producer_config
from schemas.records import decode, schema_text
from schemas.topics import Topics
from schemas.wire import unframe

DEADLINE_SECONDS = 60


@dataclass
class ForceHub:
    """One force, provisioned under a prefix of its own."""

    home: Path
    registry_url: str
    topics: Topics
    force: str

    @property
    def topic(self) -> str:
        return self.topics.submission(self.force)

    @property
    def credential(self) -> dict[str, str]:
        return client_config(self.home, f"force.{self.force}")

    def schema_id(self, name: str) -> int:
        registry = Registry(self.registry_url)
        found = registry.find(subject_of(self.topic, name), schema_text(name))
        registry.close()
        assert found is not None
        return found

    def read(self) -> list[Message]:
        """Everything on the submission topic now, partition by partition."""
        consumer = Consumer(
            client_config(self.home, "admin") | {"group.id": f"{self.topics.prefix}read", "enable.partition.eof": True}
        )
        partitions = consumer.list_topics(self.topic, DEADLINE_SECONDS).topics[self.topic].partitions
        consumer.assign([TopicPartition(self.topic, number, 0) for number in partitions])
        found, ended = [], 0
        while ended < len(partitions):
            message = consumer.poll(DEADLINE_SECONDS)
            assert message is not None, "the broker did not answer in time"
            if message.error():
                ended += 1
            else:
                found.append(message)
        consumer.close()
        return found

    def records(self) -> list[tuple[Message, dict[str, Any]]]:
        """Messages with their decoded records, by the type that their headers tell."""
        return [(one, decode(headers(one)["ce_type"], unframe(one.value())[1])) for one in self.read()]


def headers(message: Message) -> dict[str, str]:
    """The headers as text."""
    return {name: value.decode() for name, value in message.headers() or []}


@contextmanager
def make_force_hub(home: Path) -> Iterator[ForceHub]:
    """Provision a new force on the cluster of `home`."""
    force = f"f-{secrets.token_hex(4)}"
    yield make_force_hubs(home, [force])[force]


def make_force_hubs(home: Path, forces: Sequence[str]) -> dict[str, ForceHub]:
    """Provision these forces under a prefix of their own on the cluster of `home`."""
    cluster = load_cluster(home)
    assert cluster is not None
    topics = Topics(f"t{secrets.token_hex(4)}.")
    wanted = wanted_state(topics, forces=forces, agencies=[], feeds={}, rules=load_topic_rules(), lanes=1, brokers=1)
    registry = Registry(cluster.registry_url)
    target = Target(admin_client(home), registry, home, client_config(home, "admin"))
    provision(target, wanted, lambda: secrets.token_urlsafe(24), lambda _what, _count: None)
    registry.close()
    return {force: ForceHub(home, cluster.registry_url, topics, force) for force in forces}


def make_publisher(
    hub: ForceHub, outbox: Outbox, topics: Topics | None = None, schema_id: Callable[[str], int] | None = None, **config: Any
) -> tuple[Publisher, Sender]:
    """A publisher of the force, with its own credentials; `config` overrides settings of the Kafka client."""
    settings = producer_config(hub.credential) | config
    sender = Sender(
        outbox, lambda on_error: Producer(settings | {"error_cb": on_error}), topics or hub.topics, schema_id or hub.schema_id
    )
    return Publisher(outbox, sender, lambda: datetime.now(UTC)), sender
