"""Reads feeds and gives each delivery over, at least once, in order per lane, and says what is missing."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import structlog
from confluent_kafka import Consumer, KafkaError, TopicPartition
from confluent_kafka import Message as KafkaMessage

from consumers.callbacks import Callbacks
from consumers.deliveries import Action, Delivery, Unreadable
from consumers.delivery_reader import Message, read_delivery
from consumers.login import is_refused_login, refused_login
from consumers.membership import Membership
from consumers.offsets import Offsets
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
        *,
        from_start: bool = False,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """`feeds` are topics. `consumer` makes a client with the callbacks it is given in its settings.

        `from_start` reads everything that is kept again, as if it had never been read.
        """
        self.tally = Tally()
        self._feeds, self._callbacks, self._store, self._wait, self._clock = list(feeds), callbacks, store, wait, clock
        self._schema_of = schema_of
        self._lanes: dict[str, dict[int, LaneState]] = {}
        self._refused: Misconfigured | None = None
        self._noted = ("", 0.0)
        self._consumer = consumer({"error_cb": self._on_error, "on_commit": self._on_commit})
        self._offsets = Offsets(self._consumer, store, clock)
        self._member = Membership(self._consumer, self._offsets, store, self._lanes, clock=clock, from_start=from_start)

    def run(self, stop: Callable[[], bool] = lambda: False, until_idle: float | None = None) -> Tally:
        """Handle deliveries until `stop`, or until all feeds have been read to their end for `until_idle` seconds.

        Raises Misconfigured (PD-421, PD-404) where login, group or a feed is refused, NotReady (PD-415) where
        `until_idle` is set and no broker answers for 30 s, and whatever a callback raises.
        """
        self._member.join(self._feeds)
        while not stop():
            message = self._consumer.poll(_POLL_SECONDS)
            if self._refused is not None:
                raise self._refused
            if message is not None:
                self._take(message)
            elif until_idle is not None and self._member.is_idle(until_idle):
                break
            self._offsets.commit_due()
        return self.tally

    def health(self) -> dict[str, object]:
        """Whether this member has its place in the group (`ok`), and its counts."""
        return {"ok": self._member.joined and self._refused is None, **self.tally.as_dict()}

    def close(self) -> None:
        """Commit what was handled and leave the group. The store stays open: it is the caller's."""
        self._member.leave()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self, message: KafkaMessage) -> None:
        error = message.error()
        feed, partition, offset = message.topic() or "", message.partition() or 0, message.offset() or 0
        if error is not None:
            self._member.note(error, feed, partition)
            return
        self._member.active(feed, partition)
        parts = Message(feed, partition, offset, _bytes(message.key()), _bytes(message.value()))
        try:
            delivery = read_delivery(parts, self._schema_of)
        except Refused as refusal:
            self.tally.unreadable += 1
            self._callbacks.on_unreadable(Unreadable(feed, partition, offset, refusal, parts.value))
        except NotReady as away:
            log.warning("waiting for a schema", code=str(away.code), feed=feed)
            self._member.go_back(feed, partition, offset)
            self._wait(_AWAY_SECONDS)
            return
        else:
            self._handle(self._observe(delivery))
        self._offsets.passed(feed, partition, offset)

    def _observe(self, delivery: Delivery) -> Delivery:
        """Note the delivery's number: after a gap is told (a crash between the two tells it twice, not never), and
        before the delivery is handled, so that no crash hides that a callback has had it."""
        lanes = self._lanes[delivery.feed]
        before = lanes.get(delivery.lane)
        beat = delivery.action is Action.HEARTBEAT
        state, found = observe(delivery.lane, before, delivery.sequence, heartbeat=beat)
        if found is not None:
            delivery = self._report(delivery, found)
        lanes[delivery.lane] = state
        self._store.save(delivery.feed, delivery.lane, state, delivery.partition, delivery.offset + 1)
        return delivery

    def _report(self, delivery: Delivery, found: Finding) -> Delivery:
        match found:
            case Repeat():
                self.tally.repeats += 1
                return replace(delivery, repeat=True)
            case Filled():
                self.tally.filled += 1
            case Gap():
                self.tally.gaps += 1
                self.tally.missing += found.count
                self._callbacks.on_gap(delivery.feed, found)
        return delivery

    def _handle(self, delivery: Delivery) -> None:
        handle = self._callbacks.of(delivery.action)
        if handle is not None:
            try:
                handle(delivery)
            except Exception as failure:
                place = {"feed": delivery.feed, "partition": delivery.partition, "offset": delivery.offset}
                kind = type(failure).__name__  # its text may hold what was disclosed
                log.error("callback failed; the delivery will come again", kind=kind, **place)
                raise
        elif delivery.action is Action.UNMAPPED:
            log.warning("no callback for this action", action=delivery.source_action, feed=delivery.feed)
        self.tally.handled[delivery.action] += 1

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
