"""Work between live batches keeps every rule of the pump: offsets first, unchanged, under the metadata of its own turn."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from pump_bench import Bench, CopyStage, Gate, Worker, wait_for

from stream_processors.messages import Batch, Output, Partition, Step, Work
from stream_processors.pump import BatchDropped


class WorkingStage(CopyStage):
    """As the copying stage, with pieces of work of its own: each writes its number to `a`, then to `b`."""

    def __init__(self, bench: Bench, pieces: int, check: Callable[[Step], None] | None = None) -> None:
        super().__init__(bench, check)
        self._bench, self._left, self._open = bench, list(range(1000, 1000 + pieces)), False
        self.stands: list[int] = []
        self.begun = self.worked = 0
        self.next_work, self.more_work = self._piece, lambda: bool(self._left)

    def _piece(self, stand: Callable[[Partition], int]) -> Work | None:
        if not self._left or not self.lanes:
            return None
        partition = min(self.lanes)
        self.stands.append(stand(partition))
        self.begun, self._open = self.begun + 1, True
        value = str(self._left[0]).encode()
        steps = [Step(f"work-{name}", name == "b", [Output(self._bench.topic(name), value, value)]) for name in "ab"]
        return Work(partition, steps)

    def process(self, batch: Batch) -> Sequence[Step]:
        self._open = False
        return super().process(batch)

    def committed(self) -> None:
        if not self._open:
            super().committed()
            return
        self._open = False
        self._left.pop(0)
        self.worked += 1

    def dropped(self) -> None:
        super().dropped()
        self._open = False


def test_work_moves_no_offset_and_stands_once(cluster_home: Path) -> None:
    """Beside live messages, before the first one and behind the last one: each piece stands once in both outputs, each message
    too, and the group's offset is what the live messages made it."""
    bench = Bench.make(cluster_home)
    stage = WorkingStage(bench, 30)
    with Worker(bench, stage, bench.clients("0")) as worker:
        wait_for(lambda: stage.worked >= 10, "work is done where nothing was ever committed")
        bench.feed(50)
        wait_for(lambda: stage.worked == 30 and stage.done == 50, "everything is done")
        assert worker.count("work_pieces_total", stage="test") == 30
    wanted = [*range(50), *range(1000, 1030)]
    for name in "ab":
        assert sorted(bench.values(name, committed=True)) == wanted
    assert bench.committed_offsets()[0] == 50
    assert stage.stands == sorted(stage.stands) and stage.stands[0] == 0


@pytest.mark.parametrize("step", ["work-a", "work-b"])
def test_a_worker_that_lost_its_partition_can_not_finish_its_work(cluster_home: Path, step: str) -> None:
    """Held before a step of a piece until another owner has gone on: refused, without a byte that an uncommitted reader sees,
    and without moving the group's offset back."""
    bench = Bench.make(cluster_home)
    gate = Gate(step)
    held, other = WorkingStage(bench, 1, gate), WorkingStage(bench, 0)
    with Worker(bench, held, bench.clients("0")):
        wait_for(gate.reached.is_set, "the first worker has a piece")
        with Worker(bench, other, bench.clients("1")):
            bench.feed(20)
            wait_for(lambda: other.done >= 20, "the second worker has done everything")
            before = bench.committed_offsets()
            gate.opened.set()
            wait_for(lambda: held.drops > 0 or held.worked > 0, "the first worker has tried to go on")
            assert bench.committed_offsets() == before
            assert held.worked == 0
            seen = {name: bench.values(name, committed=False) for name in "ab"}
    assert seen["b"] == list(range(20))
    assert seen["a"] in ([[*range(20)]] if step == "work-a" else [[1000, *range(20)]])


def test_work_that_is_dropped_is_asked_for_again_and_takes_nothing_from_the_input(cluster_home: Path) -> None:
    """A piece dropped before its second step comes again; no live message is lost or doubled by it."""
    bench = Bench.make(cluster_home)
    drops = iter([True, False, True])

    def refuse(step: Step) -> None:
        if step.name == "work-b" and next(drops, False):
            raise BatchDropped

    stage = WorkingStage(bench, 5, refuse)
    bench.feed(20)
    with Worker(bench, stage, bench.clients("0")):
        wait_for(lambda: stage.worked == 5 and stage.done == 20, "everything is done")
    assert stage.drops == 2
    assert sorted(bench.values("b", committed=True)) == [*range(20), *range(1000, 1005)]
    assert bench.committed_offsets()[0] >= 20
