"""When a record was reported, and what a log is usually qualified by. Pure, and nothing is drawn: its number settles it."""

from collections.abc import Mapping

from deploy.nation.calendar import MINUTE_MS

ASB_CLASS = "Q_ASB_"
"""What a qualifier begins with that tells the class of anti-social behaviour."""
_LONGEST_MINUTES = 45
"""A record is made within so many minutes of the report; within a day by the counting rules."""
_USUAL: Mapping[str, tuple[str, ...]] = {
    "asb": ("Q_ALCOHOL", "Q_YOUTH", "Q_REPEAT"),
    "crime-related": ("Q_ALCOHOL", "Q_REPEAT", "Q_DRUGS"),
    "missing": ("Q_VULNERABLE", "Q_REPEAT", "Q_MENTAL_HEALTH"),
    "public-safety": ("Q_VULNERABLE", "Q_MENTAL_HEALTH", "Q_ALCOHOL", "Q_REPEAT"),
    "safeguarding": ("Q_VULNERABLE", "Q_MENTAL_HEALTH", "Q_REPEAT"),
    "transport": ("Q_ALCOHOL", "Q_DRUGS"),
    "wanted": ("Q_REPEAT", "Q_DRUGS"),
}
"""By sub-type: an assumption."""
_OF_CATEGORY: Mapping[str, str] = {"PSW_DOMESTIC": "Q_DOMESTIC", "PSW_HATE": "Q_HATE_RACE", "PSW_FIREARMS": "Q_FIREARM"}
"""Categories that say it themselves."""


def reported_before(recorded_ms: int, delay_ms: int, number: int) -> int:
    """When it was reported: up to three quarters of an hour before the first recording, at most `delay_ms` before it (what lies
    between the event and its recording). UTC milliseconds.
    """
    return recorded_ms - min(delay_ms, MINUTE_MS * (1 + number * 7 % _LONGEST_MINUTES))


def usual_qualifier(sub_type: str, category: str, number: int) -> str:
    """A qualifier that fits a log of which nothing special is told: a complete log has one (POLE E_002)."""
    usual = _USUAL[sub_type]
    return _OF_CATEGORY.get(category) or usual[number % len(usual)]


def qualify_anew(qualifiers: tuple[str, ...], sub_type: str, category: str, number: int) -> tuple[str, ...]:
    """The qualifiers of a log that turns out to be of this sub-type: with a class of anti-social behaviour where it is that."""
    kept = tuple(qualifier for qualifier in qualifiers if not qualifier.startswith(ASB_CLASS))
    if sub_type == "asb":
        return (f"{ASB_CLASS}NUISANCE", *kept)
    return kept or (usual_qualifier(sub_type, category, number),)
