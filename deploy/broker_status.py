"""What the cluster of a home folder is doing now."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from deploy.artifacts import locked
from deploy.broker_docker import container_log, container_runs
from deploy.broker_embedded import embedded_log
from deploy.broker_kafka import kafka_answers
from deploy.broker_process import find_process
from deploy.broker_registry import registry_answers
from deploy.cluster import Cluster, Role, load_cluster
from deploy.credentials import read_credential

State = Literal["running", "silent", "crashed", "stopped", "unreachable"]
"""silent: it is there and does not answer (yet); crashed: nobody stopped it; unreachable: not ours, and no answer."""


class ProcessStatus(BaseModel):
    """The broker, or the registry."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Role
    state: State
    address: str
    version: str = ""
    pid: int | None = None
    memory_bytes: int | None = None
    log_lines: tuple[str, ...] = ()
    """The last lines of its log, if it should run and does not."""


class Status(BaseModel):
    """The state of a cluster."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    services: tuple[ProcessStatus, ...]
    data_bytes: int

    @property
    def is_running(self) -> bool:
        """Whether broker and registry both answer."""
        return all(service.state == "running" for service in self.services)


_MAIN_ARTIFACTS = {"kafka": ":kafka_2.13:", "registry": ":apicurio-registry-app:"}


def _embedded_version(role: Role) -> str:
    return next(a.coordinates.split(":")[2] for a in locked(role) if _MAIN_ARTIFACTS[role] in a.coordinates)


def status(home: Path) -> Status | None:
    """The state of the cluster of `home`; None if it never had one. Asks; changes nothing."""
    cluster = load_cluster(home)
    if cluster is None:
        return None
    services = (
        _describe(home, cluster, "kafka", cluster.bootstrap),
        _describe(home, cluster, "registry", cluster.registry_url),
    )
    return Status(kind=cluster.kind, services=services, data_bytes=_size_bytes(home / "broker"))


def _describe(home: Path, cluster: Cluster, role: Role, address: str) -> ProcessStatus:
    answers = _answers(home, cluster, role)
    if cluster.kind == "external":
        return ProcessStatus(role=role, state="running" if answers else "unreachable", address=address)
    process = next((p for p in cluster.processes if p.role == role), None)
    container = next((c for c in cluster.containers if c.role == role), None)
    found = find_process(process, home) if process else None
    alive = bool(found) or bool(container and container_runs(container))
    state: State = "stopped"
    log: list[str] = []
    if alive:
        state = "running" if answers else "silent"
    elif process or container:
        state, log = "crashed", container_log(container) if container else embedded_log(home, role)
    return ProcessStatus(
        role=role,
        state=state,
        address=address,
        version=_embedded_version(role) if cluster.kind == "embedded" else "",
        pid=found.pid if found else None,
        memory_bytes=found.memory_info().rss if found else None,
        log_lines=tuple(log),
    )


def _answers(home: Path, cluster: Cluster, role: Role) -> bool:
    if role == "registry":
        return registry_answers(cluster.registry_url)
    return kafka_answers(read_credential(home, cluster.admin_username))


def _size_bytes(folder: Path) -> int:
    """Bytes on the disk: Kafka's files have holes."""
    total = 0
    for file in folder.rglob("*"):
        try:
            total += file.lstat().st_blocks * 512
        except FileNotFoundError:
            continue  # Kafka deletes a segment while we look
    return total
