"""`pointduty replay`, `agreements publish --retroactive` and `redecide --held` on a real broker, as a person gives them."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from approving import rehearsal
from confluent_kafka import OFFSET_END, TopicPartition
from core_hub import agreement, event, prohibition
from lane_progress import lanes_of
from stage_hub import Running, StageHub, crimes, make_stage_hub
from suspend_hub import do
from terminal import Terminal

from deploy import provision_hub as provisioning
from deploy.candidate import write_candidate
from deploy.local_approvers import local_keys
from schemas.codes import Code
from schemas.records import Record
from stream_processors.rule_set import hash_parts

BOTH = [agreement("bureau"), agreement("squad")]
WHY = ("--reason", "a test", "--yes")


@pytest.fixture
def hub(cluster_home: Path) -> Iterator[StageHub]:
    with make_stage_hub(cluster_home, BOTH) as made, pytest.MonkeyPatch.context() as patch:
        reference = SimpleNamespace(forces=lambda: dict.fromkeys(made.forces), agencies=dict)
        patch.setattr(provisioning, "reference", reference)
        yield made


@pytest.fixture
def terminal(hub: StageHub, tmp_path: Path) -> Terminal:
    return Terminal(hub.settings, tmp_path)


def heads(hub: StageHub, agency: str, after: int = 0) -> Counter[tuple[str, int]]:
    """How often each action came, with its revision, behind the first `after` deliveries."""
    return Counter((head["action"], head["revision"]) for head in hub.deliveries(agency)[after:])


def moment(days: float = 0.0) -> str:
    """So many days from now, UTC, as the command takes it."""
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S")


def test_a_replay_is_given_followed_and_listed(hub: StageHub, terminal: Terminal) -> None:
    """One feed gets its last versions again, nobody else anything; erased and recalled records never come; the answer, the
    list and the exit code say the same. A replay for which nobody waits goes on by itself."""
    hub.publish_rules(BOTH)
    bureau = f"{hub.agency('bureau')}.live"
    asked = ("replay", "--feed", bureau, "--from", moment(-1), "--to", moment(1), *WHY)
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(30))
        hub.write_standard([event(ref=f"R/{n}", version=2, crime={"offence": {"value": "8N"}}) for n in range(10)])
        hub.write_standard([event(ref=f"R/{n}", version=3, envelope={"action": "ERASURE"}) for n in range(3)])
        hub.write_standard([event(ref=f"R/{n}", version=3, envelope={"action": "RECALL"}) for n in range(3, 5)])
        worker.wait(lambda: len(hub.deliveries("squad")) == 45, "everything is decided")
        told = terminal.good(*asked, "--rate", "1000")
        assert (told["subject"], told["done"], told["lanes"], told["released"]) == (f"feed/{bureau}", 2, 2, 25)
        [row] = terminal.good("replay", "--status")
        assert (row["id"], row["is_done"], row["released"], row["verb"]) == (told["command"], True, 25, "REPLAY")
        code, second, said = terminal.run(*asked, "--wait-seconds", "0")
        assert (code, second["done"]) == (1, 0)
        assert "the lanes go on by themselves" in said
        worker.wait(lambda: len(hub.deliveries("bureau")) == 45 + 50, "the second goes on")
    assert heads(hub, "bureau", 45) == {("UPDATE", 2): 10, ("UPDATE", 1): 40}
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in lanes_of(hub.deliveries("bureau")).values())
    assert len(hub.deliveries("squad")) == 45


def test_a_replay_that_can_send_nothing_is_refused(hub: StageHub, terminal: Terminal) -> None:
    """Each by its own code, and nothing is put on control; without an answer neither; wrong words are wrong use."""
    ended = agreement("squad", valid_until="2026-03-01", review_on="2026-02-01")
    hub.publish_rules([agreement("bureau"), ended])
    bureau, squad = (f"{hub.agency(name)}.live" for name in ("bureau", "squad"))
    today = ("--from", moment(-1), "--to", moment())

    def refused(feed: str, *times: str) -> str:
        return terminal.refused("replay", "--feed", feed, *times, *WHY)

    assert refused("nobody.live", *today) == Code.NO_SUCH_FEED
    assert refused(squad, *today) == Code.FEED_ENDED
    assert refused(bureau, "--from", moment(), "--to", moment(-1)) == Code.NOTHING_TO_REPLAY
    assert refused(bureau, "--from", moment(-15), "--to", moment()) == Code.REPLAY_TOO_OLD
    do(hub, "suspend", f"feed/{bureau}")
    assert refused(bureau, *today) == Code.FEED_STOPPED
    assert terminal.run("replay", "--feed", bureau, *today, "--reason", "a test", answer="n\n")[0] == 1
    assert terminal.run("replay", "--feed", bureau, *today)[0] == 2
    assert terminal.run("replay", "--feed", bureau, "--from", "yesterday", "--to", moment(), *WHY)[0] == 2
    assert terminal.good("replay", "--status") == []


def sign_candidate(
    hub: StageHub, terminal: Terminal, name: str, agreements: Sequence[Record], prohibitions: Sequence[Record] = ()
) -> None:
    """A candidate with its rehearsal report, signed by both local approvers on the command line."""
    parts = hub.parts(agreements, prohibitions)
    write_candidate(terminal.folder / name, parts)
    (terminal.folder / name / "prohibitions").mkdir(exist_ok=True)
    in_force = terminal.good("agreements", "history")[-1]["rule_set"]
    (terminal.folder / f"{name}.report.json").write_text(json.dumps(rehearsal(in_force, hash_parts(parts))))
    for key in local_keys(hub.settings):
        terminal.good("agreements", "approve", name, "--key", str(key), "--yes")


def test_rules_that_reach_back_take_away_and_no_more(hub: StageHub, terminal: Terminal) -> None:
    """Published with --retroactive: who may no longer hold a record is told at once; who may with fewer fields gets these; who
    may as before hears nothing. `redecide --held` then finds nothing more to do."""
    hub.publish_rules(BOTH)
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(4))
        hub.write_standard([event(ref=f"P/{n}", markers=["port"], crime={"summary": "some words"}) for n in range(4)], lane=1)
        worker.wait(lambda: len(hub.deliveries("squad")) == 8, "everything is decided")
        narrower = prohibition(when=[{"marker": ["port"]}], effect="drop", drops=["crime.summary"])
        sign_candidate(
            hub, terminal, "next", [agreement("bureau"), agreement("squad", share_when=[{"marker": ["port"]}])], [narrower]
        )
        told = terminal.good("agreements", "publish", "next", "--yes", "--retroactive")
        assert told["number"] == 2
        assert (told["retroactive"]["done"], told["retroactive"]["released"]) == (2, 4 + 4 + 4)
        held = terminal.good("redecide", "--held", *WHY)
        assert (held["done"], held["released"]) == (2, 0)
    assert heads(hub, "squad", 8) == {("WITHDRAW", 2): 4, ("UPDATE", 2): 4}
    assert heads(hub, "bureau", 8) == {("UPDATE", 2): 4}


def test_what_is_narrower_and_past_its_retention_is_withdrawn(hub: StageHub, terminal: Terminal) -> None:
    """The attributes in holders are enough to take back, not to send less: of what `standard` has no more, a rule that gives
    less withdraws, and one that changes nothing says nothing."""
    hub.publish_rules(BOTH)
    with Running(hub, "disseminate") as worker:
        hub.write_standard([*crimes(3), *[event(ref=f"P/{n}", markers=["port"], crime={"summary": "words"}) for n in range(2)]])
        worker.wait(lambda: len(hub.deliveries("squad")) == 5, "everything is decided")
        delete_standard(hub)
        narrower = prohibition(when=[{"marker": ["port"]}], effect="drop", drops=["crime.summary"])
        sign_candidate(hub, terminal, "next", BOTH, [narrower])
        told = terminal.good("agreements", "publish", "next", "--yes", "--retroactive")
        assert told["retroactive"]["released"] == 4
    for agency in ("bureau", "squad"):
        assert heads(hub, agency, 5) == {("WITHDRAW", 2): 2}


def delete_standard(hub: StageHub) -> None:
    """As retention does, at once."""
    admin = hub.desk().admin  # kept: an answer never comes once its client is gone
    ends = [TopicPartition(hub.topics.standard, lane, OFFSET_END) for lane in range(hub.settings.lanes)]
    for answer in admin.delete_records(ends).values():
        answer.result(30)
