"""Suspend and resume an agency, a feed or a force, step by step; each may be run again after a crash at any line.

Suspending: deny the feeds, say so on control, then delete what is undelivered. Resuming: the other way round, so that a crash
leaves less readable than wanted, never more. Source of the order: measured; taking the permission stops a reader within ms.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from deploy.access_rules import feed_denial
from deploy.acl_changes import create_acls, delete_acls, wait_for_answers
from deploy.control_desk import STAND_SECONDS, ControlDesk
from deploy.provision_read import ANSWER_SECONDS, kafka_errors
from deploy.undelivered import read_undelivered
from schemas.codes import Code
from schemas.errors import NotReady, Refused
from schemas.records import Record
from stream_processors.control_commands import LANE_COMMAND, Cut, LaneCommand, publish_command
from stream_processors.control_suspensions import RESUMED, SUSPENDED, SUSPENSION, join_cuts, suspension_key
from stream_processors.outputs import RECALL, Outputs

Progress = Callable[[str, int], None]
"""Told what has been done, and how many of it."""


class Feed(NamedTuple):
    """One feed of one agency."""

    agency: str
    name: str

    @property
    def id(self) -> str:
        """Agency and feed, as on control."""
        return f"{self.agency}.{self.name}"


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
    feeds = find_feeds(desk, subject)
    with kafka_errors():
        create_acls(desk.admin, [feed_denial(feed.agency, desk.topics.feed(*feed)) for feed in feeds])
    # A crash here leaves the feed unread while the hub still writes to it: `provision` keeps a denial, and what is written
    # is deleted when this command is run again, or by `resume`.
    progress("feeds denied to their agency", len(feeds))
    said = desk.read().suspensions.said.get(subject)
    if said is None or said["state"] == RESUMED or not said["by"]:
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
    feeds = find_feeds(desk, subject)
    suspensions = desk.read().suspensions
    said = suspensions.said.get(subject)
    others = suspensions.standing - {subject}
    if said is not None and said["state"] != RESUMED:
        said = _cut_off(desk, feeds, said, progress)  # a batch that was under way when it was suspended may stand there
        cut = _hand_over(desk, [suspensions.said[name] for name in sorted(others)], said["cut"])
        _command(desk, said, cut, word)
        # A crash here leaves a command that waits for its subject: run again, the same one is written under the same id.
        progress("decide again: command on control", 1)
        _say(desk, _record(subject, RESUMED, word, []))
        # A crash here leaves the feeds denied: run again, or nobody reads them.
        progress("suspension lifted on control", 1)
    free = [feed for feed in feeds if not _covers(feed, others)]
    with kafka_errors():
        delete_acls(desk.admin, [feed_denial(feed.agency, desk.topics.feed(*feed)) for feed in free])
    progress("feeds open to their agency", len(free))


def find_feeds(desk: ControlDesk, subject: str) -> list[Feed]:
    """The feeds that a subject names: those that have a topic; none for a force. Raises Refused (PD-440), NotReady."""
    kind, _, name = subject.partition("/")
    agency, _, feed = name.partition(".")
    topics = desk.topics
    with kafka_errors():
        there = desk.admin.list_topics(timeout=ANSWER_SECONDS).topics
    try:
        if kind == "force":
            found, is_there = [], topics.submission(name) in there
        elif kind == "feed":
            found, is_there = [Feed(agency, feed)], topics.feed(agency, feed) in there
        else:
            head = topics.feeds_of(name)
            found = [Feed(name, topic.removeprefix(head)) for topic in sorted(there) if topic.startswith(head)]
            is_there = bool(found)
    except ValueError:
        is_there = False
    if not is_there:
        raise Refused(Code.NO_SUCH_SUBJECT, kind)
    return found


def _covers(feed: Feed, standing: frozenset[str]) -> bool:
    return f"agency/{feed.agency}" in standing or f"feed/{feed.id}" in standing


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
        own = frozenset((other["subject"],))
        theirs = [cut for cut in left if _covers(Feed(*cut["feed"].split(".", 1)), own)]
        if theirs:
            _say(desk, other | {"cut": join_cuts([*other["cut"], *theirs])})
            left = [cut for cut in left if cut not in theirs]
    return left


def _command(desk: ControlDesk, said: Record, cuts: Sequence[Record], word: Word) -> None:
    """The command to the lanes' owners. Its id is the suspension's own: written twice, it is one."""
    control, text = desk.topics.control, f"{said['subject']}\0{said['at'].isoformat()}"
    name = hashlib.sha256(text.encode()).hexdigest()[:32]
    cut = tuple(Cut(**each) for each in cuts)
    command = LaneCommand(name, "RESUME", said["subject"], word.by, word.reason, word.at_ms, cuts=cut)
    publish_command(desk.producer, control, {LANE_COMMAND: desk.schema_id(control, LANE_COMMAND)}, command)


def _record(subject: str, state: str, word: Word, cut: Sequence[Record]) -> Record:
    said = {"subject": subject, "state": state, "by": word.by, "reason": word.reason, "cut": list(cut)}
    return said | {"at": datetime.fromtimestamp(word.at_ms / 1000, UTC)}


def _say(desk: ControlDesk, said: Record) -> None:
    desk.write(desk.topics.control, SUSPENSION, suspension_key(said["subject"]), said)
