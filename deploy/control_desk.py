"""The administrator's hand on control: reads what stands there, writes one record at a time."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient

from deploy.approvers_file import read_pinned
from deploy.clients import client_config
from deploy.cluster import load_cluster
from deploy.provision_wanted import subject_of
from deploy.registry import Registry, record_name
from deploy.settings import Settings
from schemas.codes import Code
from schemas.errors import Misconfigured, NotReady
from schemas.records import Record, encode, schema_text
from schemas.topics import Topics
from schemas.wire import frame
from stream_processors.approvers import Approvers
from stream_processors.control import ControlReader, ControlState

STAND_SECONDS = 30
"""How long a record may take to stand on the broker."""


@dataclass
class ControlDesk:
    """Clients of the administrator. Made by `control_desk`; not for several threads."""

    home: Path
    topics: Topics
    config: Mapping[str, str | int | float | bool]
    admin: AdminClient
    registry: Registry
    approvers: Approvers
    """Pinned here. Nobody: then no rule set counts."""
    _texts: dict[int, str | None] = field(default_factory=dict)
    _ids: dict[str, int] = field(default_factory=dict)

    def read(self) -> ControlState:
        """Everything that stands on control now. Raises NotReady (PD-411, PD-414, PD-415)."""
        reader = {**self.config, "group.id": self.topics.group("control.desk"), "enable.auto.commit": False}
        consumer = Consumer({**reader, "isolation.level": "read_committed"})
        try:
            control = ControlReader(consumer, self.admin, self.topics.control, self.name_of, self.approvers)
            control.read_to_end()
            return control.state
        finally:
            consumer.close()

    def write(self, topic: str, name: str, key: str, record: Record) -> None:
        """Write one record and wait until it stands. Raises NotReady (PD-414, PD-415), Misconfigured (PD-404).

        A crash before it stands leaves what stood there before; the same record twice is one on control.
        """
        self.producer.produce(topic, frame(self.schema_id(topic, name), encode(name, record)), key, partition=0)
        if self.producer.flush(STAND_SECONDS):
            raise NotReady(Code.BROKER_AWAY)

    @cached_property
    def producer(self) -> Producer:
        """A plain producer of the administrator. Not idempotent: what it writes twice is harmless, and asking the broker for
        a producer's id takes librdkafka half a second."""
        return Producer({**self.config, "acks": "all", "partitioner": "murmur2_random", "linger.ms": 0})

    def schema_id(self, topic: str, name: str) -> int:
        """The registry's id of a record on a topic. Raises NotReady (PD-414), Misconfigured (PD-404)."""
        if name not in self._ids:
            subject = subject_of(topic, name)
            found = self.registry.find(subject, schema_text(name))
            if found is None:
                raise Misconfigured(Code.NOT_PROVISIONED, subject)
            self._ids[name] = found
        return self._ids[name]

    def schema_of(self, schema_id: int) -> str | None:
        """The schema text of an id, asked once. Raises NotReady (PD-414)."""
        if schema_id not in self._texts:
            self._texts[schema_id] = self.registry.read_schema(schema_id)
        return self._texts[schema_id]

    def name_of(self, schema_id: int) -> str | None:
        """The full name of the record that was written with this id. Raises NotReady (PD-414)."""
        text = self.schema_of(schema_id)
        return None if text is None else record_name(text)


@contextmanager
def control_desk(settings: Settings) -> Iterator[ControlDesk]:
    """The desk of the cluster of `settings.home`. Raises Misconfigured (PD-401 no cluster, PD-420 no credential,
    PD-431)."""
    cluster = load_cluster(settings.home)
    if cluster is None:
        raise Misconfigured(Code.NO_BROKER)
    # Of librdkafka's own lines only the worst: on a broker that has just started it tells of a coordinator that still loads.
    config: dict[str, str | int | float | bool] = {**client_config(settings.home, cluster.admin_username), "log_level": 2}
    with closing(Registry(cluster.registry_url)) as registry:
        approvers = read_pinned(settings.approvers_file)
        yield ControlDesk(settings.home, settings.topics, config, AdminClient(config), registry, approvers)
