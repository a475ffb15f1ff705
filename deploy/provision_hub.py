"""Provisions the whole hub: cluster state, the master key, and the shipped rule set on the control topic."""

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from confluent_kafka import Consumer, Producer

from deploy.clients import admin_client, client_config
from deploy.cluster import load_cluster
from deploy.master_key import make_master_key
from deploy.provision_apply import Progress, Target, provision
from deploy.provision_plan import Plan, Wanted, plan_provision
from deploy.provision_read import count_brokers, read_actual
from deploy.provision_wanted import Feed, subject_of, wanted_state
from deploy.registry import Registry, record_name, resolve_ids
from deploy.settings import Settings
from deploy.topic_rules import load_topic_rules
from schemas import reference
from schemas.codes import Code
from schemas.errors import Misconfigured
from schemas.records import schema_text
from stream_processors.control import MANIFEST, PART, ControlReader, publish_rule_set
from stream_processors.rule_set import Parts, RuleSet, load_rule_set, shipped_parts

PASSWORD_BYTES = 32
"""Of randomness: beyond guessing, whatever the iterations."""


@dataclass(frozen=True)
class Provisioned:
    """What was done."""

    plan: Plan
    is_new_key: bool
    """The master key was made."""
    published_rule_set: int | None
    """Number of the rule set that was published; None where the one in force is the shipped one."""


def provision_hub(settings: Settings, progress: Progress) -> Provisioned:
    """Bring the cluster of `settings.home` to what the whole hub needs. Again: changes nothing.

    Raises Misconfigured (PD-401, PD-405, PD-420, PD-421, PD-422) or NotReady (PD-414, PD-415).
    """
    with _target(settings) as target:
        parts = shipped_parts()
        rules = load_rule_set(parts)
        wanted = wanted_hub(settings, rules, count_brokers(target.admin))
        plan = provision(target, wanted, lambda: secrets.token_urlsafe(PASSWORD_BYTES), progress)
        is_new_key = make_master_key(settings.home)
        return Provisioned(plan, is_new_key, _publish_rules(target, settings, parts, rules))


def plan_hub(settings: Settings) -> Plan:
    """What `provision_hub` would change on the cluster. Changes nothing. Raises as it does."""
    with _target(settings) as target:
        wanted = wanted_hub(settings, load_rule_set(shipped_parts()), count_brokers(target.admin))
        return plan_provision(wanted, read_actual(target.admin, target.registry, target.home, wanted))


def wanted_hub(settings: Settings, rules: RuleSet, brokers: int) -> Wanted:
    """The wanted state of the whole hub: every force, every agency, every feed of the rule set."""
    return wanted_state(
        settings.topics,
        forces=list(reference.forces()),
        agencies=list(reference.agencies()),
        feeds=feeds_of(rules),
        rules=load_topic_rules(),
        lanes=settings.lanes,
        brokers=brokers,
    )


def feeds_of(rules: RuleSet) -> dict[str, list[Feed]]:
    """The feeds of a rule set by agency: one for each agreement that is bound to it."""
    feeds: dict[str, list[Feed]] = {}
    for bound in rules.by_feed.values():
        text = json.dumps(rules.schemas[bound.agreement.id], separators=(",", ":"))
        feeds.setdefault(bound.agency.id, []).append(Feed(bound.agency.id, bound.agreement.feed, text))
    return feeds


@contextmanager
def _target(settings: Settings) -> Iterator[Target]:
    cluster = load_cluster(settings.home)
    if cluster is None:
        raise Misconfigured(Code.NO_BROKER)
    config = client_config(settings.home, cluster.admin_username)
    with closing(Registry(cluster.registry_url)) as registry:
        yield Target(admin_client(settings.home), registry, settings.home, config)


def _publish_rules(target: Target, settings: Settings, parts: Parts, rules: RuleSet) -> int | None:
    """Publish the shipped rule set where control has none, or another one. Its number, or None.

    A crash in the middle leaves the old set in force: the manifest stands last.
    """
    control = settings.topics.control
    schemas = {subject_of(control, name): schema_text(name) for name in (PART, MANIFEST)}
    ids = resolve_ids(target.registry, schemas)
    feed_ids = _feed_schema_ids(target.registry, settings, rules)
    config = {**target.admin_config, "group.id": settings.topics.group("provision"), "enable.auto.commit": "false"}
    with closing(Consumer({**config, "isolation.level": "read_committed"})) as consumer:
        current = ControlReader(consumer, control, ids.name_of).read_to_end()
    if current and dict(current.parts) == dict(parts) and dict(current.feed_schema_ids) == feed_ids:
        return None
    number = current.number + 1 if current else 1
    record_ids = {name: ids.id_of(subject_of(control, name)) for name in (PART, MANIFEST)}
    producer = Producer({**target.admin_config, "enable.idempotence": "true", "acks": "all"})
    publish_rule_set(producer, control, record_ids, parts, feed_ids, number, int(time.time() * 1000))
    return number


def _feed_schema_ids(registry: Registry, settings: Settings, rules: RuleSet) -> dict[str, int]:
    """The id of each agreement's delivery schema: the same for all of its feeds."""
    subjects: dict[str, str] = {}
    texts: dict[str, str] = {}
    for agency, feeds in feeds_of(rules).items():
        for feed in feeds:
            agreement = rules.by_feed[f"{agency}.{feed.name}"].agreement.id
            subject = subject_of(settings.topics.feed(agency, feed.name), record_name(feed.schema_text))
            subjects[agreement], texts[subject] = subject, feed.schema_text
    ids = resolve_ids(registry, texts)
    return {agreement: ids.id_of(subject) for agreement, subject in subjects.items()}
