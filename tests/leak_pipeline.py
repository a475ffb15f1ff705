"""A simulated nation through the door, both stages and their own outputs, in this process: everything that they write, as
items of the leak check.

Both stages run whole, with their keys, headers, times, metrics and logs; what Kafka would give them (a rule set that is in
force, a batch) is handed to them. What a broker adds is looked at in `integration/test_leaks.py`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from feed_rules import MASTER_KEY, Seen, made_id, made_keys, made_mac
from leak_items import Shelf, keyed, line_items
from leak_search import Item
from nation_hub import DIALECTS, IDS, NAMES, by_outbox, value_of
from prometheus_client import CollectorRegistry, generate_latest
from structlog.testing import capture_logs

from deploy.nation.messages import read_messages
from deploy.nation.truth import VersionRow
from deploy.nation.truth_reader import Truth
from deploy.nation_publish import OUTBOX_FOLDER, STOCK_FOLDER
from producers.row import Refusal
from schemas.codes import describe
from schemas.records import Record, decode
from schemas.topics import Topics
from schemas.wire import unframe
from stream_processors.control import ControlState
from stream_processors.control_rule_sets import Published, RuleSets
from stream_processors.disseminate_setup import DisseminateSetup
from stream_processors.lane_store import COMMAND_PROGRESS, ERASED, HOLDERS, LANE_COUNTER, LaneStore
from stream_processors.messages import Batch, Input, Output
from stream_processors.metrics import DisseminateMetrics, StandardiseMetrics
from stream_processors.national import load_national
from stream_processors.outputs import DECISION_VECTOR, LEDGER_ENTRY, RECALL
from stream_processors.rule_set import Parts, load_rule_set
from stream_processors.stage_disseminate import DisseminateStage
from stream_processors.stage_standardise import DEAD_LETTER, TALLY, StandardiseSetup, StandardiseStage
from stream_processors.tokens import Tokens

LANES = 12
NOW_MS = int(datetime(2026, 6, 1, 12, 34, 56, 789_000, tzinfo=UTC).timestamp() * 1000)
"""Of the first batch: a time that no grain leaves as it is. Each batch comes a second and a bit later."""
_STEP_MS = 1_237
_BATCH = 500
_OWN = (LEDGER_ENTRY, DECISION_VECTOR, HOLDERS, ERASED, LANE_COUNTER, RECALL, COMMAND_PROGRESS, DEAD_LETTER, TALLY)
_IDS = IDS | {name: 90 + number for number, name in enumerate(_OWN)}
_NAMES = NAMES | {number: name for name, number in _IDS.items()}
_WHERE = {
    LEDGER_ENTRY: "ledger",
    DECISION_VECTOR: "vector",
    HOLDERS: "holders",
    ERASED: "holders",
    LANE_COUNTER: "holders",
    TALLY: "tally",
}


Sendings = Iterable[tuple[str, Iterable[Refusal | bytes | None]]]
"""Force to what it sends, in order: a value, none, or why its door has refused the row."""


class InForce:
    """What a stage asks control, the holders' end and the lanes behind it: here all of it is known, and nothing waits."""

    def __init__(self, published: Published) -> None:
        self.state = ControlState(RuleSets(current=published))

    def read_to_end(self) -> Published | None:
        return self.state.current

    def close(self) -> None:
        """There is nothing to give back."""


class Sent(NamedTuple):
    """One message of a feed, with the version that it came of."""

    feed: str
    output: Output
    row: VersionRow
    standard: Record
    batch: int


@dataclass
class Pipeline:
    """A hub with both stages. `change` may change what disseminate writes: for leaks that are planted."""

    parts: Parts
    store: Path
    change: Callable[[Output, Record], Output] = lambda output, _standard: output
    keep_sent: bool = False
    sent: list[Sent] = field(default_factory=list)
    refused: int = 0

    def __post_init__(self) -> None:
        self.rules = load_rule_set(self.parts)
        self.shelf, self.topics, self.tokens = Shelf(self.rules), Topics(""), Tokens(MASTER_KEY)
        self._now_ms, self._offset = NOW_MS, defaultdict[int, int](int)
        self._registry, self._earlier = CollectorRegistry(), defaultdict[str, list[VersionRow]](list)
        clock = self._clock
        standardise = StandardiseSetup(self.topics, _NAMES.get, _IDS, DIALECTS, load_national(), clock)
        self._standardise = StandardiseStage(standardise, StandardiseMetrics(self._registry))
        feed_ids = {agreement.id: 200 + number for number, agreement in enumerate(self.rules.with_feeds)}
        in_force: Any = InForce(Published(1, self.parts, feed_ids))
        store = LaneStore(self.store, "no topic", 86_400.0)
        for lane in range(LANES):
            store.open(lane, 0.0)
        read: Any = lambda: in_force  # noqa: E731  # each of the stage's readers
        setup = DisseminateSetup(self.topics, _NAMES.get, _IDS, read, read, read, read, store, self.tokens, clock)
        self._disseminate = DisseminateStage(setup, DisseminateMetrics(self._registry))
        self._disseminate.begin()
        assert self._disseminate.ready()

    def _clock(self) -> int:
        return self._now_ms

    def run(self, sent: Sendings, truth: Truth) -> Iterator[Item]:
        """Every force of a folder; what all of it has written, piece by piece, logs and metrics last."""
        rows: dict[str, list[VersionRow]] = defaultdict(list)
        for row in truth.versions():
            rows[row.force].append(row)
        with capture_logs() as logs:
            for force, values in sent:
                yield from self._force(force, list(zip(rows[force], values, strict=True)))
        yield from line_items("log", (" ".join(f"{name}={value}" for name, value in line.items()) for line in logs))
        yield from line_items("metric", generate_latest(self._registry).decode().splitlines())

    def _force(self, force: str, sent: Sequence[tuple[VersionRow, Refusal | bytes | None]]) -> Iterator[Item]:
        accepted: list[tuple[VersionRow, bytes | None]] = []
        for row, value in sent:
            if isinstance(value, Refusal):
                self.refused += 1
                yield from line_items("error", [f"{value.code} {value.field} {describe(value.code)}"], row=row)
            else:
                accepted.append((row, value))
        for first in range(0, len(accepted), _BATCH):
            yield from self._batch(force, accepted[first : first + _BATCH])

    def _batch(self, force: str, accepted: Sequence[tuple[VersionRow, bytes | None]]) -> Iterator[Item]:
        self._now_ms += _STEP_MS
        topic = self.topics.submission(force)
        messages = [Input(topic, 0, number, b"key", value, (), NOW_MS) for number, (_, value) in enumerate(accepted)]
        [step] = self._standardise.process(Batch(messages, {}, {}))
        self._standardise.committed()
        inputs, rows = [], {}
        for number, output in enumerate(step.outputs):
            if number >= len(accepted):
                yield from self.shelf.record_items("tally", TALLY, output.key, output.value or b"")
            elif output.topic == self.topics.standard:
                lane = crc32(output.key or b"") % LANES
                message = Input(output.topic, lane, self._offset[lane], output.key, output.value, output.headers, NOW_MS)
                self._offset[lane] += 1
                inputs.append(message)
                rows[lane, message.offset] = (accepted[number][0], _read(output.value))
            else:  # a dead letter: the original in it is the force's own, and goes back to it alone
                letter = decode(DEAD_LETTER, unframe(output.value)[1]) | {"original": None, "key": None, "headers": []}
                words = [f"{name}={value}" for name, value in letter.items() if name not in ("topic", "original_sha256")]
                yield from line_items("error", [" ".join(words)], row=accepted[number][0])
        yield from self._release(inputs, rows)

    def _release(self, inputs: list[Input], rows: dict[tuple[int, int], tuple[VersionRow, Record]]) -> Iterator[Item]:
        ledger, release = self._disseminate.process(Batch(inputs, {}, {}))
        entries = {}
        for output in ledger.outputs:
            name = _NAMES[unframe(output.value)[0]]
            if name == LEDGER_ENTRY:
                entry = decode(name, unframe(output.value)[1])
                row, standard = rows[entry["source_partition"], entry["source_offset"]]
                for said in entry["disclosures"]:
                    entries[said["delivery_id"]] = (row, standard, entry)
                own = self._of(entry, standard["envelope"]["record_id"])
                yield from self.shelf.record_items("ledger", name, output.key, output.value or b"", row=row, keyed=own)
            else:
                yield from self.shelf.record_items("vector", name, output.key, output.value or b"")
        by_record = {standard["envelope"]["record_id"]: row for row, standard in rows.values()}
        for output in release.outputs:
            record_id = (output.key or b"").decode().removeprefix("record/")
            row = by_record.get(record_id)
            if output.value is None:  # of a record that was erased: its key alone
                yield Item("holders", output.key or b"", [("key", record_id)], row=row)
                continue
            name = _NAMES.get(unframe(output.value)[0], "")
            if name == RECALL:
                yield from self.shelf.record_items("recall", name, output.key, output.value or b"")
            elif name:
                yield from self.shelf.record_items(
                    "holders", name, output.key, output.value or b"", row=row, keyed=_held(output, name)
                )
            else:
                yield from self._feed(output, entries)
        self._disseminate.committed()
        self._keep(rows)

    def _keep(self, rows: dict[tuple[int, int], tuple[VersionRow, Record]]) -> None:
        for _, (row, _) in sorted(rows.items()):
            if row.outcome == "NEW":
                self._earlier[row.record].append(row)

    def _feed(self, output: Output, entries: dict[str, tuple[VersionRow, Record, Record]]) -> Iterator[Item]:
        feed = output.topic.removeprefix("feed.")
        delivery_id = dict(output.headers)["ce_id"] or b""
        row, standard, entry = entries[delivery_id.decode()]
        output = self.change(output, standard)
        if self.keep_sent:
            self.sent.append(Sent(feed, output, row, standard, self._now_ms))
        others = {said[name] for said in entry["disclosures"] for name in ("token", "delivery_id")}
        own = self._own_keys(feed, entry, standard["envelope"]["record_id"])
        foreign = frozenset((others | {entry["event_id"], entry["record_token"], entry["salt"]}) - own)
        yield from self.shelf.feed_items(
            feed,
            output.key,
            output.value or b"",
            output.headers,
            output.timestamp_ms or 0,
            row=row,
            earlier=tuple(self._earlier[row.record]),
            standard=standard,
            keyed=own,
            foreign=foreign,
        )

    def seen(self, sent: Sent) -> Seen:
        """The message as an agency reads it."""
        output, envelope = sent.output, sent.standard["envelope"]
        delivery = self.shelf.delivery(sent.feed, output.value or b"")
        ids = (envelope["event_id"], envelope["record_id"], sent.batch)
        return Seen(sent.feed, (output.key or b"").decode(), tuple(output.headers), output.timestamp_ms or 0, delivery, *ids)

    def _own_keys(self, feed: str, entry: Record, record_id: str) -> frozenset[str]:
        """Key and id of this delivery, where they are what the hub's own key makes of them: made anew here, not by the hub."""
        bound = self.rules.by_feed[feed].id
        said = next(said for said in entry["disclosures"] if f"{said['agency']}.{said['feed']}" == feed)
        return keyed(made_id(bound, entry["event_id"]), *({said["token"]} & made_keys(bound, record_id)))

    def _of(self, entry: Record, record_id: str) -> frozenset[str]:
        """Keys of an entry of the ledger, likewise, and digests of what names nobody: rules, decisions, positions."""
        feeds = [self.rules.by_feed[f"{said['agency']}.{said['feed']}"].id for said in entry["disclosures"]]
        own = {made_mac("ledger/record", record_id)}
        for bound in feeds:
            own |= {made_id(bound, entry["event_id"])} | made_keys(bound, record_id)
        said = {entry["record_token"], *(said[name] for said in entry["disclosures"] for name in ("token", "delivery_id"))}
        return keyed(*(own & said), *(entry[name] for name in ("entry_id", "event_id", "rule_set", "vector")))


def _held(output: Output, name: str) -> frozenset[str]:
    return keyed(decode(HOLDERS, unframe(output.value)[1])["event_id"]) if name == HOLDERS else frozenset()


def _read(value: bytes | None) -> Record:
    number, body = unframe(value)
    return decode(_NAMES[number], body)


def forces_of(folder: Path) -> Sendings:
    """What each force's door lets out, row by row: values, and refusals."""
    for path in sorted((folder / OUTBOX_FOLDER).glob("*.jsonl")):
        yield path.stem, by_outbox(path)
    for path in sorted((folder / STOCK_FOLDER).glob("*.jsonl")):
        yield path.stem, (value_of(message) for message in read_messages(path, path.stem))
