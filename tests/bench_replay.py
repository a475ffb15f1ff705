"""How much a replay slows live traffic: from an event's produce call into `standard` to its delivery in a reader's hands.

    PYTHONPATH=tests:. python tests/bench_replay.py [--live 500] [--rates 50 100 200] [--seconds 8] [--rounds 2]

A small hub on a real broker, one disseminate process, three feeds of each event, a reader of one of them. Rounds without a
replay and with one at each rate take turns, so that whatever else the machine does is in all of them alike. The reader tells
live events by their order in the lane: each is a new record, so each is a SHARE, and what is replayed is an UPDATE.
"""

import argparse
import itertools
import os
import signal
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from bench_suspend import running_home
from confluent_kafka import Consumer
from core_hub import agreement, at, event
from lane_progress import give
from stage_hub import LANES, StageHub, make_stage_hub
from suspend_hub import disseminating

from deploy.balance import read_head
from deploy.clients import client_config
from schemas.kinds import KINDS
from schemas.records import encode
from schemas.wire import frame

RULES = [agreement(share_when=[{"kind": ["crime"], "area": "own"}]), agreement("bureau"), agreement("squad")]
SETTLE_SECONDS = 1.5
"""Behind a command and before a round: not counted."""


class Writer:
    """Writes new records into the lanes by turns."""

    def __init__(self, hub: StageHub) -> None:
        name = KINDS["crime"].standard
        self._topic, self._producer = hub.topics.standard, hub.producer(**{"linger.ms": 0})
        self._schema_id, self._name, self._force = hub.schema_id(self._topic, name), name, hub.forces[0]
        self._record, self._numbers = event(locations=at()), itertools.count()

    def write(self) -> int:
        """One event; gives its lane."""
        number, envelope = next(self._numbers), self._record["envelope"]
        envelope.update(record_id=f"{self._force}:native:R/{number}", force=self._force, event_id=f"{number:032x}")
        value = frame(self._schema_id, encode(self._name, self._record))
        self._producer.produce(self._topic, value, envelope["record_id"].encode(), partition=number % LANES)
        self._producer.poll(0)
        return number % LANES

    def flush(self) -> None:
        """Until all stands."""
        assert self._producer.flush(30) == 0


class Live(threading.Thread):
    """Writes evenly, so many a second, and notes when, by lane."""

    def __init__(self, hub: StageHub, rate: int) -> None:
        super().__init__(daemon=True)
        self._writer, self._rate, self.ended = Writer(hub), rate, threading.Event()
        self._writer._numbers = itertools.count(10_000_000)
        self.sent: dict[int, list[float]] = defaultdict(list)

    def run(self) -> None:
        started = time.monotonic()
        for number in itertools.count():
            now = time.monotonic()
            self.sent[self._writer.write()].append(now)
            if self.ended.wait(max(0.0, started + number / self._rate - time.monotonic())):
                break
        self._writer.flush()


class Reader(threading.Thread):
    """Reads the feed, and notes when each delivery of a live event, and each of a replay, was in its hands."""

    def __init__(self, hub: StageHub) -> None:
        super().__init__(daemon=True)
        name = f"agency.{hub.agency('bureau')}"
        own = {"group.id": hub.topics.group(f"{name}.reader"), "auto.offset.reset": "earliest", "fetch.wait.max.ms": 10}
        self._consumer = Consumer({**client_config(hub.home, name), **own, "isolation.level": "read_committed"})
        self._topic, self.ended = hub.topics.feed(hub.agency("bureau"), "live"), threading.Event()
        self.came: dict[int, list[float]] = defaultdict(list)
        self.replayed: list[float] = []

    def run(self) -> None:
        self._consumer.subscribe([self._topic])
        while not self.ended.is_set():
            for message in self._consumer.consume(500, 0.02):
                if message.error() is None:
                    head, now = read_head(message.value()), time.monotonic()
                    (self.replayed if head["action"] == "UPDATE" else self.came[head["lane"]]).append(now)
        self._consumer.close()

    def wait(self, count: int) -> None:
        """Until so many new records have come."""
        until = time.monotonic() + 120
        while sum(map(len, self.came.values())) < count:
            assert time.monotonic() < until, "the disseminate process does not keep pace"
            time.sleep(0.05)


def stored(hub: StageHub, writer: Writer, count: int) -> tuple[int, int]:
    """So many records into `standard`; gives the time (UTC milliseconds) in which they, and they alone, came."""
    time.sleep(0.02)
    since = int(time.time() * 1000)
    for _ in range(count):
        writer.write()
    writer.flush()
    time.sleep(0.02)
    return since, int(time.time() * 1000)


def latencies(live: Live, reader: Reader, preloaded: dict[int, int], begun: float, ended: float) -> list[float]:
    """Milliseconds of what was sent in this time, sorted."""
    found = []
    for lane, sent in live.sent.items():
        came = reader.came[lane][preloaded[lane] :]
        found += [
            (there - at_second) * 1000 for at_second, there in zip(sent, came, strict=False) if begun <= at_second < ended
        ]
    return sorted(found)


def row(name: str, times: Sequence[float], plain: Sequence[float], replayed: float) -> str:
    """One line."""
    p50, p99 = (times[int(len(times) * part)] for part in (0.5, 0.99))
    base = [plain[int(len(plain) * part)] for part in (0.5, 0.99)]
    ratios = f"{p50 / base[0]:>10.2f} {p99 / base[1]:>10.2f}"
    return f"{name:>12} {len(times):>8} {p50:>9.1f} {p99:>9.1f} {times[-1]:>9.1f} {ratios} {replayed:>12.0f}\n"


def measure(hub: StageHub, live_rate: int, rates: Sequence[int], seconds: float, rounds: int) -> None:
    """All rounds, and the table."""
    writer, feed = Writer(hub), f"feed/{hub.agency('bureau')}.live"
    plan = [(rate, stored(hub, writer, int(rate * seconds))) for _ in range(rounds) for rate in rates]
    reader, live, windows = Reader(hub), Live(hub, live_rate), defaultdict(list)
    with tempfile.TemporaryDirectory() as folder, disseminating(hub, "bureau", Path(folder)):
        reader.start()
        reader.wait(sum(int(rate * seconds) for rate, _ in plan))
        preloaded = {lane: len(came) for lane, came in reader.came.items()}
        live.start()
        for rate, (since, until) in plan:
            windows[0].append(run_for(seconds - SETTLE_SECONDS))
            give(hub, "REPLAY", feed, since_ms=since, until_ms=until, rate=rate)
            windows[rate].append(run_for(seconds - SETTLE_SECONDS))
        live.ended.set()
        live.join(30)
        reader.wait(sum(preloaded.values()) + sum(map(len, live.sent.values())))
        reader.ended.set()
        reader.join(30)
    plain = sorted(itertools.chain(*(latencies(live, reader, preloaded, *window) for window in windows[0])))
    names = ("replayed/s", "events", "p50 ms", "p99 ms", "most ms", "p50 ratio", "p99 ratio", "in fact/s")
    sys.stdout.write("{:>12} {:>8} {:>9} {:>9} {:>9} {:>10} {:>10} {:>12}\n".format(*names))
    for rate in sorted(windows):
        times = sorted(itertools.chain(*(latencies(live, reader, preloaded, *window) for window in windows[rate])))
        whole = sum(ended - begun for begun, ended in windows[rate])
        count = sum(begun <= came < ended for begun, ended in windows[rate] for came in reader.replayed)
        sys.stdout.write(row(str(rate) if rate else "none", times, plain, count / whole))
    load = os.getloadavg()[0]
    sys.stdout.write(f"{live_rate} live events/s to 3 feeds each, {rounds} rounds; load {load:.1f} on {os.cpu_count()} cores\n")


def run_for(seconds: float) -> tuple[float, float]:
    """Let it settle, then let it run; gives when it ran."""
    time.sleep(SETTLE_SECONDS)
    begun = time.monotonic()
    time.sleep(seconds)
    return begun, time.monotonic()


def main() -> None:
    """Measure on a broker of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--live", type=int, default=500)
    parser.add_argument("--rates", type=int, nargs="+", default=[50, 100, 200])
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--home", type=Path)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # its broker goes with it
    with running_home(given.home) as home, make_stage_hub(home, RULES) as hub:
        hub.publish_rules(RULES)
        measure(hub, given.live, given.rates, given.seconds, given.rounds)


if __name__ == "__main__":
    main()
