"""Readings of those who care: children's and adults' services, health, schools, victims' services, the coroner. Pure.

Each function follows its section of READINGS.md.
"""

from deploy.nation.readings_facts import Facts, Seen
from deploy.nation.readings_levels import ROLE, Allowance

_TELLING = ("PERSON_REPORTING", "WITNESS")
"""Roles of whoever rang up or saw it: to do so puts nobody at risk."""
_AT_RISK_ROLES = ("VULNERABLE_ADULT", "VULNERABLE_CHILD", "VICTIM", "MISSING", "SUBJECT")


def read_la_children_mash(facts: Facts) -> Allowance | None:
    """A child is the subject or was present."""
    children = [seen for seen in facts.parts if is_child_to_care_for(seen)]
    if not children and ("child" not in facts.markers or _may_be_another_child(facts)):
        return None  # a marker that stands for the suspect or the caller is no child to care for
    households = [seen.person.household for seen in children]
    persons = {}
    for seen in facts.parts:
        if is_child_to_care_for(seen):
            persons[seen.person.id] = "care"
        elif seen.is_suspect:
            persons[seen.person.id] = "name"
        else:
            persons[seen.person.id] = "care" if seen.person.household in households else ROLE
    return Allowance("child is subject or present (CA 2004 s.10)", persons, "exact", "class", "none")


def is_child_to_care_for(seen: Seen) -> bool:
    """Not whoever is known as a suspect of ten to seventeen: that child is the youth justice service's. Nor who only tells."""
    return seen.is_child and (seen.is_young if seen.is_suspect else seen.role not in _TELLING)


def _may_be_another_child(facts: Facts) -> bool:
    """A child who is suspected or only tells, or may be."""
    told = any(seen.may_be_child and (seen.is_suspect or seen.role in _TELLING) for seen in facts.parts)
    return told or (facts.unreadable is not None and facts.unreadable.may_be_child)


def lives_with_child(facts: Facts) -> bool:
    """A child to care for lives where it happened."""
    return any(is_child_to_care_for(seen) and seen.person.home.id == facts.place.id for seen in facts.parts)


def excepts_child_victim(facts: Facts) -> bool:
    """Victim anonymity must not blind the safeguarding team: in a safeguarding matter whose victims are all children."""
    hidden = facts.unreadable
    if hidden is not None and not hidden.is_victim:
        return False  # who may be a victim, and of what age, can't be told
    parts = facts.parts if hidden is None or hidden in facts.parts else (hidden, *facts.parts)
    victims = [seen for seen in parts if seen.is_victim]
    return facts.sub_type == "safeguarding" and bool(victims) and all(seen.is_child for seen in victims)


def read_la_adults_sab(facts: Facts) -> Allowance | None:
    """An adult with care and support needs is at risk."""
    adults = [seen for seen in facts.parts if seen.is_adult and not seen.is_suspect and _is_at_risk(seen)]
    if not adults or facts.is_sexual or not facts.has_consent("la-adults-sab"):
        return None
    persons = dict.fromkeys((seen.person.id for seen in facts.parts), ROLE)
    own = dict.fromkeys((seen.person.id for seen in adults), "care")
    why = "adult with care needs at risk (Care Act 2014 s.42)"
    return Allowance(why, persons | own, facts.homes(own), "class", "none")


def _is_at_risk(seen: Seen) -> bool:
    return seen.role == "VULNERABLE_ADULT" or ("at-risk" in seen.person.traits and seen.role in _AT_RISK_ROLES)


def read_nhs_icb(facts: Facts) -> Allowance | None:
    """A safeguarding matter of somebody at risk."""
    at_risk = [seen for seen in facts.parts if seen.role in _AT_RISK_ROLES and not seen.is_suspect]
    if not at_risk or facts.is_sexual or not facts.has_consent("nhs-icb"):
        return None
    persons = dict.fromkeys((seen.person.id for seen in facts.parts), ROLE)
    own = dict.fromkeys((seen.person.id for seen in at_risk), "care")
    why = "subject at risk (CA 2004 s.11, Care Act 2014 s.45)"
    return Allowance(why, persons | own, facts.homes(own), "class", "none")


def read_school_encompass(facts: Facts) -> Allowance | None:
    """A child lives where domestic abuse happened, or was there."""
    if "domestic-abuse" not in facts.markers and "PSW_DOMESTIC" not in facts.categories:
        return None
    children = [
        seen for seen in facts.parts if (seen.is_young or seen.is_youth) and not seen.is_suspect and not seen.person.is_unborn
    ]  # of a school age, or of none: but not of an age that nobody knows
    if not children or facts.is_sexual:
        return None
    names = {seen.person.id: "name" for seen in children}
    return Allowance("child at a domestic abuse incident (Operation Encompass)", names, "none", "none", "none")


def read_victim_support(facts: Facts) -> Allowance | None:
    """The victim agrees to be referred, or is at high risk and the force refers: either way there is a consent."""
    is_asked = "referral-consent" in facts.markers or "high-risk" in facts.markers
    if not is_asked or not facts.has_consent("victim-support"):
        return None
    victims = {seen.person.id: "contact" for seen in facts.parts if seen.role == "VICTIM" and not seen.is_suspect}
    if not victims or facts.is_sexual:
        return None
    return Allowance("victim's consent or high risk (Victims' Code, MARAC)", victims, "authority", "none", "none")


def read_coroner(facts: Facts) -> Allowance | None:
    """Somebody has died suddenly."""
    if "PSW_SUDDEN_DEATH" not in facts.categories or facts.is_sexual or not facts.has_consent("coroner"):
        return None
    persons = {seen.person.id: "care" if seen.role in ("SUBJECT", "VICTIM") else ROLE for seen in facts.parts}
    return Allowance("sudden death (CJA 2009)", persons, "exact", "class", "none")
