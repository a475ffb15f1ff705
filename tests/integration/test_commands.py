"""Commands on the real broker: carried out once in every lane, beside live traffic, through kills."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from core_hub import agreement, event, prohibition
from lane_progress import give, is_done, lanes_of, progress_of
from pump_bench import Gate
from stage_hub import LANES, Running, StageHub, crimes, make_stage_hub

from stream_processors.control_commands import Cut

BOTH = [agreement("bureau"), agreement("squad")]
BUREAU_ONLY = [agreement("bureau"), agreement("squad", share_when=[{"marker": ["port"]}])]


@pytest.fixture
def hub(cluster_home: Path) -> Iterator[StageHub]:
    with make_stage_hub(cluster_home, BOTH) as made:
        yield made


def gapless(hub: StageHub, *agencies: str) -> None:
    """In every lane the numbers are 1, 2, 3, ..., also for an uncommitted reader's last copies; no delivery id twice."""
    for agency in agencies:
        heads = hub.deliveries(agency)
        assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in lanes_of(heads).values()), agency
        assert len({head["delivery_id"] for head in heads}) == len(heads)


def test_a_command_decides_again_what_the_rules_of_today_permit(hub: StageHub) -> None:
    """Records decided under narrower rules are shared once the rules permit it and a command asks for it: not before, once
    each, the last version alone; who holds them already is sent nothing. The ledger names the command as the cause; a worker
    that comes later finds the command done."""
    hub.publish_rules(BUREAU_ONLY)
    with Running(hub, "disseminate") as worker:
        for lane in range(LANES):
            hub.write_standard(crimes(250, first=1000 * lane), lane)
        hub.write_standard([event(ref="R/0", version=2, crime={"offence": {"value": "8N"}})])
        worker.wait(lambda: len(hub.deliveries("bureau")) == 501, "everything is decided")
        hub.publish_rules(BOTH)
        assert hub.deliveries("squad") == []
        command = give(hub, "REDECIDE", "all")
        worker.wait(lambda: is_done(hub, command), "the command is done")
        worker.wait(lambda: not worker.pump._stage.has_work(), "the worker knows it")
        pieces = worker.count("work_pieces_total", stage="disseminate")
    squad = hub.deliveries("squad")
    assert [head["action"] for head in squad] == ["SHARE"] * 500
    assert len(hub.deliveries("bureau")) == 501
    gapless(hub, "squad", "bureau")
    caused = [entry for entry in hub.ledger() if entry["cause"] == command]
    assert sorted(d["delivery_id"] for entry in caused for d in entry["disclosures"]) == sorted(h["delivery_id"] for h in squad)
    assert {entry["outcome"] for entry in caused} == {"DECIDED"} and len(caused) == 500
    found = progress_of(hub, command)
    assert sum(progress["decided"] for progress in found.values()) == 500
    assert pieces >= 2 * 2 + 1, "a piece is bounded"
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(1, first=5000))
        worker.wait(lambda: len(hub.deliveries("squad")) == 501, "the live event is released")
    assert len([entry for entry in hub.ledger() if entry["cause"] == command]) == 500


def test_a_sweep_leaves_live_traffic_in_order_and_without_a_gap(hub: StageHub) -> None:
    """New versions that come while a sweep is under way: each agency sees rising revisions of each record, no old version
    behind a newer one, no gap, and what it holds at last is the last version."""
    hub.publish_rules(BUREAU_ONLY)
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(600))
        worker.wait(lambda: len(hub.deliveries("bureau")) == 600, "everything is decided")
        hub.publish_rules(BOTH)
        command = give(hub, "REDECIDE", "all")
        for start in range(0, 600, 120):
            newer = [event(ref=f"R/{n}", version=2, crime={"offence": {"value": "8N"}}) for n in range(start + 119, start, -3)]
            hub.write_standard(newer)
        worker.wait(lambda: is_done(hub, command, lanes=1) or is_done(hub, command), "the command is done")
        worker.wait(lambda: len(hub.deliveries("bureau")) == 800, "the live events are released")
    gapless(hub, "squad", "bureau")
    by_key: dict[bytes, list[str]] = {}
    for message, head in zip(hub.read(hub.topics.feed(hub.agency("squad"), "live")), hub.deliveries("squad"), strict=True):
        by_key.setdefault(message.key() or b"", []).append(f"{head['action']} {head['revision']}")
    assert len(by_key) == 600
    assert set(map(tuple, by_key.values())) <= {("SHARE 1",), ("SHARE 1", "UPDATE 2")}


def test_a_piece_that_is_cut_off_is_decided_again_once(hub: StageHub) -> None:
    """A worker that loses a lane in the middle of a piece, between A and B: the next owner goes on where the last release
    stood, and no delivery comes twice, also for an uncommitted reader."""
    hub.publish_rules(BUREAU_ONLY)
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(300))
        worker.wait(lambda: len(hub.deliveries("bureau")) == 300, "everything is decided")
    hub.publish_rules(BOTH)
    command, gate = give(hub, "REDECIDE", "all"), Gate("release", ".feed.")
    with Running(hub, "disseminate", gate=gate) as held:
        held.wait(gate.reached.is_set, "a piece stands before its step")
        with Running(hub, "disseminate", slot=1) as other:
            gate.opened.set()
            other.wait(lambda: is_done(hub, command), "the command is done")
    assert [head["action"] for head in hub.deliveries("squad", committed=False)] == ["SHARE"] * 300
    gapless(hub, "squad")


def test_a_sweep_goes_on_exactly_once_behind_kill_9(hub: StageHub) -> None:
    """A process killed (SIGKILL) in the middle of a piece, between its two transactions and inside the second: each record is
    shared once, gaplessly, each disclosure in the ledger is a delivery or superseded, and the count of them is exact."""
    hub.publish_rules(BUREAU_ONLY)
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(1000))
        worker.wait(lambda: len(hub.deliveries("bureau")) == 1000, "everything is decided")
    hub.publish_rules(BOTH)
    command = give(hub, "REDECIDE", "all")
    tests = Path(__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)])}
    for place, count in (("between", "4"), ("behind", "2")):
        asked = [str(hub.home), hub.topics.prefix, str(LANES), hub.forces[0], hub.agency("squad"), place, count]
        died = subprocess.run(
            [sys.executable, str(tests / "stage_process.py"), *asked], env=environment, check=False, timeout=90
        )
        assert died.returncode == -signal.SIGKILL
        assert not is_done(hub, command), "the kill did not hit the sweep"
    assert 0 < len(hub.deliveries("squad")) < 1000
    with Running(hub, "disseminate") as worker:
        worker.wait(lambda: is_done(hub, command), "the command is done")
    squad = hub.deliveries("squad")
    assert [head["action"] for head in squad] == ["SHARE"] * 1000
    gapless(hub, "squad")
    last = {(entry["cause"], entry["source_partition"], entry["source_offset"]): entry for entry in hub.ledger()}
    said = [d["delivery_id"] for entry in last.values() if entry["cause"] == command for d in entry["disclosures"]]
    assert sorted(said) == sorted(head["delivery_id"] for head in squad)
    assert sum(progress["decided"] for progress in progress_of(hub, command).values()) == 1000


def test_what_was_cut_is_answered_with_void_before_anything_new(hub: StageHub) -> None:
    """RESUME: each cut number comes again as VOID under its own number, before what is decided again; numbers that were
    never used are not; the agency named is the only one whose feed moves."""
    hub.publish_rules(BUREAU_ONLY)
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(5))
        worker.wait(lambda: len(hub.deliveries("bureau")) == 5, "everything is decided")
        narrower = prohibition(when=[{"kind": ["crime"]}], effect="drop", drops=["crime.offence"])
        hub.publish_rules(BOTH, [narrower])
        bureau = f"{hub.agency('bureau')}.live"
        cuts = (Cut(bureau, 0, 3, 5), Cut(bureau, 1, 1, 7))
        command = give(hub, "RESUME", f"feed/{bureau}", cuts=cuts)
        worker.wait(lambda: is_done(hub, command), "the command is done")
    heads = [(head["action"], head["sequence"]) for head in hub.deliveries("bureau")]
    assert heads[5:] == [("VOID", 3), ("VOID", 4), ("VOID", 5), *(("UPDATE", number) for number in range(6, 11))]
    assert hub.deliveries("squad") == []
    void = [entry for entry in hub.ledger() if entry["outcome"] == "VOID"]
    assert [d["sequence"] for d in void[0]["disclosures"]] == [3, 4, 5] and len(void) == 1


def test_a_command_of_one_force_or_record_moves_nothing_else(hub: StageHub) -> None:
    """A record is named by its token in the ledger; a prohibition of today's rules withdraws what was held, of this record
    alone. A force that is not there is nobody's record."""
    hub.publish_rules(BOTH)
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(3))
        worker.wait(lambda: len(hub.deliveries("squad")) == 3, "everything is decided")
        hub.publish_rules(BOTH, [prohibition(when=[{"kind": ["crime"]}])])
        token = hub.ledger()[1]["record_token"]
        nobody, one = give(hub, "REDECIDE", "force/nobody"), give(hub, "REDECIDE", f"record/{token}")
        worker.wait(lambda: is_done(hub, one) and is_done(hub, nobody), "both are done")
    assert [head["action"] for head in hub.deliveries("squad")] == ["SHARE"] * 3 + ["WITHDRAW"]
    assert [entry["record_token"] for entry in hub.ledger() if entry["cause"] == one] == [token]
    assert [entry for entry in hub.ledger() if entry["cause"] == nobody] == []
