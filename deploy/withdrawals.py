"""What is to be carried out by a deadline and is not yet: by agency, with ages, and what can't be delivered."""

from collections.abc import Iterable
from dataclasses import dataclass

from confluent_kafka import ConsumerGroupState, KafkaException

from deploy.control_desk import ControlDesk
from deploy.kafka_faults import ANSWER_SECONDS, kafka_errors
from schemas.records import Record
from stream_processors.acknowledgements import Acknowledgements
from stream_processors.awaiting import is_overdue
from stream_processors.receipt_spans import DONE, state_at
from stream_processors.suspended import is_stopped


@dataclass(frozen=True)
class Withdrawal:
    """One delivery that is awaited. Times in ISO 8601 and hours."""

    agency: str
    feed: str
    token: str
    """The start of the token under which the agency has the record."""
    action: str
    """WITHDRAW, or UPDATE: one that takes fields away."""
    sent_by: str
    """feed, or recall where the feed was stopped."""
    state: str
    """SENT (no receipt), RECEIVED or REJECTED."""
    age_hours: float
    deadline: str
    is_overdue: bool
    obstacle: str
    """Why it can't be delivered; empty: it can."""


@dataclass(frozen=True)
class Ways:
    """How agencies can be reached now."""

    suspended: frozenset[str]
    """Subjects that stand suspended."""
    feeds: frozenset[str]
    """Feeds of the rules in force."""
    topics: frozenset[str]
    """Topics that are there."""

    def obstacle(self, record: Record, topic: str, recall_topic: str) -> str:
        """Why this one does not reach its agency; empty: it does."""
        agency, _, name = record["feed"].partition(".")
        if record["channel"] == "RECALL":
            return "" if recall_topic in self.topics else "the agency has no recall topic"
        if topic not in self.topics:
            return "the feed's topic is gone"
        if is_stopped(agency, name, self.suspended):
            return "the feed is suspended"
        return "" if record["feed"] in self.feeds else "the feed has no agreement in force"


def find_ways(desk: ControlDesk, feeds: Iterable[str]) -> Ways:
    """As it stands now; `feeds` are those of the rules in force. Raises NotReady."""
    with kafka_errors():
        topics = frozenset(desk.admin.list_topics(timeout=ANSWER_SECONDS).topics)
    return Ways(desk.read().suspensions.standing, frozenset(feeds), topics)


def list_withdrawals(desk: ControlDesk, known: Acknowledgements, ways: Ways, now_ms: int) -> list[Withdrawal]:
    """Everything awaited, the next deadline first."""
    found = [_row(desk, record, known, ways, now_ms) for record in known.awaited() if record["state"] != DONE]
    return sorted(found, key=lambda each: (each.deadline, each.agency, each.feed, each.token))


def is_running(desk: ControlDesk) -> bool:
    """Whether a process of `acknowledge` is in its group: without one what is told here is old."""
    group = desk.topics.group("acknowledge")
    try:
        [answer] = desk.admin.describe_consumer_groups([group], request_timeout=ANSWER_SECONDS).values()
        return bool(answer.result().state not in (ConsumerGroupState.EMPTY, ConsumerGroupState.DEAD))
    except KafkaException:
        return False


def _row(desk: ControlDesk, record: Record, known: Acknowledgements, ways: Ways, now_ms: int) -> Withdrawal:
    agency, _, name = record["feed"].partition(".")
    state = record["state"]
    if record["channel"] == "FEED":
        state = state_at(known.spans(record["feed"], record["lane"]), record["sequence"]) or state
    return Withdrawal(
        agency=agency,
        feed=record["feed"],
        token=record["token"][:12],
        action=record["action"],
        sent_by=record["channel"].lower(),
        state=state,
        age_hours=round((now_ms - record["decided_at"]) / 3_600_000, 1),
        deadline=record["deadline"],
        is_overdue=is_overdue(record, now_ms),
        obstacle=ways.obstacle(record, desk.topics.feed(agency, name), desk.topics.recall(agency)),
    )
