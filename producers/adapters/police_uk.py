"""What the three kinds of data.police.uk file share. Source: the columns of its published CSV downloads."""

import hashlib
from collections import defaultdict
from collections.abc import Collection

from producers.adapters.csv_rows import read_number
from schemas.codes import Code
from schemas.errors import Refused
from schemas.identity import row_ref
from schemas.records import Record

SOURCE_SYSTEM = "police-uk"
"""Names the dialect at the hub. Its marking defaults to OFFICIAL: the files are public."""
_NO_LOCATION = "No Location"


def code(value: str) -> Record | None:
    """A coded value by its printed name; None where the cell is empty."""
    return {"value": value, "scheme": SOURCE_SYSTEM} if value else None


def envelope(source_ref: str) -> Record:
    """Identity; force and version are given at the door and by the outbox."""
    return {"source_system": SOURCE_SYSTEM, "source_ref": source_ref}


def read_locations(longitude: str, latitude: str, text: str = "", lsoa_code: str = "", lsoa_name: str = "") -> list[Record]:
    """At most one location. Raises Refused (ROW_MALFORMED)."""
    east, north = read_number("Longitude", longitude), read_number("Latitude", latitude)
    known = "" if text == _NO_LOCATION else text
    if east is None and north is None and not (known or lsoa_code or lsoa_name):
        return []
    location: Record = {"ref": "l1", "latitude": north, "longitude": east, "text": known or None}
    location["lsoa_code"], location["lsoa_name"] = lsoa_code or None, lsoa_name or None
    return [location]


class Names:
    """The names by which files may call one force. `&` and `and` are the same word, and case does not matter."""

    def __init__(self, names: Collection[str]) -> None:
        self._known = {_plain(name) for name in names}
        self._seen: set[str] = set()

    def check(self, name: str) -> None:
        """Raises Refused (WRONG_FORCE_IN_FILE) where the row names another force."""
        if name in self._seen:
            return
        if _plain(name) not in self._known:
            raise Refused(Code.WRONG_FORCE_IN_FILE, "Reported by")
        self._seen.add(name)


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("&", " and ").split())


class RowRefs:
    """References for rows that have none, within one file. Memory: a key of 8 bytes for each different row.

    Two rows that share the 64 bits of this counter still get different references: the counter only numbers them.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._seen: defaultdict[bytes, int] = defaultdict(int)

    def next_ref(self, row: bytes) -> str:
        """The reference of this row; an equal row later in the file gets the next ordinal."""
        key = hashlib.sha256(row).digest()[:8]
        ordinal = self._seen[key]
        self._seen[key] += 1
        return f"{self._prefix}-{row_ref(row, ordinal)}"
