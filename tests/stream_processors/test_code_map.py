"""Local codes to national ones: which map is asked first, what a scheme changes, what is remembered. Pure."""

import pytest

from schemas.dialect import Dialect
from stream_processors.code_map import CodeMap, code_map
from stream_processors.national import UNMAPPED, load_national


def dialect(**codes: object) -> Dialect:
    """A dialect with these code lists."""
    return Dialect.model_validate({"source_system": "s", "source": "a test", "default_marking": None, "codes": codes})


def find(made: Dialect, code_list: str, value: str, scheme: str | None = None) -> str:
    return str(code_map(made, load_national()).find(code_list, value, scheme)["code"])


def test_the_dialect_s_own_map_comes_first() -> None:
    """What the force says its code means holds before any list of others."""
    made = dialect(gender={"1": "FEMALE"})
    assert find(made, "gender", "1", "cjs") == "FEMALE"
    assert find(made, "gender", "2", "cjs") == "FEMALE"
    assert find(made, "gender", "2") == UNMAPPED


@pytest.mark.parametrize(
    ("scheme", "code"), [("ihub", "W4"), ("hmpps", "W3"), (None, "W4"), ("no-such-list", "W4"), (" iHub ", "W4")]
)
def test_the_same_code_means_another_thing_in_another_list(scheme: str | None, code: str) -> None:
    """W4 is Roma in one list and Gypsy or Irish Traveller in another: mapped by list and code, never by code alone."""
    assert find(dialect(ethnicity_self_defined="national"), "ethnicity_self_defined", "W4", scheme) == code


def test_an_offence_may_be_told_in_three_systems() -> None:
    """Recorded crime as it is, Home Office and CJS by their scheme; an unknown one of either is UNMAPPED."""
    made = dialect(offence={})
    assert find(made, "offence", "008/06", "ho") in load_national().lists["offence"]
    assert find(made, "offence", "MD71101", "cjs") == "MD71101"
    assert find(made, "offence", "ZZ99999", "cjs") == find(made, "offence", "008/06") == UNMAPPED


def test_what_is_found_is_remembered_and_bounded() -> None:
    """The same code gives the very same record; a system that invents codes does not fill the memory."""
    found = CodeMap(dialect(offence="national"), load_national())
    assert found.find("offence", "5D", None) is found.find("offence", "5D", None)
    for number in range(45_000):
        found.find("offence", f"invented {number}", None)
    assert len(found._found) <= 20_000


def test_two_dialects_never_share_a_map() -> None:
    """Also where one has taken the place of the other in memory."""
    for number in range(200):
        assert find(dialect(offence={"x": "5D" if number % 2 else "8N"}), "offence", "x") == ("5D" if number % 2 else "8N")
