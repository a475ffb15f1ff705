"""Emergency grants of tests: the part of the rule set, persons with keys, grants that are signed."""

from datetime import UTC, datetime
from typing import Any

import yaml
from approving import approver, key

from schemas.records import Record
from stream_processors.approvers import make_approvers
from stream_processors.control_emergency import END, GRANT, HOUR_MS, REVIEW, EmergenciesRead, grant_key, signed_bytes
from stream_processors.tokens import Tokens

HUB = "control"
DEE, EVE, FAY = (
    approver("Dee", 4, powers=("emergency",)),
    approver("Eve", 5, powers=("review",)),
    approver("Fay", 6, powers=("emergency", "review")),
)
PINNED = make_approvers([DEE, EVE, FAY])
SEEDS = {"Dee": 4, "Eve": 5, "Fay": 6}
FIELDS = ("envelope.kind", "crime.offence", "persons[*].surname", "persons[*].telephone", "locations[*].postcode")
PHONE = "+441632960123"


def emergency_part(**changes: Any) -> dict[str, bytes]:
    """`emergency.yaml` of a rule set."""
    words = {
        "id": "emergency",
        "version": 1,
        "purpose": "saving life in this test",
        "regime": "PART3",
        "lawful_basis": "a lawful basis",
        "sensitive_condition": "none",
        "gateways": ["POLICING", "CDA1998-115"],
        "apd_ref": "APD-E",
        "dpia_ref": "DPIA-E",
        "owner": "a person",
        "overridable": [],
        "hours_at_most": 72,
        "review_within_hours": 24,
        "fields": [*FIELDS, "persons[*].given_name", "crime.summary"],
        "time_grain": "second",
        "handling": "for this emergency",
        "onward_sharing": "none",
        "retention_days": 3,
        "withdraw_within_hours": 4,
    }
    return {"emergency.yaml": yaml.safe_dump(words | changes).encode()}


def moment(at_ms: int) -> datetime:
    """A time as records carry it."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def grant(tokens: Tokens, now_ms: int, name: str = "g1", by: Any = DEE, hub: str = HUB, **changes: Any) -> Record:
    """A grant of the telephone's owner to council-a, signed by `by`."""
    record: Record = {
        "id": name * 8,
        "agency": "council-a",
        "gateway": "POLICING",
        "reason": "a reason",
        "urgency": "an urgency",
        "target": "PERSON",
        "token": tokens.target("telephone", PHONE),
        "fields": list(FIELDS),
        "overrides": [],
        "at": moment(now_ms),
        "until": moment(now_ms + 48 * HOUR_MS),
        "approver": by.name,
        "organisation": by.organisation,
    } | changes
    return record | {"signature": key(SEEDS[by.name]).sign(signed_bytes(hub, GRANT, record))}


def review(of: Record, at_ms: int, by: Any = EVE, verdict: str = "UPHELD", hub: str = HUB) -> Record:
    """A review of a grant."""
    record: Record = {"grant": of["id"], "verdict": verdict, "note": "a note", "at": moment(at_ms)}
    record |= {"approver": by.name, "organisation": by.organisation}
    return record | {"signature": key(SEEDS[by.name]).sign(signed_bytes(hub, REVIEW, record))}


def end(of: Record, at_ms: int) -> Record:
    """The end of a grant."""
    return {"grant": of["id"], "by": "a person", "reason": "it is over", "at": moment(at_ms)}


def take(read: EmergenciesRead, *records: Record) -> EmergenciesRead:
    """What control says after these."""
    from schemas.records import encode

    for record in records:
        if "fields" in record:
            read.take(grant_key(record["id"]).encode(), GRANT, encode(GRANT, record))
        elif "verdict" in record:
            read.take(grant_key(record["grant"], "review").encode(), REVIEW, encode(REVIEW, record))
        else:
            read.take(grant_key(record["grant"], "end").encode(), END, encode(END, record))
    return read
