"""An agency's side and the hub's stages together, on the real broker: recalls, gaps, replays, manifests, what is parked."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import OFFSET_END, TopicPartition
from confluent_kafka.admin import AdminClient
from core_hub import agreement
from feed_hub import Hub, make_hub, wait_for
from feed_maker import delivery
from lane_progress import give, is_done
from receipt_hub import acknowledged, deliver
from stage_hub import Running, StageHub, crimes, make_stage_hub
from subscribing import receipts, rows, run_json, said_of
from suspend_hub import do

from consumers.callbacks import Callbacks
from consumers.connect import connect
from consumers.database import open_file
from consumers.deliveries import Delivery
from deploy.clients import client_config
from deploy.signing_key import make_signing_key

BOTH = [agreement(), agreement("bureau")]
CLOSED = [agreement(), agreement("bureau", share_when=[{"marker": ["port"]}])]


@pytest.fixture
def hub(cluster_home: Path) -> Iterator[StageHub]:
    with make_stage_hub(cluster_home, BOTH) as made:
        made.publish_rules(BOTH)
        make_signing_key(cluster_home)
        yield made


def subscribe(hub: StageHub, file: Path, *words: str) -> tuple[int, Any]:
    """The bureau's command with a SQLite sink: exit status, and what it printed."""
    return run_json(hub.home, hub.topics, "subscribe", "--agency", hub.agency("bureau"), "--sqlite", str(file), *words)


def test_a_recall_of_a_suspended_agency_reaches_its_database(hub: StageHub, tmp_path: Path) -> None:
    """The feed is denied, and the command goes on without it, says so and ends with 3; what is recalled leaves the table, is
    printed, and is receipted: the hub waits for nothing any more. Resumed, the feed is read again."""
    file, bureau = tmp_path / "a.sqlite", hub.agency("bureau")
    deliver(hub, 3)
    assert subscribe(hub, file, "--until-idle", "0.3") == (0, None)
    engine = open_file(file)
    assert len(rows(engine)) == 3
    hub.publish_rules(CLOSED)
    do(hub, "suspend", f"feed/{bureau}.live")
    deliver(hub, 1, version=2)
    before = rows(engine)
    code, recall = subscribe(hub, file, "--until-idle", "0.3")
    assert code == 3
    assert (recall["action"], recall["feed"]) == ("WITHDRAW", hub.topics.recall(bureau))
    left = rows(engine)
    assert before.keys() - left.keys() == {recall["token"]}
    with Running(hub, "acknowledge") as worker:
        worker.wait(lambda: len(acknowledged(hub).records) > 0, "receipts are read")
        worker.wait(lambda: list(acknowledged(hub).awaited()) == [], "nothing is awaited")
    do(hub, "resume", f"feed/{bureau}.live")
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(1, 1, 2))
        worker.wait(lambda: any(head["action"] == "WITHDRAW" for head in hub.deliveries("bureau")), "the feed moves again")
    assert subscribe(hub, file, "--until-idle", "0.3")[0] == 0
    assert len(rows(engine)) == 1
    engine.dispose()


def test_a_gap_is_asked_for_filled_and_verified(hub: StageHub, tmp_path: Path) -> None:
    """Deliveries that were trimmed before they were read: the command asks, the hub sends the same numbers under other ids, and
    the table is whole; a replay changes nothing that is held; the hub's signed manifest of the day is met before and after,
    and not by whoever has read less, nor under another key."""
    file, bureau = tmp_path / "a.sqlite", hub.agency("bureau")
    feed = hub.topics.feed(bureau, "live")
    deliver(hub, 2)
    assert subscribe(hub, file, "--until-idle", "0.3")[0] == 0
    deliver(hub, 2, first=2)
    admin = AdminClient(client_config(hub.home, "admin"))
    [gone] = admin.delete_records([TopicPartition(feed, 0, OFFSET_END)]).values()
    gone.result()
    deliver(hub, 2, first=4)
    engine = open_file(file)
    with Running(hub, "acknowledge"), Running(hub, "disseminate") as worker:
        code, _ = subscribe(hub, file, "--until-idle", "6")
        assert code == 0
        assert sorted(rows(engine).values()) == [(1, number) for number in range(1, 7)]
        until = max(message.timestamp()[1] for message in hub.read(hub.topics.standard)) + 1
        command = give(hub, "REPLAY", f"feed/{bureau}.live", since_ms=0, until_ms=until, rate=1000)
        worker.wait(lambda: is_done(hub, command), "the replay is done")
    sign_and_verify(hub, file, {"MISSING"})
    tokens = rows(engine).keys()
    assert subscribe(hub, file, "--until-idle", "0.3")[0] == 0
    assert rows(engine).keys() == tokens
    assert sorted(rows(engine).values()) == [(1, number) for number in range(7, 13)]
    sign_and_verify(hub, file, {"RIGHT"})
    of_feed = said_of(receipts(hub.home, hub.topics, bureau), "HANDLED")
    assert of_feed == {(f"{bureau}.live", 0, number): 1 for number in range(1, 13)}
    engine.dispose()


def sign_and_verify(hub: StageHub, file: Path, verdicts: set[str]) -> None:
    """Have the hub sign today, and the agency check it: under the pinned key, under another one, and with nothing read."""
    bureau, today = hub.agency("bureau"), datetime.now(UTC).date().isoformat()
    run_json(hub.home, hub.topics, "reconcile", "--agency", bureau, "--day", today, "--sign")
    code, key = run_json(hub.home, hub.topics, "signing-key")
    assert code == 0
    pinned = file.with_name("hub.key")
    pinned.write_text(key["public_key"] + "\n")
    code, found = subscribe(hub, file, "--verify", "--key", str(pinned), "--day", today)
    assert {each["verdict"] for each in found["days"]} == verdicts, found
    assert code == (0 if verdicts == {"RIGHT"} else 1)
    if verdicts == {"MISSING"}:
        assert [each["missing"] for each in found["days"]] == [[[0, 7, 12]]]
    other = "A" * 43 + "="
    assert [each["verdict"] for each in subscribe(hub, file, "--verify", "--key", other)[1]["days"]] == ["NOT_SIGNED"]
    code, found = subscribe(hub, file, "--verify", "--key", str(pinned), "--day", "2020-01-01")
    assert (code, found["days"]) == (1, [])
    with pytest.raises(AssertionError, match="PD-519"):
        subscribe(hub, file.with_name("none.sqlite"), "--verify", "--key", str(pinned))
    assert not file.with_name("none.sqlite").exists()


@pytest.fixture(scope="module")
def feeds(cluster_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with make_hub(cluster_home, tmp_path_factory.mktemp("state"), 2) as made:
        yield made


def test_what_a_callback_could_not_handle_is_seen_and_tried_again(feeds: Hub, tmp_path: Path) -> None:
    """A callback that raises for one delivery: it is parked, and the feed goes on; `parked` shows place and error, and nothing
    of its text; a retry while the program runs gives it again, in vain as long as it is not mended, and then it is handled."""
    feed, broken, got = feeds.new_feed(), True, list[int]()
    ended = threading.Event()

    def handle(one: Delivery) -> None:
        if one.sequence == 2 and broken:
            raise ValueError("a secret")
        got.append(one.sequence)

    def parked(*words: str) -> tuple[int, Any]:
        return run_json(tmp_path, feeds.topics, "subscriptions", "parked", "--agency", feeds.agency, *words)

    def retry(*words: str) -> tuple[int, Any]:
        return run_json(tmp_path, feeds.topics, "subscriptions", "retry", "--agency", feeds.agency, *words)

    feeds.send(feed, [delivery(0, number, token=f"t{number}") for number in (1, 2, 3)])
    with connect(
        feeds.credential,
        feeds.registry_url,
        group=feeds.group("cases"),
        feeds=[feed],
        state_folder=tmp_path / "subscriptions",
        callbacks=Callbacks(on_delivery=handle, on_recall=lambda _: None),
        recall=feeds.topics.recall(feeds.agency),
        receipt=feeds.topics.receipt(feeds.agency),
        wait=lambda _: None,
    ) as subscriber:
        running = threading.Thread(target=subscriber.run, args=(ended.is_set,))
        running.start()
        try:
            wait_for(lambda: got == [1, 3])
            wait_for(lambda: subscriber.health()["waiting"] == 1)
            code, [row] = parked()
            assert code == 1
            assert row["id"] == f"{feed}/0/2"
            assert (row["group"], row["code"], row["reason"], row["tries"]) == ("cases", "PD-510", "ValueError", 1)
            assert parked("--feed", "another") == (0, [])
            assert retry("--wait", "60") == (1, {"asked": 1, "handled": 0, "again": 1, "waiting": 0})
            assert retry("--id", "another/0/2") == (1, {"asked": 0, "handled": 0, "again": 0, "waiting": 0})
            broken = False
            assert retry("--id", row["id"], "--wait", "60") == (0, {"asked": 1, "handled": 1, "again": 0, "waiting": 0})
            assert got == [1, 3, 2]
            assert parked() == (0, [])
        finally:
            ended.set()
            running.join(60)
    sent = receipts(feeds.home, feeds.topics, feeds.agency)
    name = f"{feeds.agency}.{feed.rpartition('.')[2]}"
    assert said_of(sent, "REJECTED").keys() == {(name, 0, 2)}
    assert said_of(sent, "HANDLED") == {(name, 0, number): 1 for number in (1, 2, 3)}
    assert "secret" not in str(sent)
