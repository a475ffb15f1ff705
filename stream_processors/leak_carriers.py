"""Which fields can carry which others' content, and how fine each field of place and time is: closed tables. Pure data.

Paths are those of the standard record, without selectors: `persons.surname`, `locations.postcode`, `incident.summary`.
"""

from collections.abc import Mapping

NAMES = ("persons.given_name", "persons.surname", "persons.alias")
"""By what a person is called."""

NUMBERS = ("persons.pnc_id", "persons.cro_number", "persons.nhs_number", "persons.nino")
"""Under which a person is found in another system, name and all."""

CONTACTS = ("persons.telephone", "persons.email", "persons.school", "persons.workplace")
"""By which a person is found."""

IDENTITY = (*NAMES, "persons.date_of_birth", "persons.place_of_birth", *NUMBERS, *CONTACTS)
"""What identifies a person."""

PLACES: Mapping[str, int] = {
    "locations.uprn": 0, "locations.latitude": 1, "locations.longitude": 1, "locations.easting": 1, "locations.northing": 1,
    "locations.grid_ref": 1, "locations.point": 1, "locations.text": 1, "locations.postcode": 2, "locations.lsoa_code": 4,
    "locations.lsoa_name": 4, "locations.police_area": 6, "locations.csp_code": 6, "locations.lad_code": 6,
}  # fmt: skip
"""Field of a place to how coarse it is as it stands: 0 one dwelling, 1 a point, 2 some fifteen addresses (a postcode), 4 some
hundreds of households (an LSOA), 6 an authority."""

EXACT_PLACES = tuple(path for path, level in PLACES.items() if level <= 2)
"""Fields that say where somebody is to be found."""

COARSER: Mapping[str, int] = {
    "decimals 3": 2, "decimals 2": 4, "decimals 1": 5, "decimals 0": 6,
    "sector": 4, "outward": 5, "square-1km": 4, "square-10km": 5, "area": 6,
}  # fmt: skip
"""Obligation to how coarse a place is after it, on the scale of PLACES."""

TIMES = (
    "occurred.start", "occurred.end", "envelope.recorded_at", "envelope.published_at", "envelope.received_at",
    "envelope.standardised_at", "crime.reported_at", "incident.reported_at", "custody.arrested_at", "custody.detained_at",
)  # fmt: skip
"""Times that stand near to what happened: one that is finer tells of one that was coarsened."""

GRAINS: Mapping[str, int] = {"second": 0, "minute": 1, "hour": 2, "day": 3, "month": 4, "year": 5, "age-band": 5}
"""Grain of a time or day to how coarse it is."""

TIME_GRAIN = "time_grain"
"""The agreement's own clause: how fine the delivery's time is, which is soon after what it tells of."""

TEXTS = (
    "incident.summary", "crime.summary", "crime.modus_operandi", "custody.summary", "custody.arrest_reason", "custody.court",
    "intelligence.text", "intelligence.sanitised_text", "persons.description", "objects.description", "statements.text",
    "stop_search.operation", "stop_search.object_of_search",
)  # fmt: skip
"""Free text: an officer writes into it whom and what he likes."""

REFERENCES = (
    "envelope.record_id", "envelope.event_id", "envelope.source_ref", "intelligence.source_ref", "custody.case_ref",
    "custody.asn", "stop_search.receipt_ref",
)  # fmt: skip
"""References of the force's or the court's: who has one asks, or joins it with what others hold, and has the whole record."""

_ALL = (*IDENTITY, *EXACT_PLACES, "objects.identifier")

CARRIERS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys((*TEXTS, *REFERENCES), _ALL),
    **dict.fromkeys((*NUMBERS, "persons.email"), ("persons.given_name", "persons.surname")),
    "objects.identifier": ("persons.telephone", "persons.email"),
    "envelope.version": ("envelope.event_id",),
    "persons.age": ("persons.date_of_birth",),
    "markers": ("persons.markers", "locations.markers"),
}
"""Field to the fields whose content it can carry. `envelope.version` counts versions that the agency was never sent."""

ONLY_WHERE_NARROWED = frozenset(("persons.age", "markers"))
"""Carriers that tell less than what they carry: they matter where an agreement keeps the other coarser or of some only, not
where it merely leaves the other out."""

ENVELOPE = frozenset(
    ("delivery_id", "lane", "sequence", "revision", "action", "record", "marking", "conditions", "quality", "agreement")
)
"""All that a delivery has beside the record's fields."""
