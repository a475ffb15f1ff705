"""Suggestions: the nearest national code, or none."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.code_lists import code_lists
from schemas.suggestions import LEAST_SCORE, suggest


def test_every_code_and_every_label_suggests_itself_first() -> None:
    """What is already national is its own best suggestion, by code and by label, in every list."""
    for name, codes in code_lists().items():
        for code, label in list(codes.items())[:: 1 + len(codes) // 60]:  # of the long lists, a sample
            assert suggest(name, code)[0].score == 100, code
            assert suggest(name, label)[0].score == 100, label


def test_the_nearest_code_is_found_in_spite_of_spelling() -> None:
    """Case, word order and a word too many do not hide it."""
    assert suggest("stop_outcome", "penalty notice")[0].code == "PENALTY_NOTICE"
    assert suggest("incident_category", "NOISE9")[0].code == "ASB_NOISE"
    assert suggest("outcome", "Offender sent to jail")[0].code == "imprisoned"


@given(st.sampled_from([*code_lists(), "no such list"]), st.text(max_size=300), st.integers(0, 5))
def test_a_suggestion_is_a_national_code_or_none(name: str, value: str, limit: int) -> None:
    """Nothing raises, nothing is invented, nothing poor is offered, best first, never more than asked for."""
    found = suggest(name, value, limit)
    assert len(found) <= limit
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    for one in found:
        assert code_lists()[name][one.code] == one.label
        assert LEAST_SCORE <= one.score <= 100
