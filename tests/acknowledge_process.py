"""One worker of acknowledge of a test's own hub, in a process that kills itself (SIGKILL) in the middle of a batch.

    python acknowledge_process.py HOME PREFIX LANES FORCE AGENCY before|behind|after COUNT

Of the COUNTth transaction with outputs: `before` it begins; `behind` its last message, not committed; `after` it has committed.
"""

import os
import signal
import sys
from typing import Any

from own_worker import run_worker

from stream_processors.messages import Step
from stream_processors.transaction import Transactions

*hub, place, count = sys.argv[1:]
run, ask = Transactions.run, Transactions._ask
asked: list[int] = []
written: list[Step] = []


def die_at(here: str) -> None:
    if here == place and len(written) == int(count):
        os.kill(os.getpid(), signal.SIGKILL)


def run_and_die(self: Transactions, step: Step, *rest: Any) -> None:
    written.extend([step] if step.outputs else [])
    asked.clear()
    die_at("before")
    run(self, step, *rest)
    die_at("after")


def ask_and_die(self: Transactions, stands: Any) -> None:
    asked.append(1)
    if len(asked) == 2:  # the second question comes when every message is on the broker
        die_at("behind")
    ask(self, stands)


Transactions.run = run_and_die  # type: ignore[method-assign]
Transactions._ask = ask_and_die  # type: ignore[method-assign]
run_worker("acknowledge", hub)
