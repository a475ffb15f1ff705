"""Clients of the broker by user name, from the credential files of a home folder."""

from pathlib import Path

from confluent_kafka.admin import AdminClient

from deploy.cluster import load_cluster
from deploy.credentials import read_credential
from schemas.codes import Code
from schemas.errors import Misconfigured


def client_config(home: Path, username: str) -> dict[str, str]:
    """The librdkafka configuration of `username`. Raises Misconfigured (PD-420) where it has no credential file."""
    return read_credential(home, username)


def admin_client(home: Path) -> AdminClient:
    """The administrator of the cluster of `home`. Raises Misconfigured (PD-401 no cluster, PD-420 no credential)."""
    cluster = load_cluster(home)
    if cluster is None:
        raise Misconfigured(Code.NO_BROKER)
    return AdminClient({**client_config(home, cluster.admin_username)})
