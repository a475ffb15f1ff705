"""The stage `disseminate`: standard events to ledger entries (A), then to feeds and holders (B)."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from schemas.codes import Code
from schemas.errors import Misconfigured, NotReady, Refused
from schemas.kinds import KIND_OF_STANDARD
from schemas.records import Record, decode, encode
from schemas.topics import Topics
from schemas.wire import frame, unframe
from stream_processors.control import ControlReader, Published
from stream_processors.decide import Decider, Decision
from stream_processors.disseminate import Desk, Outcome, Rulebook, disseminate
from stream_processors.feed_message import feed_output
from stream_processors.feed_writer import FeedWriter
from stream_processors.lane_restore import LaneRestore
from stream_processors.lane_store import HOLDERS, LANE_COUNTER, LaneStore
from stream_processors.ledger_entry import Position
from stream_processors.messages import Batch, Input, Output, Partition, Step
from stream_processors.metrics import DisseminateMetrics
from stream_processors.overlay import Overlay
from stream_processors.pump import BatchDropped
from stream_processors.rule_set import load_rule_set
from stream_processors.tokens import Tokens

log = structlog.get_logger()

LEDGER_ENTRY = "uk.pointduty.hub.LedgerEntry"
"""Full name of the ledger entry."""

DECISION_VECTOR = "uk.pointduty.hub.DecisionVector"
"""Full name of a decision vector."""

LEDGER, RELEASE = "ledger", "release"
"""The two steps of a batch. The ledger comes first: whatever any reader can see has its durable entry."""


@dataclass(frozen=True)
class DisseminateSetup:
    """What the stage is given."""

    topics: Topics
    schema_name: Callable[[int], str | None]
    schema_ids: Mapping[str, int]
    """Full record name to registry id, of ledger and holders records."""
    control: Callable[[], ControlReader]
    restore: Callable[[], LaneRestore]
    """How to build the readers. They are built anew with the pump's clients: after a broker's crash an old client kept being
    refused (FENCED_LEADER_EPOCH), for ever."""
    store: LaneStore
    tokens: Tokens
    clock_ms: Callable[[], int]
    """UTC milliseconds."""


class DisseminateStage:
    """Owns lanes: one writer each. The rule set and the time are pinned per batch."""

    def __init__(self, setup: DisseminateSetup, metrics: DisseminateMetrics) -> None:
        self._setup, self._metrics = setup, metrics
        self._overlay = Overlay(setup.store)
        self._book: Rulebook | None = None
        self._written_vectors: set[str] = set()
        self._outcomes: list[tuple[Input, Outcome]] = []
        self._behind: dict[int, int] = {}
        self._lanes: set[int] = set()
        self._control: ControlReader | None = None
        self._restore: LaneRestore | None = None

    def begin(self) -> None:
        """New readers of control and holders, and nothing left of an earlier life."""
        self._forget()
        for reader in (self._control, self._restore):
            if reader is not None:
                reader.close()
        self._control, self._restore = self._setup.control(), self._setup.restore()

    def ready(self) -> bool:
        """Whether there is a rule set. Without one nothing is released and the input waits."""
        if self._book is None:
            self._refresh()
        return self._book is not None

    def process(self, batch: Batch) -> Sequence[Step]:
        """The two transactions of the batch."""
        book = self._book
        if book is None:
            raise NotReady(Code.NO_RULES)
        now_ms = self._setup.clock_ms()
        self._outcomes = [(message, self._decide(message, book, now_ms)) for message in batch.messages]
        ledger = [self._ledger_output(outcome.entry) for _, outcome in self._outcomes]
        vectors = {o.entry["vector"]: o.decision for _, o in self._outcomes if o.decision is not None}
        ledger += [self._vector_output(v, d, book) for v, d in vectors.items() if v not in self._written_vectors]
        releases = [feed_output(release, self._setup.topics) for _, outcome in self._outcomes for release in outcome.releases]
        return [Step(LEDGER, False, ledger), Step(RELEASE, True, releases + self._holders_outputs())]

    def check(self, step: Step) -> None:
        """Just before the release: control is read to its end now, and the batch goes only if its rules still stand."""
        if step.name == RELEASE and self._refresh():
            raise BatchDropped(Code.CONTROL_STALE)

    def committed(self) -> None:
        """Only now the local stores may be written. A crash before this line leaves them behind, and they say so."""
        now = time.time()
        by_lane: dict[int, tuple[list[Record], dict[str, int]]] = {}
        for (lane, _), holders in self._overlay.changed_holders.items():
            by_lane.setdefault(lane, ([], {}))[0].append(holders)
        for (lane, feed), sequence in self._overlay.changed_sequences.items():
            by_lane.setdefault(lane, ([], {}))[1][feed] = sequence
        for lane, (records, sequences) in by_lane.items():
            self._setup.store.write(lane, records, sequences, self._behind.get(lane), now)
        self._count()
        self._forget()

    def dropped(self) -> None:
        """The overlay goes: its transaction was aborted."""
        self._forget()

    def assigned(self, partitions: Sequence[Partition]) -> None:
        """Restore each lane before its first event."""
        if self._restore is None:
            raise NotReady(Code.LANE_NOT_RESTORED)
        for _, lane in partitions:
            started = time.monotonic()
            read = self._restore.restore(self._setup.store, lane)
            seconds = time.monotonic() - started
            self._lanes.add(lane)
            self._metrics.restore_seconds.observe(seconds)
            log.info("lane restored", lane=lane, records=read, seconds=round(seconds, 3))
        self._metrics.lanes.set(len(self._lanes))

    def revoked(self, partitions: Sequence[Partition]) -> None:
        """Close the lanes' stores; the files stay."""
        for _, lane in partitions:
            self._setup.store.close(lane)
            self._lanes.discard(lane)
        self._metrics.lanes.set(len(self._lanes))

    def _refresh(self) -> bool:
        """Read control to its end; True where another rule set is in force than before."""
        if self._control is None:
            raise NotReady(Code.CONTROL_STALE)
        published = self._control.read_to_end()
        if published is None or (self._book is not None and published.number == self._book.number):
            return False
        try:
            self._book = _make_book(published)
        except Misconfigured as error:  # a set that does not load: nothing is released until a person acts
            self._book = None  # not ready any more: with the old one each try would write another ledger entry
            log.error("rule set does not load", code=str(Code.RULES_BROKEN), number=published.number, alert=True)
            raise NotReady(Code.RULES_BROKEN, field=error.field) from None
        self._written_vectors.clear()
        self._metrics.rule_set.set(published.number)
        return True

    def _decide(self, message: Input, book: Rulebook, now_ms: int) -> Outcome:
        schema_id, body = unframe(message.value)
        kind = KIND_OF_STANDARD.get(self._setup.schema_name(schema_id) or "")
        if kind is None:
            raise NotReady(Code.UNREADABLE_STANDARD)
        try:
            event = decode(kind.standard, body)
        except Refused:
            log.error("standard record unreadable", code=str(Code.UNREADABLE_STANDARD), alert=True)
            raise NotReady(Code.UNREADABLE_STANDARD) from None
        at = Position(message.topic, message.partition, message.offset)
        return disseminate(event, at, Desk(self._overlay, book, self._setup.tokens, now_ms))

    def _ledger_output(self, entry: Record) -> Output:
        value = frame(self._setup.schema_ids[LEDGER_ENTRY], encode(LEDGER_ENTRY, entry))
        return Output(self._setup.topics.ledger, entry["entry_id"].encode(), value, partition=0)

    def _vector_output(self, vector: str, decision: Decision, book: Rulebook) -> Output:
        reasons = [{"subject": subject, "reason": reason} for subject, reason in decision.vector]
        record = {"vector": vector, "rule_set": book.rules.sha256, "reasons": reasons}
        value = frame(self._setup.schema_ids[DECISION_VECTOR], encode(DECISION_VECTOR, record))
        return Output(self._setup.topics.ledger, f"vector/{vector}".encode(), value, partition=0)

    def _holders_outputs(self) -> list[Output]:
        topic, ids = self._setup.topics.holders, self._setup.schema_ids
        outputs = [
            Output(topic, f"record/{record_id}".encode(), frame(ids[HOLDERS], encode(HOLDERS, holders)), partition=lane)
            for (lane, record_id), holders in self._overlay.changed_holders.items()
        ]
        for (lane, feed), sequence in self._overlay.changed_sequences.items():
            body = encode(LANE_COUNTER, {"feed": feed, "lane": lane, "sequence": sequence})
            outputs.append(Output(topic, f"lane/{feed}".encode(), frame(ids[LANE_COUNTER], body), partition=lane))
        last = {output.partition: index for index, output in enumerate(outputs)}
        for index in last.values():  # the last of each lane tells where the lane's store stands
            outputs[index] = outputs[index]._replace(delivered=self._stands)
        return outputs

    def _stands(self, lane: int, offset: int) -> None:
        self._behind[lane] = offset + 1

    def _count(self) -> None:
        now_ms, withheld = self._setup.clock_ms(), Counter[str]()
        for message, outcome in self._outcomes:
            self._metrics.outcomes.labels(outcome=outcome.entry["outcome"]).inc()
            withheld.update(outcome.decision.withheld if outcome.decision else {})
            for release in outcome.releases:
                self._metrics.deliveries.labels(feed=f"{release.agency}.{release.feed}", action=release.action).inc()
            for code in outcome.entry["faults"]:
                self._metrics.faults.labels(code=code).inc()
                log.error("a fault withheld a record", code=code, alert=True)
            if outcome.decision is not None:
                self._written_vectors.add(outcome.entry["vector"])
            if outcome.releases:
                self._metrics.latency_seconds.observe(max(0, now_ms - message.timestamp_ms) / 1000)
        for reason, count in withheld.items():
            self._metrics.withheld.labels(reason=reason).inc(count)

    def _forget(self) -> None:
        self._overlay.drop()
        self._outcomes, self._behind = [], {}


def _make_book(published: Published) -> Rulebook:
    rules = load_rule_set(published.parts)
    try:
        writers = {
            a.id: FeedWriter(a, rules.projections[a.id], rules.schemas[a.id], published.feed_schema_ids[a.id])
            for a in rules.agreements
        }
    except KeyError:
        raise Misconfigured(Code.SCHEMA_REFUSED) from None
    return Rulebook(published.number, rules, Decider(rules), writers)
