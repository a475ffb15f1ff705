"""Heartbeats come where nothing else does, and tell of nothing but the feed that they are in."""

from dataclasses import replace

from core_hub import NOW_MS, Hub, agreement, event, rule_set
from hypothesis import given
from hypothesis import strategies as st

from stream_processors.heartbeats import Cadence, Heart, feeds_of
from stream_processors.releases import Release
from stream_processors.rulebook import Outcome

EVERY = 60_000
TICK = EVERY // 10
FEEDS = ["a.live", "b.live", "c.live"]


@given(st.lists(st.tuples(st.integers(0, 20_000), st.none() | st.sampled_from(FEEDS)), max_size=60))
def test_a_feed_is_never_silent_for_long_and_never_told_early(steps: list[tuple[int, str | None]]) -> None:
    """Whatever is sent, and however unevenly it is asked: whoever is due was sent nothing for the whole interval, nobody is
    left out whose interval and tick are over, and when that is hangs on nothing but what the feed itself was sent."""
    cadence, now, last = Cadence(EVERY), 0, dict.fromkeys(FEEDS, 0)
    cadence.due(0, lambda: FEEDS, now)
    for after, sent in steps:
        now += after
        if sent is not None:
            cadence.sent(0, [sent], now)
            last[sent] = now
        due = cadence.due(0, lambda: FEEDS, now)
        assert set(due) == {feed for feed in FEEDS if (last[feed] + EVERY + TICK - 1) // TICK <= now // TICK}
        cadence.sent(0, due, now)
        last.update(dict.fromkeys(due, now))


def test_there_are_none_where_nobody_wants_any() -> None:
    """An interval of 0 is never."""
    cadence = Cadence(0)
    assert cadence.due(0, lambda: FEEDS, 0) == cadence.due(0, lambda: FEEDS, 10 * EVERY) == []


def test_what_can_not_be_written_does_not_take_up_every_turn() -> None:
    """After a failure the lane waits a while, and then tries again."""
    cadence = Cadence(EVERY)
    cadence.due(0, lambda: FEEDS, 0)
    assert cadence.due(0, lambda: FEEDS, EVERY) == FEEDS
    cadence.put_off(0, EVERY)
    assert cadence.due(0, lambda: FEEDS, EVERY + 1000) == []
    assert cadence.due(0, lambda: FEEDS, EVERY + EVERY // 4) == FEEDS


def test_a_heartbeat_repeats_the_last_number_and_changes_nothing() -> None:
    """Of each feed that may be read now, in each lane its own number; holders and counters stay; ids differ from beat to beat;
    what is suspended gets none."""
    hub, heart = Hub(rule_set([agreement("bureau"), agreement("squad", share_when=[{"marker": ["port"]}])])), Heart(EVERY)
    hub.handle(event())
    hub.handle(event(ref="R/2"))
    heart.next_beats([0], hub.desk())
    found: list[Release] = []
    for beat in range(1, 4):
        beats = heart.next_beats([0], hub.desk(NOW_MS + beat * (EVERY + TICK)))
        assert beats is not None and [release.agency for release in beats[1]] == ["bureau", "squad"]
        found += beats[1]
        assert heart.committed([], NOW_MS + beat * (EVERY + TICK)) == ["bureau.live", "squad.live"]
    assert len({release.delivery_id for release in found}) == 6
    assert {(release.agency, release.action) for release in found} == {("bureau", "HEARTBEAT"), ("squad", "HEARTBEAT")}
    assert (hub.overlay.changed_holders, hub.overlay.changed_sequences) == ({}, {})
    suspended = replace(hub.book, suspensions=frozenset(["agency/squad"]))
    assert feeds_of(suspended) == ["bureau.live"]


def test_what_is_withheld_moves_no_heartbeat() -> None:
    """A record that a feed is not sent leaves the times and the bytes of its heartbeats as they are."""
    beats: list[list[tuple[int, Release]]] = []
    for records in ([event()], [event(), event(ref="R/2"), event(ref="R/3")]):
        hub, heart = Hub(rule_set([agreement("bureau"), agreement("squad", share_when=[{"marker": ["port"]}])])), Heart(EVERY)
        heart.next_beats([0], hub.desk())
        seen = list[tuple[int, Release]]()
        for second in range(150):
            now, outcomes = NOW_MS + second * 1000, list[Outcome]()
            if records and second % 7 == 3:
                outcomes = [hub.decide(records.pop())]
                hub.commit()
            told = heart.next_beats([0], hub.desk(now))
            seen += [(second, release) for release in (told[1] if told else []) if release.agency == "squad"]
            heart.committed(outcomes, now)
        beats.append(seen)
    assert beats[0] == beats[1] and len(beats[0]) == 2
