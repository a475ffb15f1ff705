"""The shipped reference data hangs together, and covers the real public files."""

import csv
import gzip
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import reference

STREET = Path(__file__).parents[3] / "shared" / "data" / "police-uk" / "street" / "2018-12"
ID = re.compile(r"^[a-z0-9-]+$")


def test_forces_are_the_43_and_the_national_ones() -> None:
    """43 territorial forces of England and Wales are tellable from the rest, and each has an ONS police-area code."""
    territorial = [force for force in reference.forces().values() if force.is_territorial_of_england_and_wales]
    assert len(territorial) == 43
    assert all(re.match(r"^(E23|W15)\d{6}$", force.ons_code) for force in territorial)
    assert {"btp", "mdp", "cnc", "nca", "northern-ireland", "police-scotland"} <= reference.forces().keys()


def test_no_force_code_is_used_twice() -> None:
    """A CJS force code or an ONS code names one force."""
    for field in ("ons_code", "home_office_code", "name"):
        codes = [getattr(force, field) for force in reference.forces().values() if getattr(force, field)]
        assert len(codes) == len(set(codes)), field


def test_ids_fit_topic_names() -> None:
    """Every id of a force or agency can be a part of a topic's name."""
    assert all(ID.match(name) for name in [*reference.forces(), *reference.agencies(), *reference.partner_kinds()])


def test_sixty_agencies_each_of_a_known_kind() -> None:
    """There are sixty agencies, every kind has one, and every area-bound kind has at least three."""
    per_kind = Counter(agency.kind for agency in reference.agencies().values())
    assert per_kind.total() == 60
    assert per_kind.keys() == reference.partner_kinds().keys()
    for kind in reference.partner_kinds().values():
        assert per_kind[kind.id] >= (1 if kind.area == "national" else 3), kind.id


def test_an_agency_has_the_area_that_its_kind_asks_for() -> None:
    """Area-bound agencies have known authorities or forces, national ones neither: else no area could match."""
    for agency in reference.agencies().values():
        area = reference.partner_kinds()[agency.kind].area
        assert bool(agency.lad_codes) == (area == "local-authority"), agency.id
        assert bool(agency.forces) == (area == "force"), agency.id
        assert set(agency.lad_codes) <= reference.local_authorities().keys(), agency.id
        assert set(agency.forces) <= reference.forces().keys(), agency.id


def test_neighbours_of_one_kind_do_not_share_an_authority() -> None:
    """Two agencies of one area-bound kind never have the same authority, so that a leak to a neighbour shows."""
    for kind in reference.partner_kinds():
        codes = [code for agency in reference.agencies().values() if agency.kind == kind for code in agency.lad_codes]
        assert len(codes) == len(set(codes)), kind


def test_every_gateway_that_a_kind_names_is_known() -> None:
    """A kind's gateways are rows of the gateway table."""
    for kind in reference.partner_kinds().values():
        assert kind.gateway_ids
        assert set(kind.gateway_ids) <= reference.gateways().keys(), kind.id


def test_some_gateways_cannot_stand_alone() -> None:
    """The table tells a power from a duty to consider: a loader that read every flag as true would fail here."""
    alone = reference.gateways()
    assert alone["CDA1998-115"].can_stand_alone
    assert not alone["CDA1998-17"].can_stand_alone


def test_every_sexual_offence_code_is_in_the_sexual_group() -> None:
    """The flag that victim anonymity is derived from covers the whole group of sexual offences."""
    for offence in reference.offences().values():
        if offence.group == "Sexual offences":
            assert offence.is_sexual, offence.code
    assert not reference.offences()["28E"].is_sexual


def test_codes_point_to_known_codes() -> None:
    """Cross-references between the code tables resolve."""
    categories = reference.police_uk_categories().keys() | {""}
    assert {offence.police_uk_category for offence in reference.offences().values()} <= categories
    types = {number for outcome in reference.outcomes().values() for number in outcome.ho_outcome_types}
    assert types <= set(range(1, 23))
    grades = {"EMERGENCY", "PRIORITY", "SCHEDULED", "NO_DEPLOYMENT"}
    assert set(reference.response_grades().values()) == grades
    for authority in reference.local_authorities().values():
        assert authority.force in reference.forces(), authority.code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Newcastle upon Tyne 024B", "E08000021"),
        ("Gateshead 001A", "E08000037"),
        ("Aylesbury Vale 001A", "E06000060"),
        ("Buckinghamshire 001A", "E06000060"),
        ("Cardiff 001A", "W06000015"),
        ("Bristol 001A", "E06000023"),
        ("Nowhere 001A", None),
        ("", None),
    ],
)
def test_a_small_area_name_gives_its_authority(name: str, code: str | None) -> None:
    """Old names map to the authority that has the area today; an unknown name maps to nothing."""
    assert reference.lad_of_lsoa_name(name) == code


@given(st.text())
def test_any_text_is_a_known_authority_or_none(name: str) -> None:
    """The lookup never raises and never invents a code."""
    code = reference.lad_of_lsoa_name(name)
    assert code is None or code in reference.local_authorities()


@pytest.mark.skipif(not STREET.is_dir(), reason="LOUD: the public street files are not beside the repository")
def test_every_named_small_area_of_a_real_month_has_an_authority() -> None:
    """All rows of December 2018 that name a small area map to an authority, in the area of a force."""
    named = unmapped = 0
    for path in sorted(STREET.glob("*-street.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as rows:
            for row in csv.DictReader(rows):
                if row["LSOA name"]:
                    named += 1
                    unmapped += reference.lad_of_lsoa_name(row["LSOA name"]) not in reference.local_authorities()
    assert (named, unmapped) == (245_883, 0)
