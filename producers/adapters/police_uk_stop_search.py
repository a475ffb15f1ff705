"""data.police.uk stop-and-search files. They have no reference and name no force: the row is its own reference."""

from collections.abc import Collection, Iterable, Iterator

from producers.adapters.csv_rows import read_boolean, read_rows
from producers.adapters.lines import Line
from producers.adapters.police_uk import RowRefs, code, envelope, read_locations
from producers.row import Row
from schemas.records import Record

HEADER = (
    "Type",
    "Date",
    "Part of a policing operation",
    "Policing operation",
    "Latitude",
    "Longitude",
    "Gender",
    "Age range",
    "Self-defined ethnicity",
    "Officer-defined ethnicity",
    "Legislation",
    "Object of search",
    "Outcome",
    "Outcome linked to object of search",
    "Removal of more than just outer clothing",
)


def read_stop_search(lines: Iterable[Line], _force_names: Collection[str]) -> Iterator[Row]:
    """Rows of one stop-and-search file. A time that can't be read is kept as it is: the hub flags it."""
    refs = RowRefs("stop-search")

    def convert(cells: list[str], raw: bytes) -> tuple[str, Record]:
        kind, date, _, operation, latitude, longitude, *person, legislation, item, outcome, linked, removal = cells
        more_than_outer = read_boolean(HEADER[14], removal)
        return "stop-search", {
            "envelope": envelope(refs.next_ref(raw)),
            "occurred": {"start": date} if date else None,
            "stop_search": {
                "type": kind or None,
                "legislation": legislation or None,
                "object_of_search": item or None,
                "outcome": code(outcome),
                "outcome_linked": read_boolean(HEADER[13], linked),
                "outer_clothing_only": None if more_than_outer is None else not more_than_outer,
                "operation": operation or None,
            },
            "persons": _read_persons(*person),
            "locations": read_locations(longitude, latitude),
        }

    return read_rows(lines, HEADER, convert)


def _read_persons(gender: str, age_range: str, self_defined: str, officer_defined: str) -> list[Record]:
    if not (gender or age_range or self_defined or officer_defined):
        return []
    person: Record = {"ref": "p1", "roles": ["SUBJECT"], "gender": code(gender), "age_range": age_range or None}
    person["ethnicity_self_defined"] = code(self_defined)
    person["ethnicity_officer_defined"] = code(officer_defined)
    return [person]
