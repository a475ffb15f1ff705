"""Work between live batches in the core: exactly once, never an old version, whatever is cut off and whoever comes next."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import pytest
from core_hub import NOW_MS, TOKENS, Hub, agreement, event, prohibition, rule_set, rulebook
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from schemas.records import Record
from schemas.topics import Topics
from stream_processors.control_commands import Cut, LaneCommand
from stream_processors.lane_tasks import Task, tasks_of
from stream_processors.lane_work import LaneWork, Piece
from stream_processors.ledger_entry import Position
from stream_processors.messages import Input
from stream_processors.rulebook import Outcome
from stream_processors.standard_reader import Again

FEEDS = [agreement("bureau"), agreement("squad")]
RULES = [
    rule_set(FEEDS),
    rule_set([FEEDS[0], agreement("squad", share_when=[{"marker": ["port"]}])]),
    rule_set(FEEDS, [prohibition(when=[{"marker": ["refuge"]}])]),
    rule_set(FEEDS, [prohibition(when=[{"kind": ["crime"]}], effect="drop", drops=["crime.summary"])]),
]


class Lane:
    """One lane's `standard`, ledger, feeds and progress, in memory; the reader of it too."""

    def __init__(self) -> None:
        self.hub = Hub(RULES[0])
        self.events: list[Record] = []
        self.behind = 0
        self.ledger: dict[tuple[str, str, int], Record] = {}
        self.feeds: dict[str, list[Record]] = defaultdict(list)
        self.done: dict[str, Record] = {}
        self.work = LaneWork(Topics(), self, lambda: self, self.read_event, piece_records=2)
        self.tasks: tuple[Task, ...] = ()
        self.now_ms = NOW_MS

    # what the lane store knows
    def progress(self, lane: int, command: str) -> Record | None:  # noqa: ARG002  # there is one lane
        return self.done.get(command)

    def holders_that_say(self, lane: int, texts: Sequence[str], after: str, limit: int) -> list[Record]:
        known = sorted((name, record) for (at, name), record in self.hub.lanes.records.items() if at == lane and name > after)
        return [record for _, record in known if any(each["state"] in texts for each in record["holdings"])][:limit]

    def progress_behind(self, lane: int, after: str, limit: int) -> list[Record]:  # noqa: ARG002  # there is one lane
        known = sorted((name, record) for name, record in self.done.items() if name > after)
        return [record for _, record in known][:limit]

    def record_numbered(self, lane: int, feed: str, sequence: int) -> str | None:
        for (at, name), record in self.hub.lanes.records.items():
            if at == lane and any((each["feed"], each["sequence"]) == (feed, sequence) for each in record["holdings"]):
                return name
        return None

    def holders_behind(self, lane: int, after: str, limit: int) -> list[Record]:  # noqa: ARG002  # not asked here
        return []

    # what the reader knows
    def read(self, lane: int, start: int, until: int, limit: int) -> Again:  # noqa: ARG002  # there is one lane
        end = min(until, start + min(limit, 3))
        found = [Input("standard", 0, n, b"key", None, (), NOW_MS) for n in range(start, end)]
        return Again(found, end)

    def put_back(self, lane: int, rest: Again) -> None:
        """A read from there gives them again."""

    def first(self, lane: int) -> int:  # noqa: ARG002  # there is one lane
        return 0

    def close(self) -> None:
        """There is nothing to close."""

    def read_event(self, message: Input) -> Record:
        return self.events[message.offset]

    def live(self, count: int) -> None:
        """A live batch."""
        outcomes = []
        for offset in range(self.behind, min(len(self.events), self.behind + count)):
            outcomes.append(self.hub.decide_at(self.events[offset], Position("standard", 0, offset)))
        self.write_ledger(outcomes)
        self.release(outcomes)
        self.behind += len(outcomes)

    def piece(self) -> Piece | None:
        """The next piece of work, its ledger entries written (A)."""
        self.work.set_tasks(self.tasks, [0])
        self.now_ms += 1  # what has a rate goes on with the time
        piece = self.work.next_piece(self.hub.desk(self.now_ms), lambda _: self.behind)
        if piece is not None:
            self.write_ledger([outcome for _, outcome in piece.outcomes])
        return piece

    def commit(self, piece: Piece) -> None:
        """B."""
        progress = list(self.hub.overlay.changed_progress.values())
        self.release([outcome for _, outcome in piece.outcomes])
        self.done.update({record["command"]: record for record in progress})
        self.work.committed(progress)

    def write_ledger(self, outcomes: list[Outcome]) -> None:
        for entry in (outcome.entry for outcome in outcomes):
            self.ledger[entry["cause"], entry["source_topic"], entry["source_offset"]] = entry

    def release(self, outcomes: list[Outcome]) -> None:
        for entry in (outcome.entry for outcome in outcomes):
            for said in entry["disclosures"]:
                self.feeds[f"{said['agency']}.{said['feed']}"].append(said)
        self.hub.commit()

    def crash(self) -> None:
        """What was not committed is gone; another process comes."""
        self.hub.overlay.drop()
        self.work = LaneWork(Topics(), self, lambda: self, self.read_event, piece_records=2)
        self.work.start()

    def finish(self) -> None:
        """Whatever is left, without a fault."""
        self.live(len(self.events))
        for _ in range(10 * len(self.events) + 10 * len(self.tasks) + 10):
            piece = self.piece()
            if piece is not None:
                self.commit(piece)
        assert not self.work.is_waiting


MARKS: list[list[str]] = [[], ["refuge"], ["port"]]


class Sweeps(RuleBasedStateMachine):
    """Events, rules and commands come in any order; pieces are committed, dropped before B, or cut off by a crash."""

    def __init__(self) -> None:
        super().__init__()
        self.lane = Lane()
        self.versions: dict[int, int] = defaultdict(int)
        self.last: dict[int, Record] = {}

    @rule(number=st.integers(0, 4), markers=st.sampled_from(MARKS), summary=st.sampled_from(["one", "two"]))
    def event_comes(self, number: int, markers: list[str], summary: str) -> None:
        self.versions[number] += 1
        crime = {"offence": {"value": "5D"}, "summary": summary}
        self.last[number] = event(ref=f"R/{number}", version=self.versions[number], markers=markers, crime=crime)
        self.lane.events.append(self.last[number])

    @rule(count=st.integers(1, 3))
    def live_batch(self, count: int) -> None:
        self.lane.live(count)

    @rule(index=st.integers(0, len(RULES) - 1))
    def rules_change(self, index: int) -> None:
        number = self.lane.hub.book.number + 1
        self.lane.hub.book = rulebook(RULES[index], number)

    @rule(subject=st.sampled_from(["all", "feed/squad.live", "agency/bureau", "force/nobody"]), cut=st.integers(0, 9))
    @precondition(lambda self: len(self.lane.tasks) < 4)
    def command_comes(self, subject: str, cut: int) -> None:
        number = len(self.lane.tasks)
        verb, cuts = ("RESUME", (Cut("bureau.live", 0, 1, cut),)) if cut else ("REDECIDE", ())
        command = LaneCommand(f"c{number}", verb, subject, "by", "why", number, cuts=cuts)
        self.lane.tasks = (*self.lane.tasks, *tasks_of([command]))

    @rule(verb=st.sampled_from(["REPLAY", "RETROACT"]))
    @precondition(lambda self: len(self.lane.tasks) < 4)
    def what_goes_back_comes(self, verb: str) -> None:
        subject = "feed/squad.live" if verb == "REPLAY" else "all"
        command = LaneCommand(f"c{len(self.lane.tasks)}", verb, subject, "by", "why", len(self.lane.tasks), rate=10**9)
        self.lane.tasks = (*self.lane.tasks, *tasks_of([command]))

    @rule()
    def piece_is_committed(self) -> None:
        piece = self.lane.piece()
        if piece is not None:
            self.lane.commit(piece)

    @rule()
    def piece_is_dropped(self) -> None:
        self.lane.piece()
        self.lane.hub.overlay.drop()

    @rule()
    def process_dies(self) -> None:
        self.lane.piece()
        self.lane.crash()

    @invariant()
    def numbers_have_no_gap(self) -> None:
        for feed, said in self.lane.feeds.items():
            numbers = [each["sequence"] for each in said if each["action"] != "VOID"]
            assert numbers == list(range(1, len(numbers) + 1)), feed
            assert len({each["delivery_id"] for each in said}) == len(said), feed
            revisions: dict[str, int] = {}
            for each in (each for each in said if each["action"] != "VOID"):
                before = revisions.get(each["token"], 0)  # a replay repeats a revision
                assert each["revision"] >= before + (each["action"] != "UPDATE"), "an older state came behind a newer one"
                revisions[each["token"]] = each["revision"]

    def teardown(self) -> None:
        """At rest the last word of the ledger on each position and cause is what stands in the feeds, and one whole command
        more leaves everybody with what today's rules permit of the last versions."""
        lane = self.lane
        lane.tasks = (*lane.tasks, *tasks_of([LaneCommand("last", "REDECIDE", "all", "by", "why", 99)]))
        lane.finish()
        said = [each["delivery_id"] for entry in lane.ledger.values() for each in entry["disclosures"]]
        stands = [each["delivery_id"] for feed in lane.feeds.values() for each in feed]
        assert sorted(said) == sorted(stands)
        for number, last in self.last.items():
            fresh = Hub(lane.hub.book.rules)
            latches = (lane.hub.lanes.holders(0, last["envelope"]["record_id"]) or {})["latches"]
            assert latches == []
            wanted = {release.agency for release in fresh.handle(last).releases}
            holders = lane.hub.lanes.holders(0, last["envelope"]["record_id"])
            assert holders is not None
            assert {each["agency"] for each in holders["holdings"] if each["state"] == "HELD"} == wanted, number


TestSweeps = Sweeps.TestCase
TestSweeps.settings = settings(max_examples=60, stateful_step_count=25)


def swept(hub: Hub, record: Record, task: Task) -> Outcome | None:
    """What a task makes of an event that stands at offset 1."""
    from stream_processors.disseminate import disseminate_again

    outcome = disseminate_again(record, Position("standard", 0, 1), hub.desk(), task, 2)
    hub.commit()
    return outcome


def test_what_a_fault_withheld_is_decided_again_without_what_the_fault_had_latched(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault latches every latch, for the next version; once cured, the same version is decided as if it had not been. What
    no fault has touched is not of this task."""
    latching = prohibition("latching", when=[{"marker": ["refuge"]}], latch=True)
    hub, faults = Hub(rule_set(FEEDS, [latching])), Task("c", "faults")
    fine = event(ref="R/9")
    hub.handle(fine)
    assert swept(hub, fine, faults) is None
    first = event()

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(hub.book.decider, "decide", fail)
        assert hub.handle(first).releases == []
    before = hub.lanes.holders(0, first["envelope"]["record_id"])
    assert before is not None and (before["faulted"], before["fault_latches"]) == (True, ["latching"])
    outcome = swept(hub, first, faults)
    assert outcome is not None and {release.agency for release in outcome.releases} == {"bureau", "squad"}
    after = hub.lanes.holders(0, first["envelope"]["record_id"])
    assert after is not None and (after["faulted"], after["latches"], after["fault_latches"]) == (False, [], [])
    assert swept(hub, first, faults) is None


def test_a_version_behind_a_fault_keeps_what_the_fault_has_latched(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next version comes before the cure: what the faulty one would have closed stays closed, also for a command."""
    latching = prohibition("latching", when=[{"marker": ["refuge"]}], latch=True)
    hub = Hub(rule_set(FEEDS, [latching]))

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(hub.book.decider, "decide", fail)
        hub.handle(event(markers=["refuge"]))
    second = event(version=2)
    assert hub.handle(second).releases == []
    outcome = swept(hub, second, Task("c", "all"))
    assert outcome is not None and outcome.releases == []


def test_an_old_version_and_a_conflict_are_never_decided_again() -> None:
    """Not the version before the last, nor the last one's number with other content. One that was overtaken since the command
    began has an entry that says so: it may supersede one of a try that was cut off."""
    hub, task = Hub(rule_set(FEEDS)), Task("c", "all")
    old, new = event(), event(version=2)
    hub.decide_at(old, Position("standard", 0, 1))
    hub.decide_at(new, Position("standard", 0, 1))
    hub.commit()
    assert swept(hub, old, task) is None
    assert swept(hub, event(version=2, crime={"offence": {"value": "8N"}}), task) is None
    hub.decide_at(event(version=3), Position("standard", 0, 7))
    hub.commit()
    overtaken = swept(hub, new, task)
    assert overtaken is not None and (overtaken.entry["outcome"], overtaken.releases) == ("STALE", [])


def test_a_scope_leaves_other_feeds_alone() -> None:
    """A command for one feed neither shares with nor withdraws from another, and keeps what the others hold."""
    hub = Hub(rule_set([FEEDS[0], agreement("squad", share_when=[{"marker": ["port"]}])]))
    record = event()
    hub.decide_at(record, Position("standard", 0, 1))
    hub.commit()
    hub.book = rulebook(rule_set(FEEDS, [prohibition(when=[{"kind": ["crime"]}])]), 2)
    outcome = swept(hub, record, Task("c", "feed/squad.live"))
    assert outcome is not None and outcome.releases == []
    holders = hub.lanes.holders(0, record["envelope"]["record_id"])
    assert holders is not None and [each["state"] for each in holders["holdings"]] == ["HELD"]
    hub.book = replace(hub.book, number=3)
    outcome = swept(hub, record, Task("d", "agency/bureau"))
    assert outcome is not None and [release.action for release in outcome.releases] == ["WITHDRAW"]
    assert TOKENS is hub.tokens
