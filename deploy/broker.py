"""The cluster of a home folder: `up`, `down`, `status`, whatever it consists of.

Which one: the user's own (POINTDUTY_BOOTSTRAP), else embedded, else containers of a Docker engine.
"""

import random
from pathlib import Path
from typing import Literal

from filelock import FileLock

from deploy.artifact_fetch import jgo_fetch
from deploy.broker_docker import docker_answers, start_docker, stop_docker
from deploy.broker_embedded import prepare_program, start_embedded, stop_embedded
from deploy.broker_external import use_external
from deploy.broker_progress import Silent, Watcher
from deploy.broker_settings import BrokerSettings, load_broker_settings
from deploy.cluster import Cluster, Kind, load_cluster
from schemas.codes import Code
from schemas.errors import Misconfigured, NotReady

Choice = Literal["embedded", "docker"]


def up(
    home: Path, choice: Choice | None = None, watcher: Watcher | None = None, settings: BrokerSettings | None = None
) -> Cluster:
    """Start what does not run yet of the cluster of `home`, wait until it answers, return it. Again: changes nothing.

    Without a `choice` a cluster which is already there stays what it is. Raises NotReady (PD-401 no way to a broker,
    PD-402 a process ended, with its last log lines; PD-403, PD-414, PD-415) and Misconfigured (PD-416, PD-420).
    """
    watcher, settings = watcher or Silent(), settings or load_broker_settings()
    with _alone(home):
        known = load_cluster(home)
        kind = _choose(choice, known, settings)
        if known and known.kind != kind and (known.processes or known.containers):
            raise Misconfigured(Code.BAD_SETTING, "--broker", f"a cluster of kind {known.kind} is up; take it down first")
        if kind == "external":
            return use_external(home, settings)
        if kind == "docker":
            return start_docker(home, settings, random.SystemRandom(), watcher)
        try:
            return _up_embedded(home, settings, watcher)
        except NotReady as error:
            if error.code != Code.NO_BROKER or choice == "embedded" or not docker_answers():
                raise
            watcher.step("the artifacts of the embedded broker can't be had; trying the Docker engine")
            return start_docker(home, settings, random.SystemRandom(), watcher)


def down(home: Path) -> Cluster | None:
    """End what `up` started, and only that; the data stay. Returns the cluster as it is now, None if there is none."""
    with _alone(home):
        cluster = load_cluster(home)
        if cluster is None or cluster.kind == "external":
            return cluster
        return stop_docker(home, cluster) if cluster.kind == "docker" else stop_embedded(home, cluster)


def _choose(choice: Choice | None, known: Cluster | None, settings: BrokerSettings) -> Kind:
    if choice:
        return choice
    if settings.bootstrap:
        return "external"
    return known.kind if known and known.kind != "external" else "embedded"


def _up_embedded(home: Path, settings: BrokerSettings, watcher: Watcher) -> Cluster:
    fetch, cache = jgo_fetch(settings.maven_repository), settings.cache
    return start_embedded(home, lambda: prepare_program(cache, fetch, watcher), random.SystemRandom(), watcher)


def _alone(home: Path) -> FileLock:
    """Held while processes of `home` are started or ended: two commands at once would start two of each."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    return FileLock(home / "broker.lock")
