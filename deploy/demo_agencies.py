"""What agencies do in the demonstration, each with its own credentials and nothing else."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event

from confluent_kafka import Consumer

from consumers.callbacks import Callbacks
from consumers.connect import connect, list_feeds
from deploy.access_rules import agency_user
from deploy.clients import client_config
from deploy.demo_hub import RunningHub
from deploy.demo_report import Reading

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
