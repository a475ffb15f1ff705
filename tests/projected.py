"""What a field list leaves of a record, for tests of obligations and projections."""

from typing import Any

from avro_values import fill
from core_hub import agreement, rule_set

from schemas.kinds import KINDS
from stream_processors.field_paths import parse_path
from stream_processors.projection import compile_projection

Record = dict[str, Any]

GDPR = {"sensitive_condition": "DPA 2018 Schedule 8 paragraph 1"}
"""A condition under which sensitive classes may be listed."""


def projected(fields: dict[str, Any], record: Record, *lost: str, **more: Any) -> Record:
    """What a field list leaves of a standard record; `members`, `held`: of the decision; `more`: of the agreement."""
    members, held = more.pop("members", {}), more.pop("held", frozenset())
    [rule] = rule_set([agreement(fields=fields, **GDPR, **more)]).agreements
    sanitiser = compile_projection(rule).narrowed([parse_path(path) for path in lost], held)
    return sanitiser.apply(record, members, lambda name, value: f"<{name}:{value}>")


def full(kind: str = "crime", **parts: Any) -> Record:
    """A standard record with everything in it."""
    return fill(KINDS[kind].standard) | parts


def person(*roles: str, **more: Any) -> Record:
    """One person of these roles, everything else in it."""
    return full()["persons"][0] | {"roles": list(roles), "subject_categories": ["UNMAPPED"]} | more


def place(**more: Any) -> Record:
    """One place that has nothing but this."""
    empty = {name: [] if name == "markers" else None for name in full()["locations"][0]}
    return empty | {"ref": "l1", "role": "INCIDENT"} | more
