"""The custody record that an arrest brings."""

from deploy.nation.births_crime import coming_of_age
from deploy.nation.calendar import local_day
from deploy.nation.identifiers import make_asn
from deploy.nation.markers import mark
from deploy.nation.narrative import tell_summary
from deploy.nation.scene import Part, Scene
from deploy.nation.territory import Territory
from schemas import reference

_REASONS = ("PROMPT_INVESTIGATION", "PREVENT_HARM", "PROTECT_CHILD", "NAME_UNKNOWN", "PREVENT_ABSCONDING")
"""Necessity of an arrest: Police and Criminal Evidence Act 1984 s.24(5), in words of ours."""


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
    )
    scene.features = coming_of_age(scene)
    scene.arrest = (make_asn(code, local_day(ms).year, number), _REASONS[int(chance.random() * 5)], "")
    scene.summary = tell_summary(scene, territory.population, chance)
    mark(scene)
    return scene
