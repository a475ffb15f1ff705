"""The same record, of which more is known: every unknown of its attributes told, some of them or all. For tests."""

import random
from collections.abc import Iterable
from typing import Any

from rule_maker import BARRED, CATEGORIES, MARKERS, NOBODY, PLACE_ROLES, ROLES, UNREADABLE, WORDS

from stream_processors.attributes import Attributes, Control, Detail, PersonFacts, PlaceFacts
from stream_processors.clauses import Clause
from stream_processors.rule_set import RuleSet


def more_known(attributes: Attributes, chance: random.Random) -> Attributes:
    """What was unknown is now, as a coin falls, one of the values that it may have been."""
    return attributes._replace(
        handling=_list(attributes.handling, ["RECIPIENTS ONLY"], ("?",), chance),
        markers=_list(attributes.markers, MARKERS, ("mistyped",), chance),
        grading=_grading(attributes, chance),
        detail=_detail(attributes.kind, attributes.detail, chance),
        objects=tuple(
            (
                _told(code, ["VEHICLE", "DRUGS"], chance),
                _told(status, ["stolen", "lost"], chance),
            )
            for code, status in attributes.objects
        ),
        persons=tuple(_person(person, chance) for person in attributes.persons),
        places=tuple(_place(place, chance) for place in attributes.places),
        cross_border=_told(attributes.cross_border, ["Y", "N"], chance),
        lads=attributes.lads or _area(chance),
        csps=attributes.csps or (("E22000101",) if chance.random() < 0.5 else ()),
        hour=_told(attributes.hour, [494_530, 494_543], chance),
        score=_told(attributes.score, [40, 90], chance),
        control=_control(attributes.control, chance),
    )


def without_unknown_shares(rules: RuleSet) -> set[str]:
    """Ids of agreements that nowhere say that what is unknown may share."""
    return {a.id for a in rules.agreements if not any(_may_share(clause) for clause in a.share_when)}


def _may_share(clause: Clause) -> bool:
    return clause.unknown == "share"


def _area(chance: random.Random) -> tuple[str, ...]:
    return ("E08000021",) if chance.random() < 0.5 else ()


def _told(value: Any, words: list[Any], chance: random.Random) -> Any:
    return chance.choice(words) if value in (None, UNREADABLE) and chance.random() < 0.6 else value


def _list(values: Iterable[str], words: list[str], unknown: tuple[str, ...], chance: random.Random) -> tuple[str, ...]:
    """A word that nobody knows was a known one, or none at all."""
    found: list[str] = []
    for value in values:
        if value in unknown and chance.random() < 0.7:
            found += chance.choice([[chance.choice(words)], []])
        else:
            found.append(value)
    return tuple(found)


def _person(person: PersonFacts, chance: random.Random) -> PersonFacts:
    roles = _list(person.roles or ("mistyped",), ROLES, ("mistyped",), chance)
    return person._replace(
        roles=roles or (chance.choice(ROLES),),
        categories=_list(person.categories, CATEGORIES, ("mistyped",), chance),
        ages=tuple(sorted(chance.sample(person.ages, chance.randint(1, len(person.ages))))),
        markers=_list(person.markers, MARKERS, ("mistyped",), chance),
        nationality=_told(person.nationality, ["GBR", "FRA"], chance),
    )


def _place(place: PlaceFacts, chance: random.Random) -> PlaceFacts:
    role = chance.choice(PLACE_ROLES) if place.role == "elsewhere" and chance.random() < 0.6 else place.role
    return place._replace(role=role, markers=_list(place.markers, MARKERS, ("mistyped",), chance))


def _grading(attributes: Attributes, chance: random.Random) -> tuple[str | None, ...] | None:
    """Only an intelligence report without a grade has an unknown one: an incomplete grade is read as the strictest."""
    if attributes.grading is not None or attributes.kind != "intelligence" or chance.random() < 0.4:
        return attributes.grading
    return chance.choice([("1", "A", "P", None, None), ("2", "B", "C", "A3", "S1"), ("1", "A", "C", "A1", "S2")])


def _detail(kind: str, detail: Detail, chance: random.Random) -> Detail:
    """Codes that were not sent or not readable. A category not sent is unknown only where neither was."""
    if kind == "incident":
        categories = tuple(_told(each, WORDS["incident_category"], chance) for each in detail.categories)
        if not any(detail.categories) and detail.sub_type != "asb" and chance.random() < 0.5:
            categories = ("ASB_NOISE", "")
        return detail._replace(
            sub_type=_told(detail.sub_type, WORDS["sub_type"], chance),
            categories=categories,
            qualifiers=_list(detail.qualifiers, WORDS["qualifier"], (UNREADABLE,), chance),
            response_grade=_told(detail.response_grade, WORDS["response_grade"], chance),
            status=_told(detail.status, ["open", "CLOSED"], chance),
        )
    if kind not in ("crime", "custody"):
        return detail
    return detail._replace(
        crime_type=_told(detail.crime_type, WORDS["crime_type"], chance) if kind == "crime" else None,
        offences=tuple(_told(each, WORDS["offence"], chance) for each in detail.offences),
        offence_group=_told(detail.offence_group, WORDS["offence_group"], chance),
        outcome=_told(detail.outcome, WORDS["outcome"], chance),
        status=_told(detail.status, ["open", "CLOSED"], chance),
        sexual=chance.choice(["Y", "N"]) if detail.sexual in (None, "UNKNOWN") and chance.random() < 0.6 else detail.sexual,
        modern_slavery=chance.choice(["Y", "N"])
        if detail.modern_slavery in (None, "UNKNOWN") and chance.random() < 0.6
        else detail.modern_slavery,
        hate=_told(detail.hate, [True, False], chance) if kind == "crime" else None,
    )


def _control(control: Control | None, chance: random.Random) -> Control | None:
    """A barred name that nobody knows was an agency; a day that can't be read was one."""
    if control is None:
        return None
    consents = tuple(
        (
            name,
            until if until in (None, "2026-06-14", "2026-06-15", "2027-01-01") else chance.choice(["2026-01-01", "2027-01-01"]),
        )
        for name, until in control.consents
    )
    return Control(control.only, _list(control.barred, BARRED, (NOBODY,), chance), consents)
