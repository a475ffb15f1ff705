"""How a crime comes to be, and the custody record that an arrest brings."""

from deploy.nation import rates
from deploy.nation.calendar import hour_of_week, local_day
from deploy.nation.identifiers import make_asn
from deploy.nation.markers import mark
from deploy.nation.narrative import tell_modus_operandi, tell_summary
from deploy.nation.scene import Household, Part, Person, Place, Scene
from deploy.nation.territory import Territory
from deploy.nation.things import describe_parts, things_of_crime
from schemas import reference

MINUTE_MS = 60_000
_OF_BUSINESS = frozenset(("46", "30C", "30D", "31A", "34A", "41", "42", "47", "33", "49A", "96", "814"))
"""Offences whose victim is an organisation."""
_OF_NOBODY = frozenset(
    ("92A", "92C", "92D", "92E", "10A", "10B", "10C", "10D", "81", "90", "66", "79", "80", "83", "802", "54", "38")
)
"""Offences against nobody in particular."""
_OF_HOME = frozenset(("28E", "28F", "28G", "28H", "29A", "58A", "40"))
_CHILD_VICTIM = frozenset(("17B", "19D", "19E", "19G", "19H", "20B", "21", "22B", "71", "88A", "11A", "13"))
_SUSPECT_KNOWN = 0.38
_CONCERNS_OF: dict[str, tuple[tuple[str, float], ...]] = {
    "violent-crime": (("serious-violence", 0.03), ("csea", 0.002), ("high-risk", 0.02)),
    "robbery": (("serious-violence", 0.25), ("firearms", 0.03)),
    "possession-of-weapons": (("serious-violence", 0.3), ("firearms", 0.15)),
    "drugs": (("soc", 0.1), ("modern-slavery", 0.02), ("serious-violence", 0.03)),
    "vehicle-crime": (("soc", 0.04),),
    "other-crime": (("fraud", 0.2), ("soc", 0.03)),
    "burglary": (("soc", 0.02),),
}
"""How often a force sees a wider matter in a crime: assumptions in the order of size."""
_ALWAYS = {
    "71": "csea",
    "106": "modern-slavery",
    "72": "modern-slavery",
    "10A": "firearms",
    "10B": "firearms",
    "8U": "high-risk",
}
_CLOCK_CHANGES = 0.01
"""Crimes said to have happened in an hour that was not, or that was twice: more than in life, so that each day has some."""
_HISTORIC = 0.004
"""Crimes reported months or years after."""


def make_crime(territory: Territory, ms: int, place: Place | None = None, victim: Person | None = None) -> Scene:
    """A crime recorded at `ms` (UTC). `place` and `victim`: where and by whom a log before it was opened."""
    chance = territory.chance
    offence = rates.crime_mix(territory.force, hour_of_week(ms)).pick(chance)
    known = reference.offences()[offence]
    household = _household(territory, offence)
    is_domestic = known.police_uk_category == "violent-crime" and chance.random() < rates.MARKER_RATES["crime-domestic-abuse"]
    parts = _domestic_parts(territory, household) if is_domestic else _parts(territory, offence, household, victim)
    scene = Scene(
        kind="crime",
        force=territory.force,
        number=territory.next_number("crime"),
        place=place or _place(territory, offence, household, is_domestic),
        occurred_ms=ms - _delay_ms(territory),
        recorded_ms=ms,
        parts=parts,
        things=things_of_crime(territory, offence, known.police_uk_category, household),
        offence=offence,
        is_sensitive=known.is_sexual or is_domestic or chance.random() < 0.05,
        is_sexual_ever=known.is_sexual,
        concerns=_concerns(territory, offence, known.police_uk_category, is_domestic),
    )
    if chance.random() < 0.002:
        scene.handling = (("RECIPIENTS ONLY", "EMBARGOED", "UK EYES ONLY", "HMG USE ONLY")[int(chance.random() * 4)],)
    scene.features = _features(territory, scene)
    describe_parts(scene, territory)
    scene.summary = tell_summary(scene, territory.population, chance)
    scene.modus_operandi = tell_modus_operandi(scene, territory.population, chance)
    mark(scene)
    return scene


def make_custody(territory: Territory, crime: Scene, ms: int) -> Scene:
    """The custody record of the arrest of the crime's suspect at `ms`."""
    chance = territory.chance
    number = territory.next_number("custody")
    suspect = next(part for part in crime.parts if part.role in ("SUSPECT", "OFFENDER"))
    code = reference.forces()[territory.force].home_office_code or "00"
    scene = Scene(
        kind="custody",
        force=territory.force,
        number=number,
        place=territory.place("station") if chance.random() < 0.5 else crime.place,
        occurred_ms=ms,
        recorded_ms=ms,
        parts=[Part(suspect.person, "SUSPECT", "SUSPECT")],
        offence=crime.offence,
        is_sensitive=True,
        is_sexual_ever=crime.is_sexual_ever,
        concerns=tuple(c for c in crime.concerns if c not in ("referral-consent",)),
        features=crime.features,
        crime_number=crime.number,
    )
    reasons = ("PROMPT_INVESTIGATION", "PREVENT_HARM", "PROTECT_CHILD", "NAME_UNKNOWN", "PREVENT_ABSCONDING")
    scene.arrest = (make_asn(code, local_day(ms).year, number), reasons[int(chance.random() * 5)], "")
    scene.summary = tell_summary(scene, territory.population, chance)
    mark(scene)
    return scene


def _household(territory: Territory, offence: str) -> Household:
    if offence in _CHILD_VICTIM:
        return territory.case("school-family")
    return territory.household()


def _parts(territory: Territory, offence: str, household: Household, victim: Person | None) -> list[Part]:
    chance, day = territory.chance, territory.population.today
    parts: list[Part] = []
    if offence in _OF_BUSINESS:
        parts.append(Part(territory.anybody(), "PERSON_REPORTING", "WITNESS_OR_OTHER"))
    elif offence not in _OF_NOBODY:
        is_known = victim is not None and victim.is_child_on(day) == (offence in _CHILD_VICTIM)
        parts.append(Part(victim if victim and is_known else _victim(territory, offence, household), "VICTIM", "VICTIM"))
        if chance.random() < 0.12:
            parts.append(Part(territory.anybody(), "WITNESS", "WITNESS_OR_OTHER"))
    if chance.random() < _SUSPECT_KNOWN or not parts:
        suspect = territory.suspect()
        if all(part.person is not suspect for part in parts):
            parts.append(Part(suspect, "SUSPECT", "SUSPECT"))
        elif len(parts) == 1 and offence in _OF_NOBODY:
            parts = [Part(suspect, "SUSPECT", "SUSPECT")]
    if household.kind == "nine-and-ten":  # the ten-year-old may offend, the nine-year-old was only there
        for member in household.members:
            age = member.age_on(day)
            if age in (9, 10) and all(part.person is not member for part in parts):
                is_old_enough = age == 10
                parts.append(Part(member, "SUSPECT" if is_old_enough else "INVOLVED_PARTY", _category(is_old_enough)))
    return parts


def _category(is_suspect: bool) -> str:
    return "SUSPECT" if is_suspect else "WITNESS_OR_OTHER"


def _victim(territory: Territory, offence: str, household: Household) -> Person:
    day = territory.population.today
    wants_child = offence in _CHILD_VICTIM
    born = [member for member in household.members if not member.is_unborn]
    fitting = [member for member in born if member.is_child_on(day) == wants_child] or born
    return fitting[int(territory.chance.random() * len(fitting))]


def _domestic_parts(territory: Territory, household: Household) -> list[Part]:
    """Two adults of one household, and the children who were there."""
    day = territory.population.today
    if len(household.members) < 2 or household.kind in ("care-home", "children-home", "shared-telephone"):
        household = territory.case("abuser-and-victim")
    adults = [member for member in household.members if not member.is_child_on(day)]
    if len(adults) < 2:
        household = territory.case("abuser-and-victim")
        adults = [member for member in household.members if not member.is_child_on(day)]
    abuser = next((member for member in adults if "abuser" in member.traits), adults[-1])
    victim = next(member for member in adults if member is not abuser)
    parts = [Part(victim, "VICTIM", "VICTIM"), Part(abuser, "SUSPECT", "SUSPECT")]
    children = [member for member in household.members if member.is_child_on(day)]
    return parts + [Part(child, "VULNERABLE_CHILD", "VICTIM") for child in children[:3]]


def _place(territory: Territory, offence: str, household: Household, is_domestic: bool) -> Place:
    drawn = territory.chance.random()
    if is_domestic or offence in _OF_HOME or offence in _CHILD_VICTIM:
        return household.place
    if offence in _OF_BUSINESS:
        return territory.place("shop" if drawn < 0.8 else "licensed")
    if drawn < 0.2:
        return household.place
    if drawn < 0.72:
        return territory.place("street")
    kinds = ("licensed", "shop", "station", "school", "trunk-road", "licensed", "port")
    return territory.place(kinds[int((drawn - 0.72) / 0.2801 * len(kinds))])


def _concerns(territory: Territory, offence: str, category: str, is_domestic: bool) -> tuple[str, ...]:
    chance = territory.chance
    found = ["domestic-abuse"] if is_domestic else []
    found += [name for name, rate in _CONCERNS_OF.get(category, ()) if chance.random() < rate]
    if offence in _ALWAYS and _ALWAYS[offence] not in found:
        found.append(_ALWAYS[offence])
    if chance.random() < 0.001:
        found.append("legal-privilege")
    return tuple(found)


def _delay_ms(territory: Territory) -> int:
    """From what happened to its recording: hours mostly, now and then years."""
    drawn = territory.chance.random()
    if drawn < _HISTORIC:
        return int(86_400_000 * (30 + 3000 * territory.chance.random()))
    scaled = (drawn - _HISTORIC) / (1 - _HISTORIC)
    return MINUTE_MS * (5 + int(2880 * scaled * scaled * scaled))


def _features(territory: Territory, scene: Scene) -> tuple[str, ...]:
    """What the scene tries out: somebody who comes of age, and the two hours that a clock change leaves in doubt."""
    found = coming_of_age(scene)
    drawn = territory.chance.random()
    if drawn < _CLOCK_CHANGES:
        found = (*found, "clock-gap" if drawn < _CLOCK_CHANGES / 2 else "clock-fold")
    return found


def coming_of_age(scene: Scene) -> tuple[str, ...]:
    """The special households of those of its parts who turn eighteen in the first days of the window."""
    kinds = [part.person.household.rpartition(":")[2] for part in scene.parts]
    return tuple(dict.fromkeys(kind for kind in kinds if kind.startswith("turns-18")))
