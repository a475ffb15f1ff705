"""Offences of the three code systems: every code once, flags that never say no where they can't know, outcomes."""

import re
from collections import Counter

import pytest
from reference_flags import CJS_SEXUAL, NO_OFFENCE, SOUNDS_SEXUAL, UNKNOWN, N, Y, cjs_flags, first_flag
from reference_flags_ho import RECORDED_SEXUAL, RECORDED_SLAVERY, ho_flags
from reference_recorded import recorded_code

from schemas.reference_offences import (
    cjs_offences,
    ho_offences,
    ho_outcome_types,
    offences,
    outcomes,
    police_uk_categories,
    sexual_crime_types,
)

FLAGS = {Y, N, UNKNOWN}


def test_every_code_has_the_form_of_its_system() -> None:
    """A code of one system can't be taken for one of another."""
    assert all(re.fullmatch(r"\d{1,3}[A-Z]?(/\d{1,2}(\.\d+)?.*)?", code) for code in offences())
    assert all(re.fullmatch(r"\d{3}/\d\d", code) for code in ho_offences())
    assert all(re.fullmatch(r"[A-Z]{2}[A-Z0-9]{2}[A-Z0-9]\d{2}[A-Z]?|COML[A-Z]?\d{2,3}[A-Z]?", code) for code in cjs_offences())
    assert not offences().keys() & ho_offences().keys() | offences().keys() & cjs_offences().keys()


def test_every_flag_is_yes_no_or_unknown() -> None:
    """No offence is without a flag: a missing one would read as no."""
    for offence in (*offences().values(), *ho_offences().values(), *cjs_offences().values()):
        assert {offence.sexual, offence.modern_slavery} <= FLAGS, offence.code


def test_the_group_of_sexual_offences_is_never_no() -> None:
    """Recorded-crime codes of the group are Y or UNKNOWN; what is plainly something else is N."""
    for offence in offences().values():
        if offence.group == "Sexual offences":
            assert offence.sexual in (Y, UNKNOWN), offence.code
    assert {offences()[code].sexual for code in ("28E", "46", "8N", "105A", "34B")} == {N}
    assert {offences()[code].sexual for code in ("19C", "17A", "20B", "21", "71", "72", "88A", "88E")} == {Y}
    assert {offences()[code].sexual for code in ("106", "23", "88C", "88D", "24", "27", "99")} == {UNKNOWN}
    assert {code for code, offence in offences().items() if offence.modern_slavery == Y} == {"106", "72"}


def test_every_override_names_a_code_and_a_reason() -> None:
    """A hand-made exception that no code has, or that says nothing, is a slip."""
    for table in (RECORDED_SEXUAL, RECORDED_SLAVERY):
        assert table.keys() <= offences().keys()
        assert all(flag in FLAGS and reason for flag, reason in table.values())


@pytest.mark.parametrize(
    ("code", "sexual", "modern_slavery"),
    [
        ("019/08", Y, N),
        ("019/00", Y, N),
        ("023/12", N, N),  # s.64 of the 2003 Act is excepted
        ("023/00", UNKNOWN, N),  # its class holds what is excepted
        ("088/03", N, N),
        ("088/00", UNKNOWN, N),
        ("072/04", Y, Y),
        ("036/08", Y, Y),
        ("036/01", N, N),
        ("036/00", UNKNOWN, UNKNOWN),  # kidnapping, or trafficking
        ("028/01", UNKNOWN, N),  # may be burglary with intent to rape
        ("028/03", N, N),
        ("008/52", UNKNOWN, N),  # female genital mutilation has an anonymity of its own
        ("000/00", UNKNOWN, UNKNOWN),
        ("093/49", N, N),  # trafficking in drugs
        ("106/63", N, N),  # gaming, and not modern slavery
    ],
)
def test_home_office_flags(code: str, sexual: str, modern_slavery: str) -> None:
    """Exact classifications are told; exceptions of the law are N; classes that hold both are UNKNOWN."""
    assert (ho_offences()[code].sexual, ho_offences()[code].modern_slavery) == (sexual, modern_slavery)


@pytest.mark.parametrize(
    ("code", "sexual", "modern_slavery"),
    [
        ("SX03001", Y, N),
        ("SX03124", Y, N),
        ("SX03126", N, N),  # s.64
        ("SX03134", N, N),  # s.69
        ("SX03134A", N, N),  # an attempt is as the offence
        ("SX03180", N, N),  # s.71
        ("SX03137", Y, N),  # s.70 is not excepted
        ("SX03149", N, N),  # breach of an order: Part 2
        ("SX03510", N, N),  # an application
        ("SX03121", Y, Y),
        ("SX03227", Y, N),
        ("MS15003", Y, Y),
        ("MS15003C", Y, Y),
        ("MS15001", UNKNOWN, Y),
        ("MS15007", N, N),
        ("AI04004", UNKNOWN, Y),
        ("CJ09002", UNKNOWN, Y),
        ("TH68030", Y, N),
        ("TH68010", N, N),
        ("SC07003", UNKNOWN, UNKNOWN),  # encouraging an offence that is not named
        ("SC07005", N, N),  # that is murder
        ("PK78001", UNKNOWN, N),
        ("COML050", UNKNOWN, UNKNOWN),
        ("SX56043", UNKNOWN, N),
        ("LM82031", N, N),  # a sex establishment without a licence
        ("RT88026", N, N),
    ],
)
def test_cjs_flags(code: str, sexual: str, modern_slavery: str) -> None:
    """Part 1 of the 2003 Act is told from Part 2, its four exceptions from the rest; what is open-ended is UNKNOWN."""
    assert (cjs_offences()[code].sexual, cjs_offences()[code].modern_slavery) == (sexual, modern_slavery)


def test_a_title_that_sounds_sexual_is_never_no_by_default() -> None:
    """An Act that no rule knows: UNKNOWN, not N. A category that is no offence: N."""
    assert cjs_flags("ZZ99001", "Commit an indecent act", "CS") == (UNKNOWN, N)
    assert cjs_flags("ZZ99002", "Hold a person in servitude", "CI") == (N, UNKNOWN)
    assert cjs_flags("ZZ99501", "Application for a sexual harm prevention order", "VP") == (N, N)
    assert cjs_flags("ZZ99003", "Ride a cycle on a footpath", "CS") == (N, N)
    assert re.search(SOUNDS_SEXUAL, "Rape of a person", re.IGNORECASE)
    assert not re.search(SOUNDS_SEXUAL, "Drape a flag; sextant; trapeze", re.IGNORECASE)


def test_every_rule_has_a_reason_and_fits_something() -> None:
    """The first rule that fits decides, and a rule without a reason can't be checked by a lawyer."""
    assert all(rule.flag in FLAGS and rule.reason for rule in CJS_SEXUAL)
    assert first_flag(CJS_SEXUAL, "SX03999", "Something new") == Y
    assert first_flag(CJS_SEXUAL, "SX99001", "Something new") == UNKNOWN


def test_a_generic_classification_is_unknown_where_its_class_holds_both() -> None:
    """`/00` says only the class: it is as its members are, or UNKNOWN."""
    rows = {"700/00": ("Mixed", True), "700/01": ("Rape", False), "700/02": ("Theft", False)}
    assert ho_flags(rows)["700/00"] == (UNKNOWN, N)
    assert ho_flags({"700/00": ("Theft", True), "700/01": ("Theft of a cycle", False)})["700/00"] == (N, N)
    for code, offence in ho_offences().items():
        members = {other.sexual for other in ho_offences().values() if other.code[:3] == code[:3]}
        if offence.is_generic and len(members) > 1:
            assert offence.sexual == UNKNOWN, code


def test_a_letter_changes_nothing() -> None:
    """An attempt, a conspiracy or aiding is as the offence itself, where this is in the list."""
    for code, offence in cjs_offences().items():
        plain = cjs_offences().get(code[:-1]) if len(code) == 8 else None
        if plain and plain.category not in NO_OFFENCE:
            assert (offence.sexual, offence.modern_slavery) == (plain.sexual, plain.modern_slavery), code


def test_the_recorded_code_of_a_classification_is_a_code_of_its_flag() -> None:
    """A recorded-crime code never says less than an exact classification under it: N under it only if it is N or UNKNOWN."""
    for code, offence in ho_offences().items():
        if not offence.recorded_code or offence.is_generic:
            continue
        recorded = offences()[offence.recorded_code]
        assert recorded.sexual in (offence.sexual, UNKNOWN), code
        assert recorded.modern_slavery in (offence.modern_slavery, UNKNOWN), code


def test_a_class_number_is_no_recorded_code_by_itself() -> None:
    """`106` is betting in one list and modern slavery in the other; burglary and robbery are split by what no class tells."""
    found = {code: offence.recorded_code for code, offence in ho_offences().items()}
    assert {found[code] for code in ("106/02", "104/23", "096/09", "009/00", "028/01", "034/01", "036/08")} == {"", "59"}
    pairs = {"019/08": "19C", "046/00": "46", "004/04": "4/4", "092/61": "92E", "092/81": "92A", "008/06": "8N"}
    assert {code: found[code] for code in pairs} == pairs
    assert recorded_code("092/00", "Misuse of Drugs", is_generic=True) == ""
    assert sum(bool(code) for code in found.values()) > 700


def test_crime_types_are_told_where_all_their_offences_agree() -> None:
    """Violence holds both sorts; burglary counts without codes that are closed."""
    types = sexual_crime_types()
    assert types.keys() <= police_uk_categories().keys()
    assert (types["violent-crime"], types["burglary"], types["drugs"], types["robbery"]) == (UNKNOWN, N, N, N)
    assert "anti-social-behaviour" not in types


def test_outcomes_point_to_outcome_types() -> None:
    """Every Home Office outcome type that a public outcome names is one of the 22."""
    assert set(ho_outcome_types()) == set(range(1, 23))
    assert all(ho_outcome_types().values())
    types = Counter(number for outcome in outcomes().values() for number in outcome.ho_outcome_types)
    assert types.keys() <= ho_outcome_types().keys()
    assert {offence.police_uk_category for offence in offences().values()} <= police_uk_categories().keys() | {""}
