"""Readings of police peers, border, customs and benefits. Pure. Each follows READINGS.md."""

from deploy.nation.readings_facts import Facts
from deploy.nation.readings_levels import ROLE, Allowance

_OF_NCA = ("soc", "firearms", "csea", "modern-slavery", "fraud")
_PROCEEDS, _FALSE_STATEMENTS = "38", "95"
_BRITISH = "GBR"


def read_nca(facts: Facts) -> Allowance | None:
    """Serious organised crime, firearms, child sexual exploitation, modern slavery, or fraud."""
    for marker in facts.markers:
        if marker in _OF_NCA:
            return _for_peers(facts, "matter of the agency's functions (CCA 2013 s.7)")
    return None


def read_rocu(facts: Facts) -> Allowance | None:
    """Serious organised crime in a member force."""
    return _for_peers(facts, "organised crime in a member force (policing purpose)") if "soc" in facts.markers else None


def read_other_force(facts: Facts) -> Allowance | None:
    """Somebody who lives in another force's area is sought or suspected, or it happened there."""
    force = facts.scene.force
    is_across = facts.place.force != force or "cross-border" in facts.markers
    return _for_peers(facts, "subject or place across a border (policing purpose)") if is_across else None


def _for_peers(facts: Facts, why: str) -> Allowance:
    persons = {seen.person.id: "full" for seen in facts.parts}
    text = "sanitised" if facts.scene.kind == "intelligence" else "summary"
    return Allowance(why, persons, "exact", "exact", text)


def read_immigration(facts: Facts) -> Allowance | None:
    """A foreign national has been arrested, and that is confirmed."""
    suspects = {
        seen.person.id: "full"
        for seen in facts.parts
        if seen.is_suspect and seen.is_adult and seen.person.nationality not in ("", _BRITISH)
    }
    if not suspects:
        return None
    return Allowance("foreign national arrested (IAA 1999 s.20)", suspects, "none", "none", "none")


def read_border_force(facts: Facts) -> Allowance | None:
    """A port or a journey is in question; victims and witnesses are never told of."""
    if "port" not in facts.markers:
        return None
    subjects = {seen.person.id: "full" for seen in facts.concerned()}
    if not subjects:
        return None
    return Allowance("port or travel (IAA 1999 s.20)", subjects, "exact", "exact", "none")


def read_hmrc(facts: Facts) -> Allowance | None:
    """Excise, money laundering, or tax fraud."""
    if "fraud" not in facts.markers and facts.scene.offence != _PROCEEDS:
        return None
    persons = {seen.person.id: "full" if seen.is_concerned else ROLE for seen in facts.parts}
    return Allowance("tax or excise crime (DEA 2017 s.56)", persons, "outward", "exact", "none")


def read_dwp(facts: Facts) -> Allowance | None:
    """Fraud by false statements to a public body: the suspect alone."""
    if "fraud" not in facts.markers or facts.scene.offence != _FALSE_STATEMENTS:
        return None
    suspects = {seen.person.id: "case" for seen in facts.parts if seen.is_suspect and seen.is_adult}
    return Allowance("fraud against the department (DEA 2017 s.56)", suspects, "none", "none", "none") if suspects else None
