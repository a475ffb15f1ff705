"""On a real broker nobody can do more than the matrix says."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from small_hub import DEADLINE_SECONDS, Hub, error_of_read, error_of_write

from deploy.cluster import Cluster
from deploy.credentials import read_credential


@pytest.fixture(scope="module")
def hub(cluster_home: Path, cluster: Cluster) -> Iterator[Hub]:
    made = Hub(cluster_home, cluster, secrets.token_hex(3))
    made.provision(made.wanted())
    yield made
    made.target.registry.close()


def test_an_agency_reads_its_feed_and_no_other(hub: Hub) -> None:
    """Its own feed and recalls are open; another's feed, its recalls and every topic of the hub are refused."""
    agency = f"agency.{hub.agencies[0]}"
    assert error_of_read(hub, agency, hub.feed(0)) is None
    assert error_of_read(hub, agency, hub.topics.recall(hub.agencies[0])) is None
    for topic in (
        hub.feed(1),
        hub.topics.recall(hub.agencies[1]),
        hub.topics.standard,
        hub.topics.ledger,
        hub.topics.holders,
        hub.topics.control,
        hub.topics.submission(hub.forces[0]),
        hub.topics.receipt(hub.agencies[0]),
    ):
        assert error_of_read(hub, agency, topic) == KafkaError.TOPIC_AUTHORIZATION_FAILED, topic


def test_an_agency_sees_only_its_own_topics(hub: Hub) -> None:
    """The list of topics, which anybody may ask for, has an agency's own topics and nothing else."""
    consumer = Consumer({**read_credential(hub.home, f"agency.{hub.agencies[0]}"), "group.id": "none"})
    seen = set(consumer.list_topics(timeout=DEADLINE_SECONDS).topics)
    consumer.close()
    own = hub.agencies[0]
    assert seen == {hub.feed(0), hub.topics.recall(own), hub.topics.receipt(own), hub.topics.manifest(own)}


def test_an_agency_has_only_its_own_groups(hub: Hub) -> None:
    """An agency can't join, and so can't disturb, a group of another agency or of the hub."""
    agency = f"agency.{hub.agencies[0]}"
    for group in (f"agency.{hub.agencies[1]}.live", "disseminate", "other"):
        code = error_of_read(hub, agency, hub.feed(0), hub.topics.group(group))
        assert code == KafkaError.GROUP_AUTHORIZATION_FAILED, group


def test_an_agency_writes_receipts_only(hub: Hub) -> None:
    """Receipts are taken; its own feed, another's receipts and the ledger are refused."""
    agency = f"agency.{hub.agencies[0]}"
    assert error_of_write(hub, agency, hub.topics.receipt(hub.agencies[0])) is None
    for topic in (hub.feed(0), hub.topics.receipt(hub.agencies[1]), hub.topics.ledger, hub.topics.standard):
        assert error_of_write(hub, agency, topic) == KafkaError.TOPIC_AUTHORIZATION_FAILED, topic


def test_a_force_writes_its_own_submissions_only(hub: Hub) -> None:
    """A force writes as itself; as another force, into the hub or back into its dead letters it can't; nor read either."""
    force = f"force.{hub.forces[0]}"
    assert error_of_write(hub, force, hub.topics.submission(hub.forces[0])) is None
    assert error_of_read(hub, force, hub.topics.dead_letter(hub.forces[0])) is None
    for topic in (hub.topics.submission(hub.forces[1]), hub.topics.dead_letter(hub.forces[0]), hub.topics.standard):
        assert error_of_write(hub, force, topic) == KafkaError.TOPIC_AUTHORIZATION_FAILED, topic
    for topic in (hub.topics.submission(hub.forces[0]), hub.topics.dead_letter(hub.forces[1]), hub.feed(0)):
        assert error_of_read(hub, force, topic) == KafkaError.TOPIC_AUTHORIZATION_FAILED, topic


def test_the_watch_writes_neither_feed_nor_ledger(hub: Hub) -> None:
    """The process that is not exactly-once can't reach what must be."""
    for topic in (hub.feed(0), hub.topics.ledger, hub.topics.holders, hub.topics.standard):
        assert error_of_write(hub, "hub.watch", topic) == KafkaError.TOPIC_AUTHORIZATION_FAILED, topic
    assert error_of_write(hub, "hub.watch", hub.topics.quality_report(hub.forces[0])) is None


@pytest.mark.parametrize("user", ["hub.standardise", "hub.disseminate"])
def test_a_stage_has_its_transactional_ids_and_no_other(hub: Hub, user: str) -> None:
    """A stage can begin transactions under its own name, and can't fence another stage."""
    own = user.removeprefix("hub.")
    other = {"standardise": "disseminate", "disseminate": "standardise"}[own]
    config = read_credential(hub.home, user)
    Producer({**config, "transactional.id": hub.topics.group(f"{own}-0")}).init_transactions(DEADLINE_SECONDS)
    with pytest.raises(KafkaException) as refused:
        Producer({**config, "transactional.id": hub.topics.group(f"{other}-0")}).init_transactions(DEADLINE_SECONDS)
    assert refused.value.args[0].code() == KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
