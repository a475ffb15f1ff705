"""What a record is about, in the words of `phrases.yaml`: the theme under which its patterns stand."""

from collections.abc import Mapping
from functools import cache

from deploy.nation.calendar import local_day
from deploy.nation.scene import Scene
from schemas import reference_offences

_OF_OFFENCE: Mapping[str, str] = {
    **dict.fromkeys(("1", "1/4.1/4.10/4.2", "2", "3A", "4/1", "4/10", "4/2", "4/3", "4/7"), "homicide"),
    **dict.fromkeys(("4/4", "4/6", "4/8", "4/9", "37/1", "802", "814"), "driving"),
    **dict.fromkeys(("8L", "8M", "8Q", "8R", "8U", "3B"), "harassment"),
    **dict.fromkeys(("8S", "8T", "104", "104A", "104B"), "emergency-worker"),
    **dict.fromkeys(("11A", "13"), "child-cruelty"),
    **dict.fromkeys(("36", "106"), "slavery"),
    **dict.fromkeys(("48", "37/2"), "vehicle-theft"),
    **dict.fromkeys(("45", "126"), "theft-from-vehicle"),
    **dict.fromkeys(("30A", "30B", "30C", "30D", "31", "31A"), "burglary-business"),
    **dict.fromkeys(("56A", "56B"), "arson"),
    "39": "theft-person",
    "44": "bicycle",
    "46": "shop",
    "92A": "drugs-supply",
}  # fmt: skip
_OF_GROUP: Mapping[str, str] = {
    "Violence against the person": "violence",
    "Sexual offences": "sexual",
    "Robbery": "robbery",
    "Theft offences": "theft",
    "Criminal damage and arson": "damage",
    "Drug offences": "drugs",
    "Possession of weapons offences": "weapons",
    "Public order offences": "public-order",
    "Fraud offences": "fraud",
}
_OF_CATEGORY: Mapping[str, str] = {
    **dict.fromkeys(("ASB_NEIGHBOURS", "ASB_NOISE", "ASB_ANIMALS"), "asb-neighbours"),
    **dict.fromkeys(("ASB_VEH_NUISANCE", "ASB_VEH_ABANDONED"), "asb-vehicle"),
    **dict.fromkeys(("PSW_ILLNESS_INJURY", "PSW_CONCERN", "PSW_ABANDONED_CALL", "PSW_SUSPICIOUS"), "concern"),
    "PSW_DOMESTIC": "domestic-incident",
    "PSW_SUDDEN_DEATH": "sudden-death",
    "PSW_PROTEST": "protest",
    "PSW_FIREARMS": "firearms-incident",
    "CRIME": "crime-log",
}
_OF_SUB_TYPE: Mapping[str, str] = {
    "asb": "asb",
    "missing": "missing",
    "wanted": "wanted",
    "transport": "transport",
    "crime-related": "crime-log",
}
_FOLDED: Mapping[str, str] = {
    "homicide": "violence", "emergency-worker": "violence", "slavery": "any", "child-cruelty": "any", "other-crime": "any",
}  # fmt: skip
"""Themes of crimes that have no way of working of their own."""
_OF_CONCERN: Mapping[str, str] = {
    "soc": "drugs", "firearms": "firearms", "csea": "exploitation", "modern-slavery": "exploitation", "fraud": "fraud",
    "serious-violence": "violence",
}  # fmt: skip
_DEATHS = frozenset(("homicide", "sudden-death", "child-death"))
_WORDS_OF_DEATH = ("deceased", "the death of", "sudden death", "Life pronounced extinct")
QUIET = frozenset(("sexual", "homicide", "sudden-death", "child-death", "child-cruelty", "slavery"))
"""Themes that take none of the details that fit everything."""
_OF_THE_DEAD = ("SUBJECT", "MISSING", "VULNERABLE_CHILD", "VICTIM")


@cache
def theme_of_offence(offence: str | None) -> str:
    """By recorded-crime code; `other-crime` where nothing fits."""
    known = reference_offences.offences().get(offence or "")
    if known is None:
        return "other-crime"
    if known.sexual == "Y":
        return "sexual"
    if known.code in _OF_OFFENCE:
        return _OF_OFFENCE[known.code]
    return "burglary" if known.police_uk_category == "burglary" else _OF_GROUP.get(known.group, "other-crime")


def theme_of(scene: Scene) -> str:
    """Of a summary."""
    if scene.kind == "custody":
        return "custody"
    if scene.kind == "crime":
        theme = "sexual" if scene.is_sexual_ever else theme_of_offence(scene.offence)
        return "domestic" if "domestic-abuse" in scene.concerns and theme in ("violence", "harassment") else theme
    return _theme_of_incident(scene)


def is_of_death(scene: Scene, so_far: str) -> bool:
    """Whether somebody whom the record is about is dead, or may be. A log may have been reclassified: the text remembers."""
    return any(words in so_far for words in _WORDS_OF_DEATH) or theme_of(scene) in _DEATHS


def _theme_of_incident(scene: Scene) -> str:
    theme = _OF_CATEGORY.get(scene.category or "") or _OF_SUB_TYPE.get(scene.sub_type or "")
    if theme == "sudden-death" and _is_about_child(scene):
        return "child-death"
    if theme == "missing" and any(part.person.school for part in scene.parts):
        return "missing-child"
    if scene.sub_type == "safeguarding" and theme in (None, "concern"):
        return _theme_of_safeguarding(scene)
    return theme or "public-safety"


def _is_about_child(scene: Scene) -> bool:
    day = local_day(scene.recorded_ms)
    return any(part.role in _OF_THE_DEAD and part.person.is_child_on(day) for part in scene.parts)


def _theme_of_safeguarding(scene: Scene) -> str:
    roles = [(part.role, part.person.is_unborn) for part in scene.parts]
    if ("VULNERABLE_CHILD", False) in roles:
        return "child-concern"
    return "unborn" if ("VULNERABLE_CHILD", True) in roles else "adult-at-risk"


def theme_of_working(scene: Scene) -> str:
    """Of a modus operandi."""
    theme = theme_of(scene)
    return _FOLDED.get(theme, theme)


def theme_of_report(scene: Scene, drawn: float) -> str:
    """Of an intelligence report. `drawn`, from 0 to 1, settles what the scene leaves open."""
    for concern in scene.concerns:
        if concern in _OF_CONCERN:
            return _OF_CONCERN[concern]
    person = scene.parts[0].person if scene.parts else None
    if person is not None and "mappa" in person.traits and drawn < 0.8:
        return "mappa"
    if scene.place.kind in ("port", "coast") and drawn < 0.8:
        return "port"
    for limit, theme in ((0.25, "drugs"), (0.5, "acquisitive"), (0.6, "violence"), (0.66, "prison"), (0.70, "protest")):
        if drawn < limit:
            return theme
    return "any"
