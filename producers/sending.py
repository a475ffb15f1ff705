"""Send what the outbox holds to `submission.<force>`: in order, as often as it takes. Shell (Kafka).

A hub that is away leaves the events where they are, and sending goes on by itself when it is back. One thread:
librdkafka has its own behind it.
"""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from producers.outbox import CHUNK_EVENTS, Delivered, Outbox, Queued
from schemas.codes import Code
from schemas.errors import PointDutyError
from schemas.kinds import KINDS
from schemas.topics import Topics
from schemas.wire import frame

MakeProducer = Callable[[Callable[[KafkaError], None]], Producer]
"""Makes a client with the `error_cb` given. Called again after an error that a client can't outlive."""

RETRY_SECONDS = 1.0
"""Pause after the broker or the registry refused something, before it is tried again."""
_READ_EVENTS = 1000
"""Events read from the outbox at once: what waits in memory beside the client's own queue."""
_WAIT_SECONDS = 0.05
"""Longest wait for the client's news in one round."""

_HELD = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG, KafkaError.INVALID_RECORD})
"""Errors of one message alone: sending it again can't help, and what stands behind it must not wait."""
_TROUBLE = {
    KafkaError._AUTHENTICATION: Code.NOT_AUTHORISED,
    KafkaError.SASL_AUTHENTICATION_FAILED: Code.NOT_AUTHORISED,
    KafkaError.TOPIC_AUTHORIZATION_FAILED: Code.NOT_AUTHORISED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: Code.NOT_AUTHORISED,
    KafkaError._UNKNOWN_TOPIC: Code.NOT_PROVISIONED,
    KafkaError.UNKNOWN_TOPIC_OR_PART: Code.NOT_PROVISIONED,
}


def producer_config(client: Mapping[str, str]) -> dict[str, Any]:
    """librdkafka settings of a publisher: idempotent, never giving up, one partitioner for every writer of the hub."""
    return {
        **client,
        "enable.idempotence": True,
        "acks": "all",
        "partitioner": "murmur2_random",
        "compression.type": "lz4",  # every reader of submissions is ours, so every reader has it
        "linger.ms": 20,
        "message.timeout.ms": 0,  # never: the outbox keeps order only while nothing is given up
        "message.max.bytes": 2 << 20,  # above the largest submission (1 MiB) and its headers
        "queue.buffering.max.messages": 20_000,
        "queue.buffering.max.kbytes": 64 * 1024,
        "log_level": 2,  # troubles are told by `error_cb`
    }


class Sender:
    """Sends one outbox. `schema_id` gives a submission record's id by full name (raises NotReady, Misconfigured)."""

    def __init__(
        self,
        outbox: Outbox,
        make_producer: MakeProducer,
        topics: Topics,
        schema_id: Callable[[str], int],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._outbox, self._make_producer, self._schema_id = outbox, make_producer, schema_id
        self._monotonic = monotonic
        self._topic = topics.submission(outbox.force)
        self._source = f"urn:pointduty:force:{outbox.force}"
        self._schema_ids: dict[str, int] = {}
        self._producer = make_producer(self._on_error)
        self._handed = 0  # the last sequence that was handed to the client
        self._delivered: list[Delivered] = []
        self._held: list[int] = []
        self._must_rewind = False
        self._retry_at = 0.0
        self.delivered_events = 0
        self.trouble: Code | None = None
        """Why sending does not get on, if it does not. None after the next delivery."""

    def send(self) -> int:
        """Hand queued events to the client until it is full; the number handed over. Never waits for the hub."""
        self._producer.poll(0)
        self._settle(at_least=CHUNK_EVENTS)
        if self._monotonic() < self._retry_at or (self._must_rewind and not self._rewind()):
            return 0
        handed = 0
        while events := self._outbox.queued(self._handed, _READ_EVENTS):
            for event in events:
                if not self._produce(event):
                    return handed
                self._handed = event.seq
                handed += 1
            self._producer.poll(0)
        return handed

    def drain(self, timeout_seconds: float, progress: Callable[[int], None] | None = None) -> int:
        """Send until nothing waits, or the time is up. Answers how many still wait; `progress` is told that, too."""
        deadline = self._monotonic() + timeout_seconds
        while True:
            self.send()
            self._producer.poll(_WAIT_SECONDS)
            self._settle(at_least=CHUNK_EVENTS if len(self._producer) else 1)
            if progress is not None:
                progress(self._outbox.queued_events)
            if not self._outbox.queued_events or self._monotonic() >= deadline:
                self._settle(at_least=1)
                return self._outbox.queued_events

    def await_delivery(self, timeout_seconds: float) -> bool:
        """Send until at least one event has left the outbox; False if none has when the time is up, or none waits."""
        waiting, deadline = self._outbox.queued_events, self._monotonic() + timeout_seconds
        while waiting and self._monotonic() < deadline:
            self.send()
            self._producer.poll(_WAIT_SECONDS)
            self._settle(at_least=1)
            if self._outbox.queued_events < waiting:
                return True
        return False

    def close(self) -> None:
        """Give the client up. What it had not delivered stays in the outbox; some of it may be sent twice."""
        self._producer.poll(0)
        self._settle(at_least=1)
        self._producer.purge()
        self._producer.poll(0)

    def _produce(self, event: Queued) -> bool:
        name = KINDS[event.kind].submission
        try:
            if name not in self._schema_ids:
                self._schema_ids[name] = self._schema_id(name)
            self._producer.produce(
                self._topic,
                key=event.record_id,
                value=frame(self._schema_ids[name], event.body),
                headers=self._headers(event, name),
                on_delivery=partial(self._on_delivery, event.seq),
            )
        except BufferError:  # the client is full: its deliveries make room, the next call goes on here
            return False
        except KafkaException as failed:
            return self._is_held(event.seq, failed.args[0])
        except PointDutyError as failed:
            self.trouble, self._retry_at = failed.code, self._monotonic() + RETRY_SECONDS
            return False
        return True

    def _headers(self, event: Queued, name: str) -> list[tuple[str, str | bytes | None]]:
        """CloudEvents 1.0, Kafka binding, binary mode. Nothing personal: the record id is in the key alone."""
        return [
            ("ce_specversion", b"1.0"),
            ("ce_id", event.event_id),
            ("ce_source", self._source),
            ("ce_type", name),
            ("ce_time", event.accepted_at),
            ("content-type", b"application/avro"),
        ]

    def _on_delivery(self, seq: int, error: KafkaError | None, message: Message) -> None:
        if error is None:
            offset = message.offset()  # negative where the broker knew the message already, and did not say where
            known = offset if offset is not None and offset >= 0 else None
            self._delivered.append(Delivered(seq, message.partition() or 0, known))
            self.trouble = None
        else:
            self._is_held(seq, error)

    def _is_held(self, seq: int, error: KafkaError) -> bool:
        """Hold back an event that can never be sent (True); for any other error begin again (False)."""
        if error.code() in _HELD:
            self._held.append(seq)
            return True
        self._fail(error)
        return False

    def _on_error(self, error: KafkaError) -> None:
        self.trouble = _TROUBLE.get(error.code(), Code.BROKER_AWAY)

    def _fail(self, error: KafkaError) -> None:
        """An event was not delivered: hand over no more, and begin again at the first that waits, so order is kept."""
        self.trouble = _TROUBLE.get(error.code(), Code.BROKER_AWAY)
        self._must_rewind, self._retry_at = True, self._monotonic() + RETRY_SECONDS

    def _rewind(self) -> bool:
        """Begin again with a new client (a fatal error never heals), once the old one has told what became of all."""
        if len(self._producer):
            return False
        self._settle(at_least=1)
        self._producer = self._make_producer(self._on_error)
        self._handed, self._must_rewind = 0, False
        return True

    def _settle(self, at_least: int) -> None:
        if len(self._delivered) + len(self._held) < at_least:
            return
        delivered, held = self._delivered, self._held
        self._delivered, self._held = [], []
        self._outbox.settle(delivered, held)
        self.delivered_events += len(delivered)
