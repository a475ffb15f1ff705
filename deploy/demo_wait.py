"""What still waits in a hub: submissions that standardise has not committed, standard events that disseminate has not."""

import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, IsolationLevel, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from deploy.clients import client_config
from deploy.cluster import load_cluster
from schemas.codes import Code
from schemas.errors import Misconfigured, NotReady
from schemas.reference import forces
from schemas.topics import Topics

ANSWER_SECONDS = 30.0
"""How long one answer of the broker may take."""
_POLL_SECONDS = 0.3
_TELL_SECONDS = 3.0
_TAIL_SECONDS = 5.0
"""How long a look behind the committed offsets may take."""

Place = tuple[str, int]
"""Topic and partition."""


class Waiting(NamedTuple):
    """A stage that is not done. `messages` may count a few of Kafka's own markers."""

    stage: str
    messages: int


class Backlog:
    """Asks the broker how far each stage is. A context manager."""

    def __init__(self, home: Path, topics: Topics) -> None:
        """Raises Misconfigured (PD-401, PD-404, PD-420)."""
        cluster = load_cluster(home)
        if cluster is None:
            raise Misconfigured(Code.NO_BROKER)
        config = client_config(home, cluster.admin_username) | {"log_level": "0"}
        self._topics, self._admin = topics, AdminClient({**config})
        reader = {"group.id": topics.group("demo.backlog"), "isolation.level": "read_committed", "enable.partition.eof": "true"}
        self._reader = Consumer({**config, **reader, "enable.auto.commit": "false", "fetch.wait.max.ms": "50"})
        self._inputs = {
            "standardise": self._places([topics.submission(force) for force in forces()]),
            "disseminate": self._places([topics.standard]),
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._reader.close()

    def wait(self, seconds: float, has_workers: Callable[[], bool], tell: Callable[[str], None]) -> Waiting | None:
        """Wait until nothing waits (None), or `seconds` have passed, or nobody works any more (what waits)."""
        deadline, tell_at = time.monotonic() + seconds, time.monotonic() + _TELL_SECONDS
        while (waiting := self.waiting()) is not None and has_workers():
            now = time.monotonic()
            if now > deadline:
                break
            if now > tell_at:
                tell(f"{waiting.stage}: {waiting.messages:,} to go")
                tell_at = now + _TELL_SECONDS
            time.sleep(_POLL_SECONDS)
        return waiting

    def waiting(self) -> Waiting | None:
        """The first stage that has something before it. Raises NotReady (PD-415).

        Asked in the order of the flow: standardise commits its offsets together with what it writes, so what disseminate
        has to do can't grow once standardise is done.
        """
        for stage, places in self._inputs.items():
            behind = self._behind(stage, places)
            if behind and self._has_message(behind):
                return Waiting(stage, sum(messages for _, messages in behind.values()))
        return None

    def _behind(self, stage: str, places: Collection[Place]) -> dict[Place, tuple[int, int]]:
        """Partitions whose end lies behind the committed offset: that offset, and how much is there."""
        parts = [TopicPartition(*place) for place in places]
        group = self._topics.group(stage)
        try:
            asked = self._admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group, parts)])
            latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]  # the client leaves it untyped
            ends = self._admin.list_offsets(
                dict.fromkeys(parts, latest), isolation_level=IsolationLevel.READ_UNCOMMITTED, request_timeout=ANSWER_SECONDS
            )
            committed = asked[group].result().topic_partitions
            found = {(part.topic, part.partition): int(future.result().offset) for part, future in ends.items()}
        except KafkaException as error:
            raise NotReady(Code.BROKER_AWAY, detail=error.args[0].name()) from None
        done = dict.fromkeys(found, 0) | {(part.topic, part.partition): max(part.offset, 0) for part in committed}
        return {place: (done[place], end - done[place]) for place, end in found.items() if end > done[place]}

    def _has_message(self, behind: Mapping[Place, tuple[int, int]]) -> bool:
        """Whether a message stands there: the markers of transactions take offsets, too, and are nobody's work."""
        self._reader.assign([TopicPartition(topic, number, offset) for (topic, number), (offset, _) in behind.items()])
        unread, deadline = set(behind), time.monotonic() + _TAIL_SECONDS
        try:
            while unread and time.monotonic() < deadline:
                message = self._reader.poll(0.1)
                error = message.error() if message is not None else None
                if message is None:
                    continue
                if error is None:
                    return True
                if error.code() == KafkaError._PARTITION_EOF:
                    unread.discard((message.topic() or "", message.partition() or 0))
            return bool(unread)  # not seen to be empty: not done
        finally:
            self._reader.unassign()

    def _places(self, names: list[str]) -> set[Place]:
        known = self._admin.list_topics(timeout=ANSWER_SECONDS).topics
        missing = [name for name in names if name not in known]
        if missing:
            raise Misconfigured(Code.NOT_PROVISIONED, missing[0])
        return {(name, number) for name in names for number in known[name].partitions}
