"""One worker of disseminate of a test's own hub, in a process that kills itself (SIGKILL) in the middle of a piece of work.

    python stage_process.py HOME PREFIX LANES FORCE AGENCY between|behind COUNT

`between`: after A has committed and before B begins, of the COUNTth release that delivers anything: a lane has housework of
its own. `behind`: in that B, behind its first message.
"""

import os
import signal
import sys
from typing import Any

from own_worker import run_worker

from stream_processors.messages import Output, Step
from stream_processors.transaction import Transactions

*hub, place, count = sys.argv[1:]
feeds = f"{hub[1]}feed."
run, produce = Transactions.run, Transactions._produce
releases: list[str] = []


def run_and_die(self: Transactions, step: Step, *rest: Any) -> None:
    delivers = any(output.topic.startswith(feeds) for output in step.outputs)
    releases.extend([step.name] if step.name == "release" and delivers else [])
    if place == "between" and step.name == "release" and delivers and len(releases) == int(count):
        os.kill(os.getpid(), signal.SIGKILL)
    run(self, step, *rest)


def produce_and_die(self: Transactions, output: Output) -> None:
    produce(self, output)
    if place == "behind" and output.topic.startswith(feeds) and len(releases) == int(count):
        self._producer.flush(10)
        os.kill(os.getpid(), signal.SIGKILL)


Transactions.run = run_and_die  # type: ignore[method-assign]
Transactions._produce = produce_and_die  # type: ignore[method-assign]
run_worker("disseminate", hub)
