"""The watch as a process on a real broker: tallies in transactions, kills, and what its views show."""

import os
import random
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from confluent_kafka import Producer
from pump_bench import wait_for
from small_hub import Hub

from deploy.credentials import read_credential
from schemas.records import Record, encode
from schemas.wire import frame

TALLY = "uk.pointduty.hub.Tally"
HOUR_MS = 3_600_000
KINDS = ("crime", "incident", "stop-search", "custody", "")
RESUME_SECONDS = 15.0
"""How long a watch that was killed may take until it reads tallies again."""


def random_tally(chance: random.Random, forces: list[str], at_ms: int) -> Record:
    """A tally of one of the forces: some of what each field may hold."""
    kind = chance.choice(KINDS)
    codes = {code: chance.randrange(1, 9) for code in chance.sample(["PD-204", "PD-207", "PD-301", "PD-311"], 2)}
    some = [{"reason": code, "count": count} for code, count in codes.items()]
    judged = chance.randrange(0, 50)
    return {
        "force": chance.choice(forces),
        "kind": kind,
        "source_partition": 0,
        "first_offset": 0,
        "last_offset": 9,
        "standardised": judged if kind else 0,
        "refused": some if not kind else [],
        "flags": some if kind else [],
        "dimensions": [{"dimension": "score", "judged": judged, "sum": judged * chance.randrange(101)}] if judged else [],
        "delays": [{"span": "received-standardised", "judged": 1, "sum_ms": chance.randrange(9999), "max_ms": 9999}],
        "at": at_ms,
    }


def write_tallies(hub: Hub, tallies: list[Record], slot: int = 0, together: int = 10, aborted: int = 7) -> None:
    """As standardise writes them: `together` in each transaction, and one transaction in `aborted` is taken back first."""
    config: dict[str, Any] = {**read_credential(hub.home, "hub.standardise"), "compression.type": "lz4"}
    producer = Producer({**config, "transactional.id": hub.topics.group(f"standardise-{slot}"), "retry.backoff.ms": 5})
    producer.init_transactions(30)
    for number, first in enumerate(range(0, len(tallies), together)):
        some = tallies[first : first + together]
        if number % aborted == 0:
            producer.begin_transaction()
            _produce(producer, hub, some)
            producer.flush(30)
            producer.abort_transaction(30)
        producer.begin_transaction()
        _produce(producer, hub, some)
        producer.commit_transaction(30)


def _produce(producer: Producer, hub: Hub, tallies: list[Record]) -> None:
    for tally in tallies:
        producer.produce(hub.topics.quality, frame(1, encode(TALLY, tally)), f"{tally['force']}/{tally['kind']}".encode())


class WatchProcess:
    """`pointduty process watch`, which may be killed and started again."""

    def __init__(self, hub: Hub, folder: Path) -> None:
        self._hub, self._port_file = hub, folder / "port"
        self._log = folder / "watch.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._port_file.unlink(missing_ok=True)
        settings = {"POINTDUTY_HOME": str(self._hub.home), "POINTDUTY_TOPIC_PREFIX": self._hub.topics.prefix}
        command = [sys.executable, "-c", "from deploy.cli import main; main()", "process", "watch"]
        environment = {**os.environ, **settings}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--port-file", str(self._port_file)], env=environment, stdout=log, stderr=log
            )

    def kill(self) -> None:
        """End it as a crash does."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)

    def stop(self) -> int:
        """End it in order; gives its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(30)

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def ask(self, path: str) -> Any:
        """What a path of its port answers; None while it answers nothing, or nothing good."""
        assert self._process is not None
        assert self._process.poll() is None, f"the watch has ended:\n{self._log.read_text()}"
        try:
            port = int(self._port_file.read_text())
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                return answer.read() if path == "/metrics" else orjson.loads(answer.read())
        except (OSError, ValueError, urllib.error.URLError):
            return None

    def wait_until_well(self, seconds: float = RESUME_SECONDS) -> float:
        """Wait until it reads tallies; gives the seconds that it took from the call."""
        began = time.monotonic()
        wait_for(lambda: self.ask("/health") is not None, "the watch reads tallies", seconds)
        return time.monotonic() - began

    def wait_until_further(self, count: int) -> None:
        """Wait until so many offsets more are applied, or nothing waits."""
        health = self.ask("/health")
        goal = (health or {"applied": 0})["applied"] + count

        def is_further() -> bool:
            health = self.ask("/health")
            return health is not None and (health["applied"] >= goal or health["lag"] == 0)

        wait_for(is_further, "the watch goes on")

    def wait_until_read(self, seconds: float = 200.0) -> None:
        """Wait until nothing waits in `quality`."""

        def is_read() -> bool:
            health = self.ask("/health")
            return health is not None and health["lag"] == 0

        wait_for(is_read, "all tallies are read", seconds)


@contextmanager
def running_watch(hub: Hub, folder: Path) -> Iterator[WatchProcess]:
    """A watch that ends with the block."""
    process = WatchProcess(hub, folder)
    process.start()
    try:
        yield process
    finally:
        process.close()
