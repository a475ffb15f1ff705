"""Identifiers: every published vector, every one that the synthetic nation makes, and whatever else may be sent."""

import csv
import string
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.nation.identifiers import make_asn, make_cro_number, make_nhs_number, make_pnc_id, make_uprn
from schemas.codes import Code
from stream_processors.identifiers import (
    CHECK_LETTERS,
    Checked,
    check_asn,
    check_cro,
    check_nhs_number,
    check_nino,
    check_pnc,
    check_uprn,
)

VECTORS = Path(__file__).parents[3] / "shared" / "data" / "conformance" / "pnc-cro-asn-vectors.csv"
YEAR = 2026

CHECKS: dict[str, Callable[[str], Checked]] = {
    "pnc": lambda text: check_pnc(text, YEAR),
    "cro": check_cro,
    "asn": check_asn,
    "nhs": check_nhs_number,
    "nino": check_nino,
    "uprn": check_uprn,
}

PNC_IDS = st.builds(make_pnc_id, st.integers(1900, YEAR), st.integers(0, 999_999))
CRO_NUMBERS = st.builds(make_cro_number, st.integers(1900, YEAR), st.integers(0, 99_999))
ARRESTS = st.builds(make_asn, st.sampled_from(["01", "20", "98"]), st.integers(1970, YEAR), st.integers(0, 9_999_999_999))
NHS_NUMBERS = st.builds(make_nhs_number, st.integers(0, 499_999))
UPRNS = st.builds(make_uprn, st.integers(0, 999_999_999))
NINOS = st.from_regex(r"[ABCEHJLMPRSWXY][ABCEHJLMPRSWXY][0-9]{6}[A-D]", fullmatch=True)
MADE = {"pnc": PNC_IDS, "cro": CRO_NUMBERS, "asn": ARRESTS, "nhs": NHS_NUMBERS, "nino": NINOS, "uprn": UPRNS}

NEARLY = st.text(alphabet=string.digits + "/SF -ABDFZio", max_size=40)
"""Of the signs that identifiers are made of."""

WRONG_VECTORS = {
    "2000/1410801G": "2000/1410801D",
    "2000/00410801G": "2000/0410801X",
}
"""preProcessPncIdentifier.test.ts of bichard7-next-core shortens these, and never looks at their letter: by the sum that
hmpps-person-record and the POLE dictionary have, it is D and X. With that letter both forms are one identifier, as it says."""


def accepted(check: str, text: str) -> str | None:
    """Its national spelling, or None."""
    found = CHECKS[check](text)
    return found.value if found.fault is None else None


@pytest.mark.skipif(not VECTORS.exists(), reason=f"PUBLISHED VECTORS NOT TESTED: no {VECTORS.parents[1]} beside the repository")
def test_every_published_vector_is_right() -> None:
    """All 49 of the Ministry of Justice's own tests; two whose letter is wrong are refused, and right with the right one."""
    counts: Counter[str] = Counter()
    for row in csv.DictReader(VECTORS.read_text().splitlines()):
        kind, sent, wanted = row["kind"], row["input"], row["expected"]
        counts[kind] += 1
        if kind in {"PNC", "CRO"}:
            assert accepted(kind.lower(), sent) == wanted, sent
        elif kind in {"PNC-invalid", "CRO-invalid"}:
            assert CHECKS[kind[:3].lower()](sent) == (sent, Code.IDENTIFIER_INVALID), sent
        elif kind == "PNC-equal":
            first, second = (CHECKS["pnc"](part).value for part in sent.split(" | "))
            assert (first == second) == (wanted == "true"), sent
        elif kind == "ASN-check-character":
            assert [letter for letter in CHECK_LETTERS if accepted("asn", sent[:-1] + letter)] == [wanted], sent
        elif kind == "ASN-pnc-format":
            assert accepted("asn", sent) == accepted("asn", wanted) == sent
        else:
            assert kind in {"PNC-strip-century", "PNC-strip-zeros"}
            assert accepted("pnc", sent) is accepted("pnc", wanted) is None
            right = WRONG_VECTORS[sent]
            assert accepted("pnc", sent[:-1] + right[-1]) == accepted("pnc", wanted[:-1] + right[-1]) == right
    assert (counts.total(), counts["PNC"], counts["PNC-invalid"], counts["PNC-equal"]) == (49, 14, 19, 5)


@pytest.mark.parametrize(
    ("check", "text", "wanted"),
    [
        ("pnc", "27/1L", "1927/0000001L"),  # above this year: of the last century
        ("pnc", "26/1W", "2026/0000001W"),
        ("pnc", "2027/0000001L", None),  # nobody has one of next year
        ("pnc", "90/570L", None),  # an illustration in the POLE dictionary, whose own sum gives N
        ("pnc", "90/570N", "1990/0000570N"),
        ("pnc", " 81 / 34u ", "1981/0000034U"),
        ("cro", "SF83/050058Z", "SF83/50058Z"),
        ("asn", "20/05ff/05/555p", "2005FF0500000000555P"),
        ("asn", "20N05FF0500000000555P", "2005FF0500000000555P"),  # with a top-level code before the force
        ("nhs", "943 476 5919", "9434765919"),
        ("nhs", "943-476-5919", "9434765919"),
        ("nhs", "9434765918", None),
        ("nhs", "0000000000", None),
        ("nino", "ab 12 34 56 c", "AB123456C"),
        ("nino", "QQ123456A", None),
        ("nino", "BG123456A", None),
        ("nino", "AO123456A", None),
        ("nino", "AB123456", None),
        ("uprn", "100", "000000000100"),
        ("uprn", "5048015.0", "000005048015"),
        ("uprn", "0.0", None),
        ("uprn", "1.5", None),
        ("uprn", "0", None),
        ("uprn", "1234567890123", None),
        ("pnc", "\uff11\uff19\uff18\uff11/0000034U", None),  # digits of another script are no digits here
        ("nhs", "٩٤٣٤٧٦٥٩١٩", None),
    ],
)  # fmt: skip
def test_forms_that_forces_send(check: str, text: str, wanted: str | None) -> None:
    """Short, spaced, in small letters: one national spelling. What is not right stays as it was sent."""
    assert accepted(check, text) == wanted
    assert wanted or CHECKS[check](text) == (text, Code.IDENTIFIER_INVALID)


@pytest.mark.parametrize("check", MADE)
@given(data=st.data())
def test_what_the_nation_makes_is_valid(check: str, data: st.DataObject) -> None:
    """Fictional identifiers are valid in their national spelling, and however they are spaced and capitalised."""
    made = data.draw(MADE[check])
    gap = data.draw(st.integers(0, len(made)))
    assert accepted(check, made) == made
    assert accepted(check, f" {made[:gap]} {made[gap:]}\t".lower()) == made


@pytest.mark.parametrize("check", ["pnc", "cro", "asn", "nhs"])
@given(data=st.data())
def test_a_slip_of_the_pen_is_found(check: str, data: st.DataObject) -> None:
    """One digit that is wrong, two neighbours that have changed places, another letter at the end: the check fails."""
    made = data.draw(MADE[check])
    # Not in the sum: the century of a PNC identifier, the unit of an arrest summons number.
    unsummed = {"pnc": {0, 1}, "asn": {4, 5}}.get(check, set())
    places = [place for place, sign in enumerate(made) if sign.isdigit() and place not in unsummed]
    place = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from([digit for digit in string.digits if digit != made[place]]))
    assert accepted(check, made[:place] + digit + made[place + 1 :]) is None
    after = place + 1
    if after in places and made[place] != made[after]:
        assert accepted(check, made[:place] + made[after] + made[place] + made[after + 1 :]) is None
    if check != "nhs":
        other = data.draw(st.sampled_from([letter for letter in string.ascii_uppercase if letter != made[-1]]))
        assert accepted(check, made[:-1] + other) is None


@given(year=st.integers(2000, 2099), issued=st.integers(1970, 2099), number=st.integers(0, 999_999))
def test_a_short_pnc_id_is_of_the_last_hundred_years(year: int, issued: int, number: int) -> None:
    """Two digits mean the last such year that has begun."""
    made = make_pnc_id(issued, number)
    found = check_pnc(made[2:], year)
    assert found.fault is None
    assert year - 100 < int(found.value[:4]) <= year
    assert found.value[2:] == made[2:]
    assert (check_pnc(made, year).fault is None) == (issued <= year)


@pytest.mark.parametrize("check", CHECKS)
@given(text=st.one_of(st.text(max_size=40), NEARLY))
def test_nothing_makes_it_raise_and_twice_is_once(check: str, text: str) -> None:
    """Any text is right or stays as it was sent; a national spelling checked again is itself."""
    value, fault = CHECKS[check](text)
    assert fault in {None, Code.IDENTIFIER_INVALID}
    assert CHECKS[check](value) == (value, fault)
    assert fault is None or value == text


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("sign", ["9", " ", "Z", "/", "\u00b2"])
def test_a_megabyte_is_no_identifier(check: str, sign: str) -> None:
    """It comes back as it is."""
    text = sign * 1_000_000
    assert CHECKS[check](text) == (text, Code.IDENTIFIER_INVALID)
