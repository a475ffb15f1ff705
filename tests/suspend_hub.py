"""Suspending on a small hub: the commands' own functions, a disseminate in a process of its own, a live reader."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer
from pump_bench import wait_for
from stage_hub import StageHub

from deploy.clients import client_config
from deploy.suspension import Word, resume, suspend
from deploy.topic_reader import read_topics

TESTS = Path(__file__).parent


def do(hub: StageHub, verb: str, subject: str, progress: Callable[[str, int], None] | None = None) -> list[tuple[str, int]]:
    """Suspend or resume; gives the steps with their counts."""
    steps: list[tuple[str, int]] = []

    def tell(step: str, count: int) -> None:
        steps.append((step, count))
        if progress is not None:
            progress(step, count)

    word = Word("a person", "a test", int(time.time() * 1000))
    {"suspend": suspend, "resume": resume}[verb](hub.desk(), subject, word, tell)
    return steps


@contextmanager
def disseminating(hub: StageHub, agency: str, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A disseminate process that stops itself where `armed` in the folder says."""
    lanes = str(hub.settings.lanes)
    arguments = [str(hub.home), hub.topics.prefix, lanes, hub.agency(agency), str(folder)]
    command = [sys.executable, str(TESTS / "stopping_disseminate.py"), *arguments]
    with (folder / "disseminate.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=TESTS.parent, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


class LiveReader(threading.Thread):
    """Reads a feed as its agency does, and notes when each message was in its hands (seconds, monotonic)."""

    def __init__(self, hub: StageHub, agency: str, feed: str = "live") -> None:
        super().__init__(daemon=True)
        name = f"agency.{hub.agency(agency)}"
        settings = {"group.id": hub.topics.group(f"{name}.reader"), "auto.offset.reset": "earliest"}
        own: dict[str, Any] = {**client_config(hub.home, name), **settings, "auto.commit.interval.ms": 100}
        self._consumer, self._topic = Consumer(own), hub.topics.feed(hub.agency(agency), feed)
        self._ended = threading.Event()
        self.arrivals: list[float] = []
        self.idle_at = 0.0
        """When it last had everything that there was."""
        self.errors: list[int] = []

    def run(self) -> None:
        self._consumer.subscribe([self._topic])
        while not self._ended.is_set():
            message = self._consumer.poll(0.1)
            if message is None:
                self.idle_at = time.monotonic()
            elif message.error() is not None:
                self.errors.append(message.error().code())
            else:
                self.arrivals.append(time.monotonic())
        self._consumer.close()

    def wait_for_messages(self, more: int) -> None:
        """Until so many more have come."""
        start = len(self.arrivals)
        wait_for(lambda: len(self.arrivals) >= start + more, "the reader reads")
        behind = time.monotonic()
        wait_for(lambda: self.idle_at > behind, "the reader has all that there is")

    def __enter__(self) -> "LiveReader":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.join(30)


def recalls(hub: StageHub, agency: str) -> list[tuple[str, dict[str, Any]]]:
    """Key and content of what stands in an agency's recall topic, read with its own credential."""
    from schemas.records import decode
    from schemas.wire import unframe
    from stream_processors.outputs import RECALL

    name = f"agency.{hub.agency(agency)}"
    config = {**client_config(hub.home, name), "group.id": hub.topics.group(f"{name}.recalls")}
    found = read_topics(config, [hub.topics.recall(hub.agency(agency))])
    return [((message.key() or b"").decode(), decode(RECALL, unframe(message.value())[1])) for message in found]
