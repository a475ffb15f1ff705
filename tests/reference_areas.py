"""Geography in a compact form, made from the files of the ONS. Used by `make_reference.py`.

Small areas become runs of codes, police areas sets of H3 cells: every cell that an area touches is its own, so a cell on a
border has several forces and nothing is said that the simplified boundary can't bear.
"""

import csv
import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import h3

from schemas.reference import forces
from schemas.reference_geography import CELL_RESOLUTION, lad_of_lsoa_name, local_authorities

EARLIER = {"E07000190": "E07000246", "E07000191": "E07000246"}
"""Taunton Deane and West Somerset became Somerset West and Taunton in 2019 (SI 2018/649), which is in the list of 2022; the
file of changes says only where they went in 2023."""

LATER = {"E08000038": "E08000016", "E08000039": "E08000019"}
"""Barnsley and Sheffield got new codes in 2023 for a change of a few houses."""


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a file of the ONS, compressed or not."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.DictReader(content.decode("utf-8-sig").splitlines()))


def small_areas(geography: Path) -> dict[str, str]:
    """LSOA code of 2011 or 2021 to the authority of April 2022. Where the editions differ, the authority that the name says."""
    found: dict[str, set[str]] = defaultdict(set)
    names = {}
    for row in table(geography / "LSOA11_to_LSOA21_to_LAD22_ONS_exact_fit.csv.gz"):
        for edition in ("LSOA11", "LSOA21"):
            found[row[f"{edition}CD"]].add(row["LAD22CD"])
            names[row[f"{edition}CD"]] = row[f"{edition}NM"]
    chosen = {code: lads.pop() if len(lads) == 1 else lad_of_lsoa_name(names[code]) for code, lads in found.items()}
    return {code: lad for code, lad in chosen.items() if lad}


def runs(codes: Iterable[str]) -> list[str]:
    """Codes of one letter and a number as runs: `E01000001-E01000005`, or one code alone."""
    found: list[list[str]] = []
    for code in sorted(codes):
        if found and found[-1][-1][0] == code[0] and int(found[-1][-1][1:]) + 1 == int(code[1:]):
            found[-1].append(code)
        else:
            found.append([code])
    return [f"{run[0]}-{run[-1]}" if len(run) > 1 else run[0] for run in found]


def lsoa_lines(geography: Path) -> Iterator[tuple[str, str]]:
    """Authority and the runs of its small areas."""
    by_lad: dict[str, list[str]] = defaultdict(list)
    for code, lad in small_areas(geography).items():
        by_lad[lad].append(code)
    for lad in sorted(by_lad):
        yield lad, " ".join(runs(by_lad[lad]))


def change_lines(geography: Path) -> Iterator[tuple[str, str, str, str]]:
    """Code of another year, name, authority of April 2022 or empty, force."""
    lads, rows = local_authorities(), table(geography / "la_all_codes.csv.gz")
    went = {row["LADCD"]: row["LADCD_ACTIVE"] for row in rows} | EARLIER
    for row in sorted(rows, key=lambda row: row["LADCD"]):
        code = row["LADCD"]
        if code in lads:
            continue
        now = LATER.get(code) or went[code]
        members = [old for old, new in went.items() if new == code and old in lads]
        of_force = {lads[each].force for each in ([now] if now in lads else members)}
        assert len(of_force) == 1, f"{code}: no single force"
        yield code, row["LADNM"], now if now in lads else "", of_force.pop()


def touched_cells(geography: Path) -> dict[str, set[str]]:
    """H3 cell to the forces whose area touches it."""
    of_code = {force.ons_code: force.id for force in forces().values()}
    with gzip.open(geography / "police-force-areas-simplified.geojson.gz", "rt", encoding="utf-8") as file:
        features = json.load(file)["features"]
    found: dict[str, set[str]] = defaultdict(set)
    for feature in features:
        shape = feature["geometry"]
        for outer, *holes in [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]:
            polygon = h3.LatLngPoly(_turned(outer), *map(_turned, holes))
            for cell in h3.h3shape_to_cells_experimental(polygon, CELL_RESOLUTION, "overlap"):
                found[cell].add(of_code[feature["properties"]["id"]])
    return found


def _turned(ring: list[list[float]]) -> list[tuple[float, float]]:
    return [(latitude, longitude) for longitude, latitude in ring]


def cell_lines(touched: Mapping[str, set[str]]) -> Iterator[tuple[str, str]]:
    """Forces that share a set of cells, and the cells, those that fill a larger one as that one."""
    groups: dict[str, list[str]] = defaultdict(list)
    for cell, names in touched.items():
        groups[" ".join(sorted(names))].append(cell)
    for names in sorted(groups):
        yield names, " ".join(sorted(cell.rstrip("f") for cell in h3.compact_cells(groups[names])))
