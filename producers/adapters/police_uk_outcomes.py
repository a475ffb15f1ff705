"""data.police.uk outcomes files: patches of the crimes with the same Crime ID, made new versions by the outbox."""

from collections.abc import Collection, Iterable, Iterator

from producers.adapters.csv_rows import read_month, read_rows
from producers.adapters.lines import Line
from producers.adapters.police_uk import Names, code, envelope, read_locations
from producers.row import Row
from schemas.codes import Code
from schemas.errors import Refused
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
    "Outcome type",
)


def read_outcomes(lines: Iterable[Line], force_names: Collection[str]) -> Iterator[Row]:
    """Rows of one outcomes file. Without a Crime ID there is nothing that the outcome could belong to: refused."""
    names = Names(force_names)

    def convert(cells: list[str], _raw: bytes) -> tuple[str, Record]:
        crime_id, month, reported_by, _, longitude, latitude, text, lsoa, lsoa_name, outcome = cells
        names.check(reported_by)
        if not crime_id.strip():
            raise Refused(Code.ROW_MALFORMED, "Crime ID")
        if not outcome:
            raise Refused(Code.ROW_MALFORMED, "Outcome type")
        patch: Record = {
            "envelope": {**envelope(crime_id.strip()), "partial": True},
            "crime": {"outcome": code(outcome), "outcome_date": read_month("Month", month)},
        }
        locations = read_locations(longitude, latitude, text, lsoa, lsoa_name)
        if locations:  # an outcome without a place does not take the crime's place away
            patch["locations"] = locations
        return "crime", patch

    return read_rows(lines, HEADER, convert)
