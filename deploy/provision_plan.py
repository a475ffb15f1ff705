"""What provisioning has to do: wanted state against actual state. Pure: reads and writes nothing.

It adds, it corrects settings, and it takes away permissions that nobody wanted. It never deletes a topic, a message, a
user or a schema, never changes a number of partitions, and never lifts a denial: whoever stopped something lifts it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from deploy.access_rules import Acl, is_of_hub, reaches_hub
from schemas.codes import Code
from schemas.errors import Misconfigured
from schemas.topics import Topics

FEED_COMPATIBILITY = "FULL_TRANSITIVE"
"""An agency reads with any version, old or new, and never has to move first."""

DEFAULT_COMPATIBILITY = "BACKWARD_TRANSITIVE"
"""The hub reads everything that was ever written; it moves first."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: its number of partitions and the settings that matter here."""

    partitions: int
    config: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the hub needs on the cluster."""

    topics: Topics
    named: Mapping[str, Topic]
    """Topics by name."""
    copies: int
    """Replication factor of new topics."""
    users: frozenset[str]
    acls: frozenset[Acl]
    schemas: Mapping[str, str]
    """Schema text by subject."""
    strict_subjects: frozenset[str]
    """Subjects with FEED_COMPATIBILITY; the others have the registry's default."""


@dataclass(frozen=True, slots=True)
class Actual:
    """What the cluster has, as far as it matters to this hub."""

    named: Mapping[str, Topic] = field(default_factory=dict)
    users: frozenset[str] = frozenset()
    """Users with a SCRAM-SHA-512 credential on the broker."""
    secrets: frozenset[str] = frozenset()
    """Users with a credential file in the home folder."""
    acls: frozenset[Acl] = frozenset()
    schemas: frozenset[tuple[str, str]] = frozenset()
    """(subject, schema text) pairs that are registered."""
    compatibility: Mapping[str, str] = field(default_factory=dict)
    """Compatibility by subject, where set; the registry's default under the empty name."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes, in the order of their application: what tightens comes before what opens.

    A crash in the middle leaves less permitted than wanted, never more, and the next run does the rest.
    """

    delete_acls: tuple[Acl, ...] = ()
    create_topics: tuple[tuple[str, Topic], ...] = ()
    alter_configs: tuple[tuple[str, Mapping[str, str]], ...] = ()
    default_compatibility: bool = False
    register_schemas: tuple[tuple[str, str], ...] = ()
    tighten_subjects: tuple[str, ...] = ()
    create_acls: tuple[Acl, ...] = ()
    create_users: tuple[str, ...] = ()
    broad_acls: tuple[Acl, ...] = ()
    """Somebody's permissions that reach the hub's resources and are not the hub's to delete. A person must look."""
    kept_denials: tuple[Acl, ...] = ()
    """Denials that are not in the wanted state. They stay."""

    @property
    def changes(self) -> int:
        """How many things will be changed."""
        counted = (
            self.delete_acls, self.create_topics, self.alter_configs, self.register_schemas, self.tighten_subjects,
            self.create_acls, self.create_users,
        )  # fmt: skip
        return sum(map(len, counted)) + self.default_compatibility


def plan_provision(wanted: Wanted, actual: Actual) -> Plan:
    """The changes that make `actual` what is `wanted`.

    Raises Misconfigured (PD-405) where a topic exists with another number of partitions.
    """
    _refuse_other_partitions(wanted.named, actual.named)
    ours = {acl for acl in actual.acls if is_of_hub(wanted.topics, acl.resource, acl.name)}
    return Plan(
        delete_acls=tuple(sorted(acl for acl in ours - wanted.acls if acl.allow)),
        create_topics=tuple((name, topic) for name, topic in wanted.named.items() if name not in actual.named),
        alter_configs=tuple(_config_changes(wanted.named, actual.named)),
        default_compatibility=actual.compatibility.get("") != DEFAULT_COMPATIBILITY,
        register_schemas=tuple(pair for pair in wanted.schemas.items() if pair not in actual.schemas),
        tighten_subjects=tuple(
            sorted(name for name in wanted.strict_subjects if actual.compatibility.get(name) != FEED_COMPATIBILITY)
        ),
        # a denial stands before any permission
        create_acls=tuple(sorted(wanted.acls - ours, key=lambda acl: (acl.allow, acl))),
        create_users=tuple(sorted(wanted.users - (actual.users & actual.secrets))),
        broad_acls=tuple(sorted(acl for acl in actual.acls if reaches_hub(wanted.topics, acl))),
        kept_denials=tuple(sorted(acl for acl in ours - wanted.acls if not acl.allow)),
    )


def _refuse_other_partitions(wanted: Mapping[str, Topic], actual: Mapping[str, Topic]) -> None:
    for name, topic in wanted.items():
        if name in actual and actual[name].partitions != topic.partitions:
            detail = f"has {actual[name].partitions}, asked for {topic.partitions}"
            raise Misconfigured(Code.LANES_CHANGED, name, detail)


def _config_changes(wanted: Mapping[str, Topic], actual: Mapping[str, Topic]) -> Iterator[tuple[str, Mapping[str, str]]]:
    for name, topic in wanted.items():
        if name in actual:
            other = {key: value for key, value in topic.config.items() if actual[name].config.get(key) != value}
            if other:
                yield name, other
