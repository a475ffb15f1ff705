"""A worker in a process of its own that stops itself (SIGSTOP) just before a step: heartbeats stop as well.

    python paused_worker.py HOME BENCH PARTITIONS STEP

It prints `paused` before it stops; once woken it waits until it knows that the group has thrown it out, then goes on.
"""

import os
import signal
import sys
import threading
from pathlib import Path

from confluent_kafka import Consumer
from pump_bench import Bench, CopyStage, Worker, wait_for

from deploy.clients import client_config
from stream_processors.messages import Step
from stream_processors.pump import Clients

home, name, partitions, step_name = sys.argv[1:]
bench = Bench(client_config(Path(home), "admin"), name, int(partitions))
clients = bench.clients("0", **{"max.poll.interval.ms": 60_000})
consumers: list[Consumer] = []
woken = threading.Event()


def consume() -> Consumer:
    """Remember the consumer, to see what it knows of its membership."""
    consumers.append(clients.consumer())
    return consumers[-1]


def pause(step: Step) -> None:
    """Stop this process here, once."""
    if step.name == step_name and not woken.is_set():
        member = consumers[-1].memberid()
        sys.stdout.write("paused\n")
        sys.stdout.flush()
        os.kill(os.getpid(), signal.SIGSTOP)
        woken.set()
        wait_for(lambda: consumers[-1].memberid() != member, "the worker knows that it was thrown out")


stage = CopyStage(bench, pause)
with Worker(bench, stage, Clients(consume, clients.producer)):
    wait_for(lambda: woken.is_set() and stage.drops + stage.done > 0, "the worker has tried to go on", 120)
    sys.stdout.write(f"done {stage.done} dropped {stage.drops}\n")
