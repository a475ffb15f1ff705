"""Rehearsal: what it says would change is what the two rule sets come to, record by record."""

import random
from collections.abc import Iterable

from core_hub import NOW_MS, Hub, agreement, at, event, prohibition, rule_set
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.records import Record
from stream_processors.decide import Decider
from stream_processors.rehearsal import CHANGED, NEWLY, NO_LONGER, WITHDRAWN, Effect, Rehearsal, Side
from stream_processors.rehearsal_samples import Samples
from stream_processors.rule_set import RuleSet

MARKERS = ["child", "soc", "mappa", "protected-person"]


def run(
    old: RuleSet, new: RuleSet, events: Iterable[Record], held: Iterable[Record] = (), per: int = 0
) -> tuple[list[Effect], Samples]:
    samples = Samples(new, per, lambda bound, field, _: f"pseudonym of {field} for {bound}")
    rehearsal = Rehearsal(Side(old, Decider(old), NOW_MS), Side(new, Decider(new), NOW_MS), 0, samples)
    for holders in held:
        rehearsal.hold(holders)
    for each in events:
        rehearsal.take(each, NOW_MS)
    return list(rehearsal.effects()), samples


def pairs(effects: list[Effect], effect: str) -> set[tuple[str, str]]:
    return {(each.record_id, each.feed) for each in effects if each.effect == effect}


def simple(markers: list[str], area: bool = False, **more: object) -> Record:
    clause: Record = {"marker": markers} | ({"area": "own"} if area else {})
    return agreement(share_when=[clause], **more)


def versions(chance: random.Random) -> list[Record]:
    """A few records, each in several versions, one or the other sent again, closed or late."""
    found = []
    for ref in range(4):
        for version in range(1, chance.randint(1, 4) + 1):
            action = chance.choice(["VERSION", "VERSION", "RECALL", "REINSTATEMENT"])
            place = at(chance.choice(["E08000021", "E08000037"]))
            made = event(
                ref=f"R/{ref}", version=version, markers=chance.sample(MARKERS, 2), locations=place, envelope={"action": action}
            )
            found += [made] * chance.choice([1, 1, 2])
    return found


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), latch=st.booleans())
def test_it_comes_to_what_two_hubs_come_to(seed: int, latch: bool) -> None:
    """Newly, no longer: the difference of what a whole disseminator shares, version by version, and holds in the end."""
    chance = random.Random(seed)
    rules = [prohibition(when=[{"marker": ["protected-person"]}], latch=latch)]
    old, new = (rule_set([simple(chance.sample(MARKERS, 2), chance.random() < 0.5)], rules) for _ in range(2))
    events = versions(chance)
    effects, _ = run(old, new, events)
    hubs = Hub(old), Hub(new)
    newly = set()
    for each in events:
        shares = [hub.handle(each).decision for hub in hubs]
        feeds = [{bound.feed for bound in decision.shares} if decision is not None else set() for decision in shares]
        newly |= {(each["envelope"]["record_id"], feed) for feed in feeds[1] - feeds[0]}
    held = [
        {
            (h["record_id"], each["feed"])
            for h in hub.lanes.records.values()
            for each in h["holdings"]
            if each["state"] == "HELD"
        }
        for hub in hubs
    ]
    assert pairs(effects, NEWLY) == newly
    assert pairs(effects, NO_LONGER) == held[0] - held[1]
    assert pairs(effects, CHANGED) == set()


def test_the_same_set_changes_nothing() -> None:
    """A set against itself, and against itself with another purpose."""
    old, new = (rule_set([simple(["child"], purpose=f"purpose {name} of this test")]) for name in "ab")
    assert run(old, old, [event(markers=["child"])])[0] == run(old, new, [event(markers=["child"])])[0] == []


def test_fields_that_change_are_told_by_path() -> None:
    """Gained and lost, also where only a national rule or a line's condition has changed; an empty field changes nothing."""
    one = {"envelope.kind": "keep", "persons[*].surname": "keep", "crime.summary": "keep"}
    other = {"envelope.kind": "keep", "persons[*].surname": {"mask_keep_last": 1}, "crime.summary": "keep"}
    people = [{"ref": "p1", "roles": ["VICTIM"], "surname": "Example"}]
    record = event(persons=people, markers=["soc"])
    [found] = run(rule_set([agreement("bureau", fields=one)]), rule_set([agreement("bureau", fields=other)]), [record])[0]
    assert (found.effect, found.fields) == (CHANGED, {"+persons.surname_masked", "-persons.surname"})
    assert run(rule_set([agreement("bureau", fields=one)]), rule_set([agreement("bureau", fields=other)]), [event()])[0] == []
    drop = prohibition(when=[{"marker": ["soc"]}], effect="drop", drops=["persons[VICTIM].surname"])
    [found] = run(rule_set([agreement("bureau", fields=one)]), rule_set([agreement("bureau", fields=one)], [drop]), [record])[0]
    assert found.fields == {"-persons.surname"}
    when = one | {"persons[*].surname": {"keep": True, "when": [{"marker": ["child"]}]}}
    [found] = run(rule_set([agreement("bureau", fields=one)]), rule_set([agreement("bureau", fields=when)]), [record])[0]
    assert found.fields == {"-persons.surname"}


def test_what_is_held_and_would_go_is_told_though_its_record_is_gone() -> None:
    """By the attributes that holders keep; what both sets would withdraw is not this change's."""
    hub = Hub(rule_set([simple(["child"])]))
    for number, markers in enumerate((["child"], ["child", "soc"])):
        hub.handle(event(ref=f"R/{number}", markers=markers))
    held = list(hub.lanes.records.values())
    found, _ = run(rule_set([simple(["child"])]), rule_set([simple(["soc"])]), [], held)
    assert pairs(found, WITHDRAWN) == {("northumbria:native:R/0", f"council-{name}.live") for name in "abc"}
    assert run(rule_set([simple(["mappa"])]), rule_set([simple(["soc"])]), [], held)[0] == []


def test_a_latch_and_a_closing_that_are_older_than_the_topic_hold() -> None:
    """Holders tell of the versions that are gone."""
    rules = [prohibition(latch=True)]
    old, new = rule_set([simple(["child"])], rules), rule_set([simple(["child", "soc"])], rules)
    later = event(version=2, markers=["soc"])
    assert run(old, new, [later])[0] != []
    holders = {
        "record_id": "northumbria:native:R/1",
        "version": 2,
        "latches": ["a-rule"],
        "closed": False,
        "holdings": [],
        "withdrawals": [],
        "attributes": {},
    }
    assert run(old, new, [later], [holders])[0] == []


def test_examples_are_what_the_agency_would_get_and_few() -> None:
    """By the new projection, pseudonyms under the agency's own key, the same whatever the order of the records."""
    fields = {"envelope.kind": "keep", "persons[*].pnc_id": "pseudonymise", "persons[*].surname": "keep"}
    person = {"ref": "p1", "roles": ["SUSPECT"], "surname": "Example", "given_name": "Never", "pnc_id": "2041/0000001Z"}
    events = [event(ref=f"R/{number}", markers=["soc"], persons=[person]) for number in range(30)]
    old, new = rule_set([simple(["child"], fields=fields)]), rule_set([simple(["soc"], fields=fields)])
    _, samples = run(old, new, events, per=3)
    _, again = run(old, new, reversed(events), per=3)
    drawn = samples.drawn()
    assert len(drawn) == 3 and drawn == again.drawn()
    assert "Never" not in str(drawn) and "2041/0000001Z" not in str(drawn) and "pseudonym of pnc_id for council@" in str(drawn)
