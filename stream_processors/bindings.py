"""Agreements bound to agencies: what a decision is about. Pure."""

from dataclasses import dataclass
from functools import cached_property

from stream_processors.agreements import Agreement


@dataclass(frozen=True)
class Recipient:
    """An agency that agreements can be bound to. `lads` or `forces` are its own area; neither: it has none."""

    id: str
    kind: str
    lads: frozenset[str]
    forces: frozenset[str]
    nation: str = ""
    name: str = ""


@dataclass(frozen=True)
class Bound:
    """An agreement bound to one agency."""

    agreement: Agreement
    agency: Recipient

    @cached_property
    def id(self) -> str:
        """Agreement and agency."""
        return f"{self.agreement.id}@{self.agency.id}"

    @cached_property
    def feed(self) -> str:
        """Agency and feed, as in the topic name."""
        return f"{self.agency.id}.{self.agreement.feed}"

    @cached_property
    def names(self) -> frozenset[str]:
        """What an originator may call it by."""
        return frozenset((self.agency.id, self.agency.kind))
