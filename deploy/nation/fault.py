"""What a labelled fault is: something wrong in one row or message, and the code that it must earn. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from deploy.nation.gaps import JUDGED, is_erasure
from schemas.codes import Code
from schemas.kinds import Kind
from schemas.records import Record

OUTBOX, STOCK = "outbox", "stock"
"""Routes: through the force's own door and outbox, or past both with a stock Kafka client."""
DOOR, DEAD, FLAG = "door", "dead", "flag"
"""Stages: the door refuses the row (PD-1xx), standardise refuses the message (PD-2xx), or keeps and flags it (PD-3xx)."""
EITHER = frozenset((OUTBOX, STOCK))

ChangeContent = Callable[[Kind, Record, Random], Record]
"""The submission with the fault in it. What was handed in stays as it is."""
ChangeLine = Callable[[bytes, Random], bytes]
"""A row of a file, without its end of line, with the fault in it."""
ChangeBody = Callable[[str, bytes, Random], tuple[str | None, bytes | None]]
"""Record name and Avro body to what is sent: name (None: the bytes are the whole value) and bytes (None: no value)."""
Applies = Callable[[Kind, Record], bool]
"""Whether a fault can befall a submission."""


def is_whole(_kind: Kind, submission: Record) -> bool:
    """A full version. Of a patch nobody can say what it earns: that depends on what it is merged into. Of an erasure nothing
    but its envelope is read."""
    return not submission["envelope"].get("partial") and not is_erasure(submission)


def always(_kind: Kind, _submission: Record) -> bool:
    """It can befall anything."""
    return True


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to be wrong. Exactly one of `content`, `line` and `body` is there: what it spoils."""

    name: str
    code: Code
    """The one that it earns, once."""
    stage: str
    routes: frozenset[str]
    weight: int
    """How often it is chosen, against the others."""
    content: ChangeContent | None = None
    line: ChangeLine | None = None
    body: ChangeBody | None = None
    kinds: frozenset[str] | None = None
    """None: all."""
    applies: Applies = is_whole
    """Whether this submission, which has no other fault, would earn the code and no other."""
    hides: str = ""
    """What the hub no longer knows of the record although the scenario does: area, elsewhere (it is told to have been there),
    place, time, birth (a wrong day is told), offence, opening, closing, outcome, role, grading, marker or person. Empty:
    nothing that a decision could hang on.
    """

    @property
    def flags(self) -> tuple[Code, ...]:
        """The quality flags that it adds to what the submission lacks, once it is in it: the faults that are gaps add none."""
        return (self.code,) if self.stage == FLAG and self.code not in JUDGED else ()


def pick(chance: Random, options: tuple[str, ...]) -> str:
    """One of them."""
    return options[int(chance.random() * len(options))]


def change_part(submission: Record, part: str, **changes: object) -> Record:
    """A copy with fields of one part changed."""
    return {**submission, part: {**submission[part], **changes}}


def change_item(submission: Record, part: str, index: int, **changes: object) -> Record:
    """A copy with fields of one item of a list changed."""
    items = list(submission[part])
    items[index] = {**items[index], **changes}
    return {**submission, part: items}


def find_item(submission: Record, part: str, field: str) -> int | None:
    """The first item of a list that has the field."""
    for index, item in enumerate(submission.get(part) or ()):
        if item.get(field):
            return index
    return None


def has_item(part: str, field: str) -> Applies:
    """Whether some item of a list has the field."""
    return lambda kind, submission: is_whole(kind, submission) and find_item(submission, part, field) is not None


def has_start(kind: Kind, submission: Record) -> bool:
    """Whether it is told when it began."""
    return is_whole(kind, submission) and bool((submission.get("occurred") or {}).get("start"))


def flag_fault(
    name: str,
    code: Code,
    weight: int,
    content: ChangeContent,
    applies: Applies,
    hides: str = "",
    kinds: frozenset[str] | None = None,
) -> Fault:
    """A fault of content that is kept and flagged, whichever way the submission goes."""
    return Fault(name, code, FLAG, EITHER, weight, content=content, kinds=kinds, applies=applies, hides=hides)
