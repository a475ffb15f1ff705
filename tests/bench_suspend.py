"""How long a suspended agency can still read: from the command's start to the last byte in a live reader's hands.

    PYTHONPATH=tests:. python tests/bench_suspend.py [--trials 50] [--rate 500] [--home FOLDER] [--how function command]

A small hub on a real broker, 500 standard events/s through a disseminate process into one feed, a live reader with its agency's
credential. Each trial suspends (by the function that the command calls, then by the whole command line in its own process),
waits, and looks for the last message that came after the command had begun; then `provision` is planned and must not undo it.
"""

import argparse
import itertools
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core_hub import agreement, event
from stage_hub import StageHub, make_stage_hub
from suspend_hub import LiveReader, disseminating, do

from deploy.access_rules import feed_denial
from deploy.broker import down, up
from deploy.provision_apply import Target, provision
from deploy.provision_plan import plan_provision
from deploy.provision_read import read_acls, read_actual
from deploy.provision_wanted import wanted_state
from deploy.rule_sets import feeds_of
from deploy.topic_rules import load_topic_rules
from schemas.kinds import KINDS
from schemas.records import encode
from schemas.wire import frame
from stream_processors.rule_set import load_rule_set
from stream_processors.suspended import is_stopped

AFTER_SECONDS = 2.0
"""How long a trial looks for messages after the command began: twice the bound."""

RULES = [agreement("bureau")]


class Traffic(threading.Thread):
    """Writes new versions of a few hundred records into `standard`, evenly, so many a second."""

    def __init__(self, hub: StageHub, rate: int) -> None:
        super().__init__(daemon=True)
        self._hub, self._rate, self.ended, self.written = hub, rate, threading.Event(), 0

    def run(self) -> None:
        name = KINDS["crime"].standard
        schema_id = self._hub.schema_id(self._hub.topics.standard, name)
        producer = self._hub.producer(**{"linger.ms": 5})
        records = [event(ref=f"R/{number}") for number in range(200)]
        started = time.monotonic()
        for number in itertools.count():
            record = records[number % len(records)]
            envelope, version = record["envelope"], 1 + number // len(records)
            envelope.update(force=self._hub.forces[0], version=version, event_id=f"{number:032x}")
            record["crime"]["summary"] = f"version {version}"
            key = envelope["record_id"].encode()
            producer.produce(self._hub.topics.standard, frame(schema_id, encode(name, record)), key)
            producer.poll(0)
            self.written = number + 1
            if self.ended.wait(max(0.0, started + number / self._rate - time.monotonic())):
                break
        producer.flush(30)


def by_function(hub: StageHub, subject: str) -> None:
    """What the command does, in this process."""
    do(hub, "suspend", subject)


def by_command(hub: StageHub, subject: str) -> None:
    """The whole command line, with Python's own start."""
    settings = {"HOME": str(hub.home), "TOPIC_PREFIX": hub.topics.prefix, "LANES": str(hub.settings.lanes)}
    environment = {**os.environ, **{f"POINTDUTY_{name}": value for name, value in settings.items()}}
    program = [sys.executable, "-c", "from deploy.cli import main; main()"]
    arguments = ["suspend", subject.partition("/")[2], "--reason", "a trial", "--json"]
    subprocess.run([*program, *arguments], check=True, env=environment, stdout=subprocess.DEVNULL)


def trial(hub: StageHub, subject: str, reader: LiveReader, how: Callable[[StageHub, str], None]) -> tuple[float, int, float]:
    """Seconds from the command's start to the last arrival, how many came after it, seconds that the command took."""
    reader.wait_for_messages(300)
    begun = time.monotonic()
    how(hub, subject)
    took = time.monotonic() - begun
    time.sleep(max(0.0, begun + AFTER_SECONDS - time.monotonic()))
    late = [arrival - begun for arrival in reader.arrivals if arrival > begun]
    do(hub, "resume", subject)
    return max(late, default=0.0), len(late), took


def is_kept_by_provision(hub: StageHub, subject: str) -> bool:
    """Suspend, provision, and look: nothing is planned, and the feed is denied still."""
    do(hub, "suspend", subject)
    feeds = feeds_of(load_rule_set(hub.parts(RULES)))
    standing = hub.desk().read().suspensions.standing
    denied = {(a, f.name) for a, some in feeds.items() for f in some if is_stopped(a, f.name, standing)}
    wanted = wanted_state(
        hub.topics, forces=hub.forces, agencies=list(feeds), feeds=feeds, rules=load_topic_rules(), lanes=hub.settings.lanes,
        brokers=1, suspended=frozenset(hub.topics.feed(*feed) for feed in denied),
    )  # fmt: skip
    desk = hub.desk()
    target = Target(desk.admin, hub.registry, hub.home, {key: str(value) for key, value in desk.config.items()})
    planned = plan_provision(wanted, read_actual(target.admin, target.registry, target.home, wanted))
    done = provision(target, wanted, lambda: secrets.token_urlsafe(24), lambda _what, _count: None)
    agency = hub.agency("bureau")
    stands = feed_denial(agency, hub.topics.feed(agency, "live")) in read_acls(desk.admin)
    return planned.changes == done.changes == 0 and stands


@contextmanager
def running_home(given: Path | None) -> Iterator[Path]:
    """The given home, whose cluster is up, or one of our own."""
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory() as folder:
        try:
            up(Path(folder))
            yield Path(folder)
        finally:
            down(Path(folder))


def say(name: str, found: list[tuple[float, int, float]]) -> None:
    """One line."""
    last = sorted(seconds for seconds, _, _ in found)
    took = sorted(seconds for _, _, seconds in found)
    middle = len(found) // 2
    sys.stdout.write(
        f"{name:>9}: {len(found)} trials; last byte after the start: median {last[middle] * 1000:.0f} ms, "
        f"worst {last[-1] * 1000:.0f} ms; messages after the start: worst {max(count for _, count, _ in found)}; "
        f"the whole command: median {took[middle] * 1000:.0f} ms, worst {took[-1] * 1000:.0f} ms\n"
    )
    sys.stdout.flush()


def main() -> int:
    """Exit code 1 where a trial took longer than a second, or provisioning undid a suspension."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--how", choices=("function", "command"), nargs="*", default=["function", "command"])
    given = parser.parse_args()
    with running_home(given.home) as home, make_stage_hub(home, RULES) as hub, tempfile.TemporaryDirectory() as folder:
        hub.publish_rules(RULES)
        subject = f"feed/{hub.agency('bureau')}.live"
        traffic = Traffic(hub, given.rate)
        worst = []
        with disseminating(hub, "bureau", Path(folder)), LiveReader(hub, "bureau") as reader:
            traffic.start()
            for name in given.how:
                how = {"function": by_function, "command": by_command}[name]
                started, first = time.monotonic(), traffic.written
                found = [trial(hub, subject, reader, how) for _ in range(given.trials)]
                say(name, found)
                rate = (traffic.written - first) / (time.monotonic() - started)
                sys.stdout.write(f"           {rate:.0f} standard events/s all the time\n")
                worst.append(max(seconds for seconds, _, _ in found))
            traffic.ended.set()
        sys.stdout.write(f"           load average of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
        kept = is_kept_by_provision(hub, subject)
        sys.stdout.write(f"provision afterwards: {'plans nothing and keeps it' if kept else 'UNDID IT'}\n")
    return int(max(worst) > 1.0 or not kept)


if __name__ == "__main__":
    sys.exit(main())
