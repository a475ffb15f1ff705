"""What a force sets on a record, from what is so. Pure."""

from deploy.nation.calendar import local_day
from deploy.nation.scene import Scene

_ORDER = (
    "child vulnerable domestic-abuse high-risk mappa supervision referral-consent refuge safe-address protected-person "
    "source-material legal-privilege tenancy school port coast trunk-road cross-border soc firearms csea modern-slavery "
    "fraud serious-violence"
).split()
"""The order in which the markers are sent: the national list's."""
_OF_TRAIT = (("supervised", "supervision"), ("mappa", "mappa"), ("protected", "protected-person"), ("at-risk", "vulnerable"))
_OF_PLACE = {
    "refuge": "refuge", "school": "school", "port": "port", "care-home": "vulnerable", "coast": "coast",
    "trunk-road": "trunk-road",
}  # fmt: skip
_CONCERNED = frozenset(("SUSPECT", "OFFENDER", "SUBJECT", "INVOLVED_PARTY"))
"""Roles in which supervision by the probation service matters."""
_ACROSS = frozenset((*_CONCERNED, "MISSING"))
"""Roles in which it matters that somebody lives in another force's area."""


def mark(scene: Scene) -> None:
    """Set `scene.markers`: again after every change of its parts, its place, its concerns, or the day."""
    found = set(scene.concerns)
    scene.marked_on = day = local_day(scene.recorded_ms)
    for part in scene.parts:
        person = part.person
        if person.is_child_on(day):
            found.add("child")
        for trait, marker in _OF_TRAIT:
            if trait in person.traits and (marker not in ("supervision", "mappa") or part.role in _CONCERNED):
                found.add(marker)
        if "organised" in person.traits and part.role in _CONCERNED:
            found.add("soc")
        if person.home.force != scene.force and part.role in _ACROSS:
            found.add("cross-border")
        if "in-refuge" in person.traits:
            found.add("safe-address")
        if "tenant" in person.traits and scene.place is person.home:
            found.add("tenancy")
    of_place = _OF_PLACE.get(scene.place.kind)
    if of_place:
        found.add(of_place)
    scene.markers = tuple(marker for marker in _ORDER if marker in found)
