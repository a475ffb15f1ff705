"""data.police.uk street files: recorded crimes, and anti-social behaviour, which is an incident and not a crime."""

from collections.abc import Collection, Iterable, Iterator

from producers.adapters.csv_rows import read_month, read_rows
from producers.adapters.lines import Line
from producers.adapters.police_uk import Names, RowRefs, code, envelope, read_locations
from producers.row import Row
from schemas.records import Record

HEADER = (
    "Crime ID",
    "Month",
    "Reported by",
    "Falls within",
    "Longitude",
    "Latitude",
    "Location",
    "LSOA code",
    "LSOA name",
    "Crime type",
    "Last outcome category",
    "Context",
)
_ASB = "Anti-social behaviour"


def read_street(lines: Iterable[Line], force_names: Collection[str]) -> Iterator[Row]:
    """Rows of one street file. One without a Crime ID is a record of its own, also where it equals another row."""
    names, refs = Names(force_names), RowRefs("street")

    def convert(cells: list[str], raw: bytes) -> tuple[str, Record]:
        crime_id, month, reported_by, _, longitude, latitude, text, lsoa, lsoa_name, *what = cells
        crime_type, outcome, context = what
        names.check(reported_by)
        submission: Record = {
            "envelope": envelope(crime_id.strip() or refs.next_ref(raw)),
            "occurred": {"start": read_month("Month", month)},
            "locations": read_locations(longitude, latitude, text, lsoa, lsoa_name),
        }
        summary = context or None
        if crime_type == _ASB:
            submission["incident"] = {"sub_type": "asb", "opening_category": code(crime_type), "summary": summary}
            return "incident", submission
        submission["crime"] = {"crime_type": code(crime_type), "outcome": code(outcome), "summary": summary}
        return "crime", submission

    return read_rows(lines, HEADER, convert)
