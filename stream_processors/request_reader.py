"""Reads the topic `request`, as far as it has come. Nothing waits for it: what can't be read now is read later."""

from collections.abc import Callable

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition

from schemas.errors import NotReady, Refused
from schemas.wire import unframe
from stream_processors.requests import Requests

_MESSAGES = 500
"""At most so many at once."""


class RequestReader:
    """`consumer` is its own: read_committed, no group offsets, `earliest` on an offset that is gone."""

    def __init__(self, consumer: Consumer, topic: str, schema_name: Callable[[int], str | None]) -> None:
        self._consumer, self._topic, self._schema_name = consumer, topic, schema_name
        self.requests = Requests()
        """What was read."""
        self.restart()

    def close(self) -> None:
        """Give the consumer back."""
        self._consumer.close()

    def restart(self) -> None:
        """From the beginning: what stands there is a day's, and what was carried out is known by the lanes."""
        self.requests.forget()
        self._consumer.assign([TopicPartition(self._topic, 0, OFFSET_BEGINNING)])

    def read(self) -> None:
        """Whatever has come. Waits for nothing; a broker that is away, or a topic that is not there yet, is no fault here."""
        try:
            messages = self._consumer.consume(_MESSAGES, 0)
        except KafkaException:
            return
        for message in messages:
            if message.error() is None:
                self._take(message.value())

    def _take(self, value: str | bytes | None) -> None:
        try:
            schema_id, body = unframe(value if isinstance(value, bytes) else None)
            name = self._schema_name(schema_id)
        except (Refused, NotReady):  # not ours; or asked of a registry that is away: the agency asks again
            return
        self.requests.take(name, body)
