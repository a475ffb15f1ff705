"""What a force does with its records, on the real broker: from its publisher to the agencies' feeds, and out of every store."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType
from core_hub import agreement
from force_hub import ForceHub, make_publisher
from stage_hub import LANES, Running, StageHub, make_stage_hub

from deploy.clients import client_config
from producers.door import Door
from producers.outbox import Outbox
from producers.publisher import Publisher
from schemas.actions import Action
from schemas.codes import Code
from schemas.errors import Refused
from schemas.records import Record, decode
from schemas.wire import unframe
from stream_processors.stage_standardise import DEAD_LETTER

FEEDS = [agreement("bureau"), agreement("council", share_when=[{"kind": ["crime"], "area": "own"}])]
LAD = "E08000021"


@pytest.fixture(scope="module")
def hub(cluster_home: Path) -> Iterator[StageHub]:
    with make_stage_hub(cluster_home, FEEDS) as made:
        made.publish_rules(FEEDS)
        yield made


class Force:
    """The first force of a hub: its publisher, and the hub's two stages."""

    def __init__(self, hub: StageHub, outbox: Outbox, workers: tuple[Running, Running]) -> None:
        self.hub, self.workers = hub, workers
        self.name = hub.forces[0]
        self.publisher: Publisher
        self.publisher, self.sender = make_publisher(ForceHub(hub.home, hub.registry_url, hub.topics, self.name), outbox)

    def crime(self, ref: str, summary: str, action: str = "VERSION", **more: Any) -> Record:
        envelope = {"source_system": "native", "source_ref": ref, "action": action}
        parts = {"marking": {"tier": "OFFICIAL"}, "occurred": {"start": "2026-06-01T10:00:00Z"}}
        content = {"crime": {"offence": {"value": "5D"}, "summary": summary}, "locations": [{"ref": "l", "lad_code": LAD}]}
        return {"envelope": envelope} | parts | content | more

    def publish(self, ref: str, summary: str = "first", action: str = "VERSION", **more: Any) -> None:
        self.publisher.accept("crime", self.crime(ref, summary, action, **more))
        assert self.publisher.drain(60) == 0

    def act(self, ref: str, action: Action, reason: str, summary: str = "") -> None:
        content = self.crime(ref, summary) if summary else None
        self.publisher.act(f"{self.name}:native:{ref}", action, reason, "crime" if summary else "", content)
        assert self.publisher.drain(60) == 0

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        for worker in self.workers:
            worker.wait(lambda: True, what)
        self.workers[1].wait(condition, what)

    def entries(self, action: str) -> list[Record]:
        return [entry for entry in self.hub.ledger() if entry["action"] == action]


@pytest.fixture
def force(hub: StageHub, tmp_path: Path) -> Iterator[Force]:
    with ExitStack() as stack:
        outbox = stack.enter_context(Outbox(tmp_path / "outbox.sqlite", Door(hub.forces[0]), lambda: datetime.now(UTC)))
        workers = (stack.enter_context(Running(hub, "standardise")), stack.enter_context(Running(hub, "disseminate")))
        made = Force(hub, outbox, workers)
        stack.callback(made.sender.close)
        yield made


def _life(hub: StageHub, name: str, agency: str = "bureau") -> list[tuple[str, str]]:
    """Action and token of each delivery of a record, found by the tokens that the ledger says were its."""
    token = next(each["record_token"] for each in hub.ledger() if each["action_reason"] == name)
    said = [each for entry in hub.ledger() if entry["record_token"] == token for each in entry["disclosures"]]
    return [(each["action"], each["token"]) for each in said if each["agency"] == hub.agency(agency)]


CASES = [
    (Action.RECALL, "SENT_UNLAWFULLY", ""),
    (Action.RESTRICTION, "ACCURACY_CONTESTED", ""),
    (Action.ERASURE, "UNLAWFUL_PROCESSING", "whole again"),
]


@pytest.mark.parametrize(("action", "reason", "again"), CASES)
def test_what_is_taken_back_is_withdrawn_until_it_is_reinstated(force: Force, action: Action, reason: str, again: str) -> None:
    """SHARE, then WITHDRAW under the same token to each who holds it; a version in between is withheld, a reinstatement shares
    under another token. The feed has just that, and no word of the reason; the ledger has both."""
    hub, ref = force.hub, f"{action}-1"
    force.publish(ref)
    force.act(ref, action, reason)
    force.wait(lambda: len(force.entries(action)) == 1, "the record is taken back")
    if action == Action.ERASURE:
        with pytest.raises(Refused) as refused:
            force.publish(ref, "second")
        assert refused.value.code == Code.RECORD_ERASED
    else:
        force.publish(ref, "second")
    force.act(ref, Action.REINSTATEMENT, "CLOSED_IN_ERROR", again)
    token = force.entries(action)[0]["record_token"]

    def is_back() -> bool:
        return any(each["record_token"] == token for each in force.entries(Action.REINSTATEMENT))

    force.wait(is_back, "the record is reinstated")
    for agency in ("bureau", "council-a"):
        life = _life(hub, reason, agency)
        assert [said for said, _ in life] == ["SHARE", "WITHDRAW", "SHARE"]
        assert life[0][1] == life[1][1] != life[2][1]
        heads = {head["delivery_id"]: head["action"] for head in hub.deliveries(agency)}
        entries = [entry for entry in hub.ledger() if entry["record_token"] == token]
        sent = [each for entry in entries for each in entry["disclosures"] if each["agency"] == hub.agency(agency)]
        assert [heads[each["delivery_id"]] for each in sent] == ["SHARE", "WITHDRAW", "SHARE"]
        values = [message.value() for message in hub.read(hub.topics.feed(hub.agency(agency), "live"))]
        assert not any(reason.encode() in value or str(action).encode() in value for value in values)
    assert hub.deliveries("council-b") == []


def test_a_correction_updates_and_says_in_the_ledger_why(force: Force) -> None:
    """An UPDATE to who holds it; the reason stands in the ledger alone."""
    force.publish("correct-1")
    force.act("correct-1", Action.CORRECTION, "INACCURATE", "put right")
    force.wait(lambda: len(force.entries(Action.CORRECTION)) == 1, "the record is corrected")
    assert [said for said, _ in _life(force.hub, "INACCURATE")] == ["SHARE", "UPDATE"]


def test_a_test_is_delivered_as_one_and_held_by_nobody(force: Force) -> None:
    """TEST in the feed, under a number of its own; no holders record, nothing in the tallies of quality."""
    hub = force.hub
    force.publish("test-1", action="TEST")
    force.wait(lambda: len(force.entries("TEST")) == 1, "the test is delivered")
    [entry] = force.entries("TEST")
    assert {said["action"] for said in entry["disclosures"]} == {"TEST"}
    assert [head["action"] for head in hub.deliveries("bureau")].count("TEST") == 1
    assert not [message for message in hub.read(hub.topics.holders) if b"test-1" in (message.key() or b"")]
    force.publish("test-1", "the real one")
    force.wait(lambda: "the real one" in str(_last_value(hub)), "the real one is shared")


def _last_value(hub: StageHub) -> bytes:
    return bytes(hub.read(hub.topics.feed(hub.agency("bureau"), "live"))[-1].value())


def test_what_a_client_of_its_own_makes_up_is_a_dead_letter(hub: StageHub, force: Force) -> None:
    """An action and a reason that nobody knows, past the publisher's door: each is refused by its code, nothing is shared."""
    from force_hub import headers  # noqa: F401  # the module is what is meant

    from schemas.records import encode
    from schemas.wire import frame

    name = "uk.pointduty.submission.Crime"
    producer = hub.producer(f"force.{force.name}")
    for number, envelope in enumerate(({"action": "BURN"}, {"action": "RECALL", "action_reason": "A. Person"})):
        whole = force.crime(f"odd-{number}", "x")
        whole["envelope"] |= {"force": force.name, "version": 1} | envelope
        value = frame(hub.schema_id(hub.topics.submission(force.name), name), encode(name, whole))
        producer.produce(hub.topics.submission(force.name), value, b"odd")
    assert producer.flush(30) == 0

    def letters() -> list[str]:
        found = hub.read(hub.topics.dead_letter(force.name))
        return [decode(DEAD_LETTER, unframe(message.value())[1])["code"] for message in found]

    force.wait(lambda: len(letters()) == 2, "both are refused")
    assert sorted(letters()) == [Code.UNKNOWN_ACTION, Code.UNKNOWN_REASON]


def _alter(hub: StageHub, topic: str, **settings: str) -> None:
    admin = AdminClient({**client_config(hub.home, "admin")})
    entries = [
        ConfigEntry(name.replace("_", "."), value, incremental_operation=AlterConfigOpType.SET)
        for name, value in settings.items()
    ]
    wanted = [ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)]
    for future in admin.incremental_alter_configs(wanted).values():
        future.result(30)


def _finds(hub: StageHub, topic: str, text: str) -> tuple[bool, bool]:
    """Whether anything that the broker still has of the topic says `text`: in a value, in a key. Every record of every batch is
    read, also of aborted transactions and of what a later one of its key has replaced."""
    config = {"group.id": "search", "enable.partition.eof": "true", "isolation.level": "read_uncommitted"}
    consumer = Consumer(client_config(hub.home, "admin") | config | {"auto.offset.reset": "earliest"})
    partitions = consumer.list_topics(topic, 30).topics[topic].partitions
    consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
    ended, value, key = 0, False, False
    while ended < len(partitions):
        message = consumer.poll(30)
        assert message is not None, "the broker did not answer in time"
        if message.error():
            ended += 1
            continue
        value |= text.encode() in (message.value() or b"")
        key |= text.encode() in (message.key() or b"")
    consumer.close()
    return value, key


@pytest.fixture
def quick(hub: StageHub) -> StageHub:
    """The hub with its bounds in seconds instead of days."""
    short = {"segment_ms": "1000", "file_delete_delay_ms": "100"}
    _alter(hub, hub.topics.holders, **short, max_compaction_lag_ms="1000", delete_retention_ms="1000")
    for topic in (hub.topics.standard, hub.topics.submission(hub.forces[0])):
        _alter(hub, topic, **short, retention_ms="2000")
    return hub


def test_an_erased_record_is_gone_from_every_topic_but_the_ledger(quick: StageHub, force: Force, tmp_path: Path) -> None:
    """A search of every batch finds it in submission, standard and holders, and in the lane's store; once it was erased, and
    whatever closes a segment has been written (here other records, else the daily sweep), no search does: holders at their
    compaction, the others at their retention. The ledger keeps that it was erased."""
    hub, ref = quick, "Zebedee-Quillfeather"
    topics = [hub.topics.submission(force.name), hub.topics.standard, hub.topics.holders]
    force.publish(ref)
    force.wait(lambda: all(_finds(hub, topic, ref)[0] for topic in topics), "the record is in every topic")
    lanes = hub.home / "lanes" / f"{hub.topics.prefix}0"
    assert _in_files(lanes, ref)
    force.act(ref, Action.ERASURE, "RETENTION_ENDED")
    force.wait(
        lambda: len(force.entries(Action.ERASURE)) >= 1 and not _in_files(lanes, ref), "the lane's store has forgotten it"
    )
    number = 0

    def are_gone() -> bool:
        nonlocal number
        for _ in range(4 * LANES):  # into every lane
            number += 1
            force.publish(f"other-{number}")
        return not any(any(_finds(hub, topic, ref)) for topic in topics)

    force.wait(are_gone, "no topic has it any more")
    assert not _in_files(lanes, ref)
    assert not _in_files(tmp_path, "first of all")
    [entry] = [entry for entry in force.entries(Action.ERASURE) if entry["action_reason"] == "RETENTION_ENDED"]
    assert {said["action"] for said in entry["disclosures"]} == {"WITHDRAW"}
    assert not _finds(hub, hub.topics.ledger, ref)[0]


def _in_files(folder: Path, text: str) -> bool:
    return any(text.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())
