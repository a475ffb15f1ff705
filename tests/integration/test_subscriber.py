import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from feed_hub import Hub, collect, lane_of, make_hub
from feed_maker import delivery, framed

from consumers.callbacks import Callbacks
from consumers.deliveries import Action, Delivery, Unreadable
from consumers.sequences import Gap
from consumers.tally import Tally


@pytest.fixture(scope="module")
def hub(cluster_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with make_hub(cluster_home, tmp_path_factory.mktemp("state"), 8) as made:
        yield made


def test_reads_everything_once_in_order(hub: Hub) -> None:
    """All deliveries of several lanes come once, in order per lane; what was handled is committed and never comes again."""
    feed, group = hub.new_feed(), hub.group()
    hub.send(feed, [one for number in range(1, 101) for one in (delivery(0, number), delivery(1, number))])
    got, callbacks = collect()
    tally = hub.read(feed, group, callbacks)
    for lane in (0, 1):
        assert [one.sequence for one in got if one.lane == lane] == list(range(1, 101))
    assert tally.handled == {Action.SHARE: 200}
    assert tally.whole
    assert hub.read(feed, group, callbacks).deliveries == 0
    hub.send(feed, lane_of(1, first=101))
    assert hub.read(feed, group, callbacks).as_dict() == Tally(Counter({Action.SHARE: 1})).as_dict()


def test_typed_callbacks_get_their_action(hub: Hub) -> None:
    """Each action goes to its own callback, the others to the one for all."""
    feed = hub.new_feed()
    hub.send(feed, [delivery(0, number, action) for number, action in enumerate(("SHARE", "UPDATE", "WITHDRAW"), 1)])
    hub.send(feed, [delivery(0, 4, "VOID"), delivery(0, 4, "HEARTBEAT"), delivery(0, 5, "FUTURE")])
    got: list[tuple[str, Action]] = []

    def note(name: str) -> Callable[[Delivery], None]:
        return lambda one: got.append((name, one.action))

    callbacks = Callbacks(note("all"), note("share"), note("update"), note("withdraw"))
    tally = hub.read(feed, hub.group(), callbacks)
    assert [name for name, _ in got] == ["share", "update", "withdraw", "all", "all", "all"]
    assert got[-1][1] is Action.UNMAPPED
    assert tally.deliveries == 6
    assert tally.whole


def test_what_was_aborted_is_not_seen(hub: Hub) -> None:
    """Records of an aborted transaction are not delivered, and the sequence that is then used again is no repeat."""
    feed = hub.new_feed()
    hub.send(feed, lane_of(2))
    hub.send(feed, [delivery(0, 3, delivery_id="aborted")], commit=False)
    hub.send(feed, [delivery(0, 3, delivery_id="committed")])
    got, callbacks = collect()
    tally = hub.read(feed, hub.group(), callbacks)
    assert [one.delivery_id for one in got] == ["d-0-1", "d-0-2", "committed"]
    assert (tally.repeats, tally.gaps) == (0, 0)


def test_a_gap_is_told_once_and_survives_a_restart(hub: Hub) -> None:
    """A missing number is reported once, not again after a restart; and when it comes after all, that is seen."""
    feed, group = hub.new_feed(), hub.group()
    gaps: list[tuple[str, Gap]] = []
    got, _ = collect()
    callbacks = Callbacks(on_delivery=got.append, on_gap=lambda name, gap: gaps.append((name, gap)))
    hub.send(feed, [*lane_of(2), *lane_of(2, first=5)])
    assert not hub.read(feed, group, callbacks).whole
    assert gaps == [(feed, Gap(0, 3, 4))]
    hub.send(feed, [delivery(0, 8), delivery(0, 3)])
    tally = hub.read(feed, group, callbacks)
    assert gaps[1:] == [(feed, Gap(0, 7, 7))]
    assert (tally.gaps, tally.missing, tally.filled, tally.repeats) == (1, 1, 1, 0)


def test_an_unreadable_message_is_told_and_passed(hub: Hub) -> None:
    """A message that is no delivery is given to on_unreadable with place and bytes; what is behind it comes."""
    feed, group = hub.new_feed(), hub.group()
    unreadable: list[Unreadable] = []
    got, _ = collect()
    hub.send(feed, [*lane_of(1), b"not avro", framed(delivery(0, 2), 999_999_999), *lane_of(1, first=2)])
    tally = hub.read(feed, group, Callbacks(on_delivery=got.append, on_unreadable=unreadable.append))
    assert (unreadable[0].offset, unreadable[0].value) == (1, b"not avro")
    assert [str(one.error.code) for one in unreadable] == ["PD-501", "PD-501"]
    assert [one.sequence for one in got] == [1, 2]
    assert (tally.unreadable, tally.whole) == (2, False)
    assert hub.committed(feed, group) == 4


def test_a_registry_that_is_away_stops_nobody_who_has_read(hub: Hub, tmp_path: Path) -> None:
    """Without a registry, a schema that was read once is known for ever; a new subscriber waits and loses nothing."""
    feed, away = hub.new_feed(), "http://127.0.0.1:9"
    hub.send(feed, lane_of(5))
    _, callbacks = collect()
    hub.read(feed, hub.group(), callbacks)
    assert hub.read(feed, hub.group(), callbacks, registry_url=away).deliveries == 5

    got, callbacks = collect()

    def registry_comes_back(_seconds: float) -> None:
        assert got == []
        shutil.copytree(hub.state, tmp_path, dirs_exist_ok=True)  # as if it had answered

    more = {"state_folder": tmp_path, "registry_url": away, "wait": registry_comes_back}
    hub.read(feed, hub.group(), callbacks, **more)
    assert [one.sequence for one in got] == [1, 2, 3, 4, 5]


def test_from_start_reads_all_again(hub: Hub) -> None:
    """`from_start` gives everything kept once more, as if it had never been read. An idle time of 0 still means that
    everything has been read to its end."""
    feed, group = hub.new_feed(), hub.group()
    hub.send(feed, lane_of(20))
    _, callbacks = collect()
    assert hub.read(feed, group, callbacks).deliveries == 20
    for from_start, count in ((False, 0), (True, 20), (False, 0)):
        tally = hub.read(feed, group, callbacks, idle_seconds=0, from_start=from_start)
        assert (tally.deliveries, tally.repeats) == (count, 0)
