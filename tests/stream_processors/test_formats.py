"""Marks, postcodes, telephone numbers, addresses: published examples, the synthetic nation's own, whatever else may be sent."""

import csv
import json
import re
import string
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.nation.identifiers import (
    INWARD_CODES,
    OUTWARD_CODES,
    PLATES,
    TELEPHONES,
    make_email,
    make_inward_code,
    make_outward_code,
    make_plate,
    make_telephone,
)
from schemas.codes import Code
from stream_processors.formats import check_email, check_phone, check_postcode, check_vrm
from stream_processors.identifiers import Checked

CONFORMANCE = Path(__file__).parents[3] / "shared" / "data" / "conformance"
PHONES = CONFORMANCE / "uk-phone-number-patterns-and-examples.csv"

published = pytest.mark.skipif(
    not CONFORMANCE.exists(), reason=f"PUBLISHED EXAMPLES NOT TESTED: no {CONFORMANCE.parent} beside the repository"
)

CHECKS: dict[str, Callable[[str], Checked]] = {
    "vrm": check_vrm,
    "postcode": check_postcode,
    "phone": check_phone,
    "email": check_email,
}

POSTCODES = st.builds(
    lambda outward, inward: f"{make_outward_code(outward)} {make_inward_code(inward)}",
    st.integers(0, OUTWARD_CODES - 1),
    st.integers(0, INWARD_CODES - 1),
)
NEARLY = st.text(alphabet=string.digits + "ABCGIRabz @.+-() \u00df\u0130\u0131\u00ad\u200b", max_size=40)
"""Of the signs that these are made of, and of letters whose capitals are surprising."""

POSTCODE_PARTS: dict[str, Callable[[str, str], str | None]] = {
    "areas": lambda outward, _: re.split(r"\d", outward)[0],
    "districts": lambda outward, _: re.match(r"[A-Z]+\d+", outward)[0],  # type: ignore[index]  # every outward code begins so
    "incodes": lambda _, inward: inward,
    "normalisation": lambda outward, inward: f"{outward} {inward}",
    "outcodes": lambda outward, _: outward,
    "sectors": lambda outward, inward: f"{outward} {inward[0]}",
    "sub-districts": lambda outward, _: outward if outward[-1].isalpha() else None,
    "units": lambda _, inward: inward[1:],
}
"""What each file of ideal-postcodes/postcode asks of a postcode, told from its two halves."""

POSTCODE_CASES = {
    "areas": 24, "districts": 29, "incodes": 24, "normalisation": 13, "outcodes": 24, "sectors": 24, "sub-districts": 22,
    "units": 24,
}  # fmt: skip


def accepted(check: str, text: str) -> str | None:
    """Its national spelling, or None."""
    found = CHECKS[check](text)
    return found.value if found.fault is None else None


def postcode_cases(name: str) -> list[dict[str, str | bool | None]]:
    cases: list[dict[str, str | bool | None]] = json.loads((CONFORMANCE / "uk-postcode" / f"{name}.json").read_text())["tests"]
    return cases


@published
@pytest.mark.parametrize("name", POSTCODE_PARTS)
def test_every_published_postcode_has_its_parts(name: str) -> None:
    """Both halves of each postcode of ideal-postcodes/postcode, with and without the space, are told apart as it says."""
    for case in postcode_cases(name):
        found = accepted("postcode", str(case["base"]))
        assert (POSTCODE_PARTS[name](*found.split(" ")) if found else None) == case["expected"], case["base"]
    assert len(postcode_cases(name)) == POSTCODE_CASES[name]


@published
def test_every_published_postcode_is_judged_right() -> None:
    """13 postcodes and others of ideal-postcodes/postcode."""
    for case in postcode_cases("validation"):
        assert (accepted("postcode", str(case["base"])) is not None) == case["expected"], case["base"]
    assert len(postcode_cases("validation")) == 13


@published
def test_every_published_telephone_number_is_right() -> None:
    """The 31 examples of Great Britain, Guernsey, Jersey and Man (libphonenumber), in five spellings each, become one E.164."""
    examples = [row["example_number"] for row in csv.DictReader(PHONES.read_text().splitlines()) if row["example_number"]]
    for number in examples:
        for sent in (f"+44{number}", f"0{number}", f"0044{number}", f"+44 (0){number}", f"({number[:3]}) {number[3:]}"):
            assert accepted("phone", sent) == f"+44{number}", sent
    assert len(examples) == 31


@published
@given(data=st.data())
def test_what_a_published_pattern_allows_is_valid(data: st.DataObject) -> None:
    """Each pattern of libphonenumber for a type of number: whatever it matches is a number."""
    rows = [row for row in csv.DictReader(PHONES.read_text().splitlines()) if row["type"] != "generalDesc"]
    pattern = data.draw(st.sampled_from([row["national_pattern"] for row in rows]))
    number = data.draw(st.from_regex(re.compile(f"(?:{pattern})", re.ASCII), fullmatch=True))
    assert accepted("phone", f"+44{number}") == f"+44{number}"


@pytest.mark.parametrize(
    ("check", "text", "wanted"),
    [
        ("vrm", "ab12 cde", "AB12CDE"),
        ("vrm", "AB12-CDE", "AB12CDE"),
        ("vrm", "B-\u00e4B 1234", "B\u00c4B1234"),
        ("vrm", "1", "1"),
        ("vrm", "ABCDE1234567", None),
        ("vrm", "", None),
        ("vrm", "-", None),
        ("vrm", "NO PLATE?", None),
        ("postcode", "sw1a1aa", "SW1A 1AA"),
        ("postcode", " gir0aa ", "GIR 0AA"),
        ("postcode", "GIR 1AA", None),
        ("postcode", "N1P 1AA", "N1P 1AA"),  # P in third place is missing from the print of the POLE dictionary
        ("postcode", "ZE1 0AA", "ZE1 0AA"),  # Z in first place too
        ("postcode", "QA1 1AA", None),
        ("postcode", "AI1 1AA", None),
        ("postcode", "M1 1CA", None),
        ("postcode", "SW1A", None),
        ("postcode", "SW1A OAA", None),
        ("postcode", "BFPO 123", "BFPO 123"),
        ("postcode", "BFPO c/o 5", "BFPO 5"),
        ("postcode", "FIQQ1ZZ", "FIQQ 1ZZ"),
        ("postcode", "FIQQ 2ZZ", None),
        ("postcode", "\u017fW1A 1AA", None),  # a long s, whose capital is S
        ("phone", "01632 960123", "+441632960123"),
        ("phone", "+44 (0)20 7946 0958", "+442079460958"),
        ("phone", "0033 1 42 68 53 00", "+33142685300"),
        ("phone", "101", None),
        ("phone", "01632 960123 ext 4", None),
        ("phone", "01632 960123/4", None),
        ("phone", "01632 960123 or 01632 960124", None),
        ("phone", "0800 FLOWERS", None),
        ("phone", "+99 123", None),
        ("phone", "((((", None),
        ("email", "A.Person@Example.ORG", "A.Person@example.org"),
        ("email", "a@b", None),
        ("email", "a@@example.org", None),
        ("email", "A Person <a@example.org>", None),
        ("email", "a@example.org, b@example.org", None),
        ("email", "a b@example.org", None),
    ],
)  # fmt: skip
def test_forms_that_forces_send(check: str, text: str, wanted: str | None) -> None:
    """One spelling for what is right; what is not stays as it was sent, to the last space."""
    assert accepted(check, text) == wanted
    assert wanted or CHECKS[check](text) == (text, Code.FORMAT_INVALID)


@given(plate=st.builds(make_plate, st.integers(0, PLATES - 1)))
def test_the_nations_plates_are_valid(plate: str) -> None:
    """Without their space."""
    assert accepted("vrm", plate) == plate.replace(" ", "")


@given(postcode=POSTCODES)
def test_the_nations_postcodes_are_valid(postcode: str) -> None:
    """Of areas that no post town has; with and without the space, in capitals and not."""
    assert accepted("postcode", postcode) == accepted("postcode", postcode.replace(" ", "").lower()) == postcode


@given(number=st.builds(make_telephone, st.integers(0, TELEPHONES - 1)))
def test_drama_numbers_are_valid(number: str) -> None:
    """Ofcom's blocks for drama are allocated to nobody, and stand for numbers here; as they are dialled too."""
    assert accepted("phone", number) == accepted("phone", f"0{number[3:7]} {number[7:]}") == number


@given(
    address=st.builds(make_email, st.sampled_from(["Zo\u00eb", "S\u00e9amus", "Ng"]), st.just("O'Neil"), st.integers(0, 9999))
)
def test_the_nations_addresses_are_valid(address: str) -> None:
    """In domains that are reserved for examples."""
    assert accepted("email", address) == address


@pytest.mark.parametrize("check", CHECKS)
@given(text=st.one_of(st.text(max_size=40), NEARLY))
def test_nothing_makes_it_raise_and_twice_is_once(check: str, text: str) -> None:
    """Any text is right or stays as it was sent; a national spelling checked again is itself."""
    value, fault = CHECKS[check](text)
    assert fault in {None, Code.FORMAT_INVALID}
    assert CHECKS[check](value) == (value, fault)
    assert fault is None or value == text


@given(text=st.emails())
def test_addresses_twice_are_once(text: str) -> None:
    """The same for what is nearly always an address."""
    value, fault = check_email(text)
    assert check_email(value) == (value, fault)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("sign", ["9", " ", "A", "(", "@", "a@"])
def test_a_megabyte_has_no_form(check: str, sign: str) -> None:
    """It comes back as it is."""
    text = sign * 1_000_000
    assert CHECKS[check](text) == (text, Code.FORMAT_INVALID)
