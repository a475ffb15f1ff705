"""How long until the last of many records that a force recalls by one command is withdrawn at an agency.

    PYTHONPATH=tests:. python tests/bench_recalls.py [--records 1000] [--others 0] [--trials 3]

A small hub on a real broker, standardise and disseminate as processes of their own. The records are published and shared first;
then `pointduty publish --action recall --records FILE` is started as a person starts it, and an agency's reader notes when each
WITHDRAW is in its hands. `--others`: standard events a second of other traffic through the same disseminator meanwhile.
Seconds from the command's start, and from its submission's own time on the broker for each record.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
from bench_suspend import Traffic
from confluent_kafka import Consumer, TopicPartition
from core_hub import agreement
from stage_hub import StageHub, make_stage_hub

from deploy.balance import read_head
from deploy.broker import down, up
from deploy.clients import client_config

RULES = [agreement("bureau")]
FORCE = "northumbria"
ROOT = Path(__file__).parents[1]


@contextmanager
def stage(hub: StageHub, name: str) -> Iterator[None]:
    """A worker of the stage in a process of its own."""
    asked = [str(hub.home), hub.topics.prefix, "2", FORCE, hub.agency("bureau")]
    code = f"from own_worker import run_worker; run_worker({name!r}, {asked!r})"
    process = subprocess.Popen([sys.executable, "-c", code], env=_environment(hub))
    try:
        yield
    finally:
        process.kill()
        process.wait(30)


def _environment(hub: StageHub) -> dict[str, str]:
    own = {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "POINTDUTY_HOME": str(hub.home)}
    return os.environ | own | {"POINTDUTY_TOPIC_PREFIX": hub.topics.prefix, "POINTDUTY_LANES": "2"}


def command(*arguments: str) -> list[str]:
    """The command line."""
    program = [sys.executable, "-c", "from deploy.cli import main; main()"]
    return [*program, "publish", "--force", FORCE, "--json", *arguments]


def publish(hub: StageHub, *arguments: str) -> None:
    """Run the command to its end."""
    done = subprocess.run(command(*arguments), env=_environment(hub), capture_output=True, text=True, check=False)
    counts = json.loads(done.stdout)
    assert (done.returncode, counts["waiting"], counts["refused"]) == (0, 0, 0), done.stderr


class Reader:
    """The agency: reads its feed as it grows."""

    def __init__(self, hub: StageHub) -> None:
        name = f"agency.{hub.agency('bureau')}"
        settings = {"group.id": hub.topics.group(f"{name}.reader"), "fetch.wait.max.ms": 10}
        self._consumer = Consumer({**client_config(hub.home, name), **settings, "isolation.level": "read_committed"})
        self._consumer.assign([TopicPartition(hub.topics.feed(hub.agency("bureau"), "live"), 0, 0)])

    def times(self, action: str, wanted: int, seconds: float = 120) -> list[float]:
        """When each of so many deliveries of this action came (time.time)."""
        found: list[float] = []
        deadline = time.monotonic() + seconds
        while len(found) < wanted:
            assert time.monotonic() < deadline, f"{len(found)} of {wanted}"
            for message in self._consumer.consume(500, 0.05):
                assert message.error() is None, message.error()
                if read_head(message.value())["action"] == action:
                    found.append(time.time())
        return found


def trial(hub: StageHub, number: int, records: int, folder: Path) -> None:
    """Publish, recall, and tell."""
    refs, reader = [f"T{number}/{each}" for each in range(records)], Reader(hub)
    whole = [{"envelope": {"source_system": "native", "source_ref": ref}, "marking": {"tier": "OFFICIAL"}} for ref in refs]
    parts = {"occurred": {"start": "2026-06-01T10:00:00Z"}, "crime": {"offence": {"value": "5D"}, "summary": "x" * 300}}
    file, listed = folder / "all.jsonl", folder / "ids"
    file.write_bytes(b"\n".join(orjson.dumps({"kind": "crime", "submission": one | parts}) for one in whole))
    listed.write_text("\n".join(f"{FORCE}:native:{ref}" for ref in refs))
    publish(hub, str(file))
    reader.times("SHARE", records * number)
    known = len(hub.read(hub.topics.submission(FORCE)))
    started = time.time()
    recall = ("--action", "recall", "--records", str(listed), "--reason", "SENT_UNLAWFULLY")
    process = subprocess.Popen(command(*recall), env=_environment(hub), stdout=subprocess.PIPE)
    came = reader.times("WITHDRAW", records)  # those of earlier trials stood in front of the last SHARE
    took, ended = came[-1] - started, process.wait(60) == 0
    sent = sorted(message.timestamp()[1] / 1000 for message in hub.read(hub.topics.submission(FORCE))[known:])
    waits = sorted(at - begun for at, begun in zip(sorted(came), sent, strict=True))
    sys.stdout.write(
        f"{records} recalls: the first withdrawn {came[0] - started:.2f} s and the last {took:.2f} s behind the command's start"
        f" (its first submission at {sent[0] - started:.2f} s, its last at {sent[-1] - started:.2f} s);"
        f" submission to agency p50 {waits[len(waits) // 2]:.2f} s, p99 {waits[len(waits) * 99 // 100]:.2f} s;"
        f" command well: {ended}\n"
    )


def main() -> None:
    """Measure on a broker of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    for name, default in (("records", 1000), ("others", 0), ("trials", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        home = Path(made) / "home"
        try:
            up(home, "embedded")
            with make_stage_hub(home, RULES, own=(FORCE, "durham")) as hub:
                hub.publish_rules(RULES)
                with stage(hub, "standardise"), stage(hub, "disseminate"):
                    traffic = Traffic(hub, asked.others)
                    if asked.others:
                        traffic.start()
                    for number in range(1, asked.trials + 1):
                        trial(hub, number, asked.records, Path(made))
                    traffic.ended.set()
        finally:
            down(home)


if __name__ == "__main__":
    main()
