"""The stage `acknowledge`: agencies' receipts to ledger entries, to what is acknowledged, and to requests for what they miss.

It follows the ledger too, for deliveries with a deadline. All that a batch comes to is one transaction with its offsets, so
each receipt counts once. Its state is the fold of the topic `acknowledged`, in memory, read whole at the start: it has one
writer, so there is one process of it.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from schemas.codes import Code
from schemas.errors import NotReady, Refused
from schemas.records import Record, decode, encode
from schemas.topics import Topics
from schemas.wire import frame, unframe
from stream_processors.acknowledged_restore import restore
from stream_processors.acknowledgements import ACKNOWLEDGED, AWAITED, AWAITED_HEAD, Acknowledgements
from stream_processors.awaiting import count_by_agency, follow_entry, forget_orphans, take_receipt
from stream_processors.control_commands import LANE_COMMAND, LaneCommand, record_of
from stream_processors.messages import Batch, Input, Output, Partition, Step, Work
from stream_processors.metrics import AcknowledgeMetrics
from stream_processors.outputs import LEDGER_ENTRY
from stream_processors.receipt_entry import RECEIPT_ENTRY, accepted_entry, entry_key, refused_entry
from stream_processors.receipts import Receipt, read_receipt
from stream_processors.resending import Allowances, ask_again
from stream_processors.scattered import check_scattered
from stream_processors.sent_bounds import SentBounds
from stream_processors.topic_follow import Follower

log = structlog.get_logger()

_GAUGE_MS = 5_000
"""How often the gauges are set: a deadline passes without any message."""

_TIDY_MS = 3_600_000
"""How often what nobody told of is let go."""


@dataclass(frozen=True)
class AcknowledgeSetup:
    """What the stage is given."""

    topics: Topics
    schema_name: Callable[[int], str | None]
    schema_ids: Mapping[str, int]
    """Full record name to registry id, of what it writes."""
    follower: Callable[[], Follower]
    """How to build a reader of the hub's own topics; built anew with the pump's clients."""
    clock_ms: Callable[[], int]
    """UTC milliseconds."""


class AcknowledgeStage:
    """One process: its state has one writer."""

    def __init__(self, setup: AcknowledgeSetup, metrics: AcknowledgeMetrics) -> None:
        self._setup, self._metrics = setup, metrics
        self._known, self._allowances = Acknowledgements(), Allowances()
        self._outcomes: Counter[str] = Counter()
        self._asked = 0
        self._bounds: SentBounds | None = None
        self._is_restored = False
        self._gauged_ms = self._tidied_ms = 0

    def begin(self) -> None:
        """New readers; the state is read again once the partitions are given."""
        if self._bounds is not None:
            self._bounds.close()
        self._bounds, self._is_restored = SentBounds(self._setup.follower(), self._setup.topics), False

    def ready(self) -> bool:
        """Always: without partitions there is no input, and with them the state is restored."""
        return True

    def process(self, batch: Batch) -> Sequence[Step]:
        """One transaction: ledger entries, what is acknowledged and awaited, requests."""
        if not self._is_restored or self._bounds is None:
            raise NotReady(Code.ACKNOWLEDGED_UNREADABLE)
        now_ms = self._setup.clock_ms()
        ledger = [message for message in batch.messages if message.topic == self._setup.topics.ledger]
        read = [(message, self._read(message)) for message in batch.messages if message.topic != self._setup.topics.ledger]
        self._bounds.read_for([found for _, found in read if isinstance(found, Receipt)])
        for message in ledger:
            self._follow(message)
        outputs = [output for message, found in read for output in self._receive(message, found, self._bounds, now_ms)]
        if now_ms - self._tidied_ms > _TIDY_MS:
            forget_orphans(now_ms, self._known)
            self._tidied_ms = now_ms
        outputs += [self._changed(key, record) for key, record in self._known.changes()]
        return [Step("acknowledge", advance=True, outputs=outputs)]

    def check(self, step: Step) -> None:
        """Nothing that decides can change: a receipt is true or not whatever happens meanwhile."""

    def committed(self) -> None:
        """Only now it is the state. A crash before this line leaves all of it on the topics, and the next life reads it."""
        for outcome, count in self._outcomes.items():
            self._metrics.receipts.labels(outcome=outcome).inc(count)
        self._metrics.asked_again.inc(self._asked)
        self._known.keep()
        self._allowances.keep()
        self._outcomes, self._asked = Counter(), 0

    def dropped(self) -> None:
        """As before the batch."""
        self._known.drop()
        self._allowances.drop()
        self._outcomes, self._asked = Counter(), 0

    def has_work(self) -> bool:
        """Never."""
        return False

    def work(self, stand: Callable[[Partition], int]) -> Work | None:  # noqa: ARG002  # nothing is written here
        """None; but a deadline passes also where nothing comes in."""
        now_ms = self._setup.clock_ms()
        if self._is_restored and now_ms - self._gauged_ms > _GAUGE_MS:
            self._gauged_ms = now_ms
            self._metrics.set_awaited(count_by_agency(self._known.awaited(), now_ms))
        return None

    def assigned(self, partitions: Sequence[Partition]) -> None:
        """Read the state whole: whatever a predecessor has committed is in it, because its offsets were asked for first."""
        if partitions:
            follower = self._setup.follower()
            try:
                self._known = restore(follower, self._setup.topics.acknowledged, self._setup.schema_name)
            finally:
                follower.close()
            self._is_restored = True
            log.info("acknowledgements restored", records=len(self._known.records))

    def revoked(self, partitions: Sequence[Partition]) -> None:
        """What is given again is restored again."""

    def _read(self, message: Input) -> Receipt | Code:
        """The receipt, or the code by which it is refused."""
        agency = self._setup.topics.agency_of(message.topic)
        try:
            return read_receipt(message.value, agency, self._setup.schema_name)
        except Refused as refusal:
            return refusal.code
        except NotReady:
            raise
        except Exception as error:  # a bug of ours: the receipt is refused, a person is told, nothing behind it waits
            log.error("acknowledge failed", code=str(Code.UNEXPECTED), error_type=type(error).__name__, alert=True)
            return Code.UNEXPECTED

    def _receive(self, message: Input, found: Receipt | Code, bounds: SentBounds, now_ms: int) -> list[Output]:
        agency, code = self._setup.topics.agency_of(message.topic), found
        if isinstance(found, Receipt):
            try:
                bounds.check(found)
                check_scattered(found, self._known)
                return self._accept(message, found, now_ms)
            except Refused as refusal:
                code = refusal.code
        self._outcomes[str(code)] += 1
        log.warning("receipt refused", code=str(code), agency=agency, partition=message.partition, offset=message.offset)
        return [self._entry(refused_entry(message, agency, str(code)))]

    def _accept(self, message: Input, receipt: Receipt, now_ms: int) -> list[Output]:
        take_receipt(receipt, message.timestamp_ms, self._known)
        commands = list(ask_again(receipt, message.timestamp_ms, now_ms, self._allowances))
        self._outcomes["ACCEPTED"] += 1
        self._asked += sum(cut.last - cut.first + 1 for command in commands for cut in command.cuts)
        return [self._entry(accepted_entry(message, receipt)), *map(self._request, commands)]

    def _follow(self, message: Input) -> None:
        """What the ledger says, where it is of a decision. Raises NotReady: an entry that can't be read may have a deadline."""
        try:
            schema_id, body = unframe(message.value)
            if self._setup.schema_name(schema_id) == LEDGER_ENTRY:
                follow_entry(decode(LEDGER_ENTRY, body), self._known)
        except Refused:
            log.error("a ledger entry is unreadable", code=str(Code.ACKNOWLEDGED_UNREADABLE), alert=True)
            raise NotReady(Code.ACKNOWLEDGED_UNREADABLE) from None

    def _entry(self, entry: Record) -> Output:
        value = self._framed(RECEIPT_ENTRY, entry)
        return Output(self._setup.topics.ledger, entry_key(entry).encode(), value, partition=0)

    def _request(self, command: LaneCommand) -> Output:
        value = self._framed(LANE_COMMAND, record_of(command))
        return Output(self._setup.topics.request, f"command/{command.id}".encode(), value, partition=0)

    def _changed(self, key: str, record: Record | None) -> Output:
        name = AWAITED if key.startswith(AWAITED_HEAD) else ACKNOWLEDGED
        value = None if record is None else self._framed(name, record)
        return Output(self._setup.topics.acknowledged, key.encode(), value, partition=0)

    def _framed(self, name: str, record: Record) -> bytes:
        return frame(self._setup.schema_ids[name], encode(name, record))
