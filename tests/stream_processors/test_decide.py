"""Decide: default deny, three-valued, nothing stops early. Against a naive evaluator that knows no memo and no sharing."""

import random
from datetime import date
from functools import cache
from itertools import product
from typing import Any

import pytest
from core_hub import FORCE, LADS, Hub, agreement, at, event, prohibition, rule_set
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.kinds import KINDS
from schemas.records import Record
from stream_processors.attributes import NAMES, NONE, derive_attributes
from stream_processors.conditions import Truth, both, either
from stream_processors.decide import Decider, Decision
from stream_processors.rule_set import RuleSet

Attributes = dict[str, frozenset[str] | None]
TODAY = date(2026, 6, 15)
VALUE = {False: 0.0, None: 0.5, True: 1.0}
TRUTH: dict[float, Truth] = {value: truth for truth, value in VALUE.items()}

WORDS = {
    "marker": ["child", "soc", "protected-person"],
    "kind": ["crime", "incident"],
    "crime_type": ["burglary", "robbery"],
    "person_role": ["VICTIM", "SUSPECT"],
    "victim_anonymity": ["Y", "N"],
    "grade_handling": ["C", "P"],
}


@pytest.mark.parametrize("truths", [row for length in range(4) for row in product([True, False, None], repeat=length)])
def test_and_and_or_are_kleenes(truths: tuple[Truth, ...]) -> None:
    """Over false < unknown < true, and is the least and or the greatest; empty: true and false."""
    assert both(truths) is TRUTH[min((VALUE[truth] for truth in truths), default=1.0)]
    assert either(truths) is TRUTH[max((VALUE[truth] for truth in truths), default=0.0)]


# -- random rules and records -----------------------------------------------------------------------------------------


def _clause(chance: random.Random, area: bool, lines: int = 1) -> dict[str, Any]:
    names = chance.sample(list(WORDS), lines)
    clause: dict[str, Any] = {name: sorted(chance.sample(WORDS[name], chance.choice([1, 2]))) for name in names}
    return clause | ({"area": "own"} if area and chance.random() < 0.4 else {})


@cache
def random_rules(seed: int) -> tuple[RuleSet, RuleSet]:
    """A random rule set, and the same with one prohibition more."""
    chance = random.Random(seed)
    agreements = [
        agreement(
            f"x{number}",
            partner_kind=kind,
            feed=f"f{number}",
            kinds=chance.sample(list(KINDS), 3),
            share_when=[_clause(chance, kind != "bureau") for _ in range(chance.choice([1, 2]))],
            withhold_when=[_clause(chance, area=False, lines=2)] if chance.random() < 0.5 else [],
            max_marking=chance.choice(["OFFICIAL", "OFFICIAL-SENSITIVE"]),
            valid_until=chance.choice(["2028-12-31", "2028-12-31", "2026-06-14"]),
            review_on="2026-06-01",
        )
        for number, kind in enumerate(["council", "bureau", "squad", "council"])
    ]
    rules = [_prohibition(chance, f"p{number}", agreements) for number in range(4)]
    return rule_set(agreements, rules[:3]), rule_set(agreements, rules)


def _prohibition(chance: random.Random, name: str, agreements: list[dict[str, Any]]) -> dict[str, Any]:
    drop = {"effect": "drop", "drops": ["crime.summary"]} if chance.random() < 0.5 else {}
    spared = chance.choice(agreements)
    excepted = [{"agreement": spared["id"], "gateway": "CDA1998-115", "reason": "a reason of this test"}]
    some = {"excepted": excepted} if chance.random() < 0.4 else {}
    return prohibition(name, when=[_clause(chance, area=False, lines=2)], latch=chance.random() < 0.5, **drop, **some)


RULES = st.integers(0, 11).map(random_rules)


def _some(words: list[str]) -> st.SearchStrategy[frozenset[str] | None]:
    return st.one_of(st.none(), st.frozensets(st.sampled_from(words), max_size=2))


ATTRIBUTES = st.fixed_dictionaries(
    dict.fromkeys(NAMES, st.just(NONE))
    | {name: _some(words) for name, words in WORDS.items() if name != "kind"}
    | {
        "kind": st.one_of(st.none(), st.sampled_from(list(KINDS)).map(lambda kind: frozenset((kind,)))),
        "force": st.sampled_from([frozenset((FORCE,)), frozenset(("kent",)), None]),
        "marking": st.sampled_from([frozenset(("OFFICIAL",)), frozenset(("OFFICIAL-SENSITIVE",)), frozenset(("?",)), None]),
        "lad": _some(list(LADS.values())),
        "originator_only": st.sampled_from(
            [NONE, NONE, NONE, frozenset(("council",)), frozenset(("council-a", "squad")), None]
        ),
        "originator_except": st.sampled_from([NONE, NONE, NONE, frozenset(("bureau",)), frozenset(("council-b",)), None]),
    }
)
LATCHED = st.frozensets(st.sampled_from(["p0", "p1", "p2"]), max_size=2)


def shares_of(decision: Decision) -> set[str]:
    return {bound.id for bound in decision.shares}


# -- the naive evaluator ----------------------------------------------------------------------------------------------


def naive(rules: RuleSet, attributes: Attributes, latched: frozenset[str], closed: bool) -> dict[str, frozenset[str]]:
    """Bound agreement to the prohibitions that drop: written from the rules' words, one agency at a time."""
    shared = {}
    for rule in rules.agreements:
        for bound in rules.bound[rule.id]:
            against = [
                p
                for p in rules.prohibitions
                if (p.id in latched or max(_meets(clause, attributes, None) for clause in p.when) > 0)
                and rule.id not in [x.agreement for x in p.excepted]
            ]
            own = _own(bound.agency.lads, bound.agency.forces, attributes)
            permitted = (
                not closed
                and rule.valid_from <= TODAY <= rule.valid_until
                and _all_in(attributes["kind"], rule.kinds)
                and _all_in(attributes["force"], rules.accepted[rule.id])
                and _marking(attributes["marking"]) <= (0 if rule.max_marking == "OFFICIAL" else 1)
                and max((_meets(clause, attributes, None) for clause in rule.withhold_when), default=0.0) == 0
                and not [p for p in against if p.effect == "withhold"]
                and max(_meets(clause, attributes, own) for clause in rule.share_when) == 1
                and _controlled(attributes, {bound.agency.id, bound.agency.kind})
            )
            if permitted:
                shared[bound.id] = frozenset(p.id for p in against if p.effect == "drop")
    return shared


def _meets(clause: Any, attributes: Attributes, own: float | None) -> float:
    said = clause.model_dump(exclude_none=True)
    values = [own if own is not None else 0.0] if said.pop("area", None) else []
    for name, wanted in said.items():
        found = attributes[name]
        values.append(0.5 if found is None else float(any(value in wanted for value in found)))
    return min(values)


def _own(lads: frozenset[str], forces: frozenset[str], attributes: Attributes) -> float:
    found, mine = (attributes["lad"], lads) if lads else (attributes["force"], forces)
    return 0.5 if found is None else float(bool(found & mine))


def _all_in(found: frozenset[str] | None, allowed: Any) -> bool:
    return found is not None and len(found) > 0 and all(value in allowed for value in found)


def _marking(found: frozenset[str] | None) -> int:
    return 9 if found is None else max({"OFFICIAL": 0, "OFFICIAL-SENSITIVE": 1}.get(tier, 9) for tier in found)


def _controlled(attributes: Attributes, names: set[str]) -> bool:
    only, barred = attributes["originator_only"], attributes["originator_except"]
    return only is not None and barred is not None and (not only or bool(only & names)) and not barred & names


DECIDERS: dict[str, Decider] = {}


@settings(max_examples=600)
@given(RULES, ATTRIBUTES, LATCHED, st.booleans())
def test_it_decides_as_a_naive_evaluator(
    pair: tuple[RuleSet, RuleSet], attributes: Attributes, latched: frozenset[str], closed: bool
) -> None:
    """Shares and drops of every agency are those of an evaluator without memo, asked in any order, again and again."""
    rules = pair[1]
    decider = DECIDERS.setdefault(rules.sha256, Decider(rules))
    decision = decider.decide(attributes, latched, closed, TODAY)
    wanted = naive(rules, attributes, latched, closed)
    assert {bound.id: decision.drops[bound.agreement.id] for bound in decision.shares} == wanted
    assert decision == Decider(rules).decide(attributes, latched, closed, TODAY)
    everybody = sum(len(bounds) for bounds in rules.bound.values())
    assert len(decision.shares) + sum(decision.withheld.values()) == everybody
    assert len({subject for subject, reason in decision.vector if reason == "SHARE"}) == len(decision.shares)


@settings(max_examples=600)
@given(RULES, ATTRIBUTES, ATTRIBUTES, LATCHED)
def test_unknown_never_permits_and_always_satisfies_a_prohibition(
    pair: tuple[RuleSet, RuleSet], attributes: Attributes, filling: Attributes, latched: frozenset[str]
) -> None:
    """Whatever an unknown turns out to be: nothing was shared before that would not be shared then, and every prohibition
    that then holds did hold before."""
    told = {name: filling[name] if value is None else value for name, value in attributes.items()}
    before, after = (Decider(pair[1]).decide(each, latched, closed=False, today=TODAY) for each in (attributes, told))
    assert shares_of(before) <= shares_of(after)
    assert before.latches >= after.latches
    assert all(before.drops[bound.agreement.id] >= after.drops[bound.agreement.id] for bound in before.shares)


@settings(max_examples=300)
@given(RULES, ATTRIBUTES, LATCHED)
def test_one_more_prohibition_never_shares_more(
    pair: tuple[RuleSet, RuleSet], attributes: Attributes, latched: frozenset[str]
) -> None:
    """Not one agency more, not one field more."""
    fewer, more = (Decider(rules).decide(attributes, latched, closed=False, today=TODAY) for rules in pair)
    assert shares_of(more) <= shares_of(fewer)
    assert all(more.drops[bound.agreement.id] >= fewer.drops[bound.agreement.id] for bound in more.shares)


@settings(max_examples=200)
@given(RULES, ATTRIBUTES, LATCHED)
def test_what_the_originator_has_closed_goes_to_nobody(
    pair: tuple[RuleSet, RuleSet], attributes: Attributes, latched: frozenset[str]
) -> None:
    """Recalled, restricted or erased: no agency, whatever the rules say."""
    assert not Decider(pair[0]).decide(attributes, latched, closed=True, today=TODAY).shares


def test_the_naive_evaluator_shares_and_withholds() -> None:
    """The comparison above is about something: over the random rules both answers occur often."""
    chance, shared = random.Random(1), 0
    for number in range(120):
        rules = random_rules(number % 12)[1]
        known: Attributes = dict.fromkeys(NAMES, NONE)
        known |= {name: frozenset((chance.choice(words),)) for name, words in WORDS.items()}
        known |= {"force": frozenset((FORCE,)), "marking": frozenset(("OFFICIAL",)), "lad": frozenset(("E08000021",))}
        shared += bool(naive(rules, known, frozenset(), closed=False))
    assert 10 <= shared <= 100


# -- single rules, on real records ------------------------------------------------------------------------------------


def receivers(hub: Hub, **parts: Any) -> set[str]:
    """The agencies that a crime goes to."""
    kind = parts.pop("kind", "crime")
    return {release.agency for release in hub.decide(event(kind, **parts)).releases}


@pytest.mark.parametrize("lad", LADS.values())
def test_two_neighbours_never_share_one_area(lad: str) -> None:
    """With `area: own` a record goes to the one council of its place; to none where the place is unknown."""
    hub = Hub(rule_set([agreement(share_when=[{"kind": ["crime"], "area": "own"}])]))
    assert receivers(hub, locations=at(lad)) == {name for name, code in LADS.items() if code == lad}
    assert receivers(hub, ref="R/2") == set()
    assert receivers(hub, ref="R/3", locations=at("X99")) == set()
    home = {"ref": "l2", "role": "HOME", "lad_code": "E08000037"}
    assert receivers(hub, ref="R/4", locations=[*at("E08000021"), home]) == {"council-a"}


def test_an_agency_without_an_area_has_none() -> None:
    """`area: own` of a national agency holds nowhere; of one with member forces, in these."""
    own = [{"kind": ["crime"], "area": "own"}]
    hub = Hub(rule_set([agreement("bureau", share_when=own), agreement("squad", share_when=own)]))
    assert receivers(hub, locations=at()) == {"squad"}


def test_the_originator_controls_who_gets_it() -> None:
    """Only and except, by agency or by kind; they bind whatever the rules permit."""
    hub = Hub(rule_set([agreement(), agreement("bureau"), agreement("squad")]))
    councils = set(LADS)
    cases: list[tuple[dict[str, list[str]], set[str]]] = [
        ({}, councils | {"bureau", "squad"}),
        ({"only": ["council"]}, councils),
        ({"only": ["council-b", "bureau"]}, {"council-b", "bureau"}),
        ({"except": ["council-a", "squad"]}, {"council-b", "council-c", "bureau"}),
        ({"only": ["council"], "except": ["council-b"]}, {"council-a", "council-c"}),
        ({"only": ["nobody-known"]}, set()),
        ({"only": ["Council "], "except": ["COUNCIL_B", "squad"]}, {"council-a", "council-c"}),
    ]
    for number, (control, wanted) in enumerate(cases):
        assert receivers(hub, ref=f"R/{number}", originator_control=control) == wanted, control


@pytest.mark.parametrize(
    ("today", "shared"), [("2025-12-31", False), ("2026-01-01", True), ("2028-12-31", True), ("2029-01-01", False)]
)
def test_an_agreement_is_valid_from_its_first_to_its_last_day(today: str, shared: bool) -> None:
    """Both days included, and not a day longer: expiry needs nobody to act."""
    rules = rule_set([agreement()])
    attributes = derive_attributes(event())
    decision = Decider(rules).decide(attributes, frozenset(), closed=False, today=date.fromisoformat(today))
    assert bool(decision.shares) == shared
    assert shared or set(decision.withheld) == {"AGREEMENT_NOT_VALID"}


def test_a_force_that_has_not_accepted_shares_nothing() -> None:
    """An agreement binds the forces that accepted it, one by one."""
    rules = rule_set([agreement()])
    attributes = derive_attributes(event()) | {"force": frozenset(("kent",))}
    decision = Decider(rules).decide(attributes, frozenset(), closed=False, today=TODAY)
    assert not decision.shares
    assert decision.withheld == {"FORCE_HAS_NOT_ACCEPTED": 3}


@pytest.mark.parametrize(
    ("grading", "handling", "action", "sanitisation"),
    [
        (None, None, None, None),
        ({"handling": "P"}, "P", NONE, NONE),
        ({"handling": "P", "action": "A3"}, "C", "A1", "S2"),
        ({"handling": "C"}, "C", "A1", "S2"),
        ({"handling": "C", "action": "A3", "sanitisation": "S1"}, "C", "A3", "S1"),
        ({"handling": "C", "action": "A1", "sanitisation": "S1"}, "C", "A1", "S1"),
        ({"handling": "C", "action": "A2", "sanitisation": "S2"}, "C", "A2", "S2"),
        ({"handling": "C", "action": "A9", "sanitisation": "S1"}, "C", "A1", "S2"),
        ({"handling": "C", "action": "A3"}, "C", "A1", "S2"),
        ({"handling": "C", "sanitisation": "S1"}, "C", "A1", "S2"),
        ({"source": "E", "handling": "P"}, "C", "A1", "S2"),
        ({"assessment": "4", "handling": "P"}, "C", "A1", "S2"),
        ({"source": None, "handling": "P"}, "C", "A1", "S2"),
        ({"assessment": "", "handling": "C", "action": "A3", "sanitisation": "S1"}, "C", "A1", "S2"),
        ({"source": "E", "assessment": "4", "handling": "C", "action": "A2", "sanitisation": "S1"}, "C", "A1", "S2"),
        ({"handling": "P", "sanitisation": "S1"}, "C", "A1", "S2"),
        ({"handling": "X", "action": "A3", "sanitisation": "S1"}, "C", "A1", "S2"),
        ({}, "C", "A1", "S2"),
    ],
)
def test_a_grading_is_read_in_its_most_restrictive_sense(
    grading: dict[str, str] | None, handling: Any, action: Any, sanitisation: Any
) -> None:
    """Contradictory or incomplete is C, A1, S2; an intelligence report without one is unknown."""
    sent = None if grading is None else {"source": "1", "assessment": "B", **grading}
    found = derive_attributes(event("intelligence", grading=sent))
    wanted = [value if value is None or value is NONE else frozenset((value,)) for value in (handling, action, sanitisation)]
    assert [found[name] for name in ("grade_handling", "action_code", "sanitisation_code")] == wanted


@pytest.mark.parametrize(
    ("offence", "known", "group", "anonymity"),
    [
        ("8N", frozenset(("8N",)), frozenset(("Violence against the person",)), frozenset("N")),
        ("19C", frozenset(("19C",)), frozenset(("Sexual offences",)), frozenset("Y")),
        ("local 77", None, None, None),
        (None, None, None, None),
    ],
)
def test_custody_has_the_attributes_of_its_offence(offence: str | None, known: Any, group: Any, anonymity: Any) -> None:
    """An arrest for a sexual offence has a complainant who stays anonymous; an unknown offence may be one."""
    sent = {"offence": offence and {"value": offence}, "disposal": {"value": "charged"}}
    found = derive_attributes(event("custody", custody=sent))
    assert (found["offence"], found["offence_group"], found["victim_anonymity"]) == (known, group, anonymity)
    assert (found["outcome"], found["crime_type"]) == (frozenset(("charged",)), NONE)


@pytest.mark.parametrize(
    ("incident", "anonymity"),
    [
        ({"sub_type": "asb"}, frozenset("N")),
        ({"opening_category": {"value": "ASB_ROWDY"}}, frozenset("N")),
        ({"sub_type": "asb", "closing_category": {"value": "ASB_NOISE"}}, frozenset("N")),
        ({"sub_type": "asb", "closing_category": {"value": "CRIME"}}, None),
        ({"sub_type": "asb", "closing_category": {"value": "local 77"}}, None),
        ({"sub_type": "safeguarding"}, None),
    ],
)
def test_a_log_that_was_closed_as_a_crime_may_be_of_any(incident: Record, anonymity: Any) -> None:
    """ASB has no complainant of a sexual offence, until its closing category says that it was something else."""
    assert derive_attributes(event("incident", incident=incident))["victim_anonymity"] == anonymity


def test_another_offence_of_an_arrest_is_not_its_group() -> None:
    """What the arrest was for is unknown where its own code is, whatever else was added; all of them tell of a complainant."""
    others = [{"value": "8N"}]
    found = derive_attributes(event("custody", custody={"offence": {"value": "local 77"}, "other_offences": others}))
    assert (found["offence_group"], found["victim_anonymity"]) == (None, None)


def test_every_attribute_is_derived_for_every_kind() -> None:
    """The attributes are a closed set: whatever a clause can name has a value, an empty one, or is unknown."""
    for kind in KINDS:
        assert set(derive_attributes(event(kind))) == set(NAMES)


@pytest.mark.parametrize(
    ("parts", "shares"),
    [
        ({"markers": ["child"]}, 1),
        ({"markers": ["child", "protectd-person"]}, 0),
        ({"marking": {"tier": "OFFICIAL", "handling": ["FOR PUBLIC RELEASE"]}}, 1),
        ({"marking": {"tier": "OFFICIAL", "handling": ["POLICE EYES ONLY"]}}, 0),
    ],
)
def test_a_marker_or_instruction_that_nobody_knows_satisfies_a_prohibition(parts: Record, shares: int) -> None:
    """A mistyped marker may be the one that a rule is about, and an unknown instruction may restrict its readers: withheld."""
    rules = rule_set(
        [agreement("council", share_when=[{"kind": ["crime"], "area": "own"}])],
        [prohibition("people"), prohibition("readers", when=[{"handling_instruction": ["RECIPIENTS ONLY"]}])],
    )
    attributes = derive_attributes(event(locations=at(), **parts))
    decision = Decider(rules).decide(attributes, frozenset(), False, date(2026, 6, 1))
    assert len(decision.shares) == shares
