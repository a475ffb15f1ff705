"""A small hub of its own on the cluster under test: two agencies, and feeds that no other test uses."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition
from feed_maker import DELIVERY_TEXT, delivery, framed

from consumers.callbacks import Callbacks
from consumers.connect import connect, make_consumer_config
from consumers.deliveries import Delivery
from consumers.tally import Tally
from deploy.clients import admin_client, client_config
from deploy.cluster import load_cluster
from deploy.provision_apply import Target, provision
from deploy.provision_wanted import Feed, subject_of, wanted_state
from deploy.registry import Registry, record_name
from deploy.topic_rules import load_topic_rules
from schemas.topics import Topics

IDLE_SECONDS = 0.2
DEADLINE_SECONDS = 60


@dataclass
class Hub:
    """A hub of two agencies on the cluster under test, and what the test reads from it."""

    home: Path
    registry_url: str
    topics: Topics
    agency: str
    other: str
    schema_id: int
    state: Path
    unused: list[str]

    def new_feed(self) -> str:
        """A feed topic that no test has used."""
        return self.topics.feed(self.agency, self.unused.pop())

    @property
    def credential(self) -> dict[str, str]:
        return client_config(self.home, f"agency.{self.agency}")

    def group(self, name: str = "") -> str:
        return self.topics.group(f"agency.{self.agency}.{name or secrets.token_hex(4)}")

    def send(self, feed: str, deliveries: Sequence[dict[str, Any] | bytes], commit: bool = True) -> None:
        """Write deliveries in one transaction; abort it if not `commit`."""
        settings = {"transactional.id": secrets.token_hex(8), "linger.ms": 0}
        producer = Producer({**client_config(self.home, "admin"), **settings})
        producer.init_transactions(DEADLINE_SECONDS)
        producer.begin_transaction()
        for one in deliveries:
            value = one if isinstance(one, bytes) else framed(one, self.schema_id)
            token = "token" if isinstance(one, bytes) else one.get("token", "token")
            producer.produce(feed, key=token.encode(), value=value)
        producer.flush(DEADLINE_SECONDS)
        (producer.commit_transaction if commit else producer.abort_transaction)(DEADLINE_SECONDS)

    def read(self, feed: str, group: str, callbacks: Callbacks, idle_seconds: float = IDLE_SECONDS, **more: Any) -> Tally:
        """Read a feed to its end."""
        settings = {"registry_url": self.registry_url, "state_folder": self.state} | more
        with connect(self.credential, group=group, feeds=[feed], callbacks=callbacks, **settings) as subscriber:
            return subscriber.run(until_idle=idle_seconds)

    def committed(self, feed: str, group: str) -> int:
        consumer = Consumer(make_consumer_config(self.credential, group))
        offset: int = consumer.committed([TopicPartition(feed, 0)], timeout=DEADLINE_SECONDS)[0].offset
        consumer.close()
        return offset


@contextmanager
def make_hub(home: Path, state: Path, feed_count: int) -> Iterator[Hub]:
    """Provision a hub beside all others on the cluster of `home`: the first agency with `feed_count` feeds."""
    cluster = load_cluster(home)
    assert cluster is not None
    mark = secrets.token_hex(4)
    topics, agency, other = Topics(f"t{mark}."), f"a-{mark}", f"b-{mark}"
    names = [f"f{number}" for number in range(feed_count)]
    feeds = {
        agency: [Feed(agency, name, DELIVERY_TEXT) for name in names],
        other: [Feed(other, "theirs", DELIVERY_TEXT)],
    }
    wanted = wanted_state(
        topics, forces=[], agencies=[agency, other], feeds=feeds, rules=load_topic_rules(), lanes=1, brokers=1
    )
    registry = Registry(cluster.registry_url)
    target = Target(admin_client(home), registry, home, client_config(home, "admin"))
    try:
        provision(target, wanted, lambda: secrets.token_urlsafe(24), lambda _what, _count: None)
        schema_id = registry.find(subject_of(topics.feed(agency, names[0]), record_name(DELIVERY_TEXT)), DELIVERY_TEXT)
        assert schema_id is not None
        yield Hub(home, cluster.registry_url, topics, agency, other, schema_id, state, names)
    finally:
        registry.close()


def lane_of(count: int, lane: int = 0, first: int = 1) -> list[dict[str, Any]]:
    """`count` shares of one lane."""
    return [delivery(lane, sequence) for sequence in range(first, first + count)]


def collect() -> tuple[list[Delivery], Callbacks]:
    """A list, and callbacks that fill it."""
    got: list[Delivery] = []
    return got, Callbacks(on_delivery=got.append)


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until `condition` holds; fail after a minute."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        threading.Event().wait(0.02)
