"""A subscriber's place in its consumer group: what it is given, what is taken, and whether it has read everything."""

import threading
from collections.abc import Callable, Sequence

import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from consumers.offsets import Offsets
from consumers.receipts import is_recall
from consumers.sequence_store import SequenceStore
from consumers.sequences import LaneState
from schemas.codes import Code
from schemas.errors import Misconfigured, NotReady

log = structlog.get_logger()

_ANSWER_SECONDS = 10.0
"""How long the broker may take to say what was committed."""

_JOIN_SECONDS = 30.0
"""How long a subscriber that is to end by itself waits for its place: above the session time-out of a dead member."""

_LEAVE_SECONDS = 5.0
"""How long the last commit may take, and how long leaving the group."""

_POLL_SECONDS = 0.05
"""How often to look for its answer."""


class Membership:
    """Partitions given to this member. Every method is called from the thread that polls."""

    def __init__(
        self,
        consumer: Consumer,
        offsets: Offsets,
        store: SequenceStore,
        lanes: dict[str, dict[int, LaneState]],
        *,
        clock: Callable[[], float],
        from_start: bool,
        forget: Callable[[str], None] = lambda _feed: None,
        drop: Callable[[Sequence[tuple[str, int]]], None] = lambda _partitions: None,
        refused: set[str] | None = None,
    ) -> None:
        """`lanes` (by feed, then lane) is filled from the store for each feed that is given. `forget` is told of a feed that is
        read as for the first time, `drop` of partitions that are another's now. `refused` is filled with feeds that this user
        may not read just now."""
        self._refused = set() if refused is None else refused
        self._reads_recalls = False
        self._forget, self._forfeit = forget, drop
        self._consumer, self._offsets, self._store, self._clock = consumer, offsets, store, clock
        self._lanes, self._from_start = lanes, from_start
        self._given: set[tuple[str, int]] = set()
        self._at_end: set[tuple[str, int]] = set()
        self._restarted: set[tuple[str, int]] = set()
        self.joined = False
        """Whether the group has given this member its place, be it without a partition."""
        self._since = clock()

    def join(self, feeds: Sequence[str]) -> None:
        """Ask for a place. It comes while polling."""
        self._since, self._reads_recalls = self._clock(), any(map(is_recall, feeds))
        self._consumer.subscribe(
            list(feeds),
            on_assign=lambda _, given: self._give(given),
            on_revoke=lambda _, taken: self._take(taken),
            on_lost=lambda _, taken: self._lose(taken),
        )

    def leave(self) -> None:
        """Commit what was handled and go: the others get the partitions at once. With the broker away it waits a little
        for the answer, and then leaves the rest to come again."""
        self._offsets.commit(list(self._given))
        until = self._clock() + _LEAVE_SECONDS
        while self._offsets.in_flight and self._clock() < until:
            self._consumer.poll(_POLL_SECONDS)  # serves the answer; a message that it gives is not committed
        self._offsets.drop(list(self._given))
        # The client's own close waits for an unanswered commit as long as the broker is away (81 s, until it was back), and
        # takes no time limit. A thread that is left behind ends with the process; there is nothing left to save in it.
        closing = threading.Thread(target=self._consumer.close, name="leave", daemon=True)
        closing.start()
        closing.join(_LEAVE_SECONDS)

    def heard(self, feed: str, partition: int) -> None:
        """A message came, perhaps but a heartbeat: with many lanes there is always one, and nobody would ever be idle."""
        self._at_end.discard((feed, partition))
        self._refused.discard(feed)

    def active(self, feed: str, partition: int) -> None:
        """A message came that is more than a heartbeat."""
        self.heard(feed, partition)
        self._since = self._clock()

    def is_idle(self, seconds: float) -> bool:
        """Whether everything given has been read to its end, that long ago.

        Raises NotReady (PD-415) after 30 s without a place.
        """
        waited = self._clock() - self._since
        if not self.joined and waited > _JOIN_SECONDS:
            raise NotReady(Code.BROKER_AWAY)
        return self.joined and self._given <= self._at_end and waited >= seconds

    def note(self, error: KafkaError, feed: str, partition: int) -> None:
        """What the client reports instead of a message. Raises Misconfigured where waiting won't help. Whoever reads recalls
        goes on without a feed that is refused: once it is suspended, its withdrawals come by recall."""
        code = error.code()
        if code == KafkaError._PARTITION_EOF:
            self._at_end.add((feed, partition))
        elif code == KafkaError.TOPIC_AUTHORIZATION_FAILED and self._reads_recalls and not is_recall(feed):
            if feed not in self._refused:
                log.warning("feed refused; going on without it", code=str(Code.NOT_AUTHORISED), feed=feed)
            self._refused.add(feed)
            self._at_end.add((feed, partition))
        elif code == KafkaError.TOPIC_AUTHORIZATION_FAILED:
            raise Misconfigured(Code.NOT_AUTHORISED, feed, "this user may not read the feed")
        elif code == KafkaError.GROUP_AUTHORIZATION_FAILED:
            raise Misconfigured(Code.NOT_AUTHORISED, "consumer group", "this user may not use the group")
        elif code == KafkaError.UNKNOWN_TOPIC_OR_PART:
            raise Misconfigured(Code.NOT_PROVISIONED, feed, "there is no such feed")
        else:
            log.warning("broker", cause=error.name(), feed=feed)

    def go_back(self, feed: str, partition: int, offset: int) -> None:
        """The next message of the partition shall be the one at `offset` again."""
        self._consumer.seek(TopicPartition(feed, partition, offset))

    def _give(self, given: Sequence[TopicPartition]) -> None:
        begun = [TopicPartition(part.topic, part.partition, 0) for part in given if self._restore(part)]
        if begun:
            self._commit_start(begun)
        self._consumer.incremental_assign(list(given))
        self._given.update((part.topic, part.partition) for part in given)
        self.joined, self._since = True, self._clock()

    def _commit_start(self, begun: Sequence[TopicPartition]) -> None:
        """Before anything is read: a crash behind the first delivery must not leave the group at its old place, with a database
        that is no longer new."""
        try:
            self._consumer.commit(offsets=list(begun), asynchronous=False)
        except KafkaException as failure:  # the group changes again just now: it gives the partitions again
            log.warning("the start could not be committed", cause=failure.args[0].name())

    def _restore(self, part: TopicPartition) -> bool:
        """Whether it is read from its beginning."""
        key = (part.topic, part.partition)
        afresh = self._from_start and key not in self._restarted
        if afresh:
            self._restarted.add(key)
            self._store.forget(part.topic)
            self._forget(part.topic)
            part.offset = OFFSET_BEGINNING
        elif self._read_elsewhere(part):
            self._store.forget(part.topic)
        self._lanes[part.topic] = self._store.load(part.topic)
        return afresh

    def _read_elsewhere(self, part: TopicPartition) -> bool:
        """Whether a member with another store has gone further: what it read would look like a gap here."""
        seen = self._store.next_offset(part.topic, part.partition)
        if seen is None:
            return False
        try:
            answer = self._consumer.committed([TopicPartition(part.topic, part.partition)], timeout=_ANSWER_SECONDS)
        except KafkaException as failure:
            raise NotReady(Code.BROKER_AWAY, detail=failure.args[0].name()) from None
        return bool(answer[0].offset > seen)

    def _take(self, taken: Sequence[TopicPartition]) -> None:
        """Commit before the next owner starts: what is committed later would come to it again."""
        partitions = [(part.topic, part.partition) for part in taken]
        self._offsets.commit(partitions)
        self._drop(partitions)
        self._consumer.incremental_unassign(list(taken))

    def _lose(self, taken: Sequence[TopicPartition]) -> None:
        partitions = [(part.topic, part.partition) for part in taken]
        log.warning("partitions lost; what was handled and not committed comes again", count=len(partitions))
        self._drop(partitions)
        self._consumer.incremental_unassign(list(taken))

    def _drop(self, partitions: Sequence[tuple[str, int]]) -> None:
        self._offsets.drop(partitions)
        self._forfeit(partitions)
        self._given.difference_update(partitions)
        self._at_end.difference_update(partitions)
