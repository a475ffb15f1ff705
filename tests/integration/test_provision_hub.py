"""`pointduty provision` for the whole nation: planned, done, and nothing left to do."""

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.cluster import Cluster
from deploy.master_key import key_file
from deploy.provision_hub import plan_hub, provision_hub
from deploy.settings import Settings
from schemas import reference

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
        "changes": 0, "new_master_key": False, "published_rule_set": None, "warnings": [], "list": [],
    })  # fmt: skip
    assert plan_hub(settings).changes == 0


def test_other_lanes_end_with_the_exit_code_of_a_wrong_set_up(settings: Settings) -> None:
    """A changed lane count exits with 3 and changes nothing."""
    other = settings.model_copy(update={"lanes": 13})
    assert run_provision(other) == (3, {})
    assert run_provision(settings, "--plan")[0] == 0
