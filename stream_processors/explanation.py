"""Explain one record: every decision on it, made again by the engine under the rules of its time, beside what the ledger says.

Pure. It has paths of fields and no value of any. Nothing is decided twice by two codes: `decide_event` is the live stream's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.actions import Action
from schemas.records import Record
from stream_processors.bindings import Bound
from stream_processors.decide import Decider, Decision
from stream_processors.deciding import decide_event, is_closed
from stream_processors.erasure import latches_after_erasure
from stream_processors.group_bits import Members
from stream_processors.ledger_entry import LIVE, Position, vector_hash
from stream_processors.reason_words import permit_words, prohibition_words, reason_words
from stream_processors.rule_set import RuleSet

Told = dict[str, Any]
"""A part of an explanation, as JSON says it."""


@dataclass(frozen=True)
class RulesOfTheTime:
    """A rule set that was in force."""

    rules: RuleSet
    decider: Decider


@dataclass(frozen=True)
class Evidence:
    """What the hub has of one record."""

    record_id: str
    events: Mapping[Position, Record]
    """Its events that are still in `standard`."""
    entries: Sequence[tuple[int, Record]]
    """Its ledger entries with their offsets, in the ledger's order."""
    vectors: Mapping[str, Sequence[Record]]
    """Decision vectors by hash: subject and reason."""
    holders: Record | None
    rules_of: Callable[[int], RulesOfTheTime | None]
    """By number; None where that set is not known here."""


@dataclass
class _State:
    """Of the record, before a decision."""

    latches: frozenset[str]
    closed: bool = False
    by_fault: frozenset[str] = frozenset()
    """Latches that nothing but a fault of the last version has set: deciding it again is not bound by them."""


def explain(evidence: Evidence, agency: str | None = None) -> Told:
    """The whole explanation; with an agency, of decisions and deliveries for it alone."""
    state, told = _State(_first_latches(evidence)), []
    standing = _standing(evidence.entries)
    for offset, entry in evidence.entries:
        told.append(
            _explain_entry(evidence, offset, entry, state, agency, superseded=standing[_place(entry)] != entry["entry_id"])
        )
    holders = evidence.holders or {"holdings": [], "latches": [], "closed": False}
    held = [each for each in holders["holdings"] if agency in (None, each["agency"])]
    return {
        "record": evidence.record_id,
        "closed": holders["closed"],
        "latches": list(holders["latches"]),
        "held_by": [{name: each[name] for name in ("agency", "feed", "agreement", "state", "revision")} for each in held],
        "decisions": told,
    }


def _place(entry: Record) -> tuple[str, int, int, str]:
    return entry["source_topic"], entry["source_partition"], entry["source_offset"], entry["cause"]


def _standing(entries: Sequence[tuple[int, Record]]) -> dict[tuple[str, int, int, str], str]:
    """The last entry of a source position supersedes the others: what these disclosed is a possible disclosure."""
    return {_place(entry): entry["entry_id"] for _, entry in entries}


def _first_latches(evidence: Evidence) -> frozenset[str]:
    """Where the first versions are gone, what ever latched is taken for latched from the start: never too little."""
    first = min((event["envelope"]["version"] for event in evidence.events.values()), default=1)
    return frozenset(evidence.holders["latches"]) if evidence.holders is not None and first > 1 else frozenset()


def _explain_entry(
    evidence: Evidence, offset: int, entry: Record, state: _State, agency: str | None, *, superseded: bool
) -> Told:
    at = Position(entry["source_topic"], entry["source_partition"], entry["source_offset"])
    event, rules = evidence.events.get(at), evidence.rules_of(entry["rule_set_number"])
    disclosed = [each for each in entry["disclosures"] if agency in (None, each["agency"])]
    told: Told = {
        "version": entry["version"],
        "kind": entry["kind"],
        "action": event["envelope"]["action"] if event is not None else None,
        "outcome": entry["outcome"],
        "cause": "the record was received" if entry["cause"] == LIVE else entry["cause"],
        "decided_at": entry["decided_at"].isoformat(timespec="seconds"),
        "rule_set_number": entry["rule_set_number"],
        "rule_set": entry["rule_set"],
        "superseded": superseded,
        "faults": list(entry["faults"]),
        "unchanged": [feed for feed in entry["unchanged"] if agency is None or feed.startswith(f"{agency}.")],
        "disclosures": [dict(each) for each in disclosed],
        "withheld": [],
        "taken_away": [],
        "ledger": {"offset": offset, "entry_id": entry["entry_id"], "vector": entry["vector"], "position": list(at)},
        "confirmed": None,
    }
    if entry["outcome"] != "DECIDED":
        return told
    recorded = evidence.vectors.get(entry["vector"])
    told["recorded_reasons"] = [dict(each) for each in recorded] if recorded is not None else None
    if event is not None and rules is not None:
        _decide_again(told, event, entry, rules, state, agency, superseded)
    return told


def _decide_again(
    told: Told, event: Record, entry: Record, of_then: RulesOfTheTime, state: _State, agency: str | None, superseded: bool
) -> None:
    """The reasons, by the engine. `confirmed`: it comes to the very vector that the ledger has."""
    rules = of_then.rules
    closed = is_closed(event["envelope"]["action"], state.closed)
    now_ms = round(entry["decided_at"].timestamp() * 1000)
    latched = state.latches if entry["cause"] == LIVE else state.latches - state.by_fault
    found = decide_event(rules, of_then.decider, event, latched, closed, now_ms)
    decision = found.decision
    told["confirmed"] = vector_hash(decision, rules.sha256) == entry["vector"]
    told["withheld"] = _withheld(rules, decision, agency)
    told["latched"] = sorted(decision.latches)
    why = {bound.id: verdict.permits for verdict in decision.verdicts if not verdict.against for bound in verdict.bounds}
    members = of_then.decider.members(found.attributes) if found.attributes is not None else {}
    for each in told["disclosures"]:
        bound = rules.by_feed.get(f"{each['agency']}.{each['feed']}")
        if bound is not None and each["action"] != "WITHDRAW" and bound.agreement.id in decision.sanitising:
            each["because"] = [permit_words(bound.agreement, permit) for permit in why.get(bound.id, ())]
            each["fields"] = _fields(rules, decision, bound, event, members)
            drops = decision.sanitising[bound.agreement.id].drops
            each["taken_away_by"] = [prohibition_words(rules, prohibition) for prohibition in sorted(drops)]
    if not superseded:
        is_erased = event["envelope"]["action"] == Action.ERASURE
        state.latches, state.closed = latches_after_erasure(rules) if is_erased else decision.latches, closed
        state.by_fault = decision.latches - latched if found.is_fault else frozenset()


def _withheld(rules: RuleSet, decision: Decision, agency: str | None) -> list[Told]:
    """Agreements with the agencies that they withhold from, together where the reasons are the same."""
    told: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for verdict in decision.verdicts:
        names = [bound.agency.id for bound in verdict.bounds if agency in (None, bound.agency.id)]
        if verdict.against and names:
            told.setdefault((verdict.agreement, verdict.against), []).extend(names)
    return [
        {
            "agreement": agreement,
            "agencies": sorted(names),
            "reasons": [{"code": code, "words": reason_words(rules, agreement, code)} for code in against],
        }
        for (agreement, against), names in told.items()
    ]


def _fields(rules: RuleSet, decision: Decision, bound: Bound, event: Record, members: Members) -> list[str]:
    """Paths of what left; no value."""
    sanitising = decision.sanitising[bound.agreement.id]
    lost = [path for each in sorted(sanitising.drops) for path in rules.drops[each]]
    sanitiser = rules.projections[bound.agreement.id].narrowed(lost, sanitising.held)
    try:
        return sorted(set(_paths(sanitiser.apply(event, members, lambda _, value: value))))
    except Exception:  # live this agency got nothing, and the entry says PROJECTION_FAILED
        return []


def _paths(left: Any, path: str = "") -> list[str]:
    if isinstance(left, dict):
        return [each for name, part in left.items() for each in _paths(part, f"{path}.{name}" if path else name)]
    if isinstance(left, list):
        return [each for part in left for each in _paths(part, path)]
    return [] if left is None else [path]
