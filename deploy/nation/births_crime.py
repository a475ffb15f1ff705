"""How a crime comes to be."""

from datetime import date

from deploy.nation import rates
from deploy.nation.births_reports import reported_before
from deploy.nation.calendar import DAY_MS, MINUTE_MS, doubtful_half_past, hour_of_week, local_day
from deploy.nation.casting import cast_crime, cast_domestic, choose_household, choose_place, fits
from deploy.nation.markers import mark
from deploy.nation.narrative import tell_modus_operandi, tell_summary
from deploy.nation.scene import Person, Place, Scene
from deploy.nation.territory import Territory
from deploy.nation.things import describe_parts, things_of_crime
from schemas import reference_offences

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
_INSTRUCTIONS = ("RECIPIENTS ONLY", "EMBARGOED", "UK EYES ONLY", "HMG USE ONLY")
_ONLY, _NEVER = ("nca", "cps", "probation"), ("nca", "probation", "violence-reduction", "victim-support")
"""Kinds of agency that an originator names: these alone, or these never."""
_LEAST_AGES = {"SUSPECT": 10, "OFFENDER": 10, "VICTIM": 0, "VULNERABLE_CHILD": 0}
"""Years. A witness has seen something and can say it: six."""
_HISTORIC = 0.004
"""Crimes reported months or years after."""


def make_crime(territory: Territory, ms: int, place: Place | None = None, victim: Person | None = None) -> Scene:
    """A crime recorded at `ms` (UTC). `place` and `victim`: where and by whom a log before it was opened, where they fit."""
    chance = territory.chance
    offence = rates.crime_mix(territory.force, hour_of_week(ms)).pick(chance)
    known = reference_offences.offences()[offence]
    household = choose_household(territory, offence)
    is_domestic = known.police_uk_category == "violent-crime" and chance.random() < rates.MARKER_RATES["crime-domestic-abuse"]
    scene = Scene(
        kind="crime",
        force=territory.force,
        number=territory.next_number("crime"),
        place=place if place and fits(place, offence) else choose_place(territory, offence, household, is_domestic),
        occurred_ms=ms,
        recorded_ms=ms,
        parts=cast_domestic(territory, household) if is_domestic else cast_crime(territory, offence, household, victim),
        things=things_of_crime(territory, offence, known.police_uk_category, household),
        offence=offence,
        is_sensitive=known.sexual != "N" or is_domestic or chance.random() < 0.05,
        is_sexual_ever=known.sexual != "N",
        concerns=_concerns(territory, offence, known.police_uk_category, is_domestic),
    )
    _restrict(scene, territory)
    _set_occurred(scene, territory)
    describe_parts(scene, territory)
    scene.summary = tell_summary(scene, territory.population, chance)
    scene.modus_operandi = tell_modus_operandi(scene, territory.population, chance)
    mark(scene)
    return scene


def coming_of_age(scene: Scene) -> tuple[str, ...]:
    """The special households of those of its parts who turn eighteen in the first days of the window."""
    kinds = [part.person.household.rpartition(":")[2] for part in scene.parts]
    return tuple(dict.fromkeys(kind for kind in kinds if kind.startswith("turns-18")))


def _restrict(scene: Scene, territory: Territory) -> None:
    """What the originator sets on few records: handling instructions, who alone may have it, who never may."""
    drawn = territory.chance.random()
    if drawn < 0.002:
        scene.handling = (_INSTRUCTIONS[int(drawn * 2000)],)
    elif drawn < 0.004:
        scene.only = (_ONLY[int(drawn * 1000) % len(_ONLY)],)
    elif drawn < 0.007:
        scene.never = (_NEVER[int(drawn * 1000) % len(_NEVER)],)


def _set_occurred(scene: Scene, territory: Territory) -> None:
    """When it happened: hours before mostly, now and then years; never before its persons were old enough for their parts.

    Now and then it is said to have happened in one of the two hours that a clock change leaves in doubt.
    """
    drawn, recorded_ms = territory.chance.random(), scene.recorded_ms
    delay_ms = MINUTE_MS * (5 + int(2880 * drawn * drawn * drawn))
    doubtful = ""
    if drawn < _HISTORIC:
        delay_ms = int(DAY_MS * (30 + 3000 * territory.chance.random()))
    elif drawn < _HISTORIC + _CLOCK_CHANGES:
        doubtful = "gap" if drawn < _HISTORIC + _CLOCK_CHANGES / 2 else "fold"
        delay_ms = recorded_ms - doubtful_half_past(doubtful, local_day(recorded_ms))
    if delay_ms > 3 * DAY_MS and not _were_old_enough(scene, local_day(recorded_ms - delay_ms)):
        doubtful, delay_ms = "", MINUTE_MS * 90
    scene.occurred_ms = recorded_ms - delay_ms
    scene.reported_ms = reported_before(recorded_ms, delay_ms, scene.number)
    scene.features = (*coming_of_age(scene), f"clock-{doubtful}") if doubtful else coming_of_age(scene)


def _were_old_enough(scene: Scene, day: date) -> bool:
    """Whether everybody could have had their part on that day. Whose birth is unknown could not, for certain."""
    for part in scene.parts:
        age = part.person.age_on(day)
        if age is None or age < _LEAST_AGES.get(part.role, 6):
            return False
    return True


def _concerns(territory: Territory, offence: str, category: str, is_domestic: bool) -> tuple[str, ...]:
    chance = territory.chance
    found = ["domestic-abuse"] if is_domestic else []
    found += [name for name, rate in _CONCERNS_OF.get(category, ()) if chance.random() < rate]
    if offence in _ALWAYS and _ALWAYS[offence] not in found:
        found.append(_ALWAYS[offence])
    if chance.random() < 0.001:
        found.append("legal-privilege")
    return tuple(found)
