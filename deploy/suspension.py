"""Suspend and resume an agency, a feed or a force, step by step; each may be run again after a crash at any line.

Suspending: deny the feeds, say so on control, then delete what is undelivered. Resuming: the other way round, so that a crash
leaves less readable than wanted, never more. Source of the order: measured; taking the permission stops a reader within ms.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from deploy.acl_changes import delete_acls, wait_for_answers
from deploy.control_desk import STAND_SECONDS, ControlDesk
from deploy.feed_denials import Feed, denial_of, deny_feeds, find_feeds
from deploy.kafka_faults import ANSWER_SECONDS, kafka_errors
from deploy.undelivered import read_undelivered
from schemas.codes import Code
from schemas.errors import NotReady
from schemas.records import Record
from stream_processors.control_commands import LANE_COMMAND, Cut, LaneCommand, publish_command
from stream_processors.control_suspensions import RESUMED, SUSPENDED, SUSPENSION, join_cuts, suspension_key
from stream_processors.outputs import RECALL, Outputs
from stream_processors.suspended import is_stopped

Progress = Callable[[str, int], None]
"""Told what has been done, and how many of it."""


VOIDS_SECONDS = 30.0
"""How long `resume` waits for the lanes' owners: they answer 200 numbers at a time, between live batches."""


@dataclass(frozen=True)
class Word:
    """Who says so, why, and when (UTC milliseconds)."""

    by: str
    reason: str
    at_ms: int


def suspend(desk: ControlDesk, subject: str, word: Word, progress: Progress) -> None:
    """Stop the subject. Again: changes nothing, but finishes what a crash has left.

    Raises Refused (PD-440), NotReady (PD-411, PD-414, PD-415), Misconfigured (PD-404, PD-421).
    """
    feeds = deny_feeds(desk.admin, desk.topics, subject)
    progress("feeds denied to their agency", len(feeds))
    put_in_force(desk, subject, feeds, word, progress)


def put_in_force(desk: ControlDesk, subject: str, feeds: Sequence[Feed], word: Word, progress: Progress) -> None:
    """Behind `deny_feeds`: say on control that the subject is stopped, and delete what is undelivered. Raises as `suspend`."""
    state = desk.read()
    said = state.suspensions.said.get(subject)
    # A `resume` that did not come to its end has had numbers answered that are deleted now: they are answered once more
    # when this, as a new suspension, is lifted.
    is_half_resumed = said is not None and _command_id(said) in state.commands.by_id
    if said is None or said["state"] == RESUMED or not said["by"] or is_half_resumed:
        cut = said["cut"] if said is not None and said["state"] != RESUMED else []
        said = _record(subject, SUSPENDED, word, cut)
        _say(desk, said)
    # A crash here leaves the subject stopped, with old deliveries in a topic that nobody may read.
    progress("suspension in force on control", 1)
    _cut_off(desk, feeds, said, progress)


def resume(desk: ControlDesk, subject: str, word: Word, progress: Progress) -> None:
    """Let the subject go on: what was cut and what came meanwhile is decided again under today's rules, by the lanes' owners.

    A feed that stands suspended by another word stays so, and keeps what was cut of it. Raises as `suspend`.
    """
    feeds = find_feeds(desk.admin, desk.topics, subject)
    state = desk.read()
    suspensions = state.suspensions
    said = suspensions.said.get(subject)
    others = suspensions.standing - {subject}
    if said is not None and said["state"] != RESUMED:
        command = state.commands.by_id.get(_command_id(said))
        if command is None:
            said = _cut_off(desk, feeds, said, progress)  # a batch that was under way when it was suspended may stand there
            cut = _hand_over(desk, [suspensions.said[name] for name in sorted(others)], said["cut"])
            command = _command(desk, said, cut, word)
        # A crash from here on leaves a command whose sweep waits for its subject; its numbers are answered meanwhile.
        progress("decide again: command on control", 1)
        progress("cut numbers not answered yet", _wait_for_voids(desk, command))
        _say(desk, _record(subject, RESUMED, word, []))
        # A crash here leaves the feeds denied: run again, or nobody reads them.
        progress("suspension lifted on control", 1)
    free = [feed for feed in feeds if not is_stopped(*feed, others)]
    with kafka_errors():
        delete_acls(desk.admin, [denial_of(desk.topics, feed) for feed in free])
    progress("feeds open to their agency", len(free))


def _cut_off(desk: ControlDesk, feeds: Sequence[Feed], said: Record, progress: Progress) -> Record:
    """Delete what is undelivered; gives the word with its sequence numbers.

    Withdrawals first go by recall, then the numbers stand on control, and only then is anything deleted: a crash between
    repeats the same recalls and the same numbers.
    """
    found = [read_undelivered(desk, feed.agency, feed.name) for feed in feeds]
    recalls = [recall for each in found for recall in each.recalls]
    if recalls:
        topic = desk.topics.recall(recalls[0].agency)
        outputs, producer = Outputs(desk.topics, {RECALL: desk.schema_id(topic, RECALL)}), desk.producer
        for message in map(outputs.recall, recalls):
            at_ms = message.timestamp_ms or 0
            producer.produce(message.topic, message.value, message.key, headers=dict(message.headers), timestamp=at_ms)
        if producer.flush(STAND_SECONDS):
            raise NotReady(Code.BROKER_AWAY)
    if feeds:
        progress("undelivered withdrawals sent by recall", len(recalls))
    cut = join_cuts([*said["cut"], *(cut for each in found for cut in each.cuts)])
    if cut != said["cut"]:
        said = said | {"cut": cut}
        _say(desk, said)
    behind = [part for each in found for part in each.behind if part.offset > 0]
    with kafka_errors():
        wait_for_answers(desk.admin.delete_records(behind, request_timeout=ANSWER_SECONDS) if behind else {})
    if feeds:
        progress("undelivered deliveries deleted", sum(each.count for each in found))
    return said


def _hand_over(desk: ControlDesk, others: Sequence[Record], cuts: Sequence[Record]) -> list[Record]:
    """What was cut of feeds that no other word stops. The rest stands with the other word from now on.

    A crash behind this leaves the same numbers with both: they are answered twice, which a subscriber takes as repeats.
    """
    left = list(cuts)
    for other in others:
        theirs = [cut for cut in left if is_stopped(*_parts(cut["feed"]), (other["subject"],))]
        if theirs:
            _say(desk, other | {"cut": join_cuts([*other["cut"], *theirs])})
            left = [cut for cut in left if cut not in theirs]
    return left


def _parts(feed: str) -> Feed:
    agency, _, name = feed.partition(".")
    return Feed(agency, name)


def _command_id(said: Record) -> str:
    """The suspension's own: a command that is written twice is one."""
    return hashlib.sha256(f"{said['subject']}\0{said['at'].isoformat()}".encode()).hexdigest()[:32]


def _command(desk: ControlDesk, said: Record, cuts: Sequence[Record], word: Word) -> LaneCommand:
    """Tell the lanes' owners to answer what was cut, and to decide again once the subject is free."""
    topic, cut = desk.topics.control, tuple(Cut(**each) for each in cuts)
    command = LaneCommand(_command_id(said), "RESUME", said["subject"], word.by, word.reason, word.at_ms, cuts=cut)
    publish_command(desk.producer, topic, {LANE_COMMAND: desk.schema_id(topic, LANE_COMMAND)}, command)
    return command


def _wait_for_voids(desk: ControlDesk, command: LaneCommand) -> int:
    """How many cut numbers their lanes have not answered with VOID after a while: with no disseminate running, all of them.

    What comes before its answer looks like a gap to a subscriber, until the answer fills it: untidy, never wrong.
    """
    wanted = {(cut.feed, cut.lane, number) for cut in command.cuts for number in range(cut.first, cut.last + 1)}
    deadline = time.monotonic() + VOIDS_SECONDS
    while wanted:
        for feed in sorted({feed for feed, _, _ in wanted}):
            wanted -= {(feed, lane, number) for lane, number in read_undelivered(desk, *_parts(feed)).voids}
        if wanted and time.monotonic() > deadline:
            break
    return len(wanted)


def _record(subject: str, state: str, word: Word, cut: Sequence[Record]) -> Record:
    said = {"subject": subject, "state": state, "by": word.by, "reason": word.reason, "cut": list(cut)}
    return said | {"at": datetime.fromtimestamp(word.at_ms / 1000, UTC)}


def _say(desk: ControlDesk, said: Record) -> None:
    desk.write(desk.topics.control, SUSPENSION, suspension_key(said["subject"]), said)
