"""Provisions the whole hub: cluster state, the master key, approvers of a hub on one machine, and its first rule set."""

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from deploy.approvers_file import read_approvers
from deploy.clients import admin_client, client_config
from deploy.cluster import load_cluster
from deploy.control_desk import ControlDesk, control_desk
from deploy.kafka_faults import ANSWER_SECONDS, kafka_errors
from deploy.local_approvers import has_local_keys, pin_local_approvers, publish_first
from deploy.master_key import make_master_key
from deploy.provision_apply import Progress, Target, provision
from deploy.provision_plan import Plan, Wanted, plan_provision
from deploy.provision_read import count_brokers, read_actual
from deploy.provision_wanted import Feed, wanted_state
from deploy.registry import Registry
from deploy.rule_sets import feeds_of, read_rule_sets
from deploy.settings import Settings
from deploy.signing_key import make_signing_key
from deploy.topic_rules import load_topic_rules
from schemas import reference
from schemas.codes import Code
from schemas.errors import Misconfigured
from stream_processors.control import ControlState
from stream_processors.rule_set import RuleSet, load_rule_set, shipped_parts
from stream_processors.suspended import is_stopped

PASSWORD_BYTES = 32
"""Of randomness: beyond guessing, whatever the iterations."""


@dataclass(frozen=True)
class Provisioned:
    """What was done."""

    plan: Plan
    is_new_key: bool
    """The master key was made."""
    new_approvers: bool
    """Demonstration approvers were made and pinned: their keys lie beside the hub."""
    published_rule_set: int | None
    """Number of the first rule set, if it was published now."""
    rule_set: int | None
    """Number of the rule set in force; None: nothing is released until the approvers have approved one."""


def provision_hub(settings: Settings, progress: Progress, *, demonstration: bool = False) -> Provisioned:
    """Bring the cluster of `settings.home` to what the whole hub needs. Again: changes nothing.

    On a hub of this machine, or for a `demonstration`, two approvers are made who approve the shipped set as the first one.
    A set in force is never replaced here. Raises Misconfigured (PD-401, PD-405, PD-420, PD-421, PD-422; PD-430 on a cluster of
    one's own without pinned approvers) or NotReady (PD-414, PD-415).
    """
    with _target(settings) as target, control_desk(settings) as desk:
        is_new = _see_approvers(settings, demonstration)
        desk.approvers = read_approvers(settings)
        plan = provision(target, _wanted_now(settings, desk), _new_password, progress)
        is_new_key = make_master_key(settings.home)
        make_signing_key(settings.home)
        first = publish_first(settings, desk, shipped_parts(), _now_ms()) if has_local_keys(settings) else None
        current = first or read_rule_sets(desk).current
        return Provisioned(plan, is_new_key, is_new, first.number if first else None, current.number if current else None)


def plan_hub(settings: Settings) -> Plan:
    """What `provision_hub` would change on the cluster. Changes nothing. Raises as it does."""
    with _target(settings) as target, control_desk(settings) as desk:
        wanted = _wanted_now(settings, desk)
        return plan_provision(wanted, read_actual(target.admin, target.registry, target.home, wanted))


def provision_feeds(settings: Settings, rules: RuleSet, progress: Progress) -> Plan:
    """What the feeds of a set need that is about to be published, beside what the set in force has. Raises as `provision_hub`.

    A permission to read a feed in which nothing stands yet discloses nothing. What the new set has no use for stays until it
    is in force; the next `provision` takes it away.
    """
    with _target(settings) as target, control_desk(settings) as desk:
        return provision(target, _wanted_now(settings, desk, rules), _new_password, progress)


@contextmanager
def open_desk(settings: Settings) -> Iterator[ControlDesk]:
    """Control, as the administrator reaches it, where approvers are pinned. Raises Misconfigured (PD-430, PD-431 as well)."""
    read_approvers(settings)
    with control_desk(settings) as desk:
        yield desk


def wanted_hub(
    settings: Settings, rule_sets: Sequence[RuleSet], brokers: int, standing: frozenset[str] = frozenset()
) -> Wanted:
    """The wanted state of the whole hub: every force, every agency, every feed of these sets (of two, the last's schema), and
    what stands suspended."""
    feeds: dict[str, dict[str, Feed]] = {}
    for rules in rule_sets:
        for agency, some in feeds_of(rules).items():
            feeds.setdefault(agency, {}).update({feed.name: feed for feed in some})
    return wanted_state(
        settings.topics,
        forces=list(reference.forces()),
        agencies=sorted({*reference.agencies(), *feeds}),
        feeds={agency: list(named.values()) for agency, named in feeds.items()},
        rules=load_topic_rules(),
        lanes=settings.lanes,
        brokers=brokers,
        suspended=frozenset(
            settings.topics.feed(agency, name)
            for agency, named in feeds.items()
            for name in named
            if is_stopped(agency, name, standing)
        ),
    )


def _wanted_now(settings: Settings, desk: ControlDesk, *more: RuleSet) -> Wanted:
    """With what control says now: the rules in force (the shipped ones where none are yet), and what stands suspended."""
    with kafka_errors():
        is_new = settings.topics.control not in desk.admin.list_topics(timeout=ANSWER_SECONDS).topics
    state = ControlState() if is_new else desk.read()
    rules = load_rule_set(state.current.parts if state.current else shipped_parts())
    return wanted_hub(settings, [rules, *more], count_brokers(desk.admin), state.suspensions.standing)


def _new_password() -> str:
    return secrets.token_urlsafe(PASSWORD_BYTES)


def _see_approvers(settings: Settings, demonstration: bool) -> bool:
    """Whether demonstration approvers were made. On a cluster of one's own real ones must be pinned before anything is done."""
    cluster = load_cluster(settings.home)
    is_own = cluster is not None and cluster.kind == "external"
    return pin_local_approvers(settings) if demonstration or not is_own else False


def _now_ms() -> int:
    return int(time.time() * 1000)


@contextmanager
def _target(settings: Settings) -> Iterator[Target]:
    cluster = load_cluster(settings.home)
    if cluster is None:
        raise Misconfigured(Code.NO_BROKER)
    config = client_config(settings.home, cluster.admin_username)
    with closing(Registry(cluster.registry_url)) as registry:
        yield Target(admin_client(settings.home), registry, settings.home, config)
