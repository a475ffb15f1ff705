"""Collect batches: bounded in count and time, fair between topics, dropped when a partition of theirs is taken away."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import methodcaller
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from schemas.codes import Code
from schemas.errors import LostPosition, Misconfigured
from stream_processors.messages import Batch, Headers, Input, Partition

_CHUNK = 250
"""Messages asked for at once: a topic's cap in a batch is overrun by less than this."""

_ASK_SECONDS = 30.0
"""How long to wait for the first offset of a partition: above the time in which a new leader is found."""

_PASSING = {KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._RESOLVE, KafkaError._TIMED_OUT}
"""Errors that librdkafka mends by itself."""

_FORBIDDEN = {KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED}
"""Errors that a person must mend."""


UNREADABLE_HEADERS: Headers = (("unreadable-headers", None),)
"""In place of headers that have a name which is not UTF-8."""


class BatchTaken(Exception):
    """A partition was taken away while its batch was being collected. The new owner decides those messages."""


@dataclass(frozen=True)
class Limits:
    """Bounds of a batch."""

    messages: int = 2000
    """At most so many: a larger batch hardly lowers the cost per message and holds readers up."""
    least: int = 50
    """At least so many may be taken however slow the core is."""
    seconds: float = 0.4
    """How long deciding and writing a batch may take: the batch shrinks to fit. Half the abort bound of a dead slot."""
    per_topic: int | None = None
    """At most about so many of one topic: one flooding force must not delay the others."""
    wait_seconds: float = 0.2
    """How long to wait for a first message."""


class Collector:
    """Collects batches from one consumer and knows how to put one back."""

    def __init__(self, consumer: Consumer, limits: Limits, clock: Callable[[], float]) -> None:
        self._consumer, self._limits, self._clock = consumer, limits, clock
        self._seconds_per_message = 0.0
        self._taken = False
        self._idle: list[TopicPartition] = []
        self._stands: dict[Partition, int] = {}

    def collect(self, wait_seconds: float | None = None) -> Batch | None:
        """The next batch, or None where no message came in `wait_seconds` (the limits' own, where not given).

        Raises BatchTaken, LostPosition, Misconfigured.
        """
        self._wake()
        self._taken = False
        messages: list[Input] = []
        full: list[TopicPartition] = []
        room, counts = self._room(), Counter[str]()
        wait, want = self._limits.wait_seconds if wait_seconds is None else wait_seconds, 1
        deadline = self._clock() + wait
        while room > len(messages):
            chunk = self._read(want, wait)
            messages += chunk
            if self._taken:
                break
            if not chunk or (self._clock() > deadline and len(messages) > 1):
                break
            full += self._cap(chunk, counts)
            wait, want = 0.0, min(_CHUNK, room - len(messages))
        if full:
            self._consumer.resume(full)
        if self._taken:
            self._put_back(_first(messages))
            raise BatchTaken
        return Batch(messages, _first(messages), _behind(messages)) if messages else None

    def group_metadata(self) -> Any:
        """The consumer's group metadata as it is now."""
        return self._consumer.consumer_group_metadata()

    def give(self, placed: Iterable[TopicPartition]) -> None:
        """Partitions were given, and these are their positions: committed offsets, or the very beginning."""
        self._stands.update({(part.topic, part.partition): part.offset for part in placed})

    def take(self, partitions: Iterable[Partition]) -> None:
        """Partitions were taken away: whatever is being collected is void."""
        taken = list(partitions)
        self._taken = self._taken or bool(taken)
        for partition in taken:
            self._stands.pop(partition, None)

    def stand(self, partition: Partition) -> int:
        """Where the partition stands between batches: what a commit that changes nothing must say.

        It is kept here, because the client's `position()` does not know what was put back, and asking the group would see
        another owner's offset. Raises LostPosition where the partition is not ours or the broker does not say.
        """
        offset = self._stands.get(partition)
        if offset is None:
            raise LostPosition(Code.UNKNOWN_OUTCOME)
        if offset == OFFSET_BEGINNING:  # nothing was ever committed: the first offset that is still there says the same
            try:
                offset, _ = self._consumer.get_watermark_offsets(TopicPartition(*partition), timeout=_ASK_SECONDS)
            except KafkaException as error:
                raise LostPosition(Code.BROKER_AWAY, detail=error.args[0].name()) from None
            self._stands[partition] = offset
        return offset

    def rewind(self, batch: Batch) -> None:
        """Read the batch again, where its partitions are still ours."""
        self._put_back(batch.first)

    def took(self, batch: Batch, seconds: float) -> None:
        """A batch was committed and took so long: later ones are sized by it, and its partitions stand behind it."""
        self._stands.update(batch.behind)
        self._seconds_per_message = 0.7 * self._seconds_per_message + 0.3 * seconds / max(len(batch.messages), 20)

    def lag(self) -> int:
        """Messages that stand before this consumer in its partitions, by what the client knows without asking."""
        waiting = 0
        for part in self._consumer.position(self._consumer.assignment()):
            low, high = self._consumer.get_watermark_offsets(part, cached=True)
            reached = part.offset if part.offset >= 0 else low
            waiting += max(0, high - max(reached, 0)) if high >= 0 else 0
        return waiting

    def idle(self) -> None:
        """Stay in the group without taking messages."""
        if not self._idle:
            self._idle = self._consumer.assignment()
            if self._idle:
                self._consumer.pause(self._idle)
        messages = self._read(1, self._limits.wait_seconds)
        if messages:  # a partition was given meanwhile: it is not paused yet
            self._put_back(_first(messages))
            self._idle = []

    def close(self) -> None:
        """Forget everything."""
        self._idle, self._stands = [], {}

    def _wake(self) -> None:
        if self._idle:
            mine = {(part.topic, part.partition) for part in self._consumer.assignment()}
            self._consumer.resume([part for part in self._idle if (part.topic, part.partition) in mine])
            self._idle = []

    def _room(self) -> int:
        if not self._seconds_per_message:
            return min(self._limits.messages, 4 * self._limits.least)
        fits = int(self._limits.seconds / self._seconds_per_message)
        return max(self._limits.least, min(self._limits.messages, fits))

    def _read(self, count: int, wait: float) -> list[Input]:
        found: list[Input] = []
        for message in self._consumer.consume(count, wait):
            error = message.error()
            if error is None:
                found.append(plain_input(message))
            elif error.code() in _FORBIDDEN:
                raise Misconfigured(Code.NOT_AUTHORISED, detail=error.name())
            elif error.code() not in _PASSING:
                raise LostPosition(Code.BROKER_AWAY, detail=error.name())
        return found

    def _cap(self, chunk: list[Input], counts: Counter[str]) -> list[TopicPartition]:
        """Pause the topics that have had their share of this batch."""
        if self._limits.per_topic is None:
            return []
        counts.update(message.topic for message in chunk)
        over = {topic for topic in {message.topic for message in chunk} if counts[topic] >= self._limits.per_topic}
        full = [part for part in self._consumer.assignment() if part.topic in over] if over else []
        if full:
            self._consumer.pause(full)
        return full

    def _put_back(self, first: dict[Partition, int] | Any) -> None:
        mine = {(part.topic, part.partition) for part in self._consumer.assignment()}
        try:
            for (topic, number), offset in first.items():
                if (topic, number) in mine:
                    self._consumer.seek(TopicPartition(topic, number, offset))
        except KafkaException as error:
            raise LostPosition(Code.UNKNOWN_OUTCOME, detail=error.args[0].name()) from None


def plain_input(message: Message) -> Input:
    """The message as a plain value."""
    topic, number, offset = message.topic() or "", message.partition() or 0, message.offset() or 0
    return Input(
        topic, number, offset, _bytes(message.key()), _bytes(message.value()), _headers(message), message.timestamp()[1]
    )


_ask_headers = methodcaller("headers")
"""As `message.headers()`, with a check that the interpreter leaves out where it has seen the call often: the client gives a
result and leaves its error pending, which would then come out of whatever is called next."""


def _headers(message: Message) -> Headers:
    """The headers, bytes or None each. A name that is not UTF-8, which any client can send, makes the client raise for all of
    them: then they are told to be unreadable, and nobody else waits. They stay where they were sent to."""
    try:
        found: Any = _ask_headers(message)
    except (SystemError, UnicodeDecodeError):
        return UNREADABLE_HEADERS
    return found or ()


def _bytes(given: str | bytes | None) -> bytes | None:
    """Consumed keys and values are bytes; the client's types speak of text as well."""
    return given.encode() if isinstance(given, str) else given


def _first(messages: Iterable[Input]) -> dict[Partition, int]:
    first: dict[Partition, int] = {}
    for message in messages:
        first.setdefault((message.topic, message.partition), message.offset)
    return first


def _behind(messages: Iterable[Input]) -> dict[Partition, int]:
    return {(message.topic, message.partition): message.offset + 1 for message in messages}
