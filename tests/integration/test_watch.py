"""The watch on the real broker: exact whatever is killed, back within 15 s, and it writes nothing but what is its own."""

import os
import random
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from confluent_kafka import KafkaError
from pump_bench import wait_for
from small_hub import Hub, error_of_write
from watch_hub import HOUR_MS, RESUME_SECONDS, WatchProcess, random_tally, running_watch, write_tallies

from deploy.cluster import Cluster
from schemas.records import Record

SEED = 20261122
HOURS = 20
REBUILD_SECONDS = 60.0
"""How long a watch may take that must read its whole changelog."""


@pytest.fixture
def hub(cluster_home: Path, cluster: Cluster) -> Iterator[Hub]:
    made = Hub(cluster_home, cluster, f"w{secrets.token_hex(3)}")
    made.provision(made.wanted())
    yield made
    made.target.registry.close()
    shutil.rmtree(cluster_home / "watch", ignore_errors=True)


def some_tallies(hub: Hub, count: int, seed: int = SEED) -> list[Record]:
    """Tallies of the last hours, in the order of their time."""
    chance, now_ms = random.Random(seed), int(time.time() * 1000)
    times = sorted(now_ms - chance.randrange(HOURS * HOUR_MS) for _ in range(count))
    return [random_tally(chance, hub.forces, at_ms) for at_ms in times]


def sums(tallies: list[Record]) -> dict[str, dict[str, Any]]:
    """What the tables must say, added up one by one: by force, and by force, kind and hour."""
    groups: dict[str, list[Record]] = defaultdict(list)
    for tally in tallies:
        groups[f"force/{tally['force']}"].append(tally)
        groups[f"hour/{tally['force']}/{tally['kind']}/{tally['at'] // HOUR_MS % 48}"].append(tally)
    return {key: _sum(group) for key, group in groups.items()}


def _sum(tallies: list[Record]) -> dict[str, Any]:
    judged, score, delays = 0, 0, []
    codes = {name: Counter[str]() for name in ("refused", "flags")}
    for tally in tallies:
        for name, found in codes.items():
            found.update({each["reason"]: each["count"] for each in tally[name]})
        judged += sum(each["judged"] for each in tally["dimensions"])
        score += sum(each["sum"] for each in tally["dimensions"])
        delays += [each["sum_ms"] for each in tally["delays"]]
    return {
        "tallies": len(tallies),
        "standardised": sum(tally["standardised"] for tally in tallies),
        **{name: dict(found) for name, found in codes.items()},
        "score": [judged, score],
        "delay": [len(delays), sum(delays)],
    }


def shown(watch: WatchProcess) -> dict[str, dict[str, Any]]:
    """What the tables do say."""
    told = watch.ask("/tables")
    assert told is not None
    return {key: _flat(value, value["total" if key.startswith("force/") else "counts"]) for key, value in told.items()}


def _flat(value: dict[str, Any], counts: dict[str, Any]) -> dict[str, Any]:
    return {
        "tallies": value["tallies"],
        "standardised": counts["standardised"],
        "refused": counts["refused"],
        "flags": counts["flags"],
        "score": counts["scores"].get("score", [0, 0]),
        "delay": counts["delays"]["received-standardised"][:2],
    }


@pytest.mark.timeout(900)  # on a busy machine it reads a hundred tallies a second
def test_every_tally_counts_once_whatever_is_killed(hub: Hub, tmp_path: Path) -> None:
    """Thousands of tallies in transactions, some taken back. The watch is killed again and again while it reads, and once its
    local store is lost: each time it reads again within 15 s, and in the end each cell of its tables is the exact sum. So is
    what stands in the changelog alone.
    """
    tallies, chance = some_tallies(hub, 3_000), random.Random(SEED)
    writer = threading.Thread(target=write_tallies, args=(hub, tallies))
    with running_watch(hub, tmp_path) as watch:
        watch.wait_until_well(REBUILD_SECONDS)  # the first time it makes its store
        writer.start()
        for kill in range(6):
            watch.wait_until_further(chance.randrange(300))
            watch.kill()
            if is_lost := kill == 3:
                shutil.rmtree(hub.home / "watch")
            watch.start()
            watch.wait_until_well(REBUILD_SECONDS if is_lost else RESUME_SECONDS)
        writer.join()
        watch.wait_until_read()
        expected = sums(tallies)
        assert shown(watch) == expected
        watch.kill()
        shutil.rmtree(hub.home / "watch")
        watch.start()
        watch.wait_until_well(REBUILD_SECONDS)
        watch.wait_until_read()
        assert shown(watch) == expected
        assert b"\npointduty_watch_tallies_seen_before_total 0.0" not in watch.ask("/metrics")  # some do come twice
        assert watch.stop() == 0


def test_a_force_reads_its_reports(hub: Hub, tmp_path: Path) -> None:
    """The hour that is over is reported to each force with what it has sent, and the command shows it to that force."""
    tallies = [tally for tally in some_tallies(hub, 400) if tally["force"] == hub.forces[0]]
    write_tallies(hub, tallies)
    hour = int(time.time() * 1000 - 30_000) // HOUR_MS - 1
    of_hour = [tally for tally in tallies if tally["at"] // HOUR_MS == hour]
    with running_watch(hub, tmp_path) as watch:
        watch.wait_until_well(REBUILD_SECONDS)
        watch.wait_until_read()
        wait_for(lambda: b"pointduty_watch_reports_total 1.0" in watch.ask("/metrics"), "a report is written")
    settings = {"POINTDUTY_HOME": str(hub.home), "POINTDUTY_TOPIC_PREFIX": hub.topics.prefix}
    command = [
        sys.executable,
        "-c",
        "from deploy.cli import main; main()",
        "quality-reports",
        "--force",
        hub.forces[0],
        "--json",
    ]
    done = subprocess.run(command, env={**os.environ, **settings}, capture_output=True, check=True)
    [report] = orjson.loads(done.stdout)
    assert report["rows"] == sum(t["standardised"] + sum(each["count"] for each in t["refused"]) for t in of_hour)
    assert {kind["kind"]: kind["standardised"] for kind in report["kinds"]} == {
        kind: sum(tally["standardised"] for tally in of_hour if tally["kind"] == kind) for kind in {t["kind"] for t in of_hour}
    }


def test_the_watch_writes_only_what_is_its_own(hub: Hub) -> None:
    """Its reports and its changelog are open to it; every other topic is refused, and its changelog is refused to others."""
    assert error_of_write(hub, "hub.watch", hub.topics.watch_changelog) is None
    assert error_of_write(hub, "hub.watch", hub.topics.quality_report(hub.forces[0])) is None
    names = hub.topics
    for topic in (
        hub.feed(0), names.ledger, names.holders, names.standard, names.control, names.quality,
        names.submission(hub.forces[0]), names.dead_letter(hub.forces[0]), names.recall(hub.agencies[0]),
    ):  # fmt: skip
        assert error_of_write(hub, "hub.watch", topic) == KafkaError.TOPIC_AUTHORIZATION_FAILED, topic
    for user in ("hub.standardise", "hub.disseminate", f"force.{hub.forces[0]}", f"agency.{hub.agencies[0]}"):
        assert error_of_write(hub, user, hub.topics.watch_changelog) == KafkaError.TOPIC_AUTHORIZATION_FAILED, user
