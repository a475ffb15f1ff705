"""The real stages on the real broker: a small hub under a prefix of its own, its pumps in threads of the test."""

import secrets
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from approving import rehearsal
from confluent_kafka import Message, Producer
from confluent_kafka.admin import AdminClient
from core_hub import AGENCIES, FORCE, event, parts_of
from prometheus_client import CollectorRegistry
from pump_bench import DEADLINE_SECONDS, wait_for

from deploy import stages
from deploy.approvers_file import read_approvers
from deploy.clients import admin_client, client_config
from deploy.cluster import load_cluster
from deploy.control_desk import ControlDesk
from deploy.local_approvers import approve_locally, pin_local_approvers
from deploy.master_key import make_master_key
from deploy.provision_apply import Target, provision
from deploy.provision_wanted import subject_of, wanted_state
from deploy.registry import Registry
from deploy.rule_sets import feeds_of, publish, read_rule_sets
from deploy.settings import Settings
from deploy.stages import Worker, build_pump
from deploy.topic_reader import read_topics
from deploy.topic_rules import load_topic_rules
from schemas import reference
from schemas.kinds import KINDS
from schemas.records import Record, decode, encode, schema_text
from schemas.topics import Topics
from schemas.wire import frame, unframe
from stream_processors.control_rule_sets import RuleSets
from stream_processors.messages import Step
from stream_processors.outputs import LEDGER_ENTRY
from stream_processors.proposals import Proposal, propose
from stream_processors.rehearsal_report import first_report, report_of
from stream_processors.rule_set import Parts, hash_parts, load_rule_set

LANES = 2


@dataclass
class StageHub:
    """A provisioned hub: two forces, the agencies of the core tests, one rule set's feeds."""

    settings: Settings
    registry: Registry
    registry_url: str
    forces: tuple[str, str]
    mark: str
    more: Mapping[str, bytes] = field(default_factory=dict)
    """Further parts of each rule set."""
    home: Path = field(init=False)
    topics: Topics = field(init=False)

    def __post_init__(self) -> None:
        self.home, self.topics = self.settings.home, self.settings.topics

    def agency(self, name: str) -> str:
        return f"{name}-{self.mark}"

    def parts(self, agreements: Iterable[Record], prohibitions: Iterable[Record] = ()) -> dict[str, bytes]:
        """A rule set for the agencies and the first force of this hub."""
        return parts_for(self.mark, self.forces[0], agreements, prohibitions) | self.more

    def publish_rules(self, agreements: Iterable[Record], prohibitions: Iterable[Record] = ()) -> str:
        """Publish a rule set, approved by both local approvers; gives its hash."""
        desk, now_ms = self.desk(), int(time.time() * 1000)
        proposal = self.proposal(read_rule_sets(desk), self.parts(agreements, prohibitions))
        publish(desk, proposal, approve_locally(self.settings, desk, proposal, now_ms), now_ms)
        return proposal.statement.rule_set

    def desk(self) -> ControlDesk:
        """Control, with this hub's pinned approvers."""
        config = {**client_config(self.home, "admin"), "log_level": 2}
        approvers = read_approvers(self.settings)
        return ControlDesk(self.home, self.topics, config, AdminClient(config), self.registry, approvers)

    def proposal(self, known: RuleSets, parts: Parts) -> Proposal:
        """A set that follows the one in force, with a report of a rehearsal that looked at some records."""
        new = hash_parts(parts)
        report = rehearsal(known.current.sha256, new) if known.current else first_report(new)
        return propose(known, parts, report_of(report), "PUBLISH")

    def schema_id(self, topic: str, record: str) -> int:
        found = self.registry.find(subject_of(topic, record), schema_text(record))
        assert found is not None
        return found

    def producer(self, username: str = "admin", **more: Any) -> Producer:
        """A plain client of a user."""
        return Producer({**client_config(self.home, username), "partitioner": "murmur2_random", **more})

    def write_standard(self, records: Sequence[Record], lane: int = 0) -> None:
        """Standard events straight into a lane."""
        producer, name = self.producer(), KINDS["crime"].standard
        schema_id = self.schema_id(self.topics.standard, name)
        for record in records:
            record["envelope"]["force"] = self.forces[0]
            value = frame(schema_id, encode(name, record))
            producer.produce(self.topics.standard, value, record["envelope"]["record_id"].encode(), partition=lane)
        assert producer.flush(30) == 0

    def read(self, topic: str, username: str = "admin", *, committed: bool = True) -> list[Message]:
        return list(read_topics(client_config(self.home, username), [topic], committed))

    def ledger(self, *, superseded: bool = False) -> list[Record]:
        """The entries that stand, in the ledger's order: a batch that is decided again leaves others. `superseded`: all."""
        others = (b"vector/", b"consultation/", b"receipt/")
        found = [message for message in self.read(self.topics.ledger) if not (message.key() or b"").startswith(others)]
        entries = [decode(LEDGER_ENTRY, unframe(message.value())[1]) for message in found]
        if superseded:
            return entries
        return list({(entry["cause"], entry["source_partition"], entry["source_offset"]): entry for entry in entries}.values())

    def deliveries(self, agency: str, feed: str = "live", *, committed: bool = True) -> list[Record]:
        """Heads of what stands in a feed, in order."""
        from deploy.balance import read_head

        messages = self.read(self.topics.feed(self.agency(agency), feed), committed=committed)
        return [read_head(message.value()) for message in messages]


def parts_for(mark: str, force: str, agreements: Iterable[Record], prohibitions: Iterable[Record] = ()) -> dict[str, bytes]:
    """A rule set whose agencies and force carry a mark."""
    rows = [row.split(",", 1) for row in AGENCIES.splitlines()]
    agencies = "\n".join([",".join(rows[0]), *(f"{name}-{mark},{rest}" for name, rest in rows[1:])]) + "\n"
    parts = parts_of(agreements, prohibitions, agencies.replace(FORCE, force))
    own = {} if force in reference.forces() else {"forces.csv": f"id,name\n{force},A force\n".encode()}
    return parts | own | {"acceptances.csv": parts["acceptances.csv"].replace(FORCE.encode(), force.encode())}


@contextmanager
def make_stage_hub(
    home: Path,
    agreements: Sequence[Record],
    own: tuple[str, str] | None = None,
    more: Mapping[str, bytes] | None = None,
    beat_seconds: float = 0,
) -> Iterator[StageHub]:
    """Provision a hub for the feeds of these agreements; no rule set is published yet. `own`: forces by other names; `more`:
    further parts of each rule set; `beat_seconds`: how often there is a heartbeat (0: never)."""
    cluster = load_cluster(home)
    assert cluster is not None
    mark = secrets.token_hex(3)
    settings = Settings(home=home, topic_prefix=f"s{mark}.", lanes=LANES, heartbeat_seconds=beat_seconds)
    registry = Registry(cluster.registry_url)
    forces = own or (f"north-{mark}", f"south-{mark}")
    feeds = feeds_of(load_rule_set(parts_for(mark, forces[0], agreements) | (more or {})))
    wanted = wanted_state(
        settings.topics, forces=forces, agencies=list(feeds), feeds=feeds, rules=load_topic_rules(), lanes=LANES, brokers=1
    )
    target = Target(admin_client(home), registry, home, client_config(home, "admin"))
    make_master_key(home)
    pin_local_approvers(settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages, "forces", lambda: dict.fromkeys(forces))  # a stage reads every force's topic
        patch.setattr(stages, "agencies", lambda: dict.fromkeys(feeds))
        try:
            provision(target, wanted, lambda: secrets.token_urlsafe(24), lambda _what, _count: None)
            yield StageHub(settings, registry, cluster.registry_url, forces, mark, more or {})
        finally:
            registry.close()


class Running:
    """One worker of a stage in a thread. `gate` is called before each step."""

    def __init__(self, hub: StageHub, stage: str, slot: int = 0, gate: Callable[[Step], None] | None = None) -> None:
        self.metrics = CollectorRegistry()
        self.pump = build_pump(stage, Worker(hub.settings, hub.registry_url, slot, self.metrics, {}))
        self.asked = 0
        self._stop, self.error = threading.Event(), None
        made: Any = self.pump._stage
        check, ready = made.check, made.ready

        def check_at_gate(step: Step) -> None:
            if gate is not None:
                gate(step)
            check(step)

        def count_ready() -> bool:
            self.asked += 1
            return bool(ready())

        made.check, made.ready = check_at_gate, count_ready
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            self.pump.run(self._stop.is_set)
        except:  # noqa: E722  # librdkafka's client has raised a KafkaError, which is no exception: `BaseException` misses it
            self.error: object = traceback.format_exc() if isinstance(sys.exc_info()[1], BaseException) else sys.exc_info()

    def __enter__(self) -> "Running":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(DEADLINE_SECONDS)
        assert not self._thread.is_alive(), "the pump did not stop"
        assert self.error is None, self.error

    def count(self, metric: str, **labels: str) -> float:
        return self.metrics.get_sample_value(f"pointduty_{metric}", labels) or 0.0

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for a condition; a pump that has ended fails the test at once."""

        def holds() -> bool:
            assert self.error is None, self.error
            return condition()

        wait_for(holds, what)


def crimes(count: int, first: int = 0, version: int = 1, **parts: Any) -> list[Record]:
    """Standard events of as many records."""
    return [event(ref=f"R/{number}", version=version, **parts) for number in range(first, first + count)]
