"""A force's dead letters, read: what the hub refused, whole, and which version of which record it was. Pure.

`schema_name` is asked for the registry's name of a schema id; what it raises (NotReady) goes through. A letter whose original
was not kept whole, or is not a submission in Avro, has only its bytes: `submission` is None then.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from producers.paths import find_values, parse_path
from schemas.errors import Refused
from schemas.identity import event_id, record_id
from schemas.kinds import KIND_OF_SUBMISSION, Kind
from schemas.records import Record, decode
from schemas.wire import unframe

DEAD_LETTER = "uk.pointduty.hub.DeadLetter"
"""Full name of the dead letter."""

SchemaName = Callable[[int], str | None]
"""Full record name of a schema id, or None for an id that the registry doesn't know. Raises NotReady."""


class Submission(NamedTuple):
    """What was sent, decoded. `body` is its Avro body without framing."""

    kind: Kind
    record: Record
    body: bytes

    @property
    def record_id(self) -> str:
        """Which record it is a version of, by what it says of itself."""
        envelope = self.record["envelope"]
        return record_id(envelope["force"], envelope["source_system"], envelope["source_ref"])

    @property
    def version(self) -> int:
        """Which version."""
        return int(self.record["envelope"]["version"])


@dataclass(frozen=True)
class Letter:
    """One dead letter. `told` is the hub's record of it; `copies` how often the same submission was refused."""

    id: str
    told: Record
    submission: Submission | None
    copies: int = 1

    @property
    def key(self) -> str:
        """The same for every copy of one version with one content: what mending is remembered by."""
        sent = self.submission
        if sent is None:
            return f"bytes:{self.told['original_sha256']}"
        return event_id(sent.record_id, sent.version, sent.kind.submission, sent.body)

    @property
    def place(self) -> tuple[int, int]:
        """Partition and offset of the submission."""
        return self.told["partition"], self.told["offset"]


def read_letter(partition: int, offset: int, value: bytes, schema_name: SchemaName) -> Letter:
    """The letter that stands there. Raises Refused where it is no dead letter at all."""
    told = decode(DEAD_LETTER, unframe(value)[1])
    return Letter(f"{partition}-{offset}", told, _read_submission(told["original"], schema_name))


def _read_submission(original: bytes | None, schema_name: SchemaName) -> Submission | None:
    try:
        schema_id, body = unframe(original)
        kind = KIND_OF_SUBMISSION.get(schema_name(schema_id) or "")
        return None if kind is None else Submission(kind, decode(kind.submission, body), body)
    except Refused:  # empty, not framed, broken: there are only the bytes
        return None


def gather_copies(letters: Iterable[Letter]) -> list[Letter]:
    """One letter for each version and content, in the order of their first copies; it is known by its last copy."""
    found: dict[str, Letter] = {}
    for letter in letters:
        before = found.get(letter.key)
        copies = letter.copies + (before.copies if before else 0)
        found[letter.key] = Letter(letter.id, letter.told, letter.submission, copies)
    return list(found.values())


def value_as_sent(letter: Letter) -> object:
    """The value at the path that the letter names; None where there is none. For the originating force's eyes alone."""
    field = letter.told["field"]
    if letter.submission is None or not field:
        return None
    try:
        return next((value for _, value in find_values(letter.submission.record, parse_path(field))), None)
    except ValueError:
        return None
