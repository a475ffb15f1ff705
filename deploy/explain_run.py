"""Gather what an explanation needs, and log the look, before anything is told."""

import secrets
from collections.abc import Callable
from functools import cache

from deploy.hub_records import HubRecords, now_ms
from schemas.codes import Code
from schemas.errors import Refused
from schemas.records import Record
from stream_processors.consultation import EXPLAIN, consultation, reference_token
from stream_processors.control import ControlState
from stream_processors.decide import Decider
from stream_processors.explanation import Evidence, RulesOfTheTime, Told, explain
from stream_processors.explanation_readers import deliveries_of, for_agency, for_force
from stream_processors.ledger_entry import Position
from stream_processors.outputs import DECISION_VECTOR, LEDGER_ENTRY
from stream_processors.rule_set import load_rule_set

RulesOf = Callable[[int], RulesOfTheTime | None]


def explain_to_agency(hub: HubRecords, token: str, agency: str, by: str) -> Told | None:
    """What the agency was sent under this token. None: nothing, and nobody is told whether there is such a record.

    What was withheld and what never was take the same way: control and ledger are read once, whole, and one look is logged. No
    topic with records is read for any agency.
    """
    rules_of = _rules_of(hub.control())
    entries = [entry for _, name, entry in hub.ledger(token.encode()) if name == LEDGER_ENTRY]
    told = for_agency(token, deliveries_of(entries, agency, token), rules_of)
    asked = reference_token(hub.tokens(), token)
    hub.log(consultation(EXPLAIN, f"agency/{agency}", by, [asked], now_ms(), nonce=secrets.token_bytes(16)))
    return told


def explain_to_force(hub: HubRecords, record_id: str, force: str, by: str) -> Told | None:
    """Why and to whom. None where it is no record of this force: another's id is not even looked up."""
    token = hub.tokens().ledger_record(record_id)
    found = _evidence(hub, record_id) if record_id.startswith(f"{force}:") else None
    hub.log(consultation(EXPLAIN, f"force/{force}", by, [token], now_ms(), nonce=secrets.token_bytes(16)))
    return for_force(explain(found)) if found is not None and found.entries else None


def explain_to_auditor(hub: HubRecords, record_id: str, agency: str | None, by: str) -> Told | None:
    """Everything; with an agency, of decisions and deliveries for it."""
    found = _evidence(hub, record_id)
    token = hub.tokens().ledger_record(record_id)
    hub.log(consultation(EXPLAIN, "auditor", by, [token], now_ms(), nonce=secrets.token_bytes(16)))
    return explain(found, agency) if found.entries else None


def _evidence(hub: HubRecords, record_id: str) -> Evidence:
    token, key = hub.tokens().ledger_record(record_id), record_id.encode()
    rules_of = _rules_of(hub.control())
    entries = [
        (offset, entry)
        for offset, name, entry in hub.ledger(token.encode())
        if name == LEDGER_ENTRY and entry["record_token"] == token
    ]
    wanted = frozenset(f"vector/{entry['vector']}".encode() for _, entry in entries if entry["vector"])
    vectors: dict[str, list[Record]] = {}
    for _, name, vector in hub.ledger(keys=wanted) if wanted else ():
        if name == DECISION_VECTOR:
            vectors[vector["vector"]] = vector["reasons"]
    events: dict[Position, Record] = {at: event for event, _, at in hub.standard(frozenset((key,)))}
    holders = next(iter(hub.holders(frozenset((b"record/" + key,)))), None)
    return Evidence(record_id, events, entries, vectors, holders, rules_of)


def _rules_of(control: ControlState) -> RulesOf:
    @cache
    def rules_of(number: int) -> RulesOfTheTime | None:
        published = control.rule_sets.history.get(number)
        if published is None:
            return None
        rules = load_rule_set(published.parts)
        return RulesOfTheTime(rules, Decider(rules))

    return rules_of


def nothing_known() -> Refused:
    """The one answer to whatever may not be told, is not there, or was never sent."""
    return Refused(Code.NOTHING_KNOWN)
