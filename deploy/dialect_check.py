"""What a dialect makes of a sample: which codes map and which do not, which columns it leaves, which fields it never fills."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, cast

from producers.adapters.catalogue import Adapter, decompressed, read_file
from producers.adapters.sample_columns import columns_of
from producers.row import Refusal
from schemas.dialect import Dialect
from schemas.dialect_fields import GIVEN, slots
from schemas.dialect_files import Layout
from schemas.records import Record
from schemas.reference import forces
from schemas.suggestions import suggest
from stream_processors.code_map import code_map
from stream_processors.national import UNMAPPED, load_national
from stream_processors.times import parse_time

_TIMES = ("recorded_at", "published_at", "occurred.start", "occurred.end", "reported_at", "outcome_date", "detained_at",
          "arrested_at", "released_at", "charged_at")  # fmt: skip
"""What the path of a time ends with."""


class Sent(NamedTuple):
    """A coded value as the system writes it."""

    code_list: str
    value: str
    scheme: str | None


@dataclass
class DialectFindings:
    """What was seen in the sample. The values are the force's own: they are shown to it alone."""

    rows: int = 0
    refusals: Counter[Refusal] = field(default_factory=Counter)
    codes: Counter[Sent] = field(default_factory=Counter)
    times: Counter[str] = field(default_factory=Counter)
    """Times that can't be read."""
    filled: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    columns: list[str] = field(default_factory=list)


def find_in_sample(dialect: Dialect, adapter: Adapter, layout: Layout | None, sample: Path) -> DialectFindings:
    """Read all of the sample. A row of any force is read: whose it is does not matter here."""
    found = DialectFindings()
    names = [force.name for force in forces().values()]
    with sample.open("rb") as file:
        for row in read_file(adapter, file, names):
            found.rows += 1
            if row.submission is None:
                found.refusals[cast(Refusal, row.refusal)] += 1
            else:
                _add(found, dialect, row.kind, row.submission)
    if layout is not None:
        with sample.open("rb") as file:
            found.columns = columns_of(layout, decompressed(file))
    return found


def _add(found: DialectFindings, dialect: Dialect, kind: str, submission: Record) -> None:
    found.kinds.add(kind)
    for path, value in _leaves(submission, ""):
        found.filled.add(path)
        if path.endswith(_TIMES) and parse_time(value, dialect.time_zone, dialect.time_formats) is None:
            found.times[value] += 1
        slot = slots(kind).get(path)
        if slot is not None and slot.code_list is not None and not slot.type.endswith("[]"):
            code = value if slot.type == "code" else {"value": value}
            found.codes[Sent(slot.code_list, code["value"], code.get("scheme"))] += 1


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every filled field with its path (`persons[].surname`); a code and a list of texts count whole as well."""
    if isinstance(value, dict) and value.keys() != {"value", "scheme"}:
        for name, part in value.items():
            yield from _leaves(part, f"{path}.{name}".removeprefix("."))
    elif isinstance(value, list):
        yield path, value
        for part in value:
            yield from _leaves(part, f"{path}[]")
    elif value is not None:
        yield path, value


def report_of(dialect: Dialect, layout: Layout | None, found: DialectFindings) -> dict[str, Any]:
    """The findings as one value for a program: lists of what maps, of what does not, and of what is left."""
    known = code_map(dialect, load_national())
    mapped, unmapped = [], []
    for sent, count in sorted(found.codes.items(), key=lambda item: (item[0].code_list, -item[1], item[0].value)):
        national = known.find(*sent)["code"]
        entry = {"code_list": sent.code_list, "value": sent.value, "count": count}
        if national == UNMAPPED:
            unmapped.append({**entry, "suggestions": [one._asdict() for one in suggest(sent.code_list, sent.value)]})
        else:
            mapped.append({**entry, "national": national})
    return {
        "source_system": dialect.source_system,
        "rows": found.rows,
        "maps": not unmapped and not found.times and not found.refusals and found.rows > 0,
        "mapped": mapped,
        "unmapped": unmapped,
        "unreadable_times": [{"value": value, "count": count} for value, count in found.times.most_common()],
        "refused": [{"code": str(r.code), "field": r.field, "count": count} for r, count in found.refusals.most_common()],
        **_left(layout, found),
    }


def _left(layout: Layout | None, found: DialectFindings) -> dict[str, Any]:
    """Columns that nothing reads, columns that the layout has and the sample has not, and fields that stay empty."""
    never = sorted({slot.path for kind in found.kinds for slot in _plain_slots(kind)} - found.filled - GIVEN)
    if layout is None:
        return {"unused_columns": [], "missing_columns": [], "empty_fields": [], "never_filled": never}
    used = layout.columns_read()
    declared = {path.replace("[0]", "[]") for rule in layout.kinds for path in layout.fields_of(rule)}
    return {
        "unused_columns": _unused(found.columns, used),
        "missing_columns": [column for column in layout.columns or used if column not in found.columns],
        "empty_fields": sorted(path for path in declared if path not in found.filled) if found.kinds else [],
        "never_filled": [path for path in never if path not in declared],
    }


def _unused(columns: Sequence[str], used: Iterable[str]) -> list[str]:
    read = set(used)
    return [column for column in columns if column not in read]


def _plain_slots(kind: str) -> Iterator[Any]:
    return (slot for slot in slots(kind).values() if not slot.path.endswith("[]"))
