"""Every marking, handling, action and sanitisation code, offence flag, subject category and unknown: all points of the space.

The space has 6 markings and instructions (one of them unreadable, one above what any agreement takes), 97 gradings (handling P,
C, none, unknown x action A1, A2, A3, none, unknown x sanitisation S1, S2, none, unknown; not sent; and 16 of a source that was
not assessed), 5 x 3 x 3 offence flags of a crime and 5 x 3 of a custody record, 6 subject categories, each axis with its
unknowns: 157,140 points of crimes, 52,380 of custody records, 3,492 of intelligence, each decided under 8 rule sets.
"""

from functools import cache

import pytest
import yaml
from core_hub import agreement, prohibition, unchecked_rule_set
from decision_space import (
    AXES,
    CATEGORIES,
    GRADINGS,
    HATE,
    MARKINGS,
    SEXUAL,
    SLAVERY,
    Answer,
    answers,
    has_its_codes,
    is_bare_c,
    size_of,
    told,
    values_of,
)

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
    return unchecked_rule_set(AGREEMENTS, [CODES, *MORE][:prohibitions])


def shipped(without: str = "nothing") -> RuleSet:
    """The rule set that ships, without the files of a folder, and without emergency sharing, which names some of them."""
    left_out = (without, "emergency.yaml")
    return load_rule_set({name: part for name, part in shipped_parts().items() if not name.startswith(left_out)})


def shipped_and(*names: str) -> RuleSet:
    """The rule set that ships, and prohibitions of this test."""
    more = {f"prohibitions/test-{each['id']}.yaml": yaml.safe_dump(each).encode() for each in MORE if each["id"] in names}
    return load_rule_set(shipped_parts() | more)


RULES = {
    "synthetic": lambda: synthetic(1 + len(MORE)),
    "synthetic, no prohibition": lambda: synthetic(0),
    "synthetic, codes alone": lambda: synthetic(1),
    "shipped": shipped,
    "shipped, no prohibition": lambda: shipped("prohibitions/"),
    "shipped, two more": lambda: shipped_and("slavery", "hate"),
}


@cache
def decided(which: str, kind: str) -> list[Answer]:
    """What a rule set decides at every point of the kind."""
    return answers(Decider(RULES[which]()), kind)


BOTH = pytest.mark.parametrize("which", ["synthetic", "shipped"])
KIND = pytest.mark.parametrize("kind", AXES)


def test_the_space_is_whole() -> None:
    """As many points as the axes make."""
    assert (len(MARKINGS), len(GRADINGS), len(SEXUAL), len(SLAVERY), len(HATE), len(CATEGORIES)) == (6, 97, 5, 3, 3, 6)
    assert {kind: size_of(kind) for kind in AXES} == {"crime": 157_140, "custody": 52_380, "intelligence": 3_492}
    assert [sum(1 for _ in values_of(kind)) for kind in AXES] == [157_140, 52_380, 3_492]


@BOTH
@KIND
def test_no_permit_means_withhold(which: str, kind: str) -> None:
    """At every point: what is shared has a clause that permits it and no reason against, all else has a reason: `answers`
    holds each decision to it. Both occur, where the rules take the kind at all."""
    found = {bool(answer.shares) for answer in decided(which, kind)}
    assert False in found
    assert True in found or (which == "shipped" and kind == "custody")


@BOTH
@KIND
def test_c_without_its_codes_never_leaves(which: str, kind: str) -> None:
    """A grade of C without a code of action and sanitisation, or one that can't be trusted to be P: shared with nobody."""
    made = decided(which, kind)
    bare = [answer for answer, point in zip(made, values_of(kind), strict=True) if is_bare_c(point["grading"])]
    assert len(bare) > len(made) / 2
    assert not any(answer.shares for answer in bare)
    coded = [answer for answer, point in zip(made, values_of(kind), strict=True) if has_its_codes(point["grading"])]
    assert any(answer.shares for answer in coded) or (which, kind) == ("shipped", "custody")


@BOTH
@KIND
def test_unknown_never_permits(which: str, kind: str) -> None:
    """Whatever an unknown point may turn out to be: nobody has it before who would not have it then, no field leaves, and what
    latches then has latched before."""
    made = decided(which, kind)
    compared = {(made[unknown], made[known]) for unknown, known in told(kind)}
    assert compared
    for before, after in compared:
        assert before.shares <= after.shares
        assert before.latches >= after.latches
        assert dropped(after, before.shares) <= before.drops


def dropped(answer: Answer, shares: frozenset[str]) -> set[tuple[str, str]]:
    """What is dropped of that which these have."""
    agreements = {bound.partition("@")[0] for bound in shares}
    return {pair for pair in answer.drops if pair[0] in agreements}


def narrower(more: list[Answer], fewer: list[Answer]) -> bool:
    """Whether something is taken away. Fails where anybody has more, or one field more, at any point."""
    compared = set(zip(more, fewer, strict=True))
    for after, before in compared:
        assert after.shares <= before.shares
        assert dropped(before, after.shares) <= after.drops
    return any(after != before for after, before in compared)


@KIND
def test_adding_a_prohibition_never_shares_more(kind: str) -> None:
    """One by one, to a rule set in which every axis decides: at every point not one agency more, not one field more."""
    fewer, taken = decided("synthetic, no prohibition", kind), []
    between = [answers(Decider(synthetic(count)), kind) for count in range(2, len(MORE) + 1)]
    for more in (decided("synthetic, codes alone", kind), *between, decided("synthetic", kind)):
        taken.append(narrower(more, fewer))
        fewer = more
    assert all(taken) or kind != "crime"


@KIND
def test_adding_prohibitions_to_the_rules_that_ship_never_shares_more(kind: str) -> None:
    """None of them, all of them, two more: each time less."""
    narrower(decided("shipped", kind), decided("shipped, no prohibition", kind))
    narrower(decided("shipped, two more", kind), decided("shipped", kind))


def test_a_space_that_leaks_is_found() -> None:
    """The checks above see a rule that shares more, and a grade without codes that leaves."""
    open_to_all = decided("synthetic, no prohibition", "crime")
    with pytest.raises(AssertionError):
        narrower(open_to_all, decided("synthetic, codes alone", "crime"))
    bare = [a for a, point in zip(open_to_all, values_of("crime"), strict=True) if is_bare_c(point["grading"])]
    assert any(answer.shares for answer in bare)
