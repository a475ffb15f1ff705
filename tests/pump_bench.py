"""A small stage on real topics, for tests of the pump: copies input to a first output (A), then to a second one (B)."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from prometheus_client import CollectorRegistry

from deploy.clients import client_config
from deploy.topic_reader import read_topics
from stream_processors.batches import Limits
from stream_processors.messages import Batch, Output, Partition, Step, Work
from stream_processors.metrics import PumpMetrics
from stream_processors.pump import Clients, Pump

DEADLINE_SECONDS = 120.0
"""How long any condition of a test may take on a busy machine."""


def wait_for(condition: Callable[[], bool], what: str, seconds: float = DEADLINE_SECONDS) -> None:
    """Wait until the condition holds; fail the test with `what` where it doesn't in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"in {seconds} s not: {what}"
        threading.Event().wait(0.02)


@dataclass
class Bench:
    """Three topics of one test, and what stands in them."""

    config: dict[str, str]
    name: str = field(default_factory=lambda: f"pump-{uuid4().hex[:8]}")
    partitions: int = 1

    @classmethod
    def make(cls, home: Path, partitions: int = 1, inputs: Sequence[str] = ("in",)) -> "Bench":
        """Create the topics."""
        bench = cls(client_config(home, "admin"), partitions=partitions)
        admin = AdminClient({**bench.config})
        topics = [NewTopic(bench.topic(name), partitions, 1) for name in (*inputs, "a", "b")]
        for future in admin.create_topics(topics).values():
            future.result()
        return bench

    def topic(self, name: str) -> str:
        """The full name of a topic."""
        return f"{self.name}.{name}"

    def feed(self, count: int, name: str = "in", first: int = 0, partition: int = -1) -> None:
        """Write numbered messages."""
        producer = Producer({**self.config, "enable.idempotence": True})
        for number in range(first, first + count):
            producer.produce(self.topic(name), str(number).encode(), str(number).encode(), partition=partition)
        assert producer.flush(30) == 0

    def values(self, name: str, *, committed: bool) -> list[int]:
        """What a reader sees."""
        return [int(message.value()) for message in read_topics(self.config, [self.topic(name)], committed)]

    def committed_offsets(self, name: str = "in") -> dict[int, int]:
        """The group's committed offsets."""
        consumer = Consumer({**self.config, "group.id": self.name, "isolation.level": "read_committed"})
        parts = [TopicPartition(self.topic(name), number) for number in range(self.partitions)]
        try:
            return {part.partition: part.offset for part in consumer.committed(parts, timeout=30)}
        except KafkaException:  # a cold broker may still be looking for the group's coordinator
            return {}
        finally:
            consumer.close()

    def clients(self, slot: str, **consumer: object) -> Clients:
        """Clients of one worker."""
        reading = {**self.reading(), **consumer}
        writing = {
            **self.config,
            "transactional.id": f"{self.name}-{slot}",
            "transaction.timeout.ms": 10_000,
            "retry.backoff.ms": 5,
            "linger.ms": 2,
        }
        return Clients(lambda: Consumer(reading), lambda: Producer(writing))

    def reading(self) -> dict[str, str | int | bool]:
        """Settings of a worker's consumer, with a short session."""
        return {
            **self.config,
            "group.id": self.name,
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "auto.offset.reset": "earliest",
            "group.protocol": "classic",
            "partition.assignment.strategy": "cooperative-sticky",
            "session.timeout.ms": 2000,
            "heartbeat.interval.ms": 300,
            "max.poll.interval.ms": 3000,
            "fetch.wait.max.ms": 20,
        }

    def is_stable_with(self, members: int) -> bool:
        """Whether the group is stable with so many members."""
        admin = AdminClient({**self.config})
        group = admin.describe_consumer_groups([self.name])[self.name].result()
        return group.state.name == "STABLE" and len(group.members) == members


class Gate:
    """Holds a worker just before a step until it is opened: a pause at the worst moment, without a clock. `into`: what the name
    of a topic that the step writes to has in it; a stage's housework is then let through."""

    def __init__(self, step: str, into: str = "") -> None:
        self._step, self._into, self.reached, self.opened = step, into, threading.Event(), threading.Event()

    def __call__(self, step: Step) -> None:
        is_it = step.name == self._step and any(self._into in output.topic for output in step.outputs)
        if is_it and not self.opened.is_set():
            self.reached.set()
            assert self.opened.wait(90)


class CopyStage:
    """Copies every message to `a` under unchanged offsets and to `b` under advanced ones."""

    def __init__(self, bench: Bench, check: Callable[[Step], None] | None = None, one_step: bool = False) -> None:
        self._bench, self.gate, self._one_step = bench, check, one_step
        self.batches: list[Batch] = []
        self.done = 0
        self.drops = self.lives = 0
        self.rebalances = self.losses = 0
        self.lanes: set[Partition] = set()
        self.slow: Callable[[Batch], None] = lambda _: None
        self.more_work: Callable[[], bool] = lambda: False
        self.next_work: Callable[[Callable[[Partition], int]], Work | None] = lambda _: None

    def begin(self) -> None:
        self.lives += 1

    def ready(self) -> bool:
        return True

    def process(self, batch: Batch) -> Sequence[Step]:
        self.batches.append(batch)
        self.slow(batch)
        outputs = {name: [Output(self._bench.topic(name), m.key, m.value) for m in batch.messages] for name in "ab"}
        release = Step("b", True, outputs["b"])
        return [release] if self._one_step else [Step("a", False, outputs["a"]), release]

    def check(self, step: Step) -> None:
        if self.gate is not None:
            self.gate(step)

    def committed(self) -> None:
        self.done += len(self.batches[-1].messages)

    def dropped(self) -> None:
        self.drops += 1

    def has_work(self) -> bool:
        return self.more_work()

    def work(self, stand: Callable[[Partition], int]) -> Work | None:
        return self.next_work(stand)

    def assigned(self, partitions: Sequence[Partition]) -> None:
        self.rebalances += 1
        self.lanes |= set(partitions)

    def revoked(self, partitions: Sequence[Partition]) -> None:
        self.losses += 1
        self.lanes -= set(partitions)


class Worker:
    """A pump in a thread of its own."""

    def __init__(
        self, bench: Bench, stage: CopyStage, clients: Clients, limits: Limits | None = None, inputs: Sequence[str] = ("in",)
    ) -> None:
        self.stage = stage
        self.registry = CollectorRegistry()
        topics = [bench.topic(name) for name in inputs]
        metrics = PumpMetrics(self.registry, "test")
        self._pump = Pump(stage, clients, topics, limits or Limits(), metrics)
        self._stop = threading.Event()
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            self._pump.run(self._stop.is_set)
        except BaseException as error:
            self.error = error

    def __enter__(self) -> "Worker":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(DEADLINE_SECONDS)
        assert not self._thread.is_alive(), "the pump did not stop"
        assert self.error is None, self.error

    def count(self, metric: str, **labels: str) -> float:
        """A metric of this worker."""
        return self.registry.get_sample_value(f"pointduty_{metric}", labels) or 0.0
