"""The parts of a submission in the national form: times, codes, persons, objects, locations. Pure.

Nothing here refuses: what can't be read or mapped is flagged, and blank beats a known error.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from schemas.codes import Code
from schemas.errors import Refused
from schemas.records import Record
from schemas.dialect import Dialect
from stream_processors.national import UNMAPPED, National
from stream_processors.times import parse_time

FUTURE_MS = 5 * 60 * 1000
"""A time may lie so far in the future: clocks differ. More than that is an error of the force system."""

_UK = (49.0, 61.5, -9.5, 2.5)
"""South, north, west, east: a box around the United Kingdom and the Crown Dependencies, in degrees."""

_CATEGORIES = frozenset(("SUSPECT", "CONVICTED", "VICTIM", "WITNESS_OR_OTHER"))


@dataclass
class Standardising:
    """What one record's standardisation knows and has found."""

    dialect: Dialect
    national: National
    now_ms: int
    flags: dict[tuple[str, str], None] = field(default_factory=dict)

    def flag(self, code: Code, path: str) -> None:
        """Record a quality flag once."""
        self.flags[(str(code), path)] = None

    def time(self, text: str | None, path: str) -> int | None:
        """UTC milliseconds. Raises Refused(TIME_IN_FUTURE)."""
        if text is None:
            return None
        moment = parse_time(text)
        if moment is None:
            self.flag(Code.TIME_UNREADABLE, path)
            return None
        if moment.earliest_ms > self.now_ms + FUTURE_MS:
            raise Refused(Code.TIME_IN_FUTURE, path)
        return moment.ms

    def code(self, code_list: str, sent: Record | None, path: str) -> Record | None:
        """The national code with the value as sent."""
        if sent is None:
            return None
        national = self.dialect.national(code_list, sent["value"], self.national.lists)
        if national is None:
            self.flag(Code.CODE_UNMAPPED, path)
        return {"code": national or UNMAPPED, "source_value": sent["value"], "scheme": sent["scheme"]}


def period(state: Standardising, sent: Record | None, path: str) -> Record | None:
    """When it occurred, UTC."""
    if sent is None:
        state.flag(Code.TIME_MISSING, path)
        return None
    start, end = state.time(sent["start"], f"{path}.start"), state.time(sent["end"], f"{path}.end")
    if start is not None and end is not None and end < start:
        state.flag(Code.DATES_OUT_OF_ORDER, path)
    known = parse_time(sent["start"]) if sent["start"] else None
    return {"start": start, "end": end, "precision": known.precision if known else UNMAPPED}


def markers(state: Standardising, sent: Iterable[str], path: str) -> list[str]:
    """Markers in the national spelling. One that is not known is kept and flagged: a rule may still name it."""
    found = [marker.strip().lower().replace(" ", "-").replace("_", "-") for marker in sent]
    if any(marker not in state.national.markers for marker in found):
        state.flag(Code.CODE_UNMAPPED, path)
    return found


def persons(state: Standardising, sent: list[Record]) -> list[Record]:
    """Persons with national codes and s.38 categories."""
    return [_person(state, person, f"persons[{index}]") for index, person in enumerate(sent)]


def _person(state: Standardising, sent: Record, path: str) -> Record:
    if not sent["roles"]:
        state.flag(Code.PERSON_UNLINKED, f"{path}.roles")
    standard = dict(sent)
    standard["roles"] = ["_".join(role.upper().replace("-", " ").split()) for role in sent["roles"]]
    standard["subject_categories"] = [
        category if category in _CATEGORIES else UNMAPPED for category in map(str.upper, sent["subject_categories"])
    ]
    standard["assertion"] = _assertion(sent["assertion"])
    for name in ("sex", "gender", "ethnicity_self_defined", "ethnicity_officer_defined"):
        standard[name] = state.code(name, sent[name], f"{path}.{name}")
    standard["markers"] = markers(state, sent["markers"], f"{path}.markers")
    return standard


def statements(sent: list[Record]) -> list[Record]:
    """Statements, each a fact, an assessment, or not known to be either (DPA 2018 s.38(2))."""
    return [{**statement, "assertion": _assertion(statement["assertion"])} for statement in sent]


def _assertion(sent: str | None) -> str:
    found = (sent or UNMAPPED).upper()
    return found if found in ("FACT", "ASSESSMENT") else UNMAPPED


def objects(state: Standardising, sent: list[Record]) -> list[Record]:
    """Objects with a national type."""
    return [
        {**thing, "type": state.code("object_type", {"value": thing["type"], "scheme": None}, f"objects[{index}].type")}
        for index, thing in enumerate(sent)
    ]


def locations(state: Standardising, sent: list[Record]) -> list[Record]:
    """Locations with their local authority and community safety partnership, where these can be told."""
    if not sent:
        state.flag(Code.LOCATION_MISSING, "locations")
    return [_location(state, place, f"locations[{index}]") for index, place in enumerate(sent)]


def _location(state: Standardising, sent: Record, path: str) -> Record:
    standard = dict(sent)
    standard["role"] = sent["role"].upper()
    latitude, longitude = sent["latitude"], sent["longitude"]
    if latitude is not None and longitude is not None:
        south, north, west, east = _UK
        if not (south <= latitude <= north and west <= longitude <= east):
            state.flag(Code.LOCATION_OUTSIDE_UK, f"{path}.latitude")
    lad = sent["lad_code"]
    if lad is not None and lad not in state.national.csp_of_lad:
        lad = None
    if lad is None and sent["lsoa_name"]:
        lad = state.national.lad_of_lsoa_name(sent["lsoa_name"])
    if lad is None:
        state.flag(Code.AREA_UNKNOWN, f"{path}.lad_code")
    standard["lad_code"] = lad
    standard["csp_code"] = state.national.csp_of_lad.get(lad) if lad else None
    standard["crs"] = "EPSG:4326" if latitude is not None else None
    standard["markers"] = markers(state, sent["markers"], f"{path}.markers")
    return standard
