"""`pointduty provision` for the whole nation: planned, done, and nothing left to do."""

import json
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.cluster import Cluster, load_cluster, save_cluster
from deploy.master_key import key_file
from deploy.provision_hub import plan_hub, provision_hub
from deploy.settings import Settings
from schemas import reference
from schemas.codes import Code
from schemas.errors import Misconfigured

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def settings(cluster_home: Path, cluster: Cluster) -> Settings:
    return Settings(home=cluster_home, topic_prefix=f"n{secrets.token_hex(3)}.", lanes=12)


def run_provision(settings: Settings, *options: str) -> tuple[int, dict[str, object]]:
    given = {"HOME": str(settings.home), "TOPIC_PREFIX": settings.topic_prefix, "LANES": str(settings.lanes)}
    environment = {**os.environ, **{f"POINTDUTY_{name}": value for name, value in given.items()}}
    command = [sys.executable, "-c", "from deploy.cli import main; main()", "provision", "--json", *options]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, json.loads(done.stdout) if done.stdout else {}


def test_the_nation_is_provisioned_once(settings: Settings) -> None:
    """The plan alone changes nothing and says that something is to do; then all is done; then nothing is left."""
    code, planned = run_provision(settings, "--plan")
    assert (code, planned["warnings"]) == (1, [])
    done = provision_hub(settings, lambda _what, _count: None)
    assert done.plan.changes == planned["changes"]
    assert len(done.plan.create_topics) > 3 * len(reference.forces()) + 2 * len(reference.agencies())
    assert done.published_rule_set == 1
    assert key_file(settings.home).stat().st_mode & 0o077 == 0
    assert run_provision(settings) == (0, {
        "changes": 0, "new_master_key": False, "new_demonstration_approvers": False, "published_rule_set": None, "rule_set": 1,
        "warnings": [], "list": [],
    })  # fmt: skip
    assert plan_hub(settings).changes == 0


def test_a_cluster_of_ones_own_needs_approvers_of_its_own(settings: Settings, tmp_path: Path) -> None:
    """Where no approver is pinned it stops before anything is changed, with the code that says what to do, and makes none."""
    home = tmp_path / "own"
    shutil.copytree(settings.home / "secrets", home / "secrets")
    cluster = load_cluster(settings.home)
    assert cluster is not None
    save_cluster(home, cluster.model_copy(update={"kind": "external", "processes": (), "containers": ()}))
    own = Settings(home=home, topic_prefix=f"o{secrets.token_hex(3)}.", lanes=2)
    with pytest.raises(Misconfigured) as caught:
        provision_hub(own, lambda _what, _count: None)
    assert caught.value.code is Code.NO_APPROVERS
    assert not own.approvers_file.exists()
    assert plan_hub(own).changes > len(reference.forces()), "something was provisioned"


def test_other_lanes_end_with_the_exit_code_of_a_wrong_set_up(settings: Settings) -> None:
    """A changed lane count exits with 3 and changes nothing."""
    other = settings.model_copy(update={"lanes": 13})
    assert run_provision(other) == (3, {})
    assert run_provision(settings, "--plan")[0] == 0
