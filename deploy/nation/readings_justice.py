"""Readings of the justice partners: probation, prisons, youth justice, prosecution. Pure. Each follows READINGS.md."""

from deploy.nation.readings_facts import Facts, Seen, prosecuted_outcomes
from deploy.nation.readings_levels import ROLE, Allowance


def read_probation(facts: Facts) -> Allowance | None:
    """An adult under supervision, or managed under MAPPA, is who the record is about."""
    subjects = [
        seen for seen in facts.concerned() if "supervised" in seen.person.traits or "mappa" in seen.person.traits
    ]  # fmt: skip
    if not subjects:
        return None
    if facts.scene.grading is not None and facts.scene.grading.action == "A2":
        return None  # covert use: it makes none
    places = "exact" if any(seen.person.home.id == facts.place.id for seen in subjects) else "outward"
    return Allowance("subject under supervision or MAPPA (CJA 2003 s.325)", _own(facts, subjects), places, "class", "none")


def read_prisons(facts: Facts) -> Allowance | None:
    """An adult who comes to prison: charged and kept in custody."""
    if facts.scene.kind != "custody" or facts.scene.arrest[2] != "CHARGED":
        return None
    subjects = facts.concerned()
    if not subjects:
        return None
    return Allowance("subject is coming into custody (CJA 2003 s.325)", _own(facts, subjects), "outward", "class", "none")


def read_yjs(facts: Facts) -> Allowance | None:
    """Somebody of ten to seventeen is who the record is about."""
    subjects = [seen for seen in facts.parts if seen.is_concerned and seen.is_youth]
    if not subjects:
        return None
    return Allowance("subject aged 10 to 17 (CDA 1998 s.115, s.39)", _own(facts, subjects), "outward", "class", "none")


def read_cps(facts: Facts) -> Allowance | None:
    """The case has gone to the prosecutor: charged, or in court."""
    scene = facts.scene
    is_charged = scene.kind == "custody" and scene.arrest[2] == "CHARGED"
    is_in_court = scene.kind == "crime" and scene.outcome in prosecuted_outcomes()
    if not (is_charged or is_in_court) or not facts.has_consent("cps"):
        return None
    persons = {seen.person.id: "full" for seen in facts.parts}
    return Allowance("file submitted (POA 1985, CPIA 1996)", persons, "exact", "exact", "summary")


def excepts_prosecution(_facts: Facts) -> bool:
    """Victim anonymity bars publication; a prosecution can't be brought without its complainant."""
    return True


def _own(facts: Facts, subjects: list[Seen]) -> dict[str, str]:
    """The agency's own subjects in full, everybody else by role."""
    persons = dict.fromkeys((seen.person.id for seen in facts.parts), ROLE)
    for seen in subjects:
        persons[seen.person.id] = "full"
    return persons
