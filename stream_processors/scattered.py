"""What is acknowledged of a lane stays a few ranges: a receipt that would scatter it further is refused. Pure."""

from schemas.codes import Code
from schemas.errors import Refused
from stream_processors.acknowledgements import Acknowledgements
from stream_processors.receipt_spans import raise_spans
from stream_processors.receipts import Receipt

MOST_SPANS = 5_000
"""Of one lane: some 100 KiB on the topic. A subscriber that handles in order has one; one that parks a delivery, three."""


def check_scattered(receipt: Receipt, known: Acknowledgements) -> None:
    """Raises Refused(RECEIPT_SCATTERED) where a lane would have more spans than MOST_SPANS, and more than it has now."""
    for lane in receipt.last_of():
        before = known.spans(receipt.feed, lane)
        if len(before) + 2 * len(receipt.record["ranges"]) <= MOST_SPANS:
            continue
        after = raise_spans(before, (span for of, span in receipt.spans() if of == lane))
        if len(after) > max(MOST_SPANS, len(before)):
            raise Refused(Code.RECEIPT_SCATTERED, "ranges")
