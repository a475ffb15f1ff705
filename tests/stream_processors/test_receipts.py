"""Receipts: what is read, what is refused and how, and what is asked for again."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from receipt_makers import AGENCY, FEED, NOW_MS, framed, receipt, receipt_record, schema_name, span

from schemas.codes import Code
from schemas.errors import Refused
from schemas.wire import frame
from stream_processors.acknowledgements import Acknowledgements
from stream_processors.awaiting import take_receipt
from stream_processors.receipts import MOST_BYTES, MOST_RANGES, read_receipt
from stream_processors.resending import MOST_NUMBERS, PER_MINUTE, Allowances, ask_again
from stream_processors.scattered import MOST_SPANS, check_scattered

SECRET = "Zebedee Quartermain"


def code_of(value: bytes | None, agency: str = AGENCY) -> tuple[Code, str]:
    with pytest.raises(Refused) as caught:
        read_receipt(value, agency, schema_name)
    assert SECRET not in str(caught.value)
    return caught.value.code, caught.value.field


@given(st.binary(max_size=60))
def test_bytes_that_are_no_receipt_are_refused(value: bytes) -> None:
    """Whatever bytes an agency writes: refused with a code, and nothing else is raised."""
    for each in (value, frame(7, value), frame(8, value)):
        try:
            read_receipt(each, AGENCY, schema_name)
        except Refused as refusal:
            assert refusal.code in (Code.RECEIPT_UNREADABLE, Code.RECEIPT_FOREIGN, Code.RECEIPT_MALFORMED)


def test_what_is_missing_foreign_or_too_large_is_refused() -> None:
    """No value, another record's schema, half a record, too many bytes, and a feed of another agency."""
    good = framed(receipt_record(span(1)))
    for value in (None, b"", b"{}", frame(8, good[5:]), good[:-1], good + b"x", good + bytes(MOST_BYTES)):
        assert code_of(value) == (Code.RECEIPT_UNREADABLE, "")
    assert code_of(good, "nca-2") == (Code.RECEIPT_FOREIGN, "feed")
    for feed in ("nca", "nca.", "nca-2.live", ".live", f"nca.{SECRET}", "NCA.live"):
        assert code_of(framed(receipt_record(span(1), feed=feed))) == (Code.RECEIPT_FOREIGN, "feed")


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("receipt_id", {"receipt_id": ""}),
        ("receipt_id", {"receipt_id": SECRET}),
        ("receipt_id", {"receipt_id": "x" * 65}),
        ("subscriber", {"subscriber": ""}),
        ("ranges.state", {"ranges": [span(1, state=SECRET)]}),
        ("ranges.first", {"ranges": [span(0, 3)]}),
        ("ranges.first", {"ranges": [span(5, 4)]}),
        ("ranges.first", {"ranges": [span(1, lane=-1)]}),
        ("ranges.reason", {"ranges": [span(1, state="REJECTED", reason=SECRET)]}),
        ("ranges.reason", {"ranges": [span(1, state="HANDLED", reason="ok")]}),
        ("ranges", {"ranges": [span(1)] * (MOST_RANGES + 1)}),
        ("ranges", {"ranges": [span(1)], "feed": "nca.recall"}),
        ("recalls", {"recalls": [{"delivery_id": "d", "state": "HANDLED"}]}),
        ("recalls.state", {"recalls": [{"delivery_id": "d", "state": "MISSING"}], "feed": "nca.recall"}),
        ("recalls.delivery_id", {"recalls": [{"delivery_id": SECRET, "state": "HANDLED"}], "feed": "nca.recall"}),
    ],
)
def test_a_value_that_none_may_have_is_named(field: str, changed: dict[str, Any]) -> None:
    """The refusal names the field, and never the value."""
    assert code_of(framed(receipt_record() | changed)) == (Code.RECEIPT_MALFORMED, field)


def test_a_word_of_every_state_is_read() -> None:
    """Each state comes to what is known of a number; what is missing is asked, not said."""
    states = {"RECEIVED": "RECEIVED", "HANDLED": "DONE", "WITHDRAWN": "DONE", "REJECTED": "REJECTED"}
    for word, state in states.items():
        read = receipt(span(3, 4, word))
        assert [(lane, tuple(each)) for lane, each in read.spans()] == [(0, (3, 4, state))]
        assert list(read.missing()) == []
    asked = receipt(span(3, 4, "MISSING", lane=2), span(9, lane=2))
    assert (list(asked.missing()), asked.last_of()) == ([(2, 3, 4)], {2: 9})


def test_the_same_receipt_asks_under_the_same_ids() -> None:
    """Sent again, a receipt asks for nothing new; another receipt for the same numbers does."""
    first, second = (list(ask_again(receipt(span(3, 9, "MISSING")), 1, NOW_MS, Allowances())) for _ in range(2))
    assert first == second
    assert [(c.verb, c.subject, c.by, c.cuts[0].first, c.cuts[0].last) for c in first] == [
        ("RESEND", f"feed/{FEED}", f"agency/{AGENCY}", 3, 9)
    ]
    other = list(ask_again(receipt(span(3, 9, "MISSING"), receipt_id="r-2"), 1, NOW_MS, Allowances()))
    assert other[0].id != first[0].id


def test_a_flood_of_questions_is_bounded_and_passes() -> None:
    """No command is longer than the bound, no agency gets more in a minute than its share, and later it may ask again."""
    allowances, flood = Allowances(), receipt(*[span(1, 10**9, "MISSING")] * 100)
    asked = list(ask_again(flood, 1, NOW_MS, allowances))
    assert all(1 <= cut.last - cut.first + 1 <= MOST_NUMBERS for command in asked for cut in command.cuts)
    assert sum(cut.last - cut.first + 1 for command in asked for cut in command.cuts) == PER_MINUTE
    assert list(ask_again(flood, 1, NOW_MS, allowances)) == []
    assert allowances.take("another", 10, NOW_MS) == 10
    assert allowances.take(AGENCY, PER_MINUTE, NOW_MS + 30_000) == PER_MINUTE // 2


def test_what_an_aborted_batch_took_is_given_back() -> None:
    """A batch that is decided again asks for the same numbers."""
    allowances = Allowances()
    allowances.take(AGENCY, 100, NOW_MS)
    allowances.keep()
    taken = [allowances.take(AGENCY, PER_MINUTE, NOW_MS) for _ in range(2)]
    allowances.drop()
    assert [allowances.take(AGENCY, PER_MINUTE, NOW_MS) for _ in range(2)] == taken == [PER_MINUTE - 100, 0]


def test_a_lane_can_not_be_scattered() -> None:
    """Every second number of a long lane: refused at the bound; what fills the holes is always taken."""
    known, number = Acknowledgements(), 1
    with pytest.raises(Refused) as caught:
        for _ in range(10):
            odd = receipt(*(span(number + 2 * each) for each in range(MOST_RANGES)))
            check_scattered(odd, known)
            take_receipt(odd, NOW_MS, known)
            number += 2 * MOST_RANGES
    assert caught.value.code is Code.RECEIPT_SCATTERED
    assert len(known.spans(FEED, 0)) <= MOST_SPANS
    filling = receipt(span(1, number))
    check_scattered(filling, known)
    take_receipt(filling, NOW_MS, known)
    assert len(known.spans(FEED, 0)) == 1
