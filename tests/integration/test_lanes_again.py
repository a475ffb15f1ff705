"""What a lane's owner sends beside the live input, on the real broker: heartbeats, lost numbers, replays, new rules."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from core_hub import agreement, event, prohibition
from lane_progress import give, is_done, lanes_of, progress_of
from stage_hub import LANES, Running, StageHub, crimes, make_stage_hub

from schemas.records import Record, encode
from schemas.wire import frame
from stream_processors import forgetting, requests
from stream_processors.control_commands import LANE_COMMAND, Cut, LaneCommand, record_of

BOTH = [agreement("bureau"), agreement("squad")]
BUREAU_ONLY = [agreement("bureau"), agreement("squad", share_when=[{"marker": ["port"]}])]
NOBODY = [agreement("bureau", share_when=[{"marker": ["port"]}]), agreement("squad", share_when=[{"marker": ["port"]}])]
TESTS = Path(__file__).parents[1]


@pytest.fixture
def hub(cluster_home: Path) -> Iterator[StageHub]:
    with make_stage_hub(cluster_home, BOTH) as made:
        yield made


def ask(hub: StageHub, name: str, feed: str, *ranges: tuple[int, int, int], verb: str = "RESEND") -> str:
    """Write a request as `acknowledge` does; gives the id of its task."""
    cuts = tuple(Cut(feed, lane, first, last) for lane, first, last in ranges)
    request = LaneCommand(name, verb, f"feed/{feed}", "acknowledge", "missing", int(time.time() * 1000), cuts=cuts)
    value = frame(hub.schema_id(hub.topics.request, LANE_COMMAND), encode(LANE_COMMAND, record_of(request)))
    producer = hub.producer()
    producer.produce(hub.topics.request, value, name, partition=0)
    assert producer.flush(30) == 0
    return f"resend/{name}"


def said(heads: list[Record]) -> list[tuple[str, int, int]]:
    """Action, number and revision."""
    return [(head["action"], head["sequence"], head["revision"]) for head in heads]


def kill_in_the_middle(hub: StageHub, command: str, *places: tuple[str, str]) -> None:
    """Run one process for each place, which kills itself there."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])}
    for place, count in places:
        asked = [str(hub.home), hub.topics.prefix, str(LANES), hub.forces[0], hub.agency("squad"), place, count]
        program = [sys.executable, str(TESTS / "stage_process.py"), *asked]
        died = subprocess.run(program, env=environment, check=False, timeout=90)
        assert died.returncode == -signal.SIGKILL
        assert not is_done(hub, command), "the kill did not hit the work"


def disclosed(hub: StageHub, *causes: str) -> list[str]:
    """Delivery ids in the entries that stand, of these causes."""
    entries: dict[Any, Record] = {}
    for entry in hub.ledger(superseded=True):
        entries[entry["cause"], entry["source_topic"], entry["source_partition"], entry["source_offset"]] = entry
    return sorted(d["delivery_id"] for entry in entries.values() if entry["cause"] in causes for d in entry["disclosures"])


def test_an_idle_lane_says_how_far_it_has_come(cluster_home: Path) -> None:
    """Each lane of each feed repeats its last number, 0 before the first, in no ledger entry; no two have the same id; a
    suspended feed gets none."""
    with make_stage_hub(cluster_home, BOTH, beat_seconds=1) as hub:
        hub.publish_rules(BUREAU_ONLY)
        with Running(hub, "disseminate") as worker:
            hub.write_standard(crimes(3))

            def beats(agency: str) -> Counter[tuple[int, int]]:
                found = [head for head in hub.deliveries(agency) if head["action"] == "HEARTBEAT"]
                assert len({head["delivery_id"] for head in found}) == len(found)
                return Counter((head["lane"], head["sequence"]) for head in found)

            worker.wait(lambda: min(beats("bureau")[0, 3], beats("bureau")[1, 0], beats("squad")[0, 0]) >= 2, "heartbeats")
        assert [head["action"] for head in hub.deliveries("bureau") if head["action"] != "HEARTBEAT"] == ["SHARE"] * 3
        assert worker.count("deliveries_total", feed=f"{hub.agency('squad')}.live", action="HEARTBEAT") >= 2
        assert len(hub.ledger(superseded=True)) == 3


def test_numbers_that_were_lost_come_again_under_the_same_numbers(hub: StageHub) -> None:
    """A range is asked for: each number comes once, with the same content, revision and token; what was replaced meanwhile is
    void; a withdrawal comes again; numbers that were never used do not. A worker that comes later does nothing again, nor does
    one who is asked the same."""
    hub.publish_rules(BOTH, [prohibition()])
    bureau = f"{hub.agency('bureau')}.live"
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(6))
        worker.wait(lambda: len(hub.deliveries("bureau")) == 6, "everything is decided")
        hub.write_standard([event(ref="R/1", version=2, crime={"offence": {"value": "8N"}})])
        hub.write_standard([event(ref="R/2", version=2, markers=["protected-person"])])
        worker.wait(lambda: len(hub.deliveries("bureau")) == 8, "the newer ones are decided")
        task = ask(hub, "one", bureau, (0, 2, 4), (0, 3, 50), (1, 1, 9))
        worker.wait(lambda: is_done(hub, task), "the request is done")
        before = len(hub.deliveries("bureau"))
        ask(hub, "one", bureau, (0, 1, 50))
        other = ask(hub, "two", bureau, (0, 1, 1))
        worker.wait(lambda: is_done(hub, other, lanes=1), "the other request is done")
    found = hub.deliveries("bureau")
    assert said(found[:8]) == [*(("SHARE", number, 1) for number in range(1, 7)), ("UPDATE", 7, 2), ("WITHDRAW", 8, 2)]
    wanted = {2: ("VOID", 2, 0), 3: ("VOID", 3, 0), **{head["sequence"]: said([head])[0] for head in found[3:8]}}
    assert said(found[8:before]) == [wanted[number] for number in range(2, 9)]
    messages = hub.read(hub.topics.feed(hub.agency("bureau"), "live"))
    assert [message.key() for message in messages[3:8]] == [message.key() for message in messages[10:15]]
    assert said(found[before:]) == [("SHARE", 1, 1)]
    assert len({head["delivery_id"] for head in found}) == len(found)
    assert len(hub.deliveries("squad")) == 8
    assert disclosed(hub, "resend/one", "resend/two") == sorted(head["delivery_id"] for head in found[8:])
    with Running(hub, "disseminate") as worker:
        third = ask(hub, "three", bureau, (0, 3, 3))
        worker.wait(lambda: is_done(hub, third, lanes=1), "the third request is done")
    assert len(hub.deliveries("bureau")) == before + 2


def test_a_number_that_is_no_longer_permitted_is_void_and_its_record_withdrawn(hub: StageHub) -> None:
    """Today's rules decide: what may no longer be held is withdrawn under a new number, and the old one is void."""
    hub.publish_rules(BOTH)
    squad = f"{hub.agency('squad')}.live"
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(2))
        worker.wait(lambda: len(hub.deliveries("squad")) == 2, "everything is decided")
        hub.publish_rules(BUREAU_ONLY)
        task = ask(hub, "one", squad, (0, 1, 1))
        worker.wait(lambda: is_done(hub, task, lanes=1), "the request is done")
    assert said(hub.deliveries("squad"))[2:] == [("WITHDRAW", 3, 2), ("VOID", 1, 0)]
    assert len(hub.deliveries("bureau")) == 2


def test_a_bad_request_is_refused_and_nothing_else_waits(hub: StageHub) -> None:
    """Another verb, another's subject, too many numbers, a feed that is not there, bytes of no kind: none is carried out, and
    the good one behind them is."""
    hub.publish_rules(BOTH)
    bureau = f"{hub.agency('bureau')}.live"
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(1))
        worker.wait(lambda: len(hub.deliveries("bureau")) == 1, "it is decided")
        bad = [ask(hub, "a", bureau, (0, 1, 1), verb="REDECIDE"), ask(hub, "b", bureau, (0, 1, 99_999))]
        bad += [ask(hub, "c", "nobody.live", (0, 1, 1)), ask(hub, "d", bureau), ask(hub, "e", bureau, (0, 5, 1))]
        producer = hub.producer()
        producer.produce(hub.topics.request, b"\x00nothing", b"f", partition=0)
        assert producer.flush(30) == 0
        good = ask(hub, "g", bureau, (0, 1, 1))
        worker.wait(lambda: is_done(hub, good, lanes=1), "the good request is done")
    assert [progress_of(hub, each) for each in bad] == [{}] * 5
    assert said(hub.deliveries("bureau")) == [("SHARE", 1, 1)] * 2


def times(hub: StageHub, lane: int = 0) -> list[int]:
    """Kafka's times of what stands in a lane of `standard`, UTC milliseconds."""
    return [message.timestamp()[1] for message in hub.read(hub.topics.standard) if message.partition() == lane]


def test_a_replay_delivers_a_time_again_to_one_feed(hub: StageHub) -> None:
    """The last versions of that time alone: unchanged ones once more under new numbers and the same revision, new ones as
    SHARE, in the ledger; nobody else's feed moves, and an old version never comes. Live traffic goes on beside it."""
    hub.publish_rules(BOTH)
    bureau = f"{hub.agency('bureau')}.live"
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(100))
        worker.wait(lambda: len(hub.deliveries("bureau")) == 100, "everything is decided")
        hub.write_standard([event(ref=f"R/{n}", version=2, crime={"offence": {"value": "8N"}}) for n in range(10)])
        worker.wait(lambda: len(hub.deliveries("bureau")) == 110, "the newer ones are decided")
        until = times(hub)[99] + 1
        time_of_next = times(hub)[100]
        assert time_of_next >= until, "the two batches were written in one millisecond"
        squad = len(hub.deliveries("squad"))
        command = give(hub, "REPLAY", f"feed/{bureau}", since_ms=0, until_ms=until, rate=1000)
        hub.write_standard(crimes(40, first=500), lane=1)
        worker.wait(lambda: is_done(hub, command), "the replay is done")
        worker.wait(lambda: len(hub.deliveries("bureau")) == 110 + 90 + 40, "live traffic has come")
    found = hub.deliveries("bureau")
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in lanes_of(found).values())
    again = [head for head in found[110:] if head["lane"] == 0]
    assert [(head["action"], head["revision"]) for head in again] == [("UPDATE", 1)] * 90
    assert disclosed(hub, command) == sorted(head["delivery_id"] for head in again)
    assert len(hub.deliveries("squad")) == squad + 40


def test_a_replay_goes_on_exactly_once_behind_kill_9(hub: StageHub) -> None:
    """Killed between its two transactions, and inside the second: each record comes once more, gaplessly, and each disclosure
    that stands in the ledger is a delivery."""
    hub.publish_rules(BOTH)
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(400))
        worker.wait(lambda: len(hub.deliveries("squad")) == 400, "everything is decided")
    squad = f"{hub.agency('squad')}.live"
    command = give(hub, "REPLAY", f"feed/{squad}", since_ms=0, until_ms=times(hub)[-1] + 1, rate=100_000)
    kill_in_the_middle(hub, command, ("between", "3"), ("behind", "2"))
    with Running(hub, "disseminate") as worker:
        worker.wait(lambda: is_done(hub, command), "the replay is done")
    found = hub.deliveries("squad")
    assert [(head["action"], head["revision"]) for head in found] == [("SHARE", 1)] * 400 + [("UPDATE", 1)] * 400
    assert lanes_of(found) == {0: list(range(1, 801))}
    assert disclosed(hub, command) == sorted(head["delivery_id"] for head in found[400:])


NARROWER = prohibition(when=[{"kind": ["crime"]}], effect="drop", drops=["crime.offence"])


def test_rules_reach_back_to_what_is_held(hub: StageHub) -> None:
    """RETROACT: who may no longer hold a record is told, once; who may with fewer fields gets these; nobody is sent what it did
    not hold, though the rules permit it now."""
    hub.publish_rules(BUREAU_ONLY)
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(5))
        hub.write_standard([event(ref=f"P/{n}", markers=["port"]) for n in range(5)], lane=1)
        worker.wait(lambda: len(hub.deliveries("bureau")) == 10, "everything is decided")
        assert len(hub.deliveries("squad")) == 5
        swapped = [agreement("bureau", share_when=[{"marker": ["port"]}]), agreement("squad")]
        hub.publish_rules(swapped, [NARROWER])
        command = give(hub, "RETROACT", "all")
        worker.wait(lambda: is_done(hub, command), "the command is done")
    assert Counter((h["action"], h["lane"]) for h in hub.deliveries("bureau")[10:]) == {("WITHDRAW", 0): 5, ("UPDATE", 1): 5}
    assert Counter((h["action"], h["lane"]) for h in hub.deliveries("squad")[5:]) == {("UPDATE", 1): 5}
    sent = hub.deliveries("bureau")[10:] + hub.deliveries("squad")[5:]
    assert disclosed(hub, command, f"{command}/held") == sorted(head["delivery_id"] for head in sent)


def test_rules_reach_back_exactly_once_behind_kill_9(hub: StageHub) -> None:
    """Killed in the middle of going through what is held: each holder is told once, gaplessly."""
    hub.publish_rules(BOTH)
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(700))
        worker.wait(lambda: len(hub.deliveries("squad")) == 700, "everything is decided")
    hub.publish_rules(BUREAU_ONLY)
    command = give(hub, "RETROACT", "all")
    kill_in_the_middle(hub, command, ("between", "2"), ("behind", "2"))
    with Running(hub, "disseminate") as worker:
        worker.wait(lambda: is_done(hub, command), "the command is done")
    found = hub.deliveries("squad")
    assert [head["action"] for head in found] == ["SHARE"] * 700 + ["WITHDRAW"] * 700
    assert lanes_of(found) == {0: list(range(1, 1401))}
    assert len({head["delivery_id"] for head in found}) == 1400
    assert disclosed(hub, command, f"{command}/held") == sorted(head["delivery_id"] for head in found[700:])
    assert len(hub.deliveries("bureau")) == 700


def test_what_is_over_leaves_the_lane(hub: StageHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Days behind a request that was answered nothing tells of it any more: neither the topic, nor a store that is made from
    it; and nobody answers it again."""
    hub.publish_rules(BOTH)
    bureau = f"{hub.agency('bureau')}.live"
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(2))
        worker.wait(lambda: len(hub.deliveries("bureau")) == 2, "everything is decided")
        asked = ask(hub, "one", bureau, (0, 1, 2))
        worker.wait(lambda: is_done(hub, asked, lanes=1), "the request is done")
    monkeypatch.setattr(forgetting, "_SAFE_MS", -3_600_000)
    monkeypatch.setattr(forgetting, "day_of", lambda _now_ms: "2026-01-02")
    monkeypatch.setattr(requests, "KEPT_MS", -3_600_000)
    with Running(hub, "disseminate") as worker:
        worker.wait(lambda: is_gone(hub, asked), "it is forgotten")
    with Running(hub, "disseminate", slot=1) as worker:  # a store of its own, made from the topic
        hub.write_standard(crimes(1, first=9))
        worker.wait(lambda: len(hub.deliveries("bureau")) == 5, "live traffic goes on")
        assert worker.pump._stage._setup.store.progress(0, asked) is None  # type: ignore[attr-defined]


def is_gone(hub: StageHub, command: str) -> bool:
    """Whether the last that the topic says of this command is that there is nothing."""
    said = [message.value() for message in hub.read(hub.topics.holders) if message.key() == f"command/{command}".encode()]
    return bool(said) and said[-1] is None
