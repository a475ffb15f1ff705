"""Free loopback ports that stay free while their server is away."""

import json
import random
import socket
from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from deploy.cluster import Role, write_private

LOOPBACK = "127.0.0.1"

PORTS = range(20_000, 32_000)
"""Below the ports that Linux gives to outgoing connections (from 32,768): there, a client that tries again and again to
reach a stopped server can be given the server's own port, connect to itself, and keep the server from coming back."""


def is_free(port: int) -> bool:
    """Whether a server could listen on loopback `port` now."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: a port in TIME_WAIT is free
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def is_listening(port: int) -> bool:
    """Whether something accepts connections on loopback `port`."""
    with closing(socket.socket()) as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((LOOPBACK, port)) == 0


class Ports(NamedTuple):
    """The loopback ports of one embedded cluster."""

    kafka: int
    controller: int
    registry: int
    management: int


def read_ports(home: Path) -> Ports | None:
    """The ports of the last start, or None if there was none."""
    try:
        return Ports(**json.loads(_ports_file(home).read_text()))
    except FileNotFoundError:
        return None


def keep_ports(home: Path, running: Collection[Role], chance: random.Random) -> Ports:
    """The ports of last time, because clients know them; those that somebody else has taken meanwhile are replaced.

    What is `running` keeps its own. The answer is written down.
    """
    last = read_ports(home)
    chosen: list[int] = []
    for index, role in enumerate(_OWNERS):
        port = last[index] if last else None
        while port is None or port in chosen or not (role in running or is_free(port)):
            port = chance.choice(PORTS)
        chosen.append(port)
    ports = Ports(*chosen)
    write_private(_ports_file(home), json.dumps(ports._asdict()) + "\n")
    return ports


_OWNERS: tuple[Role, ...] = ("kafka", "kafka", "registry", "registry")
"""Whose port each field of Ports is."""


def _ports_file(home: Path) -> Path:
    return home / "broker" / "ports.json"
