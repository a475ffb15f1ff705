"""What an originator does with its record, in the hub's core: actions, tests, erasure, the end at the review date."""

from dataclasses import replace
from pathlib import Path

import pytest
from core_hub import FORCE, LADS, NOW_MS, Hub, agreement, at, event, framed, prohibition, rule_set, run_standardise, submission
from hypothesis import given
from hypothesis import strategies as st

from schemas.codes import Code
from schemas.errors import Refused
from schemas.kinds import KINDS
from schemas.records import Record, encode
from stream_processors.expiry_sweep import LOOKED_AT, expiry_task, sweep
from stream_processors.lane_store import LaneStore
from stream_processors.ledger_entry import Position
from stream_processors.overlay import Overlay
from stream_processors.review_date import is_past_review
from stream_processors.rulebook import Outcome
from stream_processors.standardise import Standard

RULES = rule_set(
    [agreement(share_when=[{"kind": ["crime"], "area": "own"}]), agreement("bureau")],
    [
        prohibition(),
        prohibition("for-life", when=[{"marker": ["tenancy"]}], effect="drop", drops=["crime.summary"], latch=True),
    ],
)
ID = f"{FORCE}:native:R/1"
TEXT = "Zebedee-Quillfeather"


def version(number: int, action: str = "VERSION", reason: str | None = None, **parts: object) -> Record:
    more = {"crime": {"offence": {"value": "5D"}, "summary": TEXT}} | parts
    return event(version=number, envelope={"action": action, "action_reason": reason}, locations=at(), **more)


def told(outcome: Outcome) -> dict[str, str]:
    return {release.agency: release.action for release in outcome.releases}


# standardise


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("action", ["RECALL", "RESTRICTION", "ERASURE"])
def test_what_has_no_content_is_not_judged_by_the_minimum(kind: str, action: str) -> None:
    """Envelope, marking and empty detail: no flag, no score, whatever the kind; the reason comes through."""
    bare = submission(kind, envelope={"action": action, "action_reason": "COURT_ORDER", "partial": True}, occurred=None)
    bare[KINDS[kind].detail] = {}
    found = run_standardise(framed(kind, bare))
    assert isinstance(found, Standard)
    assert (found.record["quality"]["flags"], found.record["quality"]["score"]) == ([], None)
    assert (found.record["envelope"]["action"], found.record["envelope"]["action_reason"]) == (action, "COURT_ORDER")


@pytest.mark.parametrize("action", ["RECALL", "ERASURE"])
def test_an_erasure_is_carried_without_content(action: str) -> None:
    """A force that sends the content with an erasure has it taken away before anything is written; a recall is whole."""
    sent = submission(envelope={"action": action}, crime={"summary": TEXT}, persons=[{"ref": "p", "surname": TEXT}])
    found = run_standardise(framed("crime", sent))
    assert isinstance(found, Standard)
    assert (TEXT.encode() in encode(KINDS["crime"].standard, found.record)) == (action == "RECALL")
    assert bool(found.record["quality"]["flags"]) == (action == "RECALL")


@pytest.mark.parametrize(
    ("envelope", "code"),
    [
        ({"action": "BURN"}, Code.UNKNOWN_ACTION),
        ({"action": ""}, Code.UNKNOWN_ACTION),
        ({"action": "RECALL", "action_reason": "Because of J. Smith"}, Code.UNKNOWN_REASON),
        ({"action": "RECALL", "action_reason": "RECLASSIFIED"}, Code.UNKNOWN_REASON),
        ({"action": "VERSION", "action_reason": "DUPLICATE"}, Code.UNKNOWN_REASON),
        ({"action": "TEST", "action_reason": "DUPLICATE"}, Code.UNKNOWN_REASON),
        ({"action": "recall"}, None),
        ({"action": "RECALL"}, None),
    ],
)
def test_an_action_or_a_reason_that_nobody_knows_is_a_dead_letter(envelope: Record, code: Code | None) -> None:
    """It is refused by its code, and nothing is guessed; a recall does not have to wait for its reason, or for its spelling."""
    found = run_standardise(framed("crime", submission(envelope=envelope)))
    if code is None:
        assert isinstance(found, Standard) and found.record["envelope"]["action"] == "RECALL"
    else:
        assert isinstance(found, Refused) and found.code == code
        assert "Smith" not in str(found)


# what a record's life comes to

ACTIONS = st.sampled_from(["VERSION", "CORRECTION", "RECALL", "RESTRICTION", "ERASURE", "REINSTATEMENT", "TEST"])


@given(st.lists(st.tuples(ACTIONS, st.booleans(), st.booleans()), max_size=12))
def test_any_life_is_that_of_a_model(steps: list[tuple[str, bool, bool]]) -> None:
    """Who holds it, whether it is closed, what holders keep of it, under which tokens it is shared: a model that knows actions
    alone says so. Batches of one or more; a batch that was dropped is decided again, and comes to the same."""
    hub, number, closed, held, is_erased, tokens = Hub(RULES), 0, False, False, False, set[str]()
    for offset, (action, is_committed, is_dropped) in enumerate(steps):
        number += action != "TEST"
        standard, place = version(max(1, number), action), Position("standard", 0, offset)
        changed = hub.overlay.changed_sequences or hub.overlay.changed_holders or hub.overlay.changed_erased
        if is_dropped and not changed:
            first = hub.decide_at(standard, place)
            hub.overlay.drop()
            outcome = hub.decide_at(standard, place)
            assert (first.entry, first.releases) == (outcome.entry, outcome.releases)
        else:
            outcome = hub.decide_at(standard, place)
        entry = outcome.entry
        assert (entry["action"], entry["outcome"]) == (action, "TEST" if action == "TEST" else "DECIDED")
        said = {release.action for release in outcome.releases}
        new = {release.token for release in outcome.releases if release.action in ("SHARE", "TEST")}
        assert not new & tokens, "a token was used again"
        tokens |= new
        if action == "TEST":
            assert said == {"TEST"} and len(outcome.releases) == 2
        else:
            closed = action in ("RECALL", "RESTRICTION", "ERASURE") or (closed and action != "REINSTATEMENT")
            assert said == ({"WITHDRAW"} if closed and held else set() if closed or held else {"SHARE"})
            if closed:
                assert entry["withheld"][0]["reason"] == "CLOSED_BY_ORIGINATOR"
            held = not closed
            is_erased = action == "ERASURE" or (is_erased and closed)
        if is_committed:
            hub.commit()
        holders = hub.overlay.holders(0, ID)
        assert (holders is None) == (is_erased or number == 0)
        if is_erased:
            marker = hub.overlay.erased(0, ID, hub.tokens.ledger_record(ID))
            assert marker is not None and marker["version"] == number
            encode("uk.pointduty.hub.Erased", marker)
        elif holders is not None:
            assert holders["closed"] == closed
            encode("uk.pointduty.hub.Holders", holders)


def test_an_erased_record_that_comes_again_is_recognised() -> None:
    """The erasure once more is a resend, another content under its number a conflict, an older version stale; a newer version
    stays closed, and nothing of it is kept."""
    hub = Hub(RULES)
    hub.handle(version(1))
    erasure = version(2, "ERASURE", "RETENTION_ENDED")
    assert told(hub.handle(erasure)) == {"council-a": "WITHDRAW", "bureau": "WITHDRAW"}
    assert [hub.handle(each).entry["outcome"] for each in (erasure, version(2), version(1))] == ["RESEND", "CONFLICT", "STALE"]
    later = hub.handle(version(3))
    assert (later.releases, later.entry["outcome"]) == ([], "DECIDED")
    assert hub.lanes.records == {}
    [marker] = hub.lanes.markers.values()
    assert marker | {"withdrawals": []} == {
        "token": hub.tokens.ledger_record(ID), "version": 3, "generation": 1, "at": NOW_MS, "withdrawals": []
    }  # fmt: skip
    assert {each["agency"] for each in marker["withdrawals"]} == {"council-a", "bureau"}


def test_what_latched_before_an_erasure_holds_behind_it() -> None:
    """Nobody knows any more what had latched, so all that latches has: a reinstated record does not show what it had hidden."""
    hub = Hub(RULES)
    hub.handle(version(1, markers=["tenancy"]))
    hub.handle(version(2, "ERASURE"))
    outcome = hub.handle(version(3, "REINSTATEMENT"))
    assert told(outcome) == {"council-a": "SHARE", "bureau": "SHARE"}
    assert not any(TEXT.encode() in release.value for release in outcome.releases)
    assert hub.lanes.records[(0, ID)]["generation"] == 1


def test_what_takes_a_record_back_without_content_latches_nothing() -> None:
    """Of a bare recall nothing is known, and what is unknown would latch for life: the record would come back with less than it
    had. With its content it latches."""
    rules = rule_set(
        [agreement("bureau")],
        [prohibition("offence", when=[{"victim_anonymity": ["Y"]}], effect="drop", drops=["crime.summary"], latch=True)],
    )
    for partial in (True, False):
        hub = Hub(rules)
        hub.handle(version(1))
        before = hub.lanes.records[(0, ID)]["latches"]
        recall = event(version=2, envelope={"action": "RECALL", "partial": partial}, crime={})
        hub.handle(recall)
        assert (hub.lanes.records[(0, ID)]["latches"] == before) == partial


# tests of the way


def test_a_test_touches_no_holders_and_no_token_of_the_record() -> None:
    """A test under the identity of a real record: delivered with what would be shared, under another token; the real record is
    held as before, and its next version is an UPDATE of what was there."""
    hub = Hub(RULES)
    real = {release.agency: release.token for release in hub.handle(version(1)).releases}
    before = dict(hub.lanes.records)
    outcome = hub.handle(version(1, "TEST"))
    assert told(outcome) == {"council-a": "TEST", "bureau": "TEST"}
    assert all(TEXT.encode() in release.value for release in outcome.releases)
    assert not {release.token for release in outcome.releases} & set(real.values())
    assert [said["sequence"] for said in outcome.entry["disclosures"]] == [2, 2]
    assert hub.lanes.records == before
    update = hub.handle(version(2, crime={"offence": {"value": "5D"}, "summary": "new"}))
    assert {release.agency: (release.action, release.token) for release in update.releases} == {
        agency: ("UPDATE", token) for agency, token in real.items()
    }


def test_a_test_is_decided_like_any() -> None:
    """What is prohibited is in no test either."""
    outcome = Hub(RULES).handle(version(1, "TEST", markers=["protected-person"]))
    assert outcome.releases == []
    assert outcome.entry["withheld"]


# the review date


@pytest.mark.parametrize(
    ("date", "is_past"),
    [(None, False), ("2026-06-15", False), ("2026-06-14", True), ("2027-01-01", False), ("someday", True), ("20260101", True)],
)
def test_a_record_past_its_review_date_is_withheld(date: str | None, is_past: bool) -> None:
    """From the day behind the date on, with every other reason beside this one; a date that can't be read gives nothing."""
    assert is_past_review(date, "2026-06-15") == is_past
    outcome = Hub(RULES).handle(version(1, retention={"review_date": date}))
    assert told(outcome) == ({} if is_past else {"council-a": "SHARE", "bureau": "SHARE"})
    assert ("PAST_REVIEW_DATE" in {each["reason"] for each in outcome.entry["withheld"]}) == is_past


def _page(hub: Hub) -> list[Record]:
    return [record for _, record in sorted(hub.lanes.records.items())]


def test_who_holds_a_record_past_its_review_date_is_told_once() -> None:
    """The sweep of the day behind it: WITHDRAW to who holds it, none to others, none for what has no date or a later one; the
    next sweep finds nothing; a version with a later date is shared anew, under a new token."""
    hub = Hub(RULES)
    first = hub.handle(version(1, retention={"review_date": "2026-06-20"}))
    hub.handle(event(ref="R/2", locations=at(LADS["council-b"]), retention={"review_date": "2026-06-21"}))
    hub.handle(event(ref="R/3", locations=at()))
    later = replace(hub.desk(), now_ms=NOW_MS + 6 * 86_400_000)
    task = expiry_task(later.now_ms)
    assert (task.id, task.expires) == ("expiry/2026-06-21", "2026-06-21")
    [outcome] = sweep(0, _page(hub), task.expires, task.id, later, "holders").outcomes
    assert told(outcome) == {"council-a": "WITHDRAW", "bureau": "WITHDRAW"}
    assert {release.token for release in outcome.releases} == {release.token for release in first.releases}
    assert (outcome.entry["cause"], {each["reason"] for each in outcome.entry["withheld"]}) == (task.id, {"PAST_REVIEW_DATE"})
    encode("uk.pointduty.hub.LedgerEntry", outcome.entry)
    hub.commit()
    swept = sweep(0, _page(hub), task.expires, task.id, later, "holders")
    assert (swept.outcomes, swept.is_done) == ([], True)
    again = hub.handle(version(2, retention={"review_date": "2030-01-01"}))
    assert set(told(again).values()) == {"SHARE"}
    assert not {release.token for release in again.releases} & {release.token for release in first.releases}


def test_a_sweep_goes_on_where_it_stood() -> None:
    """A full page is not the last one, and tells where to go on; an empty one ends it."""
    hub = Hub(RULES)
    hub.handle(version(1))
    page = _page(hub) * LOOKED_AT
    swept = sweep(0, page, "2026-06-15", "expiry/2026-06-15", hub.desk(), "holders")
    assert (swept.cursor, swept.is_done) == (ID, False)
    assert sweep(0, [], "2026-06-15", "x", hub.desk(), "holders").is_done


# the lane's own store


def _bytes(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("lane-0.sqlite*"))


@pytest.mark.parametrize("is_read", [True, False], ids=["restored from the topic", "committed here"])
def test_an_erased_record_is_gone_from_the_lane_store(tmp_path: Path, is_read: bool) -> None:
    """The file first has what holders knew, in many versions among many records; after the erasure no page and no log has it.
    The marker stays, also for the next life of the store."""
    hub, store = Hub(RULES), LaneStore(tmp_path, "T", 1e9)
    store.open(0, 1.0)
    overlay = Overlay(store)
    hub.overlay = overlay

    def commit(records: list[Record]) -> None:
        store.write(0, records, {}, 1, 1.0)

    for number in range(1, 6):
        hub.handle(version(number, crime={"offence": {"value": "5D"}, "summary": f"{number}"}))
        holders = hub.lanes.records[(0, ID)] | {"attributes": {"lads": [f"E0-{TEXT}"] * number * 20}}
        others = [
            holders | {"record_id": f"{FORCE}:native:R/{n}", "attributes": {"x": ["y" * (n * 37 % 500)]}} for n in range(2, 400)
        ]
        commit([holders, *others])
    assert TEXT.encode() in _bytes(tmp_path)
    hub.handle(version(9, "ERASURE"))
    [marker] = hub.lanes.markers.values()
    if is_read:
        store.write_bodies(0, [], {}, 2, 1.0, (), [ID], [(marker["token"], encode("uk.pointduty.hub.Erased", marker))])
    else:
        store.write(0, [], {}, 2, 1.0, (), {ID: marker})
    assert TEXT.encode() not in _bytes(tmp_path)
    store.close(0)
    assert store.open(0, 1.0) == 2
    kept = store.erased(0, marker["token"])
    assert kept is not None and kept | {"at": NOW_MS} == marker
    assert (store.holders(0, ID), store.count(0)) == (None, 398)
    assert TEXT.encode() not in _bytes(tmp_path)
