"""Publish a simulated nation: each force by its own route, with its own credentials. Shell (Kafka, registry, files)."""

from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from pathlib import Path

from confluent_kafka import KafkaError, Message, Producer

from deploy.access_rules import force_user
from deploy.broker_progress import Watcher
from deploy.clients import client_config
from deploy.cluster import load_cluster
from deploy.nation.messages import StockMessage, read_messages
from deploy.provision_wanted import subject_of
from deploy.publish_run import Options, run
from deploy.published import Published
from deploy.registry import Registry
from deploy.settings import Settings
from producers.adapters.catalogue import CODED_ADAPTERS
from schemas.codes import Code
from schemas.dialect import shipped_dialects
from schemas.errors import Misconfigured, NotReady
from schemas.kinds import KIND_OF_SUBMISSION
from schemas.records import schema_text
from schemas.wire import frame

OUTBOX_FOLDER, STOCK_FOLDER = "outbox", "stock"
"""Of a simulated folder: files of forces that publish by our outbox, and of forces with a stock Kafka client."""
WAIT_SECONDS = 120.0
"""How long a force waits at its end for the hub to take what it sent."""
_HELD_MESSAGES, _HELD_KIB = 20_000, 64 * 1024
"""What a stock client holds in memory at most."""
_POLL_SECONDS = 0.05
TELL_MESSAGES = 10_000
"""Messages between two words about how far a force is."""


def publish_nation(settings: Settings, folder: Path, watcher: Watcher) -> Published:
    """Publish the files of a simulated folder, and wait until the broker has all of it.

    Raises Misconfigured (PD-401, PD-404, PD-420) and NotReady (PD-415); what a door refuses is counted by code.
    """
    published = Published()
    if (folder / OUTBOX_FOLDER).exists():
        watcher.step("forces with an outbox publish")
        options = Options(
            force=None,
            adapter=CODED_ADAPTERS["native-jsonl"],
            dialects=shipped_dialects(),
            paths=(folder / OUTBOX_FOLDER,),
            is_strict=False,
            is_dry=False,
            outbox=None,
            outbox_limit=None,
            rejects=settings.home / "publish" / "rejects.jsonl",
            wait_seconds=WAIT_SECONDS,
        )
        published.add(run(settings, options))
    published.add_messages(publish_stock(settings, folder, watcher))
    return published


def publish_stock(settings: Settings, folder: Path, watcher: Watcher) -> int:
    """Publish `stock/<force>.jsonl` of a simulated folder, force by force. Answers how many messages."""
    total = 0
    for path in sorted((folder / STOCK_FOLDER).glob("*.jsonl")):
        force = path.stem
        watcher.step(f"{force} publishes by a stock client")
        total += publish_messages(settings, force, read_messages(path, force), partial(_tell, watcher, force))
    return total


def _tell(watcher: Watcher, force: str, sent: int) -> None:
    watcher.step(f"{force}: {sent:,} messages")


def publish_messages(
    settings: Settings, force: str, messages: Iterable[StockMessage], tell: Callable[[int], None] = lambda _sent: None
) -> int:
    """Send the messages as the force, in order, in flat memory; when this returns the broker has them all.

    `tell` is told how many have been sent. Answers how many. Raises Misconfigured (PD-401, PD-404, PD-420), NotReady
    (PD-415): then some have been sent, and sending all of them again makes resends of these.
    """
    cluster = load_cluster(settings.home)
    if cluster is None:
        raise Misconfigured(Code.NO_BROKER)
    with closing(Registry(cluster.registry_url)) as registry:
        return _StockClient(settings, force, registry).send(messages, tell)


class _StockClient:
    """A plain Kafka producer with the ids of the registry: what a force has that uses nothing of this project."""

    def __init__(self, settings: Settings, force: str, registry: Registry) -> None:
        self._topics, self._topic = settings.topics, settings.topics.submission(force)
        self._registry, self._ids, self._failed = registry, dict[str, int](), list[str]()
        more = {"enable.idempotence": "true", "partitioner": "murmur2_random", "compression.type": "lz4", "linger.ms": "20"}
        held = {"queue.buffering.max.messages": str(_HELD_MESSAGES), "queue.buffering.max.kbytes": str(_HELD_KIB)}
        limits = {"message.max.bytes": "16000000", "log_level": "0"}  # what is too large is for the hub to refuse
        self._producer = Producer({**client_config(settings.home, force_user(force)), **more, **held, **limits})

    def send(self, messages: Iterable[StockMessage], tell: Callable[[int], None]) -> int:
        sent = 0
        for message in messages:
            self._produce(message.key, self._value(message))
            if self._failed:
                break
            sent += 1
            if sent % TELL_MESSAGES == 0:
                tell(sent)
        if self._producer.flush(WAIT_SECONDS) or self._failed:
            raise NotReady(Code.BROKER_AWAY, self._topic, self._failed[0] if self._failed else "")
        return sent

    def _value(self, message: StockMessage) -> bytes | None:
        return message.body if message.schema is None else frame(self._id_of(message.schema), message.body or b"")

    def _id_of(self, record: str) -> int:
        if record not in self._ids:
            topic = self._topic if record in KIND_OF_SUBMISSION else self._topics.standard
            subject = subject_of(topic, record)
            found = self._registry.find(subject, schema_text(record))
            if found is None:
                raise Misconfigured(Code.NOT_PROVISIONED, subject)
            self._ids[record] = found
        return self._ids[record]

    def _produce(self, key: str, value: bytes | None) -> None:
        while not self._failed:
            try:
                self._producer.produce(self._topic, key=key, value=value, on_delivery=self._note)
            except BufferError:  # the client is full: what it delivers makes room
                self._producer.poll(_POLL_SECONDS)
            else:
                self._producer.poll(0)
                return

    def _note(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._failed.append(error.name())
