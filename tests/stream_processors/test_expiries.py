"""Agreements end by themselves, with their last day in London, and say so before."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from core_hub import Hub, agreement, at, event, rule_set, unchecked_rule_set
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from stream_processors.expiries import ExpiryWatch, list_expiries
from stream_processors.metrics import DisseminateMetrics

LONDON = ZoneInfo("Europe/London")


def until(day: date, name: str = "bureau") -> dict[str, object]:
    return agreement(name, valid_from="2020-01-01", valid_until=day.isoformat(), review_on="2020-06-01")


def milliseconds(moment: datetime) -> int:
    return round(moment.astimezone(UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    "day", [date(2026, 1, 31), date(2026, 3, 28), date(2026, 3, 29), date(2026, 6, 30), date(2026, 10, 25)]
)
def test_an_agreement_shares_until_its_last_day_is_over(day: date) -> None:
    """The last millisecond of the day in London shares, in winter and in summer time and on the days of the change; the next
    one withholds, and who holds the record is told to withdraw it with the next version."""
    midnight = milliseconds(datetime.combine(day + timedelta(days=1), datetime.min.time(), LONDON))
    hub = Hub(rule_set([until(day)]))
    record = event(locations=at(), now_ms=midnight - 1, occurred={"start": "2025-12-01T10:00:00Z"})
    assert [release.action for release in hub.decide(record, now_ms=midnight - 1).releases] == ["SHARE"]
    hub.commit()
    after = event(version=2, locations=at(), now_ms=midnight, occurred={"start": "2025-12-01T11:00:00Z"})
    outcome = hub.decide(after, now_ms=midnight)
    assert [release.action for release in outcome.releases] == ["WITHDRAW"]
    assert outcome.entry["withheld"] == [{"reason": "AGREEMENT_NOT_VALID", "count": 1}]


DAYS = st.dates(date(2021, 1, 1), date(2030, 1, 1))


@given(st.lists(DAYS, min_size=1, max_size=3), st.datetimes(datetime(2021, 1, 1), datetime(2030, 1, 1)))
def test_days_left_are_the_days_on_which_it_still_shares(days: list[date], moment: datetime) -> None:
    """Counted in London's days, 0 on the last one; the next to end comes first."""
    now = moment.replace(tzinfo=UTC)
    rules = unchecked_rule_set([until(day, name) for day, name in zip(days, ("bureau", "council", "squad"), strict=False)])
    found = list_expiries(rules.agreements, milliseconds(now))
    today = now.astimezone(LONDON).date()
    assert [expiry.valid_until for expiry in found] == sorted(days)
    assert all(today + timedelta(days=expiry.days_left) == expiry.valid_until for expiry in found)


def test_what_ends_soon_is_said_once_a_day() -> None:
    """31 days before: nothing; from 30 days a line a day, from 7 days an alert, afterwards that it has ended; each however
    often one looks. The metric has the days of every agreement in force, and of no other."""
    end, registry = date(2026, 6, 30), CollectorRegistry()
    watch, book = (
        ExpiryWatch(DisseminateMetrics(registry)),
        Hub(rule_set([until(end), until(date(2030, 1, 1), "council")])).book,
    )
    said = {}
    for left in (31, 30, 8, 7, 0, -1):
        noon = milliseconds(datetime.combine(end - timedelta(days=left), datetime.min.time(), LONDON) + timedelta(hours=12))
        with capture_logs() as logs:
            for later in range(3):
                watch.look(book, noon + later * 3_600_000)
        said[left] = [(line["event"], line["agreement"], line["alert"]) for line in logs]
        assert registry.get_sample_value("pointduty_agreement_days_left", {"agreement": "bureau"}) == left
    ends, ended = "an agreement ends soon", "an agreement has ended"
    assert said == {
        31: [],
        30: [(ends, "bureau", False)],
        8: [(ends, "bureau", False)],
        7: [(ends, "bureau", True)],
        0: [(ends, "bureau", True)],
        -1: [(ended, "bureau", True)],
    }
    other = replace(Hub(rule_set([until(end, "squad")])).book, number=2)
    watch.look(other, milliseconds(datetime(2026, 1, 1, tzinfo=UTC)))
    assert registry.get_sample_value("pointduty_agreement_days_left", {"agreement": "bureau"}) is None
