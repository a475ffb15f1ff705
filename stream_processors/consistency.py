"""Cross-checks: what two parts of one record say of the same thing. A contradiction is flagged, nothing is changed. Pure."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from schemas.codes import Code
from schemas.kinds import Kind
from schemas.records import Record
from stream_processors.national import UNMAPPED
from stream_processors.standardising import Standardising

_SLACK_MS = 5 * 60 * 1000
"""Clocks of two systems may differ by this much."""


def check_consistency(state: Standardising, kind: Kind, record: Record) -> None:
    """Every cross-check that can be made on the record."""
    _check_times(state, kind.detail, record)
    for index, place in enumerate(record["locations"]):
        _check_place(state, place, f"locations[{index}]", record["envelope"]["force"])
    _check_births(state, record)
    if kind.name == "crime":
        _check_crime(state, record["crime"])
    elif kind.name == "incident":
        _check_incident(state, record["incident"])


def _check_times(state: Standardising, detail: str, record: Record) -> None:
    """It occurred, was reported, recorded, published: in this order. A day, a month, a year stands for each of its moments."""
    occurred, envelope = record["occurred"], record["envelope"]
    start, end = (None, None) if occurred is None else (occurred["start"], occurred["end"])
    if start is not None and end is not None:
        allowed = _allowed(state, "occurred.start", "occurred.end")
        state.agree(start <= end + allowed, Code.DATES_OUT_OF_ORDER, "occurred")
    before, before_path = start, "occurred.start"
    for path, moment in _steps(detail, record, envelope):
        if moment is None:
            continue
        if before is not None:
            allowed = max(_SLACK_MS, _allowed(state, before_path, path))
            state.agree(before <= moment + allowed, Code.DATES_OUT_OF_ORDER, path)
        before, before_path = moment, path
    for first, second in _PAIRS.get(detail, ()):
        earlier, later = record[detail][first], record[detail][second]
        if earlier is not None and later is not None:
            allowed = _allowed(state, f"{detail}.{first}", f"{detail}.{second}")
            state.agree(earlier <= later + allowed, Code.DATES_OUT_OF_ORDER, f"{detail}.{second}")


def _allowed(state: Standardising, *paths: str) -> int:
    """The longer of what two times may last. Of the first, too: its day begins at midnight UTC, and may have begun before."""
    return max(state.span_ms.get(path, 0) for path in paths)


_PAIRS = {"custody": (("arrested_at", "detained_at"), ("arrested_at", "released_at"), ("detained_at", "released_at"))}
"""Times of a detail record of which the first is not after the second."""


def _steps(detail: str, record: Record, envelope: Record) -> Iterator[tuple[str, int | None]]:
    if detail in ("crime", "incident"):
        yield f"{detail}.reported_at", record[detail]["reported_at"]
    yield "envelope.recorded_at", envelope["recorded_at"]
    yield "envelope.published_at", envelope["published_at"]


def _check_place(state: Standardising, place: Record, path: str, force: str) -> None:
    """Where something happened lies in the area of the force that recorded it, and in the authority that the record names."""
    national = state.national
    area, latitude, longitude = place["police_area"], place["latitude"], place["longitude"]
    around = national.forces_at(latitude, longitude) if latitude is not None and longitude is not None else frozenset()
    if area is not None and around:
        state.agree(area in around, Code.PLACES_DISAGREE, f"{path}.lad_code")
    if place["role"] != "INCIDENT" or force not in national.territorial:
        return
    if area is not None or around:
        state.agree(force == area or force in around, Code.OUTSIDE_FORCE_AREA, path)


def _check_births(state: Standardising, record: Record) -> None:
    """Nobody is born on the day of the event or after it: an arrest date in the field of a birth date is a common slip. What
    went on for years is over on its last day.
    """
    occurred = record["occurred"]
    start, end = (None, None) if occurred is None else (occurred["start"], occurred["end"])
    if start is None:
        return
    path, begun = ("occurred.start", start) if end is None else ("occurred.end", max(start, end))
    last = begun + max(0, state.span_ms.get(path, 0) - 1)
    for index, person in enumerate(record["persons"]):
        born = person["date_of_birth"]
        if born is not None and _ISO_DATE.fullmatch(born):
            state.agree(born < _day_of(last), Code.DATES_OUT_OF_ORDER, f"persons[{index}].date_of_birth")


_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@lru_cache(maxsize=4096)
def _day_of(ms: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)).date().isoformat()


def _check_crime(state: Standardising, crime: Record) -> None:
    national = state.national
    offence, crime_type, classification = crime["offence"], crime["crime_type"], crime["ho_classification"]
    category = national.crime_type_of.get(offence["code"]) if offence else None
    if category and crime_type and crime_type["code"] != UNMAPPED:
        state.agree(category == crime_type["code"], Code.CATEGORY_CONTRADICTS, "crime.crime_type")
    recorded = national.recorded_code_of.get(classification["code"]) if classification else None
    if recorded and offence and offence["code"] != UNMAPPED:
        state.agree(recorded == offence["code"], Code.CATEGORY_CONTRADICTS, "crime.ho_classification")
    if crime["sexual_offence_alleged"] is False and crime["sexual_offence"] != "UNKNOWN":
        state.agree(crime["sexual_offence"] == "N", Code.CATEGORY_CONTRADICTS, "crime.sexual_offence_alleged")


def _check_incident(state: Standardising, incident: Record) -> None:
    opening = incident["opening_category"]
    follows = state.national.sub_type_of.get(opening["code"]) if opening else None
    if follows and incident["sub_type"] and incident["sub_type"] != UNMAPPED:
        state.agree(incident["sub_type"] == follows, Code.CATEGORY_CONTRADICTS, "incident.sub_type")
