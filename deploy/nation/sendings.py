"""The rows that one version of a record becomes: as it should be, broken and mended, sent again, too late, contradicted."""

import random
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

from deploy.nation.calendar import MINUTE_MS, local_day
from deploy.nation.fault import DOOR, FLAG, OUTBOX, Fault
from deploy.nation.faults import flags_of, spoil_body, spoil_line, spoil_submission
from deploy.nation.faults_rota import FaultRota
from deploy.nation.habits import Habit
from deploy.nation.lives import KIND_OF_LIFE, Step
from deploy.nation.messages import StockMessage, write_message
from deploy.nation.render import Relation, render
from deploy.nation.render_persons import Mentions
from deploy.nation.scene import Scene
from schemas.codes import Code
from schemas.identity import record_id
from schemas.kinds import KINDS
from schemas.records import Record, encode

_RESENT, _OVERTAKEN, _CONTRADICTED = 0.03, 0.012, 0.004
"""Shares of the versions that are sent again; and, past the outbox, that the next version overtakes, or that come twice with
different content.
"""
_MENDED = 0.8
"""Share of the refused rows that are mended and sent again."""
_PATCHED = frozenset(("FILED", "IN_COURT"))
"""States of a crime that change its outcome and nothing else."""


class Row(NamedTuple):
    """One row of a force's file, with its end of line, and what it is expected to come to."""

    content: bytes
    outcome: str
    """NEW, RESEND, STALE, CONFLICT, REFUSED or DEAD."""
    code: Code | None
    flags: tuple[Code, ...]


@dataclass(slots=True, eq=False)
class Life:
    """A record's life, between two steps."""

    name: str
    scene: Scene
    reference: str
    """The force's own reference of the record."""
    record: str = ""
    """The record id."""
    step: Step | None = None
    """The step that is due next."""
    version: int = 0
    """Full versions so far: as the outbox counts them, or as the stock client gives them."""
    not_before_ms: int = 0
    """Earliest time of anything further: a silent force has rows of this record waiting until then."""
    is_late: bool = False
    """Whether the first version will reach the hub hours after it was recorded."""
    is_behind: bool = False
    """Whether the hub may not have the last version as the scene was: then the next one is sent whole."""
    sent: tuple[object, ...] = ()
    """What stood in the last version beside the outcome: see `_beside_outcome`."""
    overtaken: "Sending | None" = None
    """A version that will be sent behind the next one."""


@dataclass(slots=True, eq=False)
class Sending:
    """One row that will be sent."""

    life: Life
    content: bytes
    outcome: str
    version: int = 0
    code: Code | None = None
    flags: tuple[Code, ...] = ()
    mentions: Mentions = field(default_factory=list)
    hides: str = ""
    """What a fault hides of the record from the hub: `Fault.hides`."""


class Writer:
    """Writes one force's rows."""

    def __init__(self, habit: Habit, relation: Relation, chance: random.Random) -> None:
        self.route = habit.route
        self._habit = habit
        self._relation = relation
        self._chance = chance
        self._faults = FaultRota(habit.force)

    def reference(self, scene: Scene) -> str:
        """The force's own reference of a new record."""
        return self._habit.reference(scene.kind, scene.number, local_day(scene.recorded_ms))

    def write(self, life: Life, at_ms: int, fault_rate: float) -> list[tuple[int, Sending]]:
        """The rows of the life's present version, each with its time; the first at `at_ms`, each later than the one before."""
        life.record = life.record or record_id(self._habit.force, self._habit.source_system, life.reference)
        chance, kind = self._chance, KIND_OF_LIFE[life.name]
        is_stock = self.route != OUTBOX
        life.version += is_stock
        submission, mentions = render(life.scene, self._habit, self._relation, life.reference, life.version if is_stock else 0)
        flags = flags_of(None, kind, submission)
        if self._habit.patches and life.name == "crime" and self._is_patch(life):
            submission, mentions = _patch(submission), []
        fault = self._faults.choose(kind, submission, chance) if chance.random() < fault_rate else None
        if fault is None:
            sendings = self._accepted(
                life, kind, Sending(life, b"", "NEW", life.version, None, flags, mentions), submission, at_ms
            )
        elif fault.stage == FLAG:
            spoilt = spoil_submission(fault, kind, submission, chance)
            new = Sending(
                life, b"", "NEW", life.version, None, flags_of(fault, kind, spoilt), still_told(mentions, spoilt), fault.hides
            )
            sendings = self._accepted(life, kind, new, spoilt, at_ms)
        else:
            sendings = self._refused(
                life, kind, submission, Sending(life, b"", "NEW", life.version, None, flags, mentions), fault, at_ms
            )
        life.is_behind = fault is not None
        return self._with_overtaken(life, sendings)

    def _with_overtaken(self, life: Life, sendings: list[tuple[int, Sending]]) -> list[tuple[int, Sending]]:
        """A version that was held back comes behind the next one that the hub takes."""
        last = sendings[-1] if sendings else None
        if life.overtaken is not None and last is not None and last[1].outcome in ("NEW", "RESEND", "CONFLICT"):
            sendings.append((last[0] + 30_000, life.overtaken))
            life.overtaken = None
        return sendings

    def _is_patch(self, life: Life) -> bool:
        """Only where the hub has the last version as it was, and nothing has changed since but the outcome."""
        sent, life.sent = life.sent, _beside_outcome(life.scene)
        return life.scene.state in _PATCHED and life.version > 0 and not life.is_behind and life.sent == sent

    def _accepted(self, life: Life, kind: str, sending: Sending, submission: Record, at_ms: int) -> list[tuple[int, Sending]]:
        """A version that the hub will take; maybe again, or with a contradiction behind it."""
        chance = self._chance
        sending.content = self._content(life, kind, submission)
        drawn, again = chance.random(), at_ms + 1000 * int(5 + 50 * chance.random())
        if self.route != OUTBOX and drawn > 1 - _OVERTAKEN and life.step is not None and life.overtaken is None:
            sending.outcome = "STALE"
            life.overtaken = sending
            return []
        if drawn < _RESENT:
            resent = Sending(life, sending.content, "RESEND", life.version, None, sending.flags)
            return [(at_ms, sending), (again, resent)]
        if drawn < _RESENT + _CONTRADICTED and self.route != OUTBOX:
            other = {
                **submission,
                "markers": [*submission["markers"], self._habit.marker("high-risk"), self._habit.marker("child")],
            }
            content = self._content(life, kind, other)
            return [(at_ms, sending), (again, Sending(life, content, "CONFLICT", life.version, None, sending.flags))]
        return [(at_ms, sending)]

    def _refused(
        self, life: Life, kind: str, submission: Record, whole: Sending, fault: Fault, at_ms: int
    ) -> list[tuple[int, Sending]]:
        """A row that the door or the hub refuses; mostly mended, and sent again minutes or hours later."""
        chance = self._chance
        content = self._broken(life, kind, submission, fault)
        outcome = "REFUSED" if fault.stage == DOOR else "DEAD"
        broken = Sending(life, content, outcome, life.version, fault.code)
        if chance.random() >= _MENDED:
            return [(at_ms, broken)]
        whole.content = self._content(life, kind, submission)
        return [(at_ms, broken), (at_ms + MINUTE_MS * int(2 + 200 * chance.random() * chance.random()), whole)]

    def _broken(self, life: Life, kind: str, submission: Record, fault: Fault) -> bytes:
        if fault.content is not None:
            return self._content(life, kind, spoil_submission(fault, kind, submission, self._chance))
        if fault.line is not None:
            return spoil_line(fault, self._content(life, kind, submission)[:-1], self._chance) + b"\n"
        name = KINDS[kind].submission
        schema, body = spoil_body(fault, name, encode(name, submission), self._chance)
        return write_message(StockMessage(self._habit.force, life.record, schema, body))

    def _content(self, life: Life, kind: str, submission: Record) -> bytes:
        if self.route == OUTBOX:
            return orjson.dumps({"kind": kind, "submission": submission}, option=orjson.OPT_APPEND_NEWLINE)
        name = KINDS[kind].submission
        return write_message(StockMessage(self._habit.force, life.record, name, encode(name, submission)))


def still_told(mentions: Mentions, spoilt: Record) -> Mentions:
    """The strings that a fault has left. One that the hub spells another way is left where the force's own spelling is."""
    text = orjson.dumps(spoilt, default=str).decode()
    left = [mention for mention in mentions if orjson.dumps(mention[0]).decode()[1:-1] in text]
    told = {mention[1:3] for mention in left}
    return [mention for mention in mentions if mention in left or (mention[3] == "national" and mention[1:3] in told)]


def _beside_outcome(scene: Scene) -> tuple[object, ...]:
    """What a patch of the outcome does not carry, and may change all the same: somebody comes of age between two versions."""
    day = local_day(scene.recorded_ms)
    return scene.markers, scene.summary, tuple((part.person.id, part.person.is_child_on(day)) for part in scene.parts)


def _patch(submission: Record) -> Record:
    """What a system sends that knows only of the new outcome."""
    outcome = {name: submission["crime"][name] for name in ("outcome", "outcome_date")}
    return {"envelope": {**submission["envelope"], "partial": True}, "crime": outcome}
