"""A standard record as the submission of a system that already sends national codes: what standardise must not change."""

from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.kinds import Kind
from schemas.records import Record
from stream_processors.times import parse_time

_FORMS = {"YEAR": "%Y", "MONTH": "%Y-%m", "DAY": "%Y-%m-%d"}


def submission_of(kind: Kind, record: Record) -> Record:
    """The values of the record, sent again: national codes by themselves, times in UTC."""
    period, detail = record["occurred"], record[kind.detail]
    precision = period["precision"] if period else "MINUTE"
    sent = {name: record[name] for name in ("grading", "originator_control", "markers", "retention", "links", "statements")}
    marking = record["marking"]
    return sent | {
        "envelope": _plain(record["envelope"]) | {"source_system": "native"},
        "marking": {name: marking[name] for name in ("tier", "sensitive", "handling", "descriptors")},
        "occurred": period and {name: _time(period[name], precision) for name in ("start", "end")},
        kind.detail: _plain(detail),
        "persons": [_plain(person) for person in record["persons"]],
        "objects": [_plain(thing) | {"type": _code(thing["type"])["value"]} for thing in record["objects"]],
        "locations": [_plain(place) for place in record["locations"]],
    }


def values_of(kind: Kind, record: Record) -> Record:
    """Everything of the record but what tells of this one sending: ids, the hub's times, values as sent, quality."""
    envelope = {name: record["envelope"][name] for name in ("version", "kind", "action", "force", "source_ref", "partial")}
    names = ("grading", "originator_control", "markers", "retention", "links", "occurred", "persons", "objects", "locations")
    kept = {name: record[name] for name in (*names, "statements", kind.detail)}
    period = record["occurred"]
    if period and period["start"] is period["end"] is None:  # both could not be read: there is nothing left to send again
        kept["occurred"] = None
    marking = {name: record["marking"][name] for name in ("tier", "sensitive", "handling", "descriptors")}
    return _codes_only(kept | {"envelope": envelope, "marking": marking})  # type: ignore[no-any-return]


def _codes_only(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"code", "source_value", "scheme"}:
            return value["code"]
        return {name: _codes_only(part) for name, part in value.items()}
    return [_codes_only(part) for part in value] if isinstance(value, list) else value


def _plain(part: Record) -> Record:
    """Codes and times of one part as a submission has them; what only the standard record has is left out."""
    return {name: _sent(name, value) for name, value in part.items()}


def _sent(name: str, value: Any) -> Any:
    if isinstance(value, dict) and "code" in value:
        return _code(value)
    if isinstance(value, list):
        return [_sent(name, each) for each in value]
    if name.endswith("_at") or name == "outcome_date":
        return _time(value, "MINUTE")
    return value


def _code(code: Record) -> Record:
    """The national code by itself; what has none, as it was sent."""
    if code["code"] == "UNMAPPED":
        return {"value": code["source_value"], "scheme": code["scheme"]}
    return {"value": code["code"], "scheme": None}


def _time(ms: int | datetime | None, precision: str) -> str | None:
    if ms is None:
        return None
    moment = ms if isinstance(ms, datetime) else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    if precision in _FORMS:
        text = moment.strftime(_FORMS[precision].replace("%Y", f"{moment.year:04d}"))
        found = parse_time(text)
        if found is not None and moment == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=found.ms):
            return text  # else the other end of the period was told more finely
    return moment.isoformat()
