"""The balance finds what it is there to find: each fault that a feed or a hub can have is put in, and must be counted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.balance import FeedCount, HubCounts, count_feed
from schemas.records import encode_with
from schemas.wire import frame
from stream_processors.feed_writer import FeedWriter
from stream_processors.rule_set import load_rule_set, shipped_parts

RULES = load_rule_set(shipped_parts())
AGREEMENT = RULES.agreements[0]
WRITER = FeedWriter(AGREEMENT, RULES.projections[AGREEMENT.id], RULES.schemas[AGREEMENT.id], 7)

Disclosed = tuple[int, int, str, str]


@dataclass(frozen=True)
class Stored:
    """A message as it stands in a feed."""

    lane: int
    sequence: int
    delivery_id: str
    revision: int = 1
    token: str = ""
    action: str = "SHARE"

    def value(self) -> bytes:
        head = {name: getattr(self, name) for name in ("delivery_id", "lane", "sequence", "revision", "action")}
        return WRITER.delivery(head, b"whatever an agreement lets leave")

    def key(self) -> bytes:
        return (self.token or self.delivery_id).encode()

    @property
    def disclosed(self) -> Disclosed:
        return (self.lane, self.sequence, self.delivery_id, self.action)


def feed(lanes: Sequence[int]) -> list[Stored]:
    """A sound feed: so many deliveries in each lane, lanes taking turns."""
    return [
        Stored(lane, n, f"{lane}/{n}") for n in range(1, max(lanes, default=0) + 1) for lane, k in enumerate(lanes) if n <= k
    ]


def counted(stored: Sequence[Stored], disclosed: Sequence[Stored] | None = None) -> FeedCount:
    return count_feed(stored, [each.disclosed for each in (stored if disclosed is None else disclosed)])  # type: ignore[arg-type]


@given(st.lists(st.integers(0, 8), max_size=5))
def test_a_sound_feed_has_no_fault(lanes: list[int]) -> None:
    """Gapless lanes in any number, each delivery disclosed once: nothing is found."""
    assert counted(feed(lanes)) == FeedCount(shares=sum(lanes), deliveries=sum(lanes))


@given(st.integers(2, 6), st.data())
def test_a_missing_delivery_is_a_gap_or_unexplained(length: int, data: st.DataObject) -> None:
    """A delivery taken out leaves a gap, or, where it was the lane's last, a disclosure without its delivery."""
    whole = feed([length, length])
    lost = data.draw(st.sampled_from(whole))
    found = counted([each for each in whole if each != lost], whole)
    assert found.unexplained == 1
    assert found.gaps == (1 if lost.sequence < length else 0)


def test_a_repeat_is_found() -> None:
    """A delivery that stands in the feed twice is a repeat and out of order."""
    whole = feed([3])
    found = counted([*whole, whole[1]], whole)
    assert (found.repeats, found.out_of_order) == (1, 1)


def test_heartbeats_numbers_again_and_replays_are_no_fault() -> None:
    """A heartbeat is no delivery, but shows a lost tail; a number that comes again under another id has been asked for; a
    replay repeats a revision under a new number, and an older revision is still found."""
    beat = Stored(0, 2, "beat", 0, action="HEARTBEAT")
    again = Stored(0, 1, "again", token="0/1")
    replayed = Stored(0, 3, "replay", token="0/1", action="UPDATE")
    whole = [*feed([2]), again, replayed]
    assert counted([*feed([2]), beat, again, beat, replayed], whole) == FeedCount(shares=4, deliveries=4)
    assert counted([*feed([2]), replace(beat, sequence=4)], feed([2])).gaps == 2
    newer = replace(replayed, revision=2)
    older = Stored(0, 4, "older", token="0/1", action="UPDATE")
    assert counted([*feed([2]), newer, older], [*feed([2]), newer, older]).out_of_order == 1


def test_disorder_is_found() -> None:
    """Two deliveries of a lane that changed places."""
    first, second, third = feed([3])
    assert counted([first, third, second], [first, second, third]).out_of_order == 1


def test_a_revision_that_goes_back_is_found() -> None:
    """An older revision of a record behind a newer one, though the sequence is sound."""
    first = Stored(0, 1, "a", revision=2, token="t")
    assert counted([first, Stored(0, 2, "b", revision=1, token="t")]).out_of_order == 1


def test_a_delivery_without_its_disclosure_is_found() -> None:
    """Whatever stands in a feed and not in the ledger is unexplained, and so is another action than the disclosed one."""
    whole = feed([3])
    assert counted(whole, whole[:2]).unexplained == 1
    other = [*whole[:2], replace(whole[2], action="WITHDRAW")]
    assert counted(other, whole).unexplained == 2


SOUND = HubCounts(
    submitted=10, standard=8, dead_lettered=2, new_versions=5, resends=1, stale=1, conflicts=1, records=4, held_records=4,
    ledger_entries=5, feeds={"a.b": FeedCount(shares=3, deliveries=3)},
)  # fmt: skip


def test_a_sound_hub_has_no_problem() -> None:
    """Everything accounted for."""
    assert SOUND.problems == []


@pytest.mark.parametrize(
    "change",
    [
        {"submitted": 11},
        {"dead_lettered": 1},
        {"resends": 2},
        {"stale": 0},
        {"ledger_entries": 4},
        {"ledger_wrong": 1},
        {"held_records": 3},
        {"feeds": {"a.b": FeedCount(shares=3, deliveries=4)}},
        {"feeds": {"a.b": FeedCount(shares=3, deliveries=3, gaps=1)}},
        {"feeds": {"a.b": FeedCount(shares=3, deliveries=3, repeats=1)}},
        {"feeds": {"a.b": FeedCount(shares=3, deliveries=3, out_of_order=1)}},
        {"feeds": {"a.b": FeedCount(shares=3, deliveries=3, unexplained=1)}},
    ],
)
def test_each_way_not_to_balance_is_a_problem(change: dict[str, object]) -> None:
    """One number off by one is one problem or more."""
    assert replace(SOUND, **change).problems  # type: ignore[arg-type]


def test_the_head_of_any_feed_can_be_read() -> None:
    """The first five fields of a delivery are the same in every feed, so that one reader counts them all."""
    for agreement in RULES.agreements:
        names = [part["name"] for part in RULES.schemas[agreement.id]["fields"][:5]]
        assert names == ["delivery_id", "lane", "sequence", "revision", "action"]
    assert frame(1, encode_with({"type": "record", "name": "x", "fields": []}, {})) == b"\0\0\0\0\1"
