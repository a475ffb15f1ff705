"""A simulated folder through the real door, outbox versions, standardise and disseminate, in this process and without Kafka."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from deploy.nation.messages import StockMessage, read_messages
from deploy.nation_publish import OUTBOX_FOLDER, STOCK_FOLDER
from producers.adapters.native_jsonl import read_native
from producers.door import Door
from producers.publisher import check_row
from producers.row import Refusal
from producers.versions import Last, next_event
from schemas.codes import Code
from schemas.dialect import shipped_dialects
from schemas.errors import Refused
from schemas.kinds import KINDS
from schemas.records import Record, decode, encode
from schemas.wire import frame
from stream_processors.decide import Decider
from stream_processors.disseminate import Position, disseminate
from stream_processors.feed_writer import FeedWriter
from stream_processors.messages import Input
from stream_processors.national import load_national
from stream_processors.overlay import Overlay
from stream_processors.rule_set import load_rule_set, shipped_parts
from stream_processors.rulebook import Desk, Outcome, Rulebook
from stream_processors.stage_standardise import SUBMISSION_BYTES
from stream_processors.standardise import Standard, standardise
from stream_processors.tokens import Tokens

RECORDS = [kind.submission for kind in KINDS.values()] + [kind.standard for kind in KINDS.values()]
IDS = {name: number for number, name in enumerate(RECORDS, 1)}
NAMES = {number: name for name, number in IDS.items()}
DIALECTS = shipped_dialects()
NOW = datetime(2026, 6, 1, tzinfo=UTC)
"""When the hub has all of it before it: some time after the nation."""
NOW_MS = int(NOW.timestamp() * 1000)


class Answer(NamedTuple):
    """What became of one row."""

    outcome: str
    """NEW, RESEND, STALE, CONFLICT, REFUSED or DEAD."""
    code: Code | None
    flags: tuple[str, ...]
    record: Record | None
    disseminated: Outcome | None


class Hub:
    """One lane that holds nothing yet."""

    def __init__(self) -> None:
        rules = load_rule_set(shipped_parts())
        writers = {a.id: FeedWriter(a, rules.projections[a.id], rules.schemas[a.id], 5) for a in rules.agreements}
        rulebook = Rulebook(1, rules, Decider(rules), writers)
        self._desk = Desk(Overlay(_Nobody()), rulebook, Tokens(b"x" * 32), NOW_MS)
        self._offset = 0

    def run(self, folder: Path, times: Mapping[str, Sequence[int]] | None = None) -> Iterator[tuple[str, list[Answer]]]:
        """Every force of the folder, with the answer to each of its rows in order. `times`: per force when each row was sent,
        UTC milliseconds, and is decided; without them all of it long after."""
        for path in sorted((folder / OUTBOX_FOLDER).glob("*.jsonl")):
            yield path.stem, self._judge_all(path.stem, by_outbox(path), times)
        for path in sorted((folder / STOCK_FOLDER).glob("*.jsonl")):
            yield path.stem, self._judge_all(path.stem, map(value_of, read_messages(path, path.stem)), times)

    def _judge_all(
        self, force: str, sent: Iterable[Refusal | bytes | None], times: Mapping[str, Sequence[int]] | None
    ) -> list[Answer]:
        if times is None:
            return [self._judge(force, each, NOW_MS) for each in sent]
        return [self._judge(force, each, at_ms) for each, at_ms in zip(sent, times[force], strict=True)]

    def _judge(self, force: str, sent: Refusal | bytes | None, now_ms: int) -> Answer:
        if isinstance(sent, Refusal):
            return Answer("REFUSED", sent.code, (), None, None)
        found = standardise_value(force, sent)
        if isinstance(found, Refused):
            return Answer("DEAD", found.code, (), None, None)
        name, record = found.kind.standard, found.record
        event = decode(name, encode(name, record))
        self._desk = replace(self._desk, now_ms=now_ms)
        done = disseminate(event, Position("standard", 0, self._offset), self._desk)
        self._offset += 1
        outcome = {"DECIDED": "NEW"}.get(done.entry["outcome"], done.entry["outcome"])
        return Answer(outcome, None, tuple(sorted(flag["code"] for flag in record["quality"]["flags"])), record, done)


def by_outbox(path: Path) -> Iterator[Refusal | bytes]:
    """The rows of a file through the force's door, with the versions that its outbox gives."""
    door, last = Door(path.stem), dict[str, Last]()
    with path.open("rb") as file:
        for row in read_native(file, ()):
            checked = check_row(row, door, NOW)
            if isinstance(checked, Refusal):
                yield checked
                continue
            event = next_event(checked, last.get(checked.record_id), door, NOW)
            last[event.record_id] = Last(event.version, event.kind, event.content_sha256, event.body)
            yield frame(IDS[KINDS[event.kind].submission], event.body)


def value_of(message: StockMessage) -> bytes | None:
    """The value that a stock client sends."""
    return message.body if message.schema is None else frame(IDS[message.schema], message.body or b"")


def standardise_value(force: str, value: bytes | None) -> Standard | Refused:
    """As the stage does it: the size before anything else."""
    if value is not None and len(value) > SUBMISSION_BYTES:
        return Refused(Code.TOO_LARGE)
    message = Input(f"submission.{force}", 0, 0, b"k", value, (), NOW_MS)
    return standardise(message, force, NAMES.get, DIALECTS, load_national(), NOW_MS)


def releases(answers: Iterable[Answer]) -> Iterator[Outcome]:
    """What disseminate has made of the accepted ones."""
    return (answer.disseminated for answer in answers if answer.disseminated is not None)


class _Nobody:
    """Lanes that hold nothing yet."""

    def holders(self, _lane: int, _record_id: str) -> None:
        return None

    def erased(self, _lane: int, _token: str) -> None:
        return None

    def sequence(self, _lane: int, _feed: str) -> int:
        return 0
