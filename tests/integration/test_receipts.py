"""The stage `acknowledge` on the real broker: true receipts count once, false ones are refused, nothing waits behind them."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from core_hub import agreement
from receipt_hub import ScriptedAgency, acknowledged, deliver, outcomes, receipt_entries, requests
from receipt_makers import span
from stage_hub import LANES, Running, StageHub, make_stage_hub
from suspend_hub import do

from schemas.codes import Code
from stream_processors.receipt_spans import Span

TESTS = Path(__file__).parents[1]
BOTH = [agreement(), agreement("bureau")]
CLOSED = [agreement(), agreement("bureau", share_when=[{"marker": ["port"]}])]


@pytest.fixture
def hub(cluster_home: Path) -> Iterator[StageHub]:
    with make_stage_hub(cluster_home, BOTH) as made:
        made.publish_rules(BOTH)
        yield made


def test_true_receipts_count_and_false_ones_are_refused(hub: StageHub) -> None:
    """Of a scripted agency: what it was sent counts; a neighbour's feed, numbers and lanes never sent, recalls of nobody,
    and garbage are refused by code, in the ledger too; and what comes behind them still counts."""
    deliver(hub, 5)
    bureau, squad = ScriptedAgency(hub, "bureau"), ScriptedAgency(hub, "council-a")
    bureau.say(span(1, 2), span(3, state="REJECTED", reason="TypeError"))
    bureau.write([b"", b"garbage", b"\0\0\0\0\1x"])
    bureau.say(span(1), feed=squad.feed)
    bureau.say(span(4, 6))
    bureau.say(span(1, lane=LANES + 5))
    bureau.say(feed=bureau.recall, recalls={"never-sent": "WITHDRAWN"})
    squad.say(span(6))
    bureau.say(span(4, 5, "RECEIVED"), span(2, state="MISSING"), receipt_id="r-2")
    with Running(hub, "acknowledge") as worker:
        worker.wait(lambda: len(receipt_entries(hub)) == 10, "every receipt is in the ledger")
    unreadable = [Code.RECEIPT_UNREADABLE] * 3
    never = [Code.RECEIPT_NEVER_SENT] * 3
    assert outcomes(hub, bureau.agency) == ["ACCEPTED", *unreadable, Code.RECEIPT_FOREIGN, *never, "ACCEPTED"]
    assert outcomes(hub, squad.agency) == [Code.RECEIPT_NEVER_SENT]
    assert worker.count("receipts_total", outcome="ACCEPTED") == 2
    assert worker.count("receipts_total", outcome=Code.RECEIPT_NEVER_SENT) == 4
    said = acknowledged(hub)
    assert said.spans(bureau.feed, 0) == (Span(1, 2, "DONE"), Span(3, 3, "REJECTED"), Span(4, 5, "RECEIVED"))
    assert set(said.records) == {f"{bureau.feed}/0"}
    [asked] = requests(hub)
    assert (asked["verb"], asked["subject"]) == ("RESEND", f"feed/{bureau.feed}")
    assert asked["cuts"] == [{"feed": bureau.feed, "lane": 0, "first": 2, "last": 2}]
    refused = [each for each in receipt_entries(hub) if each["outcome"] == "REFUSED"]
    assert all((each["receipt_id"], each["ranges"], each["feed"]) == ("", [], "") for each in refused)


def test_what_was_sent_a_moment_ago_may_be_acknowledged(hub: StageHub) -> None:
    """The view of what was sent lags, and is read on before anybody is refused."""
    bureau = ScriptedAgency(hub, "bureau")
    with Running(hub, "acknowledge") as worker:
        for turn in range(1, 4):
            deliver(hub, 2, first=2 * turn)
            bureau.say(span(2 * turn - 1, 2 * turn), receipt_id=f"r-{turn}")
            worker.wait(lambda: len(receipt_entries(hub)) == turn, "the receipt is in the ledger")  # noqa: B023  # asked at once
    assert outcomes(hub, bureau.agency) == ["ACCEPTED"] * 3
    assert acknowledged(hub).spans(bureau.feed, 0) == (Span(1, 6, "DONE"),)


def test_withdrawals_are_awaited_by_feed_and_by_recall_until_they_are_carried_out(hub: StageHub) -> None:
    """What was shared and is no longer permitted is awaited of the agency, and counted; its receipt ends that; a feed that is
    suspended is told by recall, whose receipt counts as well."""
    deliver(hub, 3)
    bureau = ScriptedAgency(hub, "bureau")
    with Running(hub, "acknowledge") as worker:
        hub.publish_rules(CLOSED)
        deliver(hub, 2, version=2)
        do(hub, "suspend", f"feed/{bureau.feed}")
        deliver(hub, 1, version=2, first=2)
        worker.wait(lambda: len(list(acknowledged(hub).awaited())) == 3, "all three are awaited")
        worker.wait(lambda: worker.count("withdrawals_waiting", agency=bureau.agency) == 3, "all three are counted")
        assert worker.count("withdrawals_overdue", agency=bureau.agency) == 0
        recalls = [dict(message.headers() or ())["ce_id"].decode() for message in hub.read(hub.topics.recall(bureau.agency))]
        assert len(recalls) == 3, "the undelivered withdrawals, and the one behind them"
        bureau.say(feed=bureau.recall, recalls=dict.fromkeys(recalls[:2], "WITHDRAWN"))
        worker.wait(lambda: len(list(acknowledged(hub).awaited())) == 1, "two are carried out")
        bureau.say(feed=bureau.recall, recalls={recalls[2]: "RECEIVED"}, receipt_id="r-2")
        bureau.say(feed=bureau.recall, recalls={recalls[2]: "HANDLED"}, receipt_id="r-3")
        worker.wait(lambda: list(acknowledged(hub).awaited()) == [], "all are carried out")
        worker.wait(lambda: worker.count("withdrawals_waiting", agency=bureau.agency) == 0, "none is counted")
    assert outcomes(hub, bureau.agency) == ["ACCEPTED"] * 3


@pytest.mark.parametrize("places", [("before", "behind", "after"), ("after", "after", "behind", "behind")])
def test_killed_again_and_again_every_receipt_counts_once(hub: StageHub, places: tuple[str, ...]) -> None:
    """`kill -9` before a transaction, with all its messages on the broker, and behind its commit: each receipt has one entry
    in the ledger, what is acknowledged is what a plain model says, and each question was asked once."""
    deliver(hub, 30)
    hub.publish_rules(CLOSED)
    deliver(hub, 5, version=2)  # five withdrawals, numbers 31 to 35
    bureau, model = ScriptedAgency(hub, "bureau"), dict[int, str]()
    number = 0
    for place in places:
        for _ in range(4):
            number += 1
            state = ("HANDLED", "RECEIVED", "REJECTED")[number % 3]
            bureau.say(span(number, state=state), span(30, state="MISSING"), receipt_id=f"r-{number}")
            model[number] = state.replace("HANDLED", "DONE")
        _run_until_killed(hub, bureau.agency, place)
    with Running(hub, "acknowledge") as worker:
        worker.wait(lambda: len(receipt_entries(hub)) >= number, "every receipt is in the ledger")
        worker.wait(lambda: _end_of_state(hub) == number, "and in what is acknowledged")
        worker.wait(lambda: len(list(acknowledged(hub).awaited())) == 5, "the withdrawals are awaited")
    entries = receipt_entries(hub)
    assert [(each["offset"], each["receipt_id"]) for each in entries] == [(n - 1, f"r-{n}") for n in range(1, number + 1)]
    spans = acknowledged(hub).spans(bureau.feed, 0)
    assert {n: each.state for each in spans for n in range(each.first, each.last + 1)} == model
    asked = [each["id"] for each in requests(hub)]
    assert len(asked) == len(set(asked)) == number


def _end_of_state(hub: StageHub) -> int:
    spans = acknowledged(hub).spans(f"{hub.agency('bureau')}.live", 0)
    return spans[-1].last if spans else 0


def _run_until_killed(hub: StageHub, agency: str, place: str) -> None:
    """A process of the stage that kills itself in its first transaction that writes something."""
    arguments = [str(hub.home), hub.topics.prefix, str(LANES), hub.forces[0], agency, place, "1"]
    process = subprocess.Popen([sys.executable, str(TESTS / "acknowledge_process.py"), *arguments], cwd=TESTS.parent)
    try:
        assert process.wait(90) == -signal.SIGKILL
    finally:
        process.kill()
        process.wait()
