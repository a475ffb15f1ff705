"""One real broker and registry for all integration tests of a run.

POINTDUTY_TEST_BROKER: "embedded" (default) or "docker" (images of `python -m deploy.images.build`).
POINTDUTY_TEST_HOME: a home folder whose cluster is up already; it is used and left running (for quick repeats).
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from deploy.broker import Choice, down, up
from deploy.cluster import Cluster, load_cluster


@pytest.fixture(scope="session")
def broker_choice() -> Choice:
    """The kind of broker that this run is about."""
    choice = os.environ.get("POINTDUTY_TEST_BROKER", "embedded")
    assert choice in {"embedded", "docker"}, "POINTDUTY_TEST_BROKER: embedded or docker"
    if choice == "docker":  # child processes of tests must find the images too
        os.environ.setdefault("POINTDUTY_KAFKA_IMAGE", "pointduty-test/kafka:local")
        os.environ.setdefault("POINTDUTY_REGISTRY_IMAGE", "pointduty-test/registry:local")
    return cast(Choice, choice)


@pytest.fixture(scope="session")
def cluster_home(tmp_path_factory: pytest.TempPathFactory, broker_choice: Choice) -> Iterator[Path]:
    """A home folder whose cluster is up."""
    if given := os.environ.get("POINTDUTY_TEST_HOME"):
        yield Path(given)
        return
    home = tmp_path_factory.mktemp("home")
    try:
        up(home, broker_choice)
        yield home
    finally:
        down(home)


@pytest.fixture(scope="session")
def cluster(cluster_home: Path) -> Cluster:
    """The cluster of `cluster_home`."""
    found = load_cluster(cluster_home)
    assert found is not None
    return found
