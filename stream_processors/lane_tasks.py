"""What a lane's owner has to do beside the live input, and what of the lane each task is about. Pure.

Every task is done once in every lane: its progress stands in the lane's holders partition. None ever decides a version that is
not the last one that the lane's holders know.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas.records import Record
from stream_processors.control_commands import ALL, FAULTS, Cut, LaneCommand
from stream_processors.messages import Input
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
        return feed.partition(".")[0] == name if kind == "agency" else True

    @property
    def is_whole(self) -> bool:
        """Whether every feed is meant."""
        return self.subject.partition("/")[0] not in ("feed", "agency")


@dataclass(frozen=True)
class Task:
    """One command as a lane's owner sees it."""

    id: str
    subject: str
    since_ms: int | None = None
    cuts: tuple[Cut, ...] = ()

    @property
    def scope(self) -> Scope:
        """What a decision for this task is about."""
        return Scope(self.subject)

    def may_want(self, message: Input, tokens: Tokens) -> bool:
        """Whether the message may be of this task: told without reading its value."""
        if self.since_ms is not None and message.timestamp_ms < self.since_ms:
            return False
        kind, _, name = self.subject.partition("/")
        return kind != "record" or tokens.ledger_record((message.key or b"").decode(errors="replace")) == name

    def wants(self, event: Record, holders: Record | None) -> bool:
        """Whether the event is of this task, and the last version that the lane knows of its record."""
        envelope = event["envelope"]
        if holders is None or (holders["version"], holders["event_id"]) != (envelope["version"], envelope["event_id"]):
            return False
        kind, _, name = self.subject.partition("/")
        if kind == "force":
            return bool(envelope["force"] == name)
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


def tasks_of(commands: Iterable[LaneCommand]) -> tuple[Task, ...]:
    """The tasks of these commands, the oldest first. A command of a verb that is not known is none."""
    known = sorted((command for command in commands if command.is_known), key=lambda command: (command.at_ms, command.id))
    return tuple(
        Task(command.id, command.subject, command.since_ms, command.cuts if command.verb in _CUT_VERBS else ())
        for command in known
    )


def begin(task: Task, lane: int, until: int, now_ms: int) -> Record:
    """The progress of a task that was not begun in this lane. Whatever is behind `until` is decided live, under rules that
    are no older than the command."""
    return {
        "command": task.id,
        "lane": lane,
        "state": RUNNING,
        "next": 0,
        "until": until,
        "voided": 0,
        "decided": 0,
        "released": 0,
        "at": now_ms,
    }
