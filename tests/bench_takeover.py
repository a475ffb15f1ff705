"""How long a lane takes to change hands: a million records in one lane's holders, without a local store and with one.

    PYTHONPATH=tests:. python tests/bench_takeover.py [--holders 1000000] [--behind 10000] [--entries 30000]

Holders records as the disseminator writes them, with three holdings each, straight into one partition of a real broker. Then a
lane is restored as a worker does it: cold (no store), warm (a store that is 10,000 records behind), and the ledger's tail is
read from a mark that is a minute of 500 events/s old. Memory is the most that this process has had, broker apart.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from confluent_kafka import Producer
from core_hub import Hub, agreement, at, event, rule_set
from prometheus_client import CollectorRegistry
from stage_hub import StageHub, make_stage_hub

from deploy import stages
from deploy.broker import down, up
from deploy.stages import Worker, build_pump
from schemas.records import Record, encode
from schemas.wire import frame
from stream_processors.lane_store import HOLDERS
from stream_processors.outputs import LEDGER_ENTRY

RULES = [agreement(), agreement("bureau"), agreement("squad")]
LANE = 0


def made() -> tuple[Record, Record]:
    """One holders record with holdings, and one ledger entry, as the hub writes them."""
    hub = Hub(rule_set([agreement(share_when=[{"kind": ["crime"], "area": "own"}]), agreement("bureau"), agreement("squad")]))
    outcome = hub.handle(event(locations=at()))
    [holders] = hub.lanes.records.values()
    return holders, outcome.entry


def write(hub: StageHub, topic: str, name: str, records: Iterator[tuple[str, Record]]) -> None:
    """These records into partition 0."""
    producer: Producer = hub.producer(**{"linger.ms": 50, "compression.type": "lz4", "batch.num.messages": 10_000})
    schema_id = hub.schema_id(topic, name)
    for key, record in records:
        while True:
            try:
                producer.produce(topic, frame(schema_id, encode(name, record)), key, partition=LANE)
                break
            except BufferError:
                producer.poll(0.1)
    assert producer.flush(120) == 0


def holders_of(record: Record, numbers: range, version: int) -> Iterator[tuple[str, Record]]:
    """As many records like this one."""
    for number in numbers:
        record_id = f"northumbria:native:R/{number}"
        changed = {"record_id": record_id, "event_id": f"{number:032x}", "version": version}
        yield f"record/{record_id}", record | changed


def say(line: str) -> None:
    """A line of the result, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def timed(what: str, do: Callable[[], Any]) -> None:
    """Say how long it took, what it came to, and the most memory until then."""
    started = time.monotonic()
    found = do()
    seconds = time.monotonic() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(f"{what}: {found:,} messages in {seconds:.1f} s; memory at most {memory:.0f} MiB")


def measure(hub: StageHub, holders: int, behind: int, entries: int) -> None:
    """All of it, once."""
    record, entry = made()
    say(f"one holders record: {len(encode(HOLDERS, record))} bytes; one entry: {len(encode(LEDGER_ENTRY, entry))} bytes")
    write(hub, hub.topics.holders, HOLDERS, holders_of(record, range(holders), 1))
    setup: Any = build_pump("disseminate", Worker(hub.settings, hub.registry_url, 0, CollectorRegistry(), {}))
    setup = setup._stage._setup
    restore, store = setup.restore(), setup.store
    timed("cold, without a store", lambda: restore.restore(store, LANE))
    store.close(LANE)
    write(hub, hub.topics.holders, HOLDERS, holders_of(record, range(behind), 2))
    timed(f"warm, {behind:,} behind", lambda: restore.restore(store, LANE))
    assert store.count(LANE) == holders
    store.close(LANE)
    timed("warm, nothing behind", lambda: restore.restore(store, LANE))
    restore.close()
    numbered = ((str(number), entry | {"source_offset": number}) for number in range(entries))
    write(hub, hub.topics.ledger, LEDGER_ENTRY, numbered)
    tail = setup.tail()
    timed("the ledger's tail", lambda: tail.read({LANE: 0}, lambda _entry, _offset: None))
    tail.close()


def main() -> None:
    """Measure on a broker of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    for name, default in (("holders", 1_000_000), ("behind", 10_000), ("entries", 30_000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ.setdefault("POINTDUTY_HOME", folder)
        try:
            up(home, "embedded")
            with make_stage_hub(home, RULES) as hub:
                stages.agencies = lambda: {hub.agency("squad"): None}  # type: ignore[attr-defined]
                measure(hub, asked.holders, asked.behind, asked.entries)
        finally:
            down(home)


if __name__ == "__main__":
    main()
