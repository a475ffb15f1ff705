"""What is no name: titles, organisations, several at once, placeholders, signs."""

import csv
import unicodedata
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codes import Code
from stream_processors.names import name_fault


@pytest.mark.parametrize(
    "name",
    [
        "Anne-Marie", "O'Neil", "O\u2019Brien", "van der Berg", "Ortega y Gasset", "\u0141ukasz", "\u0645\u062d\u0645\u062f",
        "\u674e", "\u0928\u0947\u0939\u093e", "Zoe\u0308", "J", "And", "Nee", "Trust", "Hall", "Null-Smith", "'t Hooft", "",
        "Maximilian-Alexander von Hohenzolle",
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_forename", [True, False])
def test_names_of_people_have_no_fault(name: str, is_forename: bool) -> None:
    """Letters of any script with their marks, hyphens, apostrophes, one space between; and a blank is blank."""
    assert name_fault(name, is_forename) is None


@pytest.mark.parametrize(
    "name",
    [
        "Unknown", "UNKNOWN MALE", "N/A", "TBC", "Not Known", ".", "?", "-", "  ", "XX", "J0hn", "Acme Ltd", "WIDGETS PLC",
        "Anytown Council", "John & Jane", "John and Jane", "Smith/Jones", "Bloggs aka Smith", "John  Paul", " John", "John ",
        "St. John", "Smith, John", "(Jim)", "a@example.org", "John\nPaul", "Smith n\u00e9e Jones", "\u0662",
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_forename", [True, False])
def test_what_is_no_name_is_found(name: str, is_forename: bool) -> None:
    """Placeholders, digits, signs, organisations, several names in one field, spaces that separate nothing."""
    assert name_fault(name, is_forename) is Code.NAME_UNLIKELY


@pytest.mark.parametrize("name", ["Mr John", "MISS JANE", "Dr", "John Sir"])
def test_a_title_is_no_forename(name: str) -> None:
    """But a surname may be spelt as one."""
    assert name_fault(name, is_forename=True) is Code.NAME_UNLIKELY
    assert name_fault(name, is_forename=False) is None


@pytest.mark.parametrize("is_forename", [True, False])
def test_the_nations_names_are_likely(is_forename: bool) -> None:
    """None of its names of every origin is taken for something else, in capitals neither."""
    names = [row["name"] for row in csv.DictReader((files("deploy.nation") / "names.csv").read_text("utf-8").splitlines())]
    assert len(names) > 900
    assert [name for name in names if name_fault(name, is_forename) or name_fault(name.upper(), is_forename)] == []


@given(letter=st.sampled_from(["a", "\u00e9", "e\u0301"]), count=st.integers(1, 60))
def test_a_name_has_at_most_35_characters(letter: str, count: int) -> None:
    """Counted as they are read: a letter and its mark are one."""
    assert name_fault(letter * count, is_forename=False) == (Code.FORMAT_INVALID if count > 35 else None)


@given(text=st.text(max_size=60), is_forename=st.booleans())
def test_nothing_makes_it_raise(text: str, is_forename: bool) -> None:
    """Any text has one of two faults or none; one without a letter is never a name."""
    fault = name_fault(text, is_forename)
    assert fault in {None, Code.NAME_UNLIKELY, Code.FORMAT_INVALID}
    if text and not any(unicodedata.category(sign).startswith("L") for sign in text):
        assert fault is not None


def test_a_megabyte_is_no_name() -> None:
    """It is too long, whatever it is made of."""
    assert {name_fault(sign * 1_000_000, is_forename=True) for sign in "a .\u0301"} == {Code.FORMAT_INVALID}
