"""The matrix of permissions: what each user may do, and that nobody may do more."""

from collections import defaultdict

import pytest

from deploy.access_rules import Acl, Match, Resource, agency_acls, force_acls, hub_acls, is_of_hub
from deploy.provision_wanted import Feed, wanted_state
from deploy.topic_rules import load_topic_rules
from schemas import reference
from schemas.topics import Topics

SCHEMA = '{"type":"record","name":"uk.pointduty.feed.test.Delivery","fields":[]}'
FEEDS = {agency: [Feed(agency, "live", SCHEMA)] for agency in reference.agencies()}


def shown(acls: object) -> set[str]:
    """Permissions as words, with an asterisk after a prefix."""
    assert isinstance(acls, list)
    return {
        f"{acl.operation} {acl.resource} {acl.name}{'*' if acl.match is Match.PREFIXED else ''}" for acl in acls if acl.allow
    }


def national_acls(prefix: str = "") -> frozenset[Acl]:
    return wanted_state(
        Topics(prefix),
        forces=list(reference.forces()),
        agencies=list(reference.agencies()),
        feeds=FEEDS,
        rules=load_topic_rules(),
        lanes=12,
        brokers=3,
    ).acls


def test_a_force_has_exactly_its_row_of_the_matrix() -> None:
    """A force writes its submissions, reads what came back, has its own groups, and sees how far the hub is: nothing else."""
    assert shown(list(force_acls(Topics("p."), "kent"))) == {
        "WRITE TOPIC p.submission.kent",
        "DESCRIBE TOPIC p.submission.kent",
        "READ TOPIC p.dead-letter.kent",
        "DESCRIBE TOPIC p.dead-letter.kent",
        "READ TOPIC p.quality-report.kent",
        "DESCRIBE TOPIC p.quality-report.kent",
        "READ GROUP p.force.kent.*",
        "DESCRIBE GROUP p.standardise",
    }


def test_an_agency_has_exactly_its_row_of_the_matrix() -> None:
    """An agency reads its feeds, recalls and manifests, writes receipts, and has its own groups: nothing else."""
    assert shown(list(agency_acls(Topics(), "nca", ["feed.nca.soc"], frozenset()))) == {
        "READ TOPIC feed.nca.soc",
        "DESCRIBE TOPIC feed.nca.soc",
        "READ TOPIC recall.nca",
        "DESCRIBE TOPIC recall.nca",
        "READ TOPIC manifest.nca",
        "DESCRIBE TOPIC manifest.nca",
        "WRITE TOPIC receipt.nca",
        "DESCRIBE TOPIC receipt.nca",
        "READ GROUP agency.nca.*",
    }


def test_the_hub_has_exactly_its_rows_of_the_matrix() -> None:
    """Each hub process has what its stage needs."""
    rows = defaultdict(list)
    for acl in hub_acls(Topics()):
        rows[acl.principal].append(acl)
    assert {user: shown(acls) for user, acls in rows.items()} == {
        "User:hub.standardise": {
            *(f"{do} TOPIC {name}" for do in ("READ", "DESCRIBE") for name in ("submission.*",)),
            *(f"{do} TOPIC {name}" for do in ("WRITE", "DESCRIBE") for name in ("standard", "quality", "dead-letter.*")),
            *(f"{do} TRANSACTIONAL_ID standardise-*" for do in ("WRITE", "DESCRIBE")),
            "READ GROUP standardise",
            "READ GROUP standardise.*",
        },
        "User:hub.disseminate": {
            *(f"{do} TOPIC {name}" for do in ("READ", "DESCRIBE") for name in ("standard", "control", "holders", "request")),
            *(f"{do} TOPIC {n}" for do in ("WRITE", "DESCRIBE") for n in ("ledger", "holders", "feed.*", "recall.*")),
            *(f"{do} TRANSACTIONAL_ID disseminate-*" for do in ("WRITE", "DESCRIBE")),
            "READ GROUP disseminate",
            "READ GROUP disseminate.*",
        },
        "User:hub.acknowledge": {
            *(f"{do} TOPIC {n}" for do in ("READ", "DESCRIBE") for n in ("receipt.*", "recall.*", "manifest.*", "feed.*")),
            *(f"{do} TOPIC {n}" for do in ("READ", "DESCRIBE") for n in ("ledger", "acknowledged", "holders")),
            *(f"WRITE TOPIC {n}" for n in ("ledger", "acknowledged", "request", "manifest.*")),
            "DESCRIBE TOPIC request",
            "DELETE TOPIC feed.*",
            *(f"{do} TRANSACTIONAL_ID acknowledge-*" for do in ("WRITE", "DESCRIBE")),
            "READ GROUP acknowledge",
            "READ GROUP acknowledge.*",
        },
        "User:hub.watch": {
            *(f"{do} TOPIC {name}" for do in ("READ", "DESCRIBE") for name in ("quality", "watch.changelog")),
            "WRITE TOPIC watch.changelog",
            *(f"{do} TOPIC {name}" for do in ("WRITE", "DESCRIBE") for name in ("quality-report.*",)),
            "READ GROUP watch",
            "READ GROUP watch.*",
        },
    }


def test_no_two_agencies_or_forces_share_a_resource() -> None:
    """Over the whole nation, what one force or agency may touch no other may, prefixes included. What forces share is a look at
    the offsets of one group, of which the broker shows each its own."""
    outside = [acl for acl in national_acls() if not acl.principal.startswith("User:hub.")]
    shared = [acl for acl in outside if (acl.resource, acl.name) == (Resource.GROUP, "standardise")]
    assert {(acl.operation, acl.match, acl.principal.split(".")[0]) for acl in shared} == {
        ("DESCRIBE", Match.LITERAL, "User:force")
    }
    outside = [acl for acl in outside if acl not in shared]
    literals = {(acl.resource, acl.name): acl.principal for acl in outside if acl.match is Match.LITERAL}
    prefixes = {(acl.resource, acl.name): acl.principal for acl in outside if acl.match is Match.PREFIXED}
    for acl in outside:
        assert (literals if acl.match is Match.LITERAL else prefixes)[acl.resource, acl.name] == acl.principal
        for (resource, start), principal in prefixes.items():
            if resource is acl.resource and acl.name.startswith(start):
                assert principal == acl.principal, (acl, start)


def test_there_is_no_wildcard_and_no_admin_right() -> None:
    """No permission is for everybody, for every resource, for every operation, or on the cluster."""
    for acl in national_acls():
        assert acl.principal.startswith(("User:force.", "User:agency.", "User:hub."))
        assert "*" not in (acl.name, acl.principal)
        assert acl.operation in {"READ", "WRITE", "DESCRIBE"} or (acl.principal, acl.name) == ("User:hub.acknowledge", "feed.")
        assert acl.resource in {Resource.TOPIC, Resource.GROUP, Resource.TRANSACTIONAL_ID}
        assert acl.match is Match.LITERAL or acl.name.endswith((".", "-"))


@pytest.mark.parametrize("prefix", ["", "two."])
def test_every_wanted_permission_is_recognised_as_the_hub_s_own(prefix: str) -> None:
    """What provisioning creates it would also take away again: nothing it gives is out of its sight."""
    assert all(is_of_hub(Topics(prefix), acl.resource, acl.name) for acl in national_acls(prefix))
    assert not any(is_of_hub(Topics("three."), acl.resource, acl.name) for acl in national_acls(prefix))
