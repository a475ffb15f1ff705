"""Reads what a cluster has, for the plan. Changes nothing."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from confluent_kafka.admin import (
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ConfigResource,
    ResourcePatternType,
    ResourceType,
    ScramMechanism,
)

from deploy.access_rules import Acl, Match, Resource
from deploy.credentials import credential_file
from deploy.kafka_faults import ANSWER_SECONDS, kafka_errors
from deploy.provision_plan import Actual, Topic, Wanted
from deploy.registry import Registry

WORKERS = 8
"""Questions to the registry at a time. Twice as many were no faster on two cores."""


def count_brokers(admin: AdminClient) -> int:
    """How many brokers the cluster has. Raises NotReady (PD-415) where it can't be reached."""
    with kafka_errors():
        return len(admin.list_topics(timeout=ANSWER_SECONDS).brokers)


def read_actual(admin: AdminClient, registry: Registry, home: Path, wanted: Wanted) -> Actual:
    """What the cluster, the registry and the home folder have of `wanted`, and every ACL.

    Raises NotReady (PD-414, PD-415) or Misconfigured (PD-421).
    """
    with kafka_errors():
        named = _read_topics(admin, wanted)
        users = _read_users(admin)
        acls = frozenset(read_acls(admin))
    return Actual(
        named=named,
        users=users,
        secrets=frozenset(name for name in wanted.users if credential_file(home, name).is_file()),
        acls=acls,
        schemas=frozenset(_read_schemas(registry, wanted)),
        compatibility=dict(_read_compatibility(registry, wanted)),
    )


def _read_topics(admin: AdminClient, wanted: Wanted) -> dict[str, Topic]:
    found = {
        name: len(topic.partitions)
        for name, topic in admin.list_topics(timeout=ANSWER_SECONDS).topics.items()
        if name in wanted.named
    }
    resources = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in found]
    answers = admin.describe_configs(resources, request_timeout=ANSWER_SECONDS) if resources else {}
    return {
        resource.name: Topic(found[resource.name], {entry.name: entry.value for entry in answer.result().values()})
        for resource, answer in answers.items()
    }


def _read_users(admin: AdminClient) -> frozenset[str]:
    answer: Any = admin.describe_user_scram_credentials(request_timeout=ANSWER_SECONDS)  # one future: all users
    described = answer.result()
    return frozenset(
        name
        for name, description in described.items()
        if any(info.mechanism is ScramMechanism.SCRAM_SHA_512 for info in description.scram_credential_infos)
    )


def read_acls(admin: AdminClient) -> Iterator[Acl]:
    """Every ACL of the cluster. Raises KafkaException."""
    anything: Any = None  # what the client's types forget
    everything = AclBindingFilter(
        ResourceType.ANY,
        anything,
        ResourcePatternType.ANY,
        anything,
        anything,
        AclOperation.ANY,
        AclPermissionType.ANY,
    )
    for binding in admin.describe_acls(everything, request_timeout=ANSWER_SECONDS).result():
        known = binding.restype.name in Resource.__members__
        yield Acl(
            binding.principal,
            Resource[binding.restype.name] if known else Resource.OTHER,
            binding.name,
            Match[binding.resource_pattern_type.name],
            binding.operation.name,
            binding.permission_type is AclPermissionType.ALLOW,
            binding.host,
        )


def _read_schemas(registry: Registry, wanted: Wanted) -> Iterator[tuple[str, str]]:
    """(subject, text) pairs that are registered: one or two questions for each distinct text, not for each subject."""
    listed = registry.list_subjects()
    by_text: dict[str, list[str]] = {}
    for subject, text in wanted.schemas.items():
        if subject in listed:
            by_text.setdefault(text, []).append(subject)
    with ThreadPoolExecutor(WORKERS) as pool:
        found = pool.map(lambda item: _subjects_with(registry, *item), by_text.items())
    for text, subjects in zip(by_text, found, strict=True):
        yield from ((subject, text) for subject in subjects & set(by_text[text]))


def _subjects_with(registry: Registry, text: str, candidates: Iterable[str]) -> frozenset[str]:
    ids = (registry.find(subject, text) for subject in candidates)
    schema_id = next((each for each in ids if each is not None), None)
    return frozenset() if schema_id is None else registry.subjects_of(schema_id)


def _read_compatibility(registry: Registry, wanted: Wanted) -> Iterator[tuple[str, str]]:
    subjects = ["", *wanted.strict_subjects]
    with ThreadPoolExecutor(WORKERS) as pool:
        for subject, level in zip(subjects, pool.map(registry.read_compatibility, subjects), strict=True):
            if level is not None:
                yield subject, level
