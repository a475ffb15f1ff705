"""Carries a provisioning plan out, and sees that it is in force. Running it again does what is left."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialUpsertion,
)

from deploy.acl_changes import create_acls, delete_acls, finish, wait_for_answers
from deploy.credentials import write_properties
from deploy.kafka_faults import ANSWER_SECONDS, kafka_errors
from deploy.provision_plan import DEFAULT_COMPATIBILITY, FEED_COMPATIBILITY, Plan, Wanted, plan_provision
from deploy.provision_read import WORKERS, read_actual
from deploy.registry import Registry
from schemas.codes import Code
from schemas.errors import NotReady

SCRAM_ITERATIONS = 8192
"""What a guess at a stolen credential costs; Kafka's own default is half of it. A login takes some 10 ms with it."""

SETTLE_SECONDS = 20
"""A broker answers before all of its parts know of a change; by then they must."""

_LOOK_AGAIN_SECONDS = 0.3

_CREATE_SECONDS = 120
"""Creating the topics of a nation on a slow disk."""

_SHARED_WITH_USERS = ("bootstrap.servers", "security.protocol", "ssl.ca.location", "ssl.ca.pem")
"""Settings of the administrator that everybody needs. Not his keys."""

Progress = Callable[[str, int], None]
"""Told what has been done, and how many of it."""


@dataclass(frozen=True)
class Target:
    """Where to provision: the administrator's clients, the home folder, and his settings for the users' files."""

    admin: AdminClient
    registry: Registry
    home: Path
    admin_config: Mapping[str, str]


def provision(target: Target, wanted: Wanted, new_password: Callable[[], str], progress: Progress) -> Plan:
    """Plan, apply, and wait until the plan is in force. Returns what was done.

    Raises Misconfigured (PD-405 another number of partitions, PD-421, PD-422) or NotReady (PD-414, PD-415); what was
    done by then stays, and the next run does the rest.
    """
    plan = plan_provision(wanted, read_actual(target.admin, target.registry, target.home, wanted))
    if plan.changes:
        apply_plan(target, wanted, plan, new_password, progress)
        _settle(target, wanted)
    return plan


def apply_plan(target: Target, wanted: Wanted, plan: Plan, new_password: Callable[[], str], progress: Progress) -> None:
    """Carry `plan` out, in the order in which a crash leaves too little permitted and never too much.

    Schemas are registered meanwhile: the registry's work and the broker's are each about half of the time.
    """
    with ThreadPoolExecutor(1) as beside:
        registered = beside.submit(_register, target.registry, plan)
        with kafka_errors():
            delete_acls(target.admin, plan.delete_acls)
            progress("permissions taken away", len(plan.delete_acls))
            _create_topics(target.admin, wanted.copies, plan)
            progress("topics created", len(plan.create_topics))
            _alter_configs(target.admin, plan)
            progress("topics altered", len(plan.alter_configs))
            create_acls(target.admin, plan.create_acls)
            progress("permissions given", len(plan.create_acls))
            _create_users(target, plan.create_users, new_password)
            progress("users created", len(plan.create_users))
        registered.result()
        progress("schemas registered", len(plan.register_schemas))


def _settle(target: Target, wanted: Wanted) -> None:
    deadline = time.monotonic() + SETTLE_SECONDS
    while plan_provision(wanted, read_actual(target.admin, target.registry, target.home, wanted)).changes:
        if time.monotonic() > deadline:
            raise NotReady(Code.NOT_PROVISIONED, detail="the cluster does not show what it accepted")
        time.sleep(_LOOK_AGAIN_SECONDS)  # a look costs a busy broker as much as the work it is busy with


def _create_topics(admin: AdminClient, copies: int, plan: Plan) -> None:
    new = [
        NewTopic(name, num_partitions=topic.partitions, replication_factor=copies, config=dict(topic.config))
        for name, topic in plan.create_topics
    ]
    if not new:
        return
    for answer in admin.create_topics(new, request_timeout=_CREATE_SECONDS).values():
        try:
            answer.result()
        except KafkaException as error:  # another `provision` was quicker; its settings are checked when we settle
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise


def _alter_configs(admin: AdminClient, plan: Plan) -> None:
    resources = [
        ConfigResource(
            ConfigResource.Type.TOPIC,
            name,
            incremental_configs=[
                ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET) for key, value in config.items()
            ],
        )
        for name, config in plan.alter_configs
    ]
    wait_for_answers(admin.incremental_alter_configs(resources, request_timeout=ANSWER_SECONDS) if resources else {})


def _register(registry: Registry, plan: Plan) -> None:
    if plan.default_compatibility:
        registry.set_compatibility(DEFAULT_COMPATIBILITY)
    with ThreadPoolExecutor(WORKERS) as pool:
        finish(pool.submit(registry.register, subject, text) for subject, text in plan.register_schemas)
        # only a subject that has a schema can be given its own compatibility
        finish(pool.submit(registry.set_compatibility, FEED_COMPATIBILITY, name) for name in plan.tighten_subjects)


def _create_users(target: Target, users: Sequence[str], new_password: Callable[[], str]) -> None:
    """The broker first, then the file. A crash between them leaves a user without a file: he gets a new password.

    The other way round it would leave a file that the broker never heard of, and nothing would tell.
    """
    passwords = {user: new_password() for user in users}
    scram = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, SCRAM_ITERATIONS)
    alterations: list[UserScramCredentialAlteration] = [
        UserScramCredentialUpsertion(user, scram, word.encode()) for user, word in passwords.items()
    ]
    wait_for_answers(target.admin.alter_user_scram_credentials(alterations) if alterations else {})
    shared = {key: target.admin_config[key] for key in _SHARED_WITH_USERS if key in target.admin_config}
    for user, password in passwords.items():
        own = {"sasl.mechanism": "SCRAM-SHA-512", "sasl.username": user, "sasl.password": password}
        if user.startswith("agency."):
            own["isolation.level"] = "read_committed"  # a stock client then never shows what was rolled back
        write_properties(target.home, user, {**shared, **own})
