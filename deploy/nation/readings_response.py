"""Readings of those who come to help, and of those who keep the roads open. Pure. Each follows its section of READINGS.md."""

from deploy.nation.readings_facts import Facts, theme_of
from deploy.nation.readings_levels import ROLE, Allowance

_FIRE = frozenset("TRN_RTC_INJURY TRN_RTC_DAMAGE TRN_RAIL_AIR_MARINE PSW_INDUSTRIAL PSW_NATURAL PSW_SUSPECT_PACKAGE".split())
_AMBULANCE = frozenset("TRN_RTC_INJURY TRN_RTC_DAMAGE PSW_ILLNESS_INJURY PSW_CONCERN".split())
_PATIENT_ROLES = frozenset("VICTIM VULNERABLE_ADULT VULNERABLE_CHILD SUBJECT MISSING".split())
_BY_THE_SEA = frozenset(("coast", "port"))


def read_fire_rescue(facts: Facts) -> Allowance | None:
    """Fire, rescue, a hazard, or a collision."""
    if _FIRE.isdisjoint(facts.categories) or facts.is_sexual or not facts.has_consent("fire-rescue"):
        return None
    persons = {}
    for seen in facts.parts:
        if seen.role == "PERSON_REPORTING" and not seen.is_suspect:
            persons[seen.person.id] = "contact"
        elif not seen.is_suspect:
            persons[seen.person.id] = ROLE
    return Allowance("rescue, hazard or collision (CCA 2004)", persons, "exact", "class", "none")


def finds_it(_facts: Facts) -> bool:
    """Whoever comes to help must find the place, whoever lives there."""
    return True


def read_ambulance(facts: Facts) -> Allowance | None:
    """Injury, illness, a collision, or concern for somebody's safety."""
    if _AMBULANCE.isdisjoint(facts.categories) or facts.is_sexual or not facts.has_consent("ambulance"):
        return None
    persons = _patients(facts, "name")
    return Allowance("injury, illness or concern for safety (vital interests)", persons, "exact", "class", "none")


def read_coastguard(facts: Facts) -> Allowance | None:
    """At sea, on the shore, or missing there."""
    is_missing = facts.sub_type == "missing"
    is_by_the_sea = not _BY_THE_SEA.isdisjoint(facts.markers)
    is_matter = is_missing or "TRN_RAIL_AIR_MARINE" in facts.categories
    if not is_by_the_sea or facts.is_sexual or not is_matter or not facts.has_consent("coastguard"):
        return None
    persons = _patients(facts, "care" if is_missing else "name")
    return Allowance("search and rescue by the sea (vital interests)", persons, "exact", "class", "none")


def _patients(facts: Facts, level: str) -> dict[str, str]:
    """Who needs help at `level`, others by their role; suspects not at all."""
    return {
        seen.person.id: level if seen.role in _PATIENT_ROLES else ROLE for seen in facts.parts if not seen.is_suspect
    }  # fmt: skip


def read_national_highways(facts: Facts) -> Allowance | None:
    """Traffic on a trunk road: where, and what sort of vehicle; nobody and no plate."""
    is_transport = any(theme_of(code) == "TRANSPORT" for code in facts.categories)
    if "trunk-road" not in facts.markers or not is_transport or not facts.has_consent("national-highways"):
        return None
    return Allowance("traffic on the strategic roads (CCA 2004)", {}, "exact", "class", "none")
