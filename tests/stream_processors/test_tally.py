"""Tallies: what a batch says of quality is the sum of what its records say. Pure."""

from core_hub import framed, run_standardise, submission
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Record, decode, encode
from stream_processors.stage_standardise import TALLY
from stream_processors.standardise import Standard
from stream_processors.tally import DIMENSIONS, Tally

HOUR_MS = 3_600_000


def record(quality: dict[str, int | None], *times: int | None) -> Record:
    """As much of a standard record as is counted."""
    start, recorded, published, received, standardised = times
    envelope = {"recorded_at": recorded, "published_at": published, "received_at": received, "standardised_at": standardised}
    return {
        "envelope": envelope,
        "occurred": {"start": start, "precision": "MINUTE"},
        "quality": {"flags": [{"code": "PD-301", "field": "markers"}], **dict.fromkeys(DIMENSIONS), **quality},
    }


@given(st.lists(st.fixed_dictionaries({name: st.none() | st.integers(0, 100) for name in DIMENSIONS}), max_size=8))
def test_sums_are_the_sums_of_the_records(qualities: list[dict[str, int | None]]) -> None:
    """Each dimension: how many were judged, and the sum of their points; what was not judged counts nowhere."""
    tally = Tally(first=3, last=9)
    for quality in qualities:
        tally.add(record(quality, 0, 1, 2, 3, 4))
    made = tally.record("kent", "crime", 0, 5)
    found = {each["dimension"]: (each["judged"], each["sum"]) for each in made["dimensions"]}
    wanted = {name: [q[name] for q in qualities if q[name] is not None] for name in DIMENSIONS}
    assert found == {name: (len(points), sum(point or 0 for point in points)) for name, points in wanted.items() if points}
    assert made["standardised"] == len(qualities) == sum(flag["count"] for flag in made["flags"])
    assert decode(TALLY, encode(TALLY, made))["first_offset"] == 3


def test_delays_are_between_moments_that_are_known() -> None:
    """Four spans, each with count, sum and longest; a clock that runs ahead counts as no delay."""
    tally = Tally(first=0)
    tally.add(record({}, 0, HOUR_MS, None, 3 * HOUR_MS, 3 * HOUR_MS + 5))
    tally.add(record({}, None, 2 * HOUR_MS, HOUR_MS, 4 * HOUR_MS, 4 * HOUR_MS))
    delays = {
        each["span"]: (each["judged"], each["sum_ms"], each["max_ms"]) for each in tally.record("kent", "", 0, 1)["delays"]
    }
    assert delays == {
        "occurred-recorded": (1, HOUR_MS, HOUR_MS),
        "recorded-published": (1, 0, 0),
        "published-received": (1, 3 * HOUR_MS, 3 * HOUR_MS),
        "received-standardised": (2, 5, 5),
    }


def test_a_month_is_no_moment() -> None:
    """A public record's month tells nothing of how soon it was recorded."""
    tally, sent = Tally(first=0), submission(occurred={"start": "2026-05"}, envelope={"recorded_at": "2026-06-01T00:00:00Z"})
    found = run_standardise(framed("crime", sent))
    assert isinstance(found, Standard)
    tally.add(found.record)
    assert "occurred-recorded" not in {each["span"] for each in tally.record("kent", "crime", 0, 1)["delays"]}
