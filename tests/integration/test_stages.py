"""The stage `disseminate` on the real broker: rules that change at the worst moment, lanes that move, stores that are lost."""

import hashlib
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from approving import rehearsal
from confluent_kafka import Consumer
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType
from core_hub import agreement, at, prohibition
from pump_bench import Gate, wait_for
from stage_hub import Running, StageHub, crimes, make_stage_hub
from structlog.testing import capture_logs

from deploy.clients import client_config
from deploy.local_approvers import approve_locally
from deploy.rule_set_floor import RuleSetFloor
from deploy.rule_sets import read_rule_sets
from schemas.codes import Code
from schemas.errors import Misconfigured, NotReady
from schemas.records import Record, encode
from schemas.wire import frame
from stream_processors.approvals import Statement
from stream_processors.control import ControlReader, publish_rule_set
from stream_processors.control_rule_sets import MANIFEST, PART
from stream_processors.proposals import Proposal
from stream_processors.rehearsal_report import report_of
from stream_processors.rule_set import hash_parts, load_rule_set

BOTH = [agreement(), agreement("bureau")]
BUREAU_ONLY = [agreement(share_when=[{"marker": ["port"]}]), agreement("bureau")]


@pytest.fixture
def hub(cluster_home: Path) -> Iterator[StageHub]:
    with make_stage_hub(cluster_home, BOTH) as made:
        yield made


def decided(hub: StageHub, records: int) -> Callable[[], bool]:
    """Whether so many records stand in the bureau's feed."""
    return lambda: len(hub.deliveries("bureau")) >= records


def no_gaps(hub: StageHub, *agencies: str) -> None:
    """In every lane of every feed the sequences are 1, 2, 3, ... and no delivery is there twice."""
    for agency in agencies:
        lanes: dict[int, list[int]] = defaultdict(list)
        found = hub.deliveries(agency)
        for head in found:
            lanes[head["lane"]].append(head["sequence"])
        assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in lanes.values()), (agency, lanes)
        assert len({head["delivery_id"] for head in found}) == len(found)


def test_rules_published_between_ledger_and_release_decide_the_batch_again(hub: StageHub) -> None:
    """The batch that was decided under the old rules is dropped: nothing of it is in a feed, not even for an uncommitted
    reader; the ledger has both entries, and the second one is what was released."""
    old, gate = hub.publish_rules(BOTH), Gate("release", ".feed.")
    with Running(hub, "disseminate", gate=gate) as worker:
        hub.write_standard(crimes(5))
        worker.wait(gate.reached.is_set, "the batch stands between ledger and release")
        new = hub.publish_rules(BUREAU_ONLY)
        gate.opened.set()
        worker.wait(decided(hub, 5), "the batch is released")
    councils = [hub.deliveries(name, committed=False) for name in ("council-a", "council-b", "council-c")]
    assert councils == [[], [], []]
    entries = hub.ledger(superseded=True)
    assert {entry["rule_set"] for entry in entries} == {old, new}
    last = {entry["source_offset"]: entry for entry in entries}
    assert {entry["rule_set"] for entry in last.values()} == {new}
    released = {head["delivery_id"] for head in hub.deliveries("bureau", committed=False)}
    assert released == {said["delivery_id"] for entry in last.values() for said in entry["disclosures"]}


def test_without_a_rule_set_nothing_is_released_and_the_input_waits(hub: StageHub) -> None:
    """The worker has its lanes, asks, and takes nothing; once there are rules, everything goes."""
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(5))
        worker.wait(lambda: worker.count("lanes_owned") > 0 and worker.asked > 5, "the worker has asked for rules often")
        assert hub.ledger() == []
        assert hub.deliveries("bureau", committed=False) == []
        hub.publish_rules(BOTH)
        worker.wait(decided(hub, 5), "everything is released")
    assert len(hub.ledger()) == 5


def _put(hub: StageHub, parts: dict[str, bytes], *, without: str = "", by: int = 2, **changes: Any) -> None:
    """A rule set as somebody puts it on control who may write there, past all checks: without a part, with the signatures of
    `by` approvers, with a manifest that was changed behind them."""
    desk = hub.desk()
    proposal = hub.proposal(read_rule_sets(desk), parts)
    approvals = approve_locally(hub.settings, desk, proposal, 1_790_000_000_000)[:by]
    manifest = proposal.manifest(approvals, {"council": 1, "bureau": 1}, 1_790_000_000_000) | changes
    ids = {name: hub.schema_id(hub.topics.control, name) for name in (PART, MANIFEST)}
    producer: Any = hub.producer()
    if without:
        real = producer

        class Forgetful:
            """Loses one part."""

            def produce(self, topic: str, value: bytes, key: str, **more: Any) -> None:
                if not key.endswith(f"/{without}"):
                    real.produce(topic, value, key, **more)

            def flush(self, seconds: float) -> int:
                return int(real.flush(seconds))

        producer = Forgetful()
    publish_rule_set(producer, hub.topics.control, ids, proposal.parts, proposal.rendering, manifest)


def test_what_is_no_newer_whole_rule_set_changes_nothing(hub: StageHub) -> None:
    """Garbage, unreadable parts and manifests, a set with a part missing, one with a lower number: the old rules stay, and
    the worker goes on."""
    rules = hub.publish_rules(BOTH)
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(2))
        worker.wait(decided(hub, 2), "the rules are in force")
        producer = hub.producer()
        for value in (b"garbage", b"", frame(4_000_000, b"x"), frame(hub.schema_id(hub.topics.control, PART), b"\xff"),
                      frame(hub.schema_id(hub.topics.control, MANIFEST), b"\xff" * 9)):  # fmt: skip
            producer.produce(hub.topics.control, value, b"whatever")
        assert producer.flush(30) == 0
        _put(hub, hub.parts(BUREAU_ONLY), without="agreements/0.yaml")
        _put(hub, hub.parts(BUREAU_ONLY, [prohibition()]), number=1)
        _put(hub, hub.parts(BUREAU_ONLY, [prohibition("other")]), number=0)
        hub.write_standard(crimes(3, first=2))
        worker.wait(decided(hub, 5), "the worker goes on")
    assert {entry["rule_set"] for entry in hub.ledger()} == {rules}
    assert len(hub.deliveries("council-a")) == 5


def test_a_rule_set_that_was_not_approved_changes_nothing(hub: StageHub) -> None:
    """The administrator puts sets on control that nobody, or one person, has signed, and one that was changed after both
    had: each stays without effect, an alert says why, and what both have signed then goes into force."""
    rules = hub.publish_rules(BUREAU_ONLY)
    with Running(hub, "disseminate") as worker, capture_logs() as lines:
        hub.write_standard(crimes(2))
        worker.wait(decided(hub, 2), "the rules are in force")
        _put(hub, hub.parts(BOTH), by=0)
        _put(hub, hub.parts(BOTH), by=1)
        _put(hub, hub.parts(BOTH), report_sha256="0" * 64)
        _put(hub, hub.parts(BOTH), number=99)
        hub.write_standard(crimes(3, first=2))
        worker.wait(decided(hub, 5), "the worker goes on")
        assert {entry["rule_set"] for entry in hub.ledger()} == {rules}
        assert hub.deliveries("council-a", committed=False) == []
        new = hub.publish_rules(BOTH)
        hub.write_standard(crimes(1, first=5))
        worker.wait(decided(hub, 6), "what is approved is in force")
    assert [entry["rule_set"] for entry in hub.ledger()][-1] == new
    assert len(hub.deliveries("council-a")) == 1
    alerts = [line["code"] for line in lines if line.get("alert")]
    assert {Code.NOT_APPROVED, Code.APPROVAL_INVALID} <= set(alerts)


def test_a_set_that_control_has_lost_lets_no_earlier_one_back(hub: StageHub) -> None:
    """Whoever may delete on control takes the last set away: a worker that reads it anew stands below what was in force, and
    releases nothing until a newer set is approved. An unread number is no number."""
    hub.publish_rules(BOTH)
    RuleSetFloor(hub.home, hub.topics.control).rise(2)
    hub.write_standard(crimes(2))
    with Running(hub, "disseminate") as worker, capture_logs() as lines:
        worker.wait(lambda: worker.asked > 5, "the worker has asked for rules often")
        assert hub.ledger() == []
        assert hub.deliveries("bureau", committed=False) == []
        hub.publish_rules(BUREAU_ONLY)
        worker.wait(decided(hub, 2), "the next set is in force")
    assert {line["code"] for line in lines if line.get("alert")} == {Code.OTHER_SET_IN_FORCE}
    file = hub.home / "rule-sets" / f"{hub.topics.control}.highest"
    assert file.read_text() == "3\n"
    file.write_text("x")
    with pytest.raises(Misconfigured):
        RuleSetFloor(hub.home, hub.topics.control)


def _put_that_does_not_load(hub: StageHub) -> None:
    """A set that both have signed and that this version can't load: they used another version's tools."""
    parts = hub.parts([agreement(gateways=["CDA1998-17"]), agreement("bureau")])
    known = read_rule_sets(hub.desk())
    assert known.current is not None
    sha256, rendering = hash_parts(parts), b"read by both"
    report = report_of(rehearsal(known.current.sha256, sha256))
    said = Statement(known.hub, "PUBLISH", known.current.number + 1, known.current.sha256, sha256, report.sha256,
                     hashlib.sha256(rendering).hexdigest())  # fmt: skip
    proposal = Proposal(said, parts, load_rule_set(hub.parts(BOTH)), rendering, (), 2)
    manifest = proposal.manifest(approve_locally(hub.settings, hub.desk(), proposal, 0), {"council": 1, "bureau": 1}, 0)
    ids = {name: hub.schema_id(hub.topics.control, name) for name in (PART, MANIFEST)}
    publish_rule_set(hub.producer(), hub.topics.control, ids, parts, rendering, manifest)


def test_a_rule_set_that_does_not_load_stops_everything_until_a_person_acts(hub: StageHub) -> None:
    """A complete set with a higher number that does not load: neither its rules nor the old ones release anything, the
    ledger does not fill up meanwhile, and the next good set lets everything go."""
    hub.publish_rules(BOTH)
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(2))
        worker.wait(decided(hub, 2), "the rules are in force")
        _put_that_does_not_load(hub)
        hub.write_standard(crimes(3, first=2))
        asked = worker.asked
        worker.wait(lambda: worker.asked > asked + 4, "the worker has asked again and again")
        assert len(hub.deliveries("bureau", committed=False)) == 2
        assert len(hub.ledger(superseded=True)) <= 2 + 3, "each try has written to the ledger"
        new = hub.publish_rules(BUREAU_ONLY)
        worker.wait(decided(hub, 5), "the good set is in force")
    last = {entry["source_offset"]: entry["rule_set"] for entry in hub.ledger()}
    assert [last[offset] == new for offset in range(5)] == [False, False, True, True, True]
    no_gaps(hub, "bureau", "council-a")


def test_a_lane_that_goes_to_another_worker_and_back_has_no_gap(hub: StageHub) -> None:
    """W1, W2, W1, each with its own old store: versions, revisions and sequences go on where the last owner stopped."""
    hub.publish_rules(BOTH)
    for number, slot in enumerate((0, 1, 0, 1), 1):
        with Running(hub, "disseminate", slot) as worker:
            for lane in (0, 1):
                events = crimes(4, first=10 * lane, version=number, crime={"summary": f"as of {number}"}, locations=at())
                hub.write_standard(events, lane)
            worker.wait(lambda done=8 * number: len(hub.ledger()) >= done and decided(hub, done)(), "all is released")  # type: ignore[misc]
    no_gaps(hub, "bureau", "council-a")
    revisions: dict[str, list[int]] = defaultdict(list)
    for entry in hub.ledger():
        for said in entry["disclosures"]:
            revisions[said["token"]].append(said["revision"])
    assert len(revisions) == 8 * 4
    assert all(found == [1, 2, 3, 4] for found in revisions.values())


def test_a_lost_lane_store_is_restored_from_the_topic(hub: StageHub) -> None:
    """With its folder deleted a worker knows every record again: resends are recognised, sequences go on."""
    hub.publish_rules(BOTH)
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(20))
        worker.wait(decided(hub, 20), "all is released")
    folder = hub.home / "lanes" / f"{hub.topics.prefix}0"
    assert folder.is_dir()
    shutil.rmtree(folder)
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(20) + crimes(1, first=20))
        worker.wait(decided(hub, 21), "the new one is released")
        assert worker.count("standard_events_total", outcome="RESEND") == 20
    no_gaps(hub, "bureau", "council-a")


def _compact(hub: StageHub, topic: str, **settings: str) -> None:
    admin = AdminClient({**client_config(hub.home, "admin")})
    entries = [
        ConfigEntry(name.replace("_", "."), value, incremental_operation=AlterConfigOpType.SET)
        for name, value in settings.items()
    ]
    for future in admin.incremental_alter_configs(
        [ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)]
    ).values():
        future.result()


@pytest.mark.timeout(240)
def test_a_lane_is_restored_from_a_compacted_topic(hub: StageHub) -> None:
    """After the broker has thrown away all but the last of each key, holders and counters are still complete."""
    hub.publish_rules(BOTH)
    _compact(hub, hub.topics.holders, segment_ms="200", min_cleanable_dirty_ratio="0.01", min_compaction_lag_ms="0",
             max_compaction_lag_ms="500", segment_bytes="1048576")  # fmt: skip
    written = 0
    with Running(hub, "disseminate") as worker:
        for version in range(1, 9):
            hub.write_standard(crimes(10, version=version, crime={"summary": f"as of {version}"}))
            written += 10
            worker.wait(decided(hub, written), "all is released")
        before = len(hub.read(hub.topics.holders))
        # Each further write rolls a segment, and only closed segments are compacted.
        version = 9

        def is_compacted() -> bool:
            nonlocal version, written
            hub.write_standard(crimes(1, version=version, crime={"summary": f"as of {version}"}))
            version, written = version + 1, written + 1
            wait_for(decided(hub, written), "the write is released")
            return len(hub.read(hub.topics.holders)) < before

        wait_for(is_compacted, "the broker has compacted the topic", 120)
    shutil.rmtree(hub.home / "lanes" / f"{hub.topics.prefix}0")
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(9, first=1, version=8, crime={"summary": "as of 8"}) + crimes(1, first=99))
        worker.wait(decided(hub, written + 1), "the new one is released")
        assert worker.count("standard_events_total", outcome="RESEND") == 9
    no_gaps(hub, "bureau", "council-a")


def test_a_reader_of_control_that_was_disturbed_has_no_hole(hub: StageHub) -> None:
    """The registry goes away in the middle of reading: what was fetched and not taken comes again, so that the reader does
    not stand at the end under old rules."""
    hub.publish_rules(BOTH)
    hub.publish_rules(BUREAU_ONLY)
    names = {hub.schema_id(hub.topics.control, name): name for name in (PART, MANIFEST)}
    calls = iter(range(1000))

    def name_of(schema_id: int) -> str | None:
        if next(calls) % 2:
            raise NotReady(Code.REGISTRY_AWAY)
        return names.get(schema_id)

    config = client_config(hub.home, "admin")
    consumer = Consumer({**config, "group.id": f"{hub.topics.prefix}look", "auto.offset.reset": "earliest"})
    reader = ControlReader(consumer, AdminClient({**config}), hub.topics.control, name_of, hub.desk().approvers)
    found, tries = None, 0
    while found is None:
        tries += 1
        assert tries < 100
        try:
            found = reader.read_to_end()
        except NotReady as error:
            assert error.code is Code.REGISTRY_AWAY
    consumer.close()
    assert (found.number, tries > 1) == (2, True)


def test_a_standard_record_that_can_not_be_read_stops_its_lane(hub: StageHub) -> None:
    """What standardise never writes: nothing behind it is released, the other lane goes on."""
    hub.publish_rules(BOTH)
    producer, name = hub.producer(), "uk.pointduty.standard.Crime"
    broken: Record = crimes(1)[0]
    value = frame(hub.schema_id(hub.topics.standard, name), encode(name, broken)[:-3])
    producer.produce(hub.topics.standard, value, b"broken", partition=0)
    assert producer.flush(30) == 0
    hub.write_standard(crimes(3), lane=0)
    with Running(hub, "disseminate") as worker:
        worker.wait(lambda: worker.count("batches_dropped_total", reason=str(Code.UNREADABLE_STANDARD)) > 1, "the lane stands")
    assert hub.deliveries("bureau", committed=False) == []
    assert hub.ledger() == []
