"""What the watch asks the broker beside Faust: which changelog this is, and what stands last in it."""

import logging
from collections.abc import Mapping

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient

from schemas.codes import Code
from schemas.errors import Misconfigured, NotReady

_ANSWER_SECONDS = 15.0
_QUIET = logging.getLogger("pointduty.librdkafka")


def changelog_id(credential: Mapping[str, str], topic: str) -> str:
    """The broker's id of the changelog. Raises Misconfigured (PD-404) where it is not there, NotReady (broker away)."""
    admin = AdminClient({**credential}, logger=_QUIET)
    try:
        found = admin.describe_topics(TopicCollection([topic]))[topic].result(timeout=_ANSWER_SECONDS)
    except KafkaException as error:
        if error.args[0].code() in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.TOPIC_AUTHORIZATION_FAILED):
            raise Misconfigured(Code.NOT_PROVISIONED, topic) from None
        raise NotReady(Code.BROKER_AWAY, detail=error.args[0].name()) from None
    except TimeoutError:
        raise NotReady(Code.BROKER_AWAY) from None
    return str(found.topic_id)


def read_last_value(credential: Mapping[str, str], topic: str, group: str) -> bytes | None:
    """The value of the last message of a topic of one partition; None where there is none. Raises NotReady.

    `group` is one that the user may have; nothing is committed under it. The broker never compacts the file that is being
    written, so what was written last is still there.
    """
    settings = {
        **credential,
        "group.id": group,
        "enable.auto.commit": "false",
        "enable.partition.eof": "true",
        "fetch.wait.max.ms": 50,
    }
    consumer = Consumer(settings, logger=_QUIET)
    try:
        start, end = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=_ANSWER_SECONDS)
        if end <= start:
            return None
        consumer.assign([TopicPartition(topic, 0, end - 1)])
        message = consumer.poll(_ANSWER_SECONDS)
        if message is None or message.error() is not None:
            raise NotReady(Code.BROKER_AWAY, topic)
        return message.value()
    except KafkaException as error:
        raise NotReady(Code.BROKER_AWAY, detail=error.args[0].name()) from None
    finally:
        consumer.close()
