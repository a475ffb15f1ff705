"""Ledger entries: what was decided about one standard event, without a direct identifier. Pure."""

import hashlib
from typing import NamedTuple

import orjson

from schemas.records import Record
from stream_processors.bindings import Bound
from stream_processors.decide import Decision
from stream_processors.tokens import Tokens


class Position(NamedTuple):
    """Where a standard event stands. The partition is its lane."""

    topic: str
    lane: int
    offset: int


LIVE = "live"
"""The cause of what is decided because its event has come. Any other cause is the id of a command or of a grant."""


def make_entry(
    event: Record, at: Position, seen: str, rules: tuple[int, str], tokens: Tokens, now_ms: int, cause: str = LIVE
) -> Record:
    """The entry of an event that is DECIDED, a RESEND, STALE or a CONFLICT; `rules` are number and hash of the rule set."""
    envelope = event["envelope"]
    said = {name: envelope[name] for name in ("event_id", "version", "kind", "force")}
    said |= {"action": envelope.get("action", "VERSION"), "action_reason": envelope.get("action_reason")}
    said |= {"record_token": tokens.ledger_record(envelope["record_id"]), "outcome": seen}
    return _entry(at, rules, tokens, now_ms, cause) | said


def make_void_entry(at: Position, rules: tuple[int, str], tokens: Tokens, now_ms: int, cause: str) -> Record:
    """The entry of sequence numbers that are answered with VOID: of no event and no record."""
    said = {"event_id": "", "version": 0, "kind": "", "force": "", "record_token": "", "outcome": "VOID"}
    said |= {"action": "VERSION", "action_reason": None}
    return _entry(at, rules, tokens, now_ms, cause) | said


def _entry(at: Position, rules: tuple[int, str], tokens: Tokens, now_ms: int, cause: str) -> Record:
    return {
        "entry_id": "",
        "cause": cause,
        "source_topic": at.topic,
        "source_partition": at.lane,
        "source_offset": at.offset,
        "rule_set": rules[1],
        "rule_set_number": rules[0],
        "decided_at": now_ms,
        "disclosures": [],
        "unchanged": [],
        "withheld": [],
        "faults": [],
        "vector": "",
        "salt": tokens.ledger_salt(f"{at.topic}/{at.lane}/{at.offset}/{cause}"),
    }


def entry_id(entry: Record) -> str:
    """hash(source position, cause, rule-set hash, decisions, sequences): after a crash between the steps the same comes again.

    Another id for the same position and cause supersedes it."""
    place = ("source_topic", "source_partition", "source_offset", "cause")
    names = (*place, "rule_set", "outcome", "vector", "faults")
    # A deadline hangs on the time of the day: the same decision made again has another one.
    said = [{name: value for name, value in each.items() if name != "deadline"} for each in entry["disclosures"]]
    return hashlib.sha256(orjson.dumps([said, *(entry[name] for name in names)], option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


ENDED, POSSIBLY_SEEN = "AGREEMENT_ENDED", "POSSIBLE_DISCLOSURE"
"""Why a withdrawal is made: the agreement is no longer in force; an aborted copy of what was never released may be read."""

HELD_ALREADY = "HELD_ALREADY"
"""Why what its agency holds is sent once more: it was asked for again, or is replayed. Who reads it learns nothing new."""

_REASONS = {"WITHDRAW": "NO_LONGER_PERMITTED", "VOID": "CUT_WHILE_SUSPENDED"}


def vector_hash(decision: Decision, rule_set: str) -> str:
    """Hash of the whole decision vector under its rule set."""
    return hashlib.sha256(orjson.dumps([rule_set, decision.vector])).hexdigest()[:32]


def say_decision(entry: Record, decision: Decision, rule_set: str) -> None:
    """What an entry says of a decision: how often each reason withheld, and the hash of the whole vector."""
    entry["withheld"] = [{"reason": reason, "count": count} for reason, count in sorted(decision.withheld.items())]
    entry["vector"] = vector_hash(decision, rule_set)


def disclosure(bound: Bound, action: str, field_list_id: str, token: str) -> Record:
    """What an entry says of one delivery, beside its head: who, under which agreement, why."""
    agreement = bound.agreement
    return {
        "agency": bound.agency.id,
        "feed": agreement.feed,
        "agreement": agreement.id,
        "agreement_version": agreement.version,
        "purpose": agreement.purpose,
        "gateways": list(agreement.gateways),
        "reason_code": _REASONS.get(action, "PERMITTED"),
        "field_list_id": field_list_id,
        "token": token,
    }


def past_disclosure(holding: Record, token: str) -> Record:
    """What an entry says of a withdrawal under an agreement that is no longer in force: what the holding knows of it."""
    return {
        "agency": holding["agency"],
        "feed": holding["feed"].removeprefix(f"{holding['agency']}."),
        "agreement": holding["agreement"],
        "agreement_version": 0,
        "purpose": "",
        "gateways": [],
        "reason_code": ENDED,
        "field_list_id": holding["field_list_id"],
        "token": token,
    }
