"""`pointduty provision` for the whole nation: planned, done, and nothing left to do."""

import json
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

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


def run_command(settings: Settings, *arguments: str, answer: str = "") -> tuple[int, Any]:
    """A command of this hub: its exit code, and what it printed as JSON."""
    given = {"HOME": str(settings.home), "TOPIC_PREFIX": settings.topic_prefix, "LANES": str(settings.lanes)}
    environment = {**os.environ, **{f"POINTDUTY_{name}": value for name, value in given.items()}}
    command = [sys.executable, "-c", "from deploy.cli import main; main()", *arguments, "--json"]
    texts: dict[str, Any] = {"capture_output": True, "text": True, "input": answer}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, timeout=120, **texts)
    return done.returncode, json.loads(done.stdout) if done.stdout else {}


def run_provision(settings: Settings, *options: str) -> tuple[int, Any]:
    return run_command(settings, "provision", *options)


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


def test_what_is_suspended_stays_so_through_provisioning(settings: Settings) -> None:
    """The steps are told in their order; `provision` plans and does nothing about it, and warns of nothing; resuming asks, and
    without a yes nothing is lifted; afterwards there is nothing left either."""
    subject = "feed/asb-tyne-a.asb"
    code, told = run_command(settings, "suspend", "asb-tyne-a.asb", "--reason", "a test", "--by", "a person")
    assert (code, told["subject"], told["state"]) == (0, subject, "SUSPENDED")
    assert [step["step"] for step in told["steps"]][:2] == ["feeds denied to their agency", "suspension in force on control"]
    code, listed = run_command(settings, "suspensions")
    assert (code, [(word["subject"], word["by"], word["reason"]) for word in listed]) == (0, [(subject, "a person", "a test")])
    for options in (("--plan",), (), ("--plan",)):
        code, said = run_provision(settings, *options)
        assert (code, said["changes"], said["warnings"]) == (0, 0, [])
    assert run_command(settings, "resume", "asb-tyne-a.asb", "--reason", "a test", answer="n\n")[0] == 1
    assert len(run_command(settings, "suspensions")[1]) == 1
    assert run_command(settings, "resume", "asb-tyne-a.asb", "--reason", "a test", "--yes")[0] == 0
    assert run_command(settings, "suspensions") == (0, [])
    assert run_provision(settings, "--plan")[1]["changes"] == 0
    code, ends = run_command(settings, "agreements", "expiries")
    assert code == int(min(each["days_left"] for each in ends) <= 7)
    assert [each["valid_until"] for each in ends] == sorted(each["valid_until"] for each in ends)


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
