"""One transaction after another on one producer; what to do with each outcome.

done      the step is committed
Aborted   the step is known not to be committed: the batch can be decided again on the same clients
LostPosition  nobody knows: a late commit could land in a later transaction (librdkafka lacks KIP-890), so the
              producer and the position are thrown away; a new `init_transactions` closes the hole
"""

import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer, TopicPartition

from schemas.codes import Code
from schemas.errors import LostPosition, Misconfigured
from stream_processors.messages import Output, Step
from stream_processors.metrics import PumpMetrics

_START_SECONDS = 30.0
"""How long to wait for the coordinator: a first transaction on a cold broker waits a second or more."""

_CALL_SECONDS = 15.0
"""How long one call may take: above the transaction time-out of 10 s, after which the broker aborts by itself."""

_FORBIDDEN = {KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, KafkaError.CLUSTER_AUTHORIZATION_FAILED}
"""Errors that a person must mend."""


OVERTAKEN = "OVERTAKEN"
"""Code of a step that was taken back, because what it was decided under had changed before it was committed."""


class Aborted(Exception):
    """The step is known not to be committed. `code` is Kafka's name of the cause, or OVERTAKEN."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _tell(delivered: Callable[[int, int], None], error: Any, message: Message) -> None:
    if error is None:
        delivered(message.partition() or 0, message.offset() or 0)


class Transactions:
    """Runs steps as transactions. After LostPosition the object must not be used again."""

    def __init__(self, producer: Producer, metrics: PumpMetrics, clock: Callable[[], float]) -> None:
        self._producer, self._metrics, self._clock = producer, metrics, clock

    def start(self) -> None:
        """Claim the transactional id: fences an older holder and ends its open transaction."""
        try:
            self._producer.init_transactions(_START_SECONDS)
        except KafkaException as error:
            if error.args[0].code() in _FORBIDDEN:
                raise Misconfigured(Code.NOT_AUTHORISED, detail=error.args[0].name()) from None
            raise LostPosition(Code.BROKER_AWAY, detail=error.args[0].name()) from None

    def cleanse(self, topic: str, metadata: Any) -> None:
        """Abort a transaction of this slot's that holds nothing but an offset: its marker ends whatever the group still keeps
        pending for this producer.

        A broker that was fenced when it should have written abort markers writes none (Kafka 4.3.1, on an only replica). The
        offsets of that transaction then stay pending, and the *next* commit of the same producer would make them good,
        though what they stand for was never written: rows would be lost. `metadata` is that of no member. Raises
        LostPosition.
        """
        try:
            self._producer.begin_transaction()
            self._producer.send_offsets_to_transaction([TopicPartition(topic, 0, 0)], metadata, _CALL_SECONDS)
            self._producer.abort_transaction(_CALL_SECONDS)
        except KafkaException as error:
            with contextlib.suppress(Aborted):
                self._abort(error)

    def run(self, step: Step, offsets: Sequence[TopicPartition], metadata: Any, stands: Callable[[], bool]) -> None:
        """Commit the step with these offsets. Raises Aborted, LostPosition.

        `stands` is asked before the first message and once more before the commit: False aborts. Between the last answer and
        the commit's request stands nothing but this process's own next line.
        """
        started = self._clock()
        try:
            self._producer.begin_transaction()
            # A crash from here to the commit leaves an open transaction; the slot's next owner aborts it at once, and
            # without one the broker does after transaction.timeout.ms.
            self._producer.send_offsets_to_transaction(list(offsets), metadata, _CALL_SECONDS)
            self._ask(stands)
            for output in step.outputs:
                self._produce(output)
            self._producer.flush(_CALL_SECONDS)  # what the commit would wait for, so that it is asked behind the waiting
            self._ask(stands)
            self._producer.commit_transaction(_CALL_SECONDS)
        except KafkaException as error:
            self._abort(error)
        self._metrics.transaction_seconds.labels(step=step.name).observe(self._clock() - started)

    def _ask(self, stands: Callable[[], bool]) -> None:
        """Abort where what the step was decided under does not stand any more. A crash here leaves an open transaction."""
        if stands():
            return
        try:
            self._producer.abort_transaction(_CALL_SECONDS)
        except KafkaException as error:
            raise LostPosition(Code.UNKNOWN_OUTCOME, detail=error.args[0].name()) from None
        raise Aborted(OVERTAKEN)

    def _produce(self, output: Output) -> None:
        place: dict[str, Any] = {}
        if output.delivered is not None:
            place["on_delivery"] = partial(_tell, output.delivered)
        if output.partition is not None:
            place["partition"] = output.partition
        if output.timestamp_ms is not None:
            place["timestamp"] = output.timestamp_ms
        while True:
            try:
                self._producer.produce(output.topic, output.value, output.key, headers=list(output.headers), **place)
            except BufferError:
                self._producer.poll(0.05)  # back-pressure: the broker is slower than we are
            else:
                return

    def _abort(self, cause: KafkaException) -> None:
        error = cause.args[0]
        name = str(error.name())
        if not error.txn_requires_abort():
            # Fatal (fenced), timed out, or an answer we can't tell: unknown.
            raise LostPosition(Code.UNKNOWN_OUTCOME, detail=name) from None
        try:
            self._producer.abort_transaction(_CALL_SECONDS)
        except KafkaException as second:
            raise LostPosition(Code.UNKNOWN_OUTCOME, detail=second.args[0].name()) from None
        raise Aborted(name) from None
