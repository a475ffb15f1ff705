"""Who can see a field: whatever the engine lets out is in the answer, and each answer of the shipped rules has its proof."""

import random
from functools import cache
from typing import Any

import pytest
from core_hub import FORCE, NOW_MS, agreement, prohibition, unchecked_rule_set
from hypothesis import given, settings
from hypothesis import strategies as st
from random_attributes import attributes, shared_ones

from schemas.records import Record
from stream_processors.attribute_views import view_of
from stream_processors.attributes import derive_attributes
from stream_processors.decide import Decider
from stream_processors.reach_questions import Question, ask, known_fields
from stream_processors.rule_analysis_lines import values_of_line
from stream_processors.rule_analysis_proof import find_proof, leaves_of
from stream_processors.rule_analysis_reach import Reach, who_can_see
from stream_processors.rule_set import RuleSet, load_rule_set, shipped_parts
from stream_processors.sample_records import sample_record

EVERY_FIELD = frozenset(known_fields())
NARROWING = (
    "kind",
    "marker",
    "victim_anonymity",
    "grade_handling",
    "marking",
    "force",
    "person_role",
    "incident_theme",
    "hour",
)


@cache
def shipped() -> RuleSet:
    return load_rule_set(shipped_parts())


@cache
def rich() -> RuleSet:
    """Rules of every sort: groups, lines with conditions, masks over kept fields, exceptions with conditions."""
    people = {"children": [{"age": ["10-17", "under-10"]}], "family": [{"household_of": "children"}]}
    fields: Record = {
        "envelope.kind": "keep",
        "persons[*].surname": "keep",
        "persons[VICTIM].surname": {"mask_keep_last": 1},
        "persons[children].date_of_birth": {"generalise": "year"},
        "persons[*].telephone": {"keep": True, "when": [{"marker": ["soc"]}]},
        "persons[SUSPECT,family].pnc_id": "pseudonymise",
        "locations[INCIDENT].postcode": {"generalise": "outward"},
        "crime.summary": "keep",
        "incident.summary": "keep",
    }
    share: list[Record] = [{"marker": ["child", "soc"]}, {"kind": ["crime"], "area": "own"}, {"persons": {"any": "children"}}]
    first = agreement("council", people=people, fields=fields, share_when=share, withhold_when=[{"sanitisation_code": ["S2"]}])
    second = agreement("bureau", fields=fields | {"persons[children].date_of_birth": "keep"}, people=people)
    third = agreement("squad", kinds=["intelligence"], fields={"persons[*].surname": "keep"}, intelligence_handling=["P"])
    excepted = [
        {"agreement": "bureau", "gateway": "CDA1998-115", "reason": "a reason of this test", "when": [{"kind": ["crime"]}]}
    ]
    drops = ["persons[VICTIM].surname", "persons[VICTIM].telephone", "locations[*].postcode"]
    rules = [
        prohibition("victims", when=[{"victim_anonymity": ["Y"]}], effect="drop", drops=drops, latch=True, excepted=excepted),
        prohibition("protected", when=[{"marker": ["protected-person"]}]),
    ]
    return unchecked_rule_set([first, second, third], rules)


def place_of(found: Reach) -> tuple[str, ...]:
    path = found.rule.path
    return (path.list_name,) if path.list_name else path.names[:-1]


def leaving(rules: RuleSet, decider: Decider, record: Record) -> set[tuple[str, tuple[str, ...], str]]:
    """(agreement, place, name) of everything that leaves of the record, to anybody."""
    derived = derive_attributes(record)
    decision, members = decider.decide(derived, frozenset(), False, NOW_MS), decider.members(derived)
    found = set()
    for bound in {bound.agreement.id: bound for bound in decision.shares}.values():
        sanitising, projection = decision.sanitising[bound.agreement.id], rules.projections[bound.agreement.id]
        lost = [path for each in sorted(sanitising.drops) for path in rules.drops[each]]
        left = projection.narrowed(lost, sanitising.held).apply(record, members, lambda field, _: field)
        for rule in projection.rules:
            place = (rule.path.list_name,) if rule.path.list_name else rule.path.names[:-1]
            if rule.treatment is not None and rule.treatment.name in leaves_of(left, place):
                found.add((bound.agreement.id, place, rule.treatment.name))
    return found


def narrowed(record: Record, chance: random.Random) -> list[str]:
    """Lines that are known to be so of the record, beside values that are not."""
    view, lines = view_of(derive_attributes(record)).record, []
    for name in chance.sample(NARROWING, chance.randint(0, 2)):
        known = sorted(value for value in view.get(name) or () if value in values_of_line(name))
        if known:
            lines.append(f"{name}={','.join({chance.choice(known), chance.choice(values_of_line(name))})}")
    return lines


@pytest.mark.parametrize("rules", [shipped, rich])
@settings(max_examples=120, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_whatever_the_engine_lets_out_is_in_the_answer(rules: Any, seed: int) -> None:
    """On any record, for any question that is so of it: each field that leaves is in the answer, as what it leaves."""
    chance, found = random.Random(seed), rules()
    record = sample_record(shared_ones(found, chance) if chance.random() < 0.8 else attributes(chance))
    question = Question(EVERY_FIELD, ask("persons.surname", narrowed(record, chance)).where)
    told = {(each.agreement.id, place_of(each), each.leaves_as) for each in who_can_see(found, question)}
    assert leaving(found, Decider(found), record) <= told


def test_the_random_records_do_leave() -> None:
    """The property above is about something: of the records it draws many leave, under every agreement of both sets."""
    for found in (shipped(), rich()):
        chance, decider, agreements = random.Random(7), Decider(found), set[str]()
        for _ in range(300):
            agreements |= {name for name, _, _ in leaving(found, decider, sample_record(shared_ones(found, chance)))}
        assert agreements == {each.id for each in found.agreements}


@pytest.mark.parametrize("where", ["kind=crime", "kind=custody", "sub_type=asb"])
def test_every_answer_of_the_shipped_rules_is_proved(where: str) -> None:
    """Of each line that may let something leave there is a record with which the engine does. Of records of which is known
    whether victims are anonymous: that of an incident or of intelligence mostly can't be known, so rules on it may withhold
    all of them, and an answer errs on the side of telling too much."""
    rules = shipped()
    question = Question(EVERY_FIELD, ask("persons.surname", [where, "victim_anonymity=N"]).where)
    found, decider = who_can_see(rules, question), Decider(rules)
    unproved = [(e.agreement.id, e.line) for e in found if find_proof(rules, decider, e, question, NOW_MS) is None]
    assert unproved == [] and (found or where == "kind=custody")


def test_a_question_narrows_the_answer() -> None:
    """Victims' surnames under anonymity: not the council, whose line is surely dropped; the bureau by its exception."""
    rules = rich()
    lines = {(each.agreement.id, each.line) for each in who_can_see(rules, ask("persons.name"))}
    assert ("council", "persons[VICTIM].surname") in lines and ("squad", "persons[*].surname") in lines
    where = ask("persons.name", ["victim_anonymity=Y", "kind=crime"])
    told = {(each.agreement.id, each.line) for each in who_can_see(rules, where)}
    assert ("council", "persons[VICTIM].surname") not in told and ("bureau", "persons[VICTIM].surname") in told
    assert not [each for each in told if each[0] == "squad"]  # intelligence alone
    assert who_can_see(rules, ask("persons.surname", ["marker=protected-person"])) == []
    assert who_can_see(rules, ask("persons.surname", ["force=kent"])) == []  # only one force has accepted
    assert {each.forces for each in who_can_see(rules, ask("persons.surname"))} == {(FORCE,)}


def test_a_line_that_a_stricter_one_overrules_is_no_answer() -> None:
    """A kept field of victims under a mask for everybody never leaves as it is."""
    fields: Record = {"envelope.kind": "keep", "persons[*].surname": {"mask_keep_last": 1}, "persons[VICTIM].surname": "keep"}
    found = who_can_see(unchecked_rule_set([agreement(fields=fields)]), ask("persons.surname"))
    assert [(each.line, each.form, each.leaves_as) for each in found] == [("persons[*].surname", "mask", "surname_masked")]


@pytest.mark.parametrize(
    ("field", "where", "wanted"),
    [
        ("persons.shoe_size", [], "persons."),
        ("persons[VICTIM].surname", [], "expected one of"),
        ("persons.surname", ["marker"], "ATTRIBUTE=VALUE"),
        ("persons.surname", ["area=own"], "ATTRIBUTE=VALUE"),
        ("persons.surname", ["marker=chid"], "child"),
        ("persons.surname", ["marker=child", "marker=soc"], "twice"),
        ("persons.surname", ["quality_at_least=much"], "quality_at_least"),
    ],
)
def test_a_question_that_is_none_says_what_would_be_right(field: str, where: list[str], wanted: str) -> None:
    """A field that is not there, a line without value, a value that no record has."""
    with pytest.raises(ValueError, match=r"expected|twice|integer") as told:
        ask(field, where)
    assert wanted in str(told.value)
