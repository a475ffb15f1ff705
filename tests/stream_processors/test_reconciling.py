"""What was sent, against what was acknowledged: by number, by recall, by day, whatever was superseded or sent again."""

from receipt_makers import AGENCY, FEED, NOW_MS, disclosed, entry, receipt, span

from schemas.manifests import Delivered
from stream_processors.acknowledgements import Acknowledgements
from stream_processors.awaiting import follow_entry, take_receipt
from stream_processors.reconciling import SentBook, account, sent_on

MONDAY, TUESDAY = "2026-03-02", "2026-03-03"


def book_of(*entries: tuple[str, dict[str, object]]) -> SentBook:
    book = SentBook(frozenset((AGENCY,)))
    for day, each in entries:
        book.take(each, day)
    return book


def numbers(book: SentBook, feed: str = FEED) -> list[tuple[int, str]]:
    return sorted((told.delivered.sequence, told.delivered.delivery_id) for told in book.sent().get(feed, {}).values())


def test_a_superseded_entry_was_not_sent() -> None:
    """Of two entries for the same event and cause the later one stands, also where it sends nothing to this agency."""
    first = entry(1, disclosed("SHARE", 1))
    second = entry(2, disclosed("SHARE", 2))
    book = book_of((MONDAY, first), (MONDAY, second), (MONDAY, entry(1)), (MONDAY, entry(2, disclosed("SHARE", 1, "u"))))
    assert numbers(book) == [(1, "d-1-u")]


def test_void_entries_of_one_place_all_stand() -> None:
    """They are of no event, and several stand at one position."""
    book = book_of(*((MONDAY, entry(9, disclosed("VOID", n, ""), record="", outcome="VOID", entry_id=f"v{n}")) for n in (1, 2)))
    assert [number for number, _ in numbers(book)] == [1, 2]


def test_others_are_not_seen() -> None:
    """A book of one agency has nothing of another."""
    book = book_of((MONDAY, entry(1, disclosed("SHARE", 1, agency="another"), disclosed("SHARE", 4))))
    assert set(book.sent()) == {FEED}


def test_under_a_number_that_was_sent_again_the_last_word_stands_on_its_first_day() -> None:
    """Sent again on Tuesday, a number of Monday has its new id and is Monday's; read from Tuesday on, it is not taken for one
    of Tuesday's."""
    again = (TUESDAY, entry(3, disclosed("SHARE", 3, delivery_id="again"), cause="asked"))
    monday = [(MONDAY, entry(n, disclosed("SHARE", n))) for n in (1, 2, 3, 4, 5)]
    tuesday = [(TUESDAY, entry(n, disclosed("SHARE", n))) for n in (6, 7)]
    sent = book_of(*monday, again, *tuesday).sent()[FEED]
    assert [each.sequence for each in sent_on(sent, MONDAY)] == [1, 2, 3, 4, 5]
    assert Delivered(0, 3, "again", "SHARE") in sent_on(sent, MONDAY)
    late = book_of(again, *tuesday).sent()[FEED]
    assert [each.sequence for each in sent_on(late, TUESDAY)] == [each.sequence for each in sent_on(sent, TUESDAY)] == [6, 7]


def test_an_account_says_what_the_agency_says() -> None:
    """Handled, rejected, received, missing, with the gaps joined over what needs no receipt."""
    known = Acknowledgements()
    take_receipt(receipt(span(1, 2), span(3, state="REJECTED"), span(4, state="RECEIVED"), span(9)), NOW_MS, known)
    sent = [Delivered(0, n, str(n), "VOID" if n == 6 else "SHARE") for n in range(1, 10)]
    found = account(FEED, [*sent, Delivered(1, 1, "x", "SHARE")], known)
    assert (found.sent, found.handled, found.rejected, found.received, found.missing) == (9, 3, 1, 1, 4)
    assert found.gaps == ((0, 5, 8), (1, 1, 1))


def test_recalls_are_accounted_by_id() -> None:
    """What went by recall is missing until it is carried out."""
    known, book = Acknowledgements(), SentBook(frozenset((AGENCY,)))
    sent = [entry(n, disclosed("WITHDRAW", 0, f"t{n}", channel="RECALL")) for n in (1, 2, 3)]
    for each in sent:
        follow_entry(each, known)
        book.take(each, MONDAY)
    take_receipt(receipt(feed="nca.recall", recalls={"d-0-t1": "WITHDRAWN", "d-0-t2": "RECEIVED"}), NOW_MS, known)
    found = account("nca.recall", sent_on(book.sent()["nca.recall"], MONDAY), known)
    assert (found.sent, found.handled, found.received, found.missing, found.gaps) == (3, 1, 1, 1, ())
