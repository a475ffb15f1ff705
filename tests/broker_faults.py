"""Faults that tests put into a running cluster."""

import os
import signal
from pathlib import Path

from docker import from_env

from deploy.cluster import Role, load_cluster


def kill(home: Path, role: Role) -> None:
    """`kill -9` for one service of the cluster of `home`, process or container. Returns once it is dead."""
    cluster = load_cluster(home)
    assert cluster is not None
    for process in cluster.processes:
        if process.role == role:
            os.kill(process.pid, signal.SIGKILL)
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
            return
    for container in cluster.containers:
        if container.role == role:
            client = from_env()
            client.containers.get(container.container_id).kill()
            client.close()
            return
    raise AssertionError(f"{role} was not started here")
