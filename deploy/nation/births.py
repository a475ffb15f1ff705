"""How incidents, searches and intelligence reports come to be."""

from zlib import crc32

from deploy.nation import rates
from deploy.nation.births_crime import coming_of_age
from deploy.nation.births_reports import reported_before, usual_qualifier
from deploy.nation.calendar import MINUTE_MS, hour_of_week
from deploy.nation.casting import CALLER_AGE
from deploy.nation.markers import mark
from deploy.nation.narrative import tell_intelligence, tell_summary
from deploy.nation.scene import Grading, Household, Part, Person, Place, Scene
from deploy.nation.territory import Territory
from deploy.nation.things import any_vehicle, describe_parts, things_of_report

_QUALIFIERS = ("Q_ALCOHOL", "Q_DRUGS", "Q_MENTAL_HEALTH", "Q_VULNERABLE", "Q_REPEAT", "Q_YOUTH", "Q_KNIFE", "Q_HATE_RACE")
_SENSITIVE = {"safeguarding": 0.6, "missing": 0.4, "wanted": 0.2}
"""Share of the logs of a sub type that are OFFICIAL-SENSITIVE: assumptions. The alert to a school must not be."""
_WITH_PATIENT = frozenset(("PSW_ILLNESS_INJURY", "PSW_SUDDEN_DEATH", "PSW_CONCERN", "TRN_RTC_INJURY"))
"""Categories in which somebody is hurt, ill or dead."""
_BY_THE_SEA = 0.06
"""Share of the missing who are looked for on a coast."""
_GRADINGS: tuple[tuple[float, tuple[str, str | None, str | None]], ...] = (
    (0.60, ("P", None, None)), (0.80, ("C", "A3", "S1")), (0.90, ("C", "A2", "S1")), (0.95, ("C", "A1", "S2")),
    (0.97, ("C", "A3", "S2")), (0.98, ("C", "A2", "S2")), (0.99, ("P", "A1", None)), (0.995, ("C", None, "S1")),
    (1.0, ("P", None, "S2")),
)  # fmt: skip
"""Cumulative share, and handling, action and sanitisation codes. The last three contradict themselves."""
_TOPICS = (
    (0.30, "soc"), (0.36, "firearms"), (0.41, "csea"), (0.46, "modern-slavery"), (0.54, "fraud"), (0.62, "serious-violence"),
)  # fmt: skip
"""Cumulative: what a report is about; what is left has no such concern."""


def make_incident(territory: Territory, ms: int, place: Place | None = None, category: str | None = None) -> Scene:
    """An incident log opened at `ms` (UTC). `place` and `category`: of a major incident."""
    chance = territory.chance
    is_major = category is not None
    sub_type = "public-safety" if is_major else rates.incident_mix(hour_of_week(ms)).pick(chance)
    number = territory.next_number("incident")
    category = category or rates.category_mix(sub_type).pick(chance)
    household = _household(territory, sub_type)
    scene = Scene(
        kind="incident",
        force=territory.force,
        number=number,
        place=place or _place(territory, sub_type, category, household),
        occurred_ms=ms - MINUTE_MS * int(1 + 59 * chance.random()),
        recorded_ms=ms,
        parts=_parts(territory, sub_type, category, household),
        sub_type=sub_type,
        category=category,
        grade="EMERGENCY" if is_major else rates.grade_mix(sub_type).pick(chance),
        qualifiers=_qualifiers(territory, sub_type) or (usual_qualifier(sub_type, category, number),),
        is_sensitive=chance.random() < _SENSITIVE.get(sub_type, 0.0),
        concerns=_concerns(territory, sub_type, category),
    )
    scene.reported_ms = reported_before(ms, ms - scene.occurred_ms, number)
    scene.features = (*coming_of_age(scene), *(("major-incident",) if is_major else ()))
    if sub_type == "transport":
        scene.things = [any_vehicle(territory)]
    describe_parts(scene, territory)
    scene.summary = tell_summary(scene, territory.population, chance)
    mark(scene)
    return scene


def life_of_incident(scene: Scene) -> str:
    """Which life this log lives."""
    return {"missing": "missing", "crime-related": "crime-log"}.get(scene.sub_type or "", "log")


def make_search(territory: Territory, ms: int) -> Scene:
    """A stop and search at `ms` (UTC)."""
    chance = territory.chance
    legislation, wanted = rates.search_mix().pick(chance).split("|")
    person = territory.suspect()
    scene = Scene(
        kind="stop-search",
        force=territory.force,
        number=territory.next_number("stop-search"),
        place=territory.place("street" if chance.random() < 0.8 else "station"),
        occurred_ms=ms - MINUTE_MS * int(2 + 58 * chance.random()),
        recorded_ms=ms,
        parts=[Part(person, "SUBJECT", "WITNESS_OR_OTHER")],
        search=(legislation, wanted),
        outcome=rates.search_outcome_mix().pick(chance),
    )
    mark(scene)
    return scene


def make_report(territory: Territory, ms: int) -> Scene:
    """An intelligence report at `ms` (UTC)."""
    chance = territory.chance
    drawn = chance.random()
    topic = next((name for share, name in _TOPICS if drawn < share), None)
    concerns = [topic] if topic else []
    source = territory.population.source(territory.force, int(chance.random() * 200)) if chance.random() < 0.35 else None
    if source and chance.random() < 0.2:
        concerns.append("source-material")
    if chance.random() < 0.003:
        concerns.append("legal-privilege")
    scene = Scene(
        kind="intelligence",
        force=territory.force,
        number=territory.next_number("intelligence"),
        place=territory.place(("street", "licensed", "port", "home")[int(chance.random() * 4)]),
        occurred_ms=ms - MINUTE_MS * int(10 + 5000 * chance.random()),
        recorded_ms=ms,
        parts=_subjects(territory, topic),
        things=things_of_report(territory, topic),
        grading=_grading(territory),
        is_sensitive=True,
        concerns=tuple(concerns),
        source_ref=_source_reference(territory, source),
        source_person=source,
    )
    scene.intelligence, scene.sanitised = tell_intelligence(scene, territory.population, chance)
    mark(scene)
    return scene


def _source_reference(territory: Territory, source: Person | None) -> str:
    """A covert source has one reference for life; officers, callers and cameras share some hundreds."""
    number = crc32(source.id.encode()) % 9_000_000 + 1_000_000 if source else int(territory.chance.random() * 400)
    return f"SRC-{number:07d}"


def _subjects(territory: Territory, topic: str | None) -> list[Part]:
    household = territory.case("organised") if topic == "soc" and territory.chance.random() < 0.3 else None
    persons = list(household.members[:2]) if household else [territory.suspect()]
    if not household and territory.chance.random() < 0.3:
        other = territory.suspect()
        persons += [other] if other is not persons[0] else []
    return [Part(person, "SUBJECT", "SUSPECT", is_assessment=True) for person in persons]


def _grading(territory: Territory) -> Grading:
    drawn = territory.chance.random()
    codes = next(codes for share, codes in _GRADINGS if drawn < share)
    source, assessment = "123"[int(territory.chance.random() * 3)], "ABCDE"[int(territory.chance.random() * 5)]
    return Grading(source, assessment, *codes)


def _household(territory: Territory, sub_type: str) -> Household:
    if sub_type == "safeguarding" and territory.chance.random() < 0.35:
        return territory.case(("abuser-and-victim", "school-family", "care-home", "unborn")[int(territory.chance.random() * 4)])
    if sub_type == "missing" and territory.chance.random() < 0.4:
        return territory.case("children-home")
    if sub_type == "asb" and territory.chance.random() < 0.15:
        return territory.case("tenants")
    return territory.household()


def _parts(territory: Territory, sub_type: str, category: str, household: Household) -> list[Part]:
    """Who is at risk or sought, who calls, who is suspected."""
    chance = territory.chance
    born = [member for member in household.members if not member.is_unborn]
    parts = _concerned(territory, sub_type, household, born)
    if not parts and category in _WITH_PATIENT:
        parts.append(Part(born[0], "SUBJECT", "WITNESS_OR_OTHER"))
    caller = territory.anybody(CALLER_AGE) if chance.random() < 0.6 else born[0]
    if all(part.person is not caller for part in parts):
        parts.append(Part(caller, "PERSON_REPORTING", "WITNESS_OR_OTHER"))
    if sub_type in ("asb", "crime-related", "safeguarding") and chance.random() < 0.4:
        suspect = next((m for m in born if "tenant" in m.traits or "abuser" in m.traits), None) or territory.suspect()
        if territory.may_offend(suspect) and all(part.person is not suspect for part in parts):
            parts.append(Part(suspect, "SUSPECT", "SUSPECT"))
    return parts


def _concerned(territory: Territory, sub_type: str, household: Household, born: list[Person]) -> list[Part]:
    """Whom the log is about, where it is about somebody."""
    if sub_type == "missing":
        return [Part(born[int(territory.chance.random() * len(born))], "MISSING", "VICTIM")]
    if sub_type == "wanted":
        return [Part(territory.suspect(), "SUSPECT", "SUSPECT")]
    if sub_type != "safeguarding":
        return []
    parts = []
    for member in household.members[:4]:
        if member.is_child_on(territory.population.today):
            parts.append(Part(member, "VULNERABLE_CHILD", "VICTIM"))
        elif "at-risk" in member.traits:
            parts.append(Part(member, "VULNERABLE_ADULT", "VICTIM"))
    return parts or [Part(born[0], "VULNERABLE_ADULT", "VICTIM")]


def _place(territory: Territory, sub_type: str, category: str, household: Household) -> Place:
    drawn = territory.chance.random()
    if category == "TRN_RAIL_AIR_MARINE" or (sub_type == "missing" and drawn < _BY_THE_SEA):
        return territory.place(("coast", "port", "station")[int(drawn * 100) % 3])
    if sub_type in ("safeguarding", "missing"):
        return household.place
    if sub_type == "transport":
        return territory.place("trunk-road" if drawn < 0.4 else "street")
    if sub_type == "asb":
        return household.place if drawn < 0.5 else territory.place("street" if drawn < 0.9 else "licensed")
    kinds = ("street", "street", "shop", "licensed", "station", "school", "coast", "port")
    return household.place if drawn < 0.4 else territory.place(kinds[int((drawn - 0.4) / 0.6001 * len(kinds))])


def _qualifiers(territory: Territory, sub_type: str) -> tuple[str, ...]:
    chance = territory.chance
    found = (rates.asb_class_mix().pick(chance),) if sub_type == "asb" else ()
    return (*found, _QUALIFIERS[int(chance.random() * len(_QUALIFIERS))]) if chance.random() < 0.3 else found


def _concerns(territory: Territory, sub_type: str, category: str) -> tuple[str, ...]:
    chance = territory.chance
    found = ["domestic-abuse"] if category == "PSW_DOMESTIC" else []
    if sub_type in ("missing", "safeguarding") and chance.random() < 0.15:
        found.append("high-risk")
    if sub_type == "crime-related" and chance.random() < 0.03:
        found.append("serious-violence")
    return tuple(found)
