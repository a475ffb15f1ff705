from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.marks import Mark, State
from consumers.receipts import MOST_RANGES, RECEIPT, Said, is_recall, join, make_receipts, receipt_feed, say
from schemas.records import decode

STATES = st.sampled_from([State.HANDLED, State.REJECTED, State.WITHDRAWN])


@st.composite
def marks(draw: st.DrawFn) -> list[Mark]:
    """Marks of two feeds and three lanes, each delivery once."""
    keys = st.tuples(st.sampled_from(["feed.a.x", "p.feed.a.y"]), st.integers(0, 2), st.integers(1, 30))
    return [Mark(*key, "d", "SHARE", draw(STATES)) for key in draw(st.lists(keys, unique=True, max_size=40))]


def _points(said: list[Said]) -> list[tuple[str, int, int, State]]:
    return sorted((one.feed, one.lane, n, one.state) for one in said for n in range(one.first, one.last + 1))


@given(marks(), st.integers(0, 40))
def test_ranges_say_what_the_marks_say(made: list[Mark], split: int) -> None:
    """As ranges, joined or not, nothing is added and nothing left out; neighbours of one state are one range."""
    want = sorted((*one.key, one.state) for one in made)
    said = [*say(made[:split]), *say(made[split:])]
    assert _points(said) == want
    assert _points(join(said)) == want
    whole = say(made)
    assert not [
        a for a in whole for b in whole if a._replace(first=0, last=0) == b._replace(first=0, last=0) and a.last + 1 == b.first
    ]


@given(marks())
def test_a_receipt_is_of_one_feed_and_decodes(made: list[Mark]) -> None:
    """Each receipt fits the schema, names one feed as holdings do, and together they say everything once."""
    numbers = count()
    found = []
    for one in make_receipts(say(made), "group", 7, lambda: f"id-{next(numbers)}"):
        record = decode(RECEIPT, one.body)
        assert (record["receipt_id"], record["feed"], record["subscriber"]) == (one.receipt_id, one.feed, "group")
        found += [(one.feed, r["lane"], n, r["state"]) for r in record["ranges"] for n in range(r["first"], r["last"] + 1)]
    assert sorted(found) == sorted((receipt_feed(one.feed), one.lane, one.sequence, str(one.state)) for one in made)


def test_a_receipt_is_bounded() -> None:
    """However much is to be said, no receipt has more than so many ranges or recalls."""
    every_second = [Mark("feed.a.x", 0, 2 * n, "d", "SHARE", State.HANDLED) for n in range(MOST_RANGES + 1)]
    recalls = [Mark("recall.a", 0, n, f"r{n}", "WITHDRAW", State.WITHDRAWN) for n in range(MOST_RANGES + 1)]
    made = [decode(RECEIPT, one.body) for one in make_receipts(say(every_second + recalls), "g", 0, lambda: "id")]
    assert sorted(len(one["ranges"]) for one in made) == [0, 0, 1, MOST_RANGES]
    assert sorted(len(one["recalls"]) for one in made) == [0, 0, 1, MOST_RANGES]
    assert {one["feed"] for one in made if one["recalls"]} == {"a.recall"}


@pytest.mark.parametrize(
    ("topic", "name", "recall"),
    [
        ("feed.a.x", "a.x", False),
        ("p.feed.a.x", "a.x", False),
        ("recall.a", "a.recall", True),
        ("p.recall.a", "a.recall", True),
        ("feed.recall.x", "recall.x", False),
    ],
)
def test_topics_are_named_as_holdings_name_them(topic: str, name: str, recall: bool) -> None:
    """A feed is agency and feed, with and without a prefix; what came by recall has its own name."""
    assert (receipt_feed(topic), is_recall(topic)) == (name, recall)
