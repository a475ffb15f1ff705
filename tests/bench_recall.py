"""How soon a recall has reached an agency: from the force's send to the end of its subscriber's handler. `make bench-recall`

    PYTHONPATH=tests:. python tests/bench_recall.py [--recalls 1000] [--rate 500] [--every 0.05]

A small hub on a real broker: one process of each stage, 500 submissions/s of other records through them into a feed, and the
feed's subscriber with its journal and its receipts. Each recall is sent as the force's publisher would, and is handled
once the callback for the WITHDRAW of its token has returned.
"""

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench_suspend import running_home
from confluent_kafka import Producer
from core_hub import agreement, submission
from pump_bench import wait_for
from stage_hub import StageHub, make_stage_hub

from consumers.callbacks import Callbacks
from consumers.connect import connect
from consumers.deliveries import Delivery
from deploy.clients import client_config
from schemas.kinds import KINDS
from schemas.records import Record, encode
from schemas.wire import frame

RULES = [agreement("bureau")]
AGENCY = "bureau"
OTHERS = 2_000
"""Records of the other traffic: each is a new version of one of these."""
BOUND_SECONDS = 1.0


class Force:
    """A force's client: one producer for the traffic and the recalls, as its own publisher has one."""

    def __init__(self, hub: StageHub) -> None:
        self._force, self._topic = hub.forces[0], hub.topics.submission(hub.forces[0])
        self._id = hub.schema_id(self._topic, KINDS["crime"].submission)
        credential = client_config(hub.home, f"force.{self._force}")
        self._producer = Producer({**credential, "partitioner": "murmur2_random", "linger.ms": 5, "enable.idempotence": True})
        self._lock = threading.Lock()

    def send(self, ref: str, version: int, **parts: Record) -> None:
        """One submission."""
        given = {"force": self._force} | parts.pop("envelope", {})
        record = submission("crime", ref, version, envelope=given, **parts)
        value = frame(self._id, encode(KINDS["crime"].submission, record))
        with self._lock:
            self._producer.produce(self._topic, value, f"{self._force}:native:{ref}".encode())
            self._producer.poll(0)

    def recall(self, ref: str) -> None:
        """Take it back."""
        self.send(ref, 2, envelope={"action": "RECALL", "action_reason": "SENT_UNLAWFULLY"})

    def flush(self) -> None:
        """Until the broker has all."""
        assert self._producer.flush(30) == 0


class Traffic(threading.Thread):
    """So many submissions a second, evenly."""

    def __init__(self, force: Force, rate: int) -> None:
        super().__init__(daemon=True)
        self._force, self._rate, self.ended, self.sent = force, rate, threading.Event(), 0

    def run(self) -> None:
        started = time.monotonic()
        for number in itertools.count():
            version = 1 + number // OTHERS
            detail = {"offence": {"value": "5D"}, "summary": f"version {version}"}
            self._force.send(f"T/{number % OTHERS}", version, crime=detail)
            self.sent = number + 1
            if self.ended.wait(max(0.0, started + number / self._rate - time.monotonic())):
                return


class Agency(threading.Thread):
    """A subscriber that notes when it has handled what."""

    def __init__(self, hub: StageHub, registry_url: str, folder: Path) -> None:
        super().__init__(daemon=True)
        self._hub, self._url, self._folder, self.ended = hub, registry_url, folder, threading.Event()
        self.tokens: dict[str, str] = {}
        """Token to what its record says it is."""
        self.gone: dict[str, float] = {}
        """By that word: when its withdrawal was handled (seconds, monotonic)."""
        self.deliveries = 0

    def run(self) -> None:
        agency, topics = self._hub.agency(AGENCY), self._hub.topics
        with connect(
            client_config(self._hub.home, f"agency.{agency}"),
            self._url,
            group=topics.group(f"agency.{agency}.bench"),
            feeds=[topics.feed(agency, "live")],
            state_folder=self._folder,
            callbacks=Callbacks(on_delivery=self._count, on_withdraw=self._withdraw),
            receipt=topics.receipt(agency),
        ) as subscriber:
            subscriber.run(self.ended.is_set)

    def _count(self, delivery: Delivery) -> None:
        self.deliveries += 1
        if delivery.record is not None:
            self.tokens[delivery.token] = delivery.record["crime"]["summary"] or ""

    def _withdraw(self, delivery: Delivery) -> None:
        self.gone[self.tokens[delivery.token]] = time.monotonic()


@contextmanager
def worker(hub: StageHub, stage: str, folder: Path) -> Iterator[None]:
    """A process of a stage."""
    words = [str(hub.home), hub.topics.prefix, str(hub.settings.lanes), hub.forces[0], hub.agency(AGENCY)]
    program = f"from own_worker import run_worker; run_worker({stage!r}, {words!r})"
    with (folder / f"{stage}.log").open("wb") as log:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        process = subprocess.Popen([sys.executable, "-c", program], stdout=log, stderr=log, env=environment)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def measure(hub: StageHub, folder: Path, given: argparse.Namespace) -> tuple[list[float], float]:
    """Seconds from send to handled of each recall, and how many submissions a second there were beside."""
    force, agency = Force(hub), Agency(hub, hub.registry_url, folder / "state")
    traffic = Traffic(force, given.rate)
    words = [f"V/{number}" for number in range(given.recalls)]
    with ExitStack() as stack:
        for stage in ("standardise", "disseminate", "acknowledge"):
            stack.enter_context(worker(hub, stage, folder))
        agency.start()
        for word in words:
            force.send(word, 1, crime={"offence": {"value": "5D"}, "summary": word})
        force.flush()
        wait_for(lambda: len(agency.tokens) >= len(words), "everything is shared", 120)
        traffic.start()
        begun, first, sent_at = time.monotonic(), traffic.sent, {}
        for number, word in enumerate(words):
            time.sleep(max(0.0, begun + (number + 1) * given.every - time.monotonic()))
            sent_at[word] = time.monotonic()
            force.recall(word)
        wait_for(lambda: len(agency.gone) >= len(words), "every recall is handled", 60)
        rate = (traffic.sent - first) / (time.monotonic() - begun)
        traffic.ended.set()
        traffic.join(30)
        force.flush()
        agency.ended.set()
        agency.join(30)
    return sorted(agency.gone[word] - at for word, at in sent_at.items()), rate


def main() -> int:
    """Exit code 1 where the 99th percentile is a second or more."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recalls", type=int, default=1000)
    parser.add_argument("--rate", type=int, default=500, help="other submissions a second")
    parser.add_argument("--every", type=float, default=0.05, help="seconds between two recalls")
    parser.add_argument("--home", type=Path, help="home folder of a running broker; default: one of its own")
    given = parser.parse_args()
    with running_home(given.home) as home, make_stage_hub(home, RULES) as hub, tempfile.TemporaryDirectory() as folder:
        hub.publish_rules(RULES)
        found, rate = measure(hub, Path(folder), given)
    at = {
        name: found[min(len(found) - 1, int(len(found) * part))] for name, part in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
    }
    said = ", ".join(f"{name} {seconds * 1000:.0f} ms" for name, seconds in (*at.items(), ("worst", found[-1])))
    sys.stdout.write(f"{len(found)} recalls beside {rate:.0f} submissions/s: sent to handled {said}\n")
    sys.stdout.write(f"load average of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    return int(at["p99"] >= BOUND_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
