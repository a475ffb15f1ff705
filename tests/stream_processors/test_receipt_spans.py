"""Spans of what was acknowledged, against a plain model: a dictionary from number to the highest word on it."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from stream_processors.receipt_spans import RANK, Span, Spans, is_done, raise_spans, state_at

SPANS = st.builds(
    lambda first, length, state: Span(first, first + length, state),
    st.integers(1, 40),
    st.integers(0, 12),
    st.sampled_from(sorted(RANK)),
)


def model(said: list[Span]) -> dict[int, str]:
    """Number by number."""
    known: dict[int, str] = {}
    for span in said:
        for number in range(span.first, span.last + 1):
            known[number] = max(span.state, known.get(number, span.state), key=RANK.__getitem__)
    return known


@given(st.lists(st.lists(SPANS, max_size=6), max_size=6))
def test_spans_say_of_each_number_what_the_highest_word_was(receipts: list[list[Span]]) -> None:
    """Whatever comes in whatever pieces: each number has its highest word, spans rise, are apart, and as few as can be."""
    spans: Spans = ()
    for said in receipts:
        spans = raise_spans(spans, said)
    wanted = model([span for said in receipts for span in said])
    assert {number: span.state for span in spans for number in range(span.first, span.last + 1)} == wanted
    assert all(state_at(spans, number) == wanted.get(number) for number in range(60))
    assert all(is_done(spans, number) == (wanted.get(number) == "DONE") for number in range(60))
    for one, two in pairwise(spans):
        assert one.last < two.first
        assert one.last + 1 < two.first or one.state != two.state


@given(st.permutations([Span(1, 9, "DONE"), Span(5, 20, "REJECTED"), Span(8, 30, "RECEIVED"), Span(25, 26, "DONE")]))
def test_order_does_not_matter(said: list[Span]) -> None:
    """The same receipts in another order, or twice, come to the same."""
    once = raise_spans((), said)
    assert raise_spans(once, reversed(said)) == once
    assert once == (
        Span(1, 9, "DONE"), Span(10, 20, "REJECTED"), Span(21, 24, "RECEIVED"), Span(25, 26, "DONE"), Span(27, 30, "RECEIVED")
    )  # fmt: skip
