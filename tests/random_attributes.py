"""Random decision attributes: any mixture that a record could have, with what is unknown and what can't be read."""

import random
from itertools import islice

from schemas.kinds import KINDS
from schemas.reference import forces
from schemas.reference_codes import incident_categories
from stream_processors.attributes import Attributes, Control, Detail, PersonFacts, PlaceFacts
from stream_processors.conditions import Groups
from stream_processors.national import (
    HANDLING_INSTRUCTIONS,
    LOCATION_ROLES,
    MARKERS,
    OBJECT_TYPES,
    PERSON_ROLES,
    SUBJECT_CATEGORIES,
    UNMAPPED,
)
from stream_processors.rule_analysis_solve import Wanted
from stream_processors.rule_analysis_witness import witnesses
from stream_processors.rule_set import RuleSet

GRADES = [
    None,
    ("1", "A", "P", None, None),
    ("1", "A", "C", "A1", "S1"),
    ("2", "B", "C", "A2", "S2"),
    ("2", "B", "C", "A3", "S1"),
    ("1", "A", "P", "A1", None),
    (None, "A", "C", None, None),
]
AGES = [("under-10",), ("10-17",), ("adult",)]


def some(chance: random.Random, values: frozenset[str], most: int = 2) -> tuple[str, ...]:
    """A few of them, now and then one that nobody knows."""
    found = chance.sample(sorted(values), chance.randint(0, most))
    return tuple(found + ([UNMAPPED] if chance.random() < 0.08 else []))


def person(chance: random.Random) -> PersonFacts:
    nationality = chance.choice([None, "GBR", "FRA"])
    markers = tuple(each for each in some(chance, MARKERS, 1) if each != "child")
    return PersonFacts(
        some(chance, PERSON_ROLES), some(chance, SUBJECT_CATEGORIES, 1), chance.choice(AGES), markers, nationality, ()
    )


def detail(chance: random.Random, kind: str) -> Detail:
    """What happened, as the kind has it."""
    if kind == "incident":
        codes = ["", UNMAPPED, *sorted(incident_categories())]
        sub_type = chance.choice([None, "asb", "missing", "safeguarding", "crime-related"])
        return Detail(sub_type, (chance.choice(codes), chance.choice(codes)), (), chance.choice([None, "EMERGENCY"]))
    if kind not in ("crime", "custody"):
        return Detail()
    sexual = chance.choice(["Y", "N", "N", "UNKNOWN"])
    slavery, hate = chance.choice(["Y", "N", "UNKNOWN"]), chance.choice([True, False, None]) if kind == "crime" else None
    crime_type = chance.choice([None, "burglary", "violent-crime", "robbery"]) if kind == "crime" else None
    return Detail(crime_type=crime_type, offences=("8N",), sexual=sexual, modern_slavery=slavery, hate=hate)


def attributes(chance: random.Random, lads: tuple[str, ...] = ("E08000021", "E08000037")) -> Attributes:
    """Any record."""
    kind = chance.choice(sorted(KINDS))
    control = Control((), some(chance, frozenset(("nca", "probation")), 1), (("yjs", "2026-12-31"),))
    return Attributes(
        kind=kind,
        marking=("OFFICIAL", chance.random() < 0.2),
        handling=some(chance, HANDLING_INSTRUCTIONS, 1) if chance.random() < 0.1 else (),
        markers=some(chance, MARKERS),
        grading=chance.choice(GRADES),
        detail=detail(chance, kind),
        objects=tuple((code, None) for code in some(chance, OBJECT_TYPES, 1)),
        persons=tuple(person(chance) for _ in range(chance.randint(0, 3))),
        places=tuple(PlaceFacts(role, (), ()) for role in some(chance, LOCATION_ROLES)),
        cross_border=chance.choice(["Y", "N", None]),
        force=chance.choice(sorted(forces())),
        lads=chance.choice([(), (chance.choice(lads),)]),
        csps=(),
        hour=chance.choice([None, 490_900 + chance.randint(0, 2000)]),
        score=chance.choice([None, 20, 80]),
        control=chance.choice([None, None, None, control]),
    )


def shared_ones(rules: RuleSet, chance: random.Random) -> Attributes:
    """Likely to be shared: a witness of some clause, with something of another record in it."""
    agreement = chance.choice(rules.agreements)
    bound = chance.choice(rules.bound[agreement.id])
    wanted = [Wanted(chance.choice(agreement.share_when), Groups(agreement.people, agreement.places))]
    force = chance.choice(sorted(rules.accepted[agreement.id]))
    found = list(islice(witnesses(wanted, frozenset(agreement.kinds), bound, force), 8))
    if not found:
        return attributes(chance)
    other, base = attributes(chance), chance.choice(found)
    changed = {
        name: getattr(other, name) for name in chance.sample(["markers", "objects", "places", "hour", "score", "control"], 2)
    }
    changed["persons"] = base.persons + other.persons
    return base._replace(**changed)
