"""An erased record is gone from everything that the hub keeps, within a stated bound: a search that first finds it says so.

On a broker of its own, whose bounds are seconds instead of days (`deploy/topics.yaml` has those of a hub).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from acting_force import acting_force
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType
from core_hub import agreement
from log_search import search
from stage_hub import StageHub, make_stage_hub

from deploy import broker_kafka_config
from deploy.broker import down, up
from deploy.clients import client_config
from schemas.actions import Action

FEEDS = [agreement("bureau"), agreement("council", share_when=[{"kind": ["crime"], "area": "own"}])]
REF, TEXT = "Zebedee-Quillfeather", "seen at the old mill with a crate of quinces"

_EAGER = {
    "log.retention.check.interval.ms": 300,
    "log.initial.task.delay.ms": 0,
    "log.cleaner.backoff.ms": 300,
}
"""How often the broker looks, in place of every 5 minutes and every 15 seconds."""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StageHub]:
    home = tmp_path_factory.mktemp("eager")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(broker_kafka_config, "_LIMITS", broker_kafka_config._LIMITS | _EAGER)
        up(home, "embedded")
    try:
        with make_stage_hub(home, FEEDS) as made:
            made.publish_rules(FEEDS)
            yield made
    finally:
        down(home)


def shorten(hub: StageHub, topic: str, **settings: int) -> None:
    """Give the topic bounds of a second or two."""
    entries = [
        ConfigEntry(name.replace("_", "."), str(value), incremental_operation=AlterConfigOpType.SET)
        for name, value in {"segment_ms": 1000, "file_delete_delay_ms": 100, **settings}.items()
    ]
    admin = AdminClient({**client_config(hub.home, "admin")})
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)
    for future in admin.incremental_alter_configs([resource]).values():
        future.result(30)


class Days:
    """A day every two seconds, from the first look on; before `begin`, it is always the same."""

    def __init__(self) -> None:
        self.began_ms: int | None = None
        self._is_begun = False

    def begin(self) -> None:
        self._is_begun = True

    def day_of(self, now_ms: int) -> str:
        if self._is_begun and self.began_ms is None:
            self.began_ms = now_ms
        passed = 0 if self.began_ms is None else (now_ms - self.began_ms) // 2000
        return (date(2026, 6, 1) + timedelta(days=passed)).isoformat()


def places(hub: StageHub, outbox: Path) -> set[str]:
    """Topics and files that have anything of the record; the outbox has its name for ever, so of it the content counts."""
    return {found.where for found in search(hub.home, REF, TEXT)} | ({"outbox"} if search(outbox, TEXT) else set())


def test_an_erased_record_is_gone_from_everything_but_that_it_was_erased(
    hub: StageHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search of every decoded batch in the broker's files, of the lane stores and of the outbox finds the record; behind the
    bounds of the topics it finds it nowhere, though nobody has published since: the segment of holders is closed by what the
    lane's owner writes each day, and by nothing else. The ledger says that it was erased."""
    days = Days()
    monkeypatch.setattr("stream_processors.expiry_sweep.day_of", days.day_of)
    topics, outbox = hub.topics, tmp_path / "outbox"
    feeds = {topics.feed(hub.agency(agency), "live") for agency in ("bureau", "council-a")}
    forever = {topics.standard, topics.submission(hub.forces[0]), *feeds}
    outbox.mkdir()
    with acting_force(hub, outbox / "outbox.sqlite") as force:
        force.publish(REF, TEXT)
        force.wait(lambda: len(force.entries("VERSION")) == 1, "the record is shared")
        everywhere = {*forever, topics.holders, "outbox"}
        force.wait(lambda: everywhere <= places(hub, outbox), "the search finds it")
        assert any(where.startswith("lane-") for where in places(hub, outbox)), "it is in the lane's store"

        force.act(REF, Action.ERASURE, "RETENTION_ENDED")
        force.wait(lambda: len(force.entries(Action.ERASURE)) == 1, "it is erased")
        force.wait(lambda: not any(where.startswith("lane-") for where in places(hub, outbox)), "the lane's store forgets it")
        assert "outbox" not in places(hub, outbox)
        assert {*forever, topics.holders} <= places(hub, outbox), "no bound is over yet"

        shorten(hub, topics.holders, max_compaction_lag_ms=1000, delete_retention_ms=1000)
        for topic in forever:
            shorten(hub, topic, retention_ms=2000)
        force.wait(lambda: places(hub, outbox) == {topics.holders}, "holders alone have it: nothing has closed their segment")
        days.begin()
        force.wait(lambda: not places(hub, outbox), "no file has anything of it")

        [entry] = force.entries(Action.ERASURE)
        assert {said["action"] for said in entry["disclosures"]} == {"WITHDRAW"}
        assert entry["action_reason"] == "RETENTION_ENDED"
    assert places(hub, outbox) == set()


def test_a_search_finds_what_is_there(hub: StageHub, tmp_path: Path) -> None:
    """The search above sees a word that the broker has compressed, one in a key, and one in a file of its own."""
    producer = hub.producer(**{"compression.type": "lz4", "linger.ms": 50})
    for number in range(200):
        producer.produce(hub.topics.quality, b"walnut and quince " * 20, f"medlar-{number}".encode())
    assert producer.flush(30) == 0
    (tmp_path / "note").write_bytes(b"\0quince\0")
    assert [found.where for found in search(tmp_path, "quince")] == ["note"]
    raw = b"".join(path.read_bytes() for path in hub.home.rglob(f"{hub.topics.quality}-*/*.log"))
    assert b"medlar-150" not in raw, "it is compressed"
    assert hub.topics.quality in {found.where for found in search(hub.home, "medlar-150")}
    assert hub.topics.quality in {found.where for found in search(hub.home, "walnut and quince")}
