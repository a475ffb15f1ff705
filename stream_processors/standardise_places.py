"""Locations in the national form: WGS 84, authority, partnership, police area. Pure."""

from schemas.codes import Code
from schemas.records import Record
from stream_processors.formats import check_postcode
from stream_processors.grid import grid_to_wgs84, parse_grid_ref
from stream_processors.identifiers import check_uprn
from stream_processors.national import LOCATION_ROLES
from stream_processors.standardise_parts import choice, markers
from stream_processors.standardising import Standardising

_UK = (49.0, 61.5, -9.5, 2.5)
"""South, north, west, east: a box around the United Kingdom and the Crown Dependencies, in degrees."""

_TEXT_CHARACTERS = 100
"""Longest text of an area (POLE)."""


def locations(state: Standardising, sent: list[Record]) -> list[Record]:
    """Locations with their local authority, partnership and police area, where these can be told."""
    return [_location(state, place, f"locations[{index}]") for index, place in enumerate(sent)]


def _location(state: Standardising, sent: Record, path: str) -> Record:
    standard = dict(sent)
    # A role that is not known stays UNMAPPED: a prohibition then reads it as any role.
    standard["role"] = choice(state, sent["role"], LOCATION_ROLES, f"{path}.role")
    _place_on_earth(state, sent, standard, path)
    if sent["postcode"]:
        standard["postcode"] = state.checked(f"{path}.postcode", sent["postcode"], check_postcode(sent["postcode"]))
    if sent["uprn"]:
        standard["uprn"] = state.checked(f"{path}.uprn", sent["uprn"], check_uprn(sent["uprn"]))
    if sent["text"] is not None and len(sent["text"]) > _TEXT_CHARACTERS:
        state.flag(Code.FORMAT_INVALID, f"{path}.text")
    _place_in_area(state, sent, standard, path)
    standard["markers"] = markers(state, sent["markers"], f"{path}.markers") if sent["markers"] else []
    return standard


def _place_on_earth(state: Standardising, sent: Record, standard: Record, path: str) -> None:
    """WGS 84 as sent, else from the National Grid: easting and northing, else the grid reference."""
    latitude, longitude = sent["latitude"], sent["longitude"]
    if latitude is None or longitude is None:
        standard["latitude"], standard["longitude"] = latitude, longitude = _from_grid(state, sent, path) or (
            latitude,
            longitude,
        )
    standard["crs"] = "EPSG:4326" if latitude is not None else None
    if latitude is not None and longitude is not None:
        south, north, west, east = _UK
        is_inside = south <= latitude <= north and west <= longitude <= east
        state.valid.count(is_inside)
        if not is_inside:
            state.flag(Code.LOCATION_OUTSIDE_UK, f"{path}.latitude")


def _from_grid(state: Standardising, sent: Record, path: str) -> tuple[float, float] | None:
    easting, northing, reference = sent["easting"], sent["northing"], sent["grid_ref"]
    name, square = "easting", None
    if easting is not None and northing is not None:
        square = (easting, northing)
    elif reference is not None:
        name, square = "grid_ref", parse_grid_ref(reference)
    else:
        return None
    found = None if square is None else grid_to_wgs84(*square)
    state.valid.count(found is not None)
    if found is None:
        state.flag(Code.FORMAT_INVALID, f"{path}.{name}")
    return found


def _check_area(state: Standardising, sent: Record, path: str) -> None:
    """The authority's own code against the small area. The authority's counts; one that nobody knows is flagged, though the
    small area tells another.
    """
    small = state.national.area_of(None, sent["lsoa_code"], sent["lsoa_name"]).lad
    if small is None:
        return
    lad = state.national.area_of(sent["lad_code"], None, None).lad
    state.conform.count(lad is not None)
    if lad is None:
        state.flag(Code.CODE_UNMAPPED, path)
    else:
        state.agree(lad == small, Code.PLACES_DISAGREE, path)


def _place_in_area(state: Standardising, sent: Record, standard: Record, path: str) -> None:
    """Authority by its code, else by the small area; the partnership and the police area follow from it."""
    area = state.national.area_of(sent["lad_code"], sent["lsoa_code"], sent["lsoa_name"])
    if sent["lad_code"] is not None:
        if sent["lad_code"] != area.lad:
            state.keep(f"{path}.lad_code", sent["lad_code"])
        _check_area(state, sent, f"{path}.lad_code")
    standard["lad_code"], standard["csp_code"], standard["police_area"] = area.lad, area.csp, area.police_area
    if area.lad is None:
        is_told = bool(sent["lad_code"] or sent["lsoa_code"] or sent["lsoa_name"])
        if is_told or standard["role"] == "INCIDENT":  # where somebody lives is seldom told by an area's code
            state.flag(Code.AREA_UNKNOWN, f"{path}.lad_code")
        if standard["latitude"] is not None and standard["longitude"] is not None:
            around = state.national.forces_at(standard["latitude"], standard["longitude"])
            if len(around) == 1:
                (standard["police_area"],) = around
