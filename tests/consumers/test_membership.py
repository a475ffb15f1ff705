from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaError, TopicPartition

from consumers.membership import Membership
from consumers.offsets import Offsets
from consumers.sequence_store import SequenceStore
from schemas.codes import Code
from schemas.errors import Misconfigured, NotReady

FEEDS = ["feed.a.one", "feed.a.two"]


class Group:
    """The broker's side of a group, as far as a member sees it: it gives and takes when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self.committed: list[tuple[str, int, int]] = []
        self.give: Callable[..., None]
        self.take: Callable[..., None]

    def subscribe(self, _feeds: list[str], on_assign: Any, on_revoke: Any, on_lost: Any) -> None:
        self.give, self.take, self.lose = on_assign, on_revoke, on_lost

    def incremental_assign(self, _parts: list[TopicPartition]) -> None:
        pass

    def commit(self, offsets: list[TopicPartition], asynchronous: bool) -> None:
        assert not asynchronous
        self.committed.extend((part.topic, part.partition, part.offset) for part in offsets)

    def incremental_unassign(self, _parts: list[TopicPartition]) -> None:
        pass


@pytest.fixture
def group() -> Group:
    return Group()


@pytest.fixture
def member(group: Group) -> Membership:
    store = SequenceStore(Path(":memory:"))
    client: Any = group
    offsets = Offsets(client, store.sync, lambda: group.now)
    made = Membership(client, offsets, store, {}, clock=lambda: group.now, from_start=False)
    made.join(FEEDS)
    return made


def _end_of(member: Membership, feed: str) -> None:
    member.note(KafkaError(KafkaError._PARTITION_EOF), feed, 0)


def _parts(*feeds: str) -> list[TopicPartition]:
    return [TopicPartition(feed, 0) for feed in feeds]


def test_idle_means_that_everything_given_is_read(group: Group, member: Membership) -> None:
    """Idle only with a place, with the end of every partition reached, and with the time passed since the last message."""
    assert not member.is_idle(0)
    group.give(None, _parts(*FEEDS))
    assert not member.is_idle(0)
    _end_of(member, FEEDS[0])
    assert not member.is_idle(0)
    _end_of(member, FEEDS[1])
    assert member.is_idle(0)
    assert not member.is_idle(5)
    group.now = 5
    assert member.is_idle(5)
    member.active(FEEDS[0], 0)
    assert not member.is_idle(0)
    group.take(None, _parts(FEEDS[0]))
    group.now = 10
    assert member.is_idle(5)


def test_a_heartbeat_puts_nothing_off(group: Group, member: Membership) -> None:
    """What is heard but is no work must be read to its end, and the time goes on as if it had not come."""
    group.give(None, _parts(*FEEDS))
    _end_of(member, FEEDS[0])
    _end_of(member, FEEDS[1])
    group.now = 4
    member.heard(FEEDS[0], 0)
    group.now = 5
    assert not member.is_idle(5)
    _end_of(member, FEEDS[0])
    assert member.is_idle(5)


def test_a_member_that_was_given_nothing_is_idle(group: Group, member: Membership) -> None:
    """A member that stands by has read all that it was given."""
    group.give(None, [])
    assert member.is_idle(0)


def test_without_a_place_it_gives_up(group: Group, member: Membership) -> None:
    """Whoever waits to be idle does not wait for ever for a broker: PD-415 after 30 s."""
    group.now = 30
    assert not member.is_idle(1)
    group.now = 30.1
    with pytest.raises(NotReady) as away:
        member.is_idle(1)
    assert away.value.code is Code.BROKER_AWAY


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, Code.NOT_AUTHORISED),
        (KafkaError.GROUP_AUTHORIZATION_FAILED, Code.NOT_AUTHORISED),
        (KafkaError.UNKNOWN_TOPIC_OR_PART, Code.NOT_PROVISIONED),
    ],
)
def test_what_waiting_does_not_mend_is_raised(member: Membership, cause: int, code: Code) -> None:
    """A refused or missing feed and a refused group end the run; other errors are the client's to retry."""
    member.note(KafkaError(KafkaError._TRANSPORT), FEEDS[0], 0)
    with pytest.raises(Misconfigured) as refused:
        member.note(KafkaError(cause), FEEDS[0], 0)
    assert refused.value.code is code


def test_the_start_is_committed_before_anything_is_read(group: Group) -> None:
    """Whoever reads from the start moves the group there first, once for each partition: a crash behind the first delivery
    leaves no reader that goes on at the old place."""
    client: Any = group
    store = SequenceStore(Path(":memory:"))
    member = Membership(
        client, Offsets(client, store.sync, lambda: group.now), store, {}, clock=lambda: group.now, from_start=True
    )
    member.join(FEEDS)
    for turn in (_parts(FEEDS[0]), _parts(*FEEDS)):
        group.give(None, turn)
    assert group.committed == [(FEEDS[0], 0, 0), (FEEDS[1], 0, 0)]


def test_whoever_reads_recalls_goes_on_without_a_refused_feed(group: Group) -> None:
    """A refused feed is named, holds up nobody who waits for the end, and is named no more once it is given again; a refused
    topic of recalls ends the run."""
    client: Any = group
    store, refused = SequenceStore(Path(":memory:")), set[str]()
    offsets = Offsets(client, store.sync, lambda: group.now)
    member = Membership(client, offsets, store, {}, clock=lambda: group.now, from_start=False, refused=refused)
    member.join([*FEEDS, "recall.a"])
    group.give(None, _parts(*FEEDS, "recall.a"))
    _end_of(member, FEEDS[1])
    _end_of(member, "recall.a")
    assert not member.is_idle(0)
    member.note(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED), FEEDS[0], 0)
    assert refused == {FEEDS[0]}
    assert member.is_idle(0)
    member.active(FEEDS[0], 0)
    assert refused == set()
    with pytest.raises(Misconfigured) as ended:
        member.note(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED), "recall.a", 0)
    assert (ended.value.code, ended.value.field) == (Code.NOT_AUTHORISED, "recall.a")
