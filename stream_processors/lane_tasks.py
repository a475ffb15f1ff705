"""What a lane's owner has to do beside the live input, and what of the lane each task is about. Pure.

Every task is done once in every lane: its progress stands in the lane's holders partition. None ever decides a version that is
not the last one that the lane's holders know.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Scope:
    """The feeds that a decision made again is about. Others keep what they hold, and get nothing."""

    subject: str = ALL

    def covers(self, feed: str) -> bool:
        """Whether `feed` (agency and feed, as in the topic name) is meant."""
        kind, _, name = self.subject.partition("/")
        if kind == "feed":
            return feed == name
        if kind == "agency":
            return feed.partition(".")[0] == name
        return kind != "grant"

    def covers_grant(self, grant: str, feed: str) -> bool:
        """Whether what is shared under an emergency grant in this feed is meant."""
        kind, _, name = self.subject.partition("/")
        return name == grant if kind == "grant" else self.covers(feed)

    @property
    def is_whole(self) -> bool:
        """Whether every feed is meant."""
        return self.subject.partition("/")[0] not in ("feed", "agency", "grant")


@dataclass(frozen=True)
class Task:
    """One command as a lane's owner sees it."""

    id: str
    subject: str
    since_ms: int | None = None
    cuts: tuple[Cut, ...] = ()
    """Numbers whose deliveries were deleted: who holds one of them has not received it."""
    only_voids: bool = False
    """Answers the cuts with VOID, and decides nothing."""
    target: tuple[str, str] | None = None
    """What an emergency grant names: RECORD, PERSON or PLACE, and its token."""
    ends: str = ""
    """The emergency grant that is over: who holds under it is told. Goes through holders, not through `standard`."""
    expires: str = ""
    """A day, YYYY-MM-DD: what is held of records whose review date is before it is withdrawn. Goes through holders."""

    @property
    def scope(self) -> Scope:
        """What a decision for this task is about."""
        return Scope(self.subject)

    def may_want(self, message: Input, tokens: Tokens) -> bool:
        """Whether the message may be of this task: told without reading its value."""
        if self.since_ms is not None and message.timestamp_ms < self.since_ms:
            return False
        kind, _, name = self.subject.partition("/")
        if self.target is not None and self.target[0] == "RECORD":
            kind, name = "record", self.target[1]
        return kind != "record" or tokens.ledger_record((message.key or b"").decode(errors="replace")) == name

    def is_about(self, event: Record, holders: Record, tokens: Tokens) -> bool:
        """Whether the event's record is meant."""
        kind, _, name = self.subject.partition("/")
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


def tasks_of(commands: Iterable[LaneCommand], standing: Collection[str] = ()) -> tuple[Task, ...]:
    """The tasks of these commands, the oldest first; what answers with VOID before all. A command of a verb that is not known
    is none. What stands suspended (`standing`) is not decided again yet, but its numbers are answered: before it is resumed,
    so that nothing new comes before the answer, which would look like a gap."""
    known = sorted((command for command in commands if command.is_known), key=lambda command: (command.at_ms, command.id))
    resuming = [command for command in known if command.verb in _CUT_VERBS]
    voids = [Task(f"{each.id}/void", each.subject, cuts=each.cuts, only_voids=True) for each in resuming if each.cuts]
    sweeps = [
        Task(each.id, each.subject, each.since_ms, each.cuts if each in resuming else ())
        for each in known
        if not (each in resuming and _waits(each, standing))
    ]
    return (*voids, *sweeps)


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
            ended.append(Task(f"{grant.id}/end", subject, ends=grant.id))
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
