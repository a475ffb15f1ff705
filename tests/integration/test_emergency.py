"""Emergency sharing on the real broker: live at once, for what is there already and for what comes; withdrawn at its end."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from core_hub import agreement, event
from emergencies import FIELDS, emergency_part
from lane_progress import lanes_of
from stage_hub import LANES, Running, StageHub, crimes, make_stage_hub

from deploy.approver_keys import read_key
from deploy.control_desk import ControlDesk, control_desk
from deploy.emergency import Asked, end_grant, list_grants, make_grant, make_review, read_rules, write_grant, write_review
from deploy.lane_progress import ProgressWatch, Waited, read_progress
from deploy.local_approvers import local_keys
from deploy.master_key import read_master_key
from schemas.errors import Refused
from schemas.records import Record
from stream_processors.tokens import Tokens

NOBODY = [agreement("bureau", share_when=[{"marker": ["port"]}])]
PERSON = [{"ref": "p1", "roles": ["VICTIM"], "surname": "Quill", "telephone": "01632 960123"}]
HOUR_MS = 3_600_000


@pytest.fixture
def hub(cluster_home: Path) -> Iterator[StageHub]:
    with make_stage_hub(cluster_home, NOBODY, more=emergency_part()) as made:
        yield made


def named(first: int, count: int, version: int = 1) -> list[Record]:
    """Crimes in which the person stands."""
    return [event(ref=f"P/{number}", version=version, persons=PERSON) for number in range(first, first + count)]


def asked(hub: StageHub, agency: str = "squad", hours: float = 2.0) -> Asked:
    """What a person asks for."""
    words = ("POLICING", "a reason", "an urgency", "PERSON", "telephone", "01632 960 123")
    return Asked(hub.agency(agency), *words, fields=FIELDS, overrides=(), hours=hours)  # type: ignore[arg-type]


def give(hub: StageHub, desk: ControlDesk, what: Asked) -> tuple[str, Waited]:
    """Grant by the first local approver, and wait until every lane has carried it out."""
    key, tokens = read_key(local_keys(hub.settings)[0]), Tokens(read_master_key(hub.home))
    watch = ProgressWatch(desk)
    record = make_grant(desk, read_rules(desk.read()), what, key, tokens, int(time.time() * 1000))
    watch.restart()
    write_grant(desk, record)
    return record["id"], watch.wait(record["id"], 60)


def actions(hub: StageHub, agency: str = "squad") -> list[str]:
    """What stands in an agency's emergency feed."""
    return [head["action"] for head in hub.deliveries(agency, "emergency")]


def test_a_grant_is_live_for_what_is_there_and_for_what_comes_until_it_is_ended(hub: StageHub) -> None:
    """In both lanes: what is in `standard` is shared by a sweep, what comes by the live stream, everything else by nothing.
    A review keeps it; its end withdraws from who holds, once each; a version behind the end is nobody's. Each disclosure
    stands in the ledger with the grant, and the sequence has no gap."""
    hub.publish_rules(NOBODY)
    with Running(hub, "disseminate") as worker, control_desk(hub.settings) as desk:
        for lane in range(LANES):
            hub.write_standard([*crimes(30, first=100 * lane), *named(100 * lane, 10)], lane)
        worker.wait(lambda: len(hub.ledger()) == 80, "everything is decided")
        grant, waited = give(hub, desk, asked(hub))
        assert (waited.done, waited.released) == (LANES, 20)
        hub.write_standard([*named(500, 5), *crimes(5, first=500)])
        worker.wait(lambda: len(actions(hub)) == 25, "what comes is shared")
        assert actions(hub) == ["SHARE"] * 25
        (row,) = list_grants(desk.read(), int(time.time() * 1000), 24)
        assert row["standing"] == "IN FORCE, UNREVIEWED"
        first, second = (read_key(file) for file in local_keys(hub.settings))
        now_ms = int(time.time() * 1000)
        with pytest.raises(Refused):
            make_review(desk, desk.read(), grant, "UPHELD", "a note", first, now_ms)
        write_review(desk, make_review(desk, desk.read(), grant, "UPHELD", "a note", second, now_ms))
        worker.wait(lambda: worker.count("emergency_grants", state="reviewed") == 1, "the review is known")
        watch = ProgressWatch(desk)
        end_grant(desk, desk.read(), grant, "a person", "it is over", int(time.time() * 1000))
        ended = watch.wait(f"{grant}/end", 60)
        assert (ended.done, ended.released) == (LANES, 25)
        hub.write_standard(named(0, 5, version=2))
        worker.wait(lambda: len(hub.ledger()) == 80 + 10 + 20 + 25 + 5, "the live events are decided")
        done = read_progress(desk)[grant]
    assert actions(hub) == ["SHARE"] * 25 + ["WITHDRAW"] * 25
    assert all(
        numbers == list(range(1, len(numbers) + 1)) for numbers in lanes_of(hub.deliveries("squad", "emergency")).values()
    )
    disclosed = [said for entry in hub.ledger() for said in entry["disclosures"]]
    assert {said["grant"] for said in disclosed} == {grant} and len(disclosed) == 50
    assert {progress["state"] for progress in done.values()} == {"DONE"}
    assert actions(hub, "bureau") == []


def test_a_grant_ends_by_the_clock_and_a_worker_that_comes_later_withdraws(hub: StageHub) -> None:
    """Nobody ends it: its time is up while no worker runs. The next worker tells who holds under it, and shares nothing."""
    hub.publish_rules(NOBODY)
    with control_desk(hub.settings) as desk:
        with Running(hub, "disseminate") as worker:
            hub.write_standard(named(0, 3))
            worker.wait(lambda: len(hub.ledger()) == 3, "everything is decided")
            grant, _ = give(hub, desk, asked(hub, hours=6 / 3600))
            worker.wait(lambda: "SHARE" in actions(hub), "it is shared")
            hub.write_standard(named(10, 1), lane=1)
        with Running(hub, "disseminate") as worker:
            worker.wait(lambda: actions(hub).count("WITHDRAW") == actions(hub).count("SHARE") >= 3, "it is withdrawn")
        (row,) = list_grants(desk.read(), int(time.time() * 1000), 24)
        assert (row["id"], row["standing"]) == (grant, "EXPIRED, UNREVIEWED")
