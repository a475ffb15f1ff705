"""The durable outbox: what it accepts, keeps, refuses and gives back."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from producers_submissions import DOOR, NOW, checked, crime, patch

from producers.door import Door
from producers.fates import Known
from producers.mended_file import Kept, LetterState, MendedFile
from producers.outbox import CHUNK_EVENTS, Delivered, Outbox, Receipt
from producers.row import Refusal
from schemas.codes import Code
from schemas.errors import Misconfigured, NotReady, PointDutyError

ROOT = Path(__file__).parents[2]


def _open(path, **limits):
    return Outbox(path / "outbox.sqlite", DOOR, lambda: NOW, **limits)


def _delivered(seqs):
    return [Delivered(seq, 0, seq) for seq in seqs]


def _crimes(number, start=0):
    return [checked(crime(f"C/{start + each}")) for each in range(number)]


def test_what_was_accepted_is_there_after_opening_again(tmp_path):
    """Receipts, queue and last versions agree before and after, in the order of acceptance."""
    with _open(tmp_path) as outbox:
        receipts = list(outbox.accept_many(_crimes(CHUNK_EVENTS + 7)))
    with _open(tmp_path) as outbox:
        queued = outbox.queued(0, 10_000)
        assert [event.event_id for event in queued] == [receipt.event_id for receipt in receipts]
        assert outbox.queued_events == len(receipts)
        assert outbox.last("kent:rms:C/3").body == queued[3].body


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.booleans()), max_size=20))
def test_versions_follow_each_record_through_chunks_and_restarts(tmp_path_factory, events):
    """For any sequence of contents of two records, versions are those of a dictionary, wherever chunks end."""
    path, model = tmp_path_factory.mktemp("outbox"), {}
    outbox = _open(path)
    for ref, content, reopen in events:
        if reopen:
            outbox.close()
            outbox = _open(path)
        [receipt] = outbox.accept_many([checked(crime(ref, crime={"summary": content}))])
        version, known = model.get(ref, (0, None))
        model[ref] = (version + (content != known), content)
        assert (receipt.version, receipt.resend) == (model[ref][0], content == known)
    assert outbox.queued_events == len(events)
    outbox.close()


def test_two_versions_in_one_chunk_see_each_other(tmp_path):
    """A patch behind its record in the same chunk is merged into it."""
    items = [checked(crime()), checked(patch(crime={"status": "CLOSED"})), checked(patch(crime={"status": "CLOSED"}))]
    with _open(tmp_path) as outbox:
        assert [(one.version, one.resend) for one in outbox.accept_many(items)] == [(1, False), (2, False), (2, True)]


def test_refusals_pass_through_in_their_places(tmp_path):
    """One answer for each item, in order; a patch that can't be merged is refused, and what stands behind it goes on."""
    bad, orphan = Refusal(Code.ROW_MALFORMED), checked(patch("unknown"))
    with _open(tmp_path) as outbox:
        answers = list(outbox.accept_many([bad, *_crimes(1), orphan, *_crimes(1, 5)]))
        assert [type(answer) for answer in answers] == [Refusal, Receipt, Refusal, Receipt]
        assert answers[2] == Refusal(Code.NO_MARKING, "marking")
        assert outbox.queued_events == 2


def test_a_failing_source_accepts_nothing_of_its_chunk(tmp_path):
    """Without a receipt there is no event, and the outbox goes on."""

    def source():
        yield from _crimes(3)
        raise OSError

    with _open(tmp_path) as outbox:
        with pytest.raises(OSError):
            list(outbox.accept_many(source()))
        assert outbox.queued_events == 0
        assert len(list(outbox.accept_many(_crimes(2)))) == 2


def test_a_full_outbox_refuses_until_there_is_room(tmp_path):
    """Without a way to make room the rest is refused by code; after deliveries it accepts again."""
    with _open(tmp_path, limit_events=5) as outbox:
        answers = list(outbox.accept_many(_crimes(8)))
        assert answers[5:] == [Refusal(Code.OUTBOX_FULL)] * 3
        outbox.settle(_delivered(event.seq for event in outbox.queued(0, 2)))
        assert [type(answer) for answer in outbox.accept_many(_crimes(3, 20))] == [Receipt, Receipt, Refusal]


def test_bytes_are_limited_too(tmp_path):
    """The limit in bytes counts bodies and is the same after a restart."""
    with _open(tmp_path) as outbox:
        list(outbox.accept_many(_crimes(10)))
    with _open(tmp_path, limit_bytes=1) as outbox:
        assert list(outbox.accept_many(_crimes(1, 50))) == [Refusal(Code.OUTBOX_FULL)]


def test_a_full_outbox_waits_where_room_can_be_made(tmp_path):
    """Back-pressure: nothing is refused, and never more than the limit waits."""
    with _open(tmp_path, limit_events=4) as outbox:
        most = 0

        def make_room():
            nonlocal most
            most = max(most, outbox.queued_events)
            outbox.settle(_delivered(event.seq for event in outbox.queued(0, 1)))
            return True

        assert all(isinstance(answer, Receipt) for answer in outbox.accept_many(_crimes(50), make_room))
        assert most == 4


def test_delivered_events_leave_and_held_ones_stay_unsent(tmp_path):
    """A sequence is never used again; what the broker refuses for itself is kept and counted, after a restart too."""
    with _open(tmp_path) as outbox:
        list(outbox.accept_many(_crimes(4)))
        first, second, third, fourth = (event.seq for event in outbox.queued(0, 10))
        outbox.settle(_delivered([fourth, first, first]), [second])
        assert [event.seq for event in outbox.queued(0, 10)] == [third]
        assert (outbox.queued_events, outbox.held_events) == (1, 1)
    with _open(tmp_path) as outbox:
        assert (outbox.queued_events, outbox.held_events) == (1, 1)
        list(outbox.accept_many(_crimes(1, 9)))
        assert outbox.queued(third, 10)[0].seq > fourth


def test_one_process_at_a_time(tmp_path):
    """A second opening is told so by code, and the first is not disturbed."""
    with _open(tmp_path) as outbox:
        with pytest.raises(NotReady) as caught:
            _open(tmp_path)
        assert caught.value.code == Code.OUTBOX_IN_USE
        assert len(list(outbox.accept_many(_crimes(1)))) == 1


@pytest.mark.parametrize("content", [b"not a database, whatever its name says" * 40, None])
def test_a_file_that_is_no_outbox_is_left_alone(tmp_path, content):
    """Other bytes, or another program's database: refused, and not changed."""
    path = tmp_path / "outbox.sqlite"
    if content is None:
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE theirs(a)")
        other.close()
    else:
        path.write_bytes(content)
    with pytest.raises(PointDutyError) as caught:
        _open(tmp_path)
    assert caught.value.code == Code.BAD_SETTING
    if content is not None:
        assert path.read_bytes() == content


def test_another_forces_outbox_is_refused(tmp_path):
    """Its events would be published under a wrong name."""
    _open(tmp_path).close()
    with pytest.raises(Misconfigured) as caught:
        Outbox(tmp_path / "outbox.sqlite", Door("essex"), lambda: NOW)
    assert caught.value.code == Code.BAD_SETTING


def test_the_file_is_for_its_owner_alone(tmp_path):
    """It holds personal data: mode 0600, its write-ahead log too."""
    with _open(tmp_path) as outbox:
        list(outbox.accept_many(_crimes(1)))
        modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    assert modes and all(mode == 0o600 for mode in modes.values()), modes


_ACCEPT = """
import itertools, sys
from pathlib import Path
from producers_submissions import DOOR, NOW, checked, crime
from producers.outbox import Outbox
outbox = Outbox(Path(sys.argv[1]), DOOR, lambda: NOW)
for receipt in outbox.accept_many(checked(crime(f"C/{number}")) for number in itertools.count()):
    print(receipt.event_id, flush=True)
"""


@pytest.mark.parametrize("receipts_before", [1, CHUNK_EVENTS - 1, CHUNK_EVENTS, CHUNK_EVENTS + 1, 2 * CHUNK_EVENTS + 500])
def test_a_kill_loses_nothing_that_was_accepted(tmp_path, receipts_before):
    """SIGKILL at any moment: every receipt given is queued, every queued event is whole, and chunks are whole."""
    path = tmp_path / "outbox.sqlite"
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    child = subprocess.Popen([sys.executable, "-c", _ACCEPT, path], stdout=subprocess.PIPE, text=True, env=environment)
    given = [child.stdout.readline().strip() for _ in range(receipts_before)]
    child.send_signal(signal.SIGKILL)
    given += [line.strip() for line in child.stdout if line.endswith("\n")]
    child.wait()
    with Outbox(path, DOOR, lambda: NOW) as outbox:
        queued = outbox.queued(0, 10**6)
        assert [event.event_id for event in queued[: len(given)]] == given
        assert len(queued) % CHUNK_EVENTS == 0
        assert all(outbox.last(event.record_id).body == event.body for event in queued)
        assert [next(outbox.accept_many([checked(crime("C/0"))])).resend] == [True]


_OLD_FORM = (
    "PRAGMA application_id=1346654018",
    "CREATE TABLE owner(force TEXT NOT NULL)",
    "INSERT INTO owner VALUES('kent')",
    """CREATE TABLE record(record_id TEXT PRIMARY KEY, version INTEGER NOT NULL, kind TEXT NOT NULL,
    content_sha256 BLOB NOT NULL, body BLOB NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE outbox(seq INTEGER PRIMARY KEY AUTOINCREMENT, record_id TEXT NOT NULL, kind TEXT NOT NULL,
    event_id TEXT NOT NULL, accepted_at TEXT NOT NULL, state INTEGER NOT NULL DEFAULT 0, body BLOB NOT NULL)""",
)


def test_an_outbox_of_the_first_form_goes_on(tmp_path):
    """What waited waits, in order; versions go on; what is delivered from now on is remembered, where its version is known."""
    with sqlite3.connect(tmp_path / "outbox.sqlite") as old:
        for statement in _OLD_FORM:
            old.execute(statement)
        for version in (1, 2):
            old.execute(
                "INSERT OR REPLACE INTO record VALUES('kent:rms:C/1', ?, 'crime', x'00', ?)", (version, b"%d" % version)
            )
            insert = (
                "INSERT INTO outbox(record_id, kind, event_id, accepted_at, body) VALUES('kent:rms:C/1', 'crime', '', '', ?)"
            )
            old.execute(insert, (b"%d" % version,))
    old.close()
    for _ in range(2):
        with _open(tmp_path) as outbox:
            assert [event.body for event in outbox.queued(0, 10)] == [b"1", b"2"]
            assert outbox.last("kent:rms:C/1").version == 2
            assert outbox.last("kent:rms:C/1").is_numbered
    with _open(tmp_path) as outbox:
        outbox.settle(_delivered(event.seq for event in outbox.queued(0, 10)))
        assert outbox.known("kent:rms:C/1") == [Known(2, (0, 2))]
        [receipt] = outbox.accept_many([checked(crime())])
        assert receipt.version == 3


def test_it_is_known_where_each_version_is(tmp_path):
    """Delivered, waiting, held, a resend of a delivered one: for each version, after a restart too."""
    with _open(tmp_path) as outbox:
        for summary in "abc":
            list(outbox.accept_many([checked(crime(crime={"summary": summary}))]))
        first, second, third = (event.seq for event in outbox.queued(0, 10))
        outbox.settle([Delivered(first, 2, 7), Delivered(second, 2, None)], [third])
    with _open(tmp_path) as outbox:
        assert outbox.known("kent:rms:C/1") == [Known(1, (2, 7)), Known(3, is_held=True)]
        list(outbox.accept_many([checked(crime(crime={"summary": "c"}))]))
        assert outbox.known("kent:rms:C/1")[-1].version == 3
        assert outbox.known("kent:rms:C/2") == []


@given(st.sets(st.tuples(st.sampled_from(["a", "ab", "b", "z"]), st.sampled_from(["1", "1:2", "2"]))))
def test_a_record_is_found_by_its_reference_in_any_system(tmp_path_factory, records):
    """Exactly those of this reference, however systems are called and whatever stands in references."""
    with _open(tmp_path_factory.mktemp("outbox")) as outbox:
        items = [checked(crime(ref) | {"envelope": {"source_system": system, "source_ref": ref}}) for system, ref in records]
        list(outbox.accept_many(items))
        assert outbox.find_records("1") == sorted(f"kent:{system}:1" for system, ref in records if ref == "1")


def test_what_was_mended_is_kept_by_its_owner_alone(tmp_path):
    """State and submission come back after a restart; another force, another file, another process are refused."""
    path = tmp_path / "kent.sqlite"
    with MendedFile(path, "kent") as mended:
        mended.keep_mended({"k1": ("crime", {"a": 1.5}), "k2": ("crime", {})}, "2026-01-01")
        with pytest.raises(NotReady) as caught:
            MendedFile(path, "kent")
        assert caught.value.code == Code.LETTERS_IN_USE
    with MendedFile(path, "kent") as mended:
        assert mended.find("k1") == Kept(LetterState.MENDED, "crime", {"a": 1.5}, "2026-01-01", None, None)
        mended.keep_resubmitted({"k1": (2, "event")})
        mended.keep_superseded(["k2"])
        assert mended.states() == {"k1": LetterState.RESUBMITTED, "k2": LetterState.SUPERSEDED}
        assert mended.find("none") is None
    assert path.stat().st_mode & 0o777 == 0o600
    _open(tmp_path).close()
    for file, force in ((path, "essex"), (tmp_path / "outbox.sqlite", "kent")):
        with pytest.raises(Misconfigured):
            MendedFile(file, force)


def test_what_was_mended_of_an_erased_record_is_forgotten(tmp_path):
    """A search of the file finds the submission before, and behind it neither in a page nor in the log; other records' letters
    stay, and what does not say whose it is."""

    def has(text):
        return any(text in path.read_bytes() for path in tmp_path.iterdir())

    letters = {f"k{n}": ("crime", _mended("C/1", f"Quillfeather {n} " + "y" * n * 300)) for n in range(20)}
    others = {f"o{n}": ("crime", _mended("C/2", f"Medlar {n} " + "z" * n * 200)) for n in range(30)}
    with MendedFile(tmp_path / "kent.sqlite", "kent") as mended:
        mended.keep_mended({**letters, **others, "bare": ("crime", {"a": 1})}, "2026-01-01")
        mended.keep_mended(letters, "2026-01-02")
        assert has(b"Quillfeather")
        assert mended.forget({"kent:rms:C/9"}) == 0
        assert mended.forget({"kent:rms:C/1", "kent:rms:C/9"}) == len(letters)
        assert not has(b"Quillfeather") and has(b"Medlar")
        assert mended.states().keys() == {*others, "bare"}


def _mended(ref, summary):
    return {"envelope": {"force": "kent", "source_system": "rms", "source_ref": ref}, "crime": {"summary": summary}}
