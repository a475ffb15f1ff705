"""Who holds what over time, against a plain model: versions, actions, rule changes, suspensions and tries that are cut off, in
any order. The agencies here know nothing but what they were sent."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from core_hub import LADS, Hub, agreement, at, event, prohibition, rule_set, rulebook
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from schemas.records import Record, decode_with, encode
from schemas.wire import unframe
from stream_processors.disseminate import disseminate_again
from stream_processors.field_lines import field_lines, field_list_id
from stream_processors.lane_tasks import Task
from stream_processors.ledger_entry import Position
from stream_processors.rulebook import Outcome

COUNCIL = agreement(share_when=[{"kind": ["crime"], "area": "own"}])
NARROW = COUNCIL | {"version": 2, "fields": {"crime.offence": "keep"}}
BUREAU = agreement("bureau", fields={"crime.status": "keep"}, feed="short")
OTHER_BUREAU = BUREAU | {"id": "bureau-again"}
RENAMED = BUREAU | {"feed": "long"}
ALWAYS = prohibition()
DROPS = prohibition("drops", when=[{"marker": ["soc"]}], effect="drop", drops=["crime.summary"])


@dataclass(frozen=True)
class World:
    """Rules, and what a person would say they are."""

    agreements: tuple[Record, ...]
    prohibitions: tuple[Record, ...] = (ALWAYS,)

    def given(self, version: "Version") -> dict[tuple[str, str, str], bool]:
        """Agency, feed and agreement to whether the summary goes with it."""
        if version.closed or version.marker == "protected-person":
            return {}
        found: dict[tuple[str, str, str], bool] = {}
        for each in self.agreements:
            if each["partner_kind"] == "bureau":
                found["bureau", each["feed"], each["id"]] = False
            elif version.lad:
                is_dropped = version.marker == "soc" and DROPS in self.prohibitions
                found[version.lad, "live", "council"] = "crime.summary" in each["fields"] and not is_dropped
        return found


WORLDS = (
    World((COUNCIL, BUREAU)),
    World((COUNCIL,)),
    World((BUREAU,)),
    World((COUNCIL, OTHER_BUREAU)),
    World((NARROW, RENAMED)),
    World((COUNCIL, BUREAU), (ALWAYS, DROPS)),
)
BOOKS = [rulebook(rule_set(world.agreements, world.prohibitions)) for world in WORLDS]
_LINES = {(each.id, field_list_id(each)): field_lines(each) for book in BOOKS for each in book.rules.agreements}
BOOKS = [replace(book, earlier_lines=lambda name, list_id: _LINES.get((name, list_id))) for book in BOOKS]
SUBJECTS = [*(f"agency/{name}" for name in ("council-a", "bureau")), "feed/bureau.short", "force/northumbria"]
Outcomes = list[tuple[int, Outcome]]
"""What a batch comes to, with the lanes."""

SECRET = 3
"""This record is withheld from everybody, always."""


@dataclass(frozen=True)
class Version:
    """What the last version of a record says."""

    closed: bool
    lad: str
    marker: str


@dataclass
class Copy:
    """What an agency has under one token."""

    agreement: str
    summary: str | None
    revision: int


@dataclass
class Agency:
    """Keeps what it is sent, by token, and refuses what makes no sense."""

    held: dict[str, Copy] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)


class Readers:
    """All agencies, reading what is committed; each message is checked against what came before."""

    def __init__(self) -> None:
        self.agencies: dict[str, Agency] = defaultdict(Agency)
        self.numbers: dict[tuple[str, int], int] = defaultdict(int)
        self.log: list[tuple[object, ...]] = []

    def read(self, outcome: Outcome, hub: Hub, lane: int, may_be_shown: bool) -> None:
        for release in outcome.releases:
            self.log.append((release, lane))
            feed = f"{release.agency}.{release.feed}"
            bound = hub.book.rules.by_feed[feed]
            said = decode_with(hub.book.rules.schemas[bound.agreement.id], unframe(release.value)[1])
            self.numbers[feed, lane] += 1
            assert (said["lane"], said["sequence"]) == (lane, self.numbers[feed, lane]), "a gap, or a number twice"
            self._take(release.agency, release.token, said, bound.agreement.id, may_be_shown)
        for recall in outcome.recalls:
            self.log.append((recall, lane))
            self._end(recall.agency, recall.token, may_be_shown)

    def _take(self, name: str, token: str, said: Record, agreement_id: str, may_be_shown: bool) -> None:
        agency = self.agencies[name]
        if said["action"] == "WITHDRAW":
            self._end(name, token, may_be_shown)
            return
        summary = ((said["record"] or {}).get("crime") or {}).get("summary")
        deadline = said["conditions"]["deadline"]
        if said["action"] == "SHARE":
            assert token not in agency.used, "a record came back under an old token"
            assert (said["revision"], deadline) == (1, None)
            agency.used.add(token)
        else:
            before = agency.held[token]
            assert said["revision"] == before.revision + 1
            if before.summary is not None and summary is None:
                assert deadline is not None, "fewer fields, and no deadline"
            elif not may_be_shown:
                assert deadline is None, "a deadline, and nothing is taken away"
        agency.held[token] = Copy(agreement_id, summary, said["revision"])

    def _end(self, name: str, token: str, may_be_shown: bool) -> None:
        agency = self.agencies[name]
        assert token not in agency.ended, "told twice"
        assert may_be_shown or token in agency.held, "who never held it hears of it"
        agency.held.pop(token, None)
        agency.used.add(token)
        agency.ended.add(token)


class Holders(RuleBasedStateMachine):
    """Two lanes; a twin hub is never sent the secret record."""

    def __init__(self) -> None:
        super().__init__()
        self.hubs = {"whole": Hub(BOOKS[0].rules), "twin": Hub(BOOKS[0].rules)}
        self.readers = {name: Readers() for name in self.hubs}
        self.world = WORLDS[0]
        self.events: dict[int, list[Record]] = {0: [], 1: []}
        self.behind = {0: 0, 1: 0}
        self.numbers: dict[int, int] = defaultdict(int)
        self.said: dict[int, Version] = {}
        self.decided: dict[int, Version] = {}
        self.shown: dict[str, set[str]] = defaultdict(set)
        self.cut_off_ever = False
        self.task = 0
        self.until: dict[int, int] = {}
        self.suspended: frozenset[str] = frozenset()
        self._set_book(0)

    def _set_book(self, index: int) -> None:
        self.world = WORLDS[index]
        for hub in self.hubs.values():
            hub.book = replace(BOOKS[index], suspensions=self.suspended)

    @rule(
        ref=st.integers(0, SECRET),
        action=st.sampled_from(["VERSION"] * 4 + ["CORRECTION", "RECALL", "RESTRICTION", "ERASURE", "REINSTATEMENT"]),
        lad=st.sampled_from(["council-a", "council-a", "council-b", ""]),
        marker=st.sampled_from(["", "", "soc", "protected-person"]),
        summary=st.sampled_from(["one", "two"]),
    )
    def event_comes(self, ref: int, action: str, lad: str, marker: str, summary: str) -> None:
        marker = "protected-person" if ref == SECRET else marker
        before = self.said.get(ref)
        was_closed = before is not None and before.closed
        closed = action in ("RECALL", "RESTRICTION", "ERASURE") or (was_closed and action != "REINSTATEMENT")
        self.said[ref] = Version(closed, lad, marker)
        self.numbers[ref] += 1
        self.events[ref % 2].append(
            event(
                ref=f"R/{ref}",
                version=self.numbers[ref],
                envelope={"action": action},
                markers=[marker] if marker else [],
                locations=at(LADS[lad]) if lad else [],
                crime={"offence": {"value": "5D"}, "summary": summary},
            )
        )

    @rule(index=st.integers(0, len(WORLDS) - 1))
    def rules_change(self, index: int) -> None:
        self._set_book(index)

    @rule(subjects=st.frozensets(st.sampled_from(SUBJECTS), max_size=2))
    def suspensions_change(self, subjects: frozenset[str]) -> None:
        self.suspended = subjects
        self._set_book(WORLDS.index(self.world))

    @rule(lane=st.integers(0, 1), count=st.integers(1, 3))
    def batch(self, lane: int, count: int) -> None:
        """A batch is released."""
        self._run(lane, count, is_cut_off=False)
        self.behind[lane] = min(self.behind[lane] + count, len(self.events[lane]))

    @rule(lane=st.integers(0, 1), count=st.integers(1, 3))
    def cut_off(self, lane: int, count: int) -> None:
        """A batch stands in the ledger, its release is written and aborted: a reader may have seen all of it."""
        self._run(lane, count, is_cut_off=True)

    @rule(lane=st.integers(0, 1), count=st.integers(1, 3), index=st.integers(0, len(WORLDS) - 1), is_again=st.booleans())
    def cut_off_by_new_rules(self, lane: int, count: int, index: int, is_again: bool) -> None:
        """The same, of a batch or of a command, and what comes next is decided under other rules."""
        if is_again:
            self.decide_again(is_cut_off=True)
        else:
            self.cut_off(lane, count)
        self.rules_change(index)

    @rule(is_cut_off=st.booleans())
    def decide_again(self, is_cut_off: bool) -> None:
        """A command that decides again whatever has come so far; one that was cut off is begun again as the same."""
        self.until = self.until or dict(self.behind)
        for hub, reader, outcomes in self._both(
            lambda hub: [
                (lane, found)
                for lane, until in self.until.items()
                for offset in range(until)
                if (found := self._again(hub, lane, offset, until)) is not None
            ]
        ):
            self._finish(hub, reader, outcomes, is_cut_off=is_cut_off)
        if not is_cut_off:
            self.task, self.until = self.task + 1, {}

    def _again(self, hub: Hub, lane: int, offset: int, until: int) -> Outcome | None:
        standard = self.events[lane][offset]
        if hub is self.hubs["twin"] and _is_secret(standard):
            return None
        task = Task(f"task-{self.task}", "all")
        return disseminate_again(standard, Position("standard", lane, offset), hub.desk(), task, until)

    def _run(self, lane: int, count: int, *, is_cut_off: bool) -> None:
        first = self.behind[lane]

        def decide(hub: Hub) -> Outcomes:
            return [
                (lane, hub.decide_at(standard, Position("standard", lane, offset)))
                for offset, standard in enumerate(self.events[lane][first : first + count], first)
                if not (hub is self.hubs["twin"] and _is_secret(standard))
            ]

        for hub, reader, outcomes in self._both(decide):
            self._finish(hub, reader, outcomes, is_cut_off=is_cut_off)

    def _both(self, decide: Callable[[Hub], Outcomes]) -> Iterator[tuple[Hub, Readers, Outcomes]]:
        for name, hub in self.hubs.items():
            yield hub, self.readers[name], decide(hub)

    def _finish(self, hub: Hub, reader: Readers, outcomes: Outcomes, *, is_cut_off: bool) -> None:
        for _, outcome in outcomes:
            encode("uk.pointduty.hub.LedgerEntry", outcome.entry)
            said = sorted((each["channel"], each["token"], each["action"]) for each in outcome.entry["disclosures"])
            sent = [("FEED", each.token, each.action) for each in outcome.releases]
            sent += [("RECALL", each.token, "WITHDRAW") for each in outcome.recalls]
            assert sorted(sent) == said, "the ledger says what is released, no more and no less"
        if is_cut_off:
            self.cut_off_ever = True
            for _, outcome in outcomes:
                hub.unreleased.add(outcome.entry, 0)
                for release in outcome.releases if hub is self.hubs["whole"] else ():
                    self.shown[release.agency].update([release.token] if release.action != "WITHDRAW" else [])
            hub.overlay.drop()
            return
        for lane, outcome in outcomes:
            reader.read(outcome, hub, lane, self.cut_off_ever)
        for holders in hub.overlay.changed_holders.values():
            encode("uk.pointduty.hub.Holders", holders)
        hub.unreleased.released(outcome.entry for _, outcome in outcomes)
        hub.commit()

    def teardown(self) -> None:
        """The hub becomes quiet: whatever waits is decided, and everything once more under the rules of now."""
        self.suspended = frozenset()
        self._set_book(WORLDS.index(self.world))
        for lane in (0, 1):
            self.batch(lane, len(self.events[lane]) + 1)
        self.decide_again(is_cut_off=False)
        if self.until != self.behind:
            self.decide_again(is_cut_off=False)
        self._check()
        self._check_twins()

    def _check(self) -> None:
        hub, reader = self.hubs["whole"], self.readers["whole"]
        wanted: dict[str, list[tuple[str, bool]]] = defaultdict(list)
        for version in self.said.values():
            for (agency, _, agreement_id), has_summary in self.world.given(version).items():
                wanted[agency].append((agreement_id, has_summary))
        held = {
            name: sorted((copy.agreement, copy.summary is not None) for copy in agency.held.values())
            for name, agency in reader.agencies.items()
            if agency.held
        }
        assert held == {name: sorted(found) for name, found in wanted.items()}, "what is held is what is permitted"
        states = [holding["state"] for record in hub.lanes.records.values() for holding in record["holdings"]]
        assert "POSSIBLE" not in states
        assert states.count("HELD") == sum(map(len, wanted.values()))
        for name, tokens in self.shown.items():
            agency = reader.agencies[name]
            assert tokens <= agency.ended | agency.held.keys(), "what was never released may be read, and nobody was told"

    def _check_twins(self) -> None:
        """No agency can tell the record that is withheld from none: everything that it reads is the same to the byte."""
        assert self.readers["whole"].log == self.readers["twin"].log


def _is_secret(standard: Record) -> bool:
    return str(standard["envelope"]["record_id"]).endswith(f"R/{SECRET}")


TestHolders = Holders.TestCase
TestHolders.settings = settings(max_examples=300, stateful_step_count=15, deadline=None)
