"""Slots: the small, stable set of transactional ids of a stage, each claimed by one process at a time.

A dead slot's open transaction blocks the readers behind it until its next owner starts, or the broker ends it: so ids are
reused, never random. On one machine a slot is a locked file; across machines each process is told its slot (a stateful
set's ordinal), and two that were told the same fence each other.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from schemas.codes import Code
from schemas.errors import Misconfigured


@contextmanager
def claim_slot(home: Path, stage: str, slots: int, wanted: int | None = None) -> Iterator[int]:
    """A slot of this stage, exclusive on this machine until the block ends or the process dies.

    Raises Misconfigured(SLOT_TAKEN) where the wanted one, or every one, is taken.
    """
    folder = home / "slots"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(slots) if wanted is None else [wanted]:
        lock = FileLock(folder / f"{stage}-{number}.lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            continue
        try:
            yield number
        finally:
            lock.release()  # a killed process releases it too: the lock is the operating system's
        return
    raise Misconfigured(Code.SLOT_TAKEN, field=stage)
