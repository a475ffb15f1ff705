"""A force is silent by its own rhythm: what is long for one is nothing for another."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_processors.watch_rhythm import SLOT_MS, SLOTS_PER_WEEK, Rhythm, hour_of_week, judge_silence

HOUR_MS = 3_600_000
MONDAY_MS = 1_767_571_200_000  # 2026-01-05T00:00Z
DAY_MS = 24 * HOUR_MS


def heard(*times_ms: int) -> Rhythm:
    rhythm = Rhythm()
    for at_ms in times_ms:
        rhythm.hear(at_ms)
    return rhythm


def every(step_ms: int, from_ms: int, until_ms: int) -> Rhythm:
    return heard(*range(from_ms, until_ms, step_ms))


OTHERS = {f"other-{number}": every(SLOT_MS, MONDAY_MS, MONDAY_MS + 8 * DAY_MS) for number in range(3)}
"""Forces that are heard all the time, so that the hub is never deaf."""


def is_silent(rhythm: Rhythm, now_ms: int) -> bool:
    return judge_silence({**OTHERS, "one": rhythm}, now_ms)["one"].is_silent


def test_silence_is_long_for_who_streams_and_short_for_who_sends_rarely() -> None:
    """Half an hour is silence for a force that streams; for one that sends every two hours not even three hours are."""
    until_ms = MONDAY_MS + 4 * DAY_MS
    streams, rare = every(SLOT_MS, MONDAY_MS, until_ms), every(2 * HOUR_MS, MONDAY_MS, until_ms)
    assert not is_silent(streams, until_ms + 10 * 60_000)
    assert is_silent(streams, until_ms + 60 * 60_000)
    assert not is_silent(rare, until_ms + HOUR_MS)
    assert not is_silent(rare, until_ms + 3 * HOUR_MS)
    assert is_silent(rare, until_ms + 3 * DAY_MS)


def test_the_hour_of_the_week_matters() -> None:
    """A force that sends by day alone is not silent at night, and is silent the next forenoon."""
    days = [MONDAY_MS + day * DAY_MS for day in range(4)]
    rhythm = heard(*(at for day in days for at in range(day + 8 * HOUR_MS, day + 18 * HOUR_MS, SLOT_MS)))
    assert not is_silent(rhythm, days[-1] + DAY_MS + 6 * HOUR_MS)
    assert is_silent(rhythm, days[-1] + DAY_MS + 12 * HOUR_MS)


def test_where_nobody_is_heard_nobody_is_silent() -> None:
    """A hub that is away hears nobody: hours later no force is silent, nor is any when the first one is heard again."""
    until_ms = MONDAY_MS + 2 * DAY_MS
    rhythms = {name: every(SLOT_MS, MONDAY_MS, until_ms) for name in "abc"}
    later_ms = until_ms + 5 * HOUR_MS
    assert not any(each.is_silent for each in judge_silence(rhythms, later_ms).values())
    rhythms["a"].hear(later_ms)
    assert not any(each.is_silent for each in judge_silence(rhythms, later_ms + SLOT_MS).values())


def test_a_force_without_a_rhythm_is_not_silent() -> None:
    """A few messages make no rhythm, however long ago they were; nor does a force that was never heard."""
    rhythm = every(SLOT_MS, MONDAY_MS, MONDAY_MS + HOUR_MS)
    assert not is_silent(rhythm, MONDAY_MS + 8 * DAY_MS)
    assert not is_silent(Rhythm(), MONDAY_MS + 8 * DAY_MS)


def test_a_file_a_day_is_a_rhythm() -> None:
    """A force that sends one file each night, however large, is silent after days, not after hours."""
    rhythm = every(DAY_MS, MONDAY_MS - 30 * DAY_MS, MONDAY_MS)
    assert not is_silent(rhythm, MONDAY_MS + 12 * HOUR_MS)
    assert not is_silent(rhythm, MONDAY_MS + 26 * HOUR_MS)


@pytest.mark.parametrize("per_day", [40, 300])
def test_chance_alone_is_hardly_ever_silence(per_day: int) -> None:
    """Four days of a force that sends at random times: asked every ten minutes, it is never called silent."""
    chance, rhythm = random.Random(per_day), Rhythm()
    times = sorted(MONDAY_MS + chance.randrange(4 * DAY_MS) for _ in range(4 * per_day))
    alarms = 0
    for now_ms in range(MONDAY_MS, MONDAY_MS + 4 * DAY_MS, 2 * SLOT_MS):
        while times and times[0] < now_ms:
            rhythm.hear(times.pop(0))
        alarms += is_silent(rhythm, now_ms)
    assert alarms == 0


def test_hours_of_the_week_begin_on_monday() -> None:
    """Hour 0 is Monday's first, 167 Sunday's last."""
    assert hour_of_week(MONDAY_MS // SLOT_MS) == 0
    assert hour_of_week(MONDAY_MS // SLOT_MS - 1) == 167


@given(st.lists(st.integers(0, 3 * SLOTS_PER_WEEK), min_size=1, max_size=40))
def test_a_rhythm_counts_each_slot_once(slots: list[int]) -> None:
    """In whatever order tallies come: never more slots heard than seen, and the last slot is the latest."""
    rhythm = heard(*(MONDAY_MS + slot * SLOT_MS for slot in slots))
    assert all(0 <= heard <= seen for heard, seen in zip(rhythm.heard, rhythm.seen, strict=True))
    assert rhythm.last_slot == MONDAY_MS // SLOT_MS + max(slots)
    assert sum(rhythm.seen) <= 2 * SLOTS_PER_WEEK * 8
    assert rhythm.recent & 1
