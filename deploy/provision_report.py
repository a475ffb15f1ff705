"""A provisioning plan as rows for a table and for JSON. Pure."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from deploy.access_rules import Acl
from deploy.provision_plan import DEFAULT_COMPATIBILITY, FEED_COMPATIBILITY, Plan


class Change(NamedTuple):
    """One change: what is done, to what, and how."""

    change: str
    name: str
    detail: str


def list_changes(plan: Plan) -> list[Change]:
    """Every change of `plan`, in the order of application. Names no secret."""
    return list(_changes(plan))


def count_changes(plan: Plan) -> list[tuple[str, int, str]]:
    """Kind of change, how many, and the first name of each kind."""
    counts = Counter(change.change for change in _changes(plan))
    first: dict[str, str] = {}
    for change in _changes(plan):
        first.setdefault(change.change, change.name)
    return [(kind, number, first[kind]) for kind, number in counts.items()]


def list_warnings(plan: Plan) -> list[str]:
    """What a person must look at."""
    broad = [f"reaches the hub's resources, and is not the hub's to delete: {_text(acl)}" for acl in plan.broad_acls]
    kept = [f"kept, though the hub does not want it: {_text(acl)}" for acl in plan.kept_denials]
    return broad + kept


def _changes(plan: Plan) -> Iterator[Change]:
    for acl in plan.delete_acls:
        yield Change("take away permission", acl.name, _text(acl))
    for name, topic in plan.create_topics:
        yield Change("create topic", name, f"{topic.partitions} partitions")
    for name, config in plan.alter_configs:
        yield Change("alter topic", name, ", ".join(f"{key}={value}" for key, value in sorted(config.items())))
    if plan.default_compatibility:
        yield Change("set compatibility", "registry", DEFAULT_COMPATIBILITY)
    for subject, _ in plan.register_schemas:
        yield Change("register schema", subject, "")
    for subject in plan.tighten_subjects:
        yield Change("set compatibility", subject, FEED_COMPATIBILITY)
    for acl in plan.create_acls:
        yield Change("give permission" if acl.allow else "deny", acl.name, _text(acl))
    for user in plan.create_users:
        yield Change("create user", user, f"secrets/{user}.properties")


def _text(acl: Acl) -> str:
    effect = "may" if acl.allow else "may not"
    many = "*" if acl.match == "PREFIXED" else ""
    return f"{acl.principal} {effect} {acl.operation} {acl.resource.lower()} {acl.name}{many} from {acl.host}"
