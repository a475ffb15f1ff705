"""The values that go into and come out of a batch: plain, so that the core needs no Kafka."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

Partition = tuple[str, int]
"""Topic and partition number."""

Headers = Sequence[tuple[str, bytes | None]]
"""Kafka headers, in order."""


class Input(NamedTuple):
    """One consumed message. `timestamp_ms` is Kafka's, UTC milliseconds."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp_ms: int


class Output(NamedTuple):
    """One message to produce. `partition` None: by the key's hash. `timestamp_ms` None: now."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    partition: int | None = None
    timestamp_ms: int | None = None
    delivered: Callable[[int, int], None] | None = None
    """Told partition and offset once the broker has the message; it counts only if the transaction commits."""


@dataclass(frozen=True)
class Step:
    """One transaction of a batch.

    `advance` False commits the *unchanged* offsets (the batch's first, per partition): the outputs become durable, and
    after a crash the same input comes again. `advance` True commits the offsets behind the batch.
    """

    name: str
    advance: bool
    outputs: Sequence[Output]


@dataclass(frozen=True)
class Batch:
    """Messages consumed together, with the offsets that both transactions of the batch use."""

    messages: Sequence[Input]
    first: Mapping[Partition, int]
    """The first offset of the batch per partition: what "unchanged" means."""
    behind: Mapping[Partition, int]
    """The offset behind the last message per partition."""


@dataclass(frozen=True)
class Work:
    """What a stage does in one partition between live batches: steps, each under the partition's unchanged position."""

    partition: Partition
    steps: Sequence[Step]
