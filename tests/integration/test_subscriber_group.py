import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from feed_hub import DEADLINE_SECONDS, Hub, collect, lane_of, make_hub, wait_for

from consumers.callbacks import Callbacks
from consumers.connect import connect
from consumers.deliveries import Delivery
from consumers.tally import Tally


@pytest.fixture(scope="module")
def hub(cluster_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with make_hub(cluster_home, tmp_path_factory.mktemp("state"), 6) as made:
        yield made


def test_an_ending_exception_stops_the_commit_there(hub: Hub) -> None:
    """What came before the failing delivery is committed; the failing one and all behind it come again, and only it is
    marked a repeat, because only it had been given over."""
    feed, group = hub.new_feed(), hub.group()
    hub.send(feed, lane_of(10))
    got: list[Delivery] = []

    def fail_at_six(one: Delivery) -> None:
        if one.sequence == 6:
            raise RuntimeError("disk full")
        got.append(one)

    with pytest.raises(RuntimeError):
        hub.read(feed, group, Callbacks(on_delivery=fail_at_six, ends=(RuntimeError,)))
    assert [one.sequence for one in got] == [1, 2, 3, 4, 5]
    assert hub.committed(feed, group) == 5
    again, callbacks = collect()
    hub.read(feed, group, callbacks)
    assert [(one.sequence, one.repeat) for one in again] == [(6, True), (7, False), (8, False), (9, False), (10, False)]


_PROGRAM = """
import sys
from pathlib import Path
from consumers.callbacks import Callbacks
from consumers.connect import connect
from deploy.clients import client_config
from deploy.cluster import load_cluster
home, user, group, feed, state, out, stop_at = sys.argv[1:]
file = open(out, "a", buffering=1)
def keep(one):
    file.write(f"{one.sequence} {int(one.repeat)}\\n")
    if file.tell() and one.sequence == int(stop_at):
        sys.stdin.read()  # hold still inside the callback until the test kills this process
with connect(client_config(Path(home), user), load_cluster(Path(home)).registry_url, group=group, feeds=[feed],
             state_folder=Path(state), callbacks=Callbacks(on_delivery=keep)) as subscriber:
    subscriber.run(until_idle=0.2)
"""


def test_kill_in_the_middle_loses_nothing_and_marks_what_comes_again(hub: Hub, tmp_path: Path) -> None:
    """A subscriber killed with SIGKILL inside a callback, again and again: every delivery was given over, and each that
    was given over twice is marked a repeat the second time."""
    feed, group, out = hub.new_feed(), hub.group(), tmp_path / "out"
    hub.send(feed, lane_of(3000))
    place = [str(hub.home), f"agency.{hub.agency}", group, feed, str(tmp_path / "state"), str(out)]
    for stop_at in (700, 1500, 0):
        command = [sys.executable, "-c", textwrap.dedent(_PROGRAM), *place, str(stop_at)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=Path(__file__).parents[2], env=_environment())
        if stop_at:
            wait_for(lambda at=stop_at: out.exists() and f"\n{at} " in out.read_text())  # type: ignore[misc]
            process.send_signal(signal.SIGKILL)
            process.wait(DEADLINE_SECONDS)
        else:
            assert process.wait(DEADLINE_SECONDS) == 0
    seen: set[int] = set()
    for line in out.read_text().splitlines():
        sequence, repeat = map(int, line.split())
        assert bool(repeat) == (sequence in seen)
        seen.add(sequence)
    assert seen == set(range(1, 3001))


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": "."}


def test_two_of_a_group_share_and_take_over(hub: Hub) -> None:
    """Of two members one reads the feed's only partition and the other stands by; when the first leaves, the second goes
    on behind what was committed: nothing twice, nothing missing, no false gap, though each has a store of its own."""
    feed, group = hub.new_feed(), hub.group()
    got: dict[str, list[int]] = {"first": [], "second": []}
    tallies: dict[str, Tally] = {}
    stops = {name: threading.Event() for name in got}

    def member(name: str) -> None:
        callbacks = Callbacks(on_delivery=lambda one: got[name].append(one.sequence))
        with connect(
            hub.credential,
            hub.registry_url,
            group=group,
            feeds=[feed],
            state_folder=hub.state / name,
            callbacks=callbacks,
        ) as subscriber:
            tallies[name] = subscriber.run(stops[name].is_set)

    def total() -> list[int]:
        return got["first"] + got["second"]

    threads = {name: threading.Thread(target=member, args=(name,)) for name in got}
    for thread in threads.values():
        thread.start()
    for count, first in ((50, 1), (50, 51)):
        hub.send(feed, lane_of(count, first=first))
        wait_for(lambda until=first + count: len(total()) >= until - 1)  # type: ignore[misc]
    leaves = "first" if got["first"] and total()[-1] in got["first"] else "second"
    stays = "second" if leaves == "first" else "first"
    stops[leaves].set()
    threads[leaves].join(DEADLINE_SECONDS)
    hub.send(feed, lane_of(50, first=101))
    wait_for(lambda: bool(got[stays]) and got[stays][-1] == 150)
    stops[stays].set()
    threads[stays].join(DEADLINE_SECONDS)
    assert sorted(total()) == list(range(1, 151))
    assert got[stays][-50:] == list(range(101, 151))
    assert all(tally.whole and tally.repeats == 0 for tally in tallies.values())


def test_a_store_that_others_have_overtaken_reports_no_gap(hub: Hub) -> None:
    """A member whose store is behind what another machine has committed joins late, instead of calling it a gap."""
    feed, group = hub.new_feed(), hub.group()
    for first, folder in ((1, "here"), (11, "there"), (21, "here")):
        hub.send(feed, lane_of(10, first=first))
        got, callbacks = collect()
        tally = hub.read(feed, group, callbacks, state_folder=hub.state / folder)
        assert [one.sequence for one in got] == list(range(first, first + 10))
        assert (tally.gaps, tally.repeats) == (0, 0)


def test_a_feed_that_is_taken_away_is_committed_first(hub: Hub) -> None:
    """When a second member joins and is given one of two feeds, it starts behind what the first has handled, though the
    time for the first's own commit has not come: nothing comes twice."""
    feeds, group = [hub.new_feed(), hub.new_feed()], hub.group()
    for feed in feeds:
        hub.send(feed, lane_of(20))
    got: dict[str, list[tuple[str, int]]] = {"first": [], "second": []}
    stop = threading.Event()

    def member(name: str) -> None:
        callbacks = Callbacks(on_delivery=lambda one: got[name].append((one.feed, one.sequence)))
        with connect(
            hub.credential,
            hub.registry_url,
            group=group,
            feeds=feeds,
            state_folder=hub.state / name,
            callbacks=callbacks,
            clock=lambda: 0.0,  # it is never time to commit
        ) as subscriber:
            subscriber.run(stop.is_set)

    threads = {name: threading.Thread(target=member, args=(name,)) for name in got}
    threads["first"].start()
    wait_for(lambda: len(got["first"]) == 40)
    threads["second"].start()
    number = iter(range(21, 10_000))
    sent = 20

    def second_reads() -> bool:
        nonlocal sent
        sent = next(number)
        for feed in feeds:
            hub.send(feed, lane_of(1, first=sent))
        return bool(got["second"])

    wait_for(second_reads)
    wait_for(lambda: len(got["first"]) + len(got["second"]) >= 2 * sent)
    stop.set()
    for thread in threads.values():
        thread.join(DEADLINE_SECONDS)
    assert sorted(got["first"] + got["second"]) == sorted((feed, one) for feed in feeds for one in range(1, sent + 1))
