"""Times as forces write them: local ones, coarse ones, impossible ones."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_processors.times import parse_date, parse_time

EPOCH = datetime.fromtimestamp(0, UTC)
HOUR_MS = 3_600_000


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


@pytest.mark.parametrize(
    ("text", "zone", "wanted"),
    [
        ("2026-10-25T00:59:59", "Europe/London", None),
        ("2026-10-25T01:00:00", "Europe/London", "2026-10-25T00:00:00"),
        ("2026-10-25T01:59:59", "Europe/London", "2026-10-25T00:59:59"),
        ("2026-10-25T02:00:00", "Europe/London", None),
        ("2026-03-29T00:59:59", "Europe/London", None),
        ("2026-03-29T01:00:00", "Europe/London", "2026-03-29T01:00:00"),
        ("2026-03-29T01:59:59", "Europe/London", "2026-03-29T01:59:59"),
        ("2026-03-29T02:00:00", "Europe/London", None),
        ("2026-10-25T01:30:00Z", "Europe/London", None),
        ("2026-10-25T01:30:00+01:00", "Europe/London", None),
        ("2026-10-25", "Europe/London", None),
        ("2026-10-25T01:30:00", "Europe/Stockholm", None),
        ("2026-10-25T02:30:00", "Europe/Stockholm", "2026-10-25T00:30:00"),
        ("2026-11-01T01:30:00", "America/Los_Angeles", "2026-11-01T08:30:00"),
    ],
)  # fmt: skip
def test_the_hours_of_a_clock_change_are_doubtful(text: str, zone: str, wanted: str | None) -> None:
    """To the second, and only there: of two the earlier is read, and what never was is moved on. An offset leaves no doubt."""
    found = parse_time(text, zone)
    assert found and found.doubtful == (wanted is not None)
    assert found.earliest_ms == found.ms - HOUR_MS * (text[:13] in {"2026-03-29T01", "2026-10-25"})
    assert wanted is None or datetime.fromtimestamp(found.ms / 1000, UTC).isoformat()[:19] == wanted


@given(st.datetimes(datetime(1972, 1, 1), datetime(2037, 12, 31)), st.sampled_from(["Europe/London", "Australia/Sydney"]))
def test_a_doubtful_time_is_one_that_does_not_come_back(moment: datetime, zone: str) -> None:
    """What UTC makes of it, read on the same clock, is the same time and no other's; unless it is doubtful."""
    found = parse_time(moment.isoformat(), zone)
    assert found
    back = (EPOCH + timedelta(milliseconds=found.ms)).astimezone(ZoneInfo(zone))
    hour_later = (EPOCH + timedelta(milliseconds=found.ms + HOUR_MS)).astimezone(ZoneInfo(zone))
    is_skipped = back.replace(tzinfo=None, fold=0) != moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    is_repeated = hour_later.replace(tzinfo=None, fold=0) == back.replace(tzinfo=None, fold=0)
    assert found.doubtful == (is_skipped or is_repeated)
    assert found.earliest_ms == found.ms - HOUR_MS * is_skipped


@pytest.mark.parametrize(
    ("text", "zone", "hours"),
    [
        ("2026-07-15", "Europe/London", -1),
        ("2026-01-15", "Europe/London", 0),
        ("2026-07", "Europe/Stockholm", -2),
        ("2026", "Australia/Sydney", -11),
        ("2026-07-15", "America/Los_Angeles", 7),
    ],
)
def test_a_day_begins_at_its_own_midnight(text: str, zone: str, hours: int) -> None:
    """East of Greenwich it has begun in UTC's last one, west of it later: that is the earliest that can be meant."""
    found = parse_time(text, zone)
    assert found and found.earliest_ms - found.ms == hours * HOUR_MS


@pytest.mark.parametrize(
    ("text", "form", "wanted", "precision"),
    [
        ("15/07/2026 10:00", "%d/%m/%Y %H:%M", "2026-07-15T09:00:00", "MINUTE"),
        ("15/07/2026 10:00:30 +0000", "%d/%m/%Y %H:%M:%S %z", "2026-07-15T10:00:30", "MINUTE"),
        ("15-Jul-26 10.00 PM", "%d-%b-%y %I.%M %p", "2026-07-15T21:00:00", "MINUTE"),
        ("20260715", "%Y%m%d", "2026-07-15T00:00:00", "DAY"),
        ("15/07/2026 22", "%d/%m/%Y %H", "2026-07-15T00:00:00", "DAY"),  # an hour is no minute
        ("July 2026", "%B %Y", "2026-07-01T00:00:00", "MONTH"),
        ("2026-W29-3", "%G-W%V-%u", "2026-07-15T00:00:00", "DAY"),
    ],
)
def test_a_dialects_own_forms_are_read(text: str, form: str, wanted: str, precision: str) -> None:
    """What is not ISO 8601 by the form that fits, as precisely as the form tells; without the form not at all."""
    found = parse_time(text, formats=("%d %Y", form))
    assert found and found.precision == precision
    assert datetime.fromtimestamp(found.ms / 1000, UTC).isoformat()[:19] == wanted
    assert parse_time(text) is None


@pytest.mark.parametrize(("text", "form"), [("10:00", "%H:%M"), ("15 July", "%d %B"), ("100%Y", "100%%Y"), ("x", "%Q")])
def test_a_form_without_a_year_tells_no_time(text: str, form: str) -> None:
    """The library would make it 1900."""
    assert parse_time(text, formats=(form,)) is None


def test_iso_goes_before_a_dialects_forms() -> None:
    """A form that would read the same text as another day does not get it."""
    assert parse_time("2026-01-02", formats=("%Y-%d-%m",)) == parse_time("2026-01-02")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1990-02-01", "1990-02-01"),
        ("01/02/1990", "1990-02-01"),
        ("1-2-1990", "1990-02-01"),
        (" 01-02-1990 ", "1990-02-01"),
        ("1990-02-01T00:00:00", "1990-02-01"),
        ("1990-02-01 00:00:00.000", "1990-02-01"),
        ("1990-02-01T00:00:00Z", None),  # 1 February in London, 31 January in New York
        ("1990-02-01T10:00:00", None),
        ("01/02-1990", None),
        ("31/02/1990", None),
        ("02/13/1990", None),
        ("01/02/90", None),
        ("1990-02", None),
        ("1990", None),
        ("19900201", None),
        ("", None),
        ("\u0660\u0661/\u0660\u0662/1990", None),
    ],
)
def test_dates_as_forces_write_them(text: str, wanted: str | None) -> None:
    """Day first, as in the POLE data standard, or ISO; a time of day is no part of a date."""
    assert parse_date(text) == wanted


def test_a_dialects_own_forms_of_a_date_are_read() -> None:
    """The first that fits, where it tells the day."""
    assert parse_date("19900201", ("%B %Y", "%Y%m%d")) == "1990-02-01"
    assert parse_date("02/01/90", ("%m/%d/%y",)) == "1990-02-01"
    assert parse_date("February 1990", ("%B %Y",)) is None


@given(st.dates())
def test_any_date_comes_back(day: date) -> None:
    """Written in each of the three forms; and what is ISO already stays."""
    assert parse_date(day.isoformat()) == day.isoformat()
    assert parse_date(f"{day.day:02}/{day.month:02}/{day.year:04}") == day.isoformat()
    assert parse_date(f"{day.day}-{day.month}-{day.year:04}") == day.isoformat()


FORMS = ("%d/%m/%Y %H:%M", "%Y%m%d", "%B %Y", "%y")


@given(st.one_of(st.text(max_size=40), st.text(alphabet="0123456789-/:TZ +.W", max_size=30)))
def test_no_text_makes_it_raise(text: str) -> None:
    """Any text is a time or None, a date or None; what is one can be written as one again."""
    for found in (parse_time(text), parse_time(text, "Australia/Sydney", FORMS)):
        assert found is None or EPOCH + timedelta(milliseconds=found.ms)
        assert found is None or found.precision in {"MINUTE", "DAY", "MONTH", "YEAR"}
    for day in (parse_date(text), parse_date(text, FORMS)):
        assert day is None or parse_date(day) == day


@pytest.mark.parametrize("sign", ["2", " ", "-", "\u0662"])
def test_a_megabyte_is_no_time(sign: str) -> None:
    """Nor a date, by no form."""
    assert parse_time(sign * 1_000_000, formats=FORMS) is parse_date(sign * 1_000_000, FORMS) is None
