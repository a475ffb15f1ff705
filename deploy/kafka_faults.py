"""What the administrator's Kafka client raises, as the project's errors."""

from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import KafkaError, KafkaException

from schemas.codes import Code
from schemas.errors import Misconfigured, NotReady, PointDutyError

ANSWER_SECONDS = 30
"""How long one answer of the broker may take: creating the topics of a nation takes seconds."""

_REFUSALS = (
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.SASL_AUTHENTICATION_FAILED,
    KafkaError._AUTHENTICATION,
)


@contextmanager
def kafka_errors() -> Iterator[None]:
    """Turns what the Kafka client raises into the project's errors; its texts stay out, they may name addresses."""
    try:
        yield
    except KafkaException as error:
        raise translate_error(error) from None


def translate_error(error: KafkaException) -> PointDutyError:
    """NotReady (PD-415), or Misconfigured (PD-421) where the broker refused the login or the access."""
    code = error.args[0].code() if error.args and isinstance(error.args[0], KafkaError) else None
    if code in _REFUSALS:
        return Misconfigured(Code.NOT_AUTHORISED, detail="as the administrator")
    return NotReady(Code.BROKER_AWAY)
