"""Decide: default deny, three-valued, nothing stops early. Against a naive evaluator, over the whole language."""

import random
from itertools import product

import pytest
from core_hub import NOW_MS
from hypothesis import given, settings
from hypothesis import strategies as st
from more_known import more_known, without_unknown_shares
from naive_facts import facts_of
from naive_rules import answer, case_of, latches, person_of, place_of
from rule_maker import LATCHED, random_attributes, random_rules

from stream_processors.attributes import Attributes
from stream_processors.conditions import Truth, both, either, negate
from stream_processors.decide import Decider, Decision
from stream_processors.rule_set import RuleSet

VALUE = {False: 0.0, None: 0.5, True: 1.0}
TRUTH: dict[float, Truth] = {value: truth for truth, value in VALUE.items()}

RULES = st.integers(0, 23).map(random_rules)
CHANCE = st.randoms(use_true_random=False)
LATCHES = st.sampled_from(LATCHED)
DECIDERS: dict[str, Decider] = {}


@pytest.mark.parametrize("truths", [row for length in range(4) for row in product([True, False, None], repeat=length)])
def test_and_or_and_not_are_kleenes(truths: tuple[Truth, ...]) -> None:
    """Over false < unknown < true, and is the least, or the greatest, not the mirror; empty: true and false."""
    assert both(truths) is TRUTH[min((VALUE[truth] for truth in truths), default=1.0)]
    assert either(truths) is TRUTH[max((VALUE[truth] for truth in truths), default=0.0)]
    assert both(map(negate, truths)) is negate(either(truths))


def shares_of(decision: Decision) -> set[str]:
    """Bound agreements that receive."""
    return {bound.id for bound in decision.shares}


def decide(rules: RuleSet, attributes: Attributes, latched: frozenset[str], closed: bool = False) -> Decision:
    """By a decider that has been asked everything before."""
    return DECIDERS.setdefault(rules.sha256, Decider(rules)).decide(attributes, latched, closed, NOW_MS)


@settings(max_examples=250)
@given(RULES, CHANCE, LATCHES, st.booleans())
def test_it_decides_as_a_naive_evaluator(
    pair: tuple[RuleSet, RuleSet], chance: random.Random, latched: frozenset[str], closed: bool
) -> None:
    """Shares, clauses that permit, every reason against, drops, lines of field lists, members of groups and latches are those
    of an evaluator without memo; asked in any order, again and again."""
    rules, attributes = pair[1], random_attributes(chance)
    decision = decide(rules, attributes, latched, closed)
    case = case_of(attributes, latched, closed, NOW_MS)
    said = {bound.id: (v.permits, frozenset(v.against)) for v in decision.verdicts for bound in v.bounds}
    for bound in (bound for rule in rules.agreements for bound in rules.bound[rule.id]):
        wanted = answer(rules, bound, case)
        assert said[bound.id] == (wanted.permits, wanted.against), bound.id
        assert (bound.id in shares_of(decision)) == wanted.shares
        if wanted.shares:
            assert decision.sanitising[bound.agreement.id] == (wanted.drops, wanted.held)
    assert decision.latches == latches(rules, case)
    assert decision == Decider(rules).decide(attributes, latched, closed, NOW_MS)


@settings(max_examples=150)
@given(RULES, CHANCE)
def test_members_of_groups_are_those_of_a_naive_evaluator(pair: tuple[RuleSet, RuleSet], chance: random.Random) -> None:
    """Obligations and drops act by them: who is of which group of which rule, known, unknown or not."""
    rules, attributes = pair[1], random_attributes(chance)
    members, facts = Decider(rules).members(attributes), facts_of(attributes, NOW_MS)
    wanted: dict[tuple[str, str, str], tuple[Truth, ...]] = {}
    for rule in (*rules.agreements, *rules.prohibitions):
        for name in rule.people:
            truths = [person_of(name, at, rule.people, facts) for at in range(len(facts.persons))]
            wanted[rule.id, "persons", name] = tuple(TRUTH[truth] for truth in truths)
        for name in rule.places:
            truths = [place_of(name, at, rule.people, rule.places, facts) for at in range(len(facts.places))]
            wanted[rule.id, "locations", name] = tuple(TRUTH[truth] for truth in truths)
    assert members == wanted


@settings(max_examples=120)
@given(RULES, CHANCE, LATCHES, st.booleans())
def test_every_agency_is_answered_once(
    pair: tuple[RuleSet, RuleSet], chance: random.Random, latched: frozenset[str], closed: bool
) -> None:
    """Shared, or counted under its first reason; the vector names each that shares; asked alone an agency gets the same."""
    rules, attributes = pair[1], random_attributes(chance)
    decision = decide(rules, attributes, latched, closed)
    everybody = [bound for rule in rules.agreements for bound in rules.bound[rule.id]]
    assert sorted(bound.id for v in decision.verdicts for bound in v.bounds) == sorted(bound.id for bound in everybody)
    assert len(decision.shares) + sum(decision.withheld.values()) == len(everybody)
    assert {subject for subject, said in decision.vector if said.startswith("SHARE:")} == shares_of(decision)
    for bound in everybody:
        permits, against = DECIDERS[rules.sha256].verdict(attributes, latched, closed, NOW_MS, bound)
        [found] = [v for v in decision.verdicts if bound in v.bounds]
        assert (permits, against) == (found.permits, found.against)
        assert bool(permits) or bool(against)


@settings(max_examples=250)
@given(RULES, CHANCE, CHANCE, LATCHES)
def test_unknown_never_permits_and_always_satisfies_a_prohibition(
    pair: tuple[RuleSet, RuleSet], chance: random.Random, telling: random.Random, latched: frozenset[str]
) -> None:
    """Whatever an unknown turns out to be: nothing was shared before that would not be shared then, no line of a field list
    was open that would be closed, every prohibition that then holds did hold before. Exempt is `unknown: share` alone."""
    rules, attributes = pair[1], random_attributes(chance)
    told = more_known(attributes, telling)
    before, after = decide(rules, attributes, latched), decide(rules, told, latched)
    strict = without_unknown_shares(rules)
    assert {bound.id for bound in before.shares if bound.agreement.id in strict} <= shares_of(after)
    assert before.latches >= after.latches
    for bound in before.shares:
        if bound.agreement.id in strict:
            first, then = before.sanitising[bound.agreement.id], after.sanitising[bound.agreement.id]
            assert first.drops >= then.drops
            assert first.held <= then.held
    decider = DECIDERS[rules.sha256]
    now = decider.members(told)
    for group, truths in decider.members(attributes).items():
        assert all(was is None or was is then for was, then in zip(truths, now[group], strict=True)), group


@settings(max_examples=120)
@given(RULES, CHANCE, LATCHES)
def test_one_more_prohibition_never_shares_more(
    pair: tuple[RuleSet, RuleSet], chance: random.Random, latched: frozenset[str]
) -> None:
    """Not one agency more, not one field more, and no reason less."""
    attributes = random_attributes(chance)
    fewer, more = (decide(rules, attributes, latched) for rules in pair)
    assert shares_of(more) <= shares_of(fewer)
    assert all(
        more.sanitising[bound.agreement.id].drops >= fewer.sanitising[bound.agreement.id].drops
        and more.sanitising[bound.agreement.id].held == fewer.sanitising[bound.agreement.id].held
        for bound in more.shares
    )
    assert {pair for pair in fewer.vector if "SHARE:" not in pair[1]} <= set(more.vector)


@settings(max_examples=120)
@given(RULES, CHANCE, LATCHES)
def test_what_has_latched_never_opens(pair: tuple[RuleSet, RuleSet], chance: random.Random, latched: frozenset[str]) -> None:
    """A prohibition that has latched holds whatever a later version says: no share, and no field, that it would not allow."""
    rules, attributes = pair[1], random_attributes(chance)
    free, bound_by = decide(rules, attributes, frozenset()), decide(rules, attributes, latched)
    assert shares_of(bound_by) <= shares_of(free)
    assert bound_by.latches >= latched
    assert all(
        bound_by.sanitising[each.agreement.id].drops >= free.sanitising[each.agreement.id].drops for each in bound_by.shares
    )


@settings(max_examples=100)
@given(RULES, CHANCE, LATCHES)
def test_what_the_originator_has_closed_goes_to_nobody(
    pair: tuple[RuleSet, RuleSet], chance: random.Random, latched: frozenset[str]
) -> None:
    """Recalled, restricted or erased: no agency, whatever the rules say."""
    decision = decide(pair[0], random_attributes(chance), latched, closed=True)
    assert not decision.shares
    assert all("CLOSED_BY_ORIGINATOR" in verdict.against for verdict in decision.verdicts)


def test_the_comparison_is_about_something() -> None:
    """Over the random rules every answer occurs often: shares, drops, lines of field lists open and closed, latches, unknown
    conditions, each reason, each attribute asked for."""
    chance, seen = random.Random(1), dict.fromkeys(["share", "drop", "held", "latch", "unknown"], 0)
    reasons: set[str] = set()
    for number in range(1200):
        rules = random_rules(number % 24)[1]
        decision = decide(rules, random_attributes(chance), frozenset())
        seen["share"] += bool(decision.shares)
        seen["drop"] += any(each.drops for each in decision.sanitising.values())
        seen["held"] += any(each.held for each in decision.sanitising.values())
        seen["latch"] += bool(decision.latches)
        reasons |= {reason.partition(":")[0] for verdict in decision.verdicts for reason in verdict.against}
        seen["unknown"] += any("UNKNOWN" in reason for verdict in decision.verdicts for reason in verdict.against)
    assert all(30 <= count <= 1170 for count in seen.values()), seen
    assert {"KIND", "MARKING", "INTELLIGENCE_HANDLING", "AGREEMENT_NOT_VALID", "FORCE_HAS_NOT_ACCEPTED"} <= reasons
    assert {"PROHIBITION", "WITHHOLD_WHEN[0]", "CONDITION", "CONDITION_UNKNOWN", "AREA", "AREA_UNKNOWN", "CONSENT"} <= reasons
    asked = {
        line
        for seed in range(24)
        for rule in (*random_rules(seed)[1].agreements, *random_rules(seed)[1].prohibitions)
        for clause in (rule.share_when if hasattr(rule, "share_when") else rule.when)
        for line in clause.model_dump(exclude_none=True)
    }
    assert asked >= set(type(random_rules(0)[1].agreements[0].share_when[0]).model_fields) - {"originator_control"}


@settings(max_examples=60)
@given(RULES, st.lists(CHANCE, min_size=2, max_size=6), LATCHES)
def test_memos_change_nothing_but_the_work(
    pair: tuple[RuleSet, RuleSet], chances: list[random.Random], latched: frozenset[str]
) -> None:
    """A decider judges what is new and nothing twice; what it remembers of others has no part in an answer."""
    rules, asked = pair[1], [random_attributes(chance) for chance in chances]
    decider = Decider(rules)
    first = [decider.decide(attributes, latched, False, NOW_MS) for attributes in asked]
    misses = list(decider.misses)
    again = [decider.decide(attributes, latched, False, NOW_MS) for attributes in reversed(asked)]
    assert again == first[::-1]
    assert decider.misses == misses
    assert misses[0] <= len(asked)
    assert misses[1] <= len(asked)
    assert first == [Decider(rules).decide(attributes, latched, False, NOW_MS) for attributes in asked]


@settings(max_examples=30)
@given(RULES, st.lists(CHANCE, min_size=2, max_size=8), LATCHES)
def test_memos_that_overflow_change_nothing(
    pair: tuple[RuleSet, RuleSet], chances: list[random.Random], latched: frozenset[str]
) -> None:
    """With room for two entries everything is forgotten again and again, and each answer is that of a new decider."""
    rules, asked = pair[1], [random_attributes(chance) for chance in chances]
    first = [Decider(rules).decide(attributes, latched, False, NOW_MS) for attributes in asked]
    with pytest.MonkeyPatch.context() as patch:
        for name in ("decide.MEMO_ENTRIES", "judging.MEMO_ENTRIES", "predicates.PART_MEMO", "group_bits.MEMO"):
            patch.setattr(f"stream_processors.{name}", 2)
        decider = Decider(rules)
        for _ in range(2):
            assert [decider.decide(attributes, latched, False, NOW_MS) for attributes in asked] == first
