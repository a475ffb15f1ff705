"""What agencies and a stock-client force do in the demonstration, each with its own credentials and nothing else."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event

from confluent_kafka import Consumer, KafkaError, Message, Producer

from consumers.callbacks import Callbacks
from consumers.connect import connect, list_feeds
from deploy.access_rules import agency_user, force_user
from deploy.clients import client_config
from deploy.demo_hub import RunningHub
from deploy.demo_report import Reading
from deploy.provision_wanted import subject_of
from deploy.registry import Registry, resolve_ids
from deploy.synthetic_stock import StockMessage
from schemas.codes import Code
from schemas.errors import NotReady
from schemas.kinds import KIND_OF_SUBMISSION
from schemas.records import schema_text
from schemas.wire import frame

IDLE_SECONDS = 0.5
"""An agency has read its feeds once nothing came for so long behind their end: nothing more is under way."""
_ANSWER_SECONDS = 30.0


def read_as_agencies(hub: RunningHub, agencies: Sequence[str]) -> list[Reading]:
    """Each agency reads all of its feeds to their end, at the same time. Raises what its subscriber raises."""
    stop = Event()
    with ThreadPoolExecutor(len(agencies)) as pool:
        try:
            return list(pool.map(lambda agency: _read(hub, agency, stop), agencies))
        finally:
            stop.set()  # after Ctrl-C nobody waits for the slowest of them


def _read(hub: RunningHub, agency: str, stop: Event) -> Reading:
    topics, home = hub.settings.topics, hub.settings.home
    credential = client_config(home, agency_user(agency)) | {"log_level": "0"}
    feeds = list_feeds(credential, topics.feeds_of(agency))
    with connect(
        credential,
        hub.cluster.registry_url,
        group=topics.group(f"agency.{agency}.demo"),
        feeds=feeds,
        state_folder=home / "subscriptions",
        callbacks=Callbacks(on_delivery=lambda _delivery: None),
    ) as subscriber:
        tally = subscriber.run(stop.is_set, IDLE_SECONDS)
    names = tuple(feed.removeprefix(f"{topics.prefix}feed.") for feed in feeds)
    return Reading(agency, names, tally.deliveries, tally.whole and not tally.repeats)


def read_foreign(hub: RunningHub, agency: str, other: str) -> str:
    """`agency` tries to read a feed of `other`: the name of the broker's error, or what came instead of one."""
    topics, home = hub.settings.topics, hub.settings.home
    feed = list_feeds(client_config(home, agency_user(other)), topics.feeds_of(other))[0]
    credential = client_config(home, agency_user(agency)) | {"group.id": topics.group(f"agency.{agency}.demo-foreign")}
    with closing(Consumer({**credential, "auto.offset.reset": "earliest", "log_level": "0"})) as consumer:
        consumer.subscribe([feed])
        deadline = time.monotonic() + _ANSWER_SECONDS
        while time.monotonic() < deadline:
            message = consumer.poll(0.2)
            if message is not None:
                error = message.error()
                return error.name() if error is not None else "it was given a delivery"
    return "no answer"


def send_stock(hub: RunningHub, messages: Sequence[StockMessage]) -> int:
    """Send the messages as their forces, by a stock client. Answers how many. Raises NotReady (PD-415)."""
    for force in dict.fromkeys(message.force for message in messages):
        _send(hub, force, [message for message in messages if message.force == force])
    return len(messages)


def _send(hub: RunningHub, force: str, messages: Sequence[StockMessage]) -> None:
    topic, standard = hub.settings.topics.submission(force), hub.settings.topics.standard
    names = {message.schema for message in messages if message.schema is not None}
    subjects = {name: subject_of(topic if name in KIND_OF_SUBMISSION else standard, name) for name in names}
    with closing(Registry(hub.cluster.registry_url)) as registry:
        ids = resolve_ids(registry, {subject: schema_text(name) for name, subject in subjects.items()})
    config = client_config(hub.settings.home, force_user(force))
    more = {"enable.idempotence": "true", "partitioner": "murmur2_random", "compression.type": "lz4"}
    producer = Producer({**config, **more, "message.max.bytes": "16000000", "log_level": "0"})
    failed: list[str] = []

    def note_failure(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            failed.append(error.name())

    for message in messages:
        value = message.body if message.schema is None else frame(ids.id_of(subjects[message.schema]), message.body or b"")
        producer.produce(topic, key=message.key, value=value, on_delivery=note_failure)
    if producer.flush(_ANSWER_SECONDS) or failed:
        raise NotReady(Code.BROKER_AWAY, topic, failed[0] if failed else "")
