"""Labelled faults: the closed table, which of them to choose, and how to spoil a submission, a row or a message. Pure.

A nation's clean submission is accepted with the flags that `own_flags` says and no other. A spoilt one earns its fault's
code besides, exactly once.
"""

from bisect import bisect_right
from collections.abc import Collection
from functools import cache
from itertools import accumulate
from random import Random

from deploy.nation.fault import FLAG, Fault
from deploy.nation.faults_bytes import BODIES, LINES
from deploy.nation.faults_flagged import FLAGGED
from deploy.nation.faults_minimum import OF_THE_MINIMUM
from deploy.nation.faults_refused import AT_THE_DOOR, DEAD_LETTERS
from deploy.nation.faults_values import OF_VALUES
from deploy.nation.gaps import find_gaps
from schemas.codes import Code
from schemas.kinds import KINDS
from schemas.records import Record

FAULTS: dict[str, Fault] = {
    fault.name: fault for fault in (*AT_THE_DOOR, *LINES, *DEAD_LETTERS, *BODIES, *FLAGGED, *OF_VALUES, *OF_THE_MINIMUM)
}
"""Every fault by its name."""
STAGES = ("door", "dead", "flag")
"""Where a fault is found."""
_TRIES = 24
"""Draws before a submission is left as it is: one in a thousand submissions has no fault that befalls it by then."""


def choose_fault(route: str, kind: str, submission: Record, chance: Random, stages: Collection[str] = STAGES) -> Fault | None:
    """A fault that can befall this submission on this route, found at one of `stages`; by weight. None: none was found.

    `submission`: as rendered, without any fault yet.
    """
    faults, heaps = _table(route, kind, tuple(stage for stage in STAGES if stage in stages))
    if not faults:
        return None
    for _ in range(_TRIES):
        fault = faults[bisect_right(heaps, int(chance.random() * heaps[-1]))]
        if fault.applies(KINDS[kind], submission):
            return fault
    return None


def list_faults(route: str, kind: str, submission: Record) -> list[Fault]:
    """Every fault that can befall this submission on this route."""
    return [fault for fault in _table(route, kind, STAGES)[0] if fault.applies(KINDS[kind], submission)]


def own_flags(kind: str, submission: Record) -> tuple[Code, ...]:
    """Quality flags of a submission without a fault: what its force leaves out or to a default, and what contradicts itself."""
    return () if submission["envelope"].get("partial") else tuple(find_gaps(KINDS[kind], submission))


def spoil_submission(fault: Fault, kind: str, submission: Record, chance: Random) -> Record:
    """The submission with the fault in it; what was handed in stays as it is. Raises ValueError for a fault of bytes."""
    if fault.content is None:
        raise ValueError(fault.name)
    return fault.content(KINDS[kind], submission, chance)


def spoil_line(fault: Fault, line: bytes, chance: Random) -> bytes:
    """A row of a native JSON-lines file with the fault in it, both without end of line. Raises ValueError for another's."""
    if fault.line is None:
        raise ValueError(fault.name)
    return fault.line(line, chance)


def spoil_body(fault: Fault, schema: str, body: bytes, chance: Random) -> tuple[str | None, bytes | None]:
    """What a stock client sends in place of `body` (Avro, without framing) of the submission record `schema`.

    Record name and body; name None: the bytes are the whole value; both None: no value. Raises ValueError for another's.
    """
    if fault.body is None:
        raise ValueError(fault.name)
    return fault.body(schema, body, chance)


@cache
def _table(route: str, kind: str, stages: tuple[str, ...]) -> tuple[tuple[Fault, ...], tuple[int, ...]]:
    """The faults of a route and kind, with the running sums of their weights."""
    found = tuple(
        fault
        for fault in FAULTS.values()
        if route in fault.routes and fault.stage in stages and (fault.kinds is None or kind in fault.kinds)
    )
    return found, tuple(accumulate(fault.weight for fault in found))


def flags_of(fault: Fault | None, kind: str, submission: Record) -> tuple[Code, ...]:
    """All flags that the hub gives the submission, which has the fault in it, sorted: what it lacks, and what the fault adds to
    that. A fault may leave a gap, and close another: who is left out of a record lacks no telephone.
    """
    if fault is not None and fault.stage != FLAG:
        return ()
    return tuple(sorted((*own_flags(kind, submission), *(fault.flags if fault is not None else ()))))
