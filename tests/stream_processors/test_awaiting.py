"""What is awaited: each delivery with a deadline until its receipt, whichever of ledger and receipts comes first."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from receipt_makers import AGENCY, FEED, NOW, NOW_MS, disclosed, entry, receipt, span

from schemas.records import Record, decode, encode
from stream_processors.acknowledgements import ACKNOWLEDGED, AWAITED, AWAITED_HEAD, Acknowledgements
from stream_processors.awaiting import (
    DEADLINE_HOURS,
    ORPHAN_MS,
    count_by_agency,
    follow_entry,
    forget_orphans,
    is_overdue,
    take_receipt,
)

SOON = (NOW + timedelta(hours=2)).isoformat()


def waiting(known: Acknowledgements) -> set[tuple[str, int]]:
    """Channel and number of what is awaited."""
    return {(each["channel"], each["sequence"]) for each in known.awaited() if each["state"] != "DONE"}


def by_recall(token: str, **fields: Any) -> Record:
    return disclosed("WITHDRAW", 0, token, channel="RECALL", **fields)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("sent"), st.integers(1, 8), st.sampled_from(["WITHDRAW", "UPDATE", "SHARE"])),
        st.tuples(st.just("said"), st.integers(1, 8), st.sampled_from(["HANDLED", "WITHDRAWN", "RECEIVED", "REJECTED"])),
        st.tuples(st.just("recalled"), st.integers(1, 3), st.just("")),
        st.tuples(st.just("recall said"), st.integers(1, 3), st.sampled_from(["WITHDRAWN", "RECEIVED"])),
    ),
    max_size=14,
    unique_by=lambda step: step[:2],
)


@given(STEPS)
def test_awaited_is_what_has_a_deadline_and_no_receipt(steps: list[tuple[str, int, str]]) -> None:
    """In any order of ledger and receipts, each record under a token of its own: awaited is exactly what was sent with a
    deadline and not said to be carried out; an aborted batch leaves no trace; and the topic says the same."""
    known, topic = Acknowledgements(), dict[str, Record | None]()
    for aborted in (True, False):
        for what, number, word in steps:
            if what == "sent":
                deadline = None if word == "SHARE" else SOON
                follow_entry(entry(number, disclosed(word, number, f"t{number}", deadline=deadline)), known)
            elif what == "recalled":
                follow_entry(entry(100 + number, by_recall(f"u{number}", deadline=SOON)), known)
            else:
                said = receipt(span(number, state=word)) if what == "said" else None
                recalled = {f"d-0-u{number}": word}
                take_receipt(said or receipt(feed="nca.recall", recalls=recalled), NOW_MS, known)
            if not aborted:
                topic |= dict(known.changes())
                known.keep()
        if aborted:
            known.drop()
            assert known.records == {}
    done = {n for what, n, word in steps if what == "said" and word in ("HANDLED", "WITHDRAWN")}
    wanted = {("FEED", n) for what, n, word in steps if what == "sent" and word != "SHARE"} - {("FEED", n) for n in done}
    sent = {n for what, n, _ in steps if what == "recalled"}
    if sent - {n for what, n, word in steps if what == "recall said" and word == "WITHDRAWN"}:
        wanted.add(("RECALL", 0))
    assert waiting(known) == wanted
    again = Acknowledgements()
    again.load((key, _as_read(key, record)) for key, record in topic.items())
    assert again.records == known.records


def _as_read(key: str, record: Record | None) -> Record | None:
    name = AWAITED if key.startswith(AWAITED_HEAD) else ACKNOWLEDGED
    return None if record is None else decode(name, encode(name, record))


def test_another_entry_for_the_same_event_supersedes() -> None:
    """What was decided and taken back is not awaited; what another record of the same command sends is."""
    known = Acknowledgements()
    follow_entry(entry(5, disclosed("WITHDRAW", 7)), known)
    follow_entry(entry(5, disclosed("WITHDRAW", 8, "other"), cause="command", record="another"), known)
    assert waiting(known) == {("FEED", 7), ("FEED", 8)}
    follow_entry(entry(5), known)
    assert waiting(known) == {("FEED", 8)}


def test_a_number_that_was_used_for_something_else_is_not_awaited() -> None:
    """A VOID, or a share, under the number of a withdrawal: nothing is to be carried out under it any more."""
    for action in ("VOID", "SHARE"):
        known = Acknowledgements()
        follow_entry(entry(5, disclosed("WITHDRAW", 7)), known)
        follow_entry(entry(6, disclosed(action, 7, "", delivery_id="other"), cause="again", record=""), known)
        assert waiting(known) == set()


def test_what_follows_under_the_token_replaces() -> None:
    """A later delivery of the same record, handled, carries out what was to be done before; an earlier one does not."""
    known = Acknowledgements()
    follow_entry(entry(1, disclosed("UPDATE", 3, deadline=SOON)), known)
    follow_entry(entry(2, disclosed("UPDATE", 4)), known)
    take_receipt(receipt(span(1, 2)), NOW_MS, known)
    assert waiting(known) == {("FEED", 3)}
    take_receipt(receipt(span(4)), NOW_MS, known)
    assert waiting(known) == set()


def test_a_recall_under_the_id_of_a_cut_withdrawal_carries_it_out() -> None:
    """A feed that is suspended in haste has its undelivered withdrawals sent by recall under their own ids."""
    known = Acknowledgements()
    follow_entry(entry(1, disclosed("WITHDRAW", 3, "t")), known)
    take_receipt(receipt(feed="nca.recall", recalls={"d-3-t": "RECEIVED"}), NOW_MS, known)
    assert waiting(known) == {("FEED", 3)}
    take_receipt(receipt(feed="nca.recall", recalls={"d-3-t": "WITHDRAWN"}), NOW_MS, known)
    assert waiting(known) == set()


def test_a_receipt_for_a_recall_that_nobody_told_of_is_let_go() -> None:
    """It is kept while the ledger may be behind, then forgotten: a repeated receipt does not fill the topic."""
    known = Acknowledgements()
    take_receipt(receipt(feed="nca.recall", recalls={"d": "WITHDRAWN"}), NOW_MS, known)
    assert (len(known.records), waiting(known)) == (1, set())
    forget_orphans(NOW_MS + ORPHAN_MS, known)
    assert len(known.records) == 1
    forget_orphans(NOW_MS + ORPHAN_MS + 1, known)
    assert known.records == {}


def test_a_deadline_is_the_ledger_s_or_a_day() -> None:
    """A withdrawal has one in any case; one that can't be read has passed."""
    known = Acknowledgements()
    follow_entry(entry(1, disclosed("WITHDRAW", 3, "a"), disclosed("WITHDRAW", 4, "b", deadline=SOON)), known)
    day, soon = sorted(known.awaited(), key=lambda each: str(each["sequence"]))
    assert soon["deadline"] == SOON
    assert not is_overdue(day, NOW_MS + DEADLINE_HOURS * 3_600_000)
    assert is_overdue(day, NOW_MS + DEADLINE_HOURS * 3_600_000 + 1)
    assert is_overdue(day | {"deadline": "soon"}, NOW_MS)
    hours = 3 * 3_600_000
    assert count_by_agency(known.awaited(), NOW_MS + hours) == {AGENCY: (2, 1)}
    assert day["feed"] == FEED
