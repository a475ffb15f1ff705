"""Every marking, handling, action and sanitisation code, offence flag, subject category and unknown: all points of the space.

The space has 6 markings and instructions (one of them unreadable, one above what any agreement takes), 97 gradings (handling P,
C, none, unknown x action A1, A2, A3, none, unknown x sanitisation S1, S2, none, unknown; not sent; and 16 of a source that was
not assessed), 5 x 3 x 3 offence flags of a crime and 5 x 3 of a custody record, 6 subject categories, each axis with its
unknowns: 157,140 points of crimes, 52,380 of custody records, 3,492 of intelligence.
"""

from functools import cache

import pytest
from core_hub import agreement, prohibition, rule_set
from decision_space import CATEGORIES, GRADINGS, HATE, MARKINGS, SEXUAL, SLAVERY, Answer, answers, classes, told

from stream_processors.decide import Decider
from stream_processors.rule_set import RuleSet, load_rule_set, shipped_parts

CODES = prohibition("codes", when=[{"action_code": ["A1"]}, {"sanitisation_code": ["S2"]}])
MORE = [
    prohibition("readers", when=[{"handling_instruction": ["RECIPIENTS ONLY", "UK EYES ONLY"]}]),
    prohibition("anonymity", when=[{"victim_anonymity": ["Y"]}], effect="drop", drops=["crime.summary"], latch=True),
    prohibition("slavery", when=[{"offence_flag": ["modern-slavery"], "subject_category": ["VICTIM"]}]),
    prohibition("hate", when=[{"offence_flag": ["hate"]}], effect="drop", drops=["persons[*].surname"]),
    prohibition("sensitive", when=[{"marking": ["OFFICIAL-SENSITIVE"], "subject_category": ["CONVICTED"]}]),
]
AGREEMENTS = [
    agreement(),
    agreement("bureau", intelligence_handling=["P"], max_marking="OFFICIAL"),
    agreement("squad", share_when=[{"subject_category": ["SUSPECT"]}, {"offence_flag": ["sexual"]}, {"action_code": ["A3"]}]),
]


def synthetic(prohibitions: int) -> RuleSet:
    """A rule set in which every axis of the space decides, with so many of the prohibitions."""
    return rule_set(AGREEMENTS, [CODES, *MORE][:prohibitions])


def shipped(without: str = "nothing") -> RuleSet:
    """The rule set that ships, without the files of a folder."""
    return load_rule_set({name: part for name, part in shipped_parts().items() if not name.startswith(without)})


def shipped_and(*names: str) -> RuleSet:
    """The rule set that ships, and prohibitions of this test."""
    import yaml

    more = {f"prohibitions/test-{each['id']}.yaml": yaml.safe_dump(each).encode() for each in MORE if each["id"] in names}
    return load_rule_set(shipped_parts() | more)


@cache
def decided(which: str) -> list[Answer]:
    """The decisions of a rule set on the whole space."""
    made = {
        "synthetic": lambda: synthetic(1 + len(MORE)),
        "synthetic, no prohibition": lambda: synthetic(0),
        "synthetic, codes alone": lambda: synthetic(1),
        "shipped": shipped,
        "shipped, no prohibition": lambda: shipped("prohibitions/"),
        "shipped, two more": lambda: shipped_and("slavery", "hate"),
    }
    return answers(Decider(made[which]()), classes()[1])


def test_the_space_is_whole() -> None:
    """As many points as its axes make, and conditions tell most of what they can apart."""
    space, first = classes()
    alone = len(MARKINGS) * len(GRADINGS) * len(CATEGORIES)
    flags = len(SEXUAL) * len(SLAVERY)
    assert (len(MARKINGS), len(GRADINGS), len(CATEGORIES)) == (6, 97, 6)
    assert len(space) == alone * (flags * len(HATE) + flags + 1) == 213_012
    assert set(space.values()) == set(range(len(first)))


@pytest.mark.parametrize("which", ["synthetic", "shipped"])
def test_no_permit_means_withhold(which: str) -> None:
    """At every point of the space: what is shared has a clause that permits it and no reason against, all else has a reason.
    Both answers occur."""
    sharing = [bool(answer[0]) for answer in decided(which)]  # `answers` has held each decision to it
    assert 0 < sum(sharing) < len(sharing)


@pytest.mark.parametrize("which", ["synthetic", "shipped"])
def test_c_without_its_codes_never_leaves(which: str) -> None:
    """A grade of C without a code of action and sanitisation, or one that can't be trusted to be P: shared with nobody."""
    made, (space, _) = decided(which), classes()
    bare = [number for point, number in space.items() if point.has_handling_of_c and not point.has_its_codes]
    assert len(bare) > 50_000
    assert not any(made[number][0] for number in set(bare))
    with_codes = {number for point, number in space.items() if point.has_its_codes}
    assert any(made[number][0] for number in with_codes)


@pytest.mark.parametrize("which", ["synthetic", "shipped"])
def test_unknown_never_permits(which: str) -> None:
    """Whatever an unknown point may turn out to be: nobody has it before who would not have it then, no field leaves, and what
    latches then has latched before."""
    made, (space, _) = decided(which), classes()
    compared = {(number, space[other]) for point, number in space.items() for other in told(point)}
    assert len(compared) > 1000
    for unknown, known in compared:
        sharing, drops, latches = made[unknown]
        after = made[known]
        assert sharing <= after[0]
        assert latches >= after[2]
        kept = {bound.partition("@")[0] for bound in sharing}
        assert {pair for pair in after[1] if pair[0] in kept} <= drops


def narrower(more: list[Answer], fewer: list[Answer]) -> None:
    """Nobody more, no field more, at any point."""
    for (sharing, drops, _), (before, dropped, _) in zip(more, fewer, strict=True):
        assert sharing <= before
        kept = {bound.partition("@")[0] for bound in sharing}
        assert {pair for pair in dropped if pair[0] in kept} <= drops


def test_adding_a_prohibition_never_shares_more() -> None:
    """One by one, to a rule set in which every axis decides: at every point not one agency more, not one field more; and each
    of them takes something away."""
    fewer = decided("synthetic, no prohibition")
    between = [answers(Decider(synthetic(count)), classes()[1]) for count in range(2, len(MORE) + 1)]
    for more in (decided("synthetic, codes alone"), *between, decided("synthetic")):
        narrower(more, fewer)
        assert more != fewer
        fewer = more


def test_adding_prohibitions_to_the_rules_that_ship_never_shares_more() -> None:
    """None of them, all of them, two more: each time less."""
    narrower(decided("shipped"), decided("shipped, no prohibition"))
    narrower(decided("shipped, two more"), decided("shipped"))


def test_a_space_that_leaks_is_found() -> None:
    """The checks above see a rule that shares more, and a grade without codes that leaves."""
    space, open_to_all = classes()[0], decided("synthetic, no prohibition")
    with pytest.raises(AssertionError):
        narrower(open_to_all, decided("synthetic, codes alone"))
    bare = {number for point, number in space.items() if point.has_handling_of_c and not point.has_its_codes}
    assert any(open_to_all[number][0] for number in bare)
