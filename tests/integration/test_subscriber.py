import os
import secrets
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from feed_maker import DELIVERY_TEXT, delivery, framed

from consumers.callbacks import Callbacks
from consumers.connect import connect, list_feeds, make_consumer_config
from consumers.deliveries import Action, Delivery, Unreadable
from consumers.sequences import Gap
from consumers.tally import Tally
from deploy.clients import admin_client, client_config
from deploy.cluster import load_cluster
from deploy.provision_apply import Target, provision
from deploy.provision_wanted import Feed, subject_of, wanted_state
from deploy.registry import Registry, record_name
from deploy.topic_rules import load_topic_rules
from schemas.codes import Code
from schemas.errors import Misconfigured
from schemas.topics import Topics

FEEDS = [f"f{number}" for number in range(16)]
IDLE_SECONDS = 0.2
DEADLINE_SECONDS = 60


@dataclass
class Hub:
    """A hub of two agencies on the cluster under test, and what the test reads from it."""

    home: Path
    registry_url: str
    topics: Topics
    agency: str
    other: str
    schema_id: int
    state: Path
    unused: list[str] = field(default_factory=lambda: list(FEEDS))

    def new_feed(self) -> str:
        """A feed topic that no test has used."""
        return self.topics.feed(self.agency, self.unused.pop())

    @property
    def credential(self) -> dict[str, str]:
        return client_config(self.home, f"agency.{self.agency}")

    def group(self, name: str = "") -> str:
        return self.topics.group(f"agency.{self.agency}.{name or secrets.token_hex(4)}")

    def send(self, feed: str, deliveries: Sequence[dict[str, Any] | bytes], commit: bool = True) -> None:
        """Write deliveries in one transaction; abort it if not `commit`."""
        settings = {"transactional.id": secrets.token_hex(8), "linger.ms": 0}
        producer = Producer({**client_config(self.home, "admin"), **settings})
        producer.init_transactions(DEADLINE_SECONDS)
        producer.begin_transaction()
        for one in deliveries:
            value = one if isinstance(one, bytes) else framed(one, self.schema_id)
            producer.produce(feed, key=b"token", value=value)
        producer.flush(DEADLINE_SECONDS)
        (producer.commit_transaction if commit else producer.abort_transaction)(DEADLINE_SECONDS)

    def read(self, feed: str, group: str, callbacks: Callbacks, **more: Any) -> Tally:
        """Read a feed to its end."""
        settings = {"registry_url": self.registry_url, "state_folder": self.state} | more
        with connect(self.credential, group=group, feeds=[feed], callbacks=callbacks, **settings) as subscriber:
            return subscriber.run(until_idle=IDLE_SECONDS)

    def committed(self, feed: str, group: str) -> int:
        consumer = Consumer(make_consumer_config(self.credential, group))
        offset: int = consumer.committed([TopicPartition(feed, 0)], timeout=DEADLINE_SECONDS)[0].offset
        consumer.close()
        return offset


@pytest.fixture(scope="module")
def hub(cluster_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    cluster = load_cluster(cluster_home)
    assert cluster is not None
    mark = secrets.token_hex(4)
    topics, agency, other = Topics(f"t{mark}."), f"a-{mark}", f"b-{mark}"
    feeds = {
        agency: [Feed(agency, name, DELIVERY_TEXT) for name in FEEDS],
        other: [Feed(other, "theirs", DELIVERY_TEXT)],
    }
    wanted = wanted_state(
        topics, forces=[], agencies=[agency, other], feeds=feeds, rules=load_topic_rules(), lanes=1, brokers=1
    )
    registry = Registry(cluster.registry_url)
    target = Target(admin_client(cluster_home), registry, cluster_home, client_config(cluster_home, "admin"))
    provision(target, wanted, lambda: secrets.token_urlsafe(24), lambda _what, _count: None)
    subject = subject_of(topics.feed(agency, FEEDS[0]), record_name(DELIVERY_TEXT))
    schema_id = registry.find(subject, DELIVERY_TEXT)
    assert schema_id is not None
    state = tmp_path_factory.mktemp("state")
    yield Hub(cluster_home, cluster.registry_url, topics, agency, other, schema_id, state)
    registry.close()


def _lane(count: int, lane: int = 0, first: int = 1) -> list[dict[str, Any]]:
    return [delivery(lane, sequence) for sequence in range(first, first + count)]


def _collect() -> tuple[list[Delivery], Callbacks]:
    got: list[Delivery] = []
    return got, Callbacks(on_delivery=got.append)


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        threading.Event().wait(0.02)


def test_reads_everything_once_in_order(hub: Hub) -> None:
    """All deliveries of several lanes come once, in order per lane; what was handled is committed and never comes again."""
    feed, group = hub.new_feed(), hub.group()
    hub.send(feed, [one for number in range(1, 101) for one in (delivery(0, number), delivery(1, number))])
    got, callbacks = _collect()
    tally = hub.read(feed, group, callbacks)
    for lane in (0, 1):
        assert [one.sequence for one in got if one.lane == lane] == list(range(1, 101))
    assert tally.handled == {Action.SHARE: 200}
    assert tally.whole
    assert hub.read(feed, group, callbacks).deliveries == 0
    hub.send(feed, _lane(1, first=101))
    assert hub.read(feed, group, callbacks).as_dict() == Tally(Counter({Action.SHARE: 1})).as_dict()


def test_typed_callbacks_get_their_action(hub: Hub) -> None:
    """Each action goes to its own callback, the others to the one for all."""
    feed = hub.new_feed()
    hub.send(feed, [delivery(0, number, action) for number, action in enumerate(("SHARE", "UPDATE", "WITHDRAW"), 1)])
    hub.send(feed, [delivery(0, 4, "VOID"), delivery(0, 4, "HEARTBEAT"), delivery(0, 5, "FUTURE")])
    got: list[tuple[str, Action]] = []

    def note(name: str) -> Callable[[Delivery], None]:
        return lambda one: got.append((name, one.action))

    callbacks = Callbacks(note("all"), note("share"), note("update"), note("withdraw"))
    tally = hub.read(feed, hub.group(), callbacks)
    assert [name for name, _ in got] == ["share", "update", "withdraw", "all", "all", "all"]
    assert got[-1][1] is Action.UNMAPPED
    assert tally.deliveries == 6
    assert tally.whole


def test_what_was_aborted_is_not_seen(hub: Hub) -> None:
    """Records of an aborted transaction are not delivered, and the sequence that is then used again is no repeat."""
    feed = hub.new_feed()
    hub.send(feed, _lane(2))
    hub.send(feed, [delivery(0, 3, delivery_id="aborted")], commit=False)
    hub.send(feed, [delivery(0, 3, delivery_id="committed")])
    got, callbacks = _collect()
    tally = hub.read(feed, hub.group(), callbacks)
    assert [one.delivery_id for one in got] == ["d-0-1", "d-0-2", "committed"]
    assert (tally.repeats, tally.gaps) == (0, 0)


def test_a_gap_is_told_once_and_survives_a_restart(hub: Hub) -> None:
    """A missing number is reported once, not again after a restart; and when it comes after all, that is seen."""
    feed, group = hub.new_feed(), hub.group()
    gaps: list[tuple[str, Gap]] = []
    got, _ = _collect()
    callbacks = Callbacks(on_delivery=got.append, on_gap=lambda name, gap: gaps.append((name, gap)))
    hub.send(feed, [*_lane(2), *_lane(2, first=5)])
    assert not hub.read(feed, group, callbacks).whole
    assert gaps == [(feed, Gap(0, 3, 4))]
    hub.send(feed, [delivery(0, 8), delivery(0, 3)])
    tally = hub.read(feed, group, callbacks)
    assert gaps[1:] == [(feed, Gap(0, 7, 7))]
    assert (tally.gaps, tally.missing, tally.filled, tally.repeats) == (1, 1, 1, 0)


def test_another_agencys_feed_is_refused_by_name(hub: Hub) -> None:
    """Reading another agency's feed ends at once with PD-421 and the feed's name; it is not even listed."""
    theirs = hub.topics.feed(hub.other, "theirs")
    with pytest.raises(Misconfigured) as refused:
        hub.read(theirs, hub.group(), Callbacks(on_delivery=print))
    assert (refused.value.code, refused.value.field) == (Code.NOT_AUTHORISED, theirs)
    assert theirs not in list_feeds(hub.credential, hub.topics.prefix)
    assert len(list_feeds(hub.credential, hub.topics.feeds_of(hub.agency))) == len(FEEDS)


def test_another_agencys_group_is_refused(hub: Hub) -> None:
    """A group that is not the agency's ends at once with PD-421."""
    with pytest.raises(Misconfigured, match="PD-421 at consumer group"):
        hub.read(hub.new_feed(), hub.topics.group(f"agency.{hub.other}.x"), Callbacks(on_delivery=print))


def test_a_wrong_password_is_called_that(hub: Hub) -> None:
    """A refused login is PD-421 at the login, not a transport error; neither text holds the password."""
    credential = hub.credential | {"sasl.password": "wrong-password"}
    with (
        pytest.raises(Misconfigured) as refused,
        connect(
            credential,
            hub.registry_url,
            group=hub.group(),
            feeds=[hub.new_feed()],
            state_folder=hub.state,
            callbacks=Callbacks(on_delivery=print),
        ),
    ):
        pass
    assert (refused.value.code, refused.value.field) == (Code.NOT_AUTHORISED, "login")
    assert "wrong-password" not in str(refused.value)


def test_a_feed_that_is_not_there_is_said(hub: Hub) -> None:
    """A feed of the agency's own form that was never made is refused too, and waiting does not begin."""
    with pytest.raises(Misconfigured, match="PD-421"):
        hub.read(hub.topics.feed(hub.agency, "nowhere"), hub.group(), Callbacks(on_delivery=print))


def test_a_callback_that_raises_stops_the_commit_there(hub: Hub) -> None:
    """What came before the failing delivery is committed; the failing one and all behind it come again, and only it is
    marked a repeat, because only it had been given over."""
    feed, group = hub.new_feed(), hub.group()
    hub.send(feed, _lane(10))
    got: list[Delivery] = []

    def fail_at_six(one: Delivery) -> None:
        if one.sequence == 6:
            raise RuntimeError("disk full")
        got.append(one)

    with pytest.raises(RuntimeError):
        hub.read(feed, group, Callbacks(on_delivery=fail_at_six))
    assert [one.sequence for one in got] == [1, 2, 3, 4, 5]
    assert hub.committed(feed, group) == 5
    again, callbacks = _collect()
    hub.read(feed, group, callbacks)
    assert [(one.sequence, one.repeat) for one in again] == [(6, True), (7, False), (8, False), (9, False), (10, False)]


_PROGRAM = """
import sys
from pathlib import Path
from consumers.callbacks import Callbacks
from consumers.connect import connect
from deploy.clients import client_config
from deploy.cluster import load_cluster
home, user, group, feed, state, out, stop_at = sys.argv[1:]
file = open(out, "a", buffering=1)
def keep(one):
    file.write(f"{one.sequence} {int(one.repeat)}\\n")
    if file.tell() and one.sequence == int(stop_at):
        sys.stdin.read()  # hold still inside the callback until the test kills this process
with connect(client_config(Path(home), user), load_cluster(Path(home)).registry_url, group=group, feeds=[feed],
             state_folder=Path(state), callbacks=Callbacks(on_delivery=keep)) as subscriber:
    subscriber.run(until_idle=0.2)
"""


def test_kill_in_the_middle_loses_nothing_and_marks_what_comes_again(hub: Hub, tmp_path: Path) -> None:
    """A subscriber killed with SIGKILL inside a callback, again and again: every delivery was given over, and each that
    was given over twice is marked a repeat the second time."""
    feed, group, out = hub.new_feed(), hub.group(), tmp_path / "out"
    hub.send(feed, _lane(3000))
    place = [str(hub.home), f"agency.{hub.agency}", group, feed, str(tmp_path / "state"), str(out)]
    for stop_at in (700, 1500, 0):
        command = [sys.executable, "-c", textwrap.dedent(_PROGRAM), *place, str(stop_at)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=Path(__file__).parents[2], env=_environment())
        if stop_at:
            _wait_for(lambda at=stop_at: out.exists() and f"\n{at} " in out.read_text())  # type: ignore[misc]
            process.send_signal(signal.SIGKILL)
            process.wait(DEADLINE_SECONDS)
        else:
            assert process.wait(DEADLINE_SECONDS) == 0
    seen: set[int] = set()
    for line in out.read_text().splitlines():
        sequence, repeat = map(int, line.split())
        assert bool(repeat) == (sequence in seen)
        seen.add(sequence)
    assert seen == set(range(1, 3001))


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": "."}


def test_two_of_a_group_share_and_take_over(hub: Hub) -> None:
    """Of two members one reads the feed's only partition and the other stands by; when the first leaves, the second goes
    on behind what was committed: nothing twice, nothing missing, no false gap, though each has a store of its own."""
    feed, group = hub.new_feed(), hub.group()
    got: dict[str, list[int]] = {"first": [], "second": []}
    tallies: dict[str, Tally] = {}
    stops = {name: threading.Event() for name in got}

    def member(name: str) -> None:
        callbacks = Callbacks(on_delivery=lambda one: got[name].append(one.sequence))
        with connect(
            hub.credential,
            hub.registry_url,
            group=group,
            feeds=[feed],
            state_folder=hub.state / name,
            callbacks=callbacks,
        ) as subscriber:
            tallies[name] = subscriber.run(stops[name].is_set)

    def total() -> list[int]:
        return got["first"] + got["second"]

    threads = {name: threading.Thread(target=member, args=(name,)) for name in got}
    for thread in threads.values():
        thread.start()
    for count, first in ((50, 1), (50, 51)):
        hub.send(feed, _lane(count, first=first))
        _wait_for(lambda until=first + count: len(total()) >= until - 1)  # type: ignore[misc]
    leaves = "first" if got["first"] and total()[-1] in got["first"] else "second"
    stays = "second" if leaves == "first" else "first"
    stops[leaves].set()
    threads[leaves].join(DEADLINE_SECONDS)
    hub.send(feed, _lane(50, first=101))
    _wait_for(lambda: bool(got[stays]) and got[stays][-1] == 150)
    stops[stays].set()
    threads[stays].join(DEADLINE_SECONDS)
    assert sorted(total()) == list(range(1, 151))
    assert got[stays][-50:] == list(range(101, 151))
    assert all(tally.whole and tally.repeats == 0 for tally in tallies.values())


def test_a_store_that_others_have_overtaken_reports_no_gap(hub: Hub) -> None:
    """A member whose store is behind what another machine has committed joins late, instead of calling it a gap."""
    feed, group = hub.new_feed(), hub.group()
    for first, folder in ((1, "here"), (11, "there"), (21, "here")):
        hub.send(feed, _lane(10, first=first))
        got, callbacks = _collect()
        tally = hub.read(feed, group, callbacks, state_folder=hub.state / folder)
        assert [one.sequence for one in got] == list(range(first, first + 10))
        assert (tally.gaps, tally.repeats) == (0, 0)


def test_an_unreadable_message_is_told_and_passed(hub: Hub) -> None:
    """A message that is no delivery is given to on_unreadable with place and bytes; what is behind it comes."""
    feed, group = hub.new_feed(), hub.group()
    unreadable: list[Unreadable] = []
    got, _ = _collect()
    hub.send(feed, [*_lane(1), b"not avro", framed(delivery(0, 2), 999_999_999), *_lane(1, first=2)])
    tally = hub.read(feed, group, Callbacks(on_delivery=got.append, on_unreadable=unreadable.append))
    assert (unreadable[0].offset, unreadable[0].value) == (1, b"not avro")
    assert [str(one.error.code) for one in unreadable] == ["PD-501", "PD-501"]
    assert [one.sequence for one in got] == [1, 2]
    assert (tally.unreadable, tally.whole) == (2, False)
    assert hub.committed(feed, group) == 4


def test_a_registry_that_is_away_stops_nobody_who_has_read(hub: Hub, tmp_path: Path) -> None:
    """Without a registry, a schema that was read once is known for ever; a new subscriber waits and loses nothing."""
    feed, away = hub.new_feed(), "http://127.0.0.1:9"
    hub.send(feed, _lane(5))
    _, callbacks = _collect()
    hub.read(feed, hub.group(), callbacks)
    assert hub.read(feed, hub.group(), callbacks, registry_url=away).deliveries == 5

    stopped = threading.Event()
    group = hub.group()
    with connect(hub.credential, away, group=group, feeds=[feed], state_folder=tmp_path, callbacks=callbacks) as waiting:
        waiting._wait = lambda _seconds: stopped.set()  # it waits for the registry: that is the moment to look
        assert waiting.run(stopped.is_set).deliveries == 0
    assert hub.committed(feed, group) < 0
    assert hub.read(feed, group, callbacks, state_folder=tmp_path).deliveries == 5


def test_from_start_reads_all_again(hub: Hub) -> None:
    """`from_start` gives everything kept once more, as if it had never been read."""
    feed, group = hub.new_feed(), hub.group()
    hub.send(feed, _lane(20))
    _, callbacks = _collect()
    for from_start, count in ((False, 20), (False, 0), (True, 20), (False, 0)):
        tally = hub.read(feed, group, callbacks, from_start=from_start)
        assert (tally.deliveries, tally.repeats) == (count, 0)


def test_a_stock_client_reads_the_feed(hub: Hub) -> None:
    """A consumer of Confluent's library with the agency's own credential and the registry reads what ours reads."""
    feed = hub.new_feed()
    hub.send(feed, _lane(3))
    consumer = Consumer(make_consumer_config(hub.credential, hub.group()))
    consumer.subscribe([feed])
    read = AvroDeserializer(SchemaRegistryClient({"url": hub.registry_url}))
    got: list[dict[str, Any]] = []

    def three() -> bool:
        message = consumer.poll(0.1)
        if message is not None and message.error() is None:
            got.append(read(message.value(), None))
        return len(got) == 3

    _wait_for(three)
    consumer.close()
    assert [one["delivery_id"] for one in got] == ["d-0-1", "d-0-2", "d-0-3"]
