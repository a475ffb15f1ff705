"""Everything a subscriber needs, made from a credential and the registry's address."""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from confluent_kafka import Consumer, KafkaError, KafkaException

from consumers.callbacks import Callbacks
from consumers.login import is_refused_login, refused_login
from consumers.schema_cache import SchemaCache
from consumers.sequence_store import SequenceStore
from consumers.subscriber import Subscriber
from schemas.codes import Code
from schemas.errors import NotReady

_METADATA_SECONDS = 0.5
_METADATA_TRIES = 20
"""How long, and how often, to wait for the first answer of a broker: 10 s in all."""

_OWN = {"enable.partition.eof": "true", "log_level": "2"}
"""What our own client needs beside: to be told where a feed ends; and no lines of librdkafka's on standard error, since
every error comes to the error callback."""


def make_consumer_config(credential: Mapping[str, str], group: str) -> dict[str, str]:
    """What any librdkafka client needs to read a feed well: the credential, and

    - read_committed: the hub writes in transactions, and what it takes back must not be seen;
    - earliest: a first start reads what is kept, instead of only what comes later;
    - no commit by itself: offsets move when a delivery has been handled;
    - sessions of 10 s: how long a killed subscriber holds the feed.
    """
    return {
        **credential,
        "group.id": group,
        "isolation.level": "read_committed",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": "false",
        "enable.auto.offset.store": "false",
        "group.protocol": "classic",
        "partition.assignment.strategy": "cooperative-sticky",
        "session.timeout.ms": "10000",
        "heartbeat.interval.ms": "3000",
    }


@contextmanager
def connect(
    credential: Mapping[str, str],
    registry_url: str,
    *,
    group: str,
    feeds: Sequence[str],
    state_folder: Path,
    callbacks: Callbacks,
    from_start: bool = False,
    clock: Callable[[], float] = time.monotonic,
    wait: Callable[[float], None] = time.sleep,
) -> Iterator[Subscriber]:
    """A subscriber to `feeds` (topics), closed at the end of the block.

    `credential`: librdkafka properties of the agency's user. `state_folder`: what must survive a restart is kept there,
    apart for each cluster. Raises Misconfigured (PD-421 login refused), NotReady (PD-415).
    """
    config = make_consumer_config(credential, group) | _OWN
    folder = state_folder / read_cluster_id(credential)

    def make_consumer(events: Mapping[str, Any]) -> Consumer:
        return Consumer({**config, **events})

    with requests.Session() as session, SequenceStore(folder / f"{_file_name(group)}.sqlite") as store:
        schema_of = SchemaCache(registry_url, folder / "schemas", session)
        subscriber = Subscriber(
            feeds, make_consumer, schema_of, callbacks, store, from_start=from_start, clock=clock, wait=wait
        )
        with subscriber:
            yield subscriber


def read_cluster_id(credential: Mapping[str, str]) -> str:
    """The cluster's own id: schema ids, offsets and sequences are its, and mean nothing on another."""
    return _file_name(_ask(credential).cluster_id or "unknown")


def list_feeds(credential: Mapping[str, str], prefix: str) -> list[str]:
    """The topics whose names begin with `prefix` that this user is shown; a broker shows only what it permits."""
    return sorted(topic for topic in _ask(credential).topics if topic.startswith(prefix))


def _ask(credential: Mapping[str, str]) -> Any:
    """The cluster's metadata. Asked again and again for a short time: a call would sit out its whole time on a refused
    login, and then say "transport error"; why is told to the error callback alone, which only a poll serves."""
    refused: list[KafkaError] = []
    client = Consumer({**credential, **_OWN, "group.id": "none", "error_cb": refused.append})  # it joins no group
    try:
        for _ in range(_METADATA_TRIES):
            try:
                return client.list_topics(timeout=_METADATA_SECONDS)
            except KafkaException as failure:
                away = NotReady(Code.BROKER_AWAY, detail=failure.args[0].name())
            client.poll(0)
            if any(is_refused_login(error) for error in refused):
                raise refused_login()
        raise away
    finally:
        client.close()


def _file_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", text)
