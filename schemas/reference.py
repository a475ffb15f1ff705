"""The reference data that both sides agree on, read once from the CSV files under `schemas/reference/`.

Each function gives an immutable-by-convention dict by id, made on first use and kept. `SOURCES.md` beside the files
says where each row comes from and how sure it is.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar, get_type_hints

LSOA_SUFFIX_CHARACTERS = 5
"""A small area's name ends with a space and four characters (`029C`); what stands before names its authority."""


Row = TypeVar("Row")


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


@dataclass(frozen=True, slots=True)
class Offence:
    """A recorded-crime code. `police_uk_category` is inferred from the group and may be empty."""

    code: str
    label: str
    group: str
    subgroup: str
    police_uk_category: str
    is_sexual: bool
    status: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A public outcome. `ho_outcome_types` are Home Office outcome types 1 to 22."""

    id: str
    name: str
    ho_outcome_types: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class IncidentCategory:
    """A category or qualifier of an incident; ids are the hub's own."""

    id: str
    theme: str
    label: str
    is_usable_at_opening: bool
    is_usable_at_closing: bool


@dataclass(frozen=True, slots=True)
class LocalAuthority:
    """A lower-tier local authority of April 2022 and the force of its area."""

    code: str
    name: str
    csp_codes: tuple[str, ...]
    force: str


def _split_numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split())


_PARSERS: dict[Any, Callable[[str], object]] = {
    str: str,
    bool: lambda text: text == "Y",
    tuple[str, ...]: lambda text: tuple(text.split()),
    tuple[int, ...]: _split_numbers,
}
"""How a cell is read, by the type of the field of the same name."""


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (files("schemas") / "reference" / name).open(encoding="utf-8") as source:
        yield from csv.DictReader(source)


def _load(name: str, row_type: type[Row]) -> Iterator[Row]:
    """One `row_type` a row; a column of the file that is no field of it is left out."""
    parsers = {field: _PARSERS[kind] for field, kind in get_type_hints(row_type).items()}
    for row in _rows(name):
        yield row_type(**{field: parse(row[field]) for field, parse in parsers.items()})


@cache
def forces() -> dict[str, Force]:
    """Every force and agency that publishes, by id: the 43, Scotland, Northern Ireland, and the national ones."""
    return {force.id: force for force in _load("forces.csv", Force)}


@cache
def partner_kinds() -> dict[str, PartnerKind]:
    """Every kind of agency, by id."""
    return {kind.id: kind for kind in _load("partner_kinds.csv", PartnerKind)}


@cache
def gateways() -> dict[str, Gateway]:
    """Every legal gateway, by id."""
    return {gateway.id: gateway for gateway in _load("gateways.csv", Gateway)}


@cache
def agencies() -> dict[str, Agency]:
    """The sixty synthetic agencies, by id."""
    return {agency.id: agency for agency in _load("agencies.csv", Agency)}


@cache
def offences() -> dict[str, Offence]:
    """Every recorded-crime code, by code."""
    return {offence.code: offence for offence in _load("offence_codes.csv", Offence)}


@cache
def police_uk_categories() -> dict[str, str]:
    """Public crime types: id to name as printed in the files."""
    return {row["id"]: row["name"] for row in _rows("police_uk_categories.csv")}


@cache
def outcomes() -> dict[str, Outcome]:
    """Public outcomes, by id."""
    return {outcome.id: outcome for outcome in _load("outcomes.csv", Outcome)}


@cache
def incident_categories() -> dict[str, IncidentCategory]:
    """Incident categories and qualifiers, by the hub's id."""
    return {category.id: category for category in _load("incident_categories.csv", IncidentCategory)}


@cache
def response_grades() -> dict[tuple[str, str], str]:
    """(scheme, grade) to EMERGENCY, PRIORITY, SCHEDULED or NO_DEPLOYMENT."""
    return {(row["scheme"], row["grade"]): row["normalised"] for row in _rows("response_grades.csv")}


@cache
def local_authorities() -> dict[str, LocalAuthority]:
    """Local authorities of the United Kingdom, by ONS code."""
    return {authority.code: authority for authority in _load("local_authorities.csv", LocalAuthority)}


@cache
def _lad_by_name() -> dict[str, str]:
    return {row["name"]: row["lad_code"] for row in _rows("lsoa_names.csv")}


def lad_of_lsoa_name(lsoa_name: str) -> str | None:
    """The local authority (ONS code of April 2022) of a small area's name, or None where the name is unknown."""
    return _lad_by_name().get(lsoa_name[:-LSOA_SUFFIX_CHARACTERS])
