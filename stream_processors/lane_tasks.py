"""What a lane's owner has to do beside the live input, and what of the lane each task is about. Pure.

Every task is done once in every lane: its progress stands in the lane's holders partition. None ever decides a version that is
not the last one that the lane's holders know.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from schemas.records import Record
from stream_processors.control_commands import ALL, FAULTS, Cut, LaneCommand
from stream_processors.emergency_targets import tokens_of
from stream_processors.messages import Input
from stream_processors.rulebook import GrantBook
from stream_processors.tokens import Tokens

RUNNING, DONE = "RUNNING", "DONE"
"""States of a task in a lane."""

_CUT_VERBS = frozenset(("RESUME",))
"""Verbs that answer cut sequences with VOID."""

REPLAY_RATE = 50
"""Records a second that one process replays where the command says nothing. At 100 a second beside 100 live events the slowest
hundredth took up to 2.4 times as long on a busy machine of two cores; at most twice is wanted."""

RESEND_RATE = 400
"""Numbers a second that one process sends again for one agency."""


class Does(StrEnum):
    """What a task does with a lane."""

    DECIDE = "DECIDE"
    """Decides again what is in `standard`."""
    REVISE = "REVISE"
    """As DECIDE, but for those alone who hold the record: it never shares."""
    REPLAY = "REPLAY"
    """As DECIDE, and what is held unchanged is delivered once more."""
    RECONSIDER = "RECONSIDER"
    """Goes through what is held, by the attributes in holders: takes back what is no longer permitted."""
    END = "END"
    """Takes back what is held under an emergency grant that is over."""
    EXPIRE = "EXPIRE"
    """Takes back what is held past its review date."""
    FORGET = "FORGET"
    """Takes away how far tasks were that are over."""
    VOID = "VOID"
    """Answers the cuts with VOID, and decides nothing."""
    RESEND = "RESEND"
    """Sends the numbers in the cuts again, or VOID under them."""


OF_LANE = frozenset((Does.RECONSIDER, Does.END, Does.EXPIRE, Does.FORGET))
"""What goes by the lane's holders, and needs no end in `standard`. It shares nothing: a try cut off has shown nothing."""


@dataclass(frozen=True)
class Scope:
    """The feeds that a decision made again is about. Others keep what they hold, and get nothing."""

    subject: str = ALL
    only: frozenset[str] | None = None
    """Feeds and emergency grants that may be meant at all; None: whichever."""

    def covers(self, feed: str) -> bool:
        """Whether `feed` (agency and feed, as in the topic name) is meant."""
        return (self.only is None or feed in self.only) and self._names(feed)

    def _names(self, feed: str) -> bool:
        kind, _, name = self.subject.partition("/")
        if kind == "feed":
            return feed == name
        if kind == "agency":
            return feed.partition(".")[0] == name
        return kind != "grant"

    def covers_grant(self, grant: str, feed: str) -> bool:
        """Whether what is shared under an emergency grant in this feed is meant."""
        kind, _, name = self.subject.partition("/")
        return (self.only is None or grant in self.only) and (name == grant if kind == "grant" else self._names(feed))

    @property
    def is_whole(self) -> bool:
        """Whether every feed is meant."""
        return self.only is None and self.subject.partition("/")[0] not in ("feed", "agency", "grant")


@dataclass(frozen=True)
class Task:
    """One command as a lane's owner sees it."""

    id: str
    subject: str
    since_ms: int | None = None
    cuts: tuple[Cut, ...] = ()
    """Numbers of deliveries that were deleted, or that are asked for again."""
    does: Does = Does.DECIDE
    target: tuple[str, str] | None = None
    """What an emergency grant names: RECORD, PERSON or PLACE, and its token."""
    ends: str = ""
    """The emergency grant that is over: who holds under it is told."""
    expires: str = ""
    """A day, YYYY-MM-DD: what is held of records whose review date is before it is withdrawn."""
    over: frozenset[str] = frozenset()
    """Commands that are not carried out any more."""
    until_ms: int | None = None
    rate: int = 0
    """Records a second, by one process; 0: as fast as pieces go."""
    pace: str = ""
    """Tasks of one name share their rate."""

    @property
    def deleted(self) -> tuple[Cut, ...]:
        """Numbers whose deliveries nobody has received: who holds one gets it under a new one."""
        return () if self.does is Does.RESEND else self.cuts

    def concerns(self, lane: int) -> bool:
        """Whether there is anything to do in this lane."""
        return self.does is not Does.RESEND or any(cut.lane == lane for cut in self.cuts)

    def scope_of(self, held: frozenset[str]) -> Scope:
        """What a decision on a record is about that is `held` by these feeds and grants."""
        return Scope(self.subject, held if self.does is Does.REVISE else None)

    def may_want(self, message: Input, tokens: Tokens) -> bool:
        """Whether the message may be of this task: told without reading its value."""
        if self.since_ms is not None and message.timestamp_ms < self.since_ms:
            return False
        if self.until_ms is not None and message.timestamp_ms >= self.until_ms:
            return False
        kind, _, name = self.subject.partition("/")
        if self.target is not None and self.target[0] == "RECORD":
            kind, name = "record", self.target[1]
        return kind != "record" or tokens.ledger_record((message.key or b"").decode(errors="replace")) == name

    def is_about(self, event: Record, holders: Record, tokens: Tokens) -> bool:
        """Whether the event's record is meant."""
        kind, _, name = self.subject.partition("/")
        if self.does is Does.REVISE:
            return any(each["state"] == "HELD" for each in holders["holdings"])
        if self.target is not None:
            return self.target in tokens_of(event, tokens) or any(each["grant"] == name for each in holders["holdings"])
        if kind == "force":
            return bool(event["envelope"]["force"] == name)
        return bool(holders["faulted"]) if kind == FAULTS else True

    def voids(self, lane: int, last: Mapping[str, int]) -> list[tuple[str, int]]:
        """Feed and number of each cut sequence of a lane, in order. `last` has the last number sent by feed: above it no
        number was used yet, and one that is void may never be used."""
        found = []
        for cut in self.cuts:
            if cut.lane == lane:
                highest = min(cut.last, last.get(cut.feed, 0))
                found += [(cut.feed, number) for number in range(max(1, cut.first), highest + 1)]
        return found

    def numbers(self, lane: int, after: int, last: int) -> Iterator[int]:
        """The numbers of the cuts in this lane, each once, rising, from behind `after` on; none above `last`, the last sent."""
        reached = after
        for cut in sorted((cut for cut in self.cuts if cut.lane == lane), key=lambda cut: (cut.first, cut.last)):
            first, reached = max(cut.first, reached + 1), max(reached, min(cut.last, last))
            yield from range(first, reached + 1)


def tasks_of(commands: Iterable[LaneCommand], standing: Collection[str] = ()) -> tuple[Task, ...]:
    """The tasks of these commands, the oldest first; what answers with VOID before all, then what takes away. A command of a
    verb that is not known is none. What stands suspended (`standing`) is not decided again yet, but its numbers are answered:
    before it is resumed, so that nothing new comes before the answer, which would look like a gap."""
    known = sorted((command for command in commands if command.is_known), key=lambda command: (command.at_ms, command.id))
    resuming = [command for command in known if command.verb in _CUT_VERBS]
    voids = [Task(f"{each.id}/void", each.subject, cuts=each.cuts, does=Does.VOID) for each in resuming if each.cuts]
    taking = [Task(f"{each.id}/held", each.subject, does=Does.RECONSIDER) for each in known if each.verb == "RETROACT"]
    sweeps = [
        _sweep(each, each.cuts if each in resuming else ())
        for each in known
        if not (each in resuming and _waits(each, standing))
    ]
    return (*voids, *taking, *sweeps)


def _sweep(command: LaneCommand, cuts: tuple[Cut, ...]) -> Task:
    """What a command wants of `standard`."""
    if command.verb == "REPLAY":
        times, rate = (command.since_ms, command.until_ms), command.rate or REPLAY_RATE
        return Task(command.id, command.subject, times[0], does=Does.REPLAY, until_ms=times[1], rate=rate, pace=command.id)
    does = Does.REVISE if command.verb == "RETROACT" else Does.DECIDE
    return Task(command.id, command.subject, command.since_ms, cuts, does)


def task_of_request(request: LaneCommand, agency: str) -> Task:
    """The task of an agency's request to send numbers again."""
    name = f"resend/{agency}"
    return Task(f"resend/{request.id}", request.subject, cuts=request.cuts, does=Does.RESEND, rate=RESEND_RATE, pace=name)


def _waits(command: LaneCommand, standing: Collection[str]) -> bool:
    kind, _, name = command.subject.partition("/")
    return command.subject in standing or (kind == "feed" and f"agency/{name.partition('.')[0]}" in standing)


def tasks_of_grants(grants: Iterable[GrantBook], now_ms: int) -> tuple[Task, ...]:
    """A grant that holds is to be carried out on what is in `standard` already; one that is over, on what is held under it."""
    made: list[Task] = []
    ended: list[Task] = []
    for grant in sorted(grants, key=lambda grant: (grant.at_ms, grant.id)):
        subject = f"grant/{grant.id}"
        if grant.is_running(now_ms):
            made.append(Task(grant.id, subject, target=(grant.target, grant.token)))
        elif grant.at_ms <= now_ms:
            ended.append(Task(f"{grant.id}/end", subject, ends=grant.id, does=Does.END))
    return (*ended, *made)


def is_last_version(event: Record, holders: Record) -> bool:
    """Whether the event is the very last version that the lane knows of its record: no other is ever decided again."""
    envelope = event["envelope"]
    return bool(holders["version"] == envelope["version"] and holders["event_id"] == envelope["event_id"])


def begin(task: Task, lane: int, until: int, now_ms: int) -> Record:
    """The progress of a task that was not begun in this lane. Whatever is behind `until` is decided live, under rules that
    are no older than the command."""
    return {
        "command": task.id,
        "lane": lane,
        "state": RUNNING,
        "next": 0,
        "until": until,
        "cursor": "",
        "voided": 0,
        "decided": 0,
        "released": 0,
        "at": now_ms,
    }
