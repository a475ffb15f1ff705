"""The balance of a hub: what went in, what came out, and whether every message is accounted for.

It reads the topics and counts with a model of its own: which standard events are new versions, resends or stale is worked
out from `standard` alone, and what each feed should hold from the ledger alone. Nothing is taken from a process's metrics.
"""

import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import fastavro
from confluent_kafka import Message

from deploy.topic_reader import read_topics
from schemas.actions import Action
from schemas.records import Record, decode, load_schema
from schemas.topics import Topics
from schemas.wire import unframe
from stream_processors.ledger_entry import LIVE
from stream_processors.outputs import LEDGER_ENTRY
from stream_processors.stage_standardise import DEAD_LETTER

Place = tuple[int, int]
"""Lane and offset of a standard event."""

Cause = tuple[str, str, int, int]
"""Cause, topic, partition and offset: a later entry for the same supersedes an earlier one."""

Delivered = tuple[int, int, str, str]
"""Lane, sequence, delivery id, action."""

_HEAD = fastavro.parse_schema(
    {
        "type": "record",
        "name": "uk.pointduty.audit.Head",
        "fields": [
            {"name": name, "type": kind}
            for name, kind in (
                ("delivery_id", "string"),
                ("lane", "int"),
                ("sequence", "long"),
                ("revision", "int"),
                ("action", "string"),
            )
        ],
    }
)


@dataclass
class FeedCount:
    """One feed: disclosures in the ledger against deliveries in the topic."""

    shares: int = 0
    deliveries: int = 0
    gaps: int = 0
    """Sequence numbers missing in a lane."""
    repeats: int = 0
    """Deliveries that stand in the feed more than once."""
    out_of_order: int = 0
    """Sequence numbers, or revisions of a record, that go back."""
    unexplained: int = 0
    """Deliveries without their disclosure in the ledger, and disclosures without their delivery."""


@dataclass
class HubCounts:
    """Everything that is counted."""

    submitted: int = 0
    standard: int = 0
    dead_lettered: int = 0
    dead_letters_by_code: dict[str, int] = field(default_factory=dict)
    new_versions: int = 0
    resends: int = 0
    tests: int = 0
    stale: int = 0
    conflicts: int = 0
    records: int = 0
    held_records: int = 0
    ledger_entries: int = 0
    ledger_repeats: int = 0
    ledger_superseded: int = 0
    ledger_wrong: int = 0
    feeds: dict[str, FeedCount] = field(default_factory=dict)

    @property
    def problems(self) -> list[str]:
        """What does not balance; empty when everything does."""
        seen = self.new_versions + self.resends + self.stale + self.conflicts + self.tests
        checks = [
            (self.submitted == self.standard + self.dead_lettered, "submitted = standard + dead-lettered"),
            (self.standard == seen, "standard = new versions + resends + stale + conflicts + tests"),
            (self.ledger_entries == self.new_versions, "one ledger entry per new version"),
            (self.ledger_wrong == 0, "each ledger entry says what the standard topic says"),
            (self.records == self.held_records, "one holders record per record"),
        ]
        for name, feed in self.feeds.items():
            checks.append((feed.shares == feed.deliveries, f"deliveries = disclosures in {name}"))
            bad = (feed.gaps, feed.repeats, feed.out_of_order, feed.unexplained)
            checks.append((not any(bad), f"no gap, repeat or disorder in {name}"))
        return [text for holds, text in checks if not holds]


def count_hub(
    config: Mapping[str, str],
    topics: Topics,
    schema_name: Callable[[int], str | None],
    feeds: Sequence[str],
    forces: Sequence[str],
) -> HubCounts:
    """Count a quiet hub. `feeds` are topic names. Raises NotReady where a topic can't be read."""
    counts = HubCounts()
    counts.submitted = sum(1 for _ in read_topics(config, [topics.submission(force) for force in forces]))
    letters = Counter(_decoded(m, DEAD_LETTER)["code"] for m in read_topics(config, [topics.dead_letter(f) for f in forces]))
    counts.dead_letters_by_code, counts.dead_lettered = dict(sorted(letters.items())), letters.total()
    seen = _read_standard(read_topics(config, [topics.standard]), schema_name, counts)
    disclosed = _read_ledger(read_topics(config, [topics.ledger]), schema_name, seen, counts)
    # Of an erased record there is a tombstone; it counts as well.
    counts.held_records = len({m.key() for m in read_topics(config, [topics.holders]) if (m.key() or b"")[:7] == b"record/"})
    prefix = f"{topics.prefix}feed."
    for topic in feeds:
        name = topic.removeprefix(prefix)
        counts.feeds[name] = count_feed(read_topics(config, [topic]), disclosed.get(name, []))
    return counts


def _read_standard(
    messages: Iterable[Message], schema_name: Callable[[int], str | None], counts: HubCounts
) -> dict[Place, str]:
    """What each standard event is, by the order of its lane: NEW, RESEND, STALE or CONFLICT."""
    last: dict[str, tuple[int, str]] = {}
    seen: dict[Place, str] = {}
    envelope_schema = load_schema("uk.pointduty.standard.Envelope")
    found: Counter[str] = Counter()
    for message in messages:
        schema_id, body = unframe(_value(message))
        if schema_name(schema_id) is None:
            continue
        envelope = _prefix(envelope_schema, body)
        before = last.get(envelope["record_id"])
        what = _what(envelope, before)
        if what == "DECIDED":
            last[envelope["record_id"]] = (envelope["version"], envelope["event_id"])
        seen[(message.partition() or 0, message.offset() or 0)] = what
        found[what] += 1
        counts.standard += 1
    counts.new_versions, counts.resends = found["DECIDED"], found["RESEND"]
    counts.tests = found["TEST"]
    counts.stale, counts.conflicts, counts.records = found["STALE"], found["CONFLICT"], len(last)
    return seen


def _what(envelope: Record, before: tuple[int, str] | None) -> str:
    if envelope["action"] == Action.TEST:
        return "TEST"
    if before is None or envelope["version"] > before[0]:
        return "DECIDED"
    if envelope["version"] < before[0]:
        return "STALE"
    return "RESEND" if envelope["event_id"] == before[1] else "CONFLICT"


def _read_ledger(
    messages: Iterable[Message], schema_name: Callable[[int], str | None], seen: Mapping[Place, str], counts: HubCounts
) -> dict[str, list[Delivered]]:
    """What each feed should hold: the disclosures of the last entry of each source position and cause."""
    entries: dict[Cause, Record] = {}
    for message in messages:
        schema_id, body = unframe(_value(message))
        if schema_name(schema_id) != LEDGER_ENTRY:
            continue
        entry = decode(LEDGER_ENTRY, body)
        place = (entry["cause"], entry["source_topic"], entry["source_partition"], entry["source_offset"])
        before = entries.get(place)
        if before is not None:
            counts.ledger_repeats += before["entry_id"] == entry["entry_id"]
            counts.ledger_superseded += before["entry_id"] != entry["entry_id"]
        entries[place] = {name: entry[name] for name in ("entry_id", "outcome", "disclosures")}
    live = {place[2:]: entry for place, entry in entries.items() if place[0] == LIVE}
    counts.ledger_entries = sum(entry["outcome"] == "DECIDED" for entry in live.values())
    counts.ledger_wrong = sum(seen.get(place) != entry["outcome"] for place, entry in live.items())
    counts.ledger_wrong += len(seen.keys() - live.keys())
    feeds: dict[str, list[Delivered]] = {}
    for entry in entries.values():
        for said in (each for each in entry["disclosures"] if each["channel"] == "FEED"):
            delivered = (said["lane"], said["sequence"], said["delivery_id"], said["action"])
            feeds.setdefault(f"{said['agency']}.{said['feed']}", []).append(delivered)
    return feeds


def count_feed(messages: Iterable[Message], disclosed: Sequence[Delivered]) -> FeedCount:
    """One feed against its disclosures. A heartbeat is no delivery: it has no number of its own. A number that comes again
    under another id has been asked for, and a replay repeats a revision under a new number."""
    count = FeedCount(shares=len(disclosed))
    found: list[Delivered] = []
    numbers: dict[tuple[int, int], set[str]] = {}
    last: dict[int, int] = {}
    revisions: dict[bytes, int] = {}
    for message in messages:
        head = read_head(_value(message))
        lane, number, key = head["lane"], head["sequence"], bytes(message.key() or b"")
        if head["action"] == "HEARTBEAT":
            count.gaps += max(0, number - last.get(lane, 0))
            continue
        found.append((lane, number, head["delivery_id"], head["action"]))
        ids = numbers.setdefault((lane, number), set())
        if not ids or head["delivery_id"] in ids:
            expected = last.get(lane, 0) + 1
            count.gaps += max(0, number - expected)
            least = revisions.get(key, 0) + (head["action"] != "UPDATE")
            count.out_of_order += number < expected or head["revision"] < least
            last[lane] = max(number, expected - 1)
            revisions[key] = head["revision"]
        ids.add(head["delivery_id"])
    count.deliveries = len(found)
    count.repeats = len(found) - len({delivered[2] for delivered in found})
    count.unexplained = len(set(found) ^ set(disclosed))
    return count


def read_head(value: bytes) -> Record:
    """The envelope of a delivery of any feed: its first five fields are the same everywhere, and Avro writes a record's
    fields one after the other."""
    return _prefix(_HEAD, unframe(value)[1])


def _prefix(schema: Any, body: bytes) -> Record:
    record = fastavro.schemaless_reader(io.BytesIO(body), schema, None)
    if not isinstance(record, dict):
        raise TypeError("expected a record")
    return record


def _decoded(message: Message, name: str) -> Record:
    return decode(name, unframe(_value(message))[1])


def _schema_id(message: Message) -> int:
    return unframe(_value(message))[0]


def _value(message: Message) -> bytes:
    value = message.value() or b""
    return value.encode() if isinstance(value, str) else value
