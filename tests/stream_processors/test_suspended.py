"""Suspensions in the core: nothing is sent into a suspended feed, what is held stays held, and withdrawals still arrive."""

from dataclasses import replace

import pytest
from core_hub import FORCE, LADS, Hub, agreement, at, event, rule_set
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import encode
from stream_processors.attributes import derive_attributes
from stream_processors.control_commands import Cut, LaneCommand
from stream_processors.control_suspensions import SUSPENSION, Suspensions, join_cuts, suspension_key
from stream_processors.disseminate import disseminate_again
from stream_processors.lane_tasks import Does, tasks_of
from stream_processors.ledger_entry import Position
from stream_processors.releases import Recall
from stream_processors.rulebook import Desk
from stream_processors.suspended import split_suspended

RULES = rule_set([agreement(share_when=[{"kind": ["crime"], "area": "own"}]), agreement("bureau", feed="short")])
SUBJECTS = [
    *(f"agency/{name}" for name in (*LADS, "bureau", "squad")),
    "feed/council-a.live",
    "feed/bureau.short",
    "feed/bureau.other",
    f"force/{FORCE}",
    "force/kent",
]
NOW_MS = 1_781_524_800_000
SUSPENDED_AT = 1_781_520_000_000


def suspended(hub: Hub, *subjects: str) -> Hub:
    """The same hub, with this and nothing else suspended."""
    hub.book = replace(hub.book, suspensions=frozenset(subjects))
    return hub


def crime(version: int = 1, summary: str = "one", **envelope: str) -> dict[str, object]:
    return event(version=version, envelope=envelope, locations=at(), crime={"offence": {"value": "5D"}, "summary": summary})


@given(st.frozensets(st.sampled_from(SUBJECTS)), st.sampled_from(sorted(LADS)))
def test_each_share_goes_or_is_held_back(subjects: frozenset[str], council: str) -> None:
    """Every agency that was to receive either still is, or is held back with its reason; nobody is added, every bound
    agreement is counted once, before and after; the vector tells of each one that is held back."""
    standard = event(locations=at(LADS[council]))
    decision = Hub(RULES).book.decider.decide(derive_attributes(standard), frozenset(), False, NOW_MS)
    after, held_back = split_suspended(decision, standard, subjects)
    stopped = {b.feed for b in decision.shares if {f"agency/{b.agency.id}", f"feed/{b.feed}", f"force/{FORCE}"} & subjects}
    assert held_back == stopped
    assert {bound.feed for bound in after.shares} == {bound.feed for bound in decision.shares} - stopped
    assert len(after.shares) + sum(after.withheld.values()) == len(decision.shares) + sum(decision.withheld.values())
    reason = "FORCE_SUSPENDED" if f"force/{FORCE}" in subjects else "SUSPENDED"
    said = {name for name, why in after.vector if why == reason}
    assert said == {bound.id for bound in decision.shares if bound.feed in stopped}
    assert (after == decision) == (not stopped)


@pytest.mark.parametrize("subject", ["agency/council-a", "feed/council-a.live"])
def test_a_suspended_feed_gets_nothing_and_keeps_what_it_holds(subject: str) -> None:
    """A new version goes to everybody else; the suspended agency's holding stays, its sequence does not move; after it is
    resumed the next version is an UPDATE under the old token."""
    hub = Hub(RULES)
    first = hub.handle(crime())
    held = hub.lanes.records[(0, f"{FORCE}:native:R/1")]["holdings"]
    outcome = suspended(hub, subject).handle(crime(2, "two"))
    assert [release.agency for release in outcome.releases] == ["bureau"]
    assert not outcome.recalls
    now = {holding["feed"]: holding for holding in hub.lanes.records[(0, f"{FORCE}:native:R/1")]["holdings"]}
    assert now["council-a.live"] == next(holding for holding in held if holding["feed"] == "council-a.live")
    assert hub.lanes.sequence(0, "council-a.live") == 1
    assert {"reason": "SUSPENDED", "count": 1} in outcome.entry["withheld"]
    later = suspended(hub).handle(crime(3, "three"))
    assert [(release.agency, release.action) for release in later.releases] == [("council-a", "UPDATE"), ("bureau", "UPDATE")]
    assert {r.token for r in later.releases} == {r.token for r in first.releases}


@pytest.mark.parametrize("action", ["RECALL", "ERASURE", "RESTRICTION"])
def test_a_withdrawal_for_a_suspended_feed_goes_by_recall(action: str) -> None:
    """The token as shared and a deadline, nothing else; the ledger says by which channel; the feed's sequence does not move;
    and it is withdrawn, so that it comes back only under a new token."""
    hub = Hub(RULES)
    [shared] = [release for release in hub.handle(crime()).releases if release.agency == "council-a"]
    outcome = suspended(hub, "agency/council-a").handle(crime(2, action=action))
    [recall] = outcome.recalls
    assert (recall.agency, recall.token) == ("council-a", shared.token)
    assert set(Recall._fields) == {"agency", "token", "delivery_id", "deadline", "timestamp_ms"}
    assert [release.agency for release in outcome.releases] == ["bureau"]
    said = {disclosure["agency"]: disclosure for disclosure in outcome.entry["disclosures"]}
    assert (said["council-a"]["channel"], said["council-a"]["sequence"]) == ("RECALL", 0)
    assert said["bureau"]["channel"] == "FEED"
    assert hub.lanes.sequence(0, "council-a.live") == 1
    again = suspended(hub).handle(crime(3, action="REINSTATEMENT"))
    [back] = [release for release in again.releases if release.agency == "council-a"]
    assert (back.action, back.token == shared.token) == ("SHARE", False)


def test_a_forces_own_stop_holds_back_its_part_and_no_erasure() -> None:
    """Nothing of the force is shared with anybody, what is held stays held, and an erasure still reaches every holder by its
    feed; another force's stop changes nothing."""
    hub = Hub(RULES)
    hub.handle(crime())
    stopped = suspended(hub, f"force/{FORCE}").handle(crime(2, "two"))
    assert not stopped.releases and not stopped.recalls
    assert {"reason": "FORCE_SUSPENDED", "count": 2} in stopped.entry["withheld"]
    erased = hub.handle(crime(3, action="ERASURE"))
    assert {(release.agency, release.action) for release in erased.releases} == {
        ("council-a", "WITHDRAW"),
        ("bureau", "WITHDRAW"),
    }
    assert len(suspended(Hub(RULES), "force/kent").handle(crime()).releases) == 2


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 1), st.integers(1, 12)), max_size=30))
def test_joined_cuts_name_the_same_numbers(numbers: list[tuple[str, int, int]]) -> None:
    """No number more, none less, in ranges that do not touch, whatever the order; joining again changes nothing."""
    cuts = [{"feed": feed, "lane": lane, "first": number, "last": number} for feed, lane, number in numbers]
    joined = join_cuts(cuts)
    told = [(c["feed"], c["lane"], n) for c in joined for n in range(c["first"], c["last"] + 1)]
    assert sorted(told) == sorted(set(numbers))
    assert all((c["feed"], c["lane"], c["last"] + 1) not in told for c in joined)
    assert join_cuts(joined) == joined == join_cuts(reversed(cuts))


def word(subject: str, state: str) -> bytes:
    said = {"subject": subject, "state": state, "by": "a person", "reason": "a test", "at": SUSPENDED_AT, "cut": []}
    return encode(SUSPENSION, said)


@given(st.lists(st.tuples(st.sampled_from(SUBJECTS), st.sampled_from(["SUSPENDED", "RESUMED", "other"]))))
def test_the_last_word_on_a_subject_holds(words: list[tuple[str, str]]) -> None:
    """What was said last of each subject; whatever is not RESUMED is suspended."""
    suspensions = Suspensions()
    for subject, state in words:
        suspensions.take(suspension_key(subject).encode(), SUSPENSION, word(subject, state))
    last = dict(words)
    assert suspensions.standing == {subject for subject, state in last.items() if state != "RESUMED"}


@given(
    st.sampled_from([SUSPENSION, None, "org.other.Thing"]),
    st.one_of(st.binary(max_size=40), st.just(word("agency/other", "RESUMED"))),
)
def test_an_unread_word_suspends_its_subject(name: str | None, body: bytes) -> None:
    """Bytes that can't be read, an unknown schema, a word on another subject under this key: the subject counts as suspended
    until a word that can be read lifts it; nothing else is."""
    suspensions, key = Suspensions(), suspension_key("agency/council-a").encode()
    suspensions.take(key, SUSPENSION, word("agency/council-a", "RESUMED"))
    suspensions.take(key, name, body)
    assert suspensions.standing == {"agency/council-a"}
    suspensions.take(key, SUSPENSION, word("agency/council-a", "RESUMED"))
    assert not suspensions.standing


def test_what_was_cut_is_sent_again_and_only_that() -> None:
    """A holder whose delivery was deleted gets it again, though nothing has changed since; whoever has received it does not."""
    hub = Hub(RULES)
    hub.handle(crime())
    cut = Cut("council-a.live", 0, 1, 1)
    for one, sent in ((replace(cut, lane=1), []), (replace(cut, first=2, last=9), []), (cut, ["UPDATE"])):
        [task] = [task for task in tasks_of([_resume(one)]) if task.does is not Does.VOID]
        desk = Desk(hub.overlay, hub.book, hub.tokens, NOW_MS)
        outcome = disseminate_again(crime(), Position("standard", 0, 1), desk, task, 10)
        assert outcome is not None
        assert [release.action for release in outcome.releases] == sent
        hub.overlay.drop()


def test_a_sweep_waits_for_its_subject_and_the_void_does_not() -> None:
    """While it stands suspended only the cut is answered; a feed also waits for its agency; another subject does not matter."""
    command = _resume(Cut("council-a.live", 0, 1, 1))
    both = [task.id for task in tasks_of([command], {"agency/council-b", f"force/{FORCE}"})]
    assert both == ["c/void", "c"]
    for standing in ({"feed/council-a.live"}, {"agency/council-a"}):
        assert [task.id for task in tasks_of([command], standing)] == ["c/void"]


def _resume(*cuts: Cut) -> LaneCommand:
    return LaneCommand("c", "RESUME", "feed/council-a.live", "a person", "a test", SUSPENDED_AT, cuts=cuts)
