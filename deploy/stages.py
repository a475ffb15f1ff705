"""Wire the stages: settings and clients in, pumps out."""

import time
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import Consumer
from confluent_kafka.admin import AdminClient
from prometheus_client import CollectorRegistry

from deploy.approvers_file import read_approvers
from deploy.clients import client_config
from deploy.dialects import known_dialects
from deploy.master_key import read_master_key
from deploy.registry import Registry, record_name, resolve_ids
from deploy.rule_set_floor import RuleSetFloor
from deploy.settings import Settings
from deploy.stage_clients import QUIET, READER, Overrides, stage_clients
from schemas.kinds import KINDS
from schemas.records import schema_text
from schemas.reference import agencies, forces
from schemas.topics import Topics
from stream_processors.acknowledgements import ACKNOWLEDGED, AWAITED
from stream_processors.batches import Limits
from stream_processors.control import ControlReader
from stream_processors.control_commands import LANE_COMMAND
from stream_processors.control_rule_sets import MANIFEST, PART
from stream_processors.control_suspensions import SUSPENSION
from stream_processors.disseminate_setup import DisseminateSetup
from stream_processors.lane_restore import LaneRestore
from stream_processors.lane_store import LANE_RECORDS, LaneStore
from stream_processors.ledger_tail import LedgerTail
from stream_processors.metrics import AcknowledgeMetrics, DisseminateMetrics, PumpMetrics, StandardiseMetrics
from stream_processors.national import load_national
from stream_processors.outputs import DECISION_VECTOR, LEDGER_ENTRY, RECALL
from stream_processors.pump import Pump
from stream_processors.receipt_entry import RECEIPT_ENTRY
from stream_processors.request_reader import RequestReader
from stream_processors.stage_acknowledge import AcknowledgeSetup, AcknowledgeStage
from stream_processors.stage_disseminate import DisseminateStage
from stream_processors.stage_standardise import DEAD_LETTER, TALLY, StandardiseSetup, StandardiseStage
from stream_processors.standard_reader import StandardReader
from stream_processors.tokens import Tokens
from stream_processors.topic_follow import Follower

STAGES = ("standardise", "disseminate", "acknowledge")
"""The stages that pump."""

PER_FORCE = 500
"""Messages of one force in a batch of standardise: one flooding force must not delay the others."""

STORE_KEEP_SECONDS = 6 * 86400.0
"""A lane store older than this is wiped: below the 7 days for which the holders topic keeps tombstones."""


@dataclass(frozen=True)
class Worker:
    """One process of a stage: where it is, which slot it has, and what is to be set differently."""

    settings: Settings
    registry_url: str
    slot: int
    metrics: CollectorRegistry
    overrides: Overrides

    @property
    def home(self) -> Path:
        """The home folder."""
        return self.settings.home

    @property
    def topics(self) -> Topics:
        """The topic names."""
        return self.settings.topics


def build_pump(stage: str, worker: Worker) -> Pump:
    """The pump of a stage. Raises NotReady (registry away), Misconfigured (not provisioned, no credential)."""
    return {"standardise": build_standardise, "disseminate": build_disseminate, "acknowledge": build_acknowledge}[stage](worker)


def build_standardise(worker: Worker) -> Pump:
    """Reads every force's submissions."""
    names = _SchemaNames(worker.registry_url)
    records = [*(kind.standard for kind in KINDS.values()), DEAD_LETTER, TALLY]
    national, dialects = load_national(), known_dialects(worker.settings.dialects)
    setup = StandardiseSetup(worker.topics, names.of, names.ids(records, worker.topics), dialects, national, _now_ms)
    stage = StandardiseStage(setup, StandardiseMetrics(worker.metrics))
    topics = [worker.topics.submission(force) for force in forces()]
    limits = Limits(per_topic=PER_FORCE)
    return Pump(stage, stage_clients("standardise", worker), topics, limits, PumpMetrics(worker.metrics, "standardise"))


def build_disseminate(worker: Worker) -> Pump:
    """Owns lanes of `standard`."""
    topics, names = worker.topics, _SchemaNames(worker.registry_url)
    records = [LEDGER_ENTRY, DECISION_VECTOR, *LANE_RECORDS, PART, MANIFEST, SUSPENSION, RECALL]
    ids = names.ids(records, topics)
    user = client_config(worker.home, "hub.disseminate")
    lone = {**user, **READER, "group.id": topics.group("disseminate.state")}

    def admin() -> AdminClient:
        return AdminClient({**user}, logger=QUIET)

    def control() -> ControlReader:
        approvers = read_approvers(worker.settings)  # this process's own file, and anew with each life of the clients
        floor = RuleSetFloor(worker.home, topics.control)
        return ControlReader(Consumer(lone, logger=QUIET), admin(), topics.control, names.of, approvers, floor)

    def restore() -> LaneRestore:
        reader = Consumer({**lone, "enable.partition.eof": "true"}, logger=QUIET)
        return LaneRestore(reader, admin(), topics.holders, names.of)

    def tail() -> LedgerTail:
        reader = Consumer({**lone, "enable.partition.eof": "true"}, logger=QUIET)
        return LedgerTail(reader, admin(), topics.ledger, names.of)

    def again() -> StandardReader:
        reader = {**lone, "enable.partition.eof": "true", "fetch.wait.max.ms": 20, "queued.min.messages": 4000}
        return StandardReader(Consumer(reader, logger=QUIET), topics.standard)

    def requests() -> RequestReader:
        return RequestReader(Consumer(lone, logger=QUIET), topics.request, names.of)

    folder = worker.home / "lanes" / f"{topics.prefix}{worker.slot}"
    store = LaneStore(folder, _topic_id(admin(), topics.holders), STORE_KEEP_SECONDS)
    tokens = Tokens(read_master_key(worker.home))
    beat_ms = round(worker.settings.heartbeat_seconds * 1000)
    setup = DisseminateSetup(topics, names.of, ids, control, restore, tail, again, store, tokens, _now_ms, requests, beat_ms)
    stage = DisseminateStage(setup, DisseminateMetrics(worker.metrics))
    metrics = PumpMetrics(worker.metrics, "disseminate")
    return Pump(stage, stage_clients("disseminate", worker), [topics.standard], Limits(), metrics)


def build_acknowledge(worker: Worker) -> Pump:
    """Reads every agency's receipts and the ledger. There is one process of it."""
    topics, names = worker.topics, _SchemaNames(worker.registry_url)
    ids = names.ids([RECEIPT_ENTRY, ACKNOWLEDGED, AWAITED, LANE_COMMAND], topics)
    user = client_config(worker.home, "hub.acknowledge")
    lone = {**user, **READER, "group.id": topics.group("acknowledge.state"), "enable.partition.eof": "true"}

    def follower() -> Follower:
        reader = {**lone, "fetch.wait.max.ms": 20}
        return Follower(Consumer(reader, logger=QUIET), AdminClient({**user}, logger=QUIET))

    stage = AcknowledgeStage(AcknowledgeSetup(topics, names.of, ids, follower, _now_ms), AcknowledgeMetrics(worker.metrics))
    metrics = PumpMetrics(worker.metrics, "acknowledge")
    # One agency that floods must not delay the others; the ledger has its own share.
    limits = Limits(per_topic=PER_FORCE)
    return Pump(stage, stage_clients("acknowledge", worker), [topics.ledger, topics.every_receipt], limits, metrics)


class _SchemaNames:
    """Names of schema ids, asked once each: a registry that goes down later stops nobody who knows the id."""

    def __init__(self, url: str) -> None:
        self._registry = Registry(url)
        self._known: dict[int, str | None] = {}
        self._asked_at: dict[int, float] = {}

    def ids(self, records: list[str], topics: Topics) -> dict[str, int]:
        """Registry ids of these records. Raises Misconfigured(NOT_PROVISIONED), NotReady."""
        subject = {name: f"{_topic_of(name, topics)}-{name}" for name in records}
        found = resolve_ids(self._registry, {subject[name]: schema_text(name) for name in records})
        self._known.update(found.names)
        return {name: found.id_of(subject[name]) for name in records}

    def of(self, schema_id: int) -> str | None:
        """Full record name, or None for an id that the registry does not know. Raises NotReady where it must be asked."""
        if schema_id in self._known:
            return self._known[schema_id]
        # An id that was unknown may be registered later, so it is asked again, but not for every message of a flood.
        if time.monotonic() - self._asked_at.get(schema_id, -60.0) < _ASK_AGAIN_SECONDS:
            return None
        text = self._registry.read_schema(schema_id)
        if text is None:
            self._asked_at[schema_id] = time.monotonic()
            return None
        self._known[schema_id] = record_name(text)
        return self._known[schema_id]


_ASK_AGAIN_SECONDS = 5.0
"""How long an unknown schema id stays unknown."""


def _topic_of(record: str, topics: Topics) -> str:
    """The topic under whose subject a record of the hub is registered."""
    if record == DEAD_LETTER:
        return topics.dead_letter(next(iter(forces())))
    if record == RECALL:  # the same text has the same id under every subject
        return topics.recall(next(iter(agencies())))
    homes: dict[str, str] = {
        TALLY: topics.quality,
        LEDGER_ENTRY: topics.ledger,
        DECISION_VECTOR: topics.ledger,
        **dict.fromkeys(LANE_RECORDS, topics.holders),
        PART: topics.control,
        LANE_COMMAND: topics.control,
        MANIFEST: topics.control,
        SUSPENSION: topics.control,
        RECEIPT_ENTRY: topics.ledger,
        ACKNOWLEDGED: topics.acknowledged,
        AWAITED: topics.acknowledged,
    }
    return homes.get(record, topics.standard)


def _topic_id(admin: AdminClient, topic: str) -> str:
    from confluent_kafka import TopicCollection  # noqa: PLC0415

    described = admin.describe_topics(TopicCollection([topic]))[topic].result(timeout=30)
    return str(described.topic_id)


def _now_ms() -> int:
    return int(time.time() * 1000)
