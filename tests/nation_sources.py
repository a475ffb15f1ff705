"""What `make_nation_facts.py` and `make_nation_report.py` read: public files of data.police.uk and the ONS, kept outside."""

import csv
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml

from schemas import reference, reference_geography

NOT_TERRITORIAL_HERE = ("btp", "northern-ireland")
"""Files of forces that are none of the 43."""

ASB = "Anti-social behaviour"
"""A crime type of the files that is no crime: a series of incidents."""

Ring = list[list[float]]


def forces() -> list[str]:
    """Ids of the 43 territorial forces of England and Wales, sorted."""
    return sorted(force.id for force in reference.forces().values() if force.is_territorial_of_england_and_wales)


def authorities() -> dict[str, str]:
    """Local authority to its force, of the 43, sorted by code."""
    mine = set(forces())
    return {code: lad.force for code, lad in sorted(reference_geography.local_authorities().items()) if lad.force in mine}


@cache
def national(code_list: str) -> dict[str, str]:
    """Values as printed in the files of data.police.uk to national codes: the hub's own dialect of these files."""
    with (Path(__file__).parents[1] / "schemas" / "dialects" / "police-uk.yaml").open(encoding="utf-8") as file:
        codes: dict[str, dict[str, str]] = yaml.safe_load(file)["codes"]
    return codes[code_list]


def rows(folder: Path, pattern: str, suffix: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """(month, force, row) of every row of the files that match, in the order of their names."""
    for path in sorted(folder.glob(pattern), key=lambda found: found.name):
        month, force = path.name[:7], path.name[8:].removesuffix(suffix)
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                yield month, force, row


def street(data: Path) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Crimes and ASB of three months, forces outside the 43 too."""
    return rows(data / "police-uk" / "street", "*/*-street.csv.gz", "-street.csv.gz")


def stops(data: Path) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Stops and searches of twelve months."""
    return rows(data / "police-uk" / "stop-and-search", "*/*.csv.gz", "-stop-and-search.csv.gz")


def small_areas(data: Path) -> Counter[str]:
    """Local authority to its number of small areas (LSOA 2021): about 1,700 people each, so a measure of population."""
    path = data / "lookups" / "geography" / "LSOA11_to_LSOA21_to_LAD22_ONS_exact_fit.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8-sig") as file:
        areas = {row["LSOA21CD"]: row["LAD22CD"] for row in csv.DictReader(file)}
    return Counter(areas.values())


def outlines(data: Path) -> dict[str, list[Ring]]:
    """Force to the outer rings of its simplified boundary, points as (longitude, latitude)."""
    of_code = {force.ons_code: force.id for force in reference.forces().values()}
    path = data / "lookups" / "geography" / "police-force-areas-simplified.geojson.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        features = json.load(file)["features"]
    found: dict[str, list[Ring]] = defaultdict(list)
    for feature in features:
        shape = feature["geometry"]
        polygons = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
        found[of_code[feature["properties"]["id"]]] += [polygon[0] for polygon in polygons]
    return found


def is_inside(longitude: float, latitude: float, rings: list[Ring]) -> bool:
    """Whether a point lies in one of the rings (even-odd rule)."""
    for ring in rings:
        inside = False
        for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
            if (y1 > latitude) != (y2 > latitude) and longitude < (x2 - x1) * (latitude - y1) / (y2 - y1) + x1:
                inside = not inside
        if inside:
            return True
    return False
