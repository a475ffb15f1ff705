"""A receipt, read and checked by itself: form, sizes, and that it is the agency's own. Pure.

Whether what it speaks of was ever sent is asked afterwards, of `SentBounds`. No error carries a value of the receipt.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from schemas.codes import Code
from schemas.errors import Refused
from schemas.records import Record, decode
from schemas.wire import unframe
from stream_processors.receipt_spans import STATE_OF, Span

RECEIPT = "uk.pointduty.feed.Receipt"
"""Full name of a receipt."""

RECALL_FEED = "recall"
"""In the place of a feed's name: what came by recall. An agreement may give no feed this name."""

MISSING = "MISSING"
"""The state that asks for deliveries again."""

MOST_BYTES = 1024 * 1024
"""A receipt's size. A topic's limit counts compressed bytes, so a larger one can arrive all the same."""

MOST_RANGES, MOST_RECALLS = 2_000, 5_000
"""Of one receipt: some kilobytes."""

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_REASON = re.compile(r"[\w.-]{1,128}")
"""A code, or the name of an exception's type in whatever language."""

_GROUP = re.compile(r"[A-Za-z0-9._-]{1,255}")


class Receipt(NamedTuple):
    """A receipt that is well formed and the agency's own."""

    record: Record
    agency: str

    @property
    def feed(self) -> str:
        """Agency and feed, with a dot between."""
        return str(self.record["feed"])

    @property
    def is_of_recalls(self) -> bool:
        """Whether it speaks of what came by recall."""
        return self.feed == f"{self.agency}.{RECALL_FEED}"

    def spans(self) -> Iterator[tuple[int, Span]]:
        """Lane and span of everything that it says of deliveries; what is MISSING is not said, but asked."""
        for each in self.record["ranges"]:
            if each["state"] != MISSING:
                yield each["lane"], Span(each["first"], each["last"], STATE_OF[each["state"]])

    def missing(self) -> Iterator[tuple[int, int, int]]:
        """Lane, first and last number of what it asks for again."""
        for each in self.record["ranges"]:
            if each["state"] == MISSING:
                yield each["lane"], each["first"], each["last"]

    def last_of(self) -> dict[int, int]:
        """The highest number that it speaks of, by lane."""
        highest: dict[int, int] = {}
        for each in self.record["ranges"]:
            highest[each["lane"]] = max(each["last"], highest.get(each["lane"], 0))
        return highest


def read_receipt(value: bytes | None, agency: str, schema_name: Callable[[int], str | None]) -> Receipt:
    """The receipt in a message of this agency's topic.

    Raises Refused: RECEIPT_UNREADABLE, RECEIPT_FOREIGN, RECEIPT_MALFORMED (with the field). Raises NotReady where
    `schema_name` does.
    """
    if value is not None and len(value) > MOST_BYTES:
        raise Refused(Code.RECEIPT_UNREADABLE)
    try:
        schema_id, body = unframe(value)
        if schema_name(schema_id) != RECEIPT:
            raise Refused(Code.RECEIPT_UNREADABLE)
        record = decode(RECEIPT, body)
    except Refused:
        raise Refused(Code.RECEIPT_UNREADABLE) from None
    owner, _, feed = record["feed"].partition(".")
    if owner != agency or not _WORD.fullmatch(feed):
        raise Refused(Code.RECEIPT_FOREIGN, "feed")
    receipt = Receipt(record, agency)
    for field in _faults(receipt):
        raise Refused(Code.RECEIPT_MALFORMED, field)
    return receipt


def _faults(receipt: Receipt) -> list[str]:
    """The fields that no receipt may have so."""
    record, by_recall = receipt.record, receipt.is_of_recalls
    ranges, recalls = record["ranges"], record["recalls"]
    sound = {
        "receipt_id": bool(_WORD.fullmatch(record["receipt_id"])),
        "subscriber": bool(_GROUP.fullmatch(record["subscriber"])),
        "ranges": not ranges if by_recall else len(ranges) <= MOST_RANGES,
        "recalls": len(recalls) <= MOST_RECALLS if by_recall else not recalls,
        "ranges.state": all(each["state"] in (*STATE_OF, MISSING) for each in ranges),
        "ranges.first": all(each["lane"] >= 0 and 1 <= each["first"] <= each["last"] for each in ranges),
        "ranges.reason": all(_is_reason(each) for each in ranges),
        "recalls.state": all(each["state"] in STATE_OF for each in recalls),
        "recalls.delivery_id": all(_WORD.fullmatch(each["delivery_id"]) for each in recalls),
    }
    return [field for field, is_sound in sound.items() if not is_sound]


def _is_reason(each: Record) -> bool:
    """Why something was rejected is a word; what was not rejected has no reason."""
    return each["reason"] is None or (each["state"] == "REJECTED" and bool(_REASON.fullmatch(each["reason"])))
