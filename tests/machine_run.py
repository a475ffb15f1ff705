"""Search for a history of holders that breaks a promise, longer than the ordinary tests do.

PYTHONPATH=tests:tests/stream_processors:. python tests/machine_run.py [--examples 12000]
"""

import argparse
import sys

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from test_holders_machine import Holders


def main() -> None:
    """Ends with the shortest history that was found, or says how many held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=12_000)
    count = parser.parse_args().examples
    search = settings(max_examples=count, stateful_step_count=25, deadline=None, report_multiple_bugs=False)
    run_state_machine_as_test(Holders, settings=search)
    sys.stdout.write(f"{count} histories: every promise held\n")


if __name__ == "__main__":
    main()
