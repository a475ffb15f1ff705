"""What fields can be generalised to: dates, times, postcodes, points. Pure.

A value of another form has nothing coarser: then nothing leaves, never the value itself.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from schemas.records import Record
from stream_processors.ages import Days, age_bands
from stream_processors.grid import parse_grid_ref, reference_metres, square_name, wgs84_to_grid

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_POSTCODE = re.compile(r"(([A-Z]{1,2}\d[A-Z\d]?) ?\d)[A-Z]{2}", re.ASCII)

POINT_SOURCES = frozenset(("latitude", "longitude", "easting", "northing", "grid_ref", "lad_code"))
"""What a point is made of."""

_AGES = ("date_of_birth", "age", "age_range")


class Coarse(NamedTuple):
    """One way to make a field coarser: from its value, or from the whole item and the days of the event."""

    rank: int
    """The higher, the coarser: where two rules meet it wins."""
    leaf: Callable[[Any], Any] | None = None
    whole: Callable[[Record, Days | None], Any] | None = None
    is_time: bool = False


def _part_of_date(length: int) -> Callable[[str], str | None]:
    return lambda value: value[:length] if _DATE.fullmatch(value) else None


def _formatted(form: str) -> Callable[[datetime], str]:
    return lambda at: at.strftime(form)


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _age_band(field: str) -> Callable[[Record, Days | None], str | None]:
    """The one band that is possible by this field alone: other fields of the person may be none of the reader's."""

    def band(person: Record, days: Days | None) -> str | None:
        alone = {"markers": (), **{name: person[name] if name == field else None for name in _AGES}}
        if alone[field] is None:
            return None
        found = age_bands(alone, days)
        return found[0] if len(found) == 1 else None

    return band


def _outward(postcode: str) -> str | None:
    found = _POSTCODE.fullmatch(" ".join(postcode.upper().split()))
    return found[2] if found else None


def _sector(postcode: str) -> str | None:
    """Outward part and the first digit behind it."""
    found = _POSTCODE.fullmatch(" ".join(postcode.upper().split()))
    return f"{found[2]} {found[1][-1]}" if found else None


def _area(place: Record, _days: Days | None) -> str | None:
    return place["lad_code"] or None


def _square(side_metres: int) -> Callable[[Record, Days | None], str | None]:
    return lambda place, _days: place_square(place, side_metres)


def place_square(place: Record, side_metres: int) -> str | None:
    """The National Grid square of a standard location; None where it is not known so finely: a reference of 10 km has no
    square of one, whatever was worked out from its corner."""
    metres = _metres(place, side_metres)
    return square_name(*metres, side_metres) if metres is not None else None


def _metres(place: Record, side_metres: int) -> tuple[float, float] | None:
    if place["easting"] is not None and place["northing"] is not None:
        return place["easting"], place["northing"]
    reference = place["grid_ref"]
    if reference is not None and (corner := parse_grid_ref(reference)) is not None:
        return corner if reference_metres(reference) <= side_metres else None
    if place["latitude"] is None or place["longitude"] is None:
        return None
    return wgs84_to_grid(place["latitude"], place["longitude"])


_DATES = {"month": Coarse(1, _part_of_date(7)), "year": Coarse(2, _part_of_date(4))}

COARSER: Mapping[str, Mapping[str, Coarse]] = {
    "time": {
        "hour": Coarse(0, _hour, is_time=True),
        "day": Coarse(1, _formatted("%Y-%m-%d")),
        "month": Coarse(2, _formatted("%Y-%m")),
        "year": Coarse(3, _formatted("%Y")),
    },
    "persons.date_of_birth": {**_DATES, "age-band": Coarse(3, whole=_age_band("date_of_birth"))},
    "persons.age": {"age-band": Coarse(3, whole=_age_band("age"))},
    "persons.age_range": {"age-band": Coarse(3, whole=_age_band("age_range"))},
    "retention.review_date": _DATES,
    "postcode": {"sector": Coarse(0, _sector), "outward": Coarse(1, _outward)},
    "point": {
        "square-1km": Coarse(0, whole=_square(1_000)),
        "square-10km": Coarse(1, whole=_square(10_000)),
        "area": Coarse(2, whole=_area),
    },
}
"""By field (`time`: every time; `postcode` and `point`: of places) what it can be generalised to."""
