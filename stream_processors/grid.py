"""British National Grid (EPSG:27700) and WGS 84 (EPSG:4326): Ordnance Survey's OSTN15, to the millimetre. Pure.

WGS 84 stands for ETRS89 here, as Ordnance Survey does for everything but surveying: the two are under a metre apart in 2026.
"""

import math
import re

from convertbng.cutil import convert_bng, convert_lonlat

_REFERENCE = re.compile(r"([HJNOST])([A-HJ-Z])((?:\d\d){1,5})", re.ASCII | re.IGNORECASE)

_LONGEST = 32
"""Characters of a grid reference, however it is spaced."""

_SQUARE_M = 100_000
"""Side of a square that two letters name."""

_LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
"""Five rows of five from the north-west, without I: the first letter names 500 km, the second 100 km of it."""

_ORIGIN_SQUARES = (10, 5)
"""The grid's own origin is the south-west corner of S: ten squares east of that of the lettering's, five north of it."""

_EAST_SQUARES, _NORTH_SQUARES = 7, 13
"""Squares of the National Grid from west to east and from south to north."""

_MAP_EAST_M, _MAP_NORTH_M = 700_000, 1_250_000
"""What OSTN15 covers, from the grid's origin. Comparisons with it are false for what is not a number."""

_DEGREE_PLACES = 8
"""A millimetre. What is behind it is noise of the arithmetic."""


def grid_to_wgs84(easting: float, northing: float) -> tuple[float, float] | None:
    """Latitude and longitude in degrees of an easting and a northing in metres; None off the map: outside 700 by 1,250 km from
    the grid's origin (the Channel Islands are), or not a number. Ireland lies on the map; its own grid is another.
    """
    longitudes, latitudes = convert_lonlat(easting, northing)
    latitude, longitude = float(latitudes[0]), float(longitudes[0])
    if math.isnan(latitude) or math.isnan(longitude):
        return None
    return round(latitude, _DEGREE_PLACES), round(longitude, _DEGREE_PLACES)


def wgs84_to_grid(latitude: float, longitude: float) -> tuple[float, float] | None:
    """Easting and northing in metres of a latitude and a longitude in degrees; None off the map, and outside 49.922 to 60.84
    north, 8.579 west to 1.78 east: convertbng looks no further, so the southernmost islands of Scilly are missing this way.
    """
    eastings, northings = convert_bng(longitude, latitude)
    easting, northing = float(eastings[0]), float(northings[0])
    is_on_map = 0 <= easting <= _MAP_EAST_M and 0 <= northing <= _MAP_NORTH_M
    return (easting, northing) if is_on_map else None


def parse_grid_ref(text: str) -> tuple[float, float] | None:
    """Easting and northing in metres of the south-west corner of the square that a reference names: two letters and two to ten
    digits (`TQ 30 80`, `NZ2564`), as Ordnance Survey reads them. None where it is no reference of the National Grid.
    """
    found = _REFERENCE.fullmatch("".join(text.split())) if len(text) <= _LONGEST else None
    if found is None:
        return None
    large, small = (divmod(_LETTERS.index(letter.upper()), 5) for letter in found.group(1, 2))
    east = large[1] * 5 + small[1] - _ORIGIN_SQUARES[0]
    north = (4 - large[0]) * 5 + 4 - small[0] - _ORIGIN_SQUARES[1]
    if not (0 <= east < _EAST_SQUARES and 0 <= north < _NORTH_SQUARES):
        return None
    half = len(found[3]) // 2
    metres = 10 ** (5 - half)
    within = (int(found[3][:half]) * metres, int(found[3][half:]) * metres)
    return float(east * _SQUARE_M + within[0]), float(north * _SQUARE_M + within[1])


def reference_metres(text: str) -> int:
    """Side in metres of the square that a reference which `parse_grid_ref` reads names: 1 to 10,000."""
    digits = sum(character.isdigit() for character in text)
    return int(10 ** (5 - digits // 2))


def square_name(easting: float, northing: float, side_m: int) -> str | None:
    """The reference of the square of 1,000 or 10,000 metres that holds a point (`NZ2564`, `NZ26`); None off the grid."""
    if not (0 <= easting < _EAST_SQUARES * _SQUARE_M and 0 <= northing < _NORTH_SQUARES * _SQUARE_M):
        return None
    large_x, small_x = divmod(int(easting) // _SQUARE_M + _ORIGIN_SQUARES[0], 5)
    large_y, small_y = divmod(int(northing) // _SQUARE_M + _ORIGIN_SQUARES[1], 5)
    letters = _LETTERS[(4 - large_y) * 5 + large_x] + _LETTERS[(4 - small_y) * 5 + small_x]
    width = 5 - len(str(side_m)) + 1
    return letters + "".join(f"{int(metres) % _SQUARE_M // side_m:0{width}d}" for metres in (easting, northing))
