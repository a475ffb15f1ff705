"""A disseminate of a small hub that stops itself (SIGSTOP) where it is told to, and goes on once it is woken.

    python stopping_disseminate.py HOME PREFIX LANES AGENCY FOLDER

A file `armed` in FOLDER names the place: `begin` (behind the check, before B begins), `behind` (in B, behind its offsets,
before its first message), `commit` (all of B is written, and it is about to be committed). Just before it stops it writes
`stopped`.
"""

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from deploy import stages
from deploy.cluster import load_cluster
from deploy.logs import configure_logs
from deploy.settings import Settings
from deploy.stages import Worker, build_pump
from stream_processors.messages import Output, Step
from stream_processors.transaction import Transactions

home, prefix, lanes, agency, folder = sys.argv[1:]
armed, stopped = Path(folder) / "armed", Path(folder) / "stopped"
run, ask, produce = Transactions.run, Transactions._ask, Transactions._produce
now: dict[str, Any] = {"step": "", "asked": 0}


def stop_at(place: str) -> None:
    """Stop this process, once for each arming, in a step that releases."""
    if now["step"] == "release" and armed.exists() and armed.read_text() == place:
        armed.unlink()
        stopped.touch()
        os.kill(os.getpid(), signal.SIGSTOP)


def run_and_stop(self: Transactions, step: Step, *rest: Any) -> None:
    now.update(step=step.name, asked=0)
    stop_at("begin")
    run(self, step, *rest)


def ask_and_stop(self: Transactions, stands: Any) -> None:
    now["asked"] += 1
    if now["asked"] == 2:
        stop_at("commit")
    ask(self, stands)


def produce_and_stop(self: Transactions, output: Output) -> None:
    stop_at("behind")
    produce(self, output)


Transactions.run = run_and_stop  # type: ignore[method-assign]
Transactions._ask = ask_and_stop  # type: ignore[method-assign]
Transactions._produce = produce_and_stop  # type: ignore[method-assign]
stages.agencies = lambda: {agency: None}  # type: ignore[assignment,return-value]

configure_logs()
settings = Settings(home=Path(home), topic_prefix=prefix, lanes=int(lanes), heartbeat_seconds=0)
cluster = load_cluster(settings.home)
assert cluster is not None
ended = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: ended.set())
build_pump("disseminate", Worker(settings, cluster.registry_url, 0, CollectorRegistry(), {})).run(ended.is_set)
