"""Who publishes, who receives, and under which law: read once from the CSV files under `schemas/reference/`.

Each function gives an immutable-by-convention dict by id, made on first use and kept. `SOURCES.md` beside the files
says where each row comes from and how sure it is. Offences, coded values and geography are in the modules beside this one.
"""

from dataclasses import dataclass
from functools import cache

from schemas.reference_files import load


@dataclass(frozen=True, slots=True)
class Force:
    """Who publishes. `rocu` is the regional unit it belongs to, or empty."""

    id: str
    name: str
    ons_code: str
    home_office_code: str
    nation: str
    kind: str
    region: str
    rocu: str

    @property
    def is_territorial_of_england_and_wales(self) -> bool:
        """One of the 43."""
        return self.kind == "territorial" and self.nation in ("England", "Wales")


@dataclass(frozen=True, slots=True)
class PartnerKind:
    """A kind of agency. `area` says what binds an instance: `local-authority`, `force` or `national`."""

    id: str
    name: str
    sector: str
    area: str
    part3_competent_authority: str
    event_types: tuple[str, ...]
    selection: str
    max_marking: str
    intel_handling: tuple[str, ...]
    identity_level: str
    gateway_ids: tuple[str, ...]
    purpose: str
    restrictions: str
    gateway_verification: str


@dataclass(frozen=True, slots=True)
class Gateway:
    """A legal gateway. One that can't stand alone never carries a feed by itself."""

    id: str
    instrument: str
    nature: str
    can_stand_alone: bool
    form: str
    extent: str
    verification: str


@dataclass(frozen=True, slots=True)
class Agency:
    """Who receives: an organisation of one kind. `lad_codes` or `forces` are its area; national ones have neither."""

    id: str
    name: str
    kind: str
    forces: tuple[str, ...]
    lad_codes: tuple[str, ...]
    nation: str


@cache
def forces() -> dict[str, Force]:
    """Every force and agency that publishes, by id: the 43, Scotland, Northern Ireland, and the national ones."""
    return {force.id: force for force in load("forces.csv", Force)}


@cache
def partner_kinds() -> dict[str, PartnerKind]:
    """Every kind of agency, by id."""
    return {kind.id: kind for kind in load("partner_kinds.csv", PartnerKind)}


@cache
def gateways() -> dict[str, Gateway]:
    """Every legal gateway, by id."""
    return {gateway.id: gateway for gateway in load("gateways.csv", Gateway)}


@cache
def agencies() -> dict[str, Agency]:
    """The sixty synthetic agencies, by id."""
    return {agency.id: agency for agency in load("agencies.csv", Agency)}
