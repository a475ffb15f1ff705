"""The stage `standardise`: submissions to standard records or dead letters, and tallies for the watch."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from schemas.actions import Action
from schemas.codes import Code, describe
from schemas.dialect import Dialect
from schemas.errors import NotReady, Refused
from schemas.records import encode
from schemas.topics import Topics
from schemas.wire import frame
from stream_processors.messages import Batch, Headers, Input, Output, Partition, Step, Work
from stream_processors.metrics import StandardiseMetrics
from stream_processors.national import National
from stream_processors.occurrences import Occurrences, occurrence_of
from stream_processors.standardise import SchemaName, Standard, standardise
from stream_processors.tally import Tally

log = structlog.get_logger()

DEAD_LETTER = "uk.pointduty.hub.DeadLetter"
"""Full name of the dead letter."""

TALLY = "uk.pointduty.hub.Tally"
"""Full name of a tally."""

SUBMISSION_BYTES = 1024 * 1024
"""A submission may be this large, key and headers included. A topic's limit counts compressed bytes, so a larger one can
arrive all the same."""

STANDARD_BYTES = 3 * 1024 * 1024
"""A standard record may be this large: below the limit of its topic, or its batch would come round for ever."""

WHOLE_BYTES = 8 * 1024 * 1024
"""A dead letter keeps the original whole up to this size; topic and producer take more, so that it always fits. What is
larger stays readable at the position that its dead letter names, for as long as submissions are kept."""


@dataclass(frozen=True)
class StandardiseSetup:
    """What the stage is given."""

    topics: Topics
    schema_name: SchemaName
    schema_ids: Mapping[str, int]
    """Full record name to registry id, of standard records, dead letters and tallies."""
    dialects: Mapping[str, Dialect]
    national: National
    clock_ms: Callable[[], int]
    """UTC milliseconds."""


class StandardiseStage:
    """Keeps no state between batches: resends and stale versions are recognised at the lane's owner."""

    def __init__(self, setup: StandardiseSetup, metrics: StandardiseMetrics) -> None:
        self._setup, self._metrics = setup, metrics
        self._tallies: dict[tuple[str, str, int], Tally] = {}
        self._seen = Occurrences()

    def begin(self) -> None:
        """It asks the broker nothing."""

    def ready(self) -> bool:
        """Always: what it needs was loaded at start."""
        return True

    def process(self, batch: Batch) -> Sequence[Step]:
        """One transaction: standard records, dead letters, tallies. Decision time is pinned for the batch."""
        now_ms, self._tallies = self._setup.clock_ms(), {}
        self._seen.drop()
        outputs = [self._output(message, now_ms) for message in batch.messages]
        outputs += [self._tally_output(*item, now_ms) for item in self._tallies.items()]
        return [Step("standard", advance=True, outputs=outputs)]

    def check(self, step: Step) -> None:
        """Nothing can change between deciding and writing."""

    def committed(self) -> None:
        """Count what is durable."""
        self._seen.keep()
        for (_, kind, _), tally in self._tallies.items():
            if tally.standardised:
                self._metrics.standard.labels(kind=kind).inc(tally.standardised)
            for code, count in tally.refused.items():
                self._metrics.dead_letters.labels(code=code).inc(count)
            for code, count in tally.flags.items():
                self._metrics.flags.labels(code=code).inc(count)

    def dropped(self) -> None:
        """Nothing was counted yet."""
        self._tallies = {}
        self._seen.drop()

    def has_work(self) -> bool:
        """Never."""
        return False

    def work(self, stand: Callable[[Partition], int]) -> Work | None:  # noqa: ARG002  # the stage has none
        """None: whatever it does comes from a submission."""
        return None

    def assigned(self, partitions: Sequence[Partition]) -> None:
        """No state to restore."""

    def revoked(self, partitions: Sequence[Partition]) -> None:
        """No state to give up."""

    def _output(self, message: Input, now_ms: int) -> Output:
        setup = self._setup
        force = setup.topics.force_of(message.topic)
        size = _size(message)
        if size > SUBMISSION_BYTES:
            return self._refuse(message, force, Refused(Code.TOO_LARGE), now_ms, whole=size <= WHOLE_BYTES)
        try:
            found = standardise(message, force, setup.schema_name, setup.dialects, setup.national, now_ms, self._seen)
            if isinstance(found, Standard):
                value = frame(setup.schema_ids[found.kind.standard], encode(found.kind.standard, found.record))
                if len(value) <= STANDARD_BYTES:
                    return self._accept(message, force, found, value)
                found = Refused(Code.TOO_LARGE)
        except NotReady:
            raise
        except Exception as error:  # a bug of ours: the submission is kept, a person is told, nothing behind it waits
            log.error("standardise failed", code=str(Code.UNEXPECTED), error_type=type(error).__name__, alert=True)
            found = Refused(Code.UNEXPECTED)
        return self._refuse(message, force, found, now_ms, whole=True)

    def _accept(self, message: Input, force: str, found: Standard, value: bytes) -> Output:
        name, envelope = found.kind.standard, found.record["envelope"]
        if envelope["action"] != Action.TEST:  # a test is no record: it counts for no quality, and nothing repeats it
            self._tally(message, force, found.kind.name).add(found.record)
            occurrence = occurrence_of(found.record, found.kind)
            if occurrence is not None:
                self._seen.add(occurrence)
        headers = _headers(name, envelope["event_id"])
        return Output(self._setup.topics.standard, envelope["record_id"].encode(), value, headers)

    def _refuse(self, message: Input, force: str, refusal: Refused, now_ms: int, *, whole: bool) -> Output:
        meaning, original = describe(refusal.code), message.value or b""
        letter = {
            "code": str(refusal.code),
            "field": refusal.field,
            "found": meaning.title,
            "expected": meaning.expected,
            "mend": meaning.mend,
            "topic": message.topic,
            "partition": message.partition,
            "offset": message.offset,
            "received_at": message.timestamp_ms,
            "refused_at": now_ms,
            "key": message.key if whole else None,
            "headers": [{"name": name, "value": value} for name, value in message.headers] if whole else [],
            "original": message.value if whole else None,
            "original_bytes": len(original),
            "original_sha256": hashlib.sha256(original).hexdigest(),
        }
        self._tally(message, force, "").refused[str(refusal.code)] += 1
        value = frame(self._setup.schema_ids[DEAD_LETTER], encode(DEAD_LETTER, letter))
        return Output(self._setup.topics.dead_letter(force), None, value, (("ce_type", DEAD_LETTER.encode()),))

    def _tally(self, message: Input, force: str, kind: str) -> Tally:
        tally = self._tallies.setdefault((force, kind, message.partition), Tally(first=message.offset))
        tally.last = message.offset
        return tally

    def _tally_output(self, key: tuple[str, str, int], tally: Tally, now_ms: int) -> Output:
        force, kind, partition = key
        value = frame(self._setup.schema_ids[TALLY], encode(TALLY, tally.record(force, kind, partition, now_ms)))
        return Output(self._setup.topics.quality, f"{force}/{kind}".encode(), value)


def _size(message: Input) -> int:
    headers = sum(len(name) + len(value or b"") for name, value in message.headers)
    return len(message.value or b"") + len(message.key or b"") + headers


def _headers(record_name: str, event_id: str) -> Headers:
    """CloudEvents Kafka binding, binary mode, and W3C traceparent: the trace of an event is its id."""
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id.encode()),
        ("ce_source", b"urn:pointduty:hub"),
        ("ce_type", record_name.encode()),
        ("content-type", b"application/avro"),
        ("traceparent", f"00-{event_id}-{event_id[:16]}-01".encode()),
    )
