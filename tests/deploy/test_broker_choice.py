"""Which cluster `up` takes, where that can be told without starting one."""

from pathlib import Path

import pytest

from deploy.broker import down, up
from deploy.broker_settings import BrokerSettings
from deploy.broker_status import status
from deploy.cluster import load_cluster
from schemas.errors import Misconfigured, NotReady

AWAY = "127.0.0.1:1"
"""A port that nobody listens on."""


def test_your_own_cluster_needs_all_three_settings(tmp_path: Path) -> None:
    """POINTDUTY_BOOTSTRAP alone is told which setting is missing; nothing is started instead."""
    properties = tmp_path / "admin.properties"
    for settings, missing in (
        (BrokerSettings(bootstrap=AWAY), "POINTDUTY_REGISTRY_URL"),
        (BrokerSettings(bootstrap=AWAY, registry_url="http://127.0.0.1:1"), "POINTDUTY_ADMIN_PROPERTIES"),
        (
            BrokerSettings(bootstrap=AWAY, registry_url="http://127.0.0.1:1", admin_properties=properties),
            "POINTDUTY_ADMIN_PROPERTIES",
        ),
    ):
        with pytest.raises(Misconfigured, match=f"PD-416 at {missing}"):
            up(tmp_path / "home", settings=settings)


def test_your_own_cluster_must_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker of yours that does not answer is an error, and no cluster file is written."""
    monkeypatch.setattr("deploy.broker_kafka.ANSWER_SECONDS", 1)
    properties = tmp_path / "admin.properties"
    properties.write_text("security.protocol=PLAINTEXT\n")
    settings = BrokerSettings(bootstrap=AWAY, registry_url="http://127.0.0.1:1", admin_properties=properties)
    with pytest.raises(NotReady, match="PD-415"):
        up(tmp_path / "home", settings=settings)
    assert load_cluster(tmp_path / "home") is None


def test_docker_without_an_engine_names_all_three_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--broker docker` where no engine answers: one error with everything that could be done."""
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    with pytest.raises(NotReady, match="PD-401") as refused:
        up(tmp_path, "docker", settings=BrokerSettings())
    for way in ("POINTDUTY_BOOTSTRAP", "Maven", "Docker"):
        assert way in str(refused.value)


def test_embedded_without_a_repository_names_all_three_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing set, no artifact to be had, no engine: one error with everything that could be done."""
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    settings = BrokerSettings(cache=tmp_path / "cache", maven_repository="http://127.0.0.1:1")
    for choice in (None, "embedded"):
        with pytest.raises(NotReady, match="PD-401") as refused:
            up(tmp_path / "home", choice, settings=settings)
        for way in ("POINTDUTY_BOOTSTRAP", "Maven", "Docker"):
            assert way in str(refused.value)


def test_where_nothing_was_ever_up(tmp_path: Path) -> None:
    """A home without a cluster has no status, and `down` has nothing to do."""
    assert status(tmp_path) is None
    assert down(tmp_path) is None
