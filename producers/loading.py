"""Load files into a publisher, counting every row: rows read = submitted + refused, whatever the files are like."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from producers.adapters.catalogue import Adapter, find_files, read_file
from producers.publisher import Outcome
from producers.row import Refusal, Row, refuse
from schemas.codes import Code
from schemas.errors import Refused

Take = Callable[[Iterator[Row]], Iterator[Outcome]]
"""What is done with the rows of one file: `Publisher.accept_rows`, or a check alone."""
Report = Callable[[Path, int, Refusal], None]
"""Told of every refusal: file, line (0: the whole file), why."""


@dataclass
class Counts:
    """What became of the rows. A whole file that is refused counts as one row."""

    rows_read: int = 0
    submitted: int = 0
    refused: int = 0
    resends: int = 0
    updates: int = 0
    files: int = 0
    refused_by_code: Counter[Code] = field(default_factory=Counter)

    def add(self, outcome: Outcome) -> None:
        """Count one row."""
        self.rows_read += 1
        if outcome.refusal is not None:
            self.refused += 1
            self.refused_by_code[outcome.refusal.code] += 1
            return
        self.submitted += 1
        if outcome.receipt is not None:
            self.resends += outcome.receipt.resend
            self.updates += not outcome.receipt.resend and outcome.receipt.version > 1


@dataclass(frozen=True)
class Plan:
    """Which files go to which force, sorted. `left_out`: files of a folder that belong to other forces."""

    files: dict[str, list[Path]]
    left_out: int
    refused: list[tuple[Path, Refusal]]


def plan_files(adapter: Adapter, paths: Sequence[Path], force: str | None, forces: Collection[str]) -> Plan:
    """Files of `paths` by force. `force` None: each file's force is taken from its name, which must be one of `forces`.

    With one force, the files of other forces in a folder are left out; a file that is named itself is always read.
    """
    plan = Plan({}, 0, [])
    left_out = 0
    for path in paths:
        try:
            found = find_files(adapter, path)
        except Refused as refused:
            plan.refused.append((path, Refusal.of(refused)))
            continue
        for file in found:
            named = adapter.force_in(file)
            owner = named if force is None else force
            if owner is None or owner not in forces:
                plan.refused.append((file, Refusal(Code.WRONG_FORCE_IN_FILE)))
            elif path.is_dir() and named in forces and named != owner:
                left_out += 1
            else:
                plan.files.setdefault(owner, []).append(file)
    return Plan(plan.files, left_out, plan.refused)


def load_file(
    adapter: Adapter, path: Path, force_names: Collection[str], *, take: Take, counts: Counts, report: Report
) -> Iterator[int]:
    """Hand the rows of one file to `take`. Yields how many bytes of the file have been read, after every row."""
    counts.files += 1
    try:
        file = path.open("rb")
    except OSError:
        file = None
    if file is None:
        _count(Outcome(0, None, refuse(0, Code.NO_SUCH_FILE).refusal), path, counts, report)
        return
    with file:
        for outcome in take(read_file(adapter, file, force_names)):
            _count(outcome, path, counts, report)
            yield file.tell()


def _count(outcome: Outcome, path: Path, counts: Counts, report: Report) -> None:
    counts.add(outcome)
    if outcome.refusal is not None:
        report(path, outcome.line, outcome.refusal)
