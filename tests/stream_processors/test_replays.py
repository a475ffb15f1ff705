"""Which replays are refused, and what a replay never sends."""

import pytest
from core_hub import NOW_MS, Hub, agreement, event, prohibition, rule_set
from hypothesis import given
from hypothesis import strategies as st

from schemas.codes import Code
from schemas.errors import Refused
from stream_processors.disseminate import disseminate_again
from stream_processors.lane_tasks import Does, Task
from stream_processors.ledger_entry import Position
from stream_processors.replays import check_feed, check_times
from stream_processors.rulebook import Outcome

DAY_MS = 86_400_000
RULES = rule_set([agreement("bureau"), agreement("squad")], [prohibition()])
REPLAY = Task("replay", "feed/bureau.live", does=Does.REPLAY)


@pytest.mark.parametrize(
    ("since", "until", "code"),
    [
        (NOW_MS - 5, NOW_MS - 5, Code.NOTHING_TO_REPLAY),
        (NOW_MS - 5, NOW_MS - 6, Code.NOTHING_TO_REPLAY),
        (NOW_MS, NOW_MS + 5, Code.NOTHING_TO_REPLAY),
        (NOW_MS - 14 * DAY_MS - 1, NOW_MS, Code.REPLAY_TOO_OLD),
        (0, 1, Code.REPLAY_TOO_OLD),
    ],
)
def test_a_time_that_gives_nothing_or_not_all_is_refused(since: int, until: int, code: Code) -> None:
    """Backwards, in the future, or with a beginning that is gone."""
    with pytest.raises(Refused) as refused:
        check_times(since, until, 14, NOW_MS)
    assert refused.value.code == code


@given(st.integers(0, 14 * DAY_MS), st.integers(1, 20 * DAY_MS))
def test_any_other_time_is_taken(ago: int, length: int) -> None:
    """Whatever begins within what is kept; for ever is for ever."""
    check_times(NOW_MS - max(ago, 1), NOW_MS - max(ago, 1) + length, 14, NOW_MS)
    check_times(0, length, None, NOW_MS)


@pytest.mark.parametrize(
    ("feed", "standing", "code"),
    [
        ("bureau.other", [], Code.NO_SUCH_FEED),
        ("nobody.live", [], Code.NO_SUCH_FEED),
        ("bureau", [], Code.NO_SUCH_FEED),
        ("bureau.live", ["feed/bureau.live"], Code.FEED_STOPPED),
        ("bureau.live", ["agency/bureau"], Code.FEED_STOPPED),
        ("squad.live", [], Code.FEED_ENDED),
    ],
)
def test_a_feed_that_may_be_sent_nothing_is_refused(feed: str, standing: list[str], code: Code) -> None:
    """Not there, suspended, or its agreement has ended: each by its own code."""
    ended = agreement("squad", valid_until="2026-03-01", review_on="2026-02-01")
    with pytest.raises(Refused) as refused:
        check_feed(rule_set([agreement("bureau"), ended]), frozenset(standing), feed, NOW_MS)
    assert refused.value.code == code


def test_a_feed_in_force_is_taken() -> None:
    """On its last day too; a force's suspension is no feed's."""
    check_feed(RULES, frozenset(["force/northumbria", "agency/squad"]), "bureau.live", NOW_MS)
    last_day = agreement("bureau", valid_until="2026-06-15", review_on="2026-06-15")
    check_feed(rule_set([last_day]), frozenset(), "bureau.live", NOW_MS)


def replayed(hub: Hub, offset: int, **parts: object) -> Outcome | None:
    """What a replay makes of an event that was decided at this offset."""
    made = disseminate_again(event(**parts), Position("standard", 0, offset), hub.desk(), REPLAY, 100)  # type: ignore[arg-type]
    hub.commit()
    return made


@pytest.mark.parametrize("action", ["RECALL", "RESTRICTION", "ERASURE"])
def test_what_its_originator_closed_is_never_replayed(action: str) -> None:
    """Neither the version that was shared before, nor the closing one, nor a later one that does not re-open it."""
    hub = Hub(RULES)
    hub.handle(event())
    hub.handle(event(version=2, envelope={"action": action}))
    found = [replayed(hub, 1), replayed(hub, 2, version=2, envelope={"action": action})]
    hub.handle(event(version=3))
    found.append(replayed(hub, 3, version=3))
    assert [outcome.releases for outcome in found if outcome is not None] in ([], [[]], [[], []])


def test_an_old_version_is_never_replayed() -> None:
    """The last one alone comes again: to the feed that is named, with its revision, and the ledger says it was held."""
    hub = Hub(RULES)
    hub.handle(event())
    hub.handle(event(version=2, crime={"offence": {"value": "8N"}}))
    assert replayed(hub, 1) is None
    outcome = replayed(hub, 2, version=2, crime={"offence": {"value": "8N"}})
    assert outcome is not None
    [said] = outcome.entry["disclosures"]
    assert (said["agency"], said["action"], said["revision"], said["sequence"]) == ("bureau", "UPDATE", 2, 3)
    assert said["reason_code"] == "HELD_ALREADY"


def test_a_replay_that_was_cut_off_says_the_same_again() -> None:
    """Who read the aborted copy read what it holds: the next try needs no new revision, and no deadline."""
    hub = Hub(RULES)
    hub.handle(event())
    tried = disseminate_again(event(), Position("standard", 0, 1), hub.desk(), REPLAY, 100)
    assert tried is not None
    hub.unreleased.add(tried.entry, 0)
    hub.overlay.drop()
    outcome = replayed(hub, 1)
    assert outcome is not None and outcome.entry["entry_id"] == tried.entry["entry_id"]
    assert [each.action for each in outcome.releases] == ["UPDATE"]


def test_a_cut_off_replay_of_what_was_erased_since_is_superseded() -> None:
    """Its entry said that a copy went out. None did, so another takes its place."""
    hub = Hub(RULES)
    hub.handle(event())
    tried = disseminate_again(event(), Position("standard", 0, 1), hub.desk(), REPLAY, 100)
    assert tried is not None
    hub.unreleased.add(tried.entry, 0)
    hub.overlay.drop()
    hub.handle(event(version=2, envelope={"action": "ERASURE"}))
    outcome = replayed(hub, 1)
    assert outcome is not None and (outcome.entry["outcome"], outcome.releases) == ("STALE", [])
