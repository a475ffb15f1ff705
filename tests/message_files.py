"""Messages through an adapter, the force's door, the outbox's versions and standardise, in this process; counted."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from producers.adapters.catalogue import CODED_ADAPTERS, read_file
from producers.door import Door
from producers.publisher import check_row
from producers.row import Refusal
from producers.versions import Last, next_event
from schemas.codes import Code
from schemas.dialect import shipped_dialects, systems_with_default
from schemas.errors import Refused
from schemas.kinds import KINDS
from schemas.records import Record
from schemas.wire import frame
from stream_processors.messages import Input
from stream_processors.national import load_national
from stream_processors.standardise import standardise

DATA = Path(__file__).parents[2] / "shared" / "data" / "intelligence"
"""Real messages, beside the repository."""
NOW = datetime(2026, 6, 1, tzinfo=UTC)
_NOW_MS = int(NOW.timestamp() * 1000)
_IDS = {kind.submission: number for number, kind in enumerate(KINDS.values(), 1)}
_NAMES = {number: name for name, number in _IDS.items()}


@dataclass
class Went:
    """What became of the rows: rows = refused at the door + resent + dead-lettered + standard."""

    files: int = 0
    rows: int = 0
    refused: Counter[Code] = field(default_factory=Counter)
    resent: int = 0
    dead: Counter[Code] = field(default_factory=Counter)
    flags: Counter[Code] = field(default_factory=Counter)
    standard: list[Record] = field(default_factory=list)

    @property
    def records(self) -> int:
        """How many records there are; the others are later versions of them."""
        return len({record["envelope"]["record_id"] for record in self.standard})


def send(adapter: str, paths: Iterable[Path], force: str, names: Collection[str]) -> Went:
    """Send the files as the force; `names` are those by which they may call it."""
    went, last, door = Went(), dict[str, Last](), Door(force, systems_with_default(shipped_dialects()))
    for path in paths:
        went.files += 1
        with path.open("rb") as file:
            for row in read_file(CODED_ADAPTERS[adapter], file, names):
                went.rows += 1
                checked = check_row(row, door, NOW)
                if isinstance(checked, Refusal):
                    went.refused[checked.code] += 1
                    continue
                event = next_event(checked, last.get(checked.record_id), door, NOW)
                if event.resend:
                    went.resent += 1
                    continue
                last[event.record_id] = Last(event.version, event.kind, event.content_sha256, event.body)
                _standardise(went, force, frame(_IDS[KINDS[event.kind].submission], event.body))
    return went


def _standardise(went: Went, force: str, value: bytes) -> None:
    message = Input(f"submission.{force}", 0, 0, b"k", value, (), _NOW_MS)
    found = standardise(message, force, _NAMES.get, shipped_dialects(), load_national(), _NOW_MS)
    if isinstance(found, Refused):
        went.dead[found.code] += 1
        return
    went.standard.append(found.record)
    went.flags.update({Code(flag["code"]) for flag in found.record["quality"]["flags"]})
