"""Everything a subscriber needs, made from a credential and the registry's address."""

import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import requests
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer

from consumers.callbacks import Callbacks
from consumers.deliveries import Delivery, Taken
from consumers.journal import Journal
from consumers.login import is_refused_login, refused_login
from consumers.means import make_means
from consumers.saying import Saying, producer_config
from consumers.schema_cache import ReceiptSchema, SchemaCache
from consumers.sequence_store import SequenceStore
from consumers.sinks import Sink, open_journal
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
    callbacks: Callbacks | None = None,
    sink: Sink | None = None,
    recall: str | None = None,
    receipt: str | None = None,
    from_start: bool = False,
    withdrew: Callable[[Taken], None] = lambda _: None,
    clock: Callable[[], float] = time.monotonic,
    wait: Callable[[float], None] = time.sleep,
    clock_ms: Callable[[], int] = lambda: int(time.time() * 1000),
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
) -> Iterator[Subscriber]:
    """A subscriber to `feeds` (topics), closed at the end of the block. Deliveries go to `callbacks`, or into `sink`.

    `credential`: librdkafka properties of the agency's user. `state_folder`: what must survive a restart is kept there,
    apart for each cluster. `recall`, `receipt`: the agency's topics for withdrawals of stopped feeds and for receipts; without
    the second the hub is told nothing, and is not asked for what is missing. A sink whose database is new is filled with all
    that is kept; `withdrew` is told each withdrawal that it has carried out. One group, one sink: its position is the group's.
    Raises Misconfigured (PD-421 login refused, PD-512 database), NotReady (PD-415, PD-511), ValueError where a recall would be
    nobody's.
    """
    if sink is None and (callbacks is None or (recall is not None and callbacks.on_recall is None)):
        raise ValueError("give callbacks, with on_recall where recalls are read, or a sink: none may be ignored")
    config = make_consumer_config(credential, group) | _OWN
    folder = state_folder / read_cluster_id(credential)
    place = group_place(folder, group)
    with ExitStack() as opened:
        session = opened.enter_context(requests.Session())
        store = opened.enter_context(SequenceStore(place.with_name(f"{place.name}.sqlite"), new_id()))
        engine = open_journal(place, sink)
        opened.callback(engine.dispose)
        journal, saying = Journal(engine, clock_ms), None
        if receipt:
            own, ids = producer_config(credential), ReceiptSchema(registry_url, receipt, session)
            make = partial(_make_client, Producer, own)
            saying = Saying(journal, make, receipt, ids, group, clock_ms=clock_ms, new_id=new_id)
        recalled = journal.withdrawn_in(recall) if recall else set()
        subscriber = Subscriber(
            [*feeds, *([recall] if recall else [])],
            partial(_make_client, Consumer, config),
            SchemaCache(registry_url, folder / "schemas", session),
            callbacks or Callbacks(on_delivery=_to_nobody),
            store,
            make_means(journal, saying, callbacks, sink, recalled, withdrew, clock=clock, clock_ms=clock_ms, wait=wait),
            from_start=from_start or (sink is not None and journal.is_new),
            clock=clock,
            wait=wait,
        )
        yield opened.enter_context(subscriber)


def _make_client(client: Callable[[dict[str, Any]], Any], config: Mapping[str, Any], events: Mapping[str, Any]) -> Any:
    return client({**config, **events})


def _to_nobody(_: Delivery) -> None:
    """A sink takes the deliveries."""


def group_place(folder: Path, group: str) -> Path:
    """What the files of a group begin with, in the folder of one cluster."""
    return folder / _file_name(group)


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
