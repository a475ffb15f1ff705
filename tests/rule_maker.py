"""Random rule sets over the whole language, and random attributes to decide: small vocabularies, so that they meet often.

All chance comes from the one `random.Random` that is handed in: a seed, or hypothesis's own, which can shrink it.
"""

import random
from functools import cache
from typing import Any

from core_hub import FORCE, LADS, agreement, prohibition, unchecked_rule_set

from schemas.kinds import KINDS
from schemas.records import Record
from schemas.reference_geography import csp_of_lad
from stream_processors.ages import BANDS
from stream_processors.attributes import Attributes, Control, Detail, PersonFacts, PlaceFacts
from stream_processors.rule_set import RuleSet

ROLES = ["VICTIM", "SUSPECT", "SUBJECT", "VULNERABLE_CHILD"]
CATEGORIES = ["VICTIM", "SUSPECT", "CONVICTED"]
MARKERS = ["child", "soc", "protected-person", "refuge"]
PLACE_ROLES = ["INCIDENT", "HOME", "SCHOOL"]
COUNCIL_LADS = list(LADS.values())
CSPS = sorted({csp for lad in COUNCIL_LADS if (csp := csp_of_lad(lad))})
BARRED = ["council", "council-a", "bureau", "squad", "council-b"]
NOBODY = "nobody-known"
DAYS = ["2026-06-14", "2026-06-15", "2027-01-01", "2026-13-45", "soon"]

WORDS: dict[str, list[str]] = {
    "kind": list(KINDS),
    "sub_type": ["asb", "safeguarding", "missing"],
    "force": [FORCE, "kent"],
    "crime_type": ["burglary", "robbery"],
    "offence": ["8N", "19C"],
    "offence_group": ["Sexual offences", "Violence against the person"],
    "offence_flag": ["sexual", "modern-slavery", "hate"],
    "outcome": ["charged", "no-further-action"],
    "status": ["OPEN", "CLOSED"],
    "incident_category": ["ASB_NOISE", "CRIME"],
    "incident_theme": ["ASB", "CRIME"],
    "qualifier": ["ALCOHOL", "DRUGS"],
    "response_grade": ["EMERGENCY", "PRIORITY"],
    "marking": ["OFFICIAL", "OFFICIAL-SENSITIVE"],
    "handling_instruction": ["EMBARGOED", "RECIPIENTS ONLY", "UK EYES ONLY"],
    "grade_handling": ["P", "C"],
    "action_code": ["A1", "A2", "A3"],
    "sanitisation_code": ["S1", "S2"],
    "subject_category": CATEGORIES,
    "person_role": ROLES,
    "marker": MARKERS,
    "victim_anonymity": ["Y", "N"],
    "object_type": ["VEHICLE", "DRUGS"],
    "object_status": ["STOLEN", "FOUND"],
    "cross_border": ["Y", "N"],
    "hour": ["10", "11", "23"],
}
"""Lines of a clause that hang on the record alone, and values to choose from."""


def some(chance: random.Random, words: list[str], most: int = 2) -> list[str]:
    """At least one of the words."""
    return sorted(chance.sample(words, chance.randint(1, min(most, len(words)))))


# -- rules ------------------------------------------------------------------------------------------------------------


def person_clause(chance: random.Random, earlier: list[str]) -> Record:
    """What is so of one person."""
    lines: Record = {}
    words = {"role": ROLES, "subject_category": CATEGORIES, "marker": MARKERS}
    for name in chance.sample(list(words), chance.choice([0, 1, 1, 2])):
        lines[chance.choice([name, name, f"not_{name}"])] = some(chance, words[name])
    if chance.random() < 0.3:
        lines["age"] = some(chance, list(BANDS))
    if chance.random() < 0.15:
        lines["nationality"] = [chance.choice(["british", "foreign"])]
    if earlier and chance.random() < 0.6:
        lines[chance.choice(["household_of", "within", "outside"])] = chance.choice(earlier)
    return lines or {"role": some(chance, ROLES)}


def place_clause(chance: random.Random, people: list[str], earlier: list[str]) -> Record:
    """What is so of one place."""
    lines: Record = {}
    if chance.random() < 0.7:
        lines["role"] = some(chance, PLACE_ROLES)
    if chance.random() < 0.3:
        lines["marker"] = some(chance, MARKERS)
    if people and chance.random() < 0.5:
        lines["home_of"] = chance.choice(people)
    if earlier and chance.random() < 0.4:
        lines["outside"] = chance.choice(earlier)
    return lines or {"role": some(chance, PLACE_ROLES)}


def groups(chance: random.Random) -> Record:
    """Groups of persons and places, each using those before it."""
    people: Record = {}
    for number in range(chance.choice([0, 1, 2, 3])):
        people[f"g{number}"] = [person_clause(chance, list(people)) for _ in range(chance.choice([1, 1, 2]))]
    places: Record = {}
    for number in range(chance.choice([0, 1, 2])):
        places[f"s{number}"] = [place_clause(chance, list(people), list(places)) for _ in range(chance.choice([1, 1, 2]))]
    return {"people": people, "places": places}


def clause(chance: random.Random, named: Record, lines: int, agency: tuple[str, ...] = ()) -> Record:
    """A clause over these groups, with lines that hang on the agency of those given."""
    made: Record = {name: some(chance, WORDS[name]) for name in chance.sample(list(WORDS), lines)}
    if chance.random() < 0.1:
        made["quality_at_least"] = chance.choice([50, 80])
    if named["people"] and chance.random() < 0.6:
        quantifier = chance.choice(["any", "every", "none", "subject"])
        made["persons"] = {quantifier: chance.choice(list(named["people"]))}
    if named["places"] and chance.random() < 0.4:
        made["places"] = {chance.choice(["any", "every", "none"]): chance.choice(list(named["places"]))}
    values = {
        "area": ["own", "own", "own-csp", "own-force"],
        "consent": ["given", "not-ended"],
        "originator_control": ["barred"],
    }
    for name in agency:
        if chance.random() < 0.3:
            made[name] = chance.choice(values[name])
    return made or {"kind": some(chance, WORDS["kind"], 3)}


def random_agreement(chance: random.Random, number: int, kind: str) -> Record:
    """An agreement over the whole language."""
    named = groups(chance)
    share = [clause(chance, named, chance.choice([0, 1, 1]), ("area", "consent")) for _ in range(chance.choice([1, 2]))]
    share.append({"kind": some(chance, list(KINDS), 4)} | ({"area": "own"} if kind != "bureau" else {}))
    for each in share:
        if chance.random() < 0.2:
            each |= {"unknown": "share", "because": "a reason of this test"}
    when = [{"keep": True, "when": [clause(chance, named, 1)]}, "keep"]
    fields: Record = {"envelope.kind": "keep", "crime.offence": chance.choice(when), "persons[*].surname": chance.choice(when)}
    fields |= {f"persons[{name}].telephone": chance.choice(when) for name in named["people"]}
    fields |= {f"locations[{name}].postcode": "keep" for name in named["places"]}
    return agreement(
        f"x{number}",
        partner_kind=kind,
        feed=f"f{number}",
        kinds=some(chance, list(KINDS), 5),
        share_when=chance.sample(share, len(share)),
        withhold_when=[clause(chance, named, 2, ("area", "consent"))] if chance.random() < 0.5 else [],
        max_marking=chance.choice(["OFFICIAL", "OFFICIAL-SENSITIVE", "OFFICIAL-SENSITIVE"]),
        intelligence_handling=chance.choice([[], ["P"], ["C"], ["P", "C"], ["P", "C"]]),
        valid_until=chance.choice(["2028-12-31", "2028-12-31", "2028-12-31", "2026-06-14"]),
        review_on="2026-06-01",
        fields=fields,
        **named,
    )


def random_prohibition(chance: random.Random, name: str, agreements: list[Record]) -> Record:
    """A prohibition over the whole language."""
    named, latch = groups(chance), chance.random() < 0.4
    agency = () if latch else ("consent", "originator_control")
    drop: Record = {}
    if chance.random() < 0.5:
        drop = {"effect": "drop", "drops": ["crime.summary", "persons[VICTIM].surname"]}
        drop["drops"] += [f"persons[{group}].telephone" for group in named["people"]]
    excepted = []
    for spared in chance.sample(agreements, chance.choice([0, 0, 1, 2])):
        when = {"when": [clause(chance, named, 1)]} if chance.random() < 0.6 else {}
        excepted.append({"agreement": spared["id"], "gateway": "CDA1998-115", "reason": "a reason of this test"} | when)
    when = [clause(chance, named, 2, agency) for _ in range(chance.choice([1, 1, 2]))]
    return prohibition(name, when=when, latch=latch, excepted=excepted, **named, **drop)


@cache
def random_rules(seed: int) -> tuple[RuleSet, RuleSet]:
    """A random rule set, and the same with one prohibition more."""
    chance = random.Random(seed)
    agreements = [random_agreement(chance, at, kind) for at, kind in enumerate(["council", "bureau", "squad", "council"])]
    rules = [random_prohibition(chance, f"p{number}", agreements) for number in range(chance.choice([2, 3, 5]))]
    return unchecked_rule_set(agreements, rules[:-1]), unchecked_rule_set(agreements, rules)


# -- attributes -------------------------------------------------------------------------------------------------------

UNREADABLE = "UNMAPPED"


def _maybe(chance: random.Random, words: list[Any], unknown: float = 0.2) -> Any:
    return chance.choice(words) if chance.random() >= unknown else chance.choice([None, UNREADABLE])


def _words(chance: random.Random, words: list[str], likely: float = 0.4) -> tuple[str, ...]:
    found = chance.sample(words, chance.choice([1, 1, 2])) if chance.random() < likely else []
    return tuple(found + (["mistyped"] if chance.random() < 0.06 else []))


def random_person(chance: random.Random, others: int) -> PersonFacts:
    """One of so many persons."""
    ages = chance.choice([BANDS, BANDS[:1], BANDS[1:2], BANDS[2:], BANDS[:2], BANDS[1:]])
    household = tuple(sorted(chance.sample(range(others), chance.choice([0, 0, 1])))) if others else ()
    nationality = chance.choice(["GBR", "GBR", "FRA", None])
    roles = _words(chance, ROLES, likely=0.9)
    return PersonFacts(roles, _words(chance, CATEGORIES), ages, _words(chance, MARKERS, 0.2), nationality, household)


def random_place(chance: random.Random, persons: int) -> PlaceFacts:
    """One place of a record with so many persons."""
    homes = tuple(sorted(chance.sample(range(persons), chance.choice([0, 1])))) if persons else ()
    return PlaceFacts(chance.choice([*PLACE_ROLES, "elsewhere"]), _words(chance, MARKERS, 0.2), homes)


def random_detail(chance: random.Random, kind: str) -> Detail:
    """What the kind has."""
    status = chance.choice(["Open", "CLOSED", None])
    if kind == "incident":
        categories = tuple(chance.choice(["", "ASB_NOISE", "CRIME", UNREADABLE]) for _ in range(2))
        return Detail(
            sub_type=_maybe(chance, WORDS["sub_type"]),
            categories=categories,
            qualifiers=tuple(chance.sample([*WORDS["qualifier"], UNREADABLE], chance.choice([0, 1, 2]))),
            response_grade=_maybe(chance, WORDS["response_grade"]),
            status=status,
        )
    if kind not in ("crime", "custody"):
        return Detail()
    offences = tuple(_maybe(chance, WORDS["offence"]) for _ in range(1 if kind == "crime" else chance.choice([1, 2])))
    return Detail(
        crime_type=_maybe(chance, WORDS["crime_type"]) if kind == "crime" else None,
        offences=offences,
        offence_group=_maybe(chance, WORDS["offence_group"]),
        outcome=_maybe(chance, WORDS["outcome"]),
        status=status,
        sexual=chance.choice(["Y", "N", "N", "UNKNOWN", "ALLEGED", None]),
        modern_slavery=chance.choice(["Y", "N", "N", "UNKNOWN", None]),
        hate=chance.choice([True, False, False, None]) if kind == "crime" else None,
    )


def random_grading(chance: random.Random, kind: str) -> tuple[str | None, ...] | None:
    """As sent: whole, in part, contradictory, or none."""
    if chance.random() < (0.2 if kind == "intelligence" else 0.8):
        return None
    if chance.random() < 0.3:
        return ("1", "A", "P", None, None)
    codes = (chance.choice(["C", "C", "P", None]), chance.choice(["A1", "A2", "A3", None]), chance.choice(["S1", "S2", None]))
    return (chance.choice(["1", "2", "3", "4", None]), chance.choice(["A", "E", "F", None]) or "B", *codes)


def random_control(chance: random.Random) -> Control | None:
    """What the originator says of who may have it."""
    if chance.random() < 0.6:
        return None
    only = tuple(chance.sample([*BARRED, NOBODY], chance.choice([0, 0, 1, 2])))
    barred = tuple(chance.sample([*BARRED, NOBODY], chance.choice([0, 0, 1, 2])))
    consents = tuple((chance.choice(BARRED[:4]), chance.choice([None, *DAYS])) for _ in range(chance.choice([0, 1, 2])))
    found = Control(only, barred, consents)
    return found if any(found) else None


def random_attributes(chance: random.Random, kind: str | None = None) -> Attributes:
    """The attributes of some record."""
    kind = kind or chance.choice(list(KINDS))
    size = chance.choice([0, 1, 1, 2, 3])
    instructions = ["RECIPIENTS ONLY", "EMBARGOED", "EMBARGOED UNTIL 2026-06-15T09:00", "EMBARGOED UNTIL 2026-06-16", "?"]
    lads = tuple(chance.sample([*COUNCIL_LADS, "E07000026"], chance.choice([0, 1, 1, 1, 2])))
    return Attributes(
        kind=kind,
        marking=(chance.choice(["OFFICIAL"] * 9 + ["SECRET"]), chance.random() < 0.3),
        handling=tuple(chance.sample(instructions, chance.choice([0, 0, 0, 1, 2]))),
        markers=_words(chance, MARKERS, 0.3),
        grading=random_grading(chance, kind),
        detail=random_detail(chance, kind),
        objects=tuple(
            (chance.choice(["VEHICLE", "DRUGS", UNREADABLE]), chance.choice(["stolen", "FOUND", None]))
            for _ in range(chance.choice([0, 0, 1, 2]))
        ),
        persons=tuple(random_person(chance, size) for _ in range(size)),
        places=tuple(random_place(chance, size) for _ in range(chance.choice([0, 1, 2]))),
        cross_border=chance.choice(["Y", "N", "N", None]),
        force=chance.choice([FORCE, FORCE, FORCE, "kent"]),
        lads=lads,
        csps=tuple(csp for lad in lads if (csp := csp_of_lad(lad))),
        hour=chance.choice([None, 494_530, 494_531, 494_543]),
        score=chance.choice([None, 40, 60, 90]),
        control=random_control(chance),
    )


LATCHED = [frozenset(f"p{each}" for each in chosen) for chosen in ((), (), (), (0,), (1, 2), (3,))]
