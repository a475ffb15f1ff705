"""What of an explanation each reader is told. Pure.

The auditor is told everything. A force is told why and to whom, of its own records: no token, no position, no hash. An agency
is told of its own deliveries alone, from the ledger's entries for its token: which clause of an agreement a record met would
tell of fields that it was not sent, so it is told the agreement as a whole.
"""

from collections.abc import Callable, Iterable

from schemas.records import Record
from stream_processors.clause_words import any_of
from stream_processors.explanation import RulesOfTheTime, Told
from stream_processors.feed_writer import coarse_time

_DELIVERED = ("agency", "feed", "agreement", "agreement_version", "action", "purpose", "gateways", "because", "fields")
_OF_FORCE = (
    "version",
    "kind",
    "action",
    "outcome",
    "cause",
    "decided_at",
    "rule_set_number",
    "faults",
    "unchanged",
    "withheld",
)


def for_force(whole: Told) -> Told:
    """Why and to whom."""
    told = {name: whole[name] for name in ("record", "closed", "latches", "held_by")}
    told["decisions"] = [_force_decision(each) for each in whole["decisions"]]
    return told


def _force_decision(decision: Told) -> Told:
    told = {name: decision[name] for name in _OF_FORCE}
    kept = (*_DELIVERED, "taken_away_by")
    told["disclosures"] = [{name: each[name] for name in kept if name in each} for each in decision["disclosures"]]
    told["possible"] = decision["superseded"] and bool(told["disclosures"])
    return told


def deliveries_of(entries: Iterable[Record], agency: str, token: str) -> list[tuple[Record, Record]]:
    """(entry, disclosure) for what this agency was sent under this token, in the ledger's order; the last entry of a source
    position stands for it."""
    standing = {(e["source_topic"], e["source_partition"], e["source_offset"], e["cause"]): e for e in entries}
    return [
        (entry, each)
        for entry in standing.values()
        for each in entry["disclosures"]
        if each["agency"] == agency and each["token"] == token
    ]


def for_agency(
    token: str, deliveries: Iterable[tuple[Record, Record]], rules_of: Callable[[int], RulesOfTheTime | None]
) -> Told | None:
    """What it was sent, under what, and when, no finer than the agreement allows. None: nothing, whatever the reason."""
    told = [_delivery(entry, each, rules_of(entry["rule_set_number"])) for entry, each in deliveries]
    return {"token": token, "deliveries": told} if told else None


def _delivery(entry: Record, disclosure: Record, of_then: RulesOfTheTime | None) -> Told:
    names = ("feed", "action", "revision", "agreement", "agreement_version", "purpose", "gateways", "lane", "sequence")
    told: Told = {name: disclosure[name] for name in names}
    bound = of_then.rules.by_feed.get(f"{disclosure['agency']}.{disclosure['feed']}") if of_then else None
    if bound is None:
        return told | {"at_ms": None, "shares": "", "handling": "", "onward_sharing": "", "retention_days": None}
    terms = bound.agreement
    at_ms = coarse_time(terms, round(entry["decided_at"].timestamp() * 1000))
    return told | {
        "at_ms": at_ms,
        "shares": any_of(terms.share_when, terms.people, terms.places),
        "handling": terms.handling,
        "onward_sharing": terms.onward_sharing,
        "retention_days": terms.retention_days,
    }
