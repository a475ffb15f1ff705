"""What a force reads of an hour: its own sums, by kind, beside the hours before."""

from schemas.records import decode, encode
from stream_processors.watch_counts import Counts, Tally
from stream_processors.watch_report import HOURS_BEFORE, QUALITY_REPORT, judge, make_report, trend
from stream_processors.watch_tables import HOUR_MS, Cell, ForceRow

AT_MS = 1_767_571_200_000
HOUR = AT_MS // HOUR_MS


def made() -> tuple[ForceRow, list[Cell]]:
    """A force with three hours: the middle one has two kinds and half of its rows refused."""
    row, cells = ForceRow("kent"), {}
    for offset, (hour, kind, counts) in enumerate(
        [
            (0, "crime", Counts(10, {}, {}, {"score": [10, 900]})),
            (1, "crime", Counts(4, {}, {"PD-311": 3, "PD-301": 3, "PD-305": 7}, {"score": [4, 200]}, {"a-b": [4, 80, 50]})),
            (1, "", Counts(0, {"PD-204": 4})),
            (2, "crime", Counts(1, {}, {}, {"score": [1, 10]})),
        ]
    ):
        tally = Tally("kent", kind, AT_MS + hour * HOUR_MS, counts)
        row.apply(tally, offset)
        cells.setdefault((hour, kind), Cell("kent", kind, HOUR + hour)).apply(tally, offset)
    return row, [cell for (hour, _), cell in cells.items() if hour == 1]


def test_a_report_is_of_its_hour_and_of_what_was_before() -> None:
    """Sums of the hour by kind, the commonest code first; scores and shares of the hour, and of the hours before it alone."""
    row, cells = made()
    now_ms = AT_MS + 3 * HOUR_MS
    report = make_report(row, cells, HOUR + 1, judge({"kent": row}, now_ms)["kent"], now_ms)
    unreadable, crime = report["kinds"]
    assert (unreadable["kind"], unreadable["refused"]) == ("", [{"reason": "PD-204", "count": 4}])
    assert [flag["reason"] for flag in crime["flags"]] == ["PD-305", "PD-301", "PD-311"]
    assert (report["rows"], report["score"], report["score_before"]) == (8, 50, 90)
    assert (report["refused_share"], report["refused_share_before"]) == (0.5, 0)
    assert (report["silent"], report["collapsing"]) == (False, [])
    read = decode(QUALITY_REPORT, encode(QUALITY_REPORT, report))
    assert read["hour"].timestamp() * 1000 == AT_MS + HOUR_MS
    assert read["kinds"] == report["kinds"]


def test_an_hour_without_anything_has_a_report_too() -> None:
    """No rows, no score, and what was before: a force sees that nothing came."""
    row, _ = made()
    now_ms = AT_MS + 5 * HOUR_MS
    report = make_report(row, [], HOUR + 4, judge({"kent": row}, now_ms)["kent"], now_ms)
    assert (report["kinds"], report["rows"], report["score"], report["refused_share"]) == ([], 0, None, None)
    assert report["score_before"] == (900 + 200 + 10) / 15
    late = make_report(row, [], HOUR + 4 + HOURS_BEFORE, judge({"kent": row}, now_ms)["kent"], now_ms)
    assert late["score_before"] is None


def test_a_trend_has_every_hour() -> None:
    """From now back to the oldest hour that is kept, those without a tally included."""
    row, _ = made()
    hours = trend(row, AT_MS + 4 * HOUR_MS)
    assert [hour["from_ms"] for hour in hours] == [AT_MS + number * HOUR_MS for number in (4, 3, 2, 1, 0)]
    assert [hour["rows"] for hour in hours] == [0, 0, 1, 8, 10]
    assert [hour["score"] for hour in hours] == [None, None, 10, 50, 90]
