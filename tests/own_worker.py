"""Runs one worker of a stage on a test's own hub, in a process of its own: for scripts that put a fault into it first."""

from collections.abc import Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry

from deploy import stages
from deploy.cluster import load_cluster
from deploy.settings import Settings
from deploy.stages import Worker, build_pump


def run_worker(stage: str, hub: Sequence[str]) -> None:
    """Pump until somebody ends the process. `hub`: home folder, topic prefix, lanes, its one force and its one agency."""
    home, prefix, lanes, force, agency = hub
    stages.forces = lambda: dict.fromkeys([force])  # type: ignore[attr-defined]
    stages.agencies = lambda: dict.fromkeys([agency])  # type: ignore[attr-defined]
    settings = Settings(home=Path(home), topic_prefix=prefix, lanes=int(lanes), heartbeat_seconds=0)
    cluster = load_cluster(settings.home)
    assert cluster is not None
    overrides: dict[str, str | int] = {"consumer.session.timeout.ms": 6000}
    build_pump(stage, Worker(settings, cluster.registry_url, 0, CollectorRegistry(), overrides)).run(lambda: False)
