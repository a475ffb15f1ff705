"""A force on the small hub of integration tests: its publisher, and the hub's two stages."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from force_hub import ForceHub, make_publisher
from stage_hub import Running, StageHub

from producers.door import Door
from producers.outbox import Outbox
from producers.publisher import Publisher
from schemas.actions import Action
from schemas.records import Record

LAD = "E08000021"
"""Where everything happens: council-a's area."""


class Force:
    """The first force of a hub: its publisher, and the hub's two stages."""

    def __init__(self, hub: StageHub, outbox: Outbox, workers: tuple[Running, Running]) -> None:
        self.hub, self.workers = hub, workers
        self.name = hub.forces[0]
        self.publisher: Publisher
        self.publisher, self.sender = make_publisher(ForceHub(hub.home, hub.registry_url, hub.topics, self.name), outbox)

    def crime(self, ref: str, summary: str, action: str = "VERSION", **more: Any) -> Record:
        envelope = {"source_system": "native", "source_ref": ref, "action": action}
        parts = {"marking": {"tier": "OFFICIAL"}, "occurred": {"start": "2026-06-01T10:00:00Z"}}
        content = {"crime": {"offence": {"value": "5D"}, "summary": summary}, "locations": [{"ref": "l", "lad_code": LAD}]}
        return {"envelope": envelope} | parts | content | more

    def publish(self, ref: str, summary: str = "first", action: str = "VERSION", **more: Any) -> None:
        self.publisher.accept("crime", self.crime(ref, summary, action, **more))
        assert self.publisher.drain(60) == 0

    def act(self, ref: str, action: Action, reason: str, summary: str = "") -> None:
        content = self.crime(ref, summary) if summary else None
        self.publisher.act(f"{self.name}:native:{ref}", action, reason, "crime" if summary else "", content)
        assert self.publisher.drain(60) == 0

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        for worker in self.workers:
            worker.wait(lambda: True, what)
        self.workers[1].wait(condition, what)

    def entries(self, action: str) -> list[Record]:
        return [entry for entry in self.hub.ledger() if entry["action"] == action]


@contextmanager
def acting_force(hub: StageHub, outbox: Path) -> Iterator[Force]:
    """The force, with an outbox of its own, and both stages running."""
    with ExitStack() as stack:
        opened = stack.enter_context(Outbox(outbox, Door(hub.forces[0]), lambda: datetime.now(UTC)))
        workers = (stack.enter_context(Running(hub, "standardise")), stack.enter_context(Running(hub, "disseminate")))
        made = Force(hub, opened, workers)
        stack.callback(made.sender.close)
        yield made
