"""Permissions given and taken away on a broker. Each call returns once the broker has accepted all of it."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from deploy.access_rules import Acl


def delete_acls(admin: AdminClient, acls: Sequence[Acl]) -> None:
    """Take these away; one that is not there is no fault. Raises KafkaException."""
    wait_for_answers(admin.delete_acls([AclBindingFilter(*_parts(acl)) for acl in acls]) if acls else {})


def create_acls(admin: AdminClient, acls: Sequence[Acl]) -> None:
    """Give these; one that is there stays. Raises KafkaException."""
    wait_for_answers(admin.create_acls([AclBinding(*_parts(acl)) for acl in acls]) if acls else {})


def wait_for_answers(answers: Mapping[Any, Future[Any]]) -> None:
    """As `finish`, for what an admin client answers with."""
    finish(answers.values())


def finish(answers: Iterable[Future[Any]]) -> None:
    """Raises the first failure, once all of these are through."""
    for answer in list(answers):
        answer.result()


def _parts(
    acl: Acl,
) -> tuple[ResourceType, str, ResourcePatternType, str, str, AclOperation, AclPermissionType]:
    return (
        ResourceType[acl.resource.name],
        acl.name,
        ResourcePatternType[acl.match.name],
        acl.principal,
        acl.host,
        AclOperation[acl.operation],
        AclPermissionType.ALLOW if acl.allow else AclPermissionType.DENY,
    )
