"""The rules of the pump, each on the real broker, each failing when its rule is taken out (tried by hand, one by one)."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer
from feed_hub import make_hub
from pump_bench import Bench, CopyStage, Gate, Worker, wait_for

from stream_processors.batches import Limits
from stream_processors.messages import Step
from stream_processors.pump import BatchDropped, Clients


def taken_over(bench: Bench, gate: Gate, inputs: int) -> tuple[CopyStage, CopyStage]:
    """A first worker is held at its gate until a second one has done everything; then it goes on."""
    held, other = CopyStage(bench, gate), CopyStage(bench)
    with Worker(bench, held, bench.clients("0")):
        wait_for(gate.reached.is_set, "the first worker has a batch")
        with Worker(bench, other, bench.clients("1")):
            wait_for(lambda: other.done >= inputs, "the second worker has done everything")
            before = bench.committed_offsets()
            gate.opened.set()
            wait_for(lambda: held.drops > 0 or held.done > 0, "the first worker has tried to go on")
            assert bench.committed_offsets() == before, "committed offsets went back or on"
    return held, other


def test_a_worker_that_lost_its_partition_before_a_writes_not_one_visible_byte(cluster_home: Path) -> None:
    """Offsets first: paused before A until another owner has finished, a worker is refused before it produces, so that
    even an uncommitted reader sees each message once."""
    bench = Bench.make(cluster_home)
    bench.feed(20)
    held, _ = taken_over(bench, Gate("a"), 20)
    assert held.done == 0
    for name in "ab":
        assert sorted(bench.values(name, committed=False)) == list(range(20))


def test_a_worker_that_lost_its_partition_between_a_and_b_can_not_release(cluster_home: Path) -> None:
    """Metadata once: a worker paused between A and B, whose partition another has finished, is refused with the batch's
    own metadata; committed offsets do not go back; B has each message once, A's repeats are the same messages."""
    bench = Bench.make(cluster_home)
    bench.feed(20)
    held, _ = taken_over(bench, Gate("b"), 20)
    assert held.done == 0
    assert sorted(bench.values("b", committed=False)) == list(range(20))
    assert set(bench.values("a", committed=True)) == set(range(20))


@pytest.mark.parametrize("step", ["a", "b"])
def test_a_worker_that_is_a_member_again_can_not_commit_its_old_batch(cluster_home: Path, step: str) -> None:
    """Metadata once: a worker that lost its partition before a step and has meanwhile joined the group again. Metadata taken
    afresh would be a good member's, and its commit would move the committed offset back; the batch's own is refused."""
    bench = Bench.make(cluster_home)
    bench.feed(20)
    gate, built, other = Gate(step), [], CopyStage(bench)
    clients = bench.clients("0")

    def consume() -> Consumer:
        built.append(clients.consumer())
        return built[-1]

    def rejoin(asked: Step) -> None:
        if asked.name == step and not gate.opened.is_set():
            given = held.rebalances  # while it stands here nothing changes: it may lose and be given in one call
            gate(asked)
            wait_for(lambda: not built[0].consume(1, 0.1) and held.losses > 0, "the worker knows its loss")
            wait_for(lambda: not built[0].consume(1, 0.1) and held.rebalances > given, "the worker is a member again")

    held = CopyStage(bench, rejoin)
    with Worker(bench, held, Clients(consume, clients.producer)):
        wait_for(gate.reached.is_set, "the first worker has a batch")
        with Worker(bench, other, bench.clients("1")):
            wait_for(lambda: other.done >= 20, "the second worker has done everything")
            before = bench.committed_offsets()
            gate.opened.set()
            wait_for(lambda: held.drops + held.done > 0, "the first worker has tried to go on")
            assert bench.committed_offsets() == before
    assert held.done == 0
    assert sorted(bench.values("b", committed=False)) == list(range(20))


@pytest.mark.parametrize("step", ["a", "b"])
def test_a_process_that_was_stopped_and_thrown_out_can_not_commit(cluster_home: Path, step: str) -> None:
    """A process stopped (SIGSTOP) beyond its session just before a step, which on waking learns that it is no member any
    more, is refused: no copy, not even for an uncommitted reader, and committed offsets don't go back."""
    bench = Bench.make(cluster_home)
    bench.feed(20)
    tests = Path(__file__).parents[1]
    command = [sys.executable, str(tests / "paused_worker.py"), str(cluster_home), bench.name, "1", step]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)])}
    paused = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert paused.stdout is not None
        assert paused.stdout.readline() == "paused\n"
        other = CopyStage(bench)
        with Worker(bench, other, bench.clients("1")):
            wait_for(lambda: other.done >= 20, "the second worker has done everything")
            before = bench.committed_offsets()
            paused.send_signal(signal.SIGCONT)
            assert paused.stdout.readline().startswith("done 0 ")
            assert bench.committed_offsets() == before
    finally:
        paused.send_signal(signal.SIGCONT)
        paused.terminate()
        paused.wait(60)
    assert sorted(bench.values("b", committed=False)) == list(range(20))


def test_unchanged_is_the_first_offset_of_the_batch(cluster_home: Path) -> None:
    """After A the group's committed offset of each partition is the batch's first offset, also where nothing had been
    committed before; after a batch is dropped there, it is decided again and nothing is lost."""
    bench = Bench.make(cluster_home, partitions=3)
    bench.feed(60)
    seen: list[tuple[dict[int, int], dict[int, int]]] = []

    def look(step: Step) -> None:
        if step.name == "b" and len(seen) < 2:
            first = {number: offset for (_, number), offset in stage.batches[-1].first.items()}
            found = bench.committed_offsets()
            seen.append((first, {number: found[number] for number in first}))
            raise BatchDropped

    stage = CopyStage(bench, look)
    with Worker(bench, stage, bench.clients("0")):
        wait_for(lambda: stage.done >= 60, "everything is done")
    assert len(seen) == 2
    assert all(found == first for first, found in seen)
    assert sorted(bench.values("b", committed=True)) == list(range(60))


class Unanswered(Producer):
    """The real producer, whose answer to one commit is lost: applied or not, it says that it timed out."""

    applied = True
    left = 1

    def commit_transaction(self, *args: Any) -> None:
        if type(self).left > 0:
            type(self).left -= 1
            if self.applied:
                super().commit_transaction(*args)
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
        super().commit_transaction(*args)


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("at", [0, 1])
def test_after_an_unknown_outcome_everything_is_built_anew(cluster_home: Path, applied: bool, at: int) -> None:
    """A commit of A or of B that times out, applied or not: producer and position are thrown away, new ones are built with
    the same transactional id, and each message stands in B once."""
    bench = Bench.make(cluster_home)
    bench.feed(30)
    built: list[Producer] = []

    class Once(Unanswered):
        left = 0

    Once.applied = applied
    real = bench.clients("0")
    config: dict[str, Any] = {**bench.config, "transactional.id": f"{bench.name}-0", "transaction.timeout.ms": 10_000}

    def produce() -> Producer:
        built.append(Once(config))
        return built[-1]

    commits = iter(range(1000))

    def arm(step: Step) -> None:
        if next(commits) == at:
            Once.left = 1

    stage = CopyStage(bench, arm)
    with Worker(bench, stage, Clients(real.consumer, produce)) as worker:
        wait_for(lambda: sorted(bench.values("b", committed=True)) == list(range(30)), "everything is in B")
        wait_for(lambda: worker.count("client_rebuilds_total", code="PD-407") == 1, "the rebuild is counted")
        wait_for(lambda: len(built) == stage.lives == 2, "clients were built anew, once")
    assert stage.drops == 1, "the stage was not told to forget a batch whose outcome is unknown"
    assert set(bench.values("a", committed=True)) == set(range(30))


def test_a_commit_that_is_still_under_way_when_it_is_given_up_loses_nothing(cluster_home: Path) -> None:
    """A commit that is given up while its messages are still being sent goes on in the client's background. Were they purged
    then, it would commit the offsets without them (that lost 212 rows of a month, once): each message stands in B."""
    bench = Bench.make(cluster_home)
    bench.feed(3000)
    config: dict[str, Any] = {**bench.config, "transactional.id": f"{bench.name}-0", "linger.ms": 300}

    class Hasty(Producer):
        """The real producer, which gives its first commits up at once: they are under way."""

        left = 3

        def flush(self, *args: Any) -> int:
            return super().flush(0 if Hasty.left else args[0])

        def commit_transaction(self, *args: Any) -> None:
            if Hasty.left == 0:
                super().commit_transaction(*args)
                return
            try:
                super().commit_transaction(0.001)
            except KafkaException:  # only what was given up counts: a fast commit may be done in time
                Hasty.left -= 1
                raise

    stage = CopyStage(bench, one_step=True)
    limits = Limits(messages=1000, least=1000)
    with Worker(bench, stage, Clients(bench.clients("0").consumer, lambda: Hasty(config)), limits) as worker:
        wait_for(lambda: set(bench.committed_offsets().values()) == {3000}, "the whole input is committed")
        # Counted once the old clients are gone: behind the commit that the broker has finished by itself.
        wait_for(lambda: worker.count("client_rebuilds_total", code="PD-407") > 0, "the rebuild is counted")
    assert sorted(bench.values("b", committed=True)) == list(range(3000))


def test_a_dead_slot_is_cleaned_up_by_its_next_owner(cluster_home: Path) -> None:
    """A worker that dies inside a transaction blocks nobody: the next owner of its slot aborts what it left open, at once
    and not after the transaction time-out, and an uncommitted reader's extra copies are never seen by a committed one."""
    bench = Bench.make(cluster_home)
    bench.feed(10)
    config: dict[str, Any] = {**bench.config, "transactional.id": f"{bench.name}-0", "transaction.timeout.ms": 900_000}
    dead = Producer(config)
    dead.init_transactions(30)
    dead.begin_transaction()
    dead.produce(bench.topic("b"), b"99")
    dead.flush(30)
    stage = CopyStage(bench)
    with Worker(bench, stage, bench.clients("0")):
        wait_for(lambda: stage.done >= 10, "the next owner has done everything")
    assert sorted(bench.values("b", committed=True)) == list(range(10))
    assert 99 in bench.values("b", committed=False)


def test_batches_are_bounded_in_count_and_time(cluster_home: Path) -> None:
    """No batch is larger than the limit, and a core that is slow gets smaller batches until one fits its time."""
    bench = Bench.make(cluster_home)
    bench.feed(600)
    limits = Limits(messages=200, least=5, seconds=0.02)
    stage = CopyStage(bench)
    waits = threading.Event()
    stage.slow = lambda batch: waits.wait(0.002 * len(batch.messages)) and None  # type: ignore[func-returns-value]
    with Worker(bench, stage, bench.clients("0"), limits):
        wait_for(lambda: stage.done >= 600, "everything is done")
    sizes = [len(batch.messages) for batch in stage.batches]
    assert max(sizes) <= 200
    assert min(sizes[3:-1]) <= 20, "batches did not shrink to the time they may take"
    assert sorted(bench.values("b", committed=True)) == list(range(600))


def test_one_flooding_topic_does_not_delay_another(cluster_home: Path) -> None:
    """With a cap per topic, a message of a quiet topic is in one of the first batches though thousands of a flooding
    topic are waiting, and no batch has much more than the cap of one topic."""
    bench = Bench.make(cluster_home, inputs=("flood", "quiet"))
    bench.feed(5000, "flood")
    bench.feed(3, "quiet", first=10_000)
    stage = CopyStage(bench, one_step=True)
    limits = Limits(messages=1000, per_topic=100)
    clients = bench.clients("0", **{"queued.min.messages": 1000})
    with Worker(bench, stage, clients, limits, inputs=("flood", "quiet")):
        wait_for(lambda: stage.done >= 5003, "everything is done")
    counts = [sum(m.topic == bench.topic("flood") for m in batch.messages) for batch in stage.batches]
    assert max(counts) < 100 + 250
    quiet = [i for i, batch in enumerate(stage.batches) if any(m.topic == bench.topic("quiet") for m in batch.messages)]
    assert quiet and quiet[-1] < len(stage.batches) // 2
    assert sorted(bench.values("b", committed=True)) == [*range(5000), 10_000, 10_001, 10_002]


def test_a_batch_refused_in_a_rebalance_is_decided_again_whole(cluster_home: Path) -> None:
    """Another worker joins while a batch is being decided: the batch's generation is over and its commit refused. What it had
    of partitions that stay is decided again, what it had of partitions that go is the new owner's: each message once."""
    bench = Bench.make(cluster_home, partitions=4)
    for number in range(4):
        bench.feed(50, first=50 * number, partition=number)
    gate, longer = Gate("b"), {"max.poll.interval.ms": 60_000}
    first, second = CopyStage(bench, gate), CopyStage(bench)
    with Worker(bench, first, bench.clients("0", **longer)):
        wait_for(gate.reached.is_set, "the first worker has a batch")
        with Worker(bench, second, bench.clients("1", **longer)):
            wait_for(lambda: bench.is_stable_with(2), "the group has given partitions to two members")
            gate.opened.set()
            wait_for(lambda: len(second.lanes) == 2 and first.done + second.done >= 200, "everything is done")
    assert first.drops > 0
    assert sorted(bench.values("b", committed=True)) == list(range(200))


def test_a_revoke_while_a_batch_is_collected_voids_it(cluster_home: Path) -> None:
    """A partition taken away between two reads of one batch: what was read of it is the new owner's. The batch's metadata
    would be good (the worker is still a member), so nothing but the void keeps it from committing what it lost."""
    bench = Bench.make(cluster_home, partitions=2)
    first, second = CopyStage(bench, Gate("b"), one_step=True), CopyStage(bench, one_step=True)
    clients, rebalanced = bench.clients("0", **{"max.poll.interval.ms": 60_000}), threading.Event()

    class Held(Consumer):
        """The real consumer, held between its first message and its next read until the group has rebalanced."""

        got = False

        def consume(self, *args: Any) -> list[Message]:
            if Held.got and not rebalanced.is_set():
                assert rebalanced.wait(60)
            messages = super().consume(*args)
            Held.got = Held.got or any(message.error() is None for message in messages)
            return messages

    config = {**bench.reading(), "max.poll.interval.ms": 60_000}
    with Worker(bench, first, Clients(lambda: Held(config), clients.producer)):
        wait_for(lambda: len(first.lanes) == 2, "the first worker has both partitions")
        bench.feed(10, partition=0)
        bench.feed(10, partition=1, first=10)
        wait_for(lambda: Held.got, "the first worker has read a message")
        with Worker(bench, second, bench.clients("1", **{"max.poll.interval.ms": 60_000})):
            wait_for(lambda: bench.is_stable_with(2), "the group has given partitions to two members")
            rebalanced.set()
            wait_for(lambda: second.done >= 10, "the second worker has done its partition")
            first_gate(first).opened.set()
            wait_for(lambda: first.done + second.done >= 20, "everything is done")
    assert sorted(bench.values("b", committed=False)) == list(range(20))


def first_gate(stage: CopyStage) -> Gate:
    """The gate of a stage."""
    assert isinstance(stage.gate, Gate)
    return stage.gate


def test_workers_that_come_and_go_lose_and_repeat_nothing(cluster_home: Path) -> None:
    """Workers that come and go while messages flow: each message once in B."""
    bench = Bench.make(cluster_home, partitions=4)
    stages = [CopyStage(bench) for _ in range(3)]
    with Worker(bench, stages[0], bench.clients("0"), Limits(messages=50)):
        bench.feed(2000)
        with Worker(bench, stages[1], bench.clients("1"), Limits(messages=50)):
            bench.feed(2000, first=2000)
            wait_for(lambda: bool(stages[1].lanes), "the second worker has lanes")
        with Worker(bench, stages[2], bench.clients("2"), Limits(messages=50)):
            bench.feed(1000, first=4000)
            wait_for(lambda: bool(stages[2].lanes), "the third worker has lanes")
            wait_for(lambda: len(bench.values("b", committed=True)) >= 5000, "everything is in B")
    assert sorted(bench.values("b", committed=True)) == list(range(5000))


def test_what_can_not_be_released_now_waits_and_is_not_lost(cluster_home: Path) -> None:
    """A stage that is not ready takes nothing and stays in its group; once it is ready, everything is done."""
    bench = Bench.make(cluster_home)
    bench.feed(25)
    stage = CopyStage(bench)
    ready = threading.Event()
    stage.ready = ready.is_set  # type: ignore[method-assign]
    with Worker(bench, stage, bench.clients("0")):
        wait_for(lambda: bool(stage.lanes), "the worker has its lane")
        assert bench.values("b", committed=False) == []
        ready.set()
        wait_for(lambda: stage.done >= 25, "everything is done")
    assert sorted(bench.values("b", committed=True)) == list(range(25))


def test_a_missing_permission_is_said_and_not_retried_for_ever(cluster_home: Path, tmp_path: Path) -> None:
    """A transactional id that the user may not have ends the pump with PD-421, which a person must mend."""
    from deploy.clients import client_config
    from schemas.codes import Code
    from schemas.errors import Misconfigured

    with make_hub(cluster_home, tmp_path / "state", 1):
        pass  # the hub's users are there now
    bench = Bench.make(cluster_home)
    config: dict[str, Any] = {**client_config(cluster_home, "hub.standardise"), "transactional.id": f"{bench.name}-0"}
    stage = CopyStage(bench)
    worker = Worker(bench, stage, Clients(bench.clients("0").consumer, lambda: Producer(config)))
    with pytest.raises(AssertionError), worker:
        wait_for(lambda: worker.error is not None, "the pump has ended")
    assert isinstance(worker.error, Misconfigured)
    assert worker.error.code is Code.NOT_AUTHORISED
