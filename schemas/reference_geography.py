"""Small areas, local authorities, partnerships and police areas; and which forces may own a point. All look-ups are local.

Authorities are those of **April 2022**, because agencies are bound to these codes. Sources and limits: `reference/SOURCES.md`.
"""

from bisect import bisect_right
from dataclasses import dataclass
from functools import cache

import h3.api.basic_int as h3

from schemas.reference_files import cells, load, rows

LSOA_SUFFIX_CHARACTERS = 5
"""A small area's name ends with a space and four characters (`029C`); what stands before names its authority."""

CELL_RESOLUTION = 7
"""H3 resolution of the police areas: cells of about 5 square kilometres."""

_CELL_DIGITS = 15
"""Hexadecimal digits of an H3 cell; the file leaves out the trailing `f`."""

_BOX = (49.0, 56.5, -7.0, 2.5)
"""South, north, west, east of everything in England and Wales, in degrees. Also keeps what is no number away from H3."""


@dataclass(frozen=True, slots=True)
class LocalAuthority:
    """A lower-tier local authority of April 2022 and the force of its area."""

    code: str
    name: str
    csp_codes: tuple[str, ...]
    force: str


@dataclass(frozen=True, slots=True)
class LocalAuthorityChange:
    """A code that is not of April 2022. `lad_code`: the authority of then that has the whole area; empty where several do."""

    code: str
    name: str
    lad_code: str
    force: str


@cache
def local_authorities() -> dict[str, LocalAuthority]:
    """Local authorities of the United Kingdom of April 2022, by ONS code."""
    return {authority.code: authority for authority in load("local_authorities.csv", LocalAuthority)}


@cache
def local_authority_changes() -> dict[str, LocalAuthorityChange]:
    """Codes of earlier and later years, by ONS code."""
    return {change.code: change for change in load("local_authority_changes.csv", LocalAuthorityChange)}


def current_lad(code: str) -> str | None:
    """The authority of April 2022 of an ONS code of any year, or None where it is unknown or was several authorities then."""
    if code in local_authorities():
        return code
    change = local_authority_changes().get(code)
    return (change.lad_code or None) if change else None


def csp_of_lad(code: str) -> str | None:
    """The community safety partnership of an authority; None where it has none, more than one, or the code is unknown."""
    authority = local_authorities().get(current_lad(code) or "")
    return authority.csp_codes[0] if authority and len(authority.csp_codes) == 1 else None


def police_area_of_lad(code: str) -> str | None:
    """The force of an authority's area, for a code of any year; None where the code is unknown."""
    authority = local_authorities().get(code) or local_authority_changes().get(code)
    return authority.force if authority else None


@cache
def _lad_by_name() -> dict[str, str]:
    return {row["name"]: row["lad_code"] for row in rows("lsoa_names.csv")}


def lad_of_lsoa_name(lsoa_name: str) -> str | None:
    """The local authority (ONS code of April 2022) of a small area's name, or None where the name is unknown."""
    return _lad_by_name().get(lsoa_name[:-LSOA_SUFFIX_CHARACTERS])


@cache
def _lsoa_runs() -> tuple[list[str], list[str], list[str]]:
    """First codes in order, last codes, authorities: codes of one authority that follow each other are one run."""
    runs = []
    for lad, text in cells("lsoa_areas.csv"):
        for run in text.split():
            first, _, last = run.partition("-")
            runs.append((first, last or first, lad))
    runs.sort()
    return [run[0] for run in runs], [run[1] for run in runs], [run[2] for run in runs]


def lad_of_lsoa(code: str) -> str | None:
    """The local authority (ONS code of April 2022) of a small area's code of 2011 or 2021, or None where it is unknown."""
    if len(code) != len("E01000001") or not code[1:].isdecimal() or not code.isascii():
        return None
    firsts, lasts, lads = _lsoa_runs()
    index = bisect_right(firsts, code) - 1
    return lads[index] if index >= 0 and code <= lasts[index] else None


@cache
def _cells() -> dict[int, frozenset[str]]:
    found: dict[int, frozenset[str]] = {}
    for names, text in cells("police_areas.csv"):
        group = frozenset(names.split())
        compact = [int(cell.ljust(_CELL_DIGITS, "f"), 16) for cell in text.split()]
        found.update(dict.fromkeys(h3.uncompact_cells(compact, CELL_RESOLUTION), group))
    return found


def forces_at(latitude: float, longitude: float) -> frozenset[str]:
    """Every force of England and Wales that may own a point (WGS 84 degrees): all whose area touches the cell that it is in.

    Empty where no area does: in the sea, abroad, or no point at all. More than one near a border, where nothing can be told:
    boundaries are simplified. Only the 43 territorial forces have an area; others (British Transport Police) are everywhere.
    """
    south, north, west, east = _BOX
    if not (south <= latitude <= north and west <= longitude <= east):
        return frozenset()
    return _cells().get(h3.latlng_to_cell(latitude, longitude, CELL_RESOLUTION), frozenset())
