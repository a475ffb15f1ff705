"""Ports are kept, because clients know them, unless somebody has taken them."""

import random
import socket
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from deploy.broker_ports import PORTS, is_free, keep_ports, read_ports
from deploy.cluster import Role


def test_ports_are_kept(tmp_path: Path) -> None:
    """A second choice is the first one, all different, whatever chance says."""
    first = keep_ports(tmp_path, (), random.Random(1))
    assert len(set(first)) == 4
    assert all(port in PORTS for port in first)
    assert keep_ports(tmp_path, (), random.Random(2)) == first == read_ports(tmp_path)


def test_a_taken_port_is_replaced(tmp_path: Path) -> None:
    """Where somebody else listens on one of them, that one is replaced and the others are kept."""
    first = keep_ports(tmp_path, (), random.Random(1))
    with socket.create_server(("127.0.0.1", first.registry)):
        assert not is_free(first.registry)
        second = keep_ports(tmp_path, (), random.Random(2))
    assert second.registry != first.registry
    assert second._replace(registry=first.registry) == first


def test_what_runs_keeps_its_ports(tmp_path: Path) -> None:
    """A port on which our own running process listens is not taken for somebody else's."""
    running: tuple[Role, ...] = ("kafka",)
    first = keep_ports(tmp_path, (), random.Random(1))
    with socket.create_server(("127.0.0.1", first.kafka)):
        assert keep_ports(tmp_path, running, random.Random(2)) == first


@given(st.integers())
def test_ports_are_below_those_of_outgoing_connections(seed: int) -> None:
    """No choice lies where the system's outgoing connections could take it while the server is away."""
    low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert random.Random(seed).choice(PORTS) < low
