"""Provisions the whole hub: cluster state, the master key, and the shipped rule set on the control topic."""

import secrets
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from deploy.clients import admin_client, client_config
from deploy.cluster import load_cluster
from deploy.control_desk import control_desk
from deploy.master_key import make_master_key
from deploy.provision_apply import Progress, Target, provision
from deploy.provision_plan import Plan, Wanted, plan_provision
from deploy.provision_read import ANSWER_SECONDS, count_brokers, kafka_errors, read_actual
from deploy.provision_wanted import wanted_state
from deploy.registry import Registry
from deploy.rule_sets import feeds_of, publish_if_changed
from deploy.settings import Settings
from deploy.topic_rules import load_topic_rules
from schemas import reference
from schemas.codes import Code
from schemas.errors import Misconfigured
from stream_processors.rule_set import RuleSet, load_rule_set, shipped_parts
from stream_processors.suspended import is_suspended

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
        wanted = wanted_hub(settings, rules, count_brokers(target.admin), standing_suspensions(settings))
        plan = provision(target, wanted, lambda: secrets.token_urlsafe(PASSWORD_BYTES), progress)
        is_new_key = make_master_key(settings.home)
        now_ms = int(time.time() * 1000)
        number = publish_if_changed(settings.home, settings.topics, target.registry, rules, parts, now_ms)
        return Provisioned(plan, is_new_key, number)


def plan_hub(settings: Settings) -> Plan:
    """What `provision_hub` would change on the cluster. Changes nothing. Raises as it does."""
    with _target(settings) as target:
        rules, brokers = load_rule_set(shipped_parts()), count_brokers(target.admin)
        wanted = wanted_hub(settings, rules, brokers, standing_suspensions(settings))
        return plan_provision(wanted, read_actual(target.admin, target.registry, target.home, wanted))


def standing_suspensions(settings: Settings) -> frozenset[str]:
    """The subjects that stand suspended on control; none where there is no control yet. Raises NotReady (PD-411, 414, 415)."""
    with control_desk(settings) as desk:
        with kafka_errors():
            is_new = settings.topics.control not in desk.admin.list_topics(timeout=ANSWER_SECONDS).topics
        return frozenset() if is_new else desk.read().suspensions.standing


def wanted_hub(settings: Settings, rules: RuleSet, brokers: int, standing: frozenset[str] = frozenset()) -> Wanted:
    """The wanted state of the whole hub: every force, every agency, every feed of the rule set, and what stands suspended."""
    return wanted_state(
        settings.topics,
        forces=list(reference.forces()),
        agencies=list(reference.agencies()),
        feeds=feeds_of(rules),
        rules=load_topic_rules(),
        lanes=settings.lanes,
        brokers=brokers,
        suspended=frozenset(
            settings.topics.feed(bound.agency.id, bound.agreement.feed)
            for bound in rules.by_feed.values()
            if is_suspended(bound, standing)
        ),
    )


@contextmanager
def _target(settings: Settings) -> Iterator[Target]:
    cluster = load_cluster(settings.home)
    if cluster is None:
        raise Misconfigured(Code.NO_BROKER)
    config = client_config(settings.home, cluster.admin_username)
    with closing(Registry(cluster.registry_url)) as registry:
        yield Target(admin_client(settings.home), registry, settings.home, config)
