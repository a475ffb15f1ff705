"""The same Kafka and registry in containers, driven by testcontainers; data and logs in the home folder as ever.

The home's `broker` folder is mounted under its own path, and the ports are the same inside and outside, so one
configuration serves both kinds. Containers run as the user who starts them, because the files are his.
"""

import os
import random
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from deploy.broker_kafka import (
    FORMAT_FLAGS,
    is_formatted,
    kafka_command,
    keep_admin_password,
    write_format_arguments,
)
from deploy.broker_kafka_config import ADMIN, kafka_files, write_kafka_configuration
from deploy.broker_ports import LOOPBACK, Ports, keep_ports, read_ports
from deploy.broker_progress import Watcher
from deploy.broker_registry import registry_command, registry_url
from deploy.broker_settings import BrokerSettings
from deploy.broker_wait import wait_until_ready
from deploy.cluster import Cluster, Container, Role, load_cluster, save_cluster
from deploy.credentials import readdress_credentials, write_credential
from schemas.codes import Code
from schemas.errors import NotReady

if TYPE_CHECKING:
    from docker.models.containers import Container as DockerContainer

ROLES: tuple[Role, ...] = ("kafka", "registry")

EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - inside a container; the engine maps it to loopback alone
KAFKA_CLASS_PATH = "/opt/kafka/libs/*"
REGISTRY_FOLDER = "/deployments"
STOP_SECONDS = 30
"""How long a container may take to end itself before the engine kills it."""

HOME_LABEL = "pointduty.home"
ROLE_LABEL = "pointduty.role"


def docker_answers() -> bool:
    """Whether a Docker engine answers."""
    from docker import from_env  # noqa: PLC0415 - only who has no broker needs Docker's client
    from docker.errors import DockerException  # noqa: PLC0415

    try:
        client = from_env(timeout=5)
    except DockerException:
        return False
    try:
        return bool(client.ping())
    except (DockerException, OSError):
        return False
    finally:
        client.close()


def start_docker(home: Path, settings: BrokerSettings, chance: random.Random, watcher: Watcher) -> Cluster:
    """Start what is not running of the cluster of `home` in containers, wait until it answers, and return it.

    Raises NotReady (PD-401 where no engine answers or an image can't be had, PD-402 where a container ends).
    """
    if not docker_answers():
        raise NotReady(Code.NO_BROKER, "docker", "no Docker engine answers")
    known, ports = load_cluster(home), read_ports(home)
    running = {c.role: c for c in find_containers(home) if container_runs(c)}
    if not (known and ports and len(running) == len(ROLES)):
        ports = keep_ports(home, running, chance)
        password = keep_admin_password(home)
        known = Cluster(kind="docker", bootstrap=f"{LOOPBACK}:{ports.kafka}", registry_url=registry_url(ports.registry))
        write_credential(home, known, ADMIN, password)
        readdress_credentials(home, known.bootstrap)
        for container in find_containers(home):
            if container not in running.values():
                _remove(container)
        if "registry" not in running:
            watcher.step("starting the schema registry in a container")
            running["registry"] = _start(home, _registry(home, settings.registry_image, ports))
        if "kafka" not in running:
            watcher.step("starting Kafka in a container")
            running["kafka"] = _start(home, _kafka(home, settings.kafka_image, ports, password))
    cluster = known.model_copy(update={"containers": tuple(running[role] for role in ROLES)})
    if cluster != load_cluster(home):
        save_cluster(home, cluster)  # a crash before this line leaves containers; the next start finds them
    try:
        wait_until_ready(
            home,
            cluster,
            ports,
            lambda role: container_runs(running[role]),
            lambda role: container_log(running[role]),
        )
    finally:
        kafka_files(home).format_arguments.unlink(missing_ok=True)
    return cluster


def stop_docker(home: Path, cluster: Cluster) -> Cluster:
    """Stop and remove the containers that `up` started. The data stay in the home folder."""
    for container in find_containers(home):
        _remove(container)
    stopped = cluster.model_copy(update={"containers": ()})
    save_cluster(home, stopped)
    return stopped


def find_containers(home: Path) -> list[Container]:
    """The containers of `home`, running or not, by their label: whether the cluster file knows of them or not."""
    from docker import from_env  # noqa: PLC0415

    found = from_env(timeout=60).containers.list(all=True, filters={"label": f"{HOME_LABEL}={home.resolve()}"})
    return [Container(role=role, container_id=str(c.id)) for c in found for role in ROLES if c.labels[ROLE_LABEL] == role]


def container_runs(container: Container) -> bool:
    """Whether the container is there and running."""
    found = _find(container)
    return found is not None and found.status == "running"


def container_log(container: Container, count: int = 15) -> list[str]:
    """The last lines that the container printed; none if it is gone."""
    found = _find(container)
    return found.logs(tail=count).decode(errors="replace").splitlines() if found else []


def _find(container: Container) -> "DockerContainer | None":
    from docker import from_env  # noqa: PLC0415
    from docker.errors import DockerException, NotFound  # noqa: PLC0415

    try:
        return from_env(timeout=60).containers.get(container.container_id)
    except (NotFound, DockerException, OSError):
        return None


def _remove(container: Container) -> None:
    found = _find(container)
    if found:
        found.stop(timeout=STOP_SECONDS)
        found.remove(force=True)


class _Recipe(NamedTuple):
    """What is to run in one container."""

    role: Role
    image: str
    script: str
    port: int


def _kafka(home: Path, image: str, ports: Ports, admin_password: str) -> _Recipe:
    write_kafka_configuration(home, ports, admin_password, EVERY_ADDRESS)
    script = f"exec {shlex.join(kafka_command(home, 'java', KAFKA_CLASS_PATH))}"
    if not is_formatted(home):
        arguments = write_format_arguments(home, KAFKA_CLASS_PATH, admin_password)
        script = f"{shlex.join(['java', *FORMAT_FLAGS, f'@{arguments}'])} && {script}"
    return _Recipe("kafka", image, script, ports.kafka)


def _registry(home: Path, image: str, ports: Ports) -> _Recipe:
    script = f"exec {shlex.join(registry_command(home, 'java', REGISTRY_FOLDER, ports, EVERY_ADDRESS))}"
    return _Recipe("registry", image, script, ports.registry)


def _start(home: Path, recipe: _Recipe) -> Container:
    """Run the script of `recipe` as this user, with the home's broker folder under its own path."""
    from docker.errors import DockerException  # noqa: PLC0415
    from testcontainers.core.config import testcontainers_config  # noqa: PLC0415
    from testcontainers.core.container import DockerContainer as Started  # noqa: PLC0415

    testcontainers_config.ryuk_disabled = True  # the reaper would end the containers together with this command
    folder = str(home.resolve() / "broker")
    started = Started(recipe.image).with_volume_mapping(folder, folder, "rw")
    published: Any = {f"{recipe.port}/tcp": (LOOPBACK, recipe.port)}
    started.ports = published  # testcontainers' own method can't say that only loopback may reach it
    started.with_kwargs(
        entrypoint=["sh", "-c", recipe.script],
        user=f"{os.getuid()}:{os.getgid()}",
        working_dir=folder,
        labels={HOME_LABEL: str(home.resolve()), ROLE_LABEL: recipe.role},
    )
    try:
        started.start()
    except (DockerException, OSError) as error:
        raise NotReady(Code.NO_BROKER, recipe.image, type(error).__name__) from None
    return Container(role=recipe.role, container_id=started.get_container_id())
