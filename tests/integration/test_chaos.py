"""Kills, pauses, comings and goings in the middle of a real month: the balance must hold to the row.

`police-uk/street/2018-12` has 265,726 rows of 29 forces. The smaller faults run on a part of it. Every run ends with the
same verdict: the table balances; no delivery twice under read_committed, none missing, none out of order within a record, no
gap in a lane; committed offsets never went back; every delivery that a read_uncommitted reader saw has its ledger entry.
"""

import gzip
import os
import random
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest
from broker_faults import kill
from confluent_kafka import Consumer, KafkaException, TopicPartition
from pump_bench import wait_for

from deploy.balance import HubCounts, read_head
from deploy.broker import Choice, up
from deploy.clients import client_config
from deploy.demo import count
from deploy.demo_hub import Publisher, RunningHub
from deploy.published import Published
from deploy.settings import Settings
from deploy.topic_reader import read_topics
from schemas.records import decode
from schemas.reference import forces
from schemas.wire import unframe
from stream_processors.outputs import LEDGER_ENTRY
from stream_processors.rule_set import load_rule_set, shipped_parts

STREET = Path(__file__).parents[3] / "shared" / "data" / "police-uk" / "street" / "2018-12"
"""Real input; it is not part of the project."""

QUICK = ("consumer.session.timeout.ms=3000", "consumer.heartbeat.interval.ms=500")
"""A shorter session, so that a pause of 9 s is well beyond it."""

PAUSE_SECONDS = 9.0

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(not STREET.is_dir(), reason=f"NOT TESTED: no kill or pause on real data: {STREET.name} is not there"),
]


class Watch(threading.Thread):
    """Looks at both groups' committed offsets all the time: they may never go back."""

    def __init__(self, hub: RunningHub) -> None:
        super().__init__(daemon=True)
        self._hub, self._stop_asked = hub, threading.Event()
        self.seen: dict[tuple[str, str, int], int] = {}
        self.went_back: list[tuple[str, str, int, int, int]] = []
        self.looks = 0
        self._parts: dict[str, list[TopicPartition]] = {}

    def run(self) -> None:
        config, topics = client_config(self._hub.settings.home, "admin"), self._hub.settings.topics
        inputs = {"standardise": [topics.submission(force) for force in forces()], "disseminate": [topics.standard]}
        readers = {}
        for stage, names in inputs.items():
            group = topics.group(stage)
            readers[group] = Consumer({**config, "group.id": group, "enable.auto.commit": "false", "log_level": "0"})
            known = readers[group].list_topics(timeout=30).topics
            self._parts[group] = [TopicPartition(name, number) for name in names for number in known[name].partitions]
        while not self._stop_asked.wait(0.2):
            for group, reader in readers.items():
                try:
                    self._note(group, reader.committed(self._parts[group], timeout=5))
                    self.looks += 1
                except KafkaException:
                    continue  # the broker is being killed just now
        for reader in readers.values():
            reader.close()

    def _note(self, group: str, parts: Sequence[TopicPartition]) -> None:
        for part in parts:
            if part.error is None and part.offset >= 0:
                place = (group, part.topic, part.partition)
                before = self.seen.get(place, -1)
                if part.offset < before:
                    self.went_back.append((*place, before, part.offset))
                self.seen[place] = max(before, part.offset)

    def reached(self, group: str) -> int:
        """Messages behind the group's committed offsets."""
        return sum(offset for (name, _, _), offset in list(self.seen.items()) if name == group and offset > 0)

    def finish(self) -> None:
        """Stop looking."""
        self._stop_asked.set()
        self.join(60)


@contextmanager
def running(home: Path, choice: Choice) -> Iterator[RunningHub]:
    """A provisioned hub of its own with two processes of each stage."""
    with RunningHub(Settings(home=home), choice=choice) as hub:
        hub.provision()
        for stage in ("standardise", "disseminate"):
            for _ in range(2):
                hub.start(stage, QUICK)
        yield hub


def children(hub: RunningHub, stage: str) -> list["Popen[bytes]"]:
    """The living processes of a stage."""
    return [child for child in hub.children if stage in child.args and "process" in child.args]  # type: ignore[operator]


def pause(process: "Popen[bytes]") -> None:
    """SIGSTOP for PAUSE_SECONDS: heartbeats stop as well, and the process does not know."""
    process.send_signal(signal.SIGSTOP)
    threading.Event().wait(PAUSE_SECONDS)
    process.send_signal(signal.SIGCONT)


def progress(hub: RunningHub, watch: Watch, stage: str, messages: int) -> None:
    """Wait until a stage has gone on by so many messages: faults are to hit work, not rest."""
    start = watch.reached(hub.settings.topics.group(stage))
    wait_for(lambda: watch.reached(hub.settings.topics.group(stage)) >= start + messages, f"{stage} goes on", 240)


def judge(hub: RunningHub, watch: Watch, published: Published) -> HubCounts:
    """The verdict."""
    assert hub.wait_quiet(900) is None
    watch.finish()
    counts = count(hub)
    assert counts.problems == []
    assert published.rows_read == published.submitted + published.refused
    assert counts.submitted == published.submitted
    assert watch.went_back == []
    assert watch.looks > 10
    assert unexplained_copies(hub) == set()
    return counts


def unexplained_copies(hub: RunningHub) -> set[str]:
    """Delivery ids that an uncommitted reader of the feeds saw and the committed ledger does not have."""
    config, topics = client_config(hub.settings.home, "admin"), hub.settings.topics
    disclosed: set[str] = set()
    for message in read_topics(config, [topics.ledger]):
        if not (message.key() or b"").startswith(b"vector/"):
            entry = decode(LEDGER_ENTRY, unframe(message.value())[1])
            disclosed |= {said["delivery_id"] for said in entry["disclosures"]}
    feeds = [topics.feed(*feed.split(".")) for feed in load_rule_set(shipped_parts()).by_feed]
    heads = (read_head(message.value()) for message in read_topics(config, feeds, committed=False))
    seen = {head["delivery_id"] for head in heads if head["action"] != "HEARTBEAT"}  # which discloses nothing
    assert seen, "nothing was shared: the test shows nothing"
    return seen - disclosed


Fault = Callable[[RunningHub, random.Random], Any]


def kill_a_standardise(hub: RunningHub, dice: random.Random) -> None:
    """kill -9, and a new process in its place."""
    hub.kill(dice.choice(children(hub, "standardise")))
    hub.start("standardise", QUICK)


def kill_a_disseminate(hub: RunningHub, dice: random.Random) -> None:
    """kill -9, and a new process in its place."""
    hub.kill(dice.choice(children(hub, "disseminate")))
    hub.start("disseminate", QUICK)


def pause_a_standardise(hub: RunningHub, dice: random.Random) -> None:
    """A zombie: stopped beyond its session, then woken."""
    pause(dice.choice(children(hub, "standardise")))


def pause_a_disseminate(hub: RunningHub, dice: random.Random) -> None:
    """A zombie: stopped beyond its session, then woken."""
    pause(dice.choice(children(hub, "disseminate")))


def add_one_of_each(hub: RunningHub, _: random.Random) -> None:
    """Scale up."""
    hub.start("standardise", QUICK)
    hub.start("disseminate", QUICK)


def remove_one_of_each(hub: RunningHub, _: random.Random) -> None:
    """Scale down, politely."""
    hub.stop(children(hub, "standardise")[0], children(hub, "disseminate")[0])


def kill_the_broker(hub: RunningHub, _: random.Random) -> None:
    """kill -9 of Kafka, then a start on the same data."""
    kill(hub.settings.home, "kafka")
    up(hub.settings.home)


def test_every_fault_in_the_middle_of_a_real_month(tmp_path: Path, broker_choice: Choice) -> None:
    """kill -9 of each stage, a 9-second pause of each, a process of each added and one removed, and kill -9 of the broker,
    all in the middle of 265,726 real rows: everything balances to the row."""
    if broker_choice != "embedded":
        pytest.skip("NOT TESTED in containers: the month of kills takes as long again; the part below runs there")
    faults: list[Fault] = [
        kill_a_standardise,
        kill_a_disseminate,
        pause_a_standardise,
        add_one_of_each,
        pause_a_disseminate,
        kill_the_broker,
        remove_one_of_each,
        kill_a_disseminate,
    ]
    dice = random.Random(int(os.environ.get("POINTDUTY_TEST_SEED", "1")))
    with running(tmp_path / "home", broker_choice) as hub:
        watch = Watch(hub)
        watch.start()
        publishing: list[Publisher] = hub.start_publishing("police-uk-street", STREET, wait_seconds=900)
        for number, fault in enumerate(faults):
            progress(hub, watch, ("standardise", "disseminate")[number % 2], 3000)
            fault(hub, dice)
        counts = judge(hub, watch, hub.finish_publishing(publishing))
    assert (counts.submitted, counts.standard, counts.dead_lettered) == (265_726, 265_726, 0)
    assert counts.records == 265_408, "59,352 rows without an id, each a record of its own; 206,056 crime ids"


def test_a_worker_paused_between_a_and_b_and_one_behind_bs_offsets(tmp_path: Path, broker_choice: Choice) -> None:
    """Disseminate stopped for 9 s with a short session exactly between A and B, then exactly behind B's offsets, by a
    debugger's hand in the process itself: the other worker takes over, the woken one is refused, everything balances."""
    folder = tmp_path / "files"
    folder.mkdir()
    for force in (
        "city-of-london",
        "northumbria",
    ):
        file = next(iter(STREET.glob(f"*-{force}-street.csv*")))
        with gzip.open(file, "rb") as rows:
            (folder / file.name.removesuffix(".gz")).write_bytes(b"".join(islice(rows, 6_001)))
    with running(tmp_path / "home", broker_choice) as hub:
        watch = Watch(hub)
        watch.start()
        hub.stop(*children(hub, "disseminate"))
        started = [start_pausing(hub, place) for place in ("between", "behind")]
        publishing = hub.start_publishing("police-uk-street", folder)
        for _, paused in started:
            wait_for(paused.exists, "the worker has stopped itself", 120)
        helper = hub.start("disseminate", QUICK)
        threading.Event().wait(PAUSE_SECONDS)
        for process, _ in started:
            process.send_signal(signal.SIGCONT)
        counts = judge(hub, watch, hub.finish_publishing(publishing))
        assert helper.poll() is None
    assert counts.submitted > 5_000


def start_pausing(hub: RunningHub, place: str) -> tuple["Popen[bytes]", Path]:
    """A disseminate process that stops itself once at `place`; the file appears just before."""
    mark = hub.settings.home / f"paused-{place}"
    script = Path(__file__).parents[1] / "pausing_disseminate.py"
    arguments = [arg for override in QUICK for arg in ("--kafka", override)]
    process = hub.start_script(script, [place, str(mark), "process", "disseminate", *arguments])
    return process, mark
