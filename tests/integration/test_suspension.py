"""Suspending and resuming on the real broker: what a reader sees, what a crash leaves, what a paused worker may not do."""

import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaError
from core_hub import LADS, agreement, at, event
from pump_bench import wait_for
from stage_hub import Running, StageHub, crimes, make_stage_hub
from suspend_hub import LiveReader, disseminating, do, recalls

from consumers.callbacks import Callbacks
from consumers.connect import connect
from deploy.access_rules import feed_denial
from deploy.clients import client_config
from deploy.provision_read import read_acls
from schemas.errors import Refused
from stream_processors.control_commands import LaneCommand

BOTH = [agreement(share_when=[{"kind": ["crime"], "area": "own"}]), agreement("bureau")]
BUREAU_ONLY = [agreement(share_when=[{"marker": ["port"]}]), agreement("bureau")]
FEED = "feed/{}.live"
PAUSE_SECONDS = 3.0


@pytest.fixture
def hub(cluster_home: Path) -> Iterator[StageHub]:
    with make_stage_hub(cluster_home, BOTH) as made:
        made.publish_rules(BOTH)
        yield made


def subject(hub: StageHub, agency: str = "council-a") -> str:
    return FEED.format(hub.agency(agency))


def heads(hub: StageHub, agency: str) -> list[tuple[str, int]]:
    return [(head["action"], head["sequence"]) for head in hub.deliveries(agency)]


def is_denied(hub: StageHub, agency: str = "council-a") -> bool:
    name = hub.agency(agency)
    return feed_denial(name, hub.topics.feed(name, "live")) in read_acls(hub.desk().admin)


def read_feed(hub: StageHub, state: Path, agency: str = "council-a") -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Read a feed to its end with the project's subscriber; gives its tally, and action and token of each delivery."""
    got: list[tuple[str, str]] = []
    name = f"agency.{hub.agency(agency)}"
    settings: dict[str, Any] = {"group": hub.topics.group(f"{name}.cases"), "state_folder": state}
    feed = hub.topics.feed(hub.agency(agency), "live")
    with connect(
        client_config(hub.home, name),
        hub.registry_url,
        feeds=[feed],
        callbacks=Callbacks(on_delivery=lambda delivery: got.append((delivery.action, delivery.token))),
        **settings,
    ) as subscriber:
        return subscriber.run(until_idle=0.5).as_dict(), got


def test_what_is_suspended_is_resumed_without_a_gap(hub: StageHub, tmp_path: Path) -> None:
    """Three read, three cut: while suspended nothing is readable and nothing is sent, an erasure and a withdrawal that was cut
    arrive by recall; resumed, the cut numbers are VOID, what was cut and what came meanwhile is sent once, and the agency's
    subscriber sees no gap. Its neighbour never notices."""
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(3, locations=at()))
        worker.wait(lambda: len(heads(hub, "council-a")) == 3, "three are shared")
        _, first = read_feed(hub, tmp_path)
        hub.write_standard([*crimes(3, first=3, locations=at()), *erased("R/0")])
        worker.wait(lambda: len(heads(hub, "council-a")) == 7, "three more, and a withdrawal")
        steps = dict(do(hub, "suspend", subject(hub)))
        assert steps["undelivered withdrawals sent by recall"] == 1
        assert steps["undelivered deliveries deleted"] == 4
        assert heads(hub, "council-a") == []
        hub.write_standard([*crimes(1, first=7, locations=at()), *erased("R/1")])
        worker.wait(lambda: len(recalls(hub, "council-a")) == 2, "the erasure goes by recall")
        assert heads(hub, "council-a") == []
        tokens = [token for _, token in first]
        assert [key for key, _ in recalls(hub, "council-a")] == tokens[:2]
        assert all(set(said) == {"token", "instruction", "deadline"} for _, said in recalls(hub, "council-a"))
        assert do(hub, "suspend", subject(hub))[-1] == ("undelivered deliveries deleted", 0)
        assert dict(do(hub, "resume", subject(hub)))["cut numbers not answered yet"] == 0
        worker.wait(lambda: len(heads(hub, "council-a")) == 8, "four answers and four records")
        tally, got = read_feed(hub, tmp_path)
    assert [action for action, _ in got] == ["VOID"] * 4 + ["UPDATE"] * 3 + ["SHARE"]
    assert tally["gaps"] == 0
    assert not is_denied(hub)
    assert len(hub.deliveries("bureau")) == 9


def erased(ref: str) -> list[dict[str, Any]]:
    return [event(ref=ref, version=2, envelope={"action": "ERASURE"}, locations=at())]


STEPS = {"suspend": 4, "resume": 6}
"""How many steps tell of themselves."""


class Crash(Exception):
    """Where the process would have died."""


@pytest.mark.parametrize("verb", ["suspend", "resume"])
def test_a_crash_behind_any_step_is_mended_by_running_again(hub: StageHub, verb: str, tmp_path: Path) -> None:
    """Behind whichever step it dies: the feed is never open under a word that stops it, and run again it ends as if nothing
    had happened: denied and stopped, or open. Every record reaches the agency, and its subscriber sees no gap."""

    def die_at(number: int) -> None:
        left = [number]

        def die(_step: str, _count: int) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise Crash

        do(hub, verb, subject(hub), die)

    received: set[str] = set()
    with Running(hub, "disseminate") as worker:
        for number in range(STEPS[verb]):
            hub.write_standard(crimes(2, first=10 * number, locations=at()))
            worker.wait(lambda number=number: len(hub.deliveries("bureau")) == 2 * (number + 1), "they are shared")
            if verb == "resume":
                do(hub, "suspend", subject(hub))
            with pytest.raises(Crash):
                die_at(number)
            assert is_denied(hub) or subject(hub) not in hub.desk().read().suspensions.standing
            do(hub, verb, subject(hub))
            assert is_denied(hub) == (verb == "suspend")
            assert (subject(hub) in hub.desk().read().suspensions.standing) == (verb == "suspend")
            if verb == "suspend":
                do(hub, "resume", subject(hub))
        while len(received) < 2 * STEPS[verb]:  # ends by the test's own time-out
            tally, got = read_feed(hub, tmp_path)
            received |= {token for action, token in got if action in ("SHARE", "UPDATE")}
            assert tally["gaps"] == 0


def test_nobody_who_is_not_there_is_suspended(hub: StageHub) -> None:
    """A mistyped agency, feed or force is refused with PD-440, and nothing is written."""
    for name in ("agency/nobody", subject(hub) + "x", "force/nobody", "agency/Not An Id", "feed/no-dot"):
        with pytest.raises(Refused) as refused:
            do(hub, "suspend", name)
        assert str(refused.value.code) == "PD-440"
    assert not hub.desk().read().suspensions.said


def test_one_word_does_not_lift_another(hub: StageHub) -> None:
    """A feed that is suspended itself stays closed when its agency is resumed, and what was cut of it waits for its own word;
    other agencies' feeds are open all the time."""
    agency = f"agency/{hub.agency('council-a')}"
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(2, locations=at()))
        worker.wait(lambda: len(heads(hub, "council-a")) == 2, "two are shared")
        do(hub, "suspend", agency)
        do(hub, "suspend", subject(hub))
        do(hub, "resume", agency)
        assert is_denied(hub) and not is_denied(hub, "council-b")
        state = hub.desk().read()
        assert state.suspensions.standing == {subject(hub)}
        assert [(cut["first"], cut["last"]) for cut in state.suspensions.said[subject(hub)]["cut"]] == [(1, 2)]
        do(hub, "resume", subject(hub))
        worker.wait(lambda: [action for action, _ in heads(hub, "council-a")] == ["VOID"] * 2 + ["UPDATE"] * 2, "all is there")
    commands: list[LaneCommand] = list(hub.desk().read().commands.by_id.values())
    assert [len(command.cuts) for command in commands] == [0, 1]


def test_a_force_stops_its_part(hub: StageHub) -> None:
    """Nothing of the force goes to anybody until it is resumed; then what came meanwhile is shared. No feed is closed."""
    name = f"force/{hub.forces[0]}"
    with Running(hub, "disseminate") as worker:
        do(hub, "suspend", name)
        hub.write_standard(crimes(3, locations=at()))
        worker.wait(lambda: len(hub.ledger()) == 3, "they are decided")
        assert heads(hub, "council-a") == heads(hub, "bureau") == []
        assert all("FORCE_SUSPENDED" in {each["reason"] for each in entry["withheld"]} for entry in hub.ledger())
        assert not is_denied(hub)
        do(hub, "resume", name)
        worker.wait(lambda: len(heads(hub, "council-a")) == len(heads(hub, "bureau")) == 3, "all is shared")


def test_a_paused_worker_releases_nothing_under_the_old_rules(hub: StageHub, tmp_path: Path) -> None:
    """Stopped for 3 s behind its check, behind B's offsets, and with all of B written, while the rules change or the feed is
    suspended: once woken it takes the batch back and decides it again. No committed delivery is of the old decision."""
    councils = sorted(LADS)
    with disseminating(hub, "council-a", tmp_path) as process:
        for number, place in enumerate(["behind", "commit", "begin", "commit"]):
            agency, is_rules = councils[number % 3], number < 2
            before = len(heads(hub, agency))
            (tmp_path / "armed").write_text(place)
            hub.write_standard(crimes(4, first=100 * number, locations=at(LADS[agency])))
            wait_for((tmp_path / "stopped").exists, f"the worker stops: {place}")
            if is_rules:
                hub.publish_rules(BUREAU_ONLY)
            else:
                denied = do_without_waiting(hub, subject(hub, agency))
            threading.Event().wait(PAUSE_SECONDS)
            (tmp_path / "stopped").unlink()
            process.send_signal(signal.SIGCONT)
            shared = 4 * (number + 1)
            wait_for(lambda shared=shared: len(hub.deliveries("bureau")) == shared, "the batch is decided again")
            if is_rules:
                hub.publish_rules(BOTH)
            else:
                denied.join(60)
            # What had begun to be released may have been read, though it was taken back: it is withdrawn, and nothing else.
            later = {action for action, _ in heads(hub, agency)[before:]}
            assert later <= ({"WITHDRAW"} if is_rules else set()), (place, is_rules)
        assert process.poll() is None


def do_without_waiting(hub: StageHub, name: str) -> threading.Thread:
    """Suspend; deleting what is undelivered waits for the open transaction of the worker that stands."""
    done = threading.Event()
    thread = threading.Thread(target=do, args=(hub, "suspend", name, lambda step, _: done.set() if "force" in step else None))
    thread.start()
    assert done.wait(30)
    return thread


def test_a_live_reader_is_stopped(hub: StageHub) -> None:
    """A reader in the middle of a feed is refused by the broker; what is written to its neighbour goes on."""
    with Running(hub, "disseminate"), LiveReader(hub, "council-a") as reader:
        hub.write_standard(crimes(20, locations=at()))
        reader.wait_for_messages(20)
        do(hub, "suspend", subject(hub))
        wait_for(lambda: KafkaError.TOPIC_AUTHORIZATION_FAILED in reader.errors, "the reader is refused")
        count = len(reader.arrivals)
        hub.write_standard(crimes(5, first=50, locations=at()))
        wait_for(lambda: len(hub.deliveries("bureau")) == 25, "others go on")
        assert len(reader.arrivals) == count
