"""What emergency sharing may do at most: a part of the rule set, `emergency.yaml`, and what no part can allow. Pure.

A rule set without the part has no emergency sharing.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from functools import cached_property
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError

from schemas import reference
from schemas.kinds import KINDS
from stream_processors.agreements import Agreement, Prohibition
from stream_processors.attribute_views import view_of
from stream_processors.attributes import Attributes
from stream_processors.clauses import Strict
from stream_processors.national import UNMAPPED
from stream_processors.projection import compile_projection

PART_NAME = "emergency.yaml"
"""Name of the part."""

FEED = "emergency"
"""The feed that every agency has for it: a topic of its own, so that the permission to read it exists before it is needed, and
so that no other feed's schema, sequence or readers change by an emergency."""

NEVER_FIELDS = frozenset(("intelligence.text", "intelligence.source_ref"))
"""What identifies a source leaves by no grant."""

NEVER_MARKERS = frozenset(("protected-person", "source-material"))
"""Records, persons and places that no grant reaches, whatever the prohibitions say."""

NEVER_ACTION, NEVER_SANITISATION = "A1", "S2"
"""Of the 3x5x2 grade: covert action, and originator's sanitisation required."""

_NEVER_LINES = ("action_code", "sanitisation_code", "grade_handling", "originator_control", "consent")
"""A prohibition that asks for one of these can't be overridden."""

_FOR_EVER = date(9999, 12, 31)


class Emergency(Strict):
    """The part. Every clause is there, or the rule set does not load."""

    id: Literal["emergency"]
    version: int = Field(ge=1)
    purpose: str = Field(min_length=10)
    regime: Literal["PART3", "UK_GDPR"]
    lawful_basis: str = Field(min_length=5)
    sensitive_condition: str = Field(min_length=4)
    gateways: tuple[str, ...] = Field(min_length=1, description="each must stand alone; a case is what a grant is")
    apd_ref: str
    dpia_ref: str
    owner: str
    overridable: tuple[str, ...] = Field(description="the closed list of prohibitions that a grant may override")
    hours_at_most: int = Field(ge=1, le=72)
    review_within_hours: int = Field(ge=1, le=24)
    fields: tuple[str, ...] = Field(min_length=1, description="fields that a grant may name")
    time_grain: Literal["second", "minute", "hour", "day"]
    handling: str
    onward_sharing: str
    retention_days: int = Field(ge=1)
    withdraw_within_hours: int = Field(ge=1)

    @cached_property
    def general(self) -> Agreement:
        """It as an agreement with all its fields: the same language, the same engine. Each grant has a narrower one."""
        words = {word: getattr(self, word) for word in _WORDS}
        made: dict[str, Any] = words | {
            "id": self.id,
            "partner_kind": "emergency",
            "feed": FEED,
            "form": "case-by-case",
            "gateways": self.gateways,
            "necessity": "As the grant says, signed by one authorised person",
            "proportionality": "One record, person or place; the fields that the grant names; hours",
            "valid_from": date(1, 1, 1),
            "valid_until": _FOR_EVER,
            "review_on": _FOR_EVER,
            "kinds": tuple(KINDS),
            "max_marking": "OFFICIAL-SENSITIVE",
            "intelligence_handling": ("P", "C"),
            "share_when": ({"kind": tuple(KINDS)},),
            "withhold_when": (),
            "fields": dict.fromkeys(self.fields, "keep"),
        }
        return Agreement.model_validate(made)


_WORDS = (
    "version", "purpose", "regime", "lawful_basis", "sensitive_condition", "apd_ref", "dpia_ref", "owner", "time_grain",
    "handling", "onward_sharing", "retention_days", "withdraw_within_hours",
)  # fmt: skip


def load_emergency(content: bytes, prohibitions: Iterable[Prohibition], faults: list[str]) -> Emergency | None:
    """The part, or None with the reasons in `faults`."""
    try:
        found = Emergency.model_validate(yaml.safe_load(content))
    except ValidationError as error:
        said = error.errors(include_input=False)
        faults += [f"{PART_NAME}: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in said]
        return None
    except yaml.YAMLError:
        faults.append(f"{PART_NAME}: not YAML")
        return None
    wrong = list(_check(found, {each.id: each for each in prohibitions}))
    faults += [f"{PART_NAME}: {text}" for text in wrong]
    return None if wrong else found


def _check(emergency: Emergency, prohibitions: dict[str, Prohibition]) -> Iterator[str]:
    for name in emergency.overridable:
        if name not in prohibitions:
            yield f"overridable: no prohibition {name}"
        elif not may_be_overridden(prohibitions[name]):
            yield f"overridable: {name} protects a source, a person or the originator's word: no emergency overrides it"
    known = reference.gateways()
    for gateway in emergency.gateways:
        if gateway not in known or not known[gateway].can_stand_alone:
            yield f"gateways: {gateway} can't stand alone"
    for path in emergency.fields:
        if is_never(path):
            yield f"fields: {path} leaves by no grant"
    try:
        compile_projection(emergency.general)
    except ValueError as error:
        yield str(error)


def is_never(path: str) -> bool:
    """Whether a field, or something it lies in or that lies in it, leaves by no grant."""
    return any(f"{path}.".startswith(f"{never}.") or f"{never}.".startswith(f"{path}.") for never in NEVER_FIELDS)


def may_be_overridden(prohibition: Prohibition) -> bool:
    """Whether the closed list may name it: nothing that protects a source, a protected person, or the originator's word."""
    if prohibition.drops and all(is_never(path) for path in prohibition.drops):
        return False  # it is about sources; of any other the never-fields stay out, because no grant may name them
    for clause in prohibition.when:
        if any(getattr(clause, line) is not None for line in _NEVER_LINES):
            return False
        if clause.marker is not None and not NEVER_MARKERS.isdisjoint(clause.marker):
            return False
    named = [clause.lines() for group in prohibition.people.values() for clause in group]
    named += [clause.lines() for group in prohibition.places.values() for clause in group]
    return all(NEVER_MARKERS.isdisjoint(lines.get("marker", ())) for lines in named)


def barred_for_ever(attributes: Attributes, closed: bool) -> str:
    """Why no grant reaches the record, whatever it overrides and whatever prohibitions there are; empty: one may. Unknown
    bars."""
    record = view_of(attributes).record
    if closed:
        return "CLOSED_BY_ORIGINATOR"
    if _may_be(record["marker"], NEVER_MARKERS):
        return "PROTECTED"
    if _may_be(record["action_code"], (NEVER_ACTION,)) or _may_be(record["sanitisation_code"], (NEVER_SANITISATION,)):
        return "GRADE"
    return ""


def _may_be(attribute: frozenset[str] | None, barred: Collection[str]) -> bool:
    return attribute is None or UNMAPPED in attribute or not attribute.isdisjoint(barred)
