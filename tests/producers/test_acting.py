"""What orders about records become, against a model of what the force has done; and what an erasure leaves behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from producers_submissions import DOOR, NOW, checked, crime, patch

from producers.acting import ORDERS, Order, mark_rows, order_event, orders_of
from producers.door import Checked
from producers.outbox import Delivered, Outbox, Receipt
from producers.resubmission import Mended
from producers.row import Refusal, Row
from producers.versions import Event, Last, next_event
from schemas.actions import REASONS, Action, is_reason
from schemas.codes import Code
from schemas.errors import Refused
from schemas.records import Record, decode

ROOT = Path(__file__).parents[2]
CRIME, ID = "uk.pointduty.submission.Crime", "kent:rms:C/1"
FIRST = {action: next(iter(REASONS[action])) for action in ORDERS}


def last_of(event: Event) -> Last:
    return Last(event.version, event.kind, event.content_sha256, event.body, event.is_numbered, event.closed)


def order(action: Action, last: Last | None, content: Checked | None = None, **more: object) -> Event:
    return order_event(Order(action, ID, str(more.pop("reason", FIRST[action])), content, **more), last, DOOR, NOW)  # type: ignore[arg-type]


def body(event: Event) -> Record:
    return decode(CRIME, event.body)


STEPS = st.tuples(st.sampled_from([Action.VERSION, *ORDERS]), st.sampled_from(["", "one", "two"]), st.integers(0, 1))


@given(st.lists(STEPS, max_size=12))
def test_any_history_of_orders_is_that_of_a_model(steps: list[tuple[Action, str, int]]) -> None:
    """Versions rise by one with each change and by none with a repeat; what is closed is re-opened by a reinstatement alone;
    an erased record's content is nowhere, and comes back only with a whole record; each refusal has its code."""
    first = next_event(checked(crime(crime={"summary": "first"})), None, DOOR, NOW)
    last, version, closed, content, said = last_of(first), 1, "", "first", (Action.VERSION, "", "first")
    for action, text, number in steps:
        given_content = checked(crime(crime={"summary": text})) if text and action not in ORDERS[1:4] else None
        reason = list(REASONS[action])[number] if action in ORDERS else ""
        wanted = _wanted(action, text, closed, said[0])
        try:
            if action == Action.VERSION:
                event = next_event(given_content or checked(crime(crime={"summary": content or "one"})), last, DOOR, NOW)
            else:
                event = order(action, last, given_content, reason=reason)
        except Refused as refused:
            assert refused.code == wanted
            continue
        assert wanted is None
        content = "" if action == Action.ERASURE else (text if given_content else content) or "one"
        now = (action, reason, content)
        version += now != said
        closed = action if action in ORDERS[1:4] else "" if action == Action.REINSTATEMENT else closed
        said = now
        assert (event.version, event.closed, event.resend) == (version, closed, now == (last_said(last)))
        envelope = body(event)["envelope"]
        assert (envelope["action"], envelope["action_reason"] or "", envelope["version"]) == (action, reason, version)
        assert body(event)["crime"]["summary"] == (content or None)
        last = last_of(event)


def last_said(last: Last) -> tuple[str, str, str]:
    record = decode(CRIME, last.body)
    envelope = record["envelope"]
    return envelope["action"], envelope["action_reason"] or "", record["crime"]["summary"] or ""


def _wanted(action: Action, text: str, closed: str, before: str) -> Code | None:
    if closed == Action.ERASURE and action not in (Action.ERASURE, Action.REINSTATEMENT):
        return Code.RECORD_ERASED
    if action == Action.CORRECTION:
        return Code.RECORD_CLOSED if closed else None if text else Code.CONTENT_NEEDED
    if action == Action.REINSTATEMENT:
        if not closed and before != Action.REINSTATEMENT:
            return Code.RECORD_OPEN
        return Code.CONTENT_NEEDED if closed == Action.ERASURE and not text else None
    return None


def test_an_unknown_record_needs_kind_and_version_and_goes_without_content() -> None:
    """Another machine's record can be recalled, restricted and erased by its number; nothing is made up about it."""
    for action in (Action.RECALL, Action.RESTRICTION, Action.ERASURE):
        for more in ({}, {"version": 4}, {"kind": "crime"}):
            with pytest.raises(Refused) as refused:
                order(action, None, **more)
            assert refused.value.code == Code.RECORD_UNKNOWN
        event = order(action, None, kind="crime", version=4)
        record = body(event)
        assert (event.version, event.closed, event.is_numbered) == (4, action, False)
        assert record["crime"] == body(next_event(checked(crime(crime={})), None, DOOR, NOW))["crime"]
        assert (record["persons"], record["occurred"], record["envelope"]["partial"]) == ([], None, True)
        with pytest.raises(Refused) as refused:  # what was closed without its content is not re-opened without it
            order(Action.REINSTATEMENT, last_of(event))
        assert refused.value.code == Code.CONTENT_NEEDED
        assert order(Action.REINSTATEMENT, last_of(event), checked(crime())).version == 5


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (Order(Action.RECALL, "essex:rms:C/1", "DUPLICATE"), Code.WRONG_FORCE_IN_FILE),
        (Order(Action.RECALL, "kent:rms", "DUPLICATE"), Code.NOT_A_SUBMISSION),
        (Order(Action.RECALL, ID, "RECLASSIFIED"), Code.WRONG_REASON),
        (Order(Action.TEST, ID, ""), Code.WRONG_REASON),
        (Order(Action.RECALL, ID, "DUPLICATE", version=1), Code.SUPERSEDED),
        (Order(Action.CORRECTION, ID, "INACCURATE", checked(crime("C/2"))), Code.NOT_A_SUBMISSION),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(made: Order, code: Code) -> None:
    """By its code; nothing is queued."""
    with pytest.raises(Refused) as refused:
        order_event(made, last_of(next_event(checked(crime()), None, DOOR, NOW)), DOOR, NOW)
    assert refused.value.code == code


def test_a_correction_may_be_a_patch() -> None:
    """It is merged into the last version; what it does not say stays, and the version says that it is a correction."""
    last = last_of(next_event(checked(crime(crime={"summary": "one"})), None, DOOR, NOW))
    record = body(order(Action.CORRECTION, last, checked(patch(crime={"offence": {"value": "17A"}})), reason="RECLASSIFIED"))
    assert (record["crime"]["offence"]["value"], record["crime"]["summary"]) == ("17A", "one")
    assert (record["envelope"]["action"], record["envelope"]["action_reason"]) == ("CORRECTION", "RECLASSIFIED")


@pytest.mark.parametrize(
    ("envelope", "code"),
    [({"action": "BURN"}, Code.WRONG_REASON), ({"action": "RECALL", "action_reason": "A name"}, Code.WRONG_REASON)],
)
def test_the_door_knows_actions_and_reasons(envelope: Record, code: Code) -> None:
    """What a force's own system sends is checked as well; the refusal says no word of it."""
    with pytest.raises(Refused) as refused:
        checked(crime(envelope={"source_system": "rms", "source_ref": "C/1", **envelope}))
    assert refused.value.code == code
    assert not any(str(value) in str(refused.value) for value in envelope.values())


def test_reasons_are_a_closed_list_with_sources() -> None:
    """Every order has reasons, each with a title and a source; a version has none; no reason at all is always allowed."""
    assert all(REASONS[action] for action in ORDERS)
    assert not REASONS[Action.VERSION] and not REASONS[Action.TEST]
    assert all(reason.title and reason.source for action in ORDERS for reason in REASONS[action].values())
    assert is_reason("RECALL", None) and not is_reason("VERSION", "DUPLICATE") and not is_reason("BURN", "DUPLICATE")


def test_rows_become_orders() -> None:
    """Rows are marked with the action; of a list of records those that no row is about are refused; refusals pass through."""
    rows = [Row(1, "crime", crime("C/1")), Row(2, "crime", None, Refusal(Code.ROW_MALFORMED)), Row(3, "crime", crime("C/2"))]
    marked = list(mark_rows(rows, Action.CORRECTION, "INACCURATE"))
    items = [row.refusal or checked(row.submission) for row in marked]
    made = list(orders_of(items, Action.CORRECTION, "INACCURATE", frozenset({ID, "kent:rms:C/9"})))
    assert [type(each) for each in made] == [Order, Refusal, Refusal]
    assert made[0].record_id == ID and made[0].checked.envelope["action"] == "CORRECTION"
    assert [each.code for each in made[1:]] == [Code.ROW_MALFORMED, Code.CONTENT_NEEDED]


def _open(path: Path) -> Outbox:
    return Outbox(path / "outbox.sqlite", DOOR, lambda: NOW)


def _deliver_all(outbox: Outbox) -> None:
    outbox.settle([Delivered(event.seq, 0, event.seq) for event in outbox.queued(0, 10_000)])


def test_a_test_is_no_version(tmp_path: Path) -> None:
    """The record's last version stays what it was, the next one has the next number, and nobody finds the test among them."""
    envelope = {"source_system": "rms", "source_ref": "C/1", "action": "TEST"}
    with _open(tmp_path) as outbox:
        [real] = outbox.accept_many([checked(crime())])
        [test] = outbox.accept_many([checked(crime(envelope=envelope, crime={"summary": "only a test"}))])
        assert outbox.last(ID).version == 1 and b"only a test" not in outbox.last(ID).body
        assert len(outbox.known(ID)) == 2  # the queue has both; once delivered there is one version
        _deliver_all(outbox)
        assert [each.version for each in outbox.known(ID)] == [1]
        [again] = outbox.accept_many([checked(crime())])
        assert (real.version, again.version, again.resend) == (1, 1, True)
        assert decode(CRIME, outbox.queued(0, 9)[-1].body)["envelope"]["action"] == "VERSION"
        assert isinstance(test, Receipt)


SECRET = "Zebedee-Quillfeather"  # a name that stands nowhere else


def _bytes(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(path.glob("outbox.sqlite*")))


def _crimes(count: int, text: str) -> list[Checked]:
    return [checked(crime(f"C/{n}", crime={"summary": f"{text} {n} " + "x" * (n * 37 % 900)})) for n in range(count)]


@pytest.mark.parametrize("others", [0, 1200])
def test_an_erased_record_is_gone_from_the_file(tmp_path: Path, others: int) -> None:
    """Before the erasure the file has the content, in several versions and in what waits and is held; after its delivery no
    page, no free page and no log has it. Its version stays, and that it was erased."""
    secret = [checked(crime(crime={"summary": f"{SECRET} {n}" + "y" * (n * 400)})) for n in range(4)]
    with _open(tmp_path) as outbox:
        for item in secret:
            list(outbox.accept_many([*_crimes(others, "of others"), item, *_crimes(others // 2, "again")]))
            if outbox.queued_events > others:
                events = outbox.queued(0, 10_000)
                outbox.settle([Delivered(event.seq, 0, event.seq) for event in events[1:]], [events[0].seq])
        assert SECRET.encode() in _bytes(tmp_path)
        [receipt] = outbox.accept_many([Order(Action.ERASURE, ID, "RETENTION_ENDED")])
        _deliver_all(outbox)
        assert SECRET.encode() not in _bytes(tmp_path)
        assert (outbox.last(ID).version, outbox.last(ID).closed) == (receipt.version, "ERASURE")
        [refused] = outbox.accept_many([secret[0]])
        assert refused.code == Code.RECORD_ERASED
        [again] = outbox.accept_many([Order(Action.ERASURE, ID, "RETENTION_ENDED")])
        assert (again.resend, again.version, again.event_id) == (True, receipt.version, receipt.event_id)
    assert SECRET.encode() not in _bytes(tmp_path)


_KILLED = """
import os, signal, sys
from pathlib import Path
from producers_submissions import DOOR, NOW, checked, crime
from producers import outbox as module
from producers.acting import Order
from producers.outbox import Delivered, Outbox
from schemas.actions import Action

def die(*_): os.kill(os.getpid(), signal.SIGKILL)
outbox = Outbox(Path(sys.argv[1]) / "outbox.sqlite", DOOR, lambda: NOW)
list(outbox.accept_many([checked(crime(crime={"summary": sys.argv[2]}))]))
outbox.settle([Delivered(1, 0, 0)])
if sys.argv[3] == "in front of the commit":
    outbox._write = die
elif sys.argv[3] == "behind the commit":
    outbox._wipe = die
list(outbox.accept_many([Order(Action.ERASURE, "kent:rms:C/1", "RETENTION_ENDED")]))
outbox._wipe = die
outbox.settle([Delivered(2, 0, 1)])
"""


@pytest.mark.parametrize("moment", ["in front of the commit", "behind the commit", "behind the delivery"])
def test_what_a_crash_leaves_of_an_erasure(tmp_path: Path, moment: str) -> None:
    """In front of the commit nothing has happened. Behind it the record is erased, and opening the file again takes the last
    bytes away: of the content in the log, and of the event that was delivered."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    command = [sys.executable, "-c", _KILLED, str(tmp_path), SECRET, moment]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    with _open(tmp_path) as outbox:
        last = outbox.last(ID)
        assert last is not None
        is_erased = moment != "in front of the commit"
        assert (last.version, last.closed) == ((2, "ERASURE") if is_erased else (1, ""))
        assert outbox.queued_events == (1 if moment == "behind the commit" else 0)
        assert (SECRET.encode() in _bytes(tmp_path)) == (not is_erased)


def test_a_mended_letter_does_not_bring_an_erased_record_back(tmp_path: Path) -> None:
    """Whether it is a letter of the record itself, or one that mending has made the record's: refused, and nothing is kept."""
    with _open(tmp_path) as outbox:
        wrong = checked(crime("C/7", crime={"summary": SECRET}))
        mended = checked(crime(crime={"summary": SECRET}))
        list(outbox.accept_many([checked(crime()), Order(Action.ERASURE, ID, "RETENTION_ENDED"), wrong]))
        _deliver_all(outbox)
        letters = [
            Mended(mended, ID, 1, b"sent"),
            Mended(mended, wrong.record_id, 1, b"sent"),
            Mended(mended, "kent:rms:C/8", 9, b""),
        ]
        answers = list(outbox.accept_many(letters))
        assert [each.code for each in answers] == [Code.SUPERSEDED, Code.SUPERSEDED, Code.RECORD_ERASED]
        assert outbox.last(ID).closed == Action.ERASURE and SECRET.encode() not in outbox.last(ID).body
        assert outbox.queued_events == 0
