from collections.abc import Iterable
from pathlib import Path

from agency_model import delivered, message_of
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from consumers.database import open_file
from consumers.deliveries import Action
from consumers.journal import Journal
from consumers.storing import Storing
from consumers.tally import Tally
from consumers.verifying import Kept, Verdict, newest, unlisted, verify_day
from schemas.manifests import Delivered, make_manifest, public_text, sign_manifest
from schemas.records import Record

KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
PINNED = public_text(KEY.public_key())


def sent(lane: int, first: int, last: int, action: str = "SHARE") -> list[Delivered]:
    return [Delivered(lane, number, f"d-{lane}-{number}", action) for number in range(first, last + 1)]


def signed(deliveries: Iterable[Delivered], day: str = "2026-06-01", feed: str = "a.live") -> Record:
    return sign_manifest(make_manifest(feed, day, deliveries, 5), KEY)


NUMBERS = st.sets(st.tuples(st.integers(0, 2), st.integers(1, 8)), max_size=6)


@given(NUMBERS, st.integers(1, 8))
def test_just_what_is_missing_is_named(lost: set[tuple[int, int]], last: int) -> None:
    """Whatever numbers of a day an agency lacks, these and no others are named, and nothing of another day or lane matters."""
    day = [one for lane in (0, 1, 2) for one in sent(lane, 1, last)]
    kept = [one for one in day if (one.lane, one.sequence) not in lost] + sent(0, last + 1, last + 3) + sent(7, 1, 3)
    found = verify_day(signed(day), Kept(kept, []), PINNED)
    named = {(lane, number) for lane, first, end in found.missing for number in range(first, end + 1)}
    assert named == {(lane, number) for lane, number in lost if number <= last}
    assert (found.verdict is Verdict.RIGHT) == (not named)
    assert found.sent - found.kept == len(named)


def test_another_delivery_under_a_number_is_seen() -> None:
    """An agency with every number, and one of another id or action, has not what was signed."""
    day = sent(0, 1, 5)
    for other in (day[2]._replace(delivery_id="x"), day[2]._replace(action="WITHDRAW")):
        found = verify_day(signed(day), Kept([*day[:2], other, *day[3:]], []), PINNED)
        assert (found.verdict, found.sent, found.kept, found.missing) == (Verdict.DIFFERENT, 5, 5, ())


@given(st.lists(st.integers(1, 6), min_size=1, max_size=8), st.data())
def test_numbers_sent_again_are_right_whenever_it_was_signed(numbers: list[int], data: st.DataObject) -> None:
    """The manifest names the last copy of each number at the moment it was made: it is met at every such moment."""
    first = sent(0, 1, 6)
    again = [Delivered(0, number, f"again-{at}", "VOID") for at, number in enumerate(numbers)]
    now = {one.sequence: one for one in first}
    for one in again[: data.draw(st.integers(0, len(again)))]:
        now[one.sequence] = one
    assert verify_day(signed(now.values()), Kept(first, again), PINNED).verdict is Verdict.RIGHT


def test_what_was_not_signed_by_the_pinned_key_says_nothing() -> None:
    """Another's signature, and a change behind the signature, are seen before anything is compared."""
    day = sent(0, 1, 3)
    forged = sign_manifest(make_manifest("a.live", "2026-06-01", day, 5), OTHER)
    for manifest in (forged, signed(day) | {"digest": "0"}, signed(day) | {"counts": {}}, signed(day) | {"signature": "!"}):
        assert verify_day(manifest, Kept(day, []), PINNED).verdict is Verdict.NOT_SIGNED
    assert verify_day(signed(day), Kept(day, []), "no key").verdict is Verdict.NOT_SIGNED


def test_recalls_are_told_apart_by_their_ids() -> None:
    """By recall there are no numbers: what is missing is named by its id; another day's recalls do not matter."""
    recalls = [Delivered(0, 0, name, "WITHDRAW") for name in ("r-1", "r-2")]
    manifest = signed(recalls, feed="a.recall")
    kept = [Delivered(0, offset, name, "WITHDRAW") for offset, name in enumerate(("r-0", "r-1", "r-2", "r-3"))]
    assert verify_day(manifest, Kept(kept, []), PINNED).verdict is Verdict.RIGHT
    found = verify_day(manifest, Kept(kept[:2], []), PINNED)
    assert (found.verdict, found.missing_recalls, found.kept) == (Verdict.MISSING, ("r-2",), 1)


def test_what_no_manifest_names_is_told() -> None:
    """Numbers between two days that no manifest has; what lies before the first or behind the last is of a day not signed yet,
    or not kept any more."""
    days = [signed(sent(0, 3, 5)), signed(sent(0, 9, 9), "2026-06-02")]
    assert unlisted(days, Kept(sent(0, 1, 12), [])) == ((0, 6, 8),)
    assert unlisted(days[:1], Kept(sent(0, 1, 12), [])) == ()


def test_of_two_for_one_day_the_later_counts() -> None:
    """The order is that of the topic."""
    early, late = signed(sent(0, 1, 1)), signed(sent(0, 1, 2))
    assert newest([early, signed([], "2026-06-02"), late])[0] == late


def test_a_journal_remembers_copies_under_other_ids(tmp_path: Path) -> None:
    """A number that comes again under another delivery id has no effect, and is remembered once; the same copy is not."""
    engine = open_file(tmp_path / "s.sqlite")
    journal = Journal(engine, lambda: 1)
    storing = Storing(journal, Tally(), lambda: 1, lambda: None)
    first = delivered(1, Action.SHARE, "a")
    copy = delivered(1, Action.VOID, "a", 0)
    object.__setattr__(copy, "delivery_id", "again")
    for item in (first, first, copy, copy):
        storing.take(item, message_of(item))
        storing.save()
    kept = journal.kept(first.feed)
    assert kept.first == [Delivered(0, 1, "d-0-1", "SHARE")]
    assert kept.again == [Delivered(0, 1, "again", "VOID")]
    assert journal.feeds() == {first.feed}
    engine.dispose()
