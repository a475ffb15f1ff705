"""A hub's core with the work of its lanes, and a twin that never has the secret record: for the machine of who holds what."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace

from core_hub import NOW_MS, Hub
from holders_model import SECRET, Readers

from schemas.records import Record, encode
from stream_processors.cases import HELD, POSSIBLE
from stream_processors.disseminate import disseminate_again
from stream_processors.heartbeats import Heart
from stream_processors.held_records import Held
from stream_processors.lane_tasks import Does, Task
from stream_processors.ledger_entry import Position
from stream_processors.number_answers import Asked, answer
from stream_processors.retroactive import reconsider
from stream_processors.rulebook import Outcome, Rulebook
from stream_processors.suspended import is_suspended

BEAT_MS = 60_000

Decided = Iterator[tuple[int, Outcome]]
"""What a batch comes to, with the lanes."""


@dataclass
class Work:
    """A task that was not finished yet. `until`: the lanes' positions when it was begun."""

    task: Task
    until: dict[int, int] = field(default_factory=dict)
    lasts: dict[str, int] = field(default_factory=dict)
    """Of a request: by lane, the last number that was used when it was begun."""
    was_cut_off: bool = False


class Side:
    """One hub, and everybody who reads from it. `skips_secret`: the twin."""

    def __init__(self, book: Rulebook, *, skips_secret: bool) -> None:
        self.hub, self.readers, self.heart = Hub(book.rules), Readers(), Heart(BEAT_MS)
        self.events: dict[int, list[Record]] = {}
        self.first = {0: 0, 1: 0}
        """The first offset of each lane that `standard` still has."""
        self.now_ms, self.skips_secret = NOW_MS, skips_secret
        self.cut_off_ever = False
        self.shown: set[tuple[str, str]] = set()
        """Agency and token of what was written, aborted, and may be read."""
        self.untold: set[str] = set()
        """Tokens of these about which nothing is known any more."""

    def live(self, lane: int, first: int, count: int) -> Decided:
        """Decide the next events of a lane."""
        for offset, standard in enumerate(self.events[lane][first : first + count], first):
            if not self._skips(standard):
                yield lane, self.hub.decide_at(standard, Position("standard", lane, offset), self.now_ms)

    def work(self, work: Work) -> Decided:
        """Carry a task out in both lanes."""
        does = {Does.RECONSIDER: self._reconsider, Does.RESEND: self._resend}.get(work.task.does, self._again)
        for lane in (0, 1):
            yield from ((lane, outcome) for outcome in does(work, lane))

    def _again(self, work: Work, lane: int) -> Iterator[Outcome]:
        until = work.until[lane]
        for offset in range(self.first[lane], until):
            standard = self.events[lane][offset]
            if not self._skips(standard):
                at, desk = Position("standard", lane, offset), self.hub.desk(self.now_ms)
                found = disseminate_again(standard, at, desk, work.task, until)
                if found is not None:
                    yield found

    def _reconsider(self, work: Work, lane: int) -> Iterator[Outcome]:
        for holders in self._holders(lane):
            if any(each["state"] in (HELD, POSSIBLE) for each in holders["holdings"]):
                desk = self.hub.desk(self.now_ms)
                found = reconsider(Held(lane, holders), self.first[lane], desk, work.task.id, "holders")
                if found is not None:
                    yield found

    def _resend(self, work: Work, lane: int) -> Iterator[Outcome]:
        feed = work.task.subject.partition("/")[2]
        bound = self.hub.book.rules.by_feed.get(feed)
        if bound is None or is_suspended(bound, self.hub.book.suspensions):
            self._leave(work, lane)
            return
        last = work.lasts.setdefault(str(lane), self.hub.overlay.last_sequence(lane, feed))
        for number in work.task.numbers(lane, 0, last):
            holders = next((each for each in self._holders(lane) if _has(each, feed, number)), None)
            erased = next((each for each in self._markers(lane) if _has(each, feed, number)), None)
            asked = Asked(Position("request", lane, number), bound, holders, erased if holders is None else None)
            is_there = asked.offset is not None and asked.offset >= self.first[lane]
            standard = self.events[lane][asked.offset] if is_there and asked.offset is not None else None
            yield answer(asked, standard, self.hub.desk(self.now_ms), work.task)

    def _leave(self, work: Work, lane: int) -> None:
        """A known limit: who asks for numbers again is answered nothing once the feed is gone or denied, and what a try that
        was cut off has shown under another agreement meanwhile is told to nobody."""
        for number in range(1, 99):
            place = ("request", lane, number, work.task.id)
            self.untold |= {said["token"] for said in self.hub.unreleased.seen(place).values()}

    def _holders(self, lane: int) -> list[Record]:
        """As committed, or as this batch has changed them."""
        names = sorted(name for at, name in self.hub.lanes.records if at == lane)
        found = [self.hub.overlay.holders(lane, name) for name in names]
        return [each for each in found if each is not None]

    def _markers(self, lane: int) -> list[Record]:
        """Of records that were erased, as committed, or as this batch has changed them."""
        known = {token: marker for (at, token), marker in self.hub.lanes.markers.items() if at == lane}
        known |= {marker["token"]: marker for (at, _), marker in self.hub.overlay.changed_erased.items() if at == lane}
        return list(known.values())

    def _skips(self, standard: Record) -> bool:
        return self.skips_secret and str(standard["envelope"]["record_id"]).endswith(f"R/{SECRET}")

    def finish(self, decided: Decided, *, is_cut_off: bool, asked: Collection[int] = ()) -> None:
        """Release what was decided, or have it cut off between its two transactions: a reader may have seen all of it."""
        outcomes = list(decided)
        for _, outcome in outcomes:
            _check_entry(outcome)
        if is_cut_off:
            self._cut_off(outcomes)
            return
        for lane, outcome in outcomes:
            self.readers.read(outcome, self.hub, lane, self.cut_off_ever, asked)
        for holders in self.hub.overlay.changed_holders.values():
            encode("uk.pointduty.hub.Holders", holders)
        self.hub.unreleased.released(outcome.entry for _, outcome in outcomes)
        self.hub.commit()
        self.heart.committed((outcome for _, outcome in outcomes), self.now_ms)

    def _cut_off(self, outcomes: list[tuple[int, Outcome]]) -> None:
        self.cut_off_ever = True
        for _, outcome in outcomes:
            self.hub.unreleased.add(outcome.entry, 0)
            copies = [each for each in outcome.releases if each.action in ("SHARE", "UPDATE")]
            self.shown.update((each.agency, each.token) for each in copies)
        self.hub.overlay.drop()

    def beat(self) -> None:
        """Whatever heartbeats are due."""
        while (beats := self.heart.next_beats((0, 1), self.hub.desk(self.now_ms))) is not None:
            self.readers.hear(beats[1], self.hub, beats[0])
            self.heart.committed((), self.now_ms)


def _has(known: Record, feed: str, number: int) -> bool:
    numbered = (*known.get("holdings", ()), *known["withdrawals"])
    return any((each["feed"], each["sequence"]) == (feed, number) for each in numbered)


def _check_entry(outcome: Outcome) -> None:
    encode("uk.pointduty.hub.LedgerEntry", outcome.entry)
    said = sorted((each.get("channel", "FEED"), each["token"], each["action"]) for each in outcome.entry["disclosures"])
    sent = [("FEED", "" if each.action == "VOID" else each.token, each.action) for each in outcome.releases]
    sent += [("RECALL", each.token, "WITHDRAW") for each in outcome.recalls]
    assert sorted(sent) == said, "the ledger says what is released, no more and no less"


def both(book: Rulebook, change: Callable[[Side], None] = lambda _side: None) -> tuple[Side, Side]:
    """The hub and its twin."""
    sides = Side(book, skips_secret=False), Side(book, skips_secret=True)
    for side in sides:
        change(side)
    return sides


def put_in_force(sides: Collection[Side], book: Rulebook, suspended: frozenset[str]) -> None:
    """Other rules, and what is suspended."""
    for side in sides:
        side.hub.book = replace(book, suspensions=suspended)
