"""National Grid to WGS 84 and back: Ordnance Survey's own test points, its letters, and whatever else may be sent."""

import csv
import math
import string
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_processors.grid import grid_to_wgs84, parse_grid_ref, wgs84_to_grid

POINTS = (
    Path(__file__).parents[3] / "shared" / "data" / "conformance" / "osgb" / "ostn15_osgm15_os_test_points_OSGB36_to_ETRS.csv"
)

METRES_OF_A_DEGREE = 111_320
TOLERANCE_M = 0.01
"""The largest difference is 6 mm, at TP31 near St Kilda; OSTN15 itself claims 0.1 m."""


def survey_points() -> dict[str, tuple[float, float, float, float]]:
    """Easting, northing, latitude and longitude by point. The table has the steps from ETRS89: each step's easting and its
    shift add up to that of the National Grid.
    """
    grid: dict[str, tuple[float, float]] = {}
    found: dict[str, tuple[float, float, float, float]] = {}
    for row in csv.DictReader(POINTS.read_text().splitlines()):
        first, second = float(row["ETRSEast or Lat"]), float(row["ETRSNorth or Long"])
        if row["Iteration No. or RESULT"] == "RESULT":
            found[row["PointID"]] = (*grid[row["PointID"]], first, second)
        else:
            grid[row["PointID"]] = (round(first + float(row["Se"]), 3), round(second + float(row["Sn"]), 3))
    return found


@pytest.mark.skipif(not POINTS.exists(), reason=f"OSTN15 NOT TESTED: no {POINTS.parents[2]} beside the repository")
def test_every_point_of_ordnance_survey_is_met() -> None:
    """40 points from Scilly to Shetland: to the last published place of a degree, and back to the centimetre."""
    points = survey_points()
    assert len(points) == 40
    for name, (easting, northing, latitude, longitude) in points.items():
        assert grid_to_wgs84(easting, northing) == (latitude, longitude), name
        back = wgs84_to_grid(latitude, longitude)
        assert back and math.hypot(back[0] - easting, back[1] - northing) < TOLERANCE_M, name


@given(latitude=st.floats(49.93, 60.83), longitude=st.floats(-7.5, 1.77))
def test_there_and_back_is_the_same_place(latitude: float, longitude: float) -> None:
    """Everywhere on the map that can be asked for both ways, to two centimetres."""
    grid = wgs84_to_grid(latitude, longitude)
    assert grid
    back = grid_to_wgs84(*grid)
    assert back
    north_m, east_m = (back[0] - latitude) * METRES_OF_A_DEGREE, (back[1] - longitude) * METRES_OF_A_DEGREE / 2
    assert math.hypot(north_m, east_m) < 2 * TOLERANCE_M


@given(easting=st.floats(0, 700_000, exclude_min=True), northing=st.floats(0, 1_250_000, exclude_min=True))
def test_the_whole_map_has_a_latitude(easting: float, northing: float) -> None:
    """Near the edges, where the shift to WGS 84 leaves the map, it may be missing; elsewhere there is one."""
    found = grid_to_wgs84(easting, northing)
    is_inland = 500 < easting < 699_500 and 500 < northing < 1_249_500
    assert found or not is_inland
    assert found is None or (49.7 < found[0] < 61.2 and -9.5 < found[1] < 3.6)


@pytest.mark.parametrize(
    ("easting", "northing"), [(-500.0, 500_000.0), (800_000.0, 500_000.0), (math.nan, 1.0), (math.inf, 1.0), (1e308, -1e308)]
)
def test_off_the_map_is_none(easting: float, northing: float) -> None:
    """West, east, far away, no number."""
    assert grid_to_wgs84(easting, northing) is None


@pytest.mark.parametrize(("latitude", "longitude"), [(50.0, -8.5), (48.8, 2.3), (49.2, -2.1), (91.0, 0.0), (math.nan, 0.0)])
def test_what_has_no_place_on_the_grid_is_none(latitude: float, longitude: float) -> None:
    """The sea west of it, France, Jersey, beyond the pole, no number."""
    assert wgs84_to_grid(latitude, longitude) is None


@given(first=st.floats(), second=st.floats())
def test_no_number_makes_it_raise(first: float, second: float) -> None:
    """Any two numbers are a place or none; a place has finite coordinates."""
    for found in (grid_to_wgs84(first, second), wgs84_to_grid(first, second)):
        assert found is None or all(map(math.isfinite, found))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("TQ 30 80", (530_000, 180_000)),
        ("SU 387 148", (438_700, 114_800)),  # Ordnance Survey's former head office
        ("NN1660071200", (216_600, 771_200)),  # Ben Nevis
        ("sv00", (0, 0)),
        ("HP 6 1", (460_000, 1_210_000)),
        (" NZ\t25 64 ", (425_000, 564_000)),
        ("TQ", None),
        ("TQ 30 8", None),
        ("TQ 301234 801234", None),
        ("TI 30 80", None),  # there is no I
        ("RE 30 80", None),  # west of the grid
        ("AA 30 80", None),
        ("530000,180000", None),
        ("TQ 30 80 extra", None),
        ("T\uff3130 80", None),
        ("", None),
        ("T" * 1_000_000, None),
    ],
)  # fmt: skip
def test_references_are_read_as_ordnance_survey_writes_them(text: str, wanted: tuple[int, int] | None) -> None:
    """Two letters and an even number of digits: the south-west corner of that square, in metres."""
    assert parse_grid_ref(text) == wanted


def test_the_letters_name_each_square_once() -> None:
    """7 by 13 squares of 100 km, no two names for one."""
    corners = [parse_grid_ref(f"{first}{second}00") for first, second in product(string.ascii_uppercase, repeat=2)]
    found = sorted(corner for corner in corners if corner)
    assert found == sorted((east * 100_000, north * 100_000) for east, north in product(range(7), range(13)))


@given(text=st.one_of(st.text(max_size=40), st.text(alphabet="HNOSTABIZ 0159", max_size=16)))
def test_no_reference_makes_it_raise(text: str) -> None:
    """Any text is a place on the grid or none."""
    found = parse_grid_ref(text)
    assert found is None or (0 <= found[0] < 700_000 and 0 <= found[1] < 1_300_000)
