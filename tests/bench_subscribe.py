"""How many deliveries a second a subscriber takes on one core: given to a callback, and into SQLite.

    python tests/bench_subscribe.py HOME [--count 50000]

HOME is that of a running broker (`pointduty up`). The reader, its Kafka client included, is bound to one core. Measured are
deliveries of four lanes (four shares, three updates, a withdrawal, and again), from the moment the group is joined.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from feed_hub import Hub, make_hub
from feed_maker import delivery

from consumers.callbacks import Callbacks
from consumers.connect import connect
from consumers.sinks import sqlite_sink

PATTERN = ("SHARE", "SHARE", "SHARE", "SHARE", "UPDATE", "UPDATE", "UPDATE", "WITHDRAW")


def history(count: int) -> list[dict[str, Any]]:
    """Deliveries of four lanes."""
    found, last = [], [0] * 4
    for number in range(count):
        action, lane = PATTERN[number % 8], number % 4
        last[lane] += 1
        token = f"{number // 8:028x}{lane:04x}"  # updates and the withdrawal find the shares of their lanes
        found.append(delivery(lane, last[lane], action, revision=1 + number % 8 // 4, token=token))
    return found


def measure(hub: Hub, feed: str, name: str, state: Path, **target: Any) -> None:
    """Read the feed to its end, and say how fast."""
    with connect(
        hub.credential,
        hub.registry_url,
        group=hub.group(name),
        feeds=[feed],
        state_folder=state,
        recall=hub.topics.recall(hub.agency),
        receipt=hub.topics.receipt(hub.agency),
        **target,
    ) as subscriber:
        while not subscriber.health()["ok"]:
            subscriber.run(lambda: bool(subscriber.health()["ok"]))
        begun, used = time.monotonic(), time.process_time()
        tally = subscriber.run(until_idle=0)
        took, cpu = time.monotonic() - begun, time.process_time() - used
    sys.stdout.write(
        f"{name:>9}: {tally.deliveries:,} in {took:.2f} s: {tally.deliveries / took:,.0f} a second; {cpu:.2f} s of processor\n"
    )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("--count", type=int, default=50_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, make_hub(given.home, Path(folder), 1) as hub:
        feed, place = hub.new_feed(), Path(folder)
        hub.send(feed, history(given.count))
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        callbacks = Callbacks(on_delivery=lambda _: None, on_recall=lambda _: None)
        measure(hub, feed, "callback", place / "a", callbacks=callbacks)
        measure(hub, feed, "sqlite", place / "b", sink=sqlite_sink(place / "held.sqlite"))


if __name__ == "__main__":
    main()
