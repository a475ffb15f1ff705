"""What a force may see of the hub, read with its own credentials: its dead letters, and how far the hub is."""

import time
from collections.abc import Callable

from confluent_kafka import ConsumerGroupTopicPartitions, IsolationLevel, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from deploy.access_rules import STANDARDISE, force_user
from deploy.clients import client_config
from deploy.cluster import load_cluster
from deploy.registry import Registry, record_name
from deploy.settings import Settings
from deploy.topic_reader import read_topics
from producers.dead_letters import Letter, read_letter
from producers.fates import Hub
from schemas.codes import Code
from schemas.errors import Misconfigured, NotReady, Refused

_ANSWER_SECONDS = 30.0
"""How long one answer of the broker may take; also how long an open transaction may hide dead letters."""
_AGAIN_SECONDS = 0.1

_REFUSED = (KafkaError.GROUP_AUTHORIZATION_FAILED, KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError._AUTHENTICATION)


class ForceView:
    """The hub as one force sees it. Raises Misconfigured (no cluster, no credential)."""

    def __init__(self, settings: Settings, force: str) -> None:
        self._topics, self._force = settings.topics, force
        cluster = load_cluster(settings.home)
        if cluster is None:
            raise Misconfigured(Code.NO_BROKER)
        self._config = client_config(settings.home, force_user(force))
        self._registry_url = cluster.registry_url

    def read_letters(self) -> list[Letter]:
        """Every dead letter that is kept, in order, copies too. Raises NotReady. Commits nothing."""
        topic = self._topics.dead_letter(self._force)
        config = {**self._config, "group.id": self._topics.group(f"{force_user(self._force)}.dead-letters")}
        registry = Registry(self._registry_url)
        try:
            schema_name = _schema_names(registry)
            found = []
            for message in read_topics(config, [topic]):
                try:
                    value = message.value() or b""
                    found.append(read_letter(message.partition() or 0, message.offset() or 0, value, schema_name))
                except Refused:  # only the hub may write here: what is no dead letter is none of this force's
                    continue
            return found
        finally:
            registry.close()

    def read_progress(self) -> tuple[Hub, list[Letter]]:
        """How far the hub is, and every dead letter of what it has decided. Raises NotReady, Misconfigured (NOT_AUTHORISED).

        The offsets come first: then each letter that goes with them is on its topic, though perhaps not visible yet, because a
        transaction's end reaches its topics one after the other. So the letters are read once they are visible up to the end.
        """
        admin = AdminClient({**self._config})
        try:
            decided = self._decided_below(admin)
            start = self._wait_for_letters(admin)
        except KafkaException as error:
            code = error.args[0].code()
            if code in _REFUSED:
                raise Misconfigured(Code.NOT_AUTHORISED, self._topics.group(_GROUP)) from None
            raise NotReady(Code.BROKER_AWAY, detail=error.args[0].name()) from None
        letters = self.read_letters()
        return Hub(decided, _first_places(letters) if start else None), letters

    def _decided_below(self, admin: AdminClient) -> dict[int, int]:
        topic = self._topics.submission(self._force)
        asked = [TopicPartition(topic, number) for number in self._partitions(admin, topic)]
        wanted = ConsumerGroupTopicPartitions(self._topics.group(_GROUP), asked)
        [answer] = admin.list_consumer_group_offsets([wanted], request_timeout=_ANSWER_SECONDS).values()
        found: dict[int, int] = {}
        for part in answer.result().topic_partitions:
            if part.error is not None:
                raise KafkaException(part.error)
            found[part.partition] = max(0, part.offset)  # negative: nothing committed yet
        return found

    def _wait_for_letters(self, admin: AdminClient) -> int:
        """Wait until the dead letters that are on the topic now can be read. Gives the first offset that is kept."""
        topic = self._topics.dead_letter(self._force)
        start = 0
        for number in self._partitions(admin, topic):
            part = TopicPartition(topic, number)
            start = max(start, _offset(admin, part, OffsetSpec.earliest()))  # type: ignore[no-untyped-call]
            end, deadline = _offset(admin, part, _LATEST), time.monotonic() + _ANSWER_SECONDS
            while _offset(admin, part, _LATEST, IsolationLevel.READ_COMMITTED) < end:
                if time.monotonic() > deadline:
                    raise NotReady(Code.BROKER_AWAY, detail="a transaction of the hub does not end")
                time.sleep(_AGAIN_SECONDS)
        return start

    def _partitions(self, admin: AdminClient, topic: str) -> list[int]:
        known = admin.list_topics(topic, timeout=_ANSWER_SECONDS).topics[topic]
        if known.error is not None:
            raise NotReady(Code.NOT_PROVISIONED, field=topic)
        return sorted(known.partitions)


_GROUP = STANDARDISE.removeprefix("hub.")
_LATEST = OffsetSpec.latest()  # type: ignore[no-untyped-call]  # the client leaves it untyped


def _offset(
    admin: AdminClient, part: TopicPartition, which: OffsetSpec, level: IsolationLevel = IsolationLevel.READ_UNCOMMITTED
) -> int:
    found = admin.list_offsets({part: which}, isolation_level=level, request_timeout=_ANSWER_SECONDS)
    return int(found[part].result().offset)


def _first_places(letters: list[Letter]) -> dict[int, int]:
    """From which submission on the letters are complete, by partition: they come in the order of the submissions."""
    first: dict[int, int] = {}
    for letter in letters:
        partition, offset = letter.place
        first[partition] = min(offset, first.get(partition, offset))
    return first


def _schema_names(registry: Registry) -> Callable[[int], str | None]:
    """Names of schema ids, asked once each."""
    known: dict[int, str | None] = {}

    def schema_name(schema_id: int) -> str | None:
        if schema_id not in known:
            text = registry.read_schema(schema_id)
            known[schema_id] = None if text is None else record_name(text)
        return known[schema_id]

    return schema_name
