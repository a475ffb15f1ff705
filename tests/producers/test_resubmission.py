"""Mended dead letters and their versions: whatever happens in between, the hub never goes back to an older content."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from producers_submissions import DOOR, NOW, checked, crime

from producers.door import encode_envelope
from producers.outbox import Delivered, Outbox, Receipt
from producers.resubmission import Mended, mended_event
from producers.row import Refusal
from producers.versions import Last, content_sha256, make_version
from schemas.codes import Code
from schemas.errors import Refused
from schemas.identity import event_id
from schemas.kinds import KINDS
from schemas.records import decode

CRIME = KINDS["crime"].submission
OWN, FOREIGN = "own", "foreign"
"""A record that the outbox numbers, and one that a client of another make numbers."""


class Letter:
    """A version that the hub refused."""

    def __init__(self, record: str, version: int, content: str, body: bytes) -> None:
        self.record, self.version, self.content, self.body = record, version, content, body
        self.mended = "good-" + content.removeprefix("bad-")


class Forces(RuleBasedStateMachine):
    """A force's outbox, a hub that refuses what is bad, and a person who mends letters, old ones too, as often as they like.

    `said_at` is when the force said a content, by record and version: a mended one says what its letter's version said.
    """

    @initialize()
    def start(self) -> None:
        """An empty outbox."""
        self.path = Path(tempfile.mkdtemp()) / "outbox.sqlite"
        self.outbox = Outbox(self.path, DOOR, lambda: NOW)
        self.clock, self.is_learnt = 0, False
        self.said_at: dict[tuple[str, int], int] = {}
        self.foreign_version = 0
        self.letters: list[Letter] = []
        self.stands: dict[str, tuple[int, str]] = {}
        self.agency: list[tuple[str, int, str]] = []
        self.conflicts = 0
        self.contents: dict[tuple[str, int], set[bytes]] = {}

    def teardown(self) -> None:
        if hasattr(self, "outbox"):
            self.outbox.close()
            shutil.rmtree(self.path.parent)

    @rule(content=st.sampled_from(["bad-a", "good-a", "bad-b", "good-b"]))
    def publish(self, content: str) -> None:
        """The force's system says something."""
        [receipt] = self.outbox.accept_many([checked(crime(OWN, crime={"summary": content}))])
        assert isinstance(receipt, Receipt)
        self._say(OWN, receipt)

    @rule(content=st.sampled_from(["bad-c", "good-c", "bad-d"]))
    def send_stock(self, content: str) -> None:
        """Another client sends its next version, straight to the hub."""
        self.foreign_version, self.clock = self.foreign_version + 1, self.clock + 1
        one = checked(crime(FOREIGN, crime={"summary": content}))
        event = make_version(one, content_sha256(one), self.foreign_version)
        self.said_at[FOREIGN, self.foreign_version] = self.clock
        answer = self._take(event.record_id, event.event_id, event.body)
        assert answer in ("REFUSED", "DECIDED"), "a mended one took the number of another client's next version"

    @rule(number=st.sampled_from([1, 3, 100]))
    def deliver(self, number: int) -> None:
        """The hub gets some of what waits."""
        for event in self.outbox.queued(0, number):
            self._take(event.record_id, event.event_id, event.body)
            self.outbox.settle([Delivered(event.seq, 0, event.seq)])

    @rule(number=st.sampled_from([1, 3, 100]))
    def deliver_and_crash(self, number: int) -> None:
        """The hub gets some, and the force's process dies before it has noted that."""
        for event in self.outbox.queued(0, number):
            self._take(event.record_id, event.event_id, event.body)
        self.reopen()

    @rule()
    def reopen(self) -> None:
        """A restart of the force's process."""
        self.outbox.close()
        self.outbox = Outbox(self.path, DOOR, lambda: NOW)

    @rule(number=st.integers(-3, 3), twice=st.booleans())
    def resubmit(self, number: int, twice: bool) -> None:
        """A person mends a letter, perhaps an old one, and resubmits it; a crash before that was noted does it again."""
        if not self.letters:
            return
        letter = self.letters[number % len(self.letters)]
        for _ in range(1 + twice):
            mended = Mended(
                checked(crime(letter.record, crime={"summary": letter.mended})),
                f"kent:rms:{letter.record}",
                letter.version,
                letter.body,
            )
            [answer] = self.outbox.accept_many([mended])
            if isinstance(answer, Refusal):
                assert answer == Refusal(Code.SUPERSEDED)
            elif not answer.resend:
                assert answer.version in (letter.version, letter.version + 1)
                said_at = self.said_at[letter.record, letter.version]
                self.said_at[letter.record, answer.version] = said_at

    @rule()
    def learn(self) -> None:
        """The hub learns to read what it has refused."""
        self.is_learnt = True

    def _say(self, record: str, receipt: Receipt) -> None:
        self.clock += 1
        if not receipt.resend:
            self.said_at[record, receipt.version] = self.clock

    def _take(self, record_id: str, event: str, body: bytes) -> str:
        """The hub: standardise, then the lane's owner, who knows the last version of each record."""
        submission: dict[str, Any] = decode(CRIME, body)
        record, version = record_id.rsplit(":", 1)[1], submission["envelope"]["version"]
        content = submission["crime"]["summary"]
        self.contents.setdefault((record, version), set()).add(body)
        assert event == event_id(record_id, version, CRIME, body)
        if content.startswith("bad") and not self.is_learnt:
            self.letters.append(Letter(record, version, content, body))
            return "REFUSED"
        before = self.stands.get(record)
        if before is None or version > before[0]:
            self.stands[record] = (version, event)
            self.agency.append((record, version, event))
            return "DECIDED"
        if version < before[0]:
            return "STALE"
        self.conflicts += record == OWN and event != before[1]
        return "RESEND" if event == before[1] else "CONFLICT"

    @invariant()
    def never_older(self) -> None:
        """What an agency gets of a record never goes back to what the force said earlier."""
        for record in (OWN, FOREIGN):
            times = [self.said_at[record, version] for name, version, _ in getattr(self, "agency", []) if name == record]
            assert times == sorted(times)

    @invariant()
    def no_duplicate(self) -> None:
        """No event is disclosed twice."""
        events = [event for *_, event in getattr(self, "agency", [])]
        assert len(events) == len(set(events))

    @invariant()
    def one_version_one_content(self) -> None:
        """A version that the outbox gave a number has one content for ever, so the hub finds no conflict in it."""
        assert getattr(self, "conflicts", 0) == 0
        assert all(len(bodies) == 1 for (record, _), bodies in getattr(self, "contents", {}).items() if record == OWN)


TestForces = Forces.TestCase
TestForces.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


def _event(version: int, summary: str, ref: str = "C/1") -> tuple[bytes, Last]:
    one = checked(crime(ref, crime={"summary": summary}))
    body = encode_envelope({**one.envelope, "version": version}) + one.rest
    return body, Last(version, "crime", content_sha256(one), body)


def _mended(version: int, body: bytes, summary: str = "mended", ref: str = "C/1", record: str = "kent:rms:C/1") -> Mended:
    return Mended(checked(crime(ref, crime={"summary": summary})), record, version, body)


def _outcome(mended: Mended, known: Last | None, last: Last | None) -> tuple[int, bool, bool] | Code:
    try:
        event = mended_event(mended, known, last)
    except Refused as refused:
        return refused.code
    return event.version, event.resend, event.is_numbered


def test_each_case_has_its_version() -> None:
    """The next one where the outbox numbers the record; the letter's own where it does not; none where it comes too late."""
    body, bad = _event(3, "bad")
    _, later = _event(4, "later")
    _, other = _event(3, "another content under that number")
    _, older = _event(2, "older")
    _, sent = _event(4, "mended")
    cases = [
        (bad, (4, False, True)),
        (None, (3, False, False)),
        (bad._replace(is_numbered=False), (3, False, False)),
        (older, (3, False, False)),
        (later, Code.SUPERSEDED),
        (other, Code.SUPERSEDED),
        (sent, (4, True, True)),
    ]
    for known, expected in cases:
        assert _outcome(_mended(3, body), known, known) == expected, known


def test_a_letter_whose_identity_was_wrong_is_another_record_when_mended() -> None:
    """It keeps its number; it is superseded by a later version of the wrong record, and by one of the right record."""
    body, bad = _event(2, "bad")
    _, later = _event(3, "later")
    right = _mended(2, body, ref="C/2")
    assert _outcome(right, bad, None) == (2, False, False)
    assert _outcome(right, later, None) == Code.SUPERSEDED
    assert _outcome(right, bad, _event(2, "x", "C/2")[1]) == Code.SUPERSEDED
    assert _outcome(right, bad, _event(1, "x", "C/2")[1]) == (2, False, False)
    assert _outcome(right, later, _event(2, "mended", "C/2")[1]) == (2, True, True), "what is there already may go again"
