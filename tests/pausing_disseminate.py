"""The command line, with a disseminate that stops itself (SIGSTOP) once.

    python pausing_disseminate.py between|behind MARK ARGUMENTS...

`between`: after A has committed and before B begins. `behind`: in B, behind its offsets and before its first message.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from stream_processors import transaction
from stream_processors.messages import Output, Step
from stream_processors.transaction import Transactions

place, mark = sys.argv[1], Path(sys.argv[2])
sys.argv = ["pointduty", *sys.argv[3:]]
run, produce = Transactions.run, Transactions._produce
steps: list[str] = []


def stop_here() -> None:
    """Stop this process, once."""
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGSTOP)


def run_and_pause(self: Transactions, step: Step, *rest: Any) -> None:
    steps.append(step.name)
    if place == "between" and step.name == "release" and len(steps) > 4:
        stop_here()
    run(self, step, *rest)


def produce_and_pause(self: Transactions, output: Output) -> None:
    if place == "behind" and steps[-1] == "release" and len(steps) > 4:
        stop_here()
    produce(self, output)


transaction.Transactions.run = run_and_pause  # type: ignore[method-assign]
transaction.Transactions._produce = produce_and_pause  # type: ignore[method-assign]

from deploy.cli import main  # noqa: E402  # after the patch

main()
