"""TLP, PAP and the admiralty scale: the marking and the 3x5x2 grading that each combination gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.adapters.code_tables import intelligence_codes
from producers.adapters.intelligence_handling import Said

WORDS = st.sets(st.sampled_from([*intelligence_codes().tlp, "ex:chr"]), max_size=4)
PAPS = st.sets(st.sampled_from(list(intelligence_codes().pap)), max_size=3)


def _said(*tags):
    said = Said()
    said.add_tags(tags)
    return said


def _grade(*tags):
    grading = _said(*tags).grading()
    return tuple((grading or {}).get(name) for name in ("handling", "action", "sanitisation"))


@pytest.mark.parametrize(
    ("tag", "sensitive", "handling"),
    [
        ("tlp:red", True, ["RECIPIENTS ONLY"]),
        ("TLP:AMBER+STRICT", True, ["RECIPIENTS ONLY"]),
        ("tlp:amber", True, []),
        ("tlp:green", False, []),
        ("tlp:clear", False, []),
        (" TLP:White ", False, []),
    ],
)
def test_tlp_gives_the_marking(tag, sensitive, handling):
    """Always OFFICIAL; -SENSITIVE from AMBER up; named recipients only for RED and AMBER+STRICT. Never FOR PUBLIC RELEASE."""
    assert _said(tag).marking() == {"tier": "OFFICIAL", "sensitive": sensitive, "handling": handling}


@pytest.mark.parametrize("tags", [(), ("tlp:unclear",), ("tlp:purple", "tlp:clear"), ("tlp:ex:chr",), ("PAP:RED",), ("tlp",)])
def test_no_word_or_an_unknown_word_is_no_marking(tags):
    """Absence denies: such a record is refused at the door, also where another word would let it go anywhere."""
    assert _said(*tags).marking() is None


@pytest.mark.parametrize(
    ("tags", "grade"),
    [
        (("tlp:red",), ("C", "A1", "S2")),
        (("tlp:red", "PAP:GREEN"), ("C", "A3", "S2")),
        (("tlp:amber", "PAP:AMBER"), ("C", "A2", "S2")),
        (("tlp:amber", "PAP:AMBER", "PAP:RED"), ("C", "A1", "S2")),
        (("tlp:amber", "PAP:PURPLE"), ("C", "A1", "S2")),
        (("tlp:green",), ("P", None, None)),
        (("tlp:green", "PAP:CLEAR"), ("P", None, None)),
        (("tlp:green", "PAP:RED"), ("C", "A1", "S1")),
        (("tlp:clear", "tlp:amber"), ("C", "A1", "S2")),
        ((), (None, None, None)),
    ],
)
def test_tlp_and_pap_give_the_codes(tags, grade):
    """TLP says to whom, PAP says what may be done; where they bar anything, the grade is C with both codes."""
    assert _grade(*tags) == grade


def test_the_admiralty_scale_gives_source_and_assessment():
    """A and B are reliable, what can't be judged is untested; only `confirmed` is corroborated, only `improbable` is false."""
    table = {"a": "1", "b": "1", "c": "3", "d": "3", "e": "3", "f": "2", "g": "3"}
    for word, code in table.items():
        assert _said(f'admiralty-scale:source-reliability="{word}"').grading()["source"] == code
    for word, code in {"1": "B", "2": "D", "3": "D", "4": "D", "5": "E", "6": "D"}.items():
        assert _said(f'admiralty-scale:information-credibility="{word}"').grading()["assessment"] == code


def test_grades_that_contradict_are_none():
    """Two sources of different reliability: unknown, which the hub flags and reads in its most restrictive sense."""
    said = _said('admiralty-scale:source-reliability="a"', 'admiralty-scale:source-reliability="d"', "tlp:green")
    assert said.grading()["source"] is None
    assert _said('admiralty-scale:source-reliability="h"').grading() is None
    assert _said("ESET").grading() is None


def test_an_estimate_is_an_assessment_in_words():
    """Never a percentage, and no part of the grade."""
    said = _said('estimative-language:likelihood-probability="very-likely"')
    assert said.statements() == [{"text": "likelihood probability: very likely", "assertion": "ASSESSMENT"}]
    assert said.grading() is None


def test_a_hidden_author_is_a_condition():
    """The Chatham House Rule: said with the conditions, and nothing of such a record is released on its own."""
    said = _said("tlp:amber", "tlp:ex:chr")
    assert said.grading()["conditions"] == "TLP:AMBER, attribution must not be disclosed"
    assert not _said("tlp:clear", "tlp:ex:chr").is_releasable()
    assert _said("tlp:clear").is_releasable()


@given(WORDS, WORDS, PAPS, PAPS)
def test_saying_more_never_loosens(words, more_words, paps, more_paps):
    """What a further part says can only make marking and grade stricter: the strictest holds for all of the record."""
    less, more = Said(tlp=words, pap=paps), Said(tlp=words | more_words, pap=paps | more_paps)
    if less.marking() is None or more.marking() is None:
        return
    assert more.marking()["sensitive"] >= less.marking()["sensitive"]
    assert set(more.marking()["handling"]) >= set(less.marking()["handling"])
    one, two = less.grading(), more.grading()
    assert (two["handling"], one["handling"]) != ("P", "C")
    if one["handling"] == "C" and paps:
        assert two["action"] <= one["action"]
        assert two["sanitisation"] >= one["sanitisation"]


@given(WORDS, PAPS)
def test_no_grade_contradicts_itself(words, paps):
    """C has both an action and a sanitisation code, P has neither (3x5x2)."""
    grading = Said(tlp=words, pap=paps).grading()
    if grading is None or "handling" not in grading:
        return
    codes = grading.get("action"), grading.get("sanitisation")
    assert all(codes) if grading["handling"] == "C" else codes == (None, None)


@given(st.lists(st.text()))
def test_no_tag_makes_it_fail(tags):
    """Tags are whatever somebody wrote."""
    said = _said(*tags)
    assert said.marking() is None or said.tlp
    said.grading()
    said.statements()
