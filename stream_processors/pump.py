"""The pump: consume, decide (a stage's core), begin, send offsets, produce, commit. Batch by batch, exactly once.

Each rule here has been paid for with a failure (`DECISIONS.md`, 1 to 7); `tests/integration/test_pump.py` has a test for each.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from schemas.codes import Code
from schemas.errors import LostPosition, NotReady
from stream_processors.batches import BatchTaken, Collector, Limits
from stream_processors.messages import Batch, Partition, Step, Work
from stream_processors.metrics import PumpMetrics
from stream_processors.rebalances import Rebalances
from stream_processors.transaction import Aborted, Transactions

log = structlog.get_logger()


_LAG_SECONDS = 2.0
"""How often the lag is measured: Prometheus asks every 15 s or so."""

_SAY_AFTER_DROPS = 3
"""Drops in a row that are nobody's concern: rebalances and rule changes come singly."""

_LONGEST_WAIT_SECONDS = 2.0
"""Between tries: short enough that a cure shows at once, long enough not to burn a core."""

_STUCK_SECONDS = 60.0
"""A pump that has not turned for so long is not well: longer than any one call to the broker may take."""


_FRESH_SECONDS = 0.5
"""How old a stage's check may be when its step commits. A worker that was stopped in the middle of a step (SIGSTOP, a paused
machine) checks again behind the pause; without this it released what it had decided 3 s before, under other rules."""


class BatchDropped(Exception):
    """What was decided may not be released (rules changed, a lane was taken): abort, and decide the batch again."""


class Stage(Protocol):
    """What a pump needs of a stage. All calls come from the pump's one thread."""

    def begin(self) -> None:
        """The clients are being built anew: build anew whatever else the stage asks the broker with."""

    def ready(self) -> bool:
        """Whether a batch may be decided now. While False, input waits and the pump stays in its group."""

    def process(self, batch: Batch) -> Sequence[Step]:
        """The transactions of this batch, in order. Writes nothing anywhere. Raises NotReady: the batch waits."""

    def check(self, step: Step) -> None:
        """Called just before a step begins. Raises BatchDropped or NotReady: nothing more of the batch is written."""

    def committed(self) -> None:
        """The last step has committed: local state may be written now."""

    def dropped(self) -> None:
        """The batch, or the work, was aborted: forget what it changed."""

    def work(self, stand: Callable[[Partition], int]) -> Work | None:
        """A bounded piece of what is to be done beside the live input, or None. Writes nothing anywhere. Raises NotReady.

        `stand` gives the position of an own partition: everything below it is committed.
        """

    def has_work(self) -> bool:
        """Whether there is more to do beside the live input: then nobody waits for a message that may not come."""

    def assigned(self, partitions: Sequence[Partition]) -> None:
        """Partitions were given: restore their state before their first message."""

    def revoked(self, partitions: Sequence[Partition]) -> None:
        """Partitions were taken away."""


@dataclass(frozen=True)
class Clients:
    """How to build what a pump throws away when it doesn't know an outcome. The transactional id stays the same."""

    consumer: Callable[[], Consumer]
    producer: Callable[[], Producer]


@dataclass(frozen=True)
class _Plan:
    """Steps to commit, and the offsets that go with them."""

    steps: Sequence[Step]
    first: Mapping[Partition, int]
    behind: Mapping[Partition, int]


class Pump:
    """One consumer, one transactional producer, one stage. `run` returns when `stop` says so."""

    def __init__(
        self,
        stage: Stage,
        clients: Clients,
        subscribe: Sequence[str],
        limits: Limits,
        metrics: PumpMetrics,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._stage, self._clients, self._subscribe = stage, clients, list(subscribe)
        self._limits, self._metrics, self._clock, self._wait = limits, metrics, clock, wait
        self._turned_at = clock()
        self._measured_at = 0.0
        self._drops = 0

    def run(self, stop: Callable[[], bool]) -> None:
        """Pump until `stop`. Unknown outcomes rebuild everything; Misconfigured goes up to the operator."""
        pause_s = 0.05
        while not stop():
            try:
                self._session(stop)
                pause_s = 0.05
            except (LostPosition, NotReady) as error:
                self._metrics.rebuilds.labels(code=str(error.code)).inc()
                log.warning("rebuilding clients and position", code=str(error.code), detail=error.detail)
                self._wait(pause_s)
                pause_s = min(pause_s * 2, _LONGEST_WAIT_SECONDS)

    def health(self) -> dict[str, object]:
        """For /health: whether the pump turns. May be called by another thread."""
        since = self._clock() - self._turned_at
        return {"ok": since < _STUCK_SECONDS, "seconds_since_turn": round(since, 1)}

    def _session(self, stop: Callable[[], bool]) -> None:
        """One life of consumer and producer."""
        self._stage.begin()
        transactions = Transactions(self._clients.producer(), self._metrics, self._clock)
        transactions.start()  # aborts whatever a dead predecessor of this slot left open
        consumer = self._clients.consumer()
        transactions.cleanse(self._subscribe[0], consumer.consumer_group_metadata())
        collector = Collector(consumer, self._limits, self._clock)
        membership = Rebalances(self._stage, consumer, collector)
        try:
            membership.join(self._subscribe)
            while not stop():
                self._turn(collector, transactions)
        except KafkaException as error:
            raise LostPosition(Code.UNKNOWN_OUTCOME, detail=error.args[0].name()) from None
        finally:
            # An unfinished transaction stays as it is: `start` of the next life, or of the slot's next owner, aborts it.
            membership.leave()

    def _turn(self, collector: Collector, transactions: Transactions) -> None:
        self._turned_at = self._clock()
        self._measure(collector)
        if not self._stage.ready():
            collector.idle()
            return
        try:
            batch = collector.collect(0.0 if self._stage.has_work() else None)
        except BatchTaken:
            self._drop("revoked")
            return
        # Taken once, right after the consume that made the batch, and used for every step of it, and of the work behind it.
        # Taken afresh later it belongs to another generation, and a worker that has lost the partition would commit as if
        # it had not.
        metadata = collector.group_metadata()
        if batch is not None:
            taken, started = batch, self._clock()
            plan = self._run(lambda: _Plan(self._stage.process(taken), taken.first, taken.behind), metadata, transactions)
            if plan is None:
                collector.rewind(batch)
                return
            collector.took(batch, self._clock() - started)
            self._metrics.observe(batch, plan.steps)
        # No message is taken for the work, so nothing is put back where it is dropped: the stage asks for the same again.
        work = self._run(lambda: self._plan_work(collector), metadata, transactions)
        if work is not None:
            self._metrics.observe_work(work.steps)

    def _plan_work(self, collector: Collector) -> _Plan | None:
        work = self._stage.work(collector.stand)
        if work is None:
            return None
        # The position that does not change, in every step: with no offsets at all nobody would be fenced.
        stand = {work.partition: collector.stand(work.partition)}
        return _Plan(work.steps, stand, stand)

    def _run(self, make: Callable[[], _Plan | None], metadata: Any, transactions: Transactions) -> _Plan | None:
        """Make a plan and commit its steps; None where there was none, or where it was dropped."""
        try:
            plan = make()
            if plan is None:
                return None
            for step in plan.steps:
                checked = self._clock()
                self._stage.check(step)
                self._commit(step, plan, metadata, transactions, checked)
        except (Aborted, BatchDropped) as reason:
            self._drop(reason.code if isinstance(reason, Aborted) else type(reason).__name__)
            return None
        except LostPosition as reason:
            # Whatever the outcome was, what the stage thinks of this batch is void: it is restored from the topics.
            self._drop(str(reason.code))
            raise
        except NotReady as reason:
            self._drop(str(reason.code))
            if self._drops > _SAY_AFTER_DROPS:
                raise  # what the stage asks with may itself be broken: build it anew
            return None
        self._drops = 0
        self._stage.committed()
        return plan

    def _measure(self, collector: Collector) -> None:
        if self._turned_at - self._measured_at > _LAG_SECONDS:
            self._measured_at = self._turned_at
            self._metrics.lag.set(collector.lag())

    def _commit(self, step: Step, plan: _Plan, metadata: Any, transactions: Transactions, checked: float) -> None:
        """Offsets first: a worker that was paused and has lost its lanes is refused before it writes a byte."""
        offsets = plan.behind if step.advance else plan.first
        positions = [TopicPartition(topic, number, offset) for (topic, number), offset in offsets.items()]
        transactions.run(step, positions, metadata, lambda: self._stands(step, checked))

    def _stands(self, step: Step, checked: float) -> bool:
        """Whether the stage's check of this step still holds. Where it can't be told, it does not."""
        if self._clock() - checked < _FRESH_SECONDS:
            return True
        try:
            self._stage.check(step)
        except (BatchDropped, NotReady):
            return False
        return True

    def _drop(self, reason: str) -> None:
        """Forget the batch. What is dropped again and again waits longer each time, and is said."""
        self._metrics.dropped.labels(reason=reason).inc()
        self._stage.dropped()
        self._drops += 1
        if self._drops >= _SAY_AFTER_DROPS:
            log.warning("a batch can't be released", reason=reason, times=self._drops)
            self._wait(min(0.05 * 2 ** (self._drops - _SAY_AFTER_DROPS), _LONGEST_WAIT_SECONDS))
