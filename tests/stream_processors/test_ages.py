"""Ages at the event: what contradicts itself is unknown."""

from core_hub import event

from stream_processors.ages import BANDS, age_bands, event_days

_PERSON = {"ref": "p1", "roles": ["SUSPECT"], "date_of_birth": "1990-01-01"}


def test_an_event_that_ended_before_it_began_has_no_day() -> None:
    """So nobody is known to be of an age; one that ended later, or on the day, has its days."""
    for end, known in (("2026-06-01T11:00:00Z", True), ("2026-06-03T11:00:00Z", True), ("1926-06-01T11:00:00Z", False)):
        record = event("crime", occurred={"start": "2026-06-01T10:00:00Z", "end": end}, persons=[_PERSON])
        bands = age_bands(record["persons"][0], event_days(record["occurred"]))
        assert bands == (("adult",) if known else BANDS)
