"""Wait until a cluster that was started answers, or say why it does not."""

import time
from collections.abc import Callable
from pathlib import Path

from deploy.broker_kafka import kafka_answers
from deploy.broker_ports import Ports, is_listening
from deploy.broker_registry import registry_answers
from deploy.cluster import Cluster, Role
from deploy.credentials import read_credential
from schemas.codes import Code
from schemas.errors import NotReady

READY_SECONDS = 90
"""How long each may take until it answers; on a free machine 3 s and 6 s, so this is for a crowded one."""

POLL_SECONDS = 0.05
"""Between two questions whether it answers yet."""


def wait_until_ready(
    home: Path, cluster: Cluster, ports: Ports, is_alive: Callable[[Role], bool], log: Callable[[Role], list[str]]
) -> None:
    """Wait until Kafka and the registry answer.

    Raises NotReady (PD-402, the last log lines in its text) as soon as one is not alive, or after READY_SECONDS.
    """
    credential = read_credential(home, cluster.admin_username)
    answers: dict[Role, Callable[[], bool]] = {
        # First the port: librdkafka would wait longer and longer between its tries.
        "kafka": lambda: is_listening(ports.kafka) and kafka_answers(credential),
        "registry": lambda: registry_answers(cluster.registry_url),
    }
    deadline = time.monotonic() + READY_SECONDS
    for role, answer in answers.items():
        while not answer():
            alive = is_alive(role)
            if not alive or time.monotonic() > deadline:
                what = f"no answer in {READY_SECONDS} s" if alive else "it has ended"
                raise NotReady(Code.BROKER_CRASHED, role, "\n".join([what, *log(role)]))
            time.sleep(POLL_SECONDS)
