"""What was sent, against receipts, on the real broker: withdrawals, reconcile, signed manifests, trimming; and the jobs."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Message
from core_hub import agreement
from prometheus_client import CollectorRegistry
from receipt_hub import ScriptedAgency, acknowledged, receipt_entries
from receipt_makers import span
from stage_hub import Running, StageHub, crimes, make_stage_hub
from suspend_hub import do
from typer.testing import CliRunner

from deploy.acknowledge_jobs import AcknowledgeJobs
from deploy.balance import read_head
from deploy.cli import app
from deploy.clients import client_config
from deploy.hub_records import now_ms, open_hub
from deploy.signing_key import make_signing_key, signing_key_file
from deploy.topic_reader import read_topics
from deploy.trimming import trim_feeds
from schemas.errors import NotReady, Refused
from schemas.manifests import DAY_MANIFEST, Delivered, check_manifest, digest_of
from schemas.records import Record, decode
from schemas.wire import unframe
from stream_processors.receipt_spans import Span

BOTH = [agreement(), agreement("bureau")]
CLOSED = [agreement(), agreement("bureau", share_when=[{"marker": ["port"]}])]
HOUR_MS = 3_600_000


@pytest.fixture
def hub(cluster_home: Path) -> Iterator[StageHub]:
    with make_stage_hub(cluster_home, BOTH) as made:
        made.publish_rules(BOTH)
        make_signing_key(cluster_home)
        yield made


def deliver(hub: StageHub, records: int, version: int = 1, first: int = 0, lane: int = 0) -> None:
    """So many records, or new versions of them, through disseminate."""
    before = len(hub.ledger())
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(records, first, version), lane)
        worker.wait(lambda: len(hub.ledger()) == before + records, "everything is decided")


def say(hub: StageHub, agency: ScriptedAgency, *ranges: Record, awaited: int | None = None, **more: Any) -> None:
    """A receipt, and what comes of it; `awaited`: so much is awaited then."""
    before = len(receipt_entries(hub))
    with Running(hub, "acknowledge") as worker:
        agency.say(*ranges, **more)
        worker.wait(lambda: len(receipt_entries(hub)) == before + 1, "the receipt is in the ledger")
        worker.wait(lambda: awaited in (None, len(list(acknowledged(hub).awaited()))), "the ledger is read")


def run(hub: StageHub, *words: str) -> tuple[int, Any]:
    """A command with --json: exit code, and what it printed."""
    settings = {"POINTDUTY_HOME": str(hub.home), "POINTDUTY_TOPIC_PREFIX": hub.topics.prefix, "POINTDUTY_LANES": "2"}
    done = CliRunner().invoke(app, [*words, "--json"], env=settings)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, json.loads(done.stdout) if done.stdout else None


def read_as(hub: StageHub, agency: str, topic: str) -> list[Message]:
    """What stands on a topic, read under an agency's own credential and group."""
    config = {**client_config(hub.home, f"agency.{agency}"), "group.id": hub.topics.group(f"agency.{agency}.reader")}
    return list(read_topics(config, [topic]))


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def offsets(hub: StageHub, agency: str) -> list[int]:
    """Offsets of the deliveries that stand in a feed."""
    return [message.offset() or 0 for message in hub.read(hub.topics.feed(hub.agency(agency), "live"))]


def test_withdrawals_lists_who_has_not_complied_and_what_can_not_be_delivered(hub: StageHub) -> None:
    """Each withdrawal until its receipt: by feed and by recall, with its state and its age; a suspended feed is named as the
    obstacle; once it is carried out nothing is listed. Nothing of a record is told but the start of its token."""
    deliver(hub, 3)
    bureau = ScriptedAgency(hub, "bureau")
    hub.publish_rules(CLOSED)
    deliver(hub, 2, version=2)
    say(hub, bureau, span(1, 3), span(4, state="RECEIVED"), awaited=2)
    code, rows = run(hub, "withdrawals")
    assert code == 0
    assert [(row["agency"], row["sent_by"], row["obstacle"]) for row in rows] == [(bureau.agency, "feed", "")] * 2
    assert sorted(row["state"] for row in rows) == ["RECEIVED", "SENT"]
    assert all(len(row["token"]) == 12 and not row["is_overdue"] and row["age_hours"] < 1 for row in rows)
    assert run(hub, "withdrawals", "--agency", "another") == (0, [])
    do(hub, "suspend", f"feed/{bureau.feed}")
    deliver(hub, 1, version=2, first=2)
    say(hub, bureau, span(4), awaited=2)
    code, rows = run(hub, "withdrawals", "--agency", bureau.agency)
    assert sorted((row["sent_by"], row["obstacle"]) for row in rows) == [("feed", "the feed is suspended"), ("recall", "")]
    assert run(hub, "withdrawals", "--overdue") == (0, [])


def test_an_overdue_withdrawal_ends_the_command_with_one(hub: StageHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A day and a half later it is overdue, and a daily job sees it."""
    deliver(hub, 1)
    hub.publish_rules(CLOSED)
    deliver(hub, 1, version=2)
    say(hub, ScriptedAgency(hub, "bureau"), span(1), awaited=1)
    later = now_ms() + 365 * 24 * HOUR_MS
    monkeypatch.setattr("deploy.hub_records.now_ms", lambda: later)
    code, rows = run(hub, "withdrawals", "--overdue")
    assert (code, [row["is_overdue"] for row in rows]) == (1, [True])


def test_reconcile_says_what_is_missing(hub: StageHub) -> None:
    """Sent so many, acknowledged so many, these are missing: ends with 1, and with 0 once nothing is; a day on which nothing
    was sent has nothing."""
    deliver(hub, 6)
    bureau = ScriptedAgency(hub, "bureau")
    say(hub, bureau, span(1, 2), span(5))
    code, told = run(hub, "reconcile", "--agency", bureau.agency)
    [feed] = told["feeds"]
    assert (code, feed["sent"], feed["handled"], feed["missing"]) == (1, 6, 3, 3)
    assert feed["gaps"] == [[0, 3, 4], [0, 6, 6]]
    say(hub, bureau, span(1, 6))
    assert run(hub, "reconcile", "--agency", bureau.agency, "--day", today())[0] == 0
    before = (datetime.now(UTC) - timedelta(days=3)).date().isoformat()
    assert run(hub, "reconcile", "--agency", bureau.agency, "--day", before) == (
        0,
        {"agency": bureau.agency, "day": before, "feeds": [], "manifests": []},
    )


def test_a_signed_manifest_is_what_the_agency_has(hub: StageHub) -> None:
    """The agency reads it under its own credential, checks it with the printed key, and computes the same digest from what
    stands in its feed; with a byte changed it does not verify; a neighbour can't read it."""
    deliver(hub, 4)
    hub.publish_rules(CLOSED)
    deliver(hub, 1, version=2)
    bureau = hub.agency("bureau")
    code, told = run(hub, "reconcile", "--agency", bureau, "--day", today(), "--sign")
    assert (code, len(told["manifests"])) == (1, 1)
    pinned = run(hub, "signing-key")[1]
    [message] = read_as(hub, bureau, hub.topics.manifest(bureau))
    manifest = _manifest(message)
    assert message.key() == f"{bureau}.live/{today()}".encode()
    check_manifest(manifest, pinned["public_key"])
    assert (manifest["key_id"], manifest["counts"]) == (pinned["key_id"], {"SHARE": 4, "WITHDRAW": 1})
    heads = [read_head(each.value()) for each in read_as(hub, bureau, hub.topics.feed(bureau, "live"))]  # type: ignore[arg-type]
    own = [Delivered(head["lane"], head["sequence"], head["delivery_id"], head["action"]) for head in heads]
    assert digest_of(own) == manifest["digest"]
    assert [(lane["lane"], lane["first"], lane["last"], lane["count"]) for lane in manifest["lanes"]] == [(0, 1, 5, 5)]
    assert digest_of(own[:-1]) != manifest["digest"]
    with pytest.raises(Refused):
        check_manifest(manifest | {"digest": manifest["digest"][:-1] + "x"}, pinned["public_key"])
    with pytest.raises(NotReady):
        read_as(hub, hub.agency("council-a"), hub.topics.manifest(bureau))
    assert signing_key_file(hub.home).stat().st_mode & 0o777 == 0o600


def test_trimming_removes_exactly_what_was_acknowledged(hub: StageHub) -> None:
    """Nothing before its time; then everything below the first delivery that is not acknowledged and nothing above; what was
    never acknowledged stays; once more changes nothing."""
    deliver(hub, 8)
    bureau = ScriptedAgency(hub, "bureau")
    everything, others = offsets(hub, "bureau"), offsets(hub, "council-a")
    say(hub, bureau, span(1, 3), span(4, state="REJECTED"), span(6, 8))
    with open_hub(hub.settings) as records:
        at_ms = now_ms()
        [found] = trim_feeds(records, 24 * HOUR_MS, at_ms)
        assert (found.acknowledged_below, found.trimmed_below) == (everything[3], 0)
        assert offsets(hub, "bureau") == everything
        [shown] = trim_feeds(records, 0, at_ms + 25 * HOUR_MS, delete=False)
        assert (shown.trimmed_below, offsets(hub, "bureau")) == (everything[3], everything)
        for _ in range(2):
            [found] = trim_feeds(records, 24 * HOUR_MS, at_ms + 25 * HOUR_MS)
            assert found.trimmed_below == everything[3]
            assert offsets(hub, "bureau") == everything[3:]
        say(hub, bureau, span(4, 5), receipt_id="r-2")
        code, rows = run(hub, "trim", "--after-hours", "0", "--yes")
        assert (code, [row["feed"] for row in rows]) == (0, [bureau.feed])
    assert offsets(hub, "bureau") == []
    assert offsets(hub, "council-a") == others
    assert acknowledged(hub).spans(bureau.feed, 0) == (Span(1, 8, "DONE"),), "marks do not disturb the stage's state"
    say(hub, bureau, span(1), receipt_id="r-3")


def test_a_partition_is_cut_below_the_first_open_delivery_of_any_lane(hub: StageHub) -> None:
    """Of two lanes in one partition the one that is behind holds the cut, whatever the other has acknowledged."""
    for turn in range(2):
        for lane in range(2):
            deliver(hub, 2, first=10 * lane + 2 * turn, lane=lane)
    bureau, before = ScriptedAgency(hub, "bureau"), offsets(hub, "bureau")
    say(hub, bureau, span(1, 4), span(1, lane=1))  # in the feed stand 1 and 2 of lane 0, 1 and 2 of lane 1, 3 and 4 of each
    with open_hub(hub.settings) as records:
        [found] = trim_feeds(records, 0, now_ms())
    assert found.trimmed_below == before[3]
    assert offsets(hub, "bureau") == before[3:]


def test_the_jobs_trim_and_sign_under_the_hub_s_own_user(hub: StageHub) -> None:
    """hub.acknowledge may do what its jobs need: a day that is over is signed once for each agency that was sent something,
    and what was acknowledged is trimmed."""
    deliver(hub, 2)
    say(hub, ScriptedAgency(hub, "bureau"), span(1, 2))
    metrics = CollectorRegistry()
    jobs = AcknowledgeJobs(hub.settings.model_copy(update={"trim_after_hours": 0.0}), hub.registry_url, metrics)
    tomorrow = int(time.time() * 1000) + 24 * HOUR_MS
    jobs.turn(tomorrow + 3 * 24 * HOUR_MS)  # nobody was there on the days between
    jobs.turn(tomorrow + 3 * 24 * HOUR_MS)
    again = AcknowledgeJobs(hub.settings, hub.registry_url, CollectorRegistry())
    again.turn(tomorrow)
    failures = [metrics.get_sample_value("pointduty_job_failures_total", {"job": job}) for job in ("trim", "sign", "turn")]
    assert failures == [None] * 3
    assert offsets(hub, "bureau") == []
    manifests = {name: hub.read(hub.topics.manifest(hub.agency(name))) for name in ("bureau", "council-a")}
    assert {name: len(found) for name, found in manifests.items()} == {"bureau": 1, "council-a": 1}
    assert _manifest(manifests["bureau"][0])["counts"] == {"SHARE": 2}


def _manifest(message: Message) -> Record:
    value = message.value()
    assert isinstance(value, bytes)
    return decode(DAY_MANIFEST, unframe(value)[1])
