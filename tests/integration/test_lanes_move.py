"""Lanes that move between workers on the real broker: what a dead one may have shown, an old store, two at one feed."""

import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from core_hub import agreement, at
from stage_hub import LANES, Running, StageHub, crimes, make_stage_hub

from schemas.records import Record, decode
from schemas.wire import unframe
from stream_processors import tries
from stream_processors.lane_store import LANE_COUNTER

BOTH = [agreement(), agreement("bureau")]
BUREAU_ONLY = [agreement(share_when=[{"marker": ["port"]}]), agreement("bureau")]


@pytest.fixture
def hub(cluster_home: Path) -> Iterator[StageHub]:
    with make_stage_hub(cluster_home, BOTH) as made:
        made.publish_rules(BOTH)
        yield made


def start(hub: StageHub, place: str, count: int) -> "subprocess.Popen[bytes]":
    """A worker that kills itself there."""
    tests = Path(__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)])}
    asked = [str(hub.home), hub.topics.prefix, str(LANES), hub.forces[0], hub.agency("bureau"), place, str(count)]
    return subprocess.Popen([sys.executable, str(tests / "stage_process.py"), *asked], env=environment)


def died(process: "subprocess.Popen[bytes]") -> bool:
    """Whether it did, by its own hand."""
    assert process.poll() in (None, -signal.SIGKILL)
    return process.poll() is not None


def gapless(heads: list[Record]) -> None:
    """1, 2, 3, ... in every lane."""
    lanes: dict[int, list[int]] = defaultdict(list)
    for head in heads:
        lanes[head["lane"]].append(head["sequence"])
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in lanes.values()), lanes


@pytest.mark.timeout(180)
def test_who_may_have_read_a_dead_workers_copies_is_told(hub: StageHub) -> None:
    """A worker dies in its release, and the rules change. Its successor learns from the ledger what may have been read: each
    such copy is withdrawn under its own token, once; who is sent the record anyway hears nothing more."""
    hub.write_standard(crimes(5, locations=at()))
    process = start(hub, "behind", 1)
    assert process.wait(90) == -signal.SIGKILL
    before = hub.ledger()
    shown = {said["token"] for entry in before for said in entry["disclosures"] if said["agreement"] == "council"}
    assert shown
    assert not hub.deliveries("council-a") and not hub.deliveries("bureau")
    hub.publish_rules(BUREAU_ONLY)
    with Running(hub, "disseminate") as worker:
        worker.wait(lambda: len(hub.deliveries("bureau")) >= 5, "the successor has decided everything")
        names = ("council-a", "council-b", "council-c")
        councils = {name: hub.deliveries(name) for name in names}
    topics = [hub.topics.feed(hub.agency(name), "live") for name in names]
    keys = [(message.key() or b"").decode() for topic in topics for message in hub.read(topic)]
    assert sorted(keys) == sorted(shown)
    assert {head["action"] for heads in councils.values() for head in heads} == {"WITHDRAW"}
    assert [head["action"] for head in hub.deliveries("bureau")] == ["SHARE"] * 5
    reasons = {said["reason_code"] for entry in hub.ledger() for said in entry["disclosures"] if said["action"] == "WITHDRAW"}
    assert reasons == {"POSSIBLE_DISCLOSURE"}
    for heads in (*councils.values(), hub.deliveries("bureau")):
        gapless(heads)


@pytest.mark.timeout(180)
def test_a_stale_store_of_an_earlier_owner_does_not_win(hub: StageHub) -> None:
    """W1, W2, W1: what W2 wrote and what was deleted meanwhile is as the topic says, though W1's own store says otherwise."""
    with Running(hub, "disseminate", 0) as worker:
        hub.write_standard(crimes(4))
        worker.wait(lambda: len(hub.deliveries("bureau")) == 4, "W1 has released")
    with Running(hub, "disseminate", 1) as worker:
        hub.write_standard(crimes(2, version=2, crime={"summary": "as of 2"}))
        worker.wait(lambda: len(hub.deliveries("bureau")) == 6, "W2 has released")
    [gone] = {message.key() for message in hub.read(hub.topics.holders) if (message.key() or b"").endswith(b"R/3")}
    producer = hub.producer()
    producer.produce(hub.topics.holders, None, gone, partition=0)
    assert producer.flush(30) == 0
    with Running(hub, "disseminate", 0) as worker:
        hub.write_standard(crimes(4))
        worker.wait(lambda: worker.count("standard_events_total", outcome="DECIDED") >= 1, "what was deleted is new")
        worker.wait(lambda: worker.count("standard_events_total", outcome="RESEND") >= 1, "what W1 knew is known")
        assert worker.count("standard_events_total", outcome="STALE") == 2
        assert worker.count("standard_events_total", outcome="RESEND") == 1
    gapless(hub.deliveries("bureau"))


@pytest.mark.timeout(300)
def test_two_workers_at_one_feed_leave_no_gap_when_they_are_killed(hub: StageHub) -> None:
    """Two disseminators share the lanes of one feed; one is killed in its release again and again, and another takes its slot:
    in every feed and lane the sequences are 1, 2, 3, ..., and everybody has every version once."""
    written = 0
    with Running(hub, "disseminate", 1) as worker:
        for version in range(1, 4):
            process = start(hub, "behind" if version % 2 else "between", 1 + version % 2)
            owned = time.monotonic() + 90
            while not died(process):
                assert time.monotonic() < owned, "the worker was not given a lane"
                for lane in range(LANES):
                    events = crimes(3, first=1000 * lane + written, version=version)
                    hub.write_standard(events, lane)
                written += 3
                worker.wait(lambda: died(process) or len(hub.deliveries("bureau")) >= LANES * written - 6, "it goes on")  # noqa: B023
        worker.wait(lambda: len(hub.deliveries("bureau")) == LANES * written, "all is released")
    for name in ("bureau", "council-a"):
        heads = hub.deliveries(name)
        gapless(heads)
        assert len({head["delivery_id"] for head in heads}) == len(heads) == LANES * written


def test_the_mark_of_a_quiet_lane_is_renewed(hub: StageHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lane without events knows how far the ledger has grown, so that its next owner need not read all of it."""
    monkeypatch.setattr(tries, "REFRESH_SECONDS", 0.5)

    def mark() -> int:
        found = 0
        for message in hub.read(hub.topics.holders):
            if message.partition() == 1 and message.key() == b"lane/ledger":
                found = decode(LANE_COUNTER, unframe(message.value())[1])["sequence"]
        return found

    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(5), 0)
        worker.wait(lambda: mark() >= 5, "the quiet lane's mark has moved")
