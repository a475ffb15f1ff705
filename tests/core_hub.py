"""The hub's core without Kafka: submissions, standard events, rule sets and lanes of a test's own."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields as fields_of
from datetime import UTC, datetime
from typing import Any

import yaml

from schemas.dialect import Dialect, shipped_dialects
from schemas.errors import Refused
from schemas.kinds import KINDS
from schemas.records import Record, decode, encode
from schemas.reference import PartnerKind, partner_kinds
from schemas.wire import frame
from stream_processors.agreements import Acceptance, Agreement, Prohibition
from stream_processors.decide import Decider
from stream_processors.disseminate import disseminate
from stream_processors.feed_writer import FeedWriter
from stream_processors.leak_carriers import CARRIERS, NAMES, PLACES, TIME_GRAIN, TIMES
from stream_processors.ledger_entry import Position
from stream_processors.messages import Input
from stream_processors.national import load_national
from stream_processors.overlay import Overlay
from stream_processors.rule_bindings import read_agencies
from stream_processors.rule_faults import RuleFault
from stream_processors.rule_reference import reference_of
from stream_processors.rule_set import RuleSet, hash_parts, load_rule_set, make_rule_set
from stream_processors.rulebook import Desk, Outcome, Rulebook
from stream_processors.standardise import Standard, standardise
from stream_processors.tokens import Tokens
from stream_processors.unreleased import Unreleased

DIALECTS = shipped_dialects()

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
FORCE = "northumbria"
LADS = {"council-a": "E08000021", "council-b": "E08000037", "council-c": "E08000022"}

SCHEMA_IDS = {kind.submission: number for number, kind in enumerate(KINDS.values(), 1)}
SCHEMA_NAMES = {number: name for name, number in SCHEMA_IDS.items()} | {
    50: "uk.pointduty.standard.Crime",
    51: "org.other.Thing",
}


def submission(kind: str = "crime", ref: str = "R/1", version: int = 1, **parts: Any) -> Record:
    """A small submission that is accepted; `parts` replace parts of it, `envelope` fields of its envelope."""
    envelope = {"force": FORCE, "source_system": "native", "source_ref": ref, "version": version}
    detail: Record = {"crime": {"offence": {"value": "5D"}}} if kind == "crime" else {KINDS[kind].detail: {}}
    if kind == "incident":
        detail = {"incident": {"sub_type": "asb"}}
    whole = {"envelope": envelope, "marking": {"tier": "OFFICIAL"}, "occurred": {"start": "2026-06-01T10:00:00Z"}} | detail
    return whole | parts | {"envelope": envelope | parts.get("envelope", {})}


def message(value: bytes | None, offset: int = 0, **fields: Any) -> Input:
    """One consumed submission."""
    given = {"key": b"key", "headers": (), "timestamp_ms": NOW_MS} | fields
    return Input(f"submission.{FORCE}", 0, offset, value=value, **given)


def framed(kind: str, record: Record) -> bytes:
    """The submission as bytes."""
    name = KINDS[kind].submission
    return frame(SCHEMA_IDS[name], encode(name, record))


def run_standardise(
    value: bytes | None,
    now_ms: int = NOW_MS,
    schema_name: Callable[[int], str | None] = SCHEMA_NAMES.get,
    dialects: Mapping[str, Dialect] | None = None,
) -> Standard | Refused:
    """Standardise one message value."""
    return standardise(message(value), FORCE, schema_name, dialects or DIALECTS, load_national(), now_ms)


def event(kind: str = "crime", ref: str = "R/1", version: int = 1, now_ms: int = NOW_MS, **parts: Any) -> Record:
    """A standard event as disseminate reads it."""
    found = run_standardise(framed(kind, submission(kind, ref, version, **parts)), now_ms)
    assert isinstance(found, Standard), found
    return decode(found.kind.standard, encode(found.kind.standard, found.record))


def at(lad: str = "E08000021", **more: Any) -> list[Record]:
    """A location in one council's area."""
    return [{"ref": "l1", "lad_code": lad} | more]


def agreement(name: str = "council", **changes: Any) -> Record:
    """An agreement that loads, as its file says it: shares what it may with every agency of the kind `name`."""
    kinds = changes.get("kinds", list(KINDS))
    fields = {"envelope.kind": "keep", "crime.offence": "keep", "crime.summary": "keep", "persons[*].surname": "keep"}
    return {
        "id": name,
        "version": 1,
        "partner_kind": name,
        "feed": "live",
        "purpose": "a purpose of this test",
        "regime": "PART3",
        "lawful_basis": "DPA 2018 s.35(2)(b) in this test",
        "sensitive_condition": "none",
        "form": "standing",
        "gateways": ["CDA1998-115"],
        "apd_ref": "APD-1",
        "dpia_ref": "DPIA-1",
        "necessity": "necessary for this test",
        "proportionality": "proportionate in this test",
        "owner": "a person",
        "valid_from": "2026-01-01",
        "valid_until": "2028-12-31",
        "review_on": "2027-12-31",
        "kinds": list(KINDS),
        "max_marking": "OFFICIAL-SENSITIVE",
        "intelligence_handling": ["P", "C"],
        "share_when": [{"kind": list(KINDS)}],
        "withhold_when": [],
        "fields": {line: how for line, how in fields.items() if "crime" in kinds or not line.startswith("crime.")},
        "carries": dict.fromkeys((*CARRIERS, *PLACES, *TIMES, *NAMES, TIME_GRAIN), "a reason of this test"),
        "time_grain": "second",
        "handling": "for this test",
        "onward_sharing": "none",
        "retention_days": 30,
        "withdraw_within_hours": 4,
    } | changes


def prohibition(name: str = "a-rule", **changes: Any) -> Record:
    """A prohibition that loads: withholds what has the marker `protected-person`."""
    return {
        "id": name,
        "reason": "a reason of this test",
        "source": "this test",
        "when": [{"marker": ["protected-person"]}],
        "effect": "withhold",
        "latch": False,
    } | changes


AGENCIES = (
    "id,name,kind,forces,lad_codes,nation\n"
    + "".join(f"{name},A council,council,,{lad},England\n" for name, lad in LADS.items())
    + "bureau,A bureau,bureau,,,England\nsquad,A squad,squad,northumbria,,England\n"
)


def parts_of(agreements: Iterable[Record], prohibitions: Iterable[Record] = (), agencies: str = AGENCIES) -> dict[str, bytes]:
    """The parts of a rule set, every agreement accepted by the force of these tests."""
    listed = list(agreements)
    parts = {f"agreements/{number}.yaml": yaml.safe_dump(each, sort_keys=False).encode() for number, each in enumerate(listed)}
    parts |= {
        f"prohibitions/{number}.yaml": yaml.safe_dump(each, sort_keys=False).encode()
        for number, each in enumerate(prohibitions)
    }
    accepted = [f"{name},{FORCE},a person,2026-01-05" for name in sorted({str(each["id"]) for each in listed})]
    parts["acceptances.csv"] = "\n".join(["agreement,force,accepted_by,accepted_on", *accepted]).encode()
    return parts | {"agencies.csv": agencies.encode(), "partner_kinds.csv": partner_kinds_of(agencies)}


def partner_kinds_of(agencies: str) -> bytes:
    """Rows for the kinds of these agencies that the reference data don't have: kinds that may have anything."""
    kinds = {row["kind"] for row in csv.DictReader(io.StringIO(agencies))} - set(partner_kinds())
    rows = [
        f"{kind},A {kind},tests,any,Y,{' '.join(KINDS)},all,OFFICIAL-SENSITIVE,P C,full,,tests,none," for kind in sorted(kinds)
    ]
    return "\n".join([",".join(field.name for field in fields_of(PartnerKind)), *rows]).encode()


def rule_set(agreements: Iterable[Record], prohibitions: Iterable[Record] = ()) -> RuleSet:
    """A rule set that loads."""
    return load_rule_set(parts_of(agreements, prohibitions))


def unchecked_rule_set(agreements: Iterable[Record], prohibitions: Iterable[Record] = (), agencies: str = AGENCIES) -> RuleSet:
    """A rule set that the loader may refuse (an own area of those who have none): the engine has to be safe by itself."""
    parts = parts_of(agreements, prohibitions, agencies)
    faults: list[RuleFault] = []
    known = reference_of(parts, faults)
    recipients = read_agencies(parts["agencies.csv"], known, faults)
    assert faults == []
    rows = csv.DictReader(io.StringIO(parts["acceptances.csv"].decode()))
    files = {name: yaml.safe_load(content) for name, content in parts.items() if name.endswith(".yaml")}
    return make_rule_set(
        hash_parts(parts),
        [Agreement.model_validate(value) for name, value in files.items() if name.startswith("agreements/")],
        [Prohibition.model_validate(value) for name, value in files.items() if name.startswith("prohibitions/")],
        recipients,
        [Acceptance.model_validate(row) for row in rows],
    )


def rulebook(rules: RuleSet, number: int = 1) -> Rulebook:
    """The rule set in force. Schema ids count from 100."""
    writers = {
        each.id: FeedWriter(each, rules.projections[each.id], rules.schemas[each.id], 100 + index)
        for index, each in enumerate(rules.with_feeds)
    }
    return Rulebook(number, rules, Decider(rules), writers)


class Lanes:
    """What is committed of the lanes, in memory: the core's own interface to the lane store."""

    def __init__(self) -> None:
        self.records: dict[tuple[int, str], Record] = {}
        self.sequences: dict[tuple[int, str], int] = {}
        self.markers: dict[tuple[int, str], Record] = {}

    def erased(self, lane: int, token: str) -> Record | None:
        return self.markers.get((lane, token))

    def holders(self, lane: int, record_id: str) -> Record | None:
        return self.records.get((lane, record_id))

    def sequence(self, lane: int, feed: str) -> int:
        return self.sequences.get((lane, feed), 0)

    def commit(self, overlay: Overlay) -> None:
        """As the stage does behind B: what the batch has changed stands now."""
        self.records |= overlay.changed_holders
        for (lane, record_id), marker in overlay.changed_erased.items():
            self.records.pop((lane, record_id), None)
            self.markers[(lane, marker["token"])] = marker
        self.sequences |= overlay.changed_sequences
        overlay.drop()


TOKENS = Tokens(b"k" * 32)


class Hub:
    """One disseminator's desk with its lanes."""

    def __init__(self, rules: RuleSet, tokens: Tokens = TOKENS) -> None:
        self.book, self.tokens, self.lanes = rulebook(rules), tokens, Lanes()
        self.overlay = Overlay(self.lanes)
        self.offset, self.unreleased = 0, Unreleased()

    def decide(self, standard: Record, lane: int = 0, now_ms: int = NOW_MS) -> Outcome:
        """Decide one event of a batch; nothing is committed."""
        self.offset += 1
        return self.decide_at(standard, Position("standard", lane, self.offset), now_ms)

    def decide_at(self, standard: Record, at: Position, now_ms: int = NOW_MS) -> Outcome:
        """Decide an event that stands there."""
        return disseminate(standard, at, self.desk(now_ms))

    def desk(self, now_ms: int = NOW_MS) -> Desk:
        """What a batch is decided with."""
        return Desk(self.overlay, self.book, self.tokens, now_ms, self.unreleased)

    def commit(self) -> None:
        """The batch has been released."""
        self.lanes.commit(self.overlay)

    def handle(self, standard: Record, lane: int = 0) -> Outcome:
        """A batch of one."""
        outcome = self.decide(standard, lane)
        self.commit()
        return outcome
