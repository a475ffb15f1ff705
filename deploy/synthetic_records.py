"""Synthetic records of the four kinds, in the form of a submission. Pure: all chance is an argument.

Nobody in them exists. Surnames are invented; telephone numbers are Ofcom's for drama (01632 960000-960999 and
07700 900000-900999); postcodes begin with ZZ99, which no place has; NHS numbers are of the range kept for tests (999).
"""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from schemas import reference
from schemas.records import Record

GIVEN_NAMES = "Aldo Brona Caspin Delwyn Elowen Fenna Gorran Hesta Ivor Jessamy Kerra Lowen Merryn Nessa Orla Perran".split()
SURNAMES = (
    "Examplewood Sampleford Testerby Mockingham Specimenton Placeholt Dummerston Fictonby Notarealby Inventley "
    "Pretendham Trialworth Makebelieve Stagely Proxham Standinger"
).split()
_OFFENCES = (
    ("105A", 14), ("8N", 13), ("8L", 8), ("8R", 5), ("46", 11), ("49", 9), ("45", 7), ("48", 4), ("58C", 5), ("58D", 4),
    ("28E", 5), ("30C", 2), ("92E", 4), ("92A", 2), ("34B", 3), ("10D", 2), ("66", 3), ("39", 3), ("8Q", 2), ("19C", 1),
    ("20A", 1.5), ("88A", 0.7), ("71", 0.4), ("106", 0.4), ("3B", 1), ("X99", 0.4),
)  # fmt: skip
"""Offence code and weight: the order of size of recorded crime, rounded. X99 is no national code."""
_SEXUAL = ("19C", "20A", "88A")
_CRIME_MARKERS = (
    ("domestic-abuse", 0.12), ("supervision", 0.02), ("mappa", 0.005), ("soc", 0.01), ("firearms", 0.005), ("csea", 0.003),
    ("modern-slavery", 0.003), ("fraud", 0.01), ("serious-violence", 0.02), ("refuge", 0.002), ("protected-person", 0.002),
)  # fmt: skip
_INCIDENT_MARKERS = (("high-risk", 0.02), ("supervision", 0.01), ("serious-violence", 0.01), ("domestic-abuse", 0.05))
_INTELLIGENCE_MARKERS = (
    ("soc", 0.3), ("firearms", 0.06), ("csea", 0.03), ("modern-slavery", 0.05), ("fraud", 0.06), ("supervision", 0.06),
    ("mappa", 0.02), ("source-material", 0.01),
)  # fmt: skip
_SUB_TYPES = (("asb", 34), ("public-safety", 28), ("transport", 14), ("safeguarding", 14), ("missing", 6), ("wanted", 4))
_THEMES = {"asb": "ASB", "transport": "TRANSPORT"}
_GRADES = (("EMERGENCY", 20), ("PRIORITY", 40), ("SCHEDULED", 25), ("NO_DEPLOYMENT", 15))
_GRADINGS: tuple[tuple[tuple[str, str | None, str | None], float], ...] = (
    (("P", None, None), 60), (("C", "A3", "S1"), 20), (("C", "A2", "S1"), 12), (("C", "A1", "S2"), 6), (("P", "A1", None), 2),
)  # fmt: skip
"""Handling, action and sanitisation. The last one contradicts itself."""

Item = TypeVar("Item")

Make = Callable[[random.Random, datetime, str], Record]
"""A record without its envelope, from chance, the time it was recorded and its local authority."""


def make_crime(chance: random.Random, moment: datetime, lad: str) -> Record:
    """A crime with a victim and sometimes a suspect."""
    offence = _pick(chance, _OFFENCES)
    known = reference.offences().get(offence)
    sexual = known is not None and known.is_sexual
    detail: Record = {"offence": code(offence), "status": "OPEN", "summary": "Synthetic crime report."}
    if known is not None:
        detail["crime_type"] = code(known.police_uk_category or "other-crime")
    if chance.random() < 0.3:
        detail["outcome"] = code("under-investigation")
    detail["sexual_offence_alleged"] = sexual
    persons = [_person(chance, moment, "VICTIM", "VICTIM")]
    if chance.random() < 0.4:
        persons.append(_person(chance, moment, "SUSPECT", "SUSPECT", pnc=True))
    record = _record(chance, moment, lad, persons, markers=_markers(chance, _CRIME_MARKERS), sensitive=sexual)
    return record | {"crime": detail, "objects": _objects(chance)}


def make_incident(chance: random.Random, moment: datetime, lad: str) -> Record:
    """An incident of any sub-type; anti-social behaviour most of all."""
    sub_type = _pick(chance, _SUB_TYPES)
    detail: Record = {
        "sub_type": sub_type,
        "opening_category": code(_category(chance, sub_type)),
        "grade": code(_pick(chance, _GRADES)),
        "summary": "Synthetic incident log.",
    }
    persons = [_person(chance, moment, "PERSON_REPORTING", "WITNESS_OR_OTHER")]
    if sub_type in ("safeguarding", "missing"):
        role = "MISSING" if sub_type == "missing" else chance.choice(("VULNERABLE_CHILD", "VULNERABLE_ADULT"))
        persons.append(_person(chance, moment, role, "VICTIM", youngest=4 if role == "VULNERABLE_CHILD" else 10))
    if chance.random() < 0.35:
        persons.append(_person(chance, moment, "SUSPECT", "SUSPECT", pnc=True))
    markers = _markers(chance, _INCIDENT_MARKERS)
    return _record(chance, moment, lad, persons, markers, sensitive=sub_type == "safeguarding") | {"incident": detail}


def make_stop_search(chance: random.Random, moment: datetime, lad: str) -> Record:
    """A stop and search."""
    person = _person(chance, moment, "SUBJECT", "WITNESS_OR_OTHER", youngest=14)
    person |= {"ethnicity_self_defined": code(chance.choice("W1 A9 B2 M9 NS".split()))}
    detail: Record = {
        "type": "person",
        "legislation": "Police and Criminal Evidence Act 1984 s.1",
        "object_of_search": chance.choice(("stolen goods", "offensive weapons", "controlled drugs")),
        "outcome": code(_pick(chance, (("NO_FURTHER_ACTION", 70), ("ARREST", 15), ("COMMUNITY_RESOLUTION", 15)))),
        "outer_clothing_only": True,
    }
    return _record(chance, moment, lad, [person], [], sensitive=False) | {"stop_search": detail}


def make_intelligence(chance: random.Random, moment: datetime, lad: str) -> Record:
    """A graded intelligence report."""
    handling, action, sanitisation = _pick(chance, _GRADINGS)
    persons = [_person(chance, moment, "SUBJECT", "SUSPECT", pnc=True) | {"assertion": "ASSESSMENT"}]
    record = _record(chance, moment, lad, persons, _markers(chance, _INTELLIGENCE_MARKERS), sensitive=True)
    record["grading"] = {"source": chance.choice("123"), "assessment": chance.choice("ABCDE"), "handling": handling}
    record["grading"] |= {"action": action, "sanitisation": sanitisation}
    record["intelligence"] = {
        "text": "Synthetic report with what would tell its source.",
        "sanitised_text": "Synthetic report.",
        "source_ref": f"SRC-{chance.randrange(10**6):06d}",
    }
    return record


MAKERS: dict[str, tuple[Make, float]] = {
    "crime": (make_crime, 44),
    "incident": (make_incident, 42),
    "stop-search": (make_stop_search, 5),
    "intelligence": (make_intelligence, 9),
}
"""How a record of each kind is made, and its share of the events in percent."""


def code(value: str) -> Record:
    """A coded value: the synthetic force systems use national codes."""
    return {"value": value}


def sexual_offence(chance: random.Random) -> str:
    """The code of one."""
    return chance.choice(_SEXUAL)


def _record(
    chance: random.Random, moment: datetime, lad: str, persons: list[Record], markers: list[str], sensitive: bool
) -> Record:
    """What all kinds share. A child in it is a marker of the record, too."""
    if any("child" in person["markers"] for person in persons):
        markers = [*markers, "child"]
    handling = ["RECIPIENTS ONLY"] if chance.random() < 0.003 else []
    started = moment - timedelta(minutes=chance.randrange(5, 2880))
    return {
        "marking": {"tier": "OFFICIAL", "sensitive": sensitive or chance.random() < 0.05, "handling": handling},
        "markers": markers,
        "occurred": {"start": started.isoformat(timespec="seconds")},
        "persons": persons,
        "locations": [_location(chance, lad)] if chance.random() < 0.98 else [],
    }


def _person(
    chance: random.Random, moment: datetime, role: str, category: str, *, youngest: int = 10, pnc: bool = False
) -> Record:
    age = chance.randrange(youngest, youngest + 8) if chance.random() < 0.15 or youngest < 10 else chance.randrange(18, 85)
    born = moment.date() - timedelta(days=age * 366 + chance.randrange(300))
    markers = ["child"] if age < 18 else ["vulnerable"] if chance.random() < 0.06 else []
    person: Record = {
        "ref": f"p-{role.lower()}",
        "roles": [role],
        "subject_categories": [category],
        "assertion": "FACT",
        "given_name": chance.choice(GIVEN_NAMES),
        "surname": chance.choice(SURNAMES),
        "date_of_birth": born.isoformat(),
        "sex": code(chance.choice(("MALE", "FEMALE"))),
        "telephone": f"{chance.choice(('+441632960', '+447700900'))}{chance.randrange(1000):03d}",
        "markers": markers,
    }
    if pnc:
        person["pnc_id"] = f"1900/{chance.randrange(10**7):07d}X"
    if role == "VULNERABLE_CHILD":
        person |= {"school": "Fictonby Primary School", "nhs_number": f"999{chance.randrange(10**7):07d}"}
    return person


def _location(chance: random.Random, lad: str) -> Record:
    return {
        "ref": "l1",
        "latitude": round(chance.uniform(51.0, 54.9), 5),
        "longitude": round(chance.uniform(-2.9, 0.0), 5),
        "text": f"{chance.randrange(1, 200)} Notional Street",
        "postcode": f"ZZ99 {chance.randrange(10)}ZZ",
        "lad_code": lad if chance.random() < 0.97 else None,
    }


def _objects(chance: random.Random) -> list[Record]:
    if chance.random() >= 0.1:
        return []
    return [{"ref": "o1", "type": "VEHICLE", "identifier": f"ZZ00 {chance.randrange(1000):03d}", "status": "used"}]


def _category(chance: random.Random, sub_type: str) -> str:
    theme = _THEMES.get(sub_type, "PUBLIC_SAFETY_WELFARE")
    return chance.choice([one.id for one in reference.incident_categories().values() if one.theme == theme])


def _markers(chance: random.Random, rates: Sequence[tuple[str, float]]) -> list[str]:
    return [marker for marker, rate in rates if chance.random() < rate]


def _pick(chance: random.Random, weighted: Sequence[tuple[Item, float]]) -> Item:
    return chance.choices([item for item, _ in weighted], [weight for _, weight in weighted])[0]
