"""Reads feeds and gives each delivery over, in order per lane; what is missing is told and asked for, what repeats is known."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import structlog
from confluent_kafka import Consumer, KafkaError, TopicPartition
from confluent_kafka import Message as KafkaMessage

from consumers.callbacks import Callbacks
from consumers.deliveries import Action, Delivery, Taken, Unreadable
from consumers.delivery_reader import Message, read_delivery, read_recall
from consumers.login import is_refused_login, refused_login
from consumers.marks import key_of
from consumers.means import Means
from consumers.membership import Membership
from consumers.offsets import Offsets
from consumers.receipts import is_recall
from consumers.sequence_store import SequenceStore
from consumers.sequences import Filled, Finding, Gap, LaneState, Repeat, observe
from consumers.tally import Tally
from schemas.errors import Misconfigured, NotReady, Refused

log = structlog.get_logger()

_POLL_SECONDS = 0.1
"""How long a stop may wait for an idle poll."""

_AWAY_SECONDS = 0.5
"""Pause before a message is read again whose schema can't be had just now."""

_NOTED_SECONDS = 10.0
"""How often one trouble with the broker is logged."""


class Subscriber:
    """One member of a consumer group. Use it as a context manager: leaving commits and leaves the group."""

    def __init__(
        self,
        feeds: Sequence[str],
        consumer: Callable[[Mapping[str, Any]], Consumer],
        schema_of: Callable[[int], object],
        callbacks: Callbacks,
        store: SequenceStore,
        means: Means,
        *,
        from_start: bool = False,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """`feeds` are topics, feeds and recalls. `consumer` makes a client with the callbacks it is given in its settings.

        Of `callbacks` only those for gaps and unreadable messages are called here: deliveries go to `means.taking`.
        `from_start` reads everything that is kept again, as if it had never been read.
        """
        self.tally = means.tally
        self._feeds, self._callbacks, self._store, self._wait, self._clock = list(feeds), callbacks, store, wait, clock
        self._schema_of, self._taking, self._chores, self._from_start = schema_of, means.taking, means.chores, from_start
        self._lanes: dict[str, dict[int, LaneState]] = {}
        self._refused: Misconfigured | None = None
        self._noted = ("", 0.0)
        self._consumer = consumer({"error_cb": self._on_error, "on_commit": self._on_commit})
        self._offsets = Offsets(self._consumer, self._save, clock)
        self._member = Membership(
            self._consumer,
            self._offsets,
            store,
            self._lanes,
            clock=clock,
            from_start=from_start,
            forget=means.forget,
            drop=self._taking.drop,
            refused=self.tally.refused,
        )

    def run(self, stop: Callable[[], bool] = lambda: False, until_idle: float | None = None) -> Tally:
        """Handle deliveries until `stop`, or until all feeds have been read to their end for `until_idle` seconds.

        Raises Misconfigured (PD-421, PD-404) where login, group or a feed is refused, NotReady (PD-415) where
        `until_idle` is set and no broker answers for 30 s, and what `callbacks.ends` names.
        """
        self._member.join(self._feeds)
        while not stop():
            message = self._consumer.poll(0) or self._rest_and_poll()
            if self._refused is not None:
                raise self._refused
            if message is not None:
                self._take(message)
            elif until_idle is not None and self._member.is_idle(until_idle):
                break
            self._offsets.commit_due()
            self._chores.do_due(self._lanes, self._read)
        return self.tally

    def health(self) -> dict[str, object]:
        """Whether this member has its place in the group (`ok`), and its counts: what is parked is no reason to restart it."""
        return {"ok": self._member.joined and self._refused is None, **self.tally.as_dict()}

    def close(self) -> None:
        """Commit what was handled, leave the group and send the last receipts. The stores stay open: they are the caller's."""
        self._member.leave()
        self._chores.finish()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _rest_and_poll(self) -> KafkaMessage | None:
        self._unless_away(self._taking.rest)
        return self._consumer.poll(_POLL_SECONDS)

    def _save(self) -> None:
        self._taking.save()
        self._store.sync()

    def _take(self, message: KafkaMessage) -> None:
        error = message.error()
        feed, partition, offset = message.topic() or "", message.partition() or 0, message.offset() or 0
        if error is not None:
            self._member.note(error, feed, partition)
            return
        self._member.heard(feed, partition)
        parts = Message(feed, partition, offset, _bytes(message.key()), _bytes(message.value()), _ce_id(message))
        try:
            item = self._read(parts)
        except Refused as refusal:
            self._member.active(feed, partition)
            self.tally.unreadable += 1
            self._callbacks.on_unreadable(Unreadable(feed, partition, offset, refusal, parts.value))
        except NotReady as away:
            self._come_back(parts, away)
            return
        else:
            if not self._unless_away(lambda: self._hand_over(item, parts), parts):
                return
        self._offsets.passed(feed, partition, offset)

    def _read(self, message: Message) -> Taken:
        return (read_recall if is_recall(message.feed) else read_delivery)(message, self._schema_of)

    def _unless_away(self, do: Callable[[], None], message: Message | None = None) -> bool:
        """Whether it could be done. Where something is away, wait a little, and have `message` come again."""
        try:
            do()
        except NotReady as away:
            self._come_back(message, away)
            return False
        return True

    def _come_back(self, message: Message | None, away: NotReady) -> None:
        log.warning("waiting", code=str(away.code))
        if message is not None:
            self._member.go_back(message.feed, message.partition, message.offset)
        self._wait(_AWAY_SECONDS)

    def _hand_over(self, item: Taken, message: Message) -> None:
        """Note the number: after a gap is told (a crash between the two tells it twice, not never), and in the moment before
        the item is given, so that no crash hides that it was begun."""
        if item.action is not Action.HEARTBEAT:
            self._member.active(item.feed, item.partition)
        lanes = self._lanes[item.feed]
        state, found = _observe(item, lanes.get(item.lane))
        kept = (item.feed, item.lane, state, item.partition, item.offset + 1)
        lanes[item.lane] = state
        if isinstance(found, Repeat) and not self._store.is_unknown(*key_of(item)):
            self._store.save(*kept)
            self._taking.again(item, message)
            return
        if found is not None:
            item = self._report(item, found)
        if item.action is Action.HEARTBEAT:  # it has another's number, and is nobody's loss
            self._store.save(*kept)
        else:
            self._store.begin(*kept, item.sequence)
        self._taking.take(item, message)
        self._store.end()
        if item.repeat:
            self._store.resolve(*key_of(item))

    def _report(self, item: Taken, found: Finding) -> Taken:
        match found:
            case Repeat():
                self.tally.repeats += 1
                return replace(item, repeat=True)
            case Filled():
                self.tally.filled += 1
                return replace(item, late=True) if isinstance(item, Delivery) else item
            case Gap():
                self.tally.gaps += 1
                self.tally.missing += found.count
                self._callbacks.on_gap(item.feed, found)
                self._chores.missed(item.feed)
        return item

    def _on_error(self, error: KafkaError) -> None:
        """A failed login is told here only: calls would say "transport error"."""
        if is_refused_login(error):
            self._refused = refused_login()
            return
        before, until = self._noted
        if error.name() != before or self._clock() >= until:  # it is told at each try to connect, many times a second
            self._noted = (error.name(), self._clock() + _NOTED_SECONDS)
            log.warning("broker", cause=error.name())

    def _on_commit(self, error: KafkaError | None, parts: list[TopicPartition]) -> None:
        self._offsets.answered(error, parts)


def _bytes(part: str | bytes | None) -> bytes | None:
    return part.encode() if isinstance(part, str) else part


def _observe(item: Taken, before: LaneState | None) -> tuple[LaneState, Finding | None]:
    """Recalls are not numbered: of them only the place is known."""
    if isinstance(item, Delivery):
        return observe(item.lane, before, item.sequence, heartbeat=item.action is Action.HEARTBEAT)
    if before is not None and item.sequence <= before.last:
        return before, Repeat(item.lane, item.sequence)
    return LaneState(0, item.sequence), None


def _ce_id(message: KafkaMessage) -> str:
    headers: Any = message.headers() or ()
    return next((value.decode("ascii", "replace") for name, value in headers if name == "ce_id" and value), "")
