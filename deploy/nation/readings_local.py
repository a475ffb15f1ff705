"""Readings of local bodies that deal with behaviour: the anti-social behaviour team, housing, violence reduction. Pure."""

from deploy.nation.readings_facts import Facts, theme_of
from deploy.nation.readings_levels import ROLE, Allowance

_OF_VEHICLES = frozenset(("ASB_VEH_ABANDONED", "ASB_VEH_NUISANCE"))


def read_la_asb_team(facts: Facts) -> Allowance | None:
    """Anti-social behaviour by its sub-type or by its category."""
    if facts.sub_type != "asb" and not any(theme_of(code) == "ASB" for code in facts.categories):
        return None
    persons = {}
    for seen in facts.parts:
        if seen.is_concerned:
            persons[seen.person.id] = "case" if seen.is_adult else ROLE
        else:
            persons[seen.person.id] = "contact" if seen.role in ("VICTIM", "PERSON_REPORTING") else ROLE
    things = "class" if _OF_VEHICLES.isdisjoint(facts.categories) else "vehicle"
    return Allowance("anti-social behaviour (CDA 1998 s.115)", persons, "exact", things, "none")


def read_housing_provider(facts: Facts) -> Allowance | None:
    """Anti-social behaviour at a tenancy: who does it, where; never who complained."""
    if "tenancy" not in facts.markers:
        return None
    persons = {seen.person.id: "case" if seen.is_concerned and seen.is_adult else ROLE for seen in facts.parts}
    return Allowance("behaviour at a tenancy (CDA 1998 s.115)", persons, "exact", "none", "none")


def read_violence_reduction(facts: Facts) -> Allowance | None:
    """Serious violence: how many, in which roles, and roughly where."""
    if "serious-violence" not in facts.markers:
        return None
    persons = dict.fromkeys((seen.person.id for seen in facts.parts), ROLE)
    return Allowance("serious violence (PCSC 2022 s.16)", persons, "outward", "class", "none")
