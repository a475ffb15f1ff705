"""Small areas, authorities, partnerships, police areas and points; measured against the real public files."""

import csv
import gzip
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.reference import forces
from schemas.reference_geography import (
    csp_of_lad,
    current_lad,
    forces_at,
    lad_of_lsoa,
    lad_of_lsoa_name,
    local_authorities,
    local_authority_changes,
    police_area_of_lad,
)

STREET = Path(__file__).parents[3] / "shared" / "data" / "police-uk" / "street" / "2018-12"
CITY = STREET.parents[1] / "city-of-london"
NO_STREET = pytest.mark.skipif(not STREET.is_dir(), reason="LOUD: the public street files are not beside the repository")
TERRITORIAL = {force.id for force in forces().values() if force.is_territorial_of_england_and_wales}


def _rows(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Force and row of every street file of a folder."""
    for path in sorted(folder.glob("*-street.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as rows:
            for row in csv.DictReader(rows):
                yield path.name[8:].removesuffix("-street.csv.gz"), row


def test_every_authority_is_in_the_area_of_a_force() -> None:
    """Authorities of April 2022 and codes of other years name known forces; a code is in one of the two tables."""
    assert {authority.force for authority in local_authorities().values()} <= forces().keys()
    assert {authority.force for authority in local_authorities().values()} > TERRITORIAL
    assert {change.force for change in local_authority_changes().values()} <= forces().keys()
    assert not local_authorities().keys() & local_authority_changes().keys()
    assert len(local_authorities()) == 374


@pytest.mark.parametrize(
    ("code", "now", "force"),
    [
        ("E08000021", "E08000021", "northumbria"),
        ("E07000004", "E06000060", "thames-valley"),  # Aylesbury Vale, Buckinghamshire since 2020
        ("E07000190", "E07000246", "avon-and-somerset"),  # Taunton Deane; Somerset of 2023 has more
        ("E08000020", "E08000037", "northumbria"),  # Gateshead before 2013
        ("E08000039", "E08000019", "south-yorkshire"),  # Sheffield since 2023
        ("E06000065", None, "north-yorkshire"),  # of 2023: seven authorities in 2022, one police area
        ("E06000063", None, "cumbria"),
        ("S12000015", "S12000047", "police-scotland"),
        ("N09000003", "N09000003", "northern-ireland"),
        ("E99999999", None, None),
        ("", None, None),
    ],
)
def test_a_code_of_any_year_gives_the_authority_of_april_2022(code: str, now: str | None, force: str | None) -> None:
    """Merged and recoded authorities map; one that was several then has no single authority but a police area."""
    assert (current_lad(code), police_area_of_lad(code)) == (now, force)


def test_a_partnership_is_told_only_where_there_is_one() -> None:
    """Buckinghamshire lists several partnerships of 2019; Scotland has none."""
    assert csp_of_lad("E06000001") == "E22000027"
    assert csp_of_lad("E07000004") is None
    assert csp_of_lad("S12000047") is None
    assert csp_of_lad("E08000020") == csp_of_lad("E08000037") is not None


@pytest.mark.parametrize(
    ("code", "lad"),
    [
        ("E01000001", "E09000001"),
        ("E01011949", "E06000001"),
        ("W01000003", "W06000001"),
        ("E01033768", "E08000012"),
        ("E01000000", None),
        ("E01000004", None),  # never given out
        ("E0100000", None),
        ("E01\u0660\u0660\u0660\u0660\u0660\u0661", None),
        ("S01006506", None),  # Scotland's data zones: no file tells
        ("95AA01S1", None),
        ("", None),
    ],
)
def test_a_small_area_gives_its_authority(code: str, lad: str | None) -> None:
    """Codes of 2011 and 2021, and none that no edition has."""
    assert lad_of_lsoa(code) == lad


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Newcastle upon Tyne 024B", "E08000021"),
        ("Gateshead 001A", "E08000037"),
        ("Aylesbury Vale 001A", "E06000060"),
        ("Buckinghamshire 001A", "E06000060"),
        ("Cardiff 001A", "W06000015"),
        ("Bristol 001A", "E06000023"),
        ("Nowhere 001A", None),
        ("", None),
    ],
)
def test_a_small_area_name_gives_its_authority(name: str, code: str | None) -> None:
    """Old names map to the authority that has the area in 2022; an unknown name maps to nothing."""
    assert lad_of_lsoa_name(name) == code


@pytest.mark.parametrize(
    ("latitude", "longitude", "owners"),
    [
        (51.501, -0.142, {"metropolitan"}),
        (54.978, -1.618, {"northumbria"}),
        (51.481, -3.179, {"south-wales"}),
        (50.066, -5.713, {"devon-and-cornwall"}),  # Land's End
        (55.953, -3.188, set()),  # Edinburgh: no area of England and Wales
        (54.597, -5.930, set()),  # Belfast
        (48.857, 2.352, set()),
        (0.0, 0.0, set()),
        (float("nan"), 0.0, set()),
        (float("inf"), float("-inf"), set()),
    ],
)
def test_a_point_gives_the_forces_that_may_own_it(latitude: float, longitude: float, owners: set[str]) -> None:
    """Inside one force, that force; outside England and Wales, none."""
    assert forces_at(latitude, longitude) == owners


def test_a_point_near_a_border_has_every_neighbour() -> None:
    """The City of London lies within the Metropolitan Police's boundary: which of both can't be told from a cell."""
    assert forces_at(51.5155, -0.0922) == {"city-of-london", "metropolitan"}


@given(st.floats(), st.floats())
def test_any_point_gives_territorial_forces_only(latitude: float, longitude: float) -> None:
    """Never raises, for no number either, and never a force that has no area."""
    assert forces_at(latitude, longitude) <= TERRITORIAL


@given(st.text())
def test_any_text_is_a_known_place_or_none(text: str) -> None:
    """The look-ups never raise and never invent a code."""
    for lad in (lad_of_lsoa(text), lad_of_lsoa_name(text), current_lad(text)):
        assert lad is None or lad in local_authorities()
    assert police_area_of_lad(text) in {None, *forces()}
    assert csp_of_lad(text) is None or csp_of_lad(text)


@given(st.from_regex(r"[EWSN]\d{8}", fullmatch=True))
def test_any_code_of_the_right_form_is_a_known_area_or_none(code: str) -> None:
    """A code in a gap between runs is unknown: it is not the neighbour's."""
    lad = lad_of_lsoa(code)
    assert lad is None or lad in local_authorities()


@NO_STREET
def test_real_rows_of_a_month_agree() -> None:
    """All rows of December 2018 with a small area: its code and its name give one authority, whose force owns the point."""
    seen: Counter[str] = Counter()
    for force, row in _rows(STREET):
        if row["LSOA code"]:
            lad = lad_of_lsoa(row["LSOA code"])
            seen["named"] += 1
            seen["same authority by name"] += lad is not None and lad == lad_of_lsoa_name(row["LSOA name"])
            around = forces_at(float(row["Latitude"]), float(row["Longitude"]))
            area = police_area_of_lad(lad or "")
            seen["area among the owners of the point"] += area in around
            seen["one owner"] += len(around) == 1
            seen["one owner, and it is wrong"] += len(around) == 1 and area not in around
            seen["of a territorial force"] += force in TERRITORIAL
            seen["the force's own point"] += force in around
    assert seen == {
        "named": 245_883,
        "same authority by name": 245_883,
        "area among the owners of the point": 245_883,
        "one owner": 233_104,
        "one owner, and it is wrong": 0,
        "of a territorial force": 240_497,
        "the force's own point": 240_103,  # 99.84 %: the other 394 are printed by a force whose area they do not lie in
    }


@NO_STREET
def test_small_areas_of_2021_are_known() -> None:
    """The City of London's files of 2024 have codes of 2021: every one that is given has an authority."""
    codes = [row["LSOA code"] for _, row in _rows(CITY) if row["LSOA code"]]
    assert len(codes) > 9_000
    assert not [code for code in codes if lad_of_lsoa(code) is None]
