"""Provisioning on a real broker and registry: done once, in force, and mended where somebody changed it."""

import secrets
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka import KafkaError
from small_hub import Hub, error_of_read, error_of_write

from deploy.access_rules import Acl, Match, Resource
from deploy.cluster import Cluster
from deploy.credentials import credential_file, read_credential
from deploy.provision_plan import plan_provision
from deploy.provision_read import read_actual
from deploy.provision_wanted import subject_of
from deploy.registry import resolve_ids
from schemas.codes import Code
from schemas.errors import Misconfigured


@pytest.fixture(scope="module")
def hub(cluster_home: Path, cluster: Cluster) -> Iterator[Hub]:
    made = Hub(cluster_home, cluster, secrets.token_hex(3))
    made.provision(made.wanted())
    yield made
    made.target.registry.close()


def test_a_second_run_changes_nothing(hub: Hub) -> None:
    """Provisioning again finds nothing to do, and keeps every password."""
    before = {path: path.read_bytes() for path in (hub.home / "secrets").iterdir()}
    assert hub.provision(hub.wanted()).changes == 0
    assert {path: path.read_bytes() for path in (hub.home / "secrets").iterdir()} == before


def test_the_settings_are_those_of_the_rules(hub: Hub) -> None:
    """What the broker says of each topic is what `topics.yaml` asks for."""
    wanted = hub.wanted()
    actual = read_actual(hub.target.admin, hub.target.registry, hub.home, wanted)
    assert actual.named.keys() == wanted.named.keys()
    for name, topic in wanted.named.items():
        assert actual.named[name].partitions == topic.partitions
        assert topic.config.items() <= actual.named[name].config.items(), name


def test_other_lanes_are_refused_and_nothing_is_changed(hub: Hub) -> None:
    """A changed number of lanes ends before the first change."""
    with pytest.raises(Misconfigured) as refused:
        hub.provision(hub.wanted(lanes=4))
    assert refused.value.code is Code.LANES_CHANGED
    assert hub.provision(hub.wanted()).changes == 0


def test_secrets_are_for_their_owner_alone(hub: Hub) -> None:
    """Each user has a file that only its owner can read, in a folder that only he can enter; passwords differ."""
    users = sorted(hub.wanted().users)
    files = [credential_file(hub.home, user) for user in users]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE((hub.home / "secrets").stat().st_mode) == 0o700
    assert len({read_credential(hub.home, user)["sasl.password"] for user in users}) == len(users)
    assert read_credential(hub.home, f"agency.{hub.agencies[0]}")["isolation.level"] == "read_committed"


def test_a_permission_of_a_stranger_is_taken_away(hub: Hub) -> None:
    """A permission added by hand on a feed is deleted by the next run, and nothing else is changed."""
    stranger = Acl(f"User:agency.{hub.agencies[1]}", Resource.TOPIC, hub.feed(0), Match.LITERAL, "READ")
    wanted = hub.wanted()
    hub.provision(replace(wanted, acls=wanted.acls | {stranger}))
    assert error_of_read(hub, f"agency.{hub.agencies[1]}", hub.feed(0)) is None
    plan = hub.provision(wanted)
    assert (plan.delete_acls, plan.changes) == ((stranger,), 1)
    assert error_of_read(hub, f"agency.{hub.agencies[1]}", hub.feed(0)) == KafkaError.TOPIC_AUTHORIZATION_FAILED


def test_a_lost_secret_gets_a_new_password(hub: Hub) -> None:
    """A user whose file is gone is given a new password that works; the others keep theirs."""
    user = f"force.{hub.forces[1]}"
    old = credential_file(hub.home, user).read_bytes()
    credential_file(hub.home, user).unlink()
    assert hub.provision(hub.wanted()).create_users == (user,)
    assert credential_file(hub.home, user).read_bytes() != old
    assert error_of_write(hub, user, hub.topics.submission(hub.forces[1])) is None


def test_a_setting_changed_by_hand_is_put_right(hub: Hub) -> None:
    """A retention that somebody shortened is back after the next run."""
    wanted = hub.wanted()
    ledger = wanted.named[hub.topics.ledger]
    short = {**wanted.named, hub.topics.ledger: replace(ledger, config={**ledger.config, "retention.ms": "86400000"})}
    hub.provision(replace(wanted, named=short))
    plan = hub.provision(wanted)
    assert plan.alter_configs == ((hub.topics.ledger, {"retention.ms": "-1"}),)


def test_a_feed_may_only_change_both_ways(hub: Hub) -> None:
    """A new field without a default is refused by the registry; one with a default is a new version."""
    with pytest.raises(Misconfigured) as refused:
        hub.provision(hub.wanted(extra=',{"name":"more","type":"int"}'))
    assert refused.value.code is Code.SCHEMA_REFUSED
    wanted = hub.wanted(extra=',{"name":"more","type":["null","int"],"default":null}')
    assert len(hub.provision(wanted).register_schemas) == len(hub.agencies)
    assert plan_provision(wanted, read_actual(hub.target.admin, hub.target.registry, hub.home, wanted)).changes == 0


def test_ids_resolve_to_names(hub: Hub) -> None:
    """After provisioning every subject has an id, and the id tells the record."""
    ids = resolve_ids(hub.target.registry, hub.wanted().schemas)
    crime = "uk.pointduty.submission.Crime"
    schema_id = ids.id_of(subject_of(hub.topics.submission(hub.forces[0]), crime))
    assert ids.name_of(schema_id) == crime
    assert ids.name_of(2**31 - 1) is None


def test_a_suspended_feed_is_closed_and_a_run_that_forgets_it_leaves_it_closed(hub: Hub) -> None:
    """The denial wins over the permission; provisioning without it does not lift it. Last: it closes the feed."""
    agency = f"agency.{hub.agencies[0]}"
    assert hub.provision(hub.wanted(suspended=frozenset({hub.feed(0)}))).changes
    assert error_of_read(hub, agency, hub.feed(0)) == KafkaError.TOPIC_AUTHORIZATION_FAILED
    assert error_of_read(hub, f"agency.{hub.agencies[1]}", hub.feed(1)) is None
    plan = hub.provision(hub.wanted())
    assert (plan.changes, len(plan.kept_denials)) == (0, 1)
    assert error_of_read(hub, agency, hub.feed(0)) == KafkaError.TOPIC_AUTHORIZATION_FAILED
