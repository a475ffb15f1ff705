"""Who holds what over time, against a plain model: versions, actions, tests, rule changes, suspensions, replays, numbers that
are asked for again, rules that reach back, and tries that are cut off, in any order. The agencies here know nothing but what
they were sent."""

from collections import Counter, defaultdict

from core_hub import LADS, at, event
from holders_hub import BEAT_MS, Work, both, put_in_force
from holders_model import BOOKS, SECRET, SUBJECTS, WORLDS, Version
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from schemas.records import Record
from stream_processors.control_commands import Cut
from stream_processors.lane_tasks import Does, Task

FEEDS = ("council-a.live", "bureau.short", "bureau.long")
FORCE_ACTIONS = ["VERSION"] * 4 + ["CORRECTION", "RECALL", "RESTRICTION", "ERASURE", "REINSTATEMENT", "TEST"]


class Holders(RuleBasedStateMachine):
    """Two lanes; a twin hub is never sent the secret record."""

    def __init__(self) -> None:
        super().__init__()
        self.world, self.suspended = WORLDS[0], frozenset[str]()
        self.events: dict[int, list[Record]] = {0: [], 1: []}
        self.sides = both(BOOKS[0], lambda side: setattr(side, "events", self.events))
        self.behind = {0: 0, 1: 0}
        self.numbers: dict[int, int] = defaultdict(int)
        self.said: dict[int, Version] = {}
        self.open: list[Work] = []
        self.given = 0

    def _set_book(self, index: int) -> None:
        self.world = WORLDS[index]
        put_in_force(self.sides, BOOKS[index], self.suspended)

    # what comes from outside

    @rule(
        ref=st.integers(0, SECRET),
        action=st.sampled_from(FORCE_ACTIONS),
        lad=st.sampled_from(["council-a", "council-a", "council-b", ""]),
        marker=st.sampled_from(["", "", "soc", "protected-person"]),
        summary=st.sampled_from(["one", "two"]),
    )
    def event_comes(self, ref: int, action: str, lad: str, marker: str, summary: str) -> None:
        marker = "protected-person" if ref == SECRET else marker
        before = self.said.get(ref)
        was_closed = before is not None and before.closed
        closed = action in ("RECALL", "RESTRICTION", "ERASURE") or (was_closed and action != "REINSTATEMENT")
        if action != "TEST":  # a test may have the number of a real version
            self.said[ref] = Version(closed, lad, marker)
            self.numbers[ref] += 1
        self.events[ref % 2].append(
            event(
                ref=f"R/{ref}",
                version=max(1, self.numbers[ref]),
                envelope={"action": action},
                markers=[marker] if marker else [],
                locations=at(LADS[lad]) if lad else [],
                crime={"offence": {"value": "5D"}, "summary": summary},
            )
        )

    @rule(
        ref=st.integers(0, 1),
        action=st.sampled_from(["VERSION", "RECALL", "REINSTATEMENT"]),
        marker=st.sampled_from(["", "soc"]),
    )
    def event_is_released(self, ref: int, action: str, marker: str) -> None:
        """An event of few words that is decided at once: most of what follows needs somebody who holds something."""
        self.event_comes(ref, action, "council-a", marker, "one")
        self.batch(ref % 2, len(self.events[ref % 2]))

    @rule(index=st.integers(0, len(WORLDS) - 1))
    def rules_change(self, index: int) -> None:
        self._set_book(index)

    @rule(subjects=st.frozensets(st.sampled_from(SUBJECTS), max_size=2))
    def suspensions_change(self, subjects: frozenset[str]) -> None:
        self.suspended = subjects
        self._set_book(WORLDS.index(self.world))

    @rule(lane=st.integers(0, 1))
    @precondition(lambda self: not any(work.was_cut_off for work in self.open))
    def standard_is_past_its_retention(self, lane: int) -> None:
        """What was decided is gone from `standard`. Not while something is being decided again: that takes seconds."""
        for side in self.sides:
            side.first[lane] = self.behind[lane]

    # the live input

    @rule(lane=st.integers(0, 1), count=st.integers(1, 3))
    def batch(self, lane: int, count: int) -> None:
        """A batch is released."""
        for side in self.sides:
            side.finish(side.live(lane, self.behind[lane], count), is_cut_off=False)
        self.behind[lane] = min(self.behind[lane] + count, len(self.events[lane]))

    @rule(lane=st.integers(0, 1), count=st.integers(1, 3))
    def cut_off(self, lane: int, count: int) -> None:
        """A batch stands in the ledger, its release is written and aborted: a reader may have seen all of it."""
        for side in self.sides:
            side.finish(side.live(lane, self.behind[lane], count), is_cut_off=True)

    @rule(lane=st.integers(0, 1), count=st.integers(1, 3), index=st.integers(0, len(WORLDS) - 1))
    def cut_off_by_new_rules(self, lane: int, count: int, index: int) -> None:
        """The same, and what comes next is decided under other rules."""
        self.cut_off(lane, count)
        self.rules_change(index)

    # what lanes do beside it

    def _give(self, does: Does, subject: str = "all", cuts: tuple[Cut, ...] = ()) -> None:
        self.given += 1
        self.open.append(Work(Task(f"task-{self.given}", subject, cuts=cuts, does=does)))

    @rule(does=st.sampled_from([Does.DECIDE, Does.REVISE, Does.RECONSIDER]))
    @precondition(lambda self: len(self.open) < 3)
    def command_comes(self, does: Does) -> None:
        self._give(does)

    @rule(feed=st.sampled_from(FEEDS))
    @precondition(lambda self: len(self.open) < 3)
    def replay_comes(self, feed: str) -> None:
        self._give(Does.REPLAY, f"feed/{feed}")

    @rule(feed=st.sampled_from(FEEDS), lane=st.integers(0, 1), first=st.integers(1, 3), count=st.integers(0, 9))
    @precondition(lambda self: len(self.open) < 3)
    def numbers_are_asked_for(self, feed: str, lane: int, first: int, count: int) -> None:
        """Also such as were never used."""
        self._give(Does.RESEND, f"feed/{feed}", (Cut(feed, lane, first, first + count),))

    @rule(number=st.integers(0, 2), is_cut_off=st.booleans())
    @precondition(lambda self: self.open)
    def task_is_carried_out(self, number: int, is_cut_off: bool) -> None:
        """One that was cut off is begun again as the same, whatever came between."""
        work = self.open[number % len(self.open)]
        work.until, work.was_cut_off = work.until or dict(self.behind), work.was_cut_off or is_cut_off
        asked = range(1, 99) if work.task.does is Does.RESEND else ()
        for side in self.sides:
            side.finish(side.work(work), is_cut_off=is_cut_off, asked=asked)
        if not is_cut_off:
            self.open.remove(work)

    @rule(number=st.integers(0, 2), index=st.integers(0, len(WORLDS) - 1))
    @precondition(lambda self: self.open)
    def task_is_cut_off_by_new_rules(self, number: int, index: int) -> None:
        self.task_is_carried_out(number, is_cut_off=True)
        self.rules_change(index)

    @rule(seconds=st.integers(1, 90))
    def time_goes_by(self, seconds: int) -> None:
        """Idle feeds get heartbeats."""
        for side in self.sides:
            side.now_ms += seconds * 1000
            side.beat()

    # at rest

    def teardown(self) -> None:
        """The hub becomes quiet: whatever waits is done, what is held is looked at, and everything decided once more under the
        rules of now."""
        self.suspended = frozenset()
        self._set_book(WORLDS.index(self.world))
        for lane in (0, 1):
            self.batch(lane, len(self.events[lane]) + 1)
        for does in (Does.RECONSIDER, Does.REVISE, Does.DECIDE):
            self._give(does)
        while self.open:
            self.task_is_carried_out(0, is_cut_off=False)
        self.time_goes_by(2 * BEAT_MS // 1000)
        self._check()
        self._check_who_asks_for_everything()
        self._check_twins()

    def _check(self) -> None:
        side, wanted = self.sides[0], defaultdict[str, Counter[tuple[str, bool]]](Counter)
        for version in self.said.values():
            for (agency, _, agreement_id), has_summary in self.world.given(version).items():
                wanted[agency][agreement_id, has_summary] += 1
        held = side.readers.held()
        states = Counter(each["state"] for record in side.hub.lanes.records.values() for each in record["holdings"])
        if not any(side.first.values()):
            assert held == wanted, "what is held is what is permitted"
            assert states["POSSIBLE"] == 0
        for agency, copies in held.items():  # past its retention nothing can be shared any more
            for name in {name for name, _ in copies}:
                with_summary = (copies[name, True], wanted[agency][name, True])
                whole = (copies[name, True] + copies[name, False], wanted[agency][name, True] + wanted[agency][name, False])
                assert with_summary[0] <= with_summary[1] and whole[0] <= whole[1], "somebody holds what the rules forbid"
        assert states["HELD"] == sum(map(Counter.total, held.values()))
        for name, token in side.shown:
            agency = side.readers.agencies[name]
            is_told = token in agency.ended or token in agency.held or token in side.untold
            assert is_told or states["POSSIBLE"], "what was never released may be read, and nobody was told"

    def _check_who_asks_for_everything(self) -> None:
        """Whatever an agency has missed, it comes to hold what the others hold: each WITHDRAW is said again, whatever became of
        its record, and each copy is sent again while `standard` has its event."""
        for side in self.sides:
            feeds = [feed for feed in FEEDS if feed in side.hub.book.rules.by_feed]
            side.readers.again.clear()
            for feed in feeds:
                cuts = tuple(Cut(feed, lane, 1, 999) for lane in (0, 1))
                work = Work(Task(f"everything-{feed}", f"feed/{feed}", cuts=cuts, does=Does.RESEND), dict(self.behind))
                side.finish(side.work(work), is_cut_off=False, asked=range(1, 999))
            assert side.readers.not_told_again(feeds) == set()
            assert any(side.first.values()) or side.readers.not_given_again(feeds) == set()

    def _check_twins(self) -> None:
        """No agency can tell the record that is withheld from none: everything that it reads is the same to the byte."""
        assert self.sides[0].readers.log == self.sides[1].readers.log


TestHolders = Holders.TestCase
# The same examples in each run: what chance finds belongs to `make machine`, not to whoever changes something else.
TestHolders.settings = settings(max_examples=400, stateful_step_count=20, deadline=None, derandomize=True)
