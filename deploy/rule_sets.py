"""Rule sets and the cluster: which feeds a set needs, and publishing it on control."""

from collections.abc import Mapping
from pathlib import Path

from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient

from deploy.clients import client_config
from deploy.provision_wanted import Feed, subject_of
from deploy.registry import Registry, record_name, resolve_ids
from schemas.records import schema_text
from schemas.topics import Topics
from stream_processors.control import MANIFEST, PART, ControlReader, publish_rule_set
from stream_processors.feed_schemas import feed_schema_text
from stream_processors.rule_set import Parts, RuleSet, hash_parts


def feeds_of(rules: RuleSet) -> dict[str, list[Feed]]:
    """The feeds of each agency, with the schema of their deliveries."""
    feeds: dict[str, list[Feed]] = {}
    for bound in rules.by_feed.values():
        text = feed_schema_text(rules.schemas[bound.agreement.id])
        feeds.setdefault(bound.agency.id, []).append(Feed(bound.agency.id, bound.agreement.feed, text))
    return feeds


def publish_if_changed(home: Path, topics: Topics, registry: Registry, rules: RuleSet, parts: Parts, now_ms: int) -> int | None:
    """Publish the set where another one (or none) is in force; gives its number, or None where nothing was to do.

    Raises NotReady, Misconfigured. A crash before the manifest stands leaves the old set in force.
    """
    # Of librdkafka's own lines only the worst: on a broker that has just started it tells of a coordinator that still loads.
    admin: dict[str, str | int | float | bool] = {**client_config(home, "admin"), "log_level": 2}
    reader = {**admin, "group.id": topics.group("rule-set.publisher"), "enable.auto.commit": False}
    texts = {subject_of(topics.control, name): schema_text(name) for name in (PART, MANIFEST)}
    ids = resolve_ids(registry, texts)
    consumer = Consumer(reader)
    try:
        current = ControlReader(consumer, AdminClient(admin), topics.control, ids.name_of).read_to_end()
    finally:
        consumer.close()
    if current is not None and hash_parts(current.parts) == rules.sha256:
        return None
    number = current.number + 1 if current is not None else 1
    record_ids = {name: ids.id_of(subject_of(topics.control, name)) for name in (PART, MANIFEST)}
    producer = Producer({**admin, "enable.idempotence": True, "partitioner": "murmur2_random"})
    publish_rule_set(producer, topics.control, record_ids, parts, _feed_ids(topics, registry, rules), number, now_ms)
    return number


def _feed_ids(topics: Topics, registry: Registry, rules: RuleSet) -> Mapping[str, int]:
    """Registry id of the delivery schema of each agreement: the same for all of its feeds."""
    subjects, text_of = {}, {}
    for agreement in rules.agreements:
        bound = rules.bound[agreement.id][0]
        text = feed_schema_text(rules.schemas[agreement.id])
        subject = subject_of(topics.feed(bound.agency.id, agreement.feed), record_name(text))
        subjects[agreement.id], text_of[subject] = subject, text
    found = resolve_ids(registry, text_of)
    return {agreement: found.id_of(subject) for agreement, subject in subjects.items()}
