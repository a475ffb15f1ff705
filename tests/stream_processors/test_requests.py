"""A request names numbers, and no more: whatever else it says is refused, and a flood of them costs others nothing."""

from dataclasses import replace

import pytest
from core_hub import NOW_MS, agreement, rule_set, rulebook
from structlog.testing import capture_logs

from schemas.records import encode
from stream_processors.control_commands import LANE_COMMAND, Cut, LaneCommand, record_of
from stream_processors.lane_tasks import Task
from stream_processors.requests import IN_HAND, KEPT_MS, NUMBERS, Requests

BOOK = rulebook(rule_set([agreement("bureau"), agreement("squad")]))
CUT = Cut("bureau.live", 0, 1, 5)
GOOD = LaneCommand("one", "RESEND", "feed/bureau.live", "acknowledge", "missing", NOW_MS, cuts=(CUT,))


def taken(requests: Requests, *asked: LaneCommand) -> None:
    for request in asked:
        requests.take(LANE_COMMAND, encode(LANE_COMMAND, record_of(request)))


def tasks(requests: Requests, done: frozenset[str] = frozenset(), lanes: tuple[int, ...] = (0,)) -> list[str]:
    def is_done(lane: int, task: Task) -> bool:
        return task.id in done or not task.concerns(lane)

    return [task.id for task in requests.tasks(BOOK, lanes, is_done, NOW_MS)]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (replace(GOOD, verb="REDECIDE"), "PD-470"),
        (replace(GOOD, subject="agency/bureau"), "PD-470"),
        (replace(GOOD, subject="all"), "PD-470"),
        (replace(GOOD, cuts=(CUT, replace(CUT, feed="squad.live"))), "PD-470"),
        (replace(GOOD, cuts=()), "PD-470"),
        (replace(GOOD, cuts=(replace(CUT, first=0),)), "PD-470"),
        (replace(GOOD, cuts=(replace(CUT, first=9),)), "PD-470"),
        (replace(GOOD, subject="feed/nobody.live", cuts=(replace(CUT, feed="nobody.live"),)), "PD-470"),
        (replace(GOOD, cuts=(replace(CUT, last=NUMBERS + 1),)), "PD-471"),
        (replace(GOOD, cuts=(replace(CUT, last=2**62),)), "PD-471"),
    ],
)
def test_a_bad_request_is_refused_by_code(bad: LaneCommand, code: str) -> None:
    """It is logged without a value of it, and the good one beside it is carried out."""
    requests = Requests()
    with capture_logs() as logs:
        taken(requests, bad, GOOD)
        assert tasks(requests) == ["resend/one"]
    assert [line["code"] for line in logs] == [code]


def test_another_record_is_refused() -> None:
    """What stands on the topic may be anything."""
    requests = Requests()
    with capture_logs() as logs:
        requests.take("uk.pointduty.hub.Suspension", b"x")
        requests.take(LANE_COMMAND, b"x")
        requests.take(None, b"")
        assert tasks(requests) == []
    assert len(logs) == 3


def test_a_suspended_feed_is_sent_nothing() -> None:
    """Nobody may read it now; what was cut is answered when it is resumed."""
    requests, book = Requests(), replace(BOOK, suspensions=frozenset(["feed/bureau.live"]))
    taken(requests, GOOD)
    assert requests.tasks(book, (0,), lambda _lane, _task: False, NOW_MS) == ()


def test_one_agency_has_so_many_in_hand_and_no_other_is_hindered() -> None:
    """A flood is refused by code; what is done makes room; the same request twice is one."""
    requests = Requests()
    with capture_logs() as logs:
        taken(requests, *(replace(GOOD, id=f"r{n}") for n in range(IN_HAND + 30)))
        other = replace(GOOD, id="other", subject="feed/squad.live", cuts=(replace(CUT, feed="squad.live"),))
        taken(requests, GOOD, GOOD, other, other)
        found = tasks(requests)
    assert len(found) == IN_HAND + 1 and "resend/other" in found
    assert {line["code"] for line in logs} == {"PD-471"}
    taken(requests, GOOD)
    assert "resend/one" in tasks(requests, frozenset(["resend/r0"]))


def test_what_is_old_or_of_other_lanes_is_not_in_hand() -> None:
    """A day's requests are read anew with each lane: what is done or over costs nothing, and another owner's is not ours."""
    requests = Requests()
    taken(requests, replace(GOOD, at_ms=NOW_MS - KEPT_MS - 1), replace(GOOD, id="else", cuts=(replace(CUT, lane=1),)))
    assert tasks(requests) == []
    taken(requests, GOOD)
    assert tasks(requests, frozenset(["resend/one"])) == []
    taken(requests, GOOD)
    assert tasks(requests) == ["resend/one"]
    requests.forget()
    assert tasks(requests) == []
