"""A refused login, told apart from a broker that is away: librdkafka's calls say "transport error" for both."""

from confluent_kafka import KafkaError

from schemas.codes import Code
from schemas.errors import Misconfigured


def is_refused_login(error: KafkaError) -> bool:
    """Whether an error that the client reported to its error callback is a refused user name or password."""
    return error.code() in (KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED)


def refused_login() -> Misconfigured:
    """The error to raise for it."""
    return Misconfigured(Code.NOT_AUTHORISED, "login", "the broker refused user name or password")
