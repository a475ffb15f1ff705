"""Mutated submissions through the stage `standardise`: nothing raises, nothing is lost, and no value leaks.

    PYTHONPATH=tests:. python tests/fuzz_standardise.py --count 1000000 --seed 1

Of every message: exactly one standard record or one dead letter that holds its bytes (above 8 MiB: their hash); never
PD-215 (a bug of ours); never a sentinel in an error's text, a log record, a metric, a header, a tally, or what a dead letter
or a quality flag says.
"""

import argparse
import hashlib
import logging
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from typing import Any

import structlog
from mutations import FORCE, SCHEMA_NAMES, SENTINEL, TRACE, Mutator, seeds
from prometheus_client import CollectorRegistry, generate_latest
from structlog.testing import capture_logs

from schemas.codes import Code
from schemas.dialect import shipped_dialects
from schemas.errors import Refused
from schemas.kinds import KINDS
from schemas.records import decode
from schemas.topics import Topics
from schemas.wire import unframe
from stream_processors.messages import Batch, Input, Output
from stream_processors.metrics import StandardiseMetrics
from stream_processors.national import load_national
from stream_processors.stage_standardise import DEAD_LETTER, TALLY, WHOLE_BYTES, StandardiseSetup, StandardiseStage

BATCH = 500
"""Messages that are processed together, as a pump does."""
NOW_MS = 1_782_000_000_000
_IDS = {name: number for number, name in enumerate([*(kind.standard for kind in KINDS.values()), DEAD_LETTER, TALLY], 60)}
_NAMES = {number: name for name, number in _IDS.items()}
_SAID = ("code", "field", "found", "expected", "mend")


class _Stage(StandardiseStage):
    """Keeps the text of every refusal: whoever prints one prints that."""

    def __init__(self, setup: StandardiseSetup, metrics: StandardiseMetrics) -> None:
        super().__init__(setup, metrics)
        self.refusals: list[str] = []

    def _refuse(self, *given: Any, **more: Any) -> Output:
        self.refusals += [f"{one} {one.args} {one.detail}" for one in given if isinstance(one, Refused)]
        return super()._refuse(*given, **more)


@dataclass
class Fuzzed:
    """What came of a run. `faults` is empty where everything held."""

    messages: int = 0
    standard: int = 0
    dead: Counter[str] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0


def fuzz(count: int, seed: int, first: int = 0, longest_seconds: float = inf, progress: bool = False) -> Fuzzed:
    """Run numbers `first` to `first + count` of `seed`, or as many as `longest_seconds` allow."""
    registry, mutator, found = CollectorRegistry(), Mutator(seeds()), Fuzzed()
    setup = StandardiseSetup(Topics(), SCHEMA_NAMES.get, _IDS, shipped_dialects(), load_national(), lambda: NOW_MS)
    stage, began = _Stage(setup, StandardiseMetrics(registry)), time.perf_counter()
    for start in range(first, first + count, BATCH):
        if time.perf_counter() - began > longest_seconds:
            break
        numbers = range(start, min(start + BATCH, first + count))
        messages = [_message(mutator.value(seed, number), number) for number in numbers]
        with _records() as records:
            try:
                [step] = stage.process(Batch(messages, {}, {}))
            except Exception as error:  # the property: nothing ever raises
                found.faults.append(f"{seed}/{start}: the batch raised {type(error).__name__}")
                continue
            stage.committed()
        _check_outputs(found, seed, messages, step.outputs)
        said = "\n".join([*stage.refusals, *records, generate_latest(registry).decode()])
        stage.refusals.clear()
        if TRACE in said.upper():
            found.faults.append(f"{seed}/{start}: a value in an error, a log record or a metric")
        if progress and start % (100 * BATCH) == 0:
            sys.stderr.write(f"\r{found.messages:,} messages, {len(found.faults)} faults")
    found.seconds = time.perf_counter() - began
    return found


def _message(value: bytes | None, number: int) -> Input:
    secret = SENTINEL.encode()
    headers = (("ce_id", secret), (SENTINEL, None)) if number % 7 == 0 else ()
    return Input(f"submission.{FORCE}", 0, number, secret, value, headers, NOW_MS)


@contextmanager
def _records() -> Iterator[list[str]]:
    """Texts of all log records, of structlog and of the standard library."""
    texts: list[str] = []
    listener = logging.Handler()
    listener.emit = lambda record: texts.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().addHandler(listener)
    try:
        with capture_logs() as entries:
            yield texts
        texts += map(repr, entries)
    finally:
        logging.getLogger().removeHandler(listener)


def _check_outputs(found: Fuzzed, seed: int, messages: Sequence[Input], outputs: Sequence[Output]) -> None:
    for message, output in zip(messages, outputs, strict=False):
        fault = _check_output(found, message, output)
        if fault:
            found.faults.append(f"{seed}/{message.offset}: {fault}")
    found.messages += len(messages)
    for tally in outputs[len(messages) :]:
        if TRACE.encode() in (tally.value or b"").upper() or TRACE.encode() in (tally.key or b"").upper():
            found.faults.append(f"{seed}/{messages[0].offset}: a value in a tally")


def _check_output(found: Fuzzed, message: Input, output: Output) -> str:
    """What is wrong with what became of one message; empty: nothing."""
    if any(TRACE in f"{name}{value!r}".upper() for name, value in output.headers):
        return "a value in a header"
    number, body = unframe(output.value)
    record = decode(_NAMES[number], body)
    if output.topic == "standard":
        found.standard += 1
        flags = record["quality"]["flags"]
        found.flags.update(flag["code"] for flag in flags)
        return "a value in a flag" if TRACE in repr(flags).upper() else ""
    if (output.topic, _NAMES[number]) != (f"dead-letter.{FORCE}", DEAD_LETTER):
        return "neither a standard record nor a dead letter"
    found.dead[record["code"]] += 1
    if record["code"] == Code.UNEXPECTED:
        return "a bug of ours (PD-215)"
    value = message.value or b""
    held = None if len(value) > WHOLE_BYTES else message.value  # what is larger stays at the position that the letter names
    told = (record["original"], record["original_sha256"], record["offset"])
    if told != (held, hashlib.sha256(value).hexdigest(), message.offset):
        return "the dead letter does not hold the message"
    return "a value in what a dead letter says" if any(TRACE in record[name].upper() for name in _SAID) else ""


def main() -> int:
    """Run and tell. Exit code 1 where something did not hold; a fault names seed and number, which make it again."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--count", type=int, default=1_000_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--seconds", type=float, default=inf, help="stop then, with what was done")
    given = options.parse_args()
    structlog.configure(cache_logger_on_first_use=False)
    found = fuzz(given.count, given.seed, given.first, given.seconds, progress=sys.stderr.isatty())
    write = sys.stdout.write
    write(f"{found.messages:,} messages in {found.seconds:.0f} s, {found.messages / found.seconds:,.0f}/s, seed {given.seed}\n")
    write(f"standard {found.standard:,}; dead letters {found.dead.total():,}\n")
    for name, codes in (("dead letters", found.dead), ("flags", found.flags)):
        write(f"{name}: " + ", ".join(f"{code} {count:,}" for code, count in sorted(codes.items())) + "\n")
    write(f"faults: {len(found.faults)}\n" + "".join(f"  {fault}\n" for fault in found.faults[:50]))
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
