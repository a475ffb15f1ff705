"""What a force does with its records, on the real broker: from its publisher to the agencies' feeds."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from acting_force import Force, acting_force
from core_hub import agreement, at, event
from stage_hub import Running, StageHub, make_stage_hub

from schemas.actions import Action
from schemas.codes import Code
from schemas.errors import Refused
from schemas.records import Record, decode, encode
from schemas.wire import frame, unframe
from stream_processors.stage_standardise import DEAD_LETTER

FEEDS = [agreement("bureau"), agreement("council", share_when=[{"kind": ["crime"], "area": "own"}])]


@pytest.fixture(scope="module")
def hub(cluster_home: Path) -> Iterator[StageHub]:
    with make_stage_hub(cluster_home, FEEDS) as made:
        made.publish_rules(FEEDS)
        yield made


@pytest.fixture
def force(hub: StageHub, tmp_path: Path) -> Iterator[Force]:
    with acting_force(hub, tmp_path / "outbox.sqlite") as made:
        yield made


def _life(hub: StageHub, name: str, agency: str = "bureau") -> list[tuple[str, str]]:
    """Action and token of each delivery of a record, found by the tokens that the ledger says were its."""
    token = next(each["record_token"] for each in hub.ledger() if each["action_reason"] == name)
    said = [each for entry in hub.ledger() if entry["record_token"] == token for each in entry["disclosures"]]
    return [(each["action"], each["token"]) for each in said if each["agency"] == hub.agency(agency)]


CASES = [
    (Action.RECALL, "SENT_UNLAWFULLY", ""),
    (Action.RESTRICTION, "ACCURACY_CONTESTED", ""),
    (Action.ERASURE, "UNLAWFUL_PROCESSING", "whole again"),
]


@pytest.mark.parametrize(("action", "reason", "again"), CASES)
def test_what_is_taken_back_is_withdrawn_until_it_is_reinstated(force: Force, action: Action, reason: str, again: str) -> None:
    """SHARE, then WITHDRAW under the same token to each who holds it; a version in between is withheld, a reinstatement shares
    under another token. The feed has just that, and no word of the reason; the ledger has both."""
    hub, ref = force.hub, f"{action}-1"
    force.publish(ref)
    force.act(ref, action, reason)
    force.wait(lambda: len(force.entries(action)) == 1, "the record is taken back")
    if action == Action.ERASURE:
        with pytest.raises(Refused) as refused:
            force.publish(ref, "second")
        assert refused.value.code == Code.RECORD_ERASED
    else:
        force.publish(ref, "second")
    force.act(ref, Action.REINSTATEMENT, "CLOSED_IN_ERROR", again)
    token = force.entries(action)[0]["record_token"]

    def is_back() -> bool:
        return any(each["record_token"] == token for each in force.entries(Action.REINSTATEMENT))

    force.wait(is_back, "the record is reinstated")
    for agency in ("bureau", "council-a"):
        life = _life(hub, reason, agency)
        assert [said for said, _ in life] == ["SHARE", "WITHDRAW", "SHARE"]
        assert life[0][1] == life[1][1] != life[2][1]
        heads = {head["delivery_id"]: head["action"] for head in hub.deliveries(agency)}
        entries = [entry for entry in hub.ledger() if entry["record_token"] == token]
        sent = [each for entry in entries for each in entry["disclosures"] if each["agency"] == hub.agency(agency)]
        assert [heads[each["delivery_id"]] for each in sent] == ["SHARE", "WITHDRAW", "SHARE"]
        values = [message.value() for message in hub.read(hub.topics.feed(hub.agency(agency), "live"))]
        assert not any(reason.encode() in value or str(action).encode() in value for value in values)
    assert hub.deliveries("council-b") == []


def test_a_correction_updates_and_says_in_the_ledger_why(force: Force) -> None:
    """An UPDATE to who holds it; the reason stands in the ledger alone."""
    force.publish("correct-1")
    force.act("correct-1", Action.CORRECTION, "INACCURATE", "put right")
    force.wait(lambda: len(force.entries(Action.CORRECTION)) == 1, "the record is corrected")
    assert [said for said, _ in _life(force.hub, "INACCURATE")] == ["SHARE", "UPDATE"]


def test_a_test_is_delivered_as_one_and_held_by_nobody(force: Force) -> None:
    """TEST in the feed, under a number of its own; no holders record, nothing in the tallies of quality."""
    hub = force.hub
    force.publish("test-1", action="TEST")
    force.wait(lambda: len(force.entries("TEST")) == 1, "the test is delivered")
    [entry] = force.entries("TEST")
    assert {said["action"] for said in entry["disclosures"]} == {"TEST"}
    assert [head["action"] for head in hub.deliveries("bureau")].count("TEST") == 1
    assert not [message for message in hub.read(hub.topics.holders) if b"test-1" in (message.key() or b"")]
    force.publish("test-1", "the real one")
    force.wait(lambda: "the real one" in str(_last_value(hub)), "the real one is shared")


def _last_value(hub: StageHub) -> bytes:
    return bytes(hub.read(hub.topics.feed(hub.agency("bureau"), "live"))[-1].value())


def test_what_a_client_of_its_own_makes_up_is_a_dead_letter(hub: StageHub, force: Force) -> None:
    """An action and a reason that nobody knows, past the publisher's door: each is refused by its code, nothing is shared."""
    name = "uk.pointduty.submission.Crime"
    producer = hub.producer(f"force.{force.name}")
    for number, envelope in enumerate(({"action": "BURN"}, {"action": "RECALL", "action_reason": "A. Person"})):
        whole = force.crime(f"odd-{number}", "x")
        whole["envelope"] |= {"force": force.name, "version": 1} | envelope
        value = frame(hub.schema_id(hub.topics.submission(force.name), name), encode(name, whole))
        producer.produce(hub.topics.submission(force.name), value, b"odd")
    assert producer.flush(30) == 0

    def letters() -> list[str]:
        found = hub.read(hub.topics.dead_letter(force.name))
        return [decode(DEAD_LETTER, unframe(message.value())[1])["code"] for message in found]

    force.wait(lambda: len(letters()) == 2, "both are refused")
    assert sorted(letters()) == [Code.UNKNOWN_ACTION, Code.UNKNOWN_REASON]


def _standard(number: int, action: str = "VERSION") -> Record:
    whole = {"crime": {"offence": {"value": "5D"}, "summary": "told once"}} if action != "ERASURE" else {"crime": {}}
    return event(ref="Quillfeather-moved", version=number, envelope={"action": action}, locations=at(), **whole)


def test_an_erased_record_stays_nothing_wherever_its_lane_goes(hub: StageHub) -> None:
    """W1 has shared it, W2 erases it, W1 comes again with its old store, then a worker whose disk is gone: older versions are
    stale, a later one is held by nobody and kept nowhere; what re-opens it shares it under a token that was never used."""
    lanes = hub.home / "lanes"

    def took(slot: int, *records: Record) -> list[Record]:
        """The entries of these, by a worker of that slot."""
        known = len(hub.ledger(superseded=True))
        with Running(hub, "disseminate", slot) as worker:
            hub.write_standard(records)
            worker.wait(lambda: len(hub.ledger(superseded=True)) >= known + len(records), "the worker has decided it")
        return hub.ledger(superseded=True)[known:]

    def has_text(slot: int) -> bool:
        files = (lanes / f"{hub.topics.prefix}{slot}").glob("lane-*")
        return any(b"Quillfeather-moved" in path.read_bytes() for path in files)

    [shared] = took(0, _standard(1))
    assert has_text(0)
    [erased] = took(1, _standard(2, "ERASURE"))
    assert [said["action"] for said in erased["disclosures"]] == ["WITHDRAW", "WITHDRAW"]
    assert has_text(0) and not has_text(1), "the earlier owner's store does not know yet"
    entries = took(0, _standard(1), _standard(2, "ERASURE"), _standard(3))
    assert [entry["outcome"] for entry in entries] == ["STALE", "RESEND", "DECIDED"]
    assert [entry["disclosures"] for entry in entries] == [[], [], []]
    assert not has_text(0)
    shutil.rmtree(lanes)
    entries = took(2, _standard(2), _standard(4), _standard(5, "REINSTATEMENT"))
    assert [entry["outcome"] for entry in entries] == ["STALE", "DECIDED", "DECIDED"]
    assert [len(entry["disclosures"]) for entry in entries] == [0, 0, 2]
    tokens = [{said["token"] for said in entry["disclosures"]} for entry in (shared, erased, entries[2])]
    assert tokens[0] == tokens[1] and not tokens[0] & tokens[2]
