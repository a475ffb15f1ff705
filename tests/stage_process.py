"""One worker of a stage of a test's own hub, in a process that a test may kill.

python stage_process.py HOME PREFIX LANES FORCE AGENCY
"""

import sys
from pathlib import Path

from prometheus_client import CollectorRegistry

from deploy import stages
from deploy.cluster import load_cluster
from deploy.settings import Settings
from deploy.stages import Worker, build_pump

home, prefix, lanes, force, agency = sys.argv[1:]
stages.forces = lambda: dict.fromkeys([force])  # type: ignore[attr-defined]
stages.agencies = lambda: dict.fromkeys([agency])  # type: ignore[attr-defined]
settings = Settings(home=Path(home), topic_prefix=prefix, lanes=int(lanes))
cluster = load_cluster(settings.home)
assert cluster is not None
overrides: dict[str, str | int] = {"consumer.session.timeout.ms": 6000}
build_pump("disseminate", Worker(settings, cluster.registry_url, 0, CollectorRegistry(), overrides)).run(lambda: False)
