"""Identifiers: each passes a check that is written anew here, and lies in a range that nobody has."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.nation import identifiers

POSTCODE = re.compile(
    r"(?:GIR 0AA|(?:[A-PR-UWYZ]\d\d?|[A-PR-UWYZ][A-HK-Y]\d\d?|[A-PR-UWYZ]\d[A-HJKSTUW]|[A-PR-UWYZ][A-HK-Y]\d[ABEHMNPRVWXY])"
    r" \d[ABD-HJLNP-UW-Z]{2})"
)
"""NPCC Minimum POLE Data Standards Dictionary v1.1, DS_010, with its two misprints mended."""
POST_TOWNS = frozenset(
    "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G GL "
    "GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX "
    "PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR "
    "WS WV YO ZE BF BX GX QC XX ZZ".split()
)
"""Postcode areas of the United Kingdom and the islands; the last six are not geographic."""
LETTERS = "Z A B C D E F G H J K L M N P Q R T U V W X Y".split()


def nhs_is_valid(number: str) -> bool:
    """Weights 10 to 2, eleven minus the sum's remainder; 11 counts as 0, and 10 is never used."""
    if not re.fullmatch(r"\d{10}", number):
        return False
    total = 0
    for position in range(9):
        total += int(number[position]) * (10 - position)
    wanted = 11 - total % 11
    return wanted != 10 and int(number[9]) == (0 if wanted == 11 else wanted)


def pnc_is_valid(pnc_id: str) -> bool:
    """`YYYY/NNNNNNND`: two digits of the year and seven of the serial, modulus 23."""
    found = re.fullmatch(r"(\d\d)(\d\d)/(\d{7})([A-Z])", pnc_id)
    return bool(found) and LETTERS[int(found[2] + found[3]) % 23] == found[4]  # type: ignore[index]


def cro_is_valid(cro_number: str) -> bool:
    """`NNNNNN/YYD`: two digits of the year and six of the serial, modulus 23."""
    found = re.fullmatch(r"(\d{6})/(\d\d)([A-Z])", cro_number)
    return bool(found) and LETTERS[int(found[2] + found[1]) % 23] == found[3]  # type: ignore[index]


def asn_letter(asn: str) -> str:
    """Force, system, year and number, modulus 23; a force or system that is no number counts as empty."""
    year, force, system, number = asn[:2], asn[2:4], asn[6:8], asn[8:19]
    parts = [part if part.isdigit() else "" for part in (force, system)]
    return LETTERS[int("".join(parts) + year + number) % 23]


@pytest.mark.parametrize("good", ["1979/0163001B", "2003/0011985X", "1981/0000034U"])
def test_the_check_of_pnc_ids_knows_good_ones(good: str) -> None:
    """The check above accepts what the Ministry of Justice's tests accept, and no neighbour of it."""
    assert pnc_is_valid(good)
    assert not pnc_is_valid(good[:-1] + ("A" if good[-1] != "A" else "B"))
    assert not pnc_is_valid("2001/0171310S")


def test_the_other_checks_know_good_ones() -> None:
    """The checks above accept published vectors, and see one wrong digit."""
    assert nhs_is_valid("9434765919")
    assert nhs_is_valid("6541003238")
    assert not nhs_is_valid("9434765918")
    assert cro_is_valid("065656/91H")
    assert not cro_is_valid("065657/91H")
    assert asn_letter("2202XC0200000000021D") == "R"
    assert POSTCODE.fullmatch("ZE1 0AA")
    assert not POSTCODE.fullmatch("QE1 0AA")


@given(st.integers(0, identifiers.NHS_NUMBERS - 1))
def test_nhs_numbers(number: int) -> None:
    """Valid, and of the range kept for tests."""
    made = identifiers.make_nhs_number(number)
    assert nhs_is_valid(made)
    assert made.startswith("999")


@given(st.integers(1950, 2030), st.integers(0, identifiers.PNC_IDS - 1))
def test_pnc_ids(year: int, number: int) -> None:
    """Valid, with a serial that is higher than a year's records."""
    made = identifiers.make_pnc_id(year, number)
    assert pnc_is_valid(made)
    assert made.startswith(f"{year}/9")


@given(st.integers(1950, 2030), st.integers(0, identifiers.CRO_NUMBERS - 1))
def test_cro_numbers(year: int, number: int) -> None:
    """Valid, with a serial of 900,000 and above."""
    made = identifiers.make_cro_number(year, number)
    assert cro_is_valid(made)
    assert made.startswith("9")


@given(st.sampled_from(["01", "17", "62"]), st.integers(2020, 2040), st.integers(0, identifiers.ARRESTS - 1))
def test_arrest_summons_numbers(force: str, year: int, number: int) -> None:
    """Twenty characters: year, force, station, system, number of 90,000,000,000 and above, check letter."""
    made = identifiers.make_asn(force, year, number)
    assert re.fullmatch(rf"{year % 100:02d}{force}00019\d{{10}}[A-Z]", made)
    assert made[-1] == asn_letter(made)
    assert made == identifiers.make_asn(force, year % 100, number)


@given(st.integers(0, identifiers.TELEPHONES - 1))
def test_telephones(number: int) -> None:
    """One of Ofcom's numbers for drama, each written out here as Ofcom prints it."""
    local = identifiers.make_telephone(number).replace("+44", "0")
    printed = (
        r"07700 ?900\d{3}|01632 ?960\d{3}|011[345678] ?496 ?0\d{3}|01[23456]1 ?496 ?0\d{3}|0191 ?498 ?0\d{3}"
        r"|020 ?7946 ?0\d{3}|029 ?2018 ?0\d{3}|028 ?9649 ?6\d{3}"
    )
    assert re.fullmatch(printed.replace(" ?", ""), local)


@given(st.integers(0, identifiers.PLATES - 1))
def test_plates(number: int) -> None:
    """Current form, of letters that are issued, with an age identifier that is years away."""
    made = identifiers.make_plate(number)
    assert re.fullmatch(r"[A-HJ-PR-Y][A-HJ-PR-Y]9\d [A-HJ-PR-Z]{3}", made)


@given(st.integers(0, identifiers.OUTWARD_CODES - 1), st.integers(0, identifiers.INWARD_CODES - 1))
def test_postcodes(outward: int, inward: int) -> None:
    """Valid in form, of an area that no post town has."""
    made = f"{identifiers.make_outward_code(outward)} {identifiers.make_inward_code(inward)}"
    assert POSTCODE.fullmatch(made)
    area = re.match(r"[A-Z]+", made)
    assert area is not None
    assert area[0] not in POST_TOWNS


@given(st.integers(0, identifiers.UPRNS - 1))
def test_uprns(number: int) -> None:
    """Twelve digits that begin with 999."""
    assert re.fullmatch(r"999\d{9}", identifiers.make_uprn(number))


@given(
    st.sampled_from(["Siân", "Łukasz", "Mary-Jane", "Ștefan", ""]), st.sampled_from(["O'Brien", "Llŷr-Morgan", "ap Siôn", ""])
)
def test_emails(given_name: str, surname: str) -> None:
    """ASCII, in a reserved domain, whatever the name."""
    assert re.fullmatch(r"[a-z.]*7@example\.(com|org|net)", identifiers.make_email(given_name, surname, 7))


@pytest.mark.parametrize(
    ("make", "count"),
    [
        (identifiers.make_telephone, identifiers.TELEPHONES),
        (identifiers.make_outward_code, identifiers.OUTWARD_CODES),
        (identifiers.make_inward_code, identifiers.INWARD_CODES),
        (identifiers.make_nhs_number, 50_000),
        (identifiers.make_plate, 50_000),
        (lambda number: identifiers.make_cro_number(1999, number), identifiers.CRO_NUMBERS),
        (lambda number: str(identifiers.spread(number, identifiers.TELEPHONES, 12_345)), identifiers.TELEPHONES),
        (lambda number: str(identifiers.spread(number, identifiers.CRO_NUMBERS, 999_999)), identifiers.CRO_NUMBERS),
    ],
)
def test_two_numbers_never_make_one_identifier(make: Callable[[int], str], count: int) -> None:
    """Each function is injective over its range."""
    assert len({make(number) for number in range(count)}) == count


@given(
    st.sampled_from(
        (identifiers.TELEPHONES, identifiers.NHS_NUMBERS, identifiers.PNC_IDS, identifiers.CRO_NUMBERS, identifiers.PLATES)
    ),
    st.integers(0, 10**6),
    st.data(),
)
def test_spreading_keeps_numbers_apart(of: int, shift: int, data: st.DataObject) -> None:
    """Two numbers stay two in every range that is used."""
    one, other = data.draw(st.integers(0, of - 1)), data.draw(st.integers(0, of - 1))
    assert (identifiers.spread(one, of, shift) == identifiers.spread(other, of, shift)) == (one == other)
