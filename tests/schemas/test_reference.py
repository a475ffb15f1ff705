"""Forces, agencies and gateways hang together."""

import re
from collections import Counter

from schemas import reference, reference_geography

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
        assert set(agency.lad_codes) <= reference_geography.local_authorities().keys(), agency.id
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
