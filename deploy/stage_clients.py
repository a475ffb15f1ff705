"""The Kafka settings of the hub's stages: the one place where they are written."""

import logging
from typing import TYPE_CHECKING

from confluent_kafka import Consumer, Producer

from deploy.clients import client_config
from stream_processors.pump import Clients

if TYPE_CHECKING:
    from deploy.stages import Worker

Overrides = dict[str, str | int]
"""Kafka settings of a test or of a special cluster."""


QUIET = logging.getLogger("pointduty.librdkafka")
"""librdkafka's own lines go here, for a debugger; what matters of them comes back as an error with its code."""
QUIET.addHandler(logging.NullHandler())
QUIET.propagate = False

READER: Overrides = {
    "enable.auto.commit": "false",
    "isolation.level": "read_committed",
    "auto.offset.reset": "earliest",  # `latest` would skip what was written during a first rebalance
}
"""Every reader of the hub."""

CONSUMER: Overrides = {
    **READER,
    "group.protocol": "classic",  # the new protocol has not been tried with transactions here
    "partition.assignment.strategy": "cooperative-sticky",
    "session.timeout.ms": 10_000,
    "heartbeat.interval.ms": 1_000,
    "max.poll.interval.ms": 120_000,
    # One flooding force must not fill the memory nor crowd the others out of a fetch.
    "queued.min.messages": 1_000,
    "queued.max.messages.kbytes": 65_536,
    "max.partition.fetch.bytes": 1_048_576,
    "fetch.wait.max.ms": 50,
}
"""A stage's consumer."""

PRODUCER: Overrides = {
    "transaction.timeout.ms": 10_000,
    "acks": "all",
    "partitioner": "murmur2_random",  # one partitioner for all writers: Java's too
    "compression.type": "lz4",
    "linger.ms": 5,
    # At the default of 100 ms back-to-back transactions wait for the last one's markers: 16 ms became 10, 138 became 34.
    "retry.backoff.ms": 5,
    "retry.backoff.max.ms": 200,
    "message.max.bytes": 15_000_000,  # above the largest dead letter
    "queue.buffering.max.messages": 200_000,
}
"""A stage's producer."""


def stage_clients(stage: str, worker: "Worker") -> Clients:
    """What a stage's pump throws away and builds anew."""
    user = client_config(worker.home, f"hub.{stage}")
    group = worker.topics.group(stage)
    consumer = {**user, **CONSUMER, "group.id": group, "client.id": f"{group}-{worker.slot}"}
    producer = {**user, **PRODUCER, "transactional.id": f"{group}-{worker.slot}"}
    _override(consumer, worker.overrides, "consumer.")
    _override(producer, worker.overrides, "producer.")
    return Clients(lambda: Consumer(consumer, logger=QUIET), lambda: Producer(producer, logger=QUIET))


def _override(config: Overrides, overrides: Overrides, prefix: str) -> None:
    config.update({name.removeprefix(prefix): value for name, value in overrides.items() if name.startswith(prefix)})
