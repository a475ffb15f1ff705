"""Ledger entries of receipts: what an agency said, or that it was refused and why. Pure."""

import hashlib

from schemas.records import Record
from stream_processors.acknowledgements import to_ms
from stream_processors.messages import Input
from stream_processors.receipts import Receipt

RECEIPT_ENTRY = "uk.pointduty.hub.ReceiptEntry"
"""Full name of the ledger entry of a receipt. Key: `receipt/<agency>/<partition>/<offset>`."""

RECEIPT_HEAD = "receipt/"

ACCEPTED, REFUSED = "ACCEPTED", "REFUSED"


def entry_key(entry: Record) -> str:
    """Where the entry stands: one for each message, however often it is read."""
    return f"{RECEIPT_HEAD}{entry['agency']}/{entry['partition']}/{entry['offset']}"


def accepted_entry(message: Input, receipt: Receipt) -> Record:
    """The entry of a receipt that counts."""
    said = receipt.record
    names = ("receipt_id", "subscriber", "feed", "ranges", "recalls")
    return _entry(message, receipt.agency, ACCEPTED) | {name: said[name] for name in names} | {"said_at": to_ms(said["at"])}


def refused_entry(message: Input, agency: str, code: str) -> Record:
    """The entry of a receipt that does not: nothing that the agency wrote is in it but the hash."""
    return _entry(message, agency, REFUSED) | {"code": code}


def _entry(message: Input, agency: str, outcome: str) -> Record:
    digest = hashlib.sha256(message.value or b"").hexdigest()
    place = f"{agency}/{message.partition}/{message.offset}/{digest}/{outcome}"
    return {
        "entry_id": hashlib.sha256(place.encode()).hexdigest()[:32],
        "agency": agency,
        "partition": message.partition,
        "offset": message.offset,
        "digest": digest,
        "outcome": outcome,
        "code": None,
        "receipt_id": "",
        "subscriber": "",
        "feed": "",
        "ranges": [],
        "recalls": [],
        "said_at": None,
        "received_at": message.timestamp_ms,
    }
