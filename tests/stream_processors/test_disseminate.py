"""Disseminate, against a model: random histories of a few records, decided in batches that are sometimes dropped."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from core_hub import LADS, Hub, agreement, at, event, prohibition, rule_set
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codes import Code
from schemas.records import encode
from stream_processors.ledger_entry import Position
from stream_processors.rulebook import Outcome
from stream_processors.tokens import Tokens

Record = dict[str, Any]

RULES = rule_set(
    [
        agreement(share_when=[{"kind": ["crime"], "area": "own"}]),
        agreement("bureau", fields={"crime.status": "keep"}, feed="short"),
    ],
    [prohibition()],
)

OPEN, CLOSING = ("VERSION", "CORRECTION"), ("RECALL", "RESTRICTION", "ERASURE")


@dataclass(frozen=True)
class Step:
    """One event to come: which record, how its version relates to the last one, and what it says."""

    ref: int
    ahead: int
    action: str
    lad: str
    summary: str
    marker: str

    def event(self, version: int) -> Record:
        places = at(LADS[self.lad]) if self.lad else []
        markers = [self.marker] if self.marker else []
        envelope = {"action": self.action}
        return event(
            ref=f"R/{self.ref}", version=version, envelope=envelope, locations=places, markers=markers,
            crime={"offence": {"value": "5D"}, "summary": self.summary},
        )  # fmt: skip

    @property
    def receivers(self) -> dict[str, str]:
        """Feed to what it is sent, while the record is open."""
        councils = {f"{self.lad}.live": self.summary} if self.lad else {}
        return {} if self.marker == "protected-person" else councils | {"bureau.short": "always the same"}


STEPS = st.builds(
    Step,
    ref=st.integers(0, 2),
    ahead=st.sampled_from([1, 1, 1, 1, 2, 0, -1]),
    action=st.sampled_from([*OPEN, *OPEN, *CLOSING, "REINSTATEMENT", "REINSTATEMENT"]),
    lad=st.sampled_from(["council-a", "council-b", ""]),
    summary=st.sampled_from(["one", "two"]),
    marker=st.sampled_from(["", "", "", "protected-person", "soc"]),
)
BATCHES = st.lists(st.tuples(st.lists(STEPS, min_size=1, max_size=5), st.booleans()), min_size=1, max_size=6)


@dataclass
class Known:
    """What the model knows of one record."""

    version: int = 0
    event_id: str = ""
    closed: bool = False
    holds: dict[str, str] = field(default_factory=dict)
    """Feed to what its agency holds."""
    revisions: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, list[str]] = field(default_factory=dict)
    """Feed to the tokens used, the last one in use."""
    withdrawn: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    """Feeds of which the holders tell."""
    is_erased: bool = False
    """Nothing is kept of who holds it, nor what its last event was; only that it was erased."""


@dataclass
class Model:
    """Who holds what, computed from the histories alone."""

    records: dict[int, Known] = field(default_factory=lambda: {ref: Known() for ref in range(3)})
    sequences: dict[tuple[str, int], int] = field(default_factory=dict)

    def take(self, step: Step, standard: Record) -> tuple[str, dict[str, str], set[str]]:
        """Outcome, feed to action, and feeds that hold it unchanged."""
        known, envelope = self.records[step.ref], standard["envelope"]
        if envelope["version"] <= known.version:
            stale = envelope["version"] < known.version
            is_same = step.action == "ERASURE" if known.is_erased else envelope["event_id"] == known.event_id
            return ("STALE" if stale else "RESEND" if is_same else "CONFLICT"), {}, set()
        known.version, known.event_id = envelope["version"], envelope["event_id"]
        known.closed = step.action not in (*OPEN, "REINSTATEMENT") or (known.closed and step.action != "REINSTATEMENT")
        wanted = {} if known.closed else step.receivers
        said = dict.fromkeys(set(known.holds) - set(wanted), "WITHDRAW")
        unchanged = {feed for feed, text in wanted.items() if known.holds.get(feed) == text}
        said |= {feed: "UPDATE" if feed in known.holds else "SHARE" for feed in set(wanted) - unchanged}
        known.holds = dict(wanted)
        known.is_erased = step.action == "ERASURE" or (known.is_erased and step.action != "REINSTATEMENT")
        known.kept = set() if known.is_erased else known.kept | set(wanted)
        return "DECIDED", said, unchanged

    def see(self, ref: int, lane: int, disclosure: Record) -> None:
        """One disclosure of the ledger entry, checked against everything before it."""
        known, feed = self.records[ref], f"{disclosure['agency']}.{disclosure['feed']}"
        number = self.sequences[(feed, lane)] = self.sequences.get((feed, lane), 0) + 1
        assert (disclosure["sequence"], disclosure["lane"]) == (number, lane), "a gap, or a number twice"
        tokens = known.tokens.setdefault(feed, [])
        if disclosure["action"] == "SHARE":
            assert disclosure["token"] not in tokens, "a record came back under its old token"
            tokens.append(disclosure["token"])
            known.revisions[feed] = 0
        known.revisions[feed] += 1
        assert disclosure["token"] == tokens[-1]
        assert disclosure["revision"] == known.revisions[feed]

    def states(self) -> dict[tuple[int, str], str]:
        """(record, feed) to HELD or WITHDRAWN."""
        return {
            (ref, feed): "HELD" if feed in known.holds else "WITHDRAWN"
            for ref, known in self.records.items()
            for feed in known.kept
        }


def run_batch(hub: Hub, model: Model, steps: list[Step], offset: int) -> list[Outcome]:
    """Decide a batch and compare each event with the model."""
    outcomes = []
    for number, step in enumerate(steps):
        standard = step.event(max(1, model.records[step.ref].version + step.ahead))
        lane = step.ref % 2
        outcome = hub.decide_at(standard, Position("standard", lane, offset + number))
        seen, said, unchanged = model.take(step, standard)
        assert outcome.entry["outcome"] == seen
        assert {f"{r.agency}.{r.feed}": r.action for r in outcome.releases} == said
        assert set(outcome.entry["unchanged"]) == unchanged
        assert [(d["delivery_id"], d["token"]) for d in outcome.entry["disclosures"]] == [
            (r.delivery_id, r.token) for r in outcome.releases
        ], "the ledger says what is released, no more and no less"
        for disclosure in outcome.entry["disclosures"]:
            model.see(step.ref, lane, disclosure)
        encode("uk.pointduty.hub.LedgerEntry", outcome.entry)
        outcomes.append(outcome)
    return outcomes


@settings(max_examples=150)
@given(BATCHES)
def test_who_holds_what_is_what_a_model_says(batches: list[tuple[list[Step], bool]]) -> None:
    """SHARE, UPDATE, WITHDRAW, unchanged, RESEND, STALE and CONFLICT of any history; sequences without gaps; revisions that
    count per agency; new tokens after a withdrawal. A dropped batch leaves nothing behind, and decided again it gives the
    same entries and the same bytes."""
    hub, model, offset = Hub(RULES), Model(), 0
    for steps, is_dropped in batches:
        before = copy.deepcopy(model)
        first = run_batch(hub, model, steps, offset)
        if is_dropped:
            hub.overlay.drop()
            model = before
            again = run_batch(hub, model, steps, offset)
            assert [each.entry for each in again] == [each.entry for each in first]
            assert [each.releases for each in again] == [each.releases for each in first]
        hub.commit()
        offset += len(steps)
        holders = {(int(key[-1]), h["feed"]): h["state"] for (_, key), r in hub.lanes.records.items() for h in r["holdings"]}
        assert holders == model.states()
        assert {(feed, lane): number for (lane, feed), number in hub.lanes.sequences.items()} == model.sequences


@given(st.sampled_from(["VERSION", "RECALL"]), st.integers(1, 3))
def test_an_entry_id_tells_the_decision(action: str, offset: int) -> None:
    """Another position or another decision is another entry; another time of the day, or another process, is not."""
    standard = event(envelope={"action": action}, locations=at())
    position = Position("standard", 0, offset)
    one = Hub(RULES).decide_at(standard, position).entry["entry_id"]
    assert Hub(RULES).decide_at(standard, position, now_ms=1_781_000_000_000).entry["entry_id"] == one
    assert Hub(RULES).decide_at(standard, position._replace(offset=9)).entry["entry_id"] != one
    other = rule_set([agreement("bureau")])
    assert Hub(other).decide_at(standard, position).entry["entry_id"] != one
    later = Hub(RULES)
    later.handle(event(ref="R/9", locations=at()))
    assert (later.decide_at(standard, position).entry["entry_id"] != one) == (action == "VERSION"), "sequences are part of it"


def test_two_versions_in_one_batch_see_each_other() -> None:
    """The second version in a batch is an UPDATE of the first, though nothing has been committed yet."""
    hub = Hub(RULES)
    actions = []
    for version, summary in enumerate(["one", "two"], 1):
        outcome = hub.decide(event(version=version, crime={"summary": summary, "offence": {"value": "5D"}}, locations=at()))
        actions.append([(r.agency, r.action) for r in outcome.releases])
    assert actions == [[("council-a", "SHARE"), ("bureau", "SHARE")], [("council-a", "UPDATE")]]
    assert not hub.lanes.records
    hub.overlay.drop()
    assert not hub.overlay.changed_holders and not hub.overlay.changed_sequences


def _held() -> Hub:
    hub = Hub(RULES)
    hub.handle(event(locations=at()))
    return hub


def _no_projection(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bytes:
        raise ZeroDivisionError

    monkeypatch.setattr(hub.book.writers["council"], "tail", fail)


def _no_rules(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(hub.book.decider, "decide", fail)


@pytest.mark.parametrize(
    ("fault", "code", "withdrawn"),
    [(_no_projection, Code.PROJECTION_FAILED, {"council-a"}), (_no_rules, Code.DECISION_FAULT, {"council-a", "bureau"})],
)
def test_a_fault_withholds_and_withdraws(
    fault: Callable[[Hub, pytest.MonkeyPatch], None], code: Code, withdrawn: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever fails, those whom it concerns get nothing new and are told to withdraw what they hold; the entry says the
    code; after the cure the next version is shared again, under a new token."""
    hub = _held()
    with monkeypatch.context() as broken:
        fault(hub, broken)
        outcome = hub.handle(event(version=2, locations=at(), crime={"summary": "new", "offence": {"value": "5D"}}))
    assert {release.agency for release in outcome.releases if release.action == "WITHDRAW"} == withdrawn
    assert not [release for release in outcome.releases if release.action != "WITHDRAW"]
    assert set(outcome.entry["faults"]) == {str(code)}
    again = hub.handle(event(version=3, locations=at(), crime={"summary": "new", "offence": {"value": "5D"}}))
    assert {release.agency: release.action for release in again.releases} == dict.fromkeys(withdrawn, "SHARE")


def test_a_withdrawal_says_nothing_of_the_record() -> None:
    """No record, no marking, no quality, the feed's own terms and a deadline; under the token as shared."""
    hub = _held()
    shared = {h["feed"]: h for h in hub.lanes.records[(0, "northumbria:native:R/1")]["holdings"]}
    outcome = hub.handle(event(version=2, envelope={"action": "ERASURE"}, locations=at()))
    for release in outcome.releases:
        assert release.action == "WITHDRAW"
        assert b"R/1" not in release.value and b"ERASURE" not in release.value
        bound = f"{'council' if release.agency != 'bureau' else 'bureau'}@{release.agency}"
        assert release.token == hub.tokens.record_at(bound, "northumbria:native:R/1", 0)
    assert set(shared) == {"council-a.live", "bureau.short"}
    reasons = {disclosure["reason_code"] for disclosure in outcome.entry["disclosures"]}
    assert reasons == {"NO_LONGER_PERMITTED"}, "why it is withdrawn is the originator's to tell"


def test_the_ledger_names_no_record() -> None:
    """Tokens and salts instead of references, and another master key gives others: they can't be guessed from outside."""
    standard = event(ref="R/secret", persons=[{"ref": "p", "roles": ["VICTIM"], "surname": "Zebedee"}], locations=at())
    entries = [Hub(RULES, Tokens(key * 32)).decide_at(standard, Position("standard", 0, 1)).entry for key in (b"a", b"b")]
    for entry in entries:
        body = encode("uk.pointduty.hub.LedgerEntry", entry)
        assert b"secret" not in body and b"Zebedee" not in body
    assert entries[0]["record_token"] != entries[1]["record_token"]
    assert entries[0]["salt"] != entries[1]["salt"]
    with pytest.raises(ValueError):
        Tokens(b"short")
