"""`pointduty approvers` and `pointduty agreements` on a real broker: two people put a set in force, and take it back."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from approving import rehearsal
from core_hub import FORCE, agreement, parts_of, prohibition
from terminal import Terminal

from deploy import provision_hub as provisioning
from deploy import rule_change
from deploy.cluster import Cluster, load_cluster, save_cluster
from deploy.provision_hub import plan_hub, provision_hub
from deploy.settings import Settings
from schemas.codes import Code
from stream_processors import rule_set

SHIPPED = parts_of([agreement(), agreement("bureau")], [prohibition()])


@pytest.fixture(scope="module")
def terminal(cluster_home: Path, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A hub with one force under a prefix of its own, on what it takes for a cluster of one's own: nobody is pinned yet."""
    folder = tmp_path_factory.mktemp("approvers")
    home = folder / "home"
    home.mkdir()
    for name in ("secrets", "keys"):
        if (cluster_home / name).exists():
            (home / name).symlink_to(cluster_home / name)
    save_cluster(home, cluster.model_copy(update={"kind": "external", "processes": (), "containers": ()}))
    assert load_cluster(home) is not None
    approvers = folder / "approvers.json"
    settings = Settings(home=home, topic_prefix=f"a{secrets.token_hex(3)}.", lanes=2, approvers=approvers)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provisioning, "reference", SimpleNamespace(forces=lambda: {FORCE: None}, agencies=dict))
        for module in (provisioning, rule_change, rule_set):
            patch.setattr(module, "shipped_parts", lambda: dict(SHIPPED))
        yield Terminal(settings, folder)


def report(terminal: Terminal, stem: str, old: str, new: str) -> None:
    """The report that a rehearsal would leave beside a candidate."""
    (terminal.folder / f"{stem}.report.json").write_text(json.dumps(rehearsal(old, new)))


def test_two_people_put_a_set_in_force_and_take_it_back(terminal: Terminal) -> None:
    """From nobody pinned to a rollback, each step as a person does it, and each one refused that lacks something."""
    _make_and_pin(terminal)
    first = _publish_first(terminal)
    new = _publish_change(terminal, first)
    _roll_back(terminal, first, new)


def _make_and_pin(terminal: Terminal) -> None:
    assert terminal.refused("provision") == Code.NO_APPROVERS
    for name, organisation in (("Ann", "Force Assurance"), ("Bob", "Data Office"), ("Eve", "Council-A")):
        terminal.good("approvers", "new", name, "--organisation", organisation)
    assert (terminal.folder / "ann.key.pem").stat().st_mode & 0o077 == 0
    code, _, _ = terminal.run("approvers", "pin", "ann.approver.json", answer="n\n")
    assert (code, terminal.good("approvers", "list")) == (1, [])
    terminal.good("approvers", "pin", *(f"{name}.approver.json" for name in ("ann", "bob", "eve")), "--yes")
    assert [each["name"] for each in terminal.good("approvers", "list")] == ["Ann", "Bob", "Eve"]
    assert terminal.refused("approvers", "pin", "ann.approver.json", "--yes") == Code.APPROVERS_INVALID


def _publish_first(terminal: Terminal) -> str:
    """Provisioning signs nothing where real people are pinned; they approve the shipped set as the first."""
    told = terminal.good("provision")
    assert (told["rule_set"], told["published_rule_set"], told["new_demonstration_approvers"]) == (None, None, False)
    assert terminal.refused("agreements", "publish", "--shipped", "--yes") == Code.NOT_APPROVED
    assert terminal.refused("agreements", "approve", "--shipped", "--key", "eve.key.pem", "--yes") == Code.APPROVER_IS_RECIPIENT
    code, _, _ = terminal.run("agreements", "approve", "--shipped", "--key", "ann.key.pem", answer="n\n")
    assert (code, list(terminal.folder.glob("*.approval.*"))) == (1, [])
    signed = terminal.good("agreements", "approve", "--shipped", "--key", "ann.key.pem", "--yes")
    shown = terminal.good("agreements", "show", "--shipped")
    assert (signed["rendering_sha256"], signed["rule_set"]) == (shown["rendering_sha256"], shown["rule_set"])
    assert terminal.refused("agreements", "publish", "--shipped", "--yes") == Code.NOT_APPROVED
    terminal.good("agreements", "approve", "--shipped", "--key", "bob.key.pem", "--yes")
    told = terminal.good("agreements", "publish", "--shipped", "--yes")
    assert (told["number"], told["approved_by"]) == (1, ["Ann", "Bob"])
    assert terminal.good("provision")["changes"] == 0
    return str(told["rule_set"])


def _publish_change(terminal: Terminal, first: str) -> str:
    """A new feed, laid over the set: approved, provisioned, in force; changed behind the approvals it is not."""
    terminal.good("agreements", "save", "now")
    change = terminal.folder / "change"
    change.mkdir()
    (change / "second.yaml").write_text(yaml.safe_dump(agreement("squad", feed="second")))
    accepted = (terminal.folder / "now" / "acceptances.csv").read_text()
    (change / "acceptances.csv").write_text(f"{accepted.rstrip()}\nsquad,{FORCE},a person,2026-01-05\n")
    new = str(terminal.good("agreements", "show", "--candidate", "change")["rule_set"])
    assert terminal.refused("agreements", "approve", "change", "--key", "ann.key.pem", "--yes") == Code.REPORT_NOT_OF_SET
    report(terminal, "change", first, new)
    told = terminal.good("agreements", "approve", "change", "--key", "ann.key.pem", "--yes")
    assert "squad: a new agreement" in told["shares_more"]
    terminal.good("agreements", "approve", "change", "--key", "bob.key.pem", "--yes")
    whole = (terminal.folder / "change.report.json").read_text()
    (terminal.folder / "change.report.json").write_text(whole.replace('"newly_shared": 2', '"newly_shared": 1'))
    assert terminal.refused("agreements", "publish", "change", "--yes") == Code.APPROVAL_INVALID
    (terminal.folder / "change.report.json").write_text(whole)
    code, _, _ = terminal.run("agreements", "publish", "change", answer="n\n")
    assert (code, len(terminal.good("agreements", "history"))) == (1, 1)
    assert terminal.good("agreements", "publish", "change", "--yes")["number"] == 2
    assert [row["rule_set"] for row in terminal.good("agreements", "history")] == [first, new]
    assert plan_hub(terminal.settings).changes == 0, "a provisioning would take the new feed away"
    assert terminal.refused("agreements", "publish", "change", "--yes") == Code.OTHER_SET_IN_FORCE
    return new


def _roll_back(terminal: Terminal, first: str, new: str) -> None:
    """One person takes the new feed away again; to bring it back takes two and a report. A retired one signs no more."""
    assert terminal.refused("agreements", "rollback", "7", "--yes") == Code.OTHER_SET_IN_FORCE
    assert terminal.refused("agreements", "rollback", "1", "--yes") == Code.NOT_APPROVED
    told = terminal.good("agreements", "rollback", "1", "--key", "bob.key.pem")
    assert (told["number"], told["kind"], told["shares_more"], told["rule_set"]) == (3, "ROLLBACK", [], first)
    assert provision_hub(terminal.settings, lambda _what, _count: None).plan.delete_acls, "the ended feed is still open"
    assert terminal.refused("agreements", "rollback", "2", "--key", "bob.key.pem", "--yes") == Code.REPORT_NOT_OF_SET
    report(terminal, "rollback-2", first, new)
    assert terminal.refused("agreements", "rollback", "2", "--key", "bob.key.pem", "--yes") == Code.SHARES_MORE
    terminal.good("agreements", "approve", "--rollback", "2", "--key", "ann.key.pem", "--yes")
    assert terminal.good("agreements", "rollback", "2", "--key", "bob.key.pem", "--yes")["number"] == 4
    terminal.good("approvers", "retire", "Bob", "--yes")
    assert [row["number"] for row in terminal.good("agreements", "history")] == [1, 2, 3, 4]
    assert terminal.refused("agreements", "rollback", "1", "--key", "bob.key.pem", "--yes") == Code.APPROVAL_INVALID
