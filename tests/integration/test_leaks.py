"""The leak check on a real broker: a small nation through both stages, and then every byte that stands on the topics, with
keys, headers and Kafka's own times, what the stages logged, and what they answer on /metrics.
"""

import secrets
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import feed_rules
import pytest
from confluent_kafka import Message
from feed_rules import CHECKS, Seen, made_id, made_keys
from leak_items import Shelf, keyed, line_items
from leak_judge import Judge, references, strings_of
from leak_pipeline import forces_of
from leak_search import Item
from nation_hub import NAMES
from pump_bench import DEADLINE_SECONDS
from stage_hub import Running, StageHub
from structlog.testing import capture_logs

from deploy import stages
from deploy.access_rules import agency_user
from deploy.clients import admin_client, client_config
from deploy.cluster import load_cluster
from deploy.local_approvers import approve_locally, pin_local_approvers
from deploy.master_key import make_master_key, read_master_key
from deploy.metrics_server import serve
from deploy.nation.simulated import TRUTH, Nation, simulate_folder
from deploy.nation.truth import VersionRow
from deploy.nation.truth_reader import Truth, read_truth
from deploy.provision_apply import Target, provision
from deploy.provision_wanted import wanted_state
from deploy.registry import Registry
from deploy.rule_sets import feeds_of, publish, read_rule_sets
from deploy.settings import Settings
from deploy.topic_rules import load_topic_rules
from producers.row import Refusal
from schemas.kinds import KIND_OF_STANDARD
from schemas.records import Record, decode
from schemas.wire import frame, unframe
from stream_processors.lane_store import LANE_RECORDS
from stream_processors.outputs import DECISION_VECTOR, LEDGER_ENTRY
from stream_processors.rule_set import Parts, RuleSet, load_rule_set, shipped_parts
from stream_processors.stage_standardise import TALLY

FORCES = ("northumbria", "south-wales")
NATION = Nation(seed=31, hours=10, scale=0.1, forces=FORCES, fault_rate=0.03)
LANES = 2


def small_parts() -> Parts:
    """The shipped rules for two agencies of each kind: a topic for each of sixty takes its time."""
    parts, kept, count = shipped_parts(), list[str](), dict[str, int]()
    for line in parts["agencies.csv"].decode().splitlines():
        kind = line.split(",")[2]
        count[kind] = count.get(kind, 0) + 1
        if count[kind] <= 2:
            kept.append(line)
    return parts | {"agencies.csv": ("\n".join(kept) + "\n").encode()}


@dataclass
class Day:
    """What the broker has after the nation went through."""

    hub: StageHub
    rules: RuleSet
    truth: Truth
    logs: list[str]
    metrics: list[str]


@pytest.fixture(scope="module")
def day(cluster_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """The nation through a hub with a prefix of its own."""
    folder = tmp_path_factory.mktemp("nation") / "folder"
    simulate_folder(NATION, folder)
    cluster = load_cluster(cluster_home)
    assert cluster is not None
    parts, mark = small_parts(), secrets.token_hex(3)
    rules = load_rule_set(parts)
    settings = Settings(home=cluster_home, topic_prefix=f"k{mark}.", lanes=LANES, heartbeat_seconds=0)
    feeds = feeds_of(rules)
    with closing(Registry(cluster.registry_url)) as registry, pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages, "forces", lambda: dict.fromkeys(FORCES))
        patch.setattr(stages, "agencies", lambda: dict.fromkeys(feeds))
        wanted = wanted_state(
            settings.topics, forces=FORCES, agencies=list(feeds), feeds=feeds, rules=load_topic_rules(), lanes=LANES, brokers=1
        )
        target = Target(admin_client(cluster_home), registry, cluster_home, client_config(cluster_home, "admin"))
        make_master_key(cluster_home)
        pin_local_approvers(settings)
        provision(target, wanted, lambda: secrets.token_urlsafe(24), lambda _what, _count: None)
        hub = StageHub(settings, registry, cluster.registry_url, FORCES, mark)
        desk, now_ms = hub.desk(), int(time.time() * 1000)
        proposal = hub.proposal(read_rule_sets(desk), parts)
        publish(desk, proposal, approve_locally(settings, desk, proposal, now_ms), now_ms)
        patch.setattr(feed_rules, "MASTER_KEY", read_master_key(cluster_home))
        sent = _send(hub, folder)
        with capture_logs() as logs, Running(hub, "standardise") as first, Running(hub, "disseminate") as second:
            first.wait(lambda: first.count("standard_records_total", kind="") >= 0 and _taken(first) == sent, "all is standard")
            standard = len(hub.read(hub.topics.standard))
            second.wait(lambda: len(hub.ledger()) == standard, "all is decided")
            metrics = [line for worker in (first, second) for line in _ask(worker)]
        lines = [" ".join(f"{name}={value}" for name, value in line.items()) for line in logs]
        yield Day(hub, rules, read_truth(folder / TRUTH), lines, metrics)


def _taken(worker: Running) -> int:
    return int(worker.count("messages_in_total", stage="standardise"))


def _ask(worker: Running) -> list[str]:
    """What the process answers on /metrics."""
    with (
        closing(serve(worker.metrics, lambda: {"ok": True})) as server,
        urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=DEADLINE_SECONDS) as answer,
    ):
        return str(answer.read().decode()).splitlines()


def _send(hub: StageHub, folder: Path) -> int:
    """Every value that the forces' doors let out, under the ids of this registry."""
    producer, count, ids = hub.producer(**{"enable.idempotence": True}), 0, dict[tuple[str, str], int]()
    for force, values in forces_of(folder):
        topic = hub.topics.submission(force)
        for value in values:
            if not isinstance(value, Refusal):
                producer.produce(topic, _under_this_registry(hub, topic, value, ids), b"one")
                count += 1
                producer.poll(0)
    assert producer.flush(DEADLINE_SECONDS) == 0
    return count


def _under_this_registry(hub: StageHub, topic: str, value: bytes | None, ids: dict[tuple[str, str], int]) -> bytes | None:
    if not value or len(value) < 5 or value[0] != 0:
        return value  # broken on purpose
    number, body = unframe(value)
    name = NAMES.get(number)
    if name is None:
        return value
    place = (topic if "submission" in name else hub.topics.standard, name)
    if place not in ids:
        ids[place] = hub.schema_id(*place)
    return frame(ids[place], body)


def _read(day: Day) -> tuple[list[Item], list[Seen]]:
    """Everything on the topics, as the search and the checks see it."""
    hub, shelf, topics = day.hub, Shelf(day.rules), day.hub.topics
    rows = {(row.record, row.version): row for row in day.truth.versions() if row.outcome == "NEW"}
    names = {hub.schema_id(topics.standard, kind): kind for kind in KIND_OF_STANDARD}
    lanes = {hub.schema_id(topics.holders, kind): kind for kind in LANE_RECORDS}
    events: dict[tuple[int, int], Record] = {}
    for message in hub.read(topics.standard):
        schema, body = unframe(message.value())
        events[message.partition() or 0, message.offset() or 0] = decode(names[schema], body)
    items, disclosed, ids = list[Item](), dict[str, Record](), dict[str, str]()
    for message in hub.read(topics.ledger):
        name = DECISION_VECTOR if (message.key() or b"").startswith(b"vector/") else LEDGER_ENTRY
        own: frozenset[str] = frozenset()
        if name == LEDGER_ENTRY:
            entry = decode(name, unframe(message.value())[1])
            event = events[entry["source_partition"], entry["source_offset"]]
            ids[entry["event_id"]] = entry["record_token"]
            own = keyed(*(entry[field] for field in ("entry_id", "event_id", "record_token", "rule_set", "vector", "salt")))
            for said in entry["disclosures"]:
                disclosed[said["delivery_id"]] = event
                own |= keyed(said["token"], said["delivery_id"])
        items += shelf.record_items("ledger", name, message.key(), message.value() or b"", keyed=own)
    for message in hub.read(topics.holders):
        record_id = (message.key() or b"").decode().removeprefix("record/")
        row = next((row for (record, _), row in rows.items() if record == record_id), None)
        if message.value() is None:  # of a record that was erased: its key alone
            items.append(Item("holders", message.key() or b"", [("key", record_id)], row=row))
            continue
        name = lanes[unframe(message.value())[0]]
        items += shelf.record_items("holders", name, message.key(), message.value() or b"", row=row)
    for message in hub.read(topics.quality):
        items += shelf.record_items("tally", TALLY, message.key(), message.value() or b"")
    seen = [_see(day, shelf, feed, message, disclosed) for feed in day.rules.by_feed for message in _messages(day, feed)]
    for one, message in zip(seen, (m for feed in day.rules.by_feed for m in _messages(day, feed)), strict=True):
        items += _items(day, shelf, one, message, disclosed, rows)
    return items, seen


def _messages(day: Day, feed: str) -> Sequence[Message]:
    agency, _, name = feed.partition(".")
    return day.hub.read(day.hub.topics.feed(agency, name))


def _see(day: Day, shelf: Shelf, feed: str, message: Message, disclosed: dict[str, Record]) -> Seen:
    delivery = shelf.delivery(feed, message.value() or b"")
    envelope = disclosed[delivery["delivery_id"]]["envelope"]
    headers: Any = tuple(message.headers() or ())
    ids = (envelope["event_id"], envelope["record_id"], 0)
    return Seen(feed, (message.key() or b"").decode(), headers, message.timestamp()[1], delivery, *ids)


def _items(
    day: Day, shelf: Shelf, one: Seen, message: Message, disclosed: dict[str, Record], rows: dict[tuple[str, int], VersionRow]
) -> list[Item]:
    event = disclosed[one.delivery["delivery_id"]]
    envelope = event["envelope"]
    row = rows[envelope["record_id"], envelope["version"]]
    earlier = tuple(other for (record, version), other in rows.items() if record == row.record and version < row.version)
    bound = day.rules.by_feed[one.feed].id
    own = keyed(made_id(bound, one.event_id)) | ({one.key} & made_keys(bound, one.record_id))
    more = {"row": row, "earlier": earlier, "standard": event, "keyed": own, "foreign": frozenset((one.event_id,))}
    return list(shelf.feed_items(one.feed, message.key(), message.value() or b"", one.headers, one.timestamp_ms, **more))


def test_the_topics_of_a_broker_tell_of_nobody_else(day: Day) -> None:
    """Feeds, keys, headers, times, ledger, holders, tallies, logs and metrics, as the broker and the processes give them out;
    and every message of a feed tells what it may and no more."""
    items, seen = _read(day)
    kinds = {feed.partition(".")[0]: bound.agency.kind for feed, bound in day.rules.by_feed.items()}
    judge = Judge(day.truth, strings_of(day.truth, references(day.truth.versions())), kinds)
    report = judge.look([*items, *line_items("log", day.logs), *line_items("metric", day.metrics)])
    assert report.unexplained == []
    assert {found.where for found in report.leaks} <= {"feed"}
    assert {"feed", "key", "header", "time", "ledger", "holders", "tally", "log", "metric"} <= set(report.items)
    assert report.allowed > 100
    assert {check.__name__: list(check(seen, day.rules))[:3] for check in CHECKS} == {check.__name__: [] for check in CHECKS}


def test_a_broker_lists_to_an_agency_its_own_topics_alone(day: Day) -> None:
    """Nothing of another agency's, nothing of the hub's, by any name."""
    agency = sorted(bound.agency.id for bound in day.rules.by_feed.values())[0]
    own = {
        day.hub.topics.feed(agency, bound.agreement.feed) for bound in day.rules.by_feed.values() if bound.agency.id == agency
    }
    reader = day.hub.producer(agency_user(agency))
    listed = {name for name in reader.list_topics(timeout=30).topics if name.startswith(day.hub.topics.prefix)}
    assert own <= listed
    assert all(name.endswith(f".{agency}") or name in own for name in listed), listed
