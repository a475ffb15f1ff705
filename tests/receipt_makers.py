"""Receipts and ledger entries for tests of what is acknowledged."""

from datetime import UTC, datetime
from typing import Any

from schemas.records import Record, encode
from schemas.wire import frame
from stream_processors.receipts import RECEIPT, Receipt, read_receipt

AGENCY = "nca"
FEED = "nca.live"
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
SCHEMA_ID = 7


def span(first: int, last: int | None = None, state: str = "HANDLED", lane: int = 0, reason: str | None = None) -> Record:
    """One range of a receipt."""
    return {"lane": lane, "first": first, "last": last or first, "state": state, "reason": reason}


def receipt_record(*ranges: Record, feed: str = FEED, recalls: dict[str, str] | None = None, **fields: Any) -> Record:
    """A whole receipt; `recalls`: delivery ids and what is said of them."""
    said = [{"delivery_id": name, "state": state} for name, state in (recalls or {}).items()]
    whole = {
        "receipt_id": "r-1",
        "subscriber": "agency.nca.one",
        "feed": feed,
        "ranges": list(ranges),
        "recalls": said,
        "at": NOW,
    }
    return whole | fields


def framed(record: Record) -> bytes:
    """As an agency writes it."""
    return frame(SCHEMA_ID, encode(RECEIPT, record))


def schema_name(schema_id: int) -> str | None:
    """A registry that knows one id."""
    return RECEIPT if schema_id == SCHEMA_ID else None


def receipt(*ranges: Record, **more: Any) -> Receipt:
    """A receipt that was read and is well formed."""
    return read_receipt(framed(receipt_record(*ranges, **more)), AGENCY, schema_name)


def disclosed(action: str, sequence: int, under: str = "t1", **fields: Any) -> Record:
    """One disclosure of a ledger entry; `deadline` may be given."""
    whole = {
        "delivery_id": f"d-{sequence}-{under}", "agency": AGENCY, "feed": "live", "agreement": "agreed", "grant": "",
        "agreement_version": 1, "action": action, "purpose": "", "gateways": [], "reason_code": "", "field_list_id": "",
        "token": under, "revision": 1, "lane": 0, "sequence": sequence, "channel": "FEED",
    }  # fmt: skip
    return whole | fields


def entry(offset: int, *disclosures: Record, cause: str = "live", record: str = "rec", **fields: Any) -> Record:
    """A ledger entry as it was decoded."""
    whole = {
        "entry_id": f"e{offset}", "cause": cause, "source_topic": "standard", "source_partition": 0, "source_offset": offset,
        "record_token": record, "decided_at": NOW, "disclosures": list(disclosures), "outcome": "DECIDED",
    }  # fmt: skip
    return whole | fields
