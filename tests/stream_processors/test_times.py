"""Times as forces write them: local ones, coarse ones, impossible ones."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_processors.times import parse_time


def utc(text: str) -> str | None:
    """The moment in UTC as text, to the second."""
    found = parse_time(text)
    return datetime.fromtimestamp(found.ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S") if found else None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-01-15T10:00:00", "2026-01-15T10:00:00"),  # winter: Greenwich
        ("2026-07-15T10:00:00", "2026-07-15T09:00:00"),  # summer: an hour ahead of it
        ("2026-10-25T01:30:00", "2026-10-25T00:30:00"),  # occurs twice: the earlier one
        ("2026-10-25T02:30:00", "2026-10-25T02:30:00"),
        ("2026-03-29T01:30:00", "2026-03-29T01:30:00"),  # occurs never: as if the clocks had not gone forward yet
        ("2026-10-25T01:30:00+00:00", "2026-10-25T01:30:00"),  # an offset says which one
        ("2026-10-25T01:30:00+01:00", "2026-10-25T00:30:00"),
        ("2026-01-15T10:00Z", "2026-01-15T10:00:00"),
        ("2026-01-15 10:00", "2026-01-15T10:00:00"),
        ("20260115T100000Z", "2026-01-15T10:00:00"),
    ],
)
def test_local_times_are_read_as_the_clocks_stood(text: str, wanted: str) -> None:
    """Without an offset the clock on the wall in London counts; with one the offset."""
    found = parse_time(text)
    assert utc(text) == wanted
    assert found and found.precision == "MINUTE"


@pytest.mark.parametrize(
    ("text", "start", "precision"),
    [
        ("2026", "2026-01-01T00:00:00", "YEAR"),
        ("2026-07", "2026-07-01T00:00:00", "MONTH"),
        ("2026-07-15", "2026-07-15T00:00:00", "DAY"),
    ],
)
def test_a_coarse_time_stays_coarse(text: str, start: str, precision: str) -> None:
    """A year, a month, a day: its own start and its precision, never a minute that nobody has said."""
    found = parse_time(text)
    assert utc(text) == start
    assert found and found.precision == precision


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "26", "2026-13", "2026-02-30", "2026-1-1", "15/01/2026", "2026-01-15T25:00", "20260115", "2026-W03",
        "2026-01-15T10", "0001-01-01T00:00:00+14:00", "2026-01-15T10:00:00+99:00", "9999-12-31T23:59:59-14:00", "yesterday",
        "0000", "0000-00-00",
    ],
)  # fmt: skip
def test_what_is_no_time_is_none(text: str) -> None:
    """Unreadable, impossible, or without hour and minute where it is no date: blank beats a known error."""
    assert parse_time(text) is None


@given(
    st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),
    st.integers(-14 * 60, 14 * 60),
)
def test_any_moment_comes_back_to_the_millisecond(moment: datetime, offset_minutes: int) -> None:
    """ISO 8601 with any offset is the same moment in UTC."""
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=offset_minutes)))
    found = parse_time(aware.isoformat())
    assert found
    assert abs(found.ms / 1000 - aware.timestamp()) < 0.001


@given(st.text(max_size=30))
def test_no_text_makes_it_raise(text: str) -> None:
    """Any text is a time or None; what is a time can be written as one again."""
    found = parse_time(text)
    assert found is None or datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=found.ms)
