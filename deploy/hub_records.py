"""What stands in the hub's own topics, for answers: read whole by the administrator; and the log of each look."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from confluent_kafka import Consumer, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient

from deploy.approvers_file import read_pinned
from deploy.clients import client_config
from deploy.cluster import load_cluster
from deploy.master_key import read_master_key
from deploy.provision_wanted import subject_of
from deploy.registry import Registry, record_name, resolve_ids
from deploy.settings import Settings
from deploy.topic_reader import read_topics
from schemas.codes import Code
from schemas.errors import Misconfigured, NotReady, Refused
from schemas.kinds import KIND_OF_STANDARD
from schemas.records import Record, decode, encode, schema_text
from schemas.topics import Topics
from schemas.wire import frame, unframe
from stream_processors.acknowledged_restore import decoded
from stream_processors.acknowledgements import Acknowledgements
from stream_processors.consultation import CONSULTATION
from stream_processors.control import ControlReader, ControlState
from stream_processors.lane_store import HOLDERS
from stream_processors.ledger_entry import Position
from stream_processors.outputs import DECISION_VECTOR, LEDGER_ENTRY
from stream_processors.tokens import Tokens

_LOG_SECONDS = 30


@dataclass
class HubRecords:
    """Reads for one command. Raises NotReady (PD-404, PD-414, PD-415) where a topic can't be read."""

    settings: Settings
    config: dict[str, str]
    registry: Registry
    reads: Counter[str] = field(default_factory=Counter)
    """Topics read: an answer that must not tell two cases apart reads the same in both."""
    _names: dict[int, str | None] = field(default_factory=dict)

    @property
    def topics(self) -> Topics:
        """The names of this hub's topics."""
        return self.settings.topics

    def tokens(self) -> Tokens:
        """Raises Misconfigured (PD-420) where this home has no master key."""
        return Tokens(read_master_key(self.settings.home))

    def control(self) -> ControlState:
        """What is in force, and what was, as a disseminator of this home sees it."""
        self.reads[self.topics.control] += 1
        reader = {**self.config, "group.id": self.topics.group("hub-records"), "enable.auto.commit": "false", "log_level": 2}
        approvers = read_pinned(self.settings.approvers_file)
        admin = AdminClient({**self.config, "log_level": 2})
        control = ControlReader(Consumer(reader), admin, self.topics.control, self.name_of, approvers)
        with closing(control):
            control.read_to_end()
            return control.state

    def standard(self, keys: frozenset[bytes] | None = None) -> Iterator[tuple[Record, int, Position]]:
        """Every standard event (with these keys), when it was written, and where it stands."""
        for message in self._messages(self.topics.standard):
            if keys is not None and message.key() not in keys:
                continue
            name, body = self._named(message)
            kind = KIND_OF_STANDARD.get(name or "")
            if kind is None:
                raise NotReady(Code.UNREADABLE_STANDARD)
            at = Position(self.topics.standard, message.partition() or 0, message.offset() or 0)
            yield decode(kind.standard, body), message.timestamp()[1], at

    def holders(self, keys: frozenset[bytes] | None = None) -> Iterator[Record]:
        """The last holders record of each record (with these keys)."""
        last: dict[bytes, bytes | None] = {}
        for message in self._messages(self.topics.holders):
            key = message.key() or b""
            if key.startswith(b"record/") and (keys is None or key in keys):
                last[key] = message.value()
        for value in last.values():
            if value is not None:
                yield decode(HOLDERS, unframe(value)[1])

    def ledger(self, holding: bytes = b"", keys: frozenset[bytes] | None = None) -> Iterator[tuple[int, str, Record]]:
        """Entries and decision vectors of the ledger that hold these bytes (with these keys): offset, record name, record."""
        for message in self._messages(self.topics.ledger):
            value = message.value()
            if not isinstance(value, bytes) or holding not in value or (keys is not None and message.key() not in keys):
                continue
            name, body = self._named(message)
            if name in (LEDGER_ENTRY, DECISION_VECTOR):
                yield message.offset() or 0, name, decode(name, body)

    def ledger_since(self, since_ms: int | None) -> Iterator[tuple[int, Record]]:
        """Entries of decisions, with when the ledger took each (UTC milliseconds), from a moment on; None: all."""
        self.reads[self.topics.ledger] += 1
        for message in read_topics(self.config, [self.topics.ledger], since_ms=since_ms):
            name, body = self._named(message)
            if name == LEDGER_ENTRY:
                yield message.timestamp()[1], decode(name, body)

    def acknowledged(self) -> Acknowledgements:
        """What agencies have acknowledged, and what is awaited of them, as the stage `acknowledge` last wrote it."""
        found = Acknowledgements()
        found.load(decoded(self._messages(self.topics.acknowledged), self.name_of))
        return found

    def log(self, entry: Record) -> None:
        """Write a consultation to the ledger and wait until it stands. Raises NotReady(LOOK_NOT_LOGGED): show nothing then."""
        subject = subject_of(self.topics.ledger, CONSULTATION)
        schema_id = resolve_ids(self.registry, {subject: schema_text(CONSULTATION)}).id_of(subject)
        producer = Producer({**self.config, "enable.idempotence": "true", "message.timeout.ms": str(_LOG_SECONDS * 1000)})
        failed: list[object] = []
        value, key = frame(schema_id, encode(CONSULTATION, entry)), f"consultation/{entry['consultation_id']}"
        producer.produce(self.topics.ledger, value, key, partition=0, on_delivery=lambda error, _: failed.append(error))
        producer.flush(_LOG_SECONDS)
        if failed != [None]:
            raise NotReady(Code.LOOK_NOT_LOGGED)
        self.reads["log"] += 1

    def list_topics(self) -> list[str]:
        """Every topic that this user may see. Raises NotReady."""
        try:
            return sorted(AdminClient({**self.config}).list_topics(timeout=_LOG_SECONDS).topics)
        except KafkaException as error:
            raise NotReady(Code.BROKER_AWAY, detail=error.args[0].name()) from None

    def name_of(self, schema_id: int) -> str | None:
        """Full name of the record that was written with this id; None for an id that nobody knows."""
        if schema_id not in self._names:
            text = self.registry.read_schema(schema_id)
            self._names[schema_id] = None if text is None else record_name(text)
        return self._names[schema_id]

    def _messages(self, topic: str) -> Iterator[Message]:
        self.reads[topic] += 1
        try:
            yield from read_topics(self.config, [topic])
        except KafkaException as error:
            raise NotReady(Code.BROKER_AWAY, detail=error.args[0].name()) from None

    def _named(self, message: Message) -> tuple[str | None, bytes]:
        value = message.value()
        try:
            schema_id, body = unframe(value if isinstance(value, bytes) else None)
        except Refused:
            return None, b""
        return self.name_of(schema_id), body


@contextmanager
def open_hub(settings: Settings) -> Iterator[HubRecords]:
    """The hub of these settings. Raises Misconfigured (PD-401 no cluster, PD-420 no credential)."""
    cluster = load_cluster(settings.home)
    if cluster is None:
        raise Misconfigured(Code.NO_BROKER)
    with closing(Registry(cluster.registry_url)) as registry:
        yield HubRecords(settings, client_config(settings.home, cluster.admin_username), registry)


def utc_text(ms: int) -> str:
    """A moment as people read it."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds")


def now_ms() -> int:
    """UTC milliseconds."""
    return int(time.time() * 1000)
